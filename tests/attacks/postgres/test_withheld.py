"""Passes that are withheld: told as withheld to whoever is not shown them, yet no hole for anybody.

A supervisor or an adjudicator verifies while documents wait for their second keying; the administrator of the
database hides what she is not shown. What only an auditor's verify names is tested as such.
"""

import shutil
from itertools import combinations, product

import pytest

from boapp.audit.chains import Finding
from boapp.crypto.facts import FactKind
from boapp.domain.ids import DocumentId
from boapp.domain.passes import Method
from boapp.domain.workflow import Role, Sight, sight_of_evidence
from boapp.errors import NotAllowed
from boapp.services.auditing import Audit, verify_project
from boapp.services.comparing import compare_waiting
from boapp.services.queue import claim
from boapp.services.sealing import seal
from boapp.services.syncing import send_waiting
from boapp.shareddb.protocol import Outcome
from tests.attacks.tools import found, signed_fact, state
from tests.builders import entries, receipt
from tests.moved import MovedScene

LATER, WHOLE = ("sue", "adj"), ("aud", "admin")
SET_BACK = "UPDATE document SET stage = 'second' WHERE id = ?"
FORGET = (
    "UPDATE document SET stage = 'second', comparison = NULL, record = NULL, confirmation = NULL WHERE id = ?"
)


def verify(scene: MovedScene, code: str) -> Audit:
    """Return what somebody's `boapp audit verify` tells, on a workspace opened anew."""
    scene.close()
    return verify_project(scene.as_(code), scene.project)


def told(scene: MovedScene, code: str) -> tuple[int, int, list[Finding]]:
    audit = verify(scene, code)
    return audit.withheld, audit.withheld_surplus, audit.findings


def where(document: DocumentId) -> str:
    return f"document {document.hex()}"


def forget_workstations(scene: MovedScene) -> None:
    """Verify on a workstation where nobody else ever worked."""
    scene.close()
    shutil.rmtree(next((scene.house.home / "organisations").rglob("stores")))


# --- told as withheld ----------------------------------------------------------------------------


@pytest.mark.parametrize("code", LATER)
def test_first_passes_that_wait_are_told_as_withheld_to_holders(release: MovedScene, code: str) -> None:
    release.key("ann", 0)
    release.key("cleo", 1)
    release.key_both(2, first="9.00", second="98.00")
    assert told(release, code) == (2, 0, [])


@pytest.mark.parametrize("code", WHOLE)
def test_auditors_and_administrators_are_shown_everything(release: MovedScene, code: str) -> None:
    release.key("ann", 0)
    release.key_both(1)
    assert told(release, code) == (0, 0, [])


def test_nothing_is_withheld_any_more_once_both_are_sealed(strict: MovedScene) -> None:
    strict.key("ann", 0)
    strict.key("ann", 1)
    assert told(strict, "sue") == (2, 0, [])
    strict.key("bob", 0, second=True)
    assert told(strict, "sue") == (1, 0, [])  # the gap is before what is shown now, too
    strict.key("bob", 1, second=True)
    compare_waiting(strict.as_("sue"), strict.project)
    assert told(strict, "sue") == (0, 0, [])


def test_a_pass_that_came_too_late_is_withheld_with_its_document(release: MovedScene) -> None:
    ann = release.as_("ann")
    work = claim(ann, release.project, second=False, document=release.documents[0])
    assert work is not None
    ann.shared.hand_back(work.claim.fence)
    release.key("cleo", 0)
    seal(ann, work, entries(receipt()), Method.KEYED)
    assert send_waiting(ann) == [Outcome.SURPLUS]
    release.key_both(1)
    assert told(release, "sue") == (1, 1, [])
    assert told(release, "aud") == (0, 0, [])


def test_the_program_expects_to_be_shown_just_what_the_database_shows(strict: MovedScene) -> None:
    strict.key("ann", 0)
    strict.key_both(1)
    waits, sealed = strict.documents[:2]
    sets = [set(some) for count in range(3) for some in combinations(Role, count)]
    who = bytes(16)
    shows = (
        "SELECT bool_or(inner_api.sees_passes(%s, d)) FILTER (WHERE d.id = %s), "
        "bool_or(inner_api.sees_passes(%s, d)) FILTER (WHERE d.id = %s) FROM core.document d"
    )
    with strict.boss() as db:
        db.execute("INSERT INTO member VALUES (%s, %s, '')", (strict.project, who))
        db.execute("INSERT INTO person VALUES (%s, '')", (who,))
        for here, anywhere in product(sets, sets):
            db.execute("UPDATE member SET roles = %s WHERE person = %s", (" ".join(here), who))
            db.execute("UPDATE person SET roles = %s WHERE person = %s", (" ".join(anywhere), who))
            early, late = db.execute(shows, (who, waits, who, sealed)).fetchone() or ()
            expected = {(True, True): Sight.WHOLE, (False, True): Sight.LATER, (False, False): Sight.NOTHING}
            assert expected[early, late] is sight_of_evidence(here, anywhere), (here, anywhere)


