"""Attack 47 and its kin: a keyer's modified client states what is not so; a holder of ADJ finds it."""

import msgspec
import pytest

from boapp.crypto.facts import FactKind
from boapp.domain.ids import FactId, Fence
from boapp.domain.passes import Asked, Method
from boapp.domain.records import Origin, Settled, encode_record
from boapp.domain.values import Address, Value
from boapp.domain.workflow import Stage
from boapp.errors import Refusal, Tampered
from boapp.services.comparing import compare_mine, compare_waiting
from boapp.services.handover import hand_over
from boapp.services.queue import claim
from boapp.services.resolving import Mismatch
from boapp.services.sealing import seal
from boapp.services.syncing import send_waiting
from boapp.services.verifying import document_row
from boapp.shareddb.protocol import DocumentRow, Outcome
from boapp.workspace import Workspace
from tests.attacks.tools import (
    Scene,
    claim_raw,
    decide_regardless,
    forged_pass,
    found,
    promote,
    reading_fact,
    resolution,
    signed_fact,
    state,
)
from tests.builders import entries, receipt

NOTHING_DIFFERS = {"rules": 1, "asked": 4, "discrepancies": [], "beyond": False}


def row(scene: Scene) -> DocumentRow:
    return document_row(scene.as_("sue"), scene.project, scene.documents[0])


def passes(scene: Scene) -> tuple[bytes, ...]:
    ordered = sorted(scene.as_("sue").shared.passes(scene.project, scene.documents[0]), key=lambda p: p.slot)
    return tuple(bytes(p.id) for p in ordered)


def seal_second(scene: Scene, total: str) -> None:
    """Seal bob's pass without the comparison that an honest client makes next."""
    bob = scene.as_("bob")
    work = claim(bob, scene.project, second=True, document=scene.documents[0])
    assert work is not None
    seal(bob, work, entries(receipt(total=total)), Method.KEYED)
    send_waiting(bob)


def lie(scene: Scene, ws: Workspace, clear: dict[str, object] | None = None) -> Outcome:
    fact = signed_fact(ws, scene, FactKind.COMPARISON, clear or NOTHING_DIFFERS, passes(scene))
    return state(ws, fact)


def state_record(scene: Scene, ws: Workspace, total: str) -> bytes:
    """State a record with this total, resting on the comparison on record."""
    values = receipt(total=total).items()
    record = {Address(key): Settled(Value.of(text), Origin.AGREED) for key, text in values}
    comparison = bytes(row(scene).comparison or b"")
    fact = signed_fact(ws, scene, FactKind.RECORD, {"values": 4}, (comparison,), encode_record(record))
    assert state(ws, fact) is Outcome.STORED
    return fact.read_statement().id


def lying_second_keyer(scene: Scene) -> None:
    """Bob keyed another total, says that nothing differs, and states his own as the record."""
    scene.key("ann", total="9.00")
    seal_second(scene, "98.00")
    assert lie(scene, scene.as_("bob")) is Outcome.STORED
    state_record(scene, scene.as_("bob"), "98.00")


def test_a_lying_comparison_is_never_exported_as_confirmed(release: Scene) -> None:
    # A wrong value would leave the house as one that two people agree on.
    lying_second_keyer(release)
    (handed,) = hand_over(release.as_("sue"), release.project).documents
    assert not handed.confirmed


def test_a_lying_comparison_lapses_when_a_holder_settles_and_the_mismatch_goes_to_her(release: Scene) -> None:
    lying_second_keyer(release)
    compare_waiting(release.as_("sue"), release.project)
    assert (row(release).stage, row(release).record) == (Stage.ADJUDICATING, None)
    assert hand_over(release.as_("sue"), release.project).documents == ()
    assert release.mismatches("bob") == []
    release.decide("adj", "9.00")
    compare_waiting(release.as_("sue"), release.project)
    (handed,) = hand_over(release.as_("sue"), release.project).documents
    assert handed.confirmed
    assert handed.record[Address("total")].value.text == "9.00"
    assert release.findings() == []


