"""Attacks 23 to 29: one person in two places, stale claims, changed evidence, forbidden roles."""

import multiprocessing
import sqlite3
from concurrent.futures import ProcessPoolExecutor

import pytest

from boapp.crypto.roster_entries import KeyKind, Member
from boapp.domain.ids import DocumentId, PassId
from boapp.domain.passes import Asked, Method
from boapp.domain.workflow import Role, Stage
from boapp.errors import NotAllowed, Refusal, Tampered
from boapp.interchange.values_csv import ValuesRow
from boapp.services.comparing import compare_waiting
from boapp.services.from_files import key_from_file
from boapp.services.intake import take_in
from boapp.services.people import NewPerson, add_person
from boapp.services.projects import Wanted, add_members, grant_waiting, remove_member
from boapp.services.queue import claim, open_assignments
from boapp.services.reporting import status
from boapp.services.resolving import mismatches
from boapp.services.roster_editing import RosterEdit
from boapp.services.sealing import seal
from boapp.services.syncing import send_waiting
from boapp.shareddb.protocol import Outcome
from tests.attacks.racing import take_what_she_can
from tests.attacks.tools import FULL, Scene, claim_raw, decide, forged_pass, found, promote
from tests.builders import PASSPHRASE, draw_pages, entries, receipt

EVIDENCE = ("roster", "sealed_pass", "pass_share", "surplus_pass", "fact")


# --- 23: the same person, both slots ----------------------------------------------------------


def test_whoever_keyed_first_is_not_given_the_second_pass(scene: Scene) -> None:
    # One person's error would pass as confirmed by two.
    scene.key("cleo")
    cleo = scene.as_("cleo")
    assert claim(cleo, scene.project, second=True, document=scene.documents[0]) is None
    assert claim_raw(cleo, scene, second=True) is None


def test_whoever_keyed_first_is_refused_the_second_pass_from_a_file(scene: Scene) -> None:
    scene.key("cleo")
    done = key_from_file(scene.as_("cleo"), scene.project, [ValuesRow(2, "page-001.png", receipt())])
    assert done.sealed == []
    assert "keyed by you" in done.refused[0].reason


@pytest.mark.file_only
def test_a_second_claim_won_by_editing_the_queue_seals_only_a_surplus_pass(scene: Scene) -> None:
    # The file says that somebody else keyed first; the evidence says who did.
    scene.key("cleo")
    scene.edit("UPDATE document SET first_by = ? WHERE id = ?", bytes(16), scene.documents[0])
    cleo = scene.as_("cleo")
    work = claim(cleo, scene.project, second=True, document=scene.documents[0])
    assert work is not None
    seal(cleo, work, entries(receipt()), Method.KEYED)
    assert send_waiting(cleo) == [Outcome.SURPLUS]
    assert found(scene.findings(), f"document {scene.documents[0].hex()}", "bookkeeping")


def test_the_same_person_behind_both_passes_is_named_and_never_compared(scene: Scene) -> None:
    # All doors of the file are open to her: still the passes say who signed them.
    scene.key("cleo")
    scene.key("bob", 1)
    cleo = scene.as_("cleo")
    granted = claim_raw(scene.as_("bob"), scene, second=True)
    assert granted is not None
    second = forged_pass(cleo, scene, granted.fence)
    cleo.shared.seal(second)
    with scene.sql() as db:
        db.execute("UPDATE sealed_pass SET person = ? WHERE document = ?", (bytes(16), scene.documents[0]))
        db.execute(
            "INSERT INTO sealed_pass SELECT id, document, 2, person, manifest, signature, blob, "
            "boxes, stored_us FROM surplus_pass"
        )
        db.execute("DELETE FROM surplus_pass")
        db.execute("UPDATE document SET stage = 'comparing' WHERE id = ?", (scene.documents[0],))
    with pytest.raises(Tampered):
        compare_waiting(scene.as_("sue"), scene.project)
    findings = scene.findings()
    id_ = second.read_manifest().context.id.hex()
    assert found(findings, f"sealed_pass {id_}", "exclusion")
    assert found(findings, "sealed_pass", "place"), "the row that names another person"


