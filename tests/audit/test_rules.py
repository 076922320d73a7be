"""The rules of the audit that no honest client breaks: each breach is named with its row and rule."""

import msgspec
import pytest

from boapp.crypto.facts import FactKind, SealedFact, read_clear
from boapp.crypto.sealed_pass import SealedPass
from boapp.domain.ids import Fence
from boapp.domain.passes import Asked, Method
from boapp.domain.values import Value
from boapp.domain.workflow import Mode, Role, Stage
from boapp.services.comparing import compare_waiting
from boapp.services.projects import Wanted, add_members, remove_member
from boapp.services.resolving import lock_reading
from boapp.services.taking_back import take_back
from boapp.services.verifying import document_row, fact_with_id
from boapp.shareddb.protocol import OpenClaim, Outcome
from tests.attacks.tools import (
    Scene,
    claim_raw,
    forged_pass,
    found,
    promote,
    signed_fact,
    state,
    take_back_fact,
)

NOTHING_DIFFERS = {"rules": 1, "asked": 4, "discrepancies": [], "beyond": False}


def insert_fact(scene: Scene, fact: SealedFact, *, counted: bool) -> str:
    """Put a fact into the file past every door; return how a finding names it."""
    s = fact.read_statement()
    about = (s.id, scene.project, s.subject.document, s.subject.kind, s.subject.actor, counted)
    signed = (fact.statement, fact.signature, fact.content, fact.box_adj, fact.box_own)
    scene.edit(f"INSERT INTO fact VALUES ({','.join('?' * 12)})", *about, *signed, 1)
    return f"fact {s.id.hex()}"


def pass_ids(scene: Scene, number: int = 0) -> tuple[bytes, ...]:
    ordered = sorted(
        scene.as_("sue").shared.passes(scene.project, scene.documents[number]), key=lambda p: p.slot
    )
    return tuple(bytes(p.id) for p in ordered if p.slot)


def where(sealed: SealedPass) -> str:
    return f"sealed_pass {sealed.read_manifest().context.id.hex()}"


def test_nothing_is_found_where_everything_was_done_by_the_rules(worked: Scene) -> None:
    assert worked.findings() == []


# --- order ------------------------------------------------------------------------------------


def test_a_single_pass_does_not_settle_a_document_that_was_taken_in_for_two(strict: Scene) -> None:
    # One word edited in the file, and one person's values would have left the house as settled.
    strict.key("ann")
    strict.edit("UPDATE document SET stage = 'comparing' WHERE id = ?", strict.documents[0])
    sue = strict.as_("sue")
    fact = signed_fact(sue, strict, FactKind.COMPARISON, NOTHING_DIFFERS, pass_ids(strict))
    assert state(sue, fact) is Outcome.SURPLUS
    assert document_row(sue, strict.project, strict.documents[0]).comparison is None
    again = signed_fact(sue, strict, FactKind.COMPARISON, NOTHING_DIFFERS, pass_ids(strict))
    named = insert_fact(strict, again, counted=True)
    strict.edit("UPDATE document SET comparison = ?, stage = 'resolving'", again.read_statement().id)
    assert found(strict.findings(), named, "order")


def test_a_record_that_does_not_name_its_decisions_never_counts_and_is_named(worked: Scene) -> None:
    sue = worked.as_("sue")
    row = document_row(sue, worked.project, worked.documents[0])
    worked.edit(
        "UPDATE document SET record = NULL, confirmation = NULL, stage = 'resolving' WHERE id = ?", row.id
    )
    fact = signed_fact(sue, worked, FactKind.RECORD, {"values": 4}, (bytes(row.comparison or b""),), b"x")
    assert state(sue, fact) is Outcome.SURPLUS
    worked.close()
    id_ = fact.read_statement().id
    worked.edit("UPDATE fact SET counted = 1 WHERE id = ?", id_)
    worked.edit("UPDATE document SET record = ?, stage = 'settled' WHERE id = ?", id_, row.id)
    assert found(worked.findings(), f"fact {id_.hex()}", "order")


# --- place: keys and boxes --------------------------------------------------------------------


def test_a_strict_pass_that_can_be_released_is_named(strict: Scene) -> None:
    # Whoever keys second would open the first pass with it.
    ann = strict.as_("ann")
    granted = claim_raw(ann, strict, second=False)
    assert granted is not None
    sealed = forged_pass(ann, strict, granted.fence, asked=Asked.ALL, k1=True)
    ann.shared.seal(sealed)
    assert found(strict.findings(), where(sealed), "place")


