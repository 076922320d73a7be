"""Attacks 43 and 44: whoever edits the file. `audit verify` names the row and the rule.

Everybody with the file may drop its triggers and write what she likes; what she cannot is sign.
"""

import contextlib
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec
import pytest

from boapp.crypto.facts import Draft, FactKind, SealedFact, Subject, seal_fact
from boapp.crypto.roster_entries import Request
from boapp.crypto.sealed_pass import ChainPlace
from boapp.crypto.signing import PersonKeys
from boapp.domain.ids import ChainId
from boapp.domain.passes import Asked, Method
from boapp.domain.workflow import Mode, Role
from boapp.doors import open_door
from boapp.errors import NotAllowed, Refusal, Tampered
from boapp.services.comparing import compare_waiting
from boapp.services.founding import found as found_another
from boapp.services.handover import hand_over
from boapp.services.people import change_passphrase
from boapp.services.projects import Wanted, add_members, remove_member
from boapp.services.queue import claim
from boapp.services.reviewing import review
from boapp.services.roster_editing import RosterEdit
from boapp.services.sealing import seal
from boapp.services.syncing import send_waiting
from boapp.services.taking_back import take_back
from boapp.shareddb.protocol import StoredFact
from boapp.sqlitefile import writing
from tests.attacks.tools import Scene, claim_raw, forged_pass, found, signed_fact, state
from tests.builders import entries, receipt


@pytest.fixture(scope="session")
def worked_in(prepared: dict[Mode, Scene], tmp_path_factory: pytest.TempPathFactory) -> Scene:
    """Return a release project with one of everything: settled, reviewed, taken back, surplus."""
    scene = prepared[Mode.RELEASE].copy(tmp_path_factory.mktemp("worked") / "in")
    scene.key_both(0, first="9.00", second="98.00")
    scene.decide("bob")
    scene.key_both(1)
    late = scene.as_("ann")
    work = claim(late, scene.project, second=False, document=scene.documents[2])
    assert work is not None
    take_back(scene.as_("sue"), scene.project, scene.documents[2], "she is ill")
    scene.key("cleo", 2)
    seal(late, work, entries(receipt()), Method.KEYED)
    send_waiting(late)
    scene.key("bob", 2, second=True, total="90.00")
    compare_waiting(scene.as_("sue"), scene.project)
    review(scene.as_("adj"), scene.project, scene.documents[0], accepted=True, note="looked at twice")
    scene.close()
    return scene


@pytest.fixture
def worked(worked_in: Scene, tmp_path: Path) -> Scene:
    """Return this test's own copy of it."""
    return worked_in.copy(tmp_path / "worked")


def test_nothing_is_found_where_nothing_was_changed(worked: Scene) -> None:
    assert worked.findings() == []
    with worked.sql() as db:
        counts = dict(db.execute("SELECT kind, count(*) FROM fact GROUP BY kind").fetchall())
        assert db.execute("SELECT count(*) FROM surplus_pass").fetchone()[0] == 1
    assert set(counts) == set(FactKind)


# --- edits: what each would leak or break stands beside it ---------------------------------------