def test_a_lying_comparison_without_a_record_is_not_settled_by_the_holders_client(release: Scene) -> None:
    # The holder's own client would otherwise state the record that the liar wants.
    release.key("ann", total="9.00")
    seal_second(release, "98.00")
    lie(release, release.as_("bob"))
    compare_waiting(release.as_("sue"), release.project)
    assert (row(release).stage, row(release).record) == (Stage.ADJUDICATING, None)


def test_an_honest_comparison_with_a_false_record_lapses(release: Scene) -> None:
    release.key("ann", total="9.00")
    seal_second(release, "9.00")
    lie(release, release.as_("bob"))
    state_record(release, release.as_("bob"), "1.00")
    compare_waiting(release.as_("sue"), release.project)
    assert row(release).record is None or hand_over(release.as_("sue"), release.project).documents[0].record[
        Address("total")
    ].value == Value.of("9.00")


def test_a_record_that_the_holder_cannot_open_lapses_and_stops_nobody(release: Scene) -> None:
    # A box of garbage would otherwise end every comparison in the project.
    release.key("ann", total="9.00")
    seal_second(release, "98.00")
    bob = release.as_("bob")
    lie(release, bob)
    comparison = bytes(row(release).comparison or b"")
    fact = signed_fact(bob, release, FactKind.RECORD, {"values": 4}, (comparison,), b"\xc1 no record")
    state(bob, fact)
    compare_waiting(release.as_("sue"), release.project)
    assert row(release).record is None


def test_a_keyer_cannot_confirm_her_own_lie(release: Scene) -> None:
    # A confirmation by anybody would make the export say that a holder of ADJ looked.
    lying_second_keyer(release)
    bob, record = release.as_("bob"), (bytes(row(release).record or b""),)
    confirmation = signed_fact(bob, release, FactKind.CONFIRMATION, {"same": True}, record)
    assert state(bob, confirmation) is Outcome.SURPLUS
    assert row(release).confirmation is None
    assert not hand_over(release.as_("sue"), release.project).documents[0].confirmed
    id_ = confirmation.read_statement().id.hex()
    assert found(release.findings(), f"fact {id_}", "role")


def test_a_confirmation_by_a_bystander_confirms_nothing(release: Scene) -> None:
    lying_second_keyer(release)
    cleo = release.as_("cleo")
    record = (bytes(row(release).record or b""),)
    state(cleo, signed_fact(cleo, release, FactKind.CONFIRMATION, {"same": True}, record))
    assert not hand_over(release.as_("sue"), release.project).documents[0].confirmed
    compare_waiting(release.as_("sue"), release.project)
    assert row(release).record is None


@pytest.mark.parametrize("column", ["actor", "confirmation"])
def test_rows_that_lie_about_who_confirmed_confirm_nothing(release: Scene, column: str) -> None:
    # Whoever edits the file would otherwise switch the second look off.
    lying_second_keyer(release)
    sue = release.as_("sue").me.id
    comparison, intake = row(release).comparison, row(release).intake
    if column == "actor":
        release.edit("UPDATE fact SET actor = ? WHERE id = ?", sue, comparison)
    else:
        release.edit("UPDATE document SET confirmation = ? WHERE id = ?", intake, release.documents[0])
    if column == "confirmation":
        assert not hand_over(release.as_("sue"), release.project).documents[0].confirmed
    compare_waiting(release.as_("sue"), release.project)
    assert row(release).stage is Stage.ADJUDICATING


def test_a_keyer_who_became_a_holder_does_not_confirm_what_she_stated_before(release: Scene) -> None:
    # Her old lie would otherwise count as a holder's own work from the day she is promoted.
    lying_second_keyer(release)
    promote(release, "bob")
    assert not hand_over(release.as_("sue"), release.project).documents[0].confirmed
    assert compare_waiting(release.as_("bob"), release.project) == []
    assert row(release).record is not None, "she leaves it to another holder"
    compare_waiting(release.as_("sue"), release.project)
    assert row(release).stage is Stage.ADJUDICATING