@pytest.mark.file_only
def test_racing_processes_of_one_person_never_take_both_passes(scene: Scene) -> None:
    # A check that is not one transaction with the claim would let two of her windows in.
    documents = scene.documents + take_more(scene, 12 if FULL else 3)
    racers = [*["cleo"] * (6 if FULL else 3), "bob"]
    scene.close()
    keys = {code: scene.house.keys[code].to_bytes() for code in racers}
    with ProcessPoolExecutor(len(racers), multiprocessing.get_context("spawn")) as pool:
        runs = [
            pool.submit(
                take_what_she_can,
                str(scene.house.folder),
                code,
                keys[code],
                scene.project,
                [*map(bytes, documents)],
            )
            for code in racers
        ]
        total = sum(run.result(timeout=120) for run in runs)
    keyed = [(p.document, p.person) for p in scene.as_("sue").shared.passes(scene.project) if p.slot]
    assert len(keyed) == len(set(keyed))
    assert len(keyed) <= total
    assert {document for document, _ in keyed} == set(documents)
    assert scene.findings() == []


def take_more(scene: Scene, count: int) -> list[DocumentId]:
    files = draw_pages(scene.house.folder / "more", (f"more-{n}.png" for n in range(count)))
    admin = scene.as_("admin")
    assert not take_in(admin, scene.project, "second batch", files, None).refused
    return [row.id for row in admin.shared.documents(scene.project)][-count:]


# --- 24: one's own document -------------------------------------------------------------------


def test_a_keyer_who_became_a_holder_neither_compares_nor_resolves_what_she_keyed(strict: Scene) -> None:
    # She would decide in her own favour.
    strict.key_both(first="9.00", second="98.00")
    promote(strict, "ann")
    ann = strict.as_("ann")
    assert compare_waiting(ann, strict.project) == []
    compare_waiting(strict.as_("sue"), strict.project)
    assert mismatches(ann, strict.project) == []
    with pytest.raises(NotAllowed):
        decide(ann, strict.mismatches("adj")[0], "9.00")
    assert strict.findings() == []


def test_the_first_keyer_cannot_resolve(release: Scene) -> None:
    release.key_both(first="9.00", second="98.00")
    (mismatch,) = release.mismatches("bob")
    with pytest.raises(NotAllowed):
        decide(release.as_("ann"), mismatch, "9.00")
    with pytest.raises(NotAllowed):
        mismatches(release.as_("ann"), release.project)


def test_a_bystander_who_is_second_keyer_cannot_resolve(release: Scene) -> None:
    release.key_both(first="9.00", second="98.00")
    (mismatch,) = release.mismatches("bob")
    assert release.mismatches("cleo") == []
    with pytest.raises(NotAllowed):
        decide(release.as_("cleo"), mismatch, "9.00")


def test_the_second_keyer_cannot_resolve_in_a_strict_project(strict: Scene) -> None:
    strict.key_both(first="9.00", second="98.00")
    compare_waiting(strict.as_("sue"), strict.project)
    (mismatch,) = strict.mismatches("adj")
    with pytest.raises(NotAllowed):
        decide(strict.as_("bob"), mismatch, "9.00")


# --- 25, 26, 27: stale and doubled messages ---------------------------------------------------


def test_a_pass_under_a_fence_that_was_handed_back_never_counts(scene: Scene) -> None:
    ann = scene.as_("ann")
    work = claim(ann, scene.project, second=False, document=scene.documents[0])
    assert work is not None
    ann.shared.hand_back(work.claim.fence)
    scene.key("cleo")
    seal(ann, work, entries(receipt(total="1.00")), Method.KEYED)
    assert send_waiting(ann) == [Outcome.SURPLUS]
    assert scene.findings("aud") == []