EDITS = {
    "a pass's ciphertext, to void what somebody keyed": (
        "UPDATE sealed_pass SET blob = CAST(x'00' || blob AS BLOB) WHERE slot = 1",
        "sealed_pass",
        "signature",
    ),
    "a pass's manifest": (
        "UPDATE sealed_pass SET manifest = CAST(manifest || x'00' AS BLOB)",
        "sealed_pass",
        "signature",
    ),
    "a pass's boxes, to have it opened by another key": (
        "UPDATE sealed_pass SET boxes = x'93c400c400c400'",
        "sealed_pass",
        "signature",
    ),
    "a pass's author": ("UPDATE sealed_pass SET person = randomblob(16)", "sealed_pass", "place"),
    "a pass's slot, to swap first and second": (
        "UPDATE sealed_pass SET slot = slot + 5",
        "sealed_pass",
        "place",
    ),
    "a surplus pass's signature": (
        "UPDATE surplus_pass SET signature = zeroblob(64)",
        "surplus_pass",
        "signature",
    ),
    "which document a surplus pass is said to be of": (
        "UPDATE surplus_pass SET document = (SELECT id FROM document WHERE position = 1)",
        "surplus_pass",
        "place",
    ),
    "a fact's statement": (
        "UPDATE fact SET statement = CAST(x'00' || statement AS BLOB)",
        "fact",
        "signature",
    ),
    "a fact's signature": ("UPDATE fact SET signature = zeroblob(64)", "fact", "signature"),
    "a decision's content": (
        "UPDATE fact SET content = x'01' WHERE kind = 'resolution'",
        "fact",
        "signature",
    ),
    "a record's boxes": ("UPDATE fact SET box_adj = box_own WHERE kind = 'record'", "fact", "signature"),
    "who is said to have stated a fact": ("UPDATE fact SET actor = zeroblob(16)", "fact", "place"),
    "which kind a fact is said to be": (
        "UPDATE fact SET kind = 'confirmation' WHERE kind = 'reading'",
        "fact",
        "place",
    ),
    "which document a fact is said to be of": ("UPDATE fact SET document = zeroblob(16)", "fact", "place"),
    "a decision said not to count, so that another may": (
        "UPDATE fact SET counted = 0 WHERE kind = 'resolution'",
        "fact",
        "counting",
    ),
    "a comparison said not to count": (
        "UPDATE fact SET counted = 0 WHERE kind = 'comparison'",
        "fact",
        "counting",
    ),
    "a record said not to count": ("UPDATE fact SET counted = 0 WHERE kind = 'record'", "fact", "counting"),
    "an intake said not to count": ("UPDATE fact SET counted = 0 WHERE kind = 'intake'", "fact", "counting"),
    "a reading said not to count": ("UPDATE fact SET counted = 0 WHERE kind = 'reading'", "fact", "counting"),
    "a confirmation said not to count": (
        "UPDATE fact SET counted = 0 WHERE kind = 'confirmation'",
        "fact",
        "counting",
    ),
    "a document's description, to exchange its name": (
        "UPDATE document SET meta = CAST(meta || x'00' AS BLOB)",
        "document",
        "bookkeeping",
    ),
    "a page's image": ("UPDATE page SET data = CAST(x'00' || data AS BLOB)", "document", "bookkeeping"),
    "the order of pages between documents": (
        "UPDATE page SET data = (SELECT p.data FROM page p WHERE p.document != page.document LIMIT 1)",
        "document",
        "bookkeeping",
    ),
    "a document's stage, to key it again": (
        "UPDATE document SET stage = 'second' WHERE record IS NOT NULL",
        "document",
        "bookkeeping",
    ),
    "a document's stage, to let a keyer resolve": (
        "UPDATE document SET stage = 'adjudicating' WHERE record IS NULL",
        "document",
        "bookkeeping",
    ),
    "who keyed first, to let her key twice": (
        "UPDATE document SET first_by = zeroblob(16)",
        "document",
        "bookkeeping",
    ),
    "a document's record, to have another exported": (
        "UPDATE document SET record = intake WHERE record IS NOT NULL",
        "document",
        "bookkeeping",
    ),
    "a document's record, dropped": (
        "UPDATE document SET record = NULL, confirmation = NULL, stage = 'resolving' WHERE record NOTNULL",
        "fact",
        "counting",
    ),
    "a document's comparison": ("UPDATE document SET comparison = intake", "document", "bookkeeping"),
    "a document's comparison, dropped": (
        "UPDATE document SET comparison = NULL, record = NULL, confirmation = NULL, stage = 'comparing'",
        "fact",
        "counting",
    ),
    "a document's confirmation": (
        "UPDATE document SET confirmation = intake WHERE record IS NOT NULL",
        "document",
        "bookkeeping",
    ),
    "a document's intake": (
        "UPDATE document SET intake = record WHERE record IS NOT NULL",
        "document",
        "bookkeeping",
    ),
    "a discrepancy's kind": ("UPDATE discrepancy SET kind = 'blank'", "document", "bookkeeping"),
    "a discrepancy's field": ("UPDATE discrepancy SET field = 'company'", "document", "bookkeeping"),
    "a discrepancy's decision, dropped": (
        "UPDATE discrepancy SET resolution = NULL WHERE resolution IS NOT NULL",
        "fact",
        "counting",
    ),
    "a discrepancy's decision, another's": (
        "UPDATE discrepancy SET resolution = (SELECT id FROM fact WHERE kind = 'reading')",
        "discrepancy",
        "bookkeeping",
    ),
    "the share of a released pass": ("UPDATE pass_share SET k1 = zeroblob(32)", "pass_share", "share"),
    "a project's mode": ("UPDATE project SET mode = 'strict'", "project", "bookkeeping"),
    "which batch a document lies in": (
        "UPDATE document SET batch = zeroblob(16)",
        "document",
        "bookkeeping",
    ),
    "a member's roles": ("UPDATE member SET roles = 'supervisor'", "member", "bookkeeping"),
    "somebody's locked keys": (
        "UPDATE person_key SET blob = CAST(blob || x'00' AS BLOB)",
        "person_key",
        "person key",
    ),
    "what her passphrase costs": (
        "UPDATE person_key SET kdf = x'9401ce000100000304' WHERE code = 'bob'",
        "person_key bob",
        "person key",
    ),
    "the mark that an administrator set her passphrase": (
        "UPDATE person_key SET set_by_administrator = 0",
        "person_key",
        "person key",
    ),
    "her login at the shared database": ("UPDATE person_key SET scram = ''", "person_key", "person key"),
    "a person's code": (
        "UPDATE person_key SET code = 'eve' WHERE code = 'bob'",
        "person_key eve",
        "person key",
    ),
    "a box, to keep somebody out": (
        "UPDATE key_wrap SET box = zeroblob(80) WHERE kind = 'pdk'",
        "key_wrap pdk",
        "boxes",
    ),
    "a box of the adjudication key": (
        "UPDATE key_wrap SET box = zeroblob(80) WHERE kind = 'adj'",
        "key_wrap adj",
        "boxes",
    ),
    "whose a box is": ("UPDATE key_wrap SET key_id = zeroblob(16)", "key_wrap", "boxes"),
}