@pytest.mark.parametrize("code", ["ann", "bob"])
def test_a_keyer_is_told_that_she_is_not_shown_the_evidence(release: MovedScene, code: str) -> None:
    # Else all of it would be named as missing.
    release.key_both()
    with pytest.raises(NotAllowed, match="not shown the evidence"):
        verify(release, code)


# --- attacks: what is said to be withheld and is not ---------------------------------------------


@pytest.fixture
def settled(release: MovedScene) -> MovedScene:
    """Return a project with a decided document, one that agreed, and one that waits for its second keying."""
    release.key_both(0, first="9.00", second="98.00")
    release.decide("bob")
    release.key_both(1)
    release.key("ann", 2)
    compare_waiting(release.as_("sue"), release.project)
    forget_workstations(release)
    assert told(release, "sue") == (1, 0, [])
    return release


@pytest.mark.parametrize("number", [0, 1])
@pytest.mark.parametrize("stage", ["first", "second"])
def test_a_settled_document_set_back_so_that_its_passes_are_withheld_is_named(
    settled: MovedScene, number: int, stage: str
) -> None:
    document = settled.documents[number]
    settled.edit("UPDATE document SET stage = ? WHERE id = ?", stage, document)
    audit = verify(settled, "sue")
    assert audit.withheld == 1
    assert found(audit.findings, where(document), "bookkeeping")
    assert found(audit.findings, where(document), "withheld")
    assert found(audit.findings, "fact", "order")
    assert found(audit.findings, "fact", "chain")


@pytest.mark.parametrize("number", [0, 1])
def test_a_settled_document_set_back_with_all_that_its_row_names_is_named(
    settled: MovedScene, number: int
) -> None:
    document = settled.documents[number]
    settled.edit(FORGET, document)
    audit = verify(settled, "sue")
    assert found(audit.findings, "fact", "counting")
    assert found(audit.findings, where(document), "withheld")


@pytest.mark.parametrize("number", [0, 1])
@pytest.mark.parametrize("stage", ["first", "second"])
def test_a_settled_document_of_which_everything_is_said_not_to_count_is_named(
    settled: MovedScene, number: int, stage: str
) -> None:
    document = settled.documents[number]
    settled.edit(FORGET, document)
    settled.edit("UPDATE document SET stage = ? WHERE id = ?", stage, document)
    settled.edit("UPDATE fact SET counted = false WHERE document = ? AND kind <> 'intake'", document)
    with settled.sql() as db:
        db.execute("DELETE FROM discrepancy WHERE document = ?", (document,))
    audit = verify(settled, "sue")
    assert audit.withheld == 1
    assert found(audit.findings, where(document), "withheld")


def test_a_settled_document_of_which_everything_is_dropped_is_named_by_what_was_signed_since(
    settled: MovedScene,
) -> None:
    # bob's comparison of the second document follows his decision of the first in one chain.
    document = settled.documents[0]
    settled.edit(FORGET, document)
    settled.edit("DELETE FROM discrepancy WHERE document = ?", document)
    settled.edit("DELETE FROM fact WHERE document = ? AND kind <> 'intake'", document)
    assert found(verify(settled, "sue").findings, "sealed_pass", "chain")


def test_a_pass_that_something_rests_on_is_missed_though_one_of_its_author_is_withheld(
    settled: MovedScene,
) -> None:
    settled.edit("DELETE FROM sealed_pass WHERE document = ? AND slot = 1", settled.documents[0])
    assert found(verify(settled, "sue").findings, "fact", "order")


def test_more_missing_of_an_author_than_is_withheld_of_hers_is_named(strict: MovedScene) -> None:
    strict.key("ann", 0)
    for number in (1, 2):
        strict.key_both(number)
    forget_workstations(strict)
    assert told(strict, "sue") == (1, 0, [])
    strict.edit("DELETE FROM sealed_pass WHERE document = ?", strict.documents[1])
    strict.edit("UPDATE document SET stage = 'first', first_by = NULL WHERE id = ?", strict.documents[1])
    audit = verify(strict, "sue")
    assert audit.withheld == 1
    assert [finding.rule for finding in audit.findings] == ["chain", "chain"]  # hers, and the second keyer's