def test_a_pass_under_somebody_elses_fence_never_counts(scene: Scene) -> None:
    # A fence is no secret to whoever reads the file.
    granted = claim_raw(scene.as_("ann"), scene, second=False)
    assert granted is not None
    cleo = scene.as_("cleo")
    stolen = forged_pass(cleo, scene, granted.fence, asked=Asked.ALL)
    assert cleo.shared.seal(stolen) is Outcome.SURPLUS
    assert [c.fence for c in scene.as_("ann").shared.my_claims(scene.project)] == [granted.fence]


def test_a_late_seal_after_a_takeover_is_kept_as_surplus_and_never_counts(scene: Scene) -> None:
    ann = scene.as_("ann")
    work = claim(ann, scene.project, second=False, document=scene.documents[0])
    assert work is not None
    scene.edit("UPDATE claim SET expires_us = 1")
    scene.key("cleo", total="9.00")
    seal(ann, work, entries(receipt(total="1.00")), Method.KEYED)
    assert send_waiting(ann) == [Outcome.SURPLUS]
    assert status(scene.as_("sue"), scene.project).surplus == 1
    assert scene.findings("aud") == []
    scene.key("bob", second=True, total="9.00")
    compare_waiting(scene.as_("sue"), scene.project)
    assert scene.as_("sue").shared.documents(scene.project)[0].stage is Stage.SETTLED


def test_a_pass_id_used_again_with_other_bytes_is_a_conflict(scene: Scene) -> None:
    # A retry must never be able to exchange what was sealed.
    ann = scene.as_("ann")
    granted = claim_raw(ann, scene, second=False)
    assert granted is not None
    sealed = forged_pass(ann, scene, granted.fence, asked=Asked.ALL)
    id_ = PassId(sealed.read_manifest().context.id)
    other = forged_pass(
        ann, scene, granted.fence, entries(receipt(total="1.00")), asked=Asked.ALL, pass_id=id_
    )
    assert ann.shared.seal(sealed) is Outcome.STORED
    assert ann.shared.seal(sealed) is Outcome.ALREADY
    assert ann.shared.seal(other) is Outcome.CONFLICT
    assert ann.shared.own_pass(scene.documents[0]).manifest == sealed.manifest


def test_nobody_sends_what_somebody_else_signed(scene: Scene) -> None:
    granted = claim_raw(scene.as_("ann"), scene, second=False)
    assert granted is not None
    sealed = forged_pass(scene.as_("ann"), scene, granted.fence, asked=Asked.ALL)
    with pytest.raises(NotAllowed):
        scene.as_("cleo").shared.seal(sealed)


# --- 28: evidence is insert-only --------------------------------------------------------------


@pytest.mark.file_only
@pytest.mark.parametrize("table", EVIDENCE)
@pytest.mark.parametrize("verb", ["UPDATE", "DELETE"])
def test_evidence_is_neither_changed_nor_deleted(release: Scene, table: str, verb: str) -> None:
    surplus(release)
    statement = f"DELETE FROM {table}" if verb == "DELETE" else f"UPDATE {table} SET rowid = rowid"
    release.close()
    connection = sqlite3.connect(release.file)
    try:
        assert connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0] > 0
        with pytest.raises(sqlite3.IntegrityError, match="is evidence"):
            connection.execute(statement)
    finally:
        connection.close()


def surplus(scene: Scene) -> None:
    """Key one document in time, and once too late."""
    ann = scene.as_("ann")
    work = claim(ann, scene.project, second=False, document=scene.documents[0])
    assert work is not None
    ann.shared.hand_back(work.claim.fence)
    scene.key("cleo")
    seal(ann, work, entries(receipt()), Method.KEYED)
    send_waiting(ann)


# --- 29: claim, abandon, claim again ----------------------------------------------------------


def test_claiming_again_and_again_tells_nothing_new(scene: Scene) -> None:
    scene.key("ann")
    bob, told = scene.as_("bob"), set()
    for _ in range(20):
        work = claim(bob, scene.project, second=True)
        assert work is not None
        told.add((work.claim.document, work.intake, repr(work.description), work.asked))
        bob.shared.hand_back(work.claim.fence)
    assert len(told) == 1
    assert open_assignments(bob, scene.project) == []


# --- roles ------------------------------------------------------------------------------------