def test_a_release_pass_that_nobody_can_be_given_is_named(release: Scene) -> None:
    ann = release.as_("ann")
    granted = claim_raw(ann, release, second=False)
    assert granted is not None
    sealed = forged_pass(ann, release, granted.fence, asked=Asked.ALL)
    ann.shared.seal(sealed)
    assert found(release.findings(), where(sealed), "place")


def test_a_pass_sealed_to_keys_that_were_replaced_before_is_named(strict: Scene) -> None:
    # Somebody who left the project still holds the old key.
    remove_member(strict.as_("admin"), strict.project, "cleo")
    strict.close()
    ann = strict.as_("ann")
    granted = claim_raw(ann, strict, second=False)
    assert granted is not None
    sealed = forged_pass(ann, strict, granted.fence, asked=Asked.ALL)
    assert sealed.read_manifest().context.pdk_epoch == 1
    ann.shared.seal(sealed)
    assert found(strict.findings(), where(sealed), "place")


# --- role: as the list stood then -------------------------------------------------------------


def test_what_somebody_keyed_and_stated_before_she_left_still_holds(release: Scene) -> None:
    release.key_both(first="9.00", second="98.00")
    release.decide("bob")
    remove_member(release.as_("admin"), release.project, "bob")
    remove_member(release.as_("admin"), release.project, "ann")
    release.close()
    assert release.findings() == []


def test_a_pass_signed_while_its_author_had_left_is_named_though_she_came_back(strict: Scene) -> None:
    ann = strict.as_("ann")
    granted = claim_raw(ann, strict, second=False)
    assert granted is not None
    remove_member(strict.as_("admin"), strict.project, "ann")
    ann.refresh()
    sealed = forged_pass(ann, strict, granted.fence, asked=Asked.ALL)
    add_members(strict.as_("admin"), strict.project, [Wanted("ann", (Role.OPERATOR,))])
    strict.close()
    with strict.sql() as db:
        ctx = sealed.read_manifest().context
        boxes = msgspec.msgpack.encode(sealed.boxes)
        row = (ctx.id, ctx.document, 1, ctx.author, sealed.manifest, sealed.signature, sealed.blob, boxes, 1)
        db.execute("INSERT INTO sealed_pass VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", row)
    assert found(strict.findings(), where(sealed), "role")


def test_a_comparison_by_somebody_who_is_a_holder_only_today_is_named(strict: Scene) -> None:
    strict.key_both()
    cleo = strict.as_("cleo")
    fact = signed_fact(cleo, strict, FactKind.COMPARISON, NOTHING_DIFFERS, pass_ids(strict))
    promote(strict, "cleo")
    assert state(strict.as_("cleo"), fact) is Outcome.STORED
    assert found(strict.findings(), f"fact {fact.read_statement().id.hex()}", "role")


def test_a_message_of_somebody_who_saw_another_list_is_named(strict: Scene) -> None:
    sue = strict.as_("sue")
    sue.roster.head = type(sue.roster.head)(sue.roster.head.seq, bytes(32))
    fact = signed_fact(sue, strict, FactKind.CONFIRMATION, {"same": True}, (bytes(16),))
    named = insert_fact(strict, fact, counted=False)
    assert found(strict.findings(), named, "role")


# --- claims taken back ------------------------------------------------------------------------


def held(scene: Scene) -> OpenClaim:
    assert claim_raw(scene.as_("ann"), scene, second=False) is not None
    (claim,) = scene.as_("sue").shared.open_claims(scene.project)
    return claim


def test_a_claim_that_was_taken_back_by_the_rules_leaves_nothing_to_find(strict: Scene) -> None:
    fact = take_back_fact(strict, "sue", held(strict))
    assert state(strict.as_("sue"), fact) is Outcome.STORED
    strict.key("cleo")
    assert strict.findings() == []


@pytest.mark.parametrize("code", ["ann", "bob", "adj", "aud", "admin"])
@pytest.mark.parametrize("counted", [True, False])
def test_a_take_back_by_somebody_who_was_no_supervisor_is_named(
    strict: Scene, code: str, *, counted: bool
) -> None:
    named = insert_fact(strict, take_back_fact(strict, code, held(strict)), counted=counted)
    assert found(strict.findings(), named, "role")