def test_an_empty_second_pass_settles_nothing(release: Scene) -> None:
    # Nothing keyed, nothing differs: every first value would have passed as agreed by two people.
    release.key("ann")
    bob = release.as_("bob")
    granted = claim_raw(bob, release, second=True)
    assert granted is not None
    bob.shared.seal(forged_pass(bob, release, granted.fence, ()))
    compare_mine(bob, release.project)
    assert (row(release).stage, row(release).record) == (Stage.ADJUDICATING, None)
    assert release.mismatches("bob") == []
    assert len(release.mismatches("adj")) == 4
    release.decide("adj", "09/01/2019")
    assert release.findings() == []


def test_a_first_pass_that_lacks_a_field_is_decided_by_a_holder(strict: Scene) -> None:
    ann = strict.as_("ann")
    granted = claim_raw(ann, strict, second=False)
    assert granted is not None
    values = entries({k: v for k, v in receipt().items() if k != "total"})
    ann.shared.seal(forged_pass(ann, strict, granted.fence, values, asked=Asked.ALL))
    strict.key("bob", second=True)
    compare_waiting(strict.as_("sue"), strict.project)
    (missing,) = strict.mismatches("adj")
    assert (missing.place.field, missing.place.kind) == ("total", "missing")
    strict.decide("adj", "9.00")
    (handed,) = hand_over(strict.as_("sue"), strict.project).documents
    assert handed.record[Address("total")].value.text == "9.00"
    assert strict.findings() == []


def test_a_mismatch_that_is_deleted_from_the_queue_is_not_settled(scene: Scene) -> None:
    # Without its row the first reading would have stood as agreed.
    scene.key_both(first="9.00", second="98.00")
    if row(scene).stage is Stage.COMPARING:
        compare_waiting(scene.as_("sue"), scene.project)
    scene.close()
    scene.edit("DELETE FROM discrepancy")
    compare_waiting(scene.as_("sue"), scene.project)
    assert row(scene).record is None
    assert found(scene.findings(), f"document {scene.documents[0].hex()}", "bookkeeping")


def test_a_decision_that_only_the_queue_names_settles_nothing(scene: Scene) -> None:
    scene.key_both(first="9.00", second="98.00")
    compare_waiting(scene.as_("sue"), scene.project)
    scene.edit("UPDATE discrepancy SET resolution = (SELECT intake FROM document LIMIT 1)")
    compare_waiting(scene.as_("sue"), scene.project)
    assert row(scene).record is None
    assert found(scene.findings(), "discrepancy", "bookkeeping")


def test_junk_keying_does_not_buy_a_decision_even_with_a_lying_comparison(release: Scene) -> None:
    # Attack 30: she learns the first values, and may not use them in this document.
    release.key("ann")
    junk = receipt(company="X", date="X", address="XXXXXXXXXXX", total="1")
    bob = release.as_("bob")
    work = claim(bob, release.project, second=True, document=release.documents[0])
    assert work is not None
    bob.shared.seal(forged_pass(bob, release, work.claim.fence, entries(junk)))
    near = [(key, 0, 0, 0, "value") for key in ("company", "date", "address", "total")]
    assert lie(release, bob, NOTHING_DIFFERS | {"discrepancies": near}) is Outcome.STORED
    decide_regardless(release, "bob", "9.00")
    compare_waiting(release.as_("sue"), release.project)
    assert (row(release).stage, row(release).record) == (Stage.ADJUDICATING, None)