def test_an_operator_is_not_given_a_second_pass(scene: Scene) -> None:
    scene.key("cleo")
    assert claim(scene.as_("ann"), scene.project, second=True, document=scene.documents[0]) is None


@pytest.mark.file_only
def test_a_second_pass_that_an_operator_seals_past_the_program_is_refused_and_named(scene: Scene) -> None:
    scene.key("cleo")
    ann = scene.as_("ann")
    granted = claim_raw(ann, scene, second=True)
    assert granted is not None
    sealed = forged_pass(ann, scene, granted.fence)
    assert ann.shared.seal(sealed) is Outcome.STORED
    with pytest.raises(Tampered):
        compare_waiting(scene.as_("sue"), scene.project)
    where = f"sealed_pass {sealed.read_manifest().context.id.hex()}"
    assert found(scene.findings(), where, "role")


@pytest.mark.file_only
def test_a_pass_by_somebody_who_never_keyed_in_the_project_is_refused_and_named(scene: Scene) -> None:
    # The auditor's signature is valid, but the signed list never let him key.
    scene.key("cleo")
    aud = scene.as_("aud")
    granted = claim_raw(aud, scene, second=True)
    assert granted is not None
    sealed = forged_pass(aud, scene, granted.fence)
    aud.shared.seal(sealed)
    with pytest.raises(Tampered):
        compare_waiting(scene.as_("sue"), scene.project)
    assert found(scene.findings(), f"sealed_pass {sealed.read_manifest().context.id.hex()}", "role")


def test_nobody_without_a_keying_role_claims_or_seals(scene: Scene) -> None:
    for code in ("adj", "sue", "aud", "admin"):
        with pytest.raises(NotAllowed):
            claim(scene.as_(code), scene.project, second=False)
    ann = scene.as_("ann")
    work = claim(ann, scene.project, second=False)
    assert work is not None
    with pytest.raises(NotAllowed):
        seal(scene.as_("aud"), work, entries(receipt()), Method.KEYED)


def test_a_holder_of_adj_is_never_given_keying_and_a_keyer_never_both(scene: Scene) -> None:
    admin = scene.as_("admin")
    sue = admin.roster.person("sue").id
    for roles in ((Role.OPERATOR,), (Role.SUPERVISOR, Role.OPERATOR)):
        with pytest.raises(Refusal):
            add_members(admin, scene.project, [Wanted("sue", roles)])
        with pytest.raises(Tampered):
            RosterEdit(admin).add(Member(scene.project, sue, roles))


def test_whoever_ever_held_adj_never_keys_there_again(scene: Scene) -> None:
    admin = scene.as_("admin")
    remove_member(admin, scene.project, "adj")
    with pytest.raises(Tampered):
        RosterEdit(admin).add(Member(scene.project, admin.roster.person("adj").id, (Role.OPERATOR,)))


def test_auditors_designers_and_strangers_hold_no_key_of_a_project(scene: Scene) -> None:
    admin = scene.as_("admin")
    new = NewPerson("des", "", (Role.DESIGNER,), PASSPHRASE, set_by_administrator=True)
    designer = add_person(admin, new)
    add_members(admin, scene.project, [Wanted("des")])
    for person in (designer, admin.roster.person("aud").id):
        kinds = {w.kind for w in admin.shared.wraps(person) if w.project == scene.project}
        assert kinds == set()
    with pytest.raises(NotAllowed):
        scene.as_("aud").pdk(scene.project, 1)


def test_only_holders_hold_adj(scene: Scene) -> None:
    for code in ("ann", "bob", "cleo", "aud", "admin"):
        ws = scene.as_(code)
        assert not ws.holds(scene.project, KeyKind.ADJ, 1)
        with pytest.raises(NotAllowed):
            ws.adj(scene.project, 1)


# --- leaving and coming back ------------------------------------------------------------------