@pytest.mark.parametrize("what", EDITS)
def test_an_edited_row_is_named_with_its_rule(worked: Scene, what: str) -> None:
    statement, where, rule = EDITS[what]
    worked.edit(statement)
    findings = worked.findings()
    assert found(findings, where, rule), findings


# --- dropped, inserted, reordered ----------------------------------------------------------------

DROPPED = {
    "a second pass": ("DELETE FROM sealed_pass WHERE slot = 2", "fact", "order"),
    "a first pass": ("DELETE FROM sealed_pass WHERE slot = 1", "fact", "order"),
    "a surplus pass": ("DELETE FROM surplus_pass", "chain", "chain end"),
    "an intake": ("DELETE FROM fact WHERE kind = 'intake'", "document", "bookkeeping"),
    "a comparison": ("DELETE FROM fact WHERE kind = 'comparison'", "document", "bookkeeping"),
    "a reading": ("DELETE FROM fact WHERE kind = 'reading'", "fact", "order"),
    "a decision": ("DELETE FROM fact WHERE kind = 'resolution'", "fact", "order"),
    "a record": ("DELETE FROM fact WHERE kind = 'record'", "document", "bookkeeping"),
    "a confirmation": ("DELETE FROM fact WHERE kind = 'confirmation'", "document", "bookkeeping"),
    "a person's keys": ("DELETE FROM person_key WHERE code = 'ann'", "person_key ann", "person key"),
    "a box": (
        "DELETE FROM key_wrap WHERE kind = 'pdk' AND person = (SELECT first_by FROM document LIMIT 1)",
        "key_wrap pdk",
        "boxes",
    ),
    "a page": (
        "DELETE FROM page WHERE document = (SELECT id FROM document LIMIT 1)",
        "document",
        "bookkeeping",
    ),
    "a document": ("DELETE FROM document WHERE position = 1", "fact", "bookkeeping"),
    "a share": ("DELETE FROM pass_share", "pass_share", "share"),
    "a project": ("DELETE FROM project", "project", "bookkeeping"),
    "a member": ("DELETE FROM member", "member", "bookkeeping"),
    "a discrepancy": ("DELETE FROM discrepancy", "document", "bookkeeping"),
}


@pytest.mark.parametrize("what", DROPPED)
def test_a_dropped_row_is_noticed(worked: Scene, what: str) -> None:
    statement, where, rule = DROPPED[what]
    worked.edit(statement)
    findings = worked.findings()
    assert found(findings, where, rule), findings