def test_a_take_back_by_somebody_who_is_supervisor_only_today_is_named(strict: Scene) -> None:
    claim = held(strict)
    fact = take_back_fact(strict, "cleo", claim)
    promote(strict, "cleo")
    assert state(strict.as_("cleo"), fact) is Outcome.STORED
    assert found(strict.findings(), f"fact {fact.read_statement().id.hex()}", "role")


def test_what_a_supervisor_took_back_before_he_left_still_holds(strict: Scene) -> None:
    fact = take_back_fact(strict, "sue", held(strict))
    state(strict.as_("sue"), fact)
    remove_member(strict.as_("admin"), strict.project, "sue")
    strict.close()
    assert strict.findings("adj") == []


def test_a_take_back_beside_the_pass_that_was_sealed_under_its_claim_is_named(strict: Scene) -> None:
    # Told to count afterwards, it would make a sealed pass look like one that came too late.
    claim, ann = held(strict), strict.as_("ann")
    ann.shared.seal(forged_pass(ann, strict, claim.fence, asked=Asked.ALL))
    fact = take_back_fact(strict, "sue", claim)
    assert state(strict.as_("sue"), fact) is Outcome.SURPLUS
    assert strict.findings() == []
    id_ = fact.read_statement().id
    strict.edit("UPDATE fact SET counted = 1 WHERE id = ?", id_)
    assert found(strict.findings(), f"fact {id_.hex()}", "order")


def test_a_take_back_that_gives_no_reason_is_named(strict: Scene) -> None:
    fact = take_back_fact(strict, "sue", held(strict), reason=None)
    named = insert_fact(strict, fact, counted=True)
    assert found(strict.findings(), named, "order")


def test_a_claim_that_was_taken_back_twice_is_named(strict: Scene) -> None:
    claim = held(strict)
    assert state(strict.as_("sue"), take_back_fact(strict, "sue", claim)) is Outcome.STORED
    insert_fact(strict, take_back_fact(strict, "sue", claim), counted=True)
    assert found(strict.findings(), "fact", "counting")


def test_a_take_back_that_was_left_out_of_its_authors_chain_is_named(strict: Scene) -> None:
    sue, claim = strict.as_("sue"), held(strict)
    take_back(sue, strict.project, claim.document, "she is ill")
    strict.key_both(1)
    compare_waiting(strict.as_("sue"), strict.project)
    strict.edit("DELETE FROM fact WHERE kind = 'take-back'")
    assert found(strict.findings(), "fact", "chain")


# --- share ------------------------------------------------------------------------------------


def test_a_share_that_is_gone_is_named(worked: Scene) -> None:
    worked.edit("DELETE FROM pass_share")
    assert found(worked.findings(), "pass_share", "share")


def test_a_share_that_was_exchanged_is_named(worked: Scene) -> None:
    worked.edit("UPDATE pass_share SET k1 = zeroblob(32)")
    assert found(worked.findings(), "pass_share", "share")


def test_a_share_planted_beside_a_strict_pass_is_named(strict: Scene) -> None:
    strict.key("ann")
    strict.edit("INSERT INTO pass_share SELECT id, zeroblob(32) FROM sealed_pass")
    assert found(strict.findings(), "pass_share", "share")


def test_the_shares_are_told_as_digests_only(worked: Scene) -> None:
    shared = worked.as_("sue").shared
    with worked.sql() as db:
        k1s = {k1 for (k1,) in db.execute("SELECT k1 FROM pass_share")}
    found_ = shared.shares(worked.project)
    assert len(found_) == len(k1s) == 3
    assert not k1s & set(found_.values())


# --- bookkeeping ------------------------------------------------------------------------------


def test_a_mode_that_is_not_the_signed_one_is_named(worked: Scene) -> None:
    worked.edit("UPDATE project SET mode = ?", Mode.STRICT)
    assert found(worked.findings(), f"project {worked.project.hex()}", "bookkeeping")


def test_a_document_moved_to_another_batch_is_named(worked: Scene) -> None:
    worked.edit("INSERT INTO batch SELECT zeroblob(16), project, epoch, name, due_us FROM batch")
    worked.edit("UPDATE document SET batch = zeroblob(16) WHERE id = ?", worked.documents[3])
    assert found(worked.findings(), f"document {worked.documents[3].hex()}", "bookkeeping")


@pytest.mark.parametrize(
    "edit",
    [
        "UPDATE member SET roles = 'supervisor' WHERE roles = 'operator'",
        "DELETE FROM member WHERE roles = 'operator'",
        "INSERT INTO member SELECT project, zeroblob(16), roles FROM member WHERE roles = 'supervisor'",
    ],
)
def test_copied_roles_that_are_not_the_signed_ones_are_named(worked: Scene, edit: str) -> None:
    worked.edit(edit)
    assert found(worked.findings(), "member", "bookkeeping")