def test_junk_keying_beyond_the_limit_sends_the_document_to_a_holder(release: Scene) -> None:
    release.key("ann")
    junk = receipt(company="X", date="X", address="XXXXXXXXXXX", total="1")
    bob = release.as_("bob")
    work = claim(bob, release.project, second=True, document=release.documents[0])
    assert work is not None
    bob.shared.seal(forged_pass(bob, release, work.claim.fence, entries(junk)))
    compare_mine(bob, release.project)
    assert row(release).stage is Stage.ADJUDICATING
    assert release.mismatches("bob") == []


def test_a_stage_set_back_in_the_file_does_not_let_junk_keying_decide(release: Scene) -> None:
    # With one word edited, and a client that refuses her nothing, she would use the values that she bought.
    test_junk_keying_beyond_the_limit_sends_the_document_to_a_holder(release)
    release.edit("UPDATE document SET stage = 'resolving' WHERE id = ?", release.documents[0])
    release.close()
    bob = release.as_("bob")
    decided = {}
    for place in bob.shared.discrepancies(release.project):
        mismatch = Mismatch(release.project, place)
        fact = resolution(bob, release, mismatch, reading_fact(bob, release, mismatch, "9.00"), "9.00")
        state(bob, fact)
        decided[place.field] = fact.read_statement().id
    release.edit("UPDATE fact SET counted = true")
    for key, id_ in decided.items():
        release.edit("UPDATE discrepancy SET resolution = ? WHERE field = ?", id_, key)
    compare_waiting(release.as_("sue"), release.project)
    assert hand_over(release.as_("sue"), release.project).documents == ()
    assert row(release).record is None
    assert found(release.findings(), "fact", "exclusion")


def test_a_pass_in_somebody_elses_name_is_refused_and_named(scene: Scene) -> None:
    # Whoever edits the file can seal to the project's keys; she cannot sign as ann.
    scene.key("cleo")
    fence, k1 = Fence(bytes(16)), is_release(scene)
    forged = forged_pass(scene.as_("bob"), scene, fence, author="ann", asked=Asked.ALL, k1=k1)
    context, boxes = forged.read_manifest().context, msgspec.msgpack.encode(forged.boxes)
    with scene.sql() as db:
        db.execute("DELETE FROM sealed_pass")
        document, sealed = scene.documents[0], (forged.manifest, forged.signature, forged.blob, boxes)
        db.execute(
            "INSERT INTO sealed_pass VALUES (?,?,1,?,?,?,?,?,1)",
            (context.id, document, context.author, *sealed),
        )
        db.execute("UPDATE document SET first_by = ? WHERE id = ?", (context.author, document))
    scene.close()
    scene.key_second_regardless("bob")
    with pytest.raises(Tampered):
        compare_waiting(scene.as_("sue"), scene.project)
    assert found(scene.findings(), f"sealed_pass {context.id.hex()}", "signature")


def is_release(scene: Scene) -> bool:
    return scene.as_("sue").roster.project(scene.project).mode == "release"


def test_a_second_keyer_cannot_override_a_holders_comparison(release: Scene) -> None:
    # She could otherwise undo an adjudicator's decisions, again and again.
    release.key("ann", total="9.00")
    seal_second(release, "98.00")
    compare_waiting(release.as_("sue"), release.project)
    refs = (*passes(release), bytes(row(release).comparison or b""))
    bob, before = release.as_("bob"), row(release)
    again = signed_fact(bob, release, FactKind.COMPARISON, NOTHING_DIFFERS, refs)
    assert state(bob, again) is Outcome.SURPLUS
    assert row(release) == before
    assert found(release.findings(), f"fact {again.read_statement().id.hex()}", "role")


def test_a_first_keyer_cannot_compare(scene: Scene) -> None:
    scene.key("ann", total="9.00")
    seal_second(scene, "98.00")
    before = row(scene)
    assert lie(scene, scene.as_("ann")) is Outcome.SURPLUS
    assert row(scene) == before
    assert found(scene.findings(), "fact", "role")