def test_a_message_dropped_from_the_middle_of_a_chain_is_noticed(worked: Scene) -> None:
    worked.edit("DELETE FROM fact WHERE kind = 'reading'")
    assert found(worked.findings(), "fact", "chain")


def test_the_newest_message_dropped_is_noticed_by_the_workstations_own_memory(worked: Scene) -> None:
    # Nothing after it names it: only the local store knows that it was sent.
    worked.edit("DELETE FROM fact WHERE kind = 'confirmation'")
    worked.edit("UPDATE document SET confirmation = NULL")
    (finding,) = [f for f in worked.findings() if f.rule == "chain end"]
    assert finding.where.startswith("chain ")


def test_swapped_passes_are_named(worked: Scene) -> None:
    # 31: the second pass in the place of the first.
    with worked.sql() as db:
        db.execute("UPDATE sealed_pass SET slot = slot + 10")
        db.execute("UPDATE sealed_pass SET slot = 13 - slot")
    assert found(worked.findings(), "sealed_pass", "place")
    handed = hand_over(worked.as_("sue"), worked.project)
    assert handed.documents == ()
    assert {trouble.document for trouble in handed.troubles} == set(worked.documents[:2])


def test_passes_swapped_between_documents_are_named_and_open_nothing(worked: Scene) -> None:
    one, other = worked.documents[:2]
    with worked.sql() as db:
        db.execute("UPDATE sealed_pass SET document = zeroblob(16) WHERE document = ?", (one,))
        db.execute("UPDATE sealed_pass SET document = ? WHERE document = ?", (one, other))
        db.execute("UPDATE sealed_pass SET document = ? WHERE document = zeroblob(16)", (other,))
    assert found(worked.findings(), "sealed_pass", "place")
    handed = hand_over(worked.as_("sue"), worked.project)
    assert handed.documents == ()
    assert {trouble.document for trouble in handed.troubles} == set(worked.documents[:2])


def test_a_copied_fact_under_another_id_is_named(worked: Scene) -> None:
    columns = (
        "project, document, kind, actor, counted, statement, signature, content, box_adj, box_own, stored_us"
    )
    worked.edit(
        f"INSERT INTO fact (id, {columns}) SELECT randomblob(16), {columns} FROM fact WHERE kind = 'reading'"
    )
    assert found(worked.findings(), "fact", "place")


def test_a_box_inserted_for_a_stranger_is_named(worked: Scene) -> None:
    # Somebody who may not hold the project key holds it from now on.
    person = worked.as_("aud").me
    sql = (
        "INSERT INTO key_wrap SELECT project, kind, epoch, ?, ?, box FROM key_wrap WHERE kind = 'pdk' LIMIT 1"
    )
    worked.edit(sql, person.id, person.keys.key_id)
    assert found(worked.findings(), "key_wrap pdk", "boxes")


def test_locked_keys_inserted_for_a_stranger_are_named(worked: Scene) -> None:
    columns = "blob, kdf, scram, set_by_administrator, signature, name"
    worked.edit(
        f"INSERT INTO person_key (person, code, {columns}) SELECT randomblob(16), 'eve', {columns} "
        "FROM person_key WHERE code = 'bob'"
    )
    assert found(worked.findings(), "person_key eve", "person key")


def test_a_document_inserted_with_somebody_elses_intake_is_named(worked: Scene) -> None:
    worked.edit(
        "INSERT INTO document (id, project, batch, stage, intake, meta_epoch, meta) "
        "SELECT zeroblob(16), project, batch, 'first', intake, meta_epoch, meta FROM document LIMIT 1"
    )
    assert found(worked.findings(), f"document {bytes(16).hex()}", "bookkeeping")


# --- rows that are crafted and signed ------------------------------------------------------------