def test_a_box_of_an_epoch_that_the_list_does_not_know_is_named(worked: Scene) -> None:
    worked.edit("INSERT INTO key_wrap SELECT project, kind, 9, person, key_id, box FROM key_wrap LIMIT 1")
    worked.edit("UPDATE key_wrap SET project = ? WHERE epoch = 9", worked.project)
    assert found(worked.findings(), "key_wrap", "boxes")


@pytest.mark.parametrize("column", ["comparison", "record", "confirmation", "intake"])
def test_a_document_that_names_a_fact_of_another_kind_is_named(worked: Scene, column: str) -> None:
    other = worked.one("SELECT id FROM fact WHERE kind = 'reading'")
    worked.edit(f"UPDATE document SET {column} = ? WHERE id = ?", other, worked.documents[0])
    assert found(worked.findings(), f"document {worked.documents[0].hex()}", "bookkeeping")


# --- counting ---------------------------------------------------------------------------------


def test_a_comparison_said_not_to_count_is_named_though_another_was_made_since(worked: Scene) -> None:
    # Suppressed and settled again, as if it had come too late: what rested on it tells.
    sue = worked.as_("sue")
    row = document_row(sue, worked.project, worked.documents[1])
    first = row.comparison
    lock_reading(worked.as_("bob"), worked.mismatches("bob")[0], Value.of("9.00"))
    worked.close()
    worked.edit("UPDATE fact SET counted = 0 WHERE id = ?", first)
    worked.edit("UPDATE document SET stage = 'comparing', comparison = NULL WHERE id = ?", row.id)
    compare_waiting(worked.as_("sue"), worked.project)
    assert document_row(worked.as_("sue"), worked.project, row.id).comparison not in {None, first}
    assert found(worked.findings(), f"fact {(first or b'').hex()}", "counting")


def test_a_decision_that_came_too_late_and_a_document_settled_again_leave_nothing_to_find(
    release: Scene,
) -> None:
    release.key_both(first="9.00", second="98.00")
    (mismatch,) = release.mismatches("bob")
    bob, sue = release.as_("bob"), release.as_("sue")
    lock_reading(bob, mismatch, Value.of("98.00"))
    row = document_row(sue, release.project, release.documents[0])
    stored = fact_with_id(sue.shared.facts(release.project, row.id), row.comparison or b"")
    clear = read_clear(stored.fact.read_statement())
    refs = (*pass_ids(release), bytes(row.comparison or b""))
    assert state(sue, signed_fact(sue, release, FactKind.COMPARISON, clear, refs)) is Outcome.STORED
    facts = bob.shared.facts(release.project, row.id)
    reading = next(f.id for f in facts if f.kind == FactKind.READING)
    decision: dict[str, object] = {"field": "total", "row": 0, "method": Method.KEYED}
    decision |= {"choice": "second", "charged": "first", "cause": "x"}
    late = signed_fact(bob, release, FactKind.RESOLUTION, decision, (stored.id, bytes(reading)), b"x")
    assert state(bob, late) is Outcome.SURPLUS
    release.decide("adj", "9.00")
    compare_waiting(release.as_("sue"), release.project)
    assert document_row(sue, release.project, row.id).stage is Stage.SETTLED
    assert release.findings() == []


def test_what_a_holder_signed_and_sent_after_she_lost_her_role_is_kept_and_nothing_is_found(
    strict: Scene,
) -> None:
    strict.key_both()
    adj = strict.as_("adj")
    fact = signed_fact(adj, strict, FactKind.COMPARISON, NOTHING_DIFFERS, pass_ids(strict))
    remove_member(strict.as_("admin"), strict.project, "adj")
    assert state(adj, fact) is Outcome.SURPLUS
    assert document_row(adj, strict.project, strict.documents[0]).comparison is None
    assert strict.findings() == []


def test_a_pass_under_a_fence_of_nobody_is_kept_as_surplus(strict: Scene) -> None:
    ann = strict.as_("ann")
    sealed = forged_pass(ann, strict, Fence(bytes(16)), asked=Asked.ALL)
    assert ann.shared.seal(sealed) is Outcome.SURPLUS
    assert ann.shared.surplus(strict.project) == 1
    assert strict.findings() == []