def test_a_second_keyer_cannot_compare_in_a_strict_project(strict: Scene) -> None:
    strict.key_both()
    assert compare_mine(strict.as_("bob"), strict.project) == []
    before = row(strict)
    assert lie(strict, strict.as_("bob")) is Outcome.SURPLUS
    assert row(strict) == before
    assert found(strict.findings(), "fact", "exclusion")


@pytest.mark.parametrize("code", ["aud", "cleo", "admin"])
def test_a_strangers_comparison_never_counts_and_is_found(scene: Scene, code: str) -> None:
    # A lying comparison by a bystander would end in a record without a second look.
    scene.key("ann", total="9.00")
    seal_second(scene, "98.00")
    before = row(scene)
    assert lie(scene, scene.as_(code)) is Outcome.SURPLUS
    assert row(scene) == before
    assert found(scene.findings(), "fact", "role")
    compare_waiting(scene.as_("sue"), scene.project)
    assert row(scene).stage is Stage.RESOLVING


def test_a_strangers_comparison_that_is_said_to_count_is_found_and_overridden(scene: Scene) -> None:
    scene.key("ann", total="9.00")
    seal_second(scene, "98.00")
    lie(scene, scene.as_("aud"))
    scene.close()
    scene.edit("UPDATE fact SET counted = true WHERE kind = 'comparison'")
    lied = scene.one("SELECT id FROM fact WHERE kind = 'comparison'")
    sql = "UPDATE document SET stage = 'resolving', comparison = ? WHERE id = ?"
    scene.edit(sql, lied, scene.documents[0])
    fact = row(scene).comparison or FactId(b"")
    assert found(scene.findings(), fact.hex(), "role")
    compare_waiting(scene.as_("sue"), scene.project)
    assert row(scene).stage is Stage.ADJUDICATING


def test_a_fact_filed_under_another_project_is_refused(release: Scene, strict: Scene) -> None:
    # It would move a document whose project then misses the fact that it rests on.
    release.key("ann", total="9.00")
    seal_second(release, "98.00")
    bob = release.as_("bob")
    fact = signed_fact(
        bob, release, FactKind.COMPARISON, NOTHING_DIFFERS, passes(release), project=strict.project
    )
    with pytest.raises(Refusal):
        state(bob, fact)


def test_one_pass_that_does_not_open_leaves_the_other_documents_their_comparison(strict: Scene) -> None:
    # One keyer with a modified client would otherwise stop the whole project.
    ann = strict.as_("ann")
    granted = claim_raw(ann, strict, second=False)
    assert granted is not None
    broken = forged_pass(ann, strict, granted.fence, asked=Asked.ALL)
    ann.shared.seal(msgspec.structs.replace(broken, blob=b"garbage"))
    strict.key("bob", second=True)
    strict.key_both(1)
    with pytest.raises(Tampered):
        compare_waiting(strict.as_("sue"), strict.project)
    stages = [d.stage for d in strict.as_("sue").shared.documents(strict.project)]
    assert stages == [Stage.COMPARING, Stage.SETTLED, Stage.FIRST]


def test_a_share_that_is_gone_keeps_no_other_document_waiting(release: Scene) -> None:
    release.key("ann", 0)
    release.key("ann", 1)
    release.edit(
        "DELETE FROM pass_share WHERE sealed_pass = (SELECT id FROM sealed_pass WHERE document = ?)",
        release.documents[0],
    )
    release.key_second_regardless("bob")
    bob = release.as_("bob")
    work = claim(bob, release.project, second=True, document=release.documents[1])
    assert work is not None
    seal(bob, work, entries(receipt()), Method.KEYED)
    send_waiting(bob)
    with pytest.raises(Refusal):
        compare_mine(bob, release.project)
    compare_waiting(release.as_("sue"), release.project)
    stages = [d.stage for d in release.as_("sue").shared.documents(release.project)]
    assert stages == [Stage.SETTLED, Stage.SETTLED, Stage.FIRST]