CRAFTED: Mapping[str, tuple[FactKind, Any, int]] = {
    "a comparison of nothing": (FactKind.COMPARISON, {}, 2),
    "a comparison that is a number": (FactKind.COMPARISON, 7, 2),
    "a comparison whose mismatches are words": (
        FactKind.COMPARISON,
        {"rules": 1, "asked": 1, "discrepancies": ["x"], "beyond": False},
        2,
    ),
    "a comparison that names nothing": (
        FactKind.COMPARISON,
        {"rules": 1, "asked": 1, "discrepancies": [], "beyond": False},
        0,
    ),
    "a reading without a place": (FactKind.READING, {"field": "total"}, 1),
    "a reading that names nothing": (FactKind.READING, {"field": "total", "row": 0}, 0),
    "a decision without a choice": (FactKind.RESOLUTION, {"field": "total", "row": 0}, 2),
    "an intake of nothing": (FactKind.INTAKE, {}, 0),
    "a record without a count": (FactKind.RECORD, {}, 1),
    "a confirmation of two records": (FactKind.CONFIRMATION, {"same": True}, 2),
}


@pytest.mark.parametrize("what", CRAFTED)
def test_a_crafted_row_with_a_valid_signature_is_named_and_breaks_nothing(worked: Scene, what: str) -> None:
    # It must not stop the verifier, nor anybody's work.
    kind, clear, refs = CRAFTED[what]
    bob = worked.as_("bob")
    fact = signed_fact(bob, worked, kind, clear, (bytes(16),) * refs)
    insert(worked, fact, kind)
    assert found(worked.findings(), f"fact {fact.read_statement().id.hex()}", "signature")
    compare_waiting(worked.as_("sue"), worked.project)


@pytest.mark.parametrize("what", CRAFTED)
def test_a_crafted_fact_is_not_taken_by_the_shared_database(worked: Scene, what: str) -> None:
    kind, clear, refs = CRAFTED[what]
    bob = worked.as_("bob")
    with pytest.raises(Refusal):
        state(bob, signed_fact(bob, worked, kind, clear, (bytes(16),) * refs))


MISPLACED = {
    "text where bytes belong": ("UPDATE fact SET statement = 'a text'", "fact"),
    "text that is no text": ("UPDATE sealed_pass SET blob = CAST(x'ff' || blob AS TEXT)", "sealed_pass"),
    "a text where a number belongs": ("UPDATE discrepancy SET row = 'a text'", "discrepancy"),
    "a stage that is none": ("UPDATE document SET stage = 'nowhere'", "document"),
    "a kind of key that is none": (
        "UPDATE key_wrap SET kind = 'gold' WHERE kind = 'adj' AND epoch = 1",
        "key_wrap",
    ),
    "bytes where a text belongs": ("UPDATE person_key SET code = x'00' WHERE code = 'bob'", "person_key"),
    "a mode that is none": ("UPDATE project SET mode = 'open'", "project"),
}


@pytest.mark.parametrize("what", MISPLACED)
def test_a_cell_of_another_kind_is_named_and_stops_nobody_with_a_fault(worked: Scene, what: str) -> None:
    # A program that stops with a fault of its own tells nobody that the file was edited.
    statement, where = MISPLACED[what]
    worked.edit(statement)
    assert found(worked.findings(), where, "malformed")
    sue = worked.as_("sue")
    for attempt in (
        sue.shared.projects,
        lambda: compare_waiting(sue, worked.project),
        sue.shared.person_keys,
    ):
        with contextlib.suppress(Refusal):
            attempt()


def insert(scene: Scene, fact: SealedFact, kind: str, actor: bytes | None = None, counted: int = 1) -> None:
    """Put a fact into the file, past every door."""
    s = fact.read_statement()
    about = (s.id, scene.project, s.subject.document, kind, actor or s.subject.actor, counted)
    signed = (fact.statement, fact.signature, fact.content, fact.box_adj, fact.box_own)
    scene.edit(f"INSERT INTO fact VALUES ({','.join('?' * 12)})", *about, *signed, 1)


def test_a_fact_by_somebody_outside_the_project_is_named(worked: Scene) -> None:
    with worked.sql() as db:
        passes = [
            id_
            for (id_,) in db.execute(
                "SELECT id FROM sealed_pass WHERE document = ? ORDER BY slot", (worked.documents[0],)
            )
        ]
    clear = {"rules": 1, "asked": 4, "discrepancies": [], "beyond": False}
    fact = signed_fact(worked.as_("aud"), worked, FactKind.COMPARISON, clear, tuple(passes))
    insert(worked, fact, "comparison", counted=0)
    assert found(worked.findings(), f"fact {fact.read_statement().id.hex()}", "role")