def test_a_document_set_back_before_anybody_compared_it_is_named_by_its_second_keyers_next_message(
    strict: MovedScene,
) -> None:
    strict.key_both(0)
    strict.key_both(1)
    strict.key("ann", 2)
    forget_workstations(strict)
    strict.edit(SET_BACK, strict.documents[0])
    audit = verify(strict, "sue")
    assert audit.withheld == 2
    assert [finding.rule for finding in audit.findings] == ["chain"]
    assert found(verify(strict, "aud").findings, where(strict.documents[0]), "bookkeeping")


@pytest.mark.parametrize("nobody", ["zeroblob(16)", "NULL"])
def test_a_first_keyer_who_never_keyed_here_is_named(release: MovedScene, nobody: str) -> None:
    release.key("ann")
    release.edit(f"UPDATE document SET first_by = {nobody} WHERE id = ?", release.documents[0])
    audit = verify(release, "sue")
    assert audit.withheld == 0
    assert found(audit.findings, where(release.documents[0]), "bookkeeping")


def test_a_first_keyer_exchanged_for_another_is_named_by_what_the_true_one_signed_since(
    release: MovedScene,
) -> None:
    # Else the true one would key the document second, too.
    release.key("ann", 0)
    release.key_both(1)
    forget_workstations(release)
    cleo = release.as_("cleo").me.id
    release.edit("UPDATE document SET first_by = ? WHERE id = ?", cleo, release.documents[0])
    assert found(verify(release, "sue").findings, "sealed_pass", "chain")


def test_a_gap_in_the_chain_of_somebody_who_never_keyed_is_never_withheld(settled: MovedScene) -> None:
    # However many surplus passes the database says there are.
    with settled.sql() as db:
        db.execute(
            "INSERT INTO surplus_pass SELECT uuid_send(gen_random_uuid()), document, person, manifest, "
            "signature, blob, boxes, stored_us FROM sealed_pass, generate_series(1, 9) WHERE document = ?",
            (settled.documents[2],),
        )
    assert told(settled, "sue") == (1, 9, [])
    settled.edit("DELETE FROM fact WHERE kind = 'intake' AND document = ?", settled.documents[1])
    assert found(verify(settled, "sue").findings, "fact", "chain")


def test_an_auditor_whom_the_database_takes_for_a_supervisor_misses_the_passes(release: MovedScene) -> None:
    # What is kept from whom is asked of the signed list, not of the database.
    release.key("ann")
    aud = release.as_("aud").me.id
    release.edit("UPDATE member SET roles = 'supervisor' WHERE person = ?", aud)
    audit = verify(release, "aud")
    assert audit.withheld == 0
    assert found(audit.findings, "member aud", "bookkeeping")
    assert found(audit.findings, where(release.documents[0]), "bookkeeping")


def test_a_document_about_which_a_holder_signs_while_it_is_to_be_keyed_is_named(release: MovedScene) -> None:
    release.key("ann")
    adj = release.as_("adj")
    nothing = {"rules": 1, "asked": 4, "discrepancies": [], "beyond": False}
    fact = signed_fact(adj, release, FactKind.COMPARISON, nothing, (bytes(16), bytes(16)))
    assert state(adj, fact) is Outcome.SURPLUS
    assert found(verify(release, "sue").findings, where(release.documents[0]), "withheld")


# --- what only an auditor's verify names ---------------------------------------------------------

ONLY_FOR_AUDITORS = {
    "a withheld pass is dropped": "DELETE FROM sealed_pass",
    "a withheld pass is exchanged": "UPDATE sealed_pass SET blob = '', signature = zeroblob(64)",
    "its share is dropped": "DELETE FROM pass_share",
    "a document that nobody keyed is said to be": "UPDATE document SET stage = 'second', first_by = "
    "(SELECT first_by FROM document WHERE stage = 'second') WHERE stage = 'first'",
}


@pytest.mark.parametrize("what", ONLY_FOR_AUDITORS)
def test_what_is_withheld_is_verified_by_auditors_alone(release: MovedScene, what: str) -> None:
    release.key("ann")
    release.edit(ONLY_FOR_AUDITORS[what])
    assert verify(release, "sue").findings == []
    assert verify(release, "aud").findings != []


def test_both_passes_hidden_before_anything_rests_on_them_are_named_by_auditors_and_their_workstations(
    strict: MovedScene,
) -> None:
    strict.key_both(0)
    strict.edit(SET_BACK, strict.documents[0])
    assert [finding.rule for finding in verify(strict, "sue").findings] == ["chain end"]
    forget_workstations(strict)
    assert told(strict, "sue") == (1, 0, [])
    assert found(verify(strict, "aud").findings, where(strict.documents[0]), "bookkeeping")