def test_whoever_loses_her_role_loses_the_next_epochs_too(scene: Scene) -> None:
    # 39: a changed role must end access as a removal does.
    admin = scene.as_("admin")
    roles = (Role.SUPERVISOR, Role.AUDITOR)
    person = add_person(admin, NewPerson("duo", "", roles, PASSPHRASE, set_by_administrator=True))
    add_members(admin, scene.project, [Wanted("duo", (Role.SUPERVISOR,))])
    before = admin.roster.project(scene.project)
    epochs = before.pdk_epoch, before.adj_epoch
    add_members(admin, scene.project, [Wanted("duo", (Role.AUDITOR,))])
    after = admin.roster.project(scene.project)
    assert (after.pdk_epoch, after.adj_epoch) == (epochs[0] + 1, epochs[1] + 1)
    held = {(w.kind, w.epoch) for w in admin.shared.wraps(person) if w.project == scene.project}
    assert not held & {(KeyKind.PDK, after.pdk_epoch), (KeyKind.ADJ, after.adj_epoch)}


def test_a_project_never_loses_its_last_holder_of_adj(scene: Scene) -> None:
    # Nobody could open anything that is keyed from then on.
    admin = scene.as_("admin")
    remove_member(admin, scene.project, "adj")
    with pytest.raises(NotAllowed):
        remove_member(admin, scene.project, "sue")


def test_somebody_who_comes_back_gets_the_epochs_that_she_lacks_and_locks_nobody_out(scene: Scene) -> None:
    # The same box twice would have stopped every holder at every command.
    admin = scene.as_("admin")
    remove_member(admin, scene.project, "bob")
    remove_member(admin, scene.project, "adj")
    add_members(admin, scene.project, [Wanted("bob"), Wanted("adj")])
    scene.close()
    grant_waiting(scene.as_("sue"))
    scene.close()
    bob, adj = scene.as_("bob"), scene.as_("adj")
    known = bob.roster.project(scene.project)
    assert [bob.pdk(scene.project, e).epoch for e in sorted(known.pdk_commits)] == [1, 2, 3]
    assert [adj.adj(scene.project, e).epoch for e in sorted(known.adj_publics)] == [1, 2]
    assert known.requests == set()
    assert scene.findings() == []


def test_a_removed_member_opens_nothing_of_the_new_epochs(scene: Scene) -> None:
    # 39: whoever left holds her old keys and a copy of the file.
    remove_member(scene.as_("admin"), scene.project, "adj")
    remove_member(scene.as_("admin"), scene.project, "cleo")
    scene.close()
    adj, cleo, bob = (scene.as_(code) for code in ("adj", "cleo", "bob"))
    with pytest.raises(NotAllowed):
        adj.adj(scene.project, 2)
    with pytest.raises(NotAllowed):
        cleo.pdk(scene.project, 3)
    wraps = [w for person in (adj, cleo) for w in bob.shared.wraps(person.me.id)]
    assert not [w for w in wraps if (w.kind, w.epoch) in {(KeyKind.ADJ, 2), (KeyKind.PDK, 3)}]
    assert bob.pdk(scene.project, 3).epoch == 3


def test_a_claim_granted_under_an_old_epoch_seals_to_the_new_one_all_the_same(scene: Scene) -> None:
    # New passes would else be sealed to a key that somebody who left still holds.
    ann = scene.as_("ann")
    assert claim(ann, scene.project, second=False, document=scene.documents[0]) is not None
    remove_member(scene.as_("admin"), scene.project, "adj")
    scene.close()
    ann = scene.as_("ann")
    (work,) = open_assignments(ann, scene.project)
    ctx = seal(ann, work, entries(receipt()), Method.KEYED).read_manifest().context
    assert (ctx.adj_epoch, ctx.pdk_epoch) == (2, 2)


def test_two_administrators_at_once_do_not_break_the_list(scene: Scene) -> None:
    # Two entries that name the same one before them would lock everybody out for good.
    one, other = scene.house.as_("admin"), scene.house.as_("admin")
    begun = RosterEdit(other)
    begun.add(Member(scene.project, other.roster.person("bob").id, ()))
    remove_member(one, scene.project, "cleo")
    with pytest.raises(Refusal):
        begun.store()
    remove_member(other, scene.project, "ann")
    one.close()
    other.close()
    assert scene.findings() == []