def test_a_fact_by_keys_that_are_in_no_list_is_named(worked: Scene) -> None:
    stranger = PersonKeys.generate()
    ws = worked.as_("bob")
    mine = ws.keys
    ws.keys = stranger
    fact = signed_fact(ws, worked, FactKind.CONFIRMATION, {"same": True}, (bytes(16),))
    ws.keys = mine
    insert(worked, fact, "confirmation", counted=0)
    assert found(worked.findings(), f"fact {fact.read_statement().id.hex()}", "signature")


def test_a_fact_signed_by_one_person_in_anothers_name_is_named(worked: Scene) -> None:
    fact = signed_fact(worked.as_("bob"), worked, FactKind.CONFIRMATION, {"same": True}, (bytes(16),))
    insert(worked, fact, "confirmation", actor=worked.as_("sue").me.id)
    assert found(worked.findings(), f"fact {fact.read_statement().id.hex()}", "place")


def test_a_pass_of_another_project_is_named_and_opens_nothing(release: Scene) -> None:
    # 31: a valid person's valid signature, of somewhere else.
    release.key("ann")
    bob = release.as_("bob")
    granted = claim_raw(bob, release, second=True)
    assert granted is not None
    other = forged_pass(bob, release, granted.fence, project=type(release.project)(bytes(16)))
    with pytest.raises(Refusal):
        bob.shared.seal(other)
    boxes = msgspec.msgpack.encode(other.boxes)
    id_ = other.read_manifest().context.id
    row = (id_, release.documents[0], 2, bob.me.id, other.manifest, other.signature, other.blob, boxes, 1)
    release.edit("INSERT INTO sealed_pass VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", *row)
    release.edit("UPDATE document SET stage = 'comparing' WHERE id = ?", release.documents[0])
    release.close()
    with pytest.raises(Tampered):
        compare_waiting(release.as_("sue"), release.project)
    assert found(release.findings(), f"sealed_pass {id_.hex()}", "place")


def test_a_first_pass_in_the_place_of_a_second_is_named(release: Scene) -> None:
    release.key("ann")
    bob = release.as_("bob")
    granted = claim_raw(bob, release, second=True)
    assert granted is not None
    bob.shared.seal(forged_pass(bob, release, granted.fence, asked=Asked.ALL))
    with pytest.raises(Tampered):
        compare_waiting(release.as_("sue"), release.project)
    assert found(release.findings(), "sealed_pass", "place")


# --- the list of people --------------------------------------------------------------------------

ROSTER_EDITS = {
    "an entry edited": "UPDATE roster SET data = CAST(data || x'00' AS BLOB) WHERE seq = 4",
    "an entry's signature edited": "UPDATE roster SET signature = zeroblob(64) WHERE seq = 3",
    "an entry dropped": "DELETE FROM roster WHERE seq = 5",
    "the newest entry dropped": "DELETE FROM roster WHERE seq = (SELECT max(seq) FROM roster)",
    "two entries swapped": "UPDATE roster SET seq = CASE seq WHEN 3 THEN -4 ELSE -3 END WHERE seq IN (3, 4)",
    "an entry inserted": "INSERT INTO roster SELECT max(seq) + 1, data, signature FROM roster",
}


@pytest.mark.parametrize("what", ROSTER_EDITS)
def test_a_changed_list_of_people_opens_for_nobody(worked: Scene, what: str) -> None:
    # Whoever is in the list may open, sign and resolve: so nothing is done on a list that is not whole.
    worked.edit(ROSTER_EDITS[what])
    if what == "two entries swapped":
        worked.edit("UPDATE roster SET seq = -seq WHERE seq < 0")
    with pytest.raises(Tampered):
        worked.findings()


def test_an_adjudicator_whom_the_administrator_smuggles_past_her_role_gets_no_key(worked: Scene) -> None:
    # A request for somebody who is no holder would have every holder's next command box ADJ to her.
    edit = RosterEdit(worked.as_("admin"))
    with pytest.raises(Tampered):
        edit.add(Request(worked.project, worked.as_("bob").me.id))


# --- 44: an older copy ---------------------------------------------------------------------------


def older_copy(scene: Scene, folder: Path) -> Path:
    scene.close()
    kept = folder / "older.db"
    shutil.copy(scene.file, kept)
    return kept


def restore(scene: Scene, kept: Path) -> None:
    scene.close()
    for suffix in ("-wal", "-shm"):
        Path(str(scene.file) + suffix).unlink(missing_ok=True)
    shutil.copy(kept, scene.file)


def test_a_file_set_back_before_a_change_of_people_is_refused_at_the_door(
    worked: Scene, tmp_path: Path
) -> None:
    # Whoever was removed yesterday would be back.
    kept = older_copy(worked, tmp_path)
    remove_member(worked.as_("admin"), worked.project, "cleo")
    restore(worked, kept)
    with pytest.raises(Tampered, match="older than"):
        open_door(worked.house.home, worked.house.location)


def test_a_file_set_back_by_a_days_work_is_found(worked: Scene, tmp_path: Path) -> None:
    kept = older_copy(worked, tmp_path)
    worked.decide("bob", "9.00")
    restore(worked, kept)
    assert found(worked.findings(), "chain", "chain end")


def test_a_file_set_back_and_worked_in_again_is_found(worked: Scene, tmp_path: Path) -> None:
    # New work does not cover the gap: it continues a message that is no longer there.
    kept = older_copy(worked, tmp_path)
    worked.decide("bob", "9.00")
    restore(worked, kept)
    with writing(worked.as_("bob").store.engine) as store:  # else she would send it again
        store.exec_driver_sql("DELETE FROM sent")
    worked.decide("bob", "9.00")
    assert found(worked.findings(), "fact", "chain")


def test_a_workspace_exchanged_for_one_of_other_roots_is_refused(worked: Scene, tmp_path: Path) -> None:
    found_another(tmp_path / "home", tmp_path / "evil", "a passphrase of evil", chosen=True, officers=None)
    worked.close()
    restore(worked, tmp_path / "evil" / worked.file.name)
    with pytest.raises(Refusal):
        open_door(worked.house.home, worked.house.location)


def test_a_change_of_passphrase_is_done_by_its_person_only(worked: Scene) -> None:
    bob, row = worked.as_("bob"), worked.as_("bob").shared.person_key("ann")
    assert row is not None
    with pytest.raises(NotAllowed):
        bob.shared.change_passphrase(row)
    change_passphrase(bob, "another passphrase")
    assert worked.findings() == []


def test_a_share_planted_in_a_strict_project_is_named(strict: Scene) -> None:
    strict.key("ann")
    strict.edit("INSERT INTO pass_share SELECT id, zeroblob(32) FROM sealed_pass")
    assert found(strict.findings("aud"), "pass_share", "share")  # from holders it is withheld with its pass


def test_somebody_who_goes_back_to_an_older_list_than_she_had_seen_is_named(worked: Scene) -> None:
    # Whoever lost a role would else sign as if she still had it.
    bob = worked.as_("bob")
    older = bob.seen_head
    remove_member(worked.as_("admin"), worked.project, "cleo")
    bob.refresh()
    worked.decide("bob", "9.00")
    chain = max(
        (chain_of(worked, f) for f in worked.as_("bob").shared.facts(worked.project)), key=lambda p: p.seq
    )
    assert chain.seen_head != older
    place = ChainPlace(chain.chain, chain.seq + 1, bytes(32), older)
    subject = Subject(FactKind.CONFIRMATION, bob.org, worked.project, worked.documents[0], bob.me.id, 0)
    fact = seal_fact(Draft(subject, {"same": True}, (bytes(16),)), b"", bob.keys, place, 1)
    insert(worked, fact, "confirmation", counted=0)
    where = f"fact {fact.read_statement().id.hex()}"
    words = [f.words for f in worked.findings() if f.where == where]
    assert any("older list of people" in one for one in words)


def chain_of(scene: Scene, stored: StoredFact) -> ChainPlace:
    """Return the place of a fact, if bob stated it."""
    statement = stored.fact.read_statement()
    mine = statement.subject.actor == scene.as_("bob").me.id
    return statement.place if mine else ChainPlace(ChainId(b""), 0, b"", b"")


def test_a_role_is_never_gained_by_naming_oneself(worked: Scene) -> None:
    with pytest.raises(NotAllowed):
        add_members(worked.as_("bob"), worked.project, [Wanted("bob", (Role.SUPERVISOR,))])
