"""What an independent reader of the functions found, each as the attack that it was."""

import time

import msgspec
import psycopg
import pytest
from psycopg import errors, sql

from boapp.crypto.envelope import new_id
from boapp.crypto.facts import FactKind, SealedFact
from boapp.crypto.framing import lp
from boapp.domain.passes import Asked
from boapp.domain.workflow import Role
from boapp.errors import NotAllowed
from boapp.shareddb.protocol import Outcome
from tests.attacks.postgres.conftest import prepare
from tests.attacks.tools import forged_pass, signed_fact
from tests.crowd import BOXES, manifest
from tests.moved import MovedScene, password

REFUSED = pytest.raises(errors.InsufficientPrivilege)
SEAL = "SELECT api.seal(%s, %s, %s, %s, NULL)"


def junk_seal(scene: MovedScene, code: str, number: int = 0, fence: bytes = bytes(16)) -> tuple[bytes, ...]:
    """Return the arguments of a seal of a pass that nobody could read."""
    person = scene.as_(code).me.id
    return manifest(scene.project, person, scene.documents[number], fence), bytes(64), b"blob", BOXES


def test_nothing_is_shown_on_a_seal_that_is_not_on_the_disk_yet(release: MovedScene) -> None:
    # A commit that does not wait is lost with the power: the first pass would be known and the seal gone.
    target = prepare(release)
    with target.as_bob() as db:
        db.execute("BEGIN")
        db.execute(SEAL, junk_seal(release, "bob", fence=target.claim.fence))
        db.execute("SET LOCAL synchronous_commit = off")
        db.execute("COMMIT")
        db.execute("SELECT * FROM api.reveal(%s)", (release.documents[0],))
        with release.boss() as boss:
            row = boss.execute("SELECT pg_current_wal_flush_lsn() >= pg_current_wal_insert_lsn()").fetchone()
    assert row == (True,)


def test_surplus_passes_in_an_open_transaction_keep_nobody_from_claiming(release: MovedScene) -> None:
    release.as_("ann")
    with release.moved.login("bob") as db:
        db.execute("BEGIN")
        for number in range(len(release.documents)):
            assert db.execute(SEAL, junk_seal(release, "bob", number)).fetchone() == ("surplus",)
        assert release.as_("ann").shared.claim(release.project, second=False, document=None) is not None
        db.execute("ROLLBACK")


@pytest.mark.parametrize(
    "boxes", [b"", b"\xc1", b"\x93", b"\x93\xa0\xa0\xa0", BOXES[:-1], BOXES + b"x", b"\x92" + BOXES[1:5]]
)
def test_boxes_that_no_reader_could_read_are_not_kept(release: MovedScene, boxes: bytes) -> None:
    signed, signature, blob, _ = junk_seal(release, "ann")
    with release.moved.login("ann") as db, REFUSED:
        db.execute(SEAL, (signed, signature, blob, boxes))
    assert release.as_("sue").shared.passes(release.project) == []


def test_whoever_is_no_keyer_of_the_project_leaves_no_pass_in_it(release: MovedScene) -> None:
    for code in ("aud", "sue", "admin"):
        with release.moved.login(code) as db, REFUSED:
            db.execute(SEAL, junk_seal(release, code))


def test_a_manifest_of_another_shape_is_not_kept(release: MovedScene) -> None:
    whole = junk_seal(release, "ann")[0]
    person = release.as_("ann").me.id
    for wrong in (
        whole[:-1],
        whole + b"x",
        lp(whole),
        whole.replace(lp(person), b"\0\0\0\x0f" + person),
        b"",
    ):
        with release.moved.login("ann") as db, REFUSED:
            db.execute(SEAL, (wrong, bytes(64), b"blob", BOXES))


WRONG_CLEAR: dict[FactKind, list[tuple[dict[str, object], int]]] = {
    FactKind.COMPARISON: [
        ({}, 2),
        ({"rules": 1, "asked": 4, "beyond": False}, 2),
        ({"rules": 1, "asked": 4, "discrepancies": []}, 2),
        ({"rules": 1, "asked": 4, "discrepancies": [], "beyond": 1}, 2),
    ],
    FactKind.READING: [
        ({"field": "total", "row": "0"}, 1),
        ({"field": 1, "row": 0}, 1),
        ({"field": "total", "row": 0}, 2),
    ],
    FactKind.RECORD: [({}, 1)],
    FactKind.CONFIRMATION: [({"same": True}, 2)],
}


@pytest.mark.parametrize("kind", WRONG_CLEAR)
def test_a_fact_that_does_not_say_what_its_kind_must_is_refused(release: MovedScene, kind: FactKind) -> None:
    release.key_both(first="9.00", second="9.80")
    sue = release.as_("sue")
    for clear, refs in WRONG_CLEAR[kind]:
        fact = signed_fact(sue, release, kind, clear, (bytes(16),) * refs)
        with pytest.raises(NotAllowed):
            sue.shared.state([fact])


def test_a_fact_of_no_kind_or_of_any_size_is_refused(release: MovedScene) -> None:
    sue = release.as_("sue")
    fact = signed_fact(sue, release, FactKind.RECORD, {"values": 4}, (bytes(16),))
    for wrong in (
        msgspec.structs.replace(fact, signature=b""),
        msgspec.structs.replace(fact, box_own=bytes(1000)),
        msgspec.structs.replace(fact, statement=fact.statement.replace(lp(b"record"), lp(b"zzzzzz"))),
    ):
        assert isinstance(wrong, SealedFact)
        with pytest.raises(NotAllowed):
            sue.shared.state([wrong])


@pytest.mark.parametrize("also", [Role.AUDITOR, Role.ADMINISTRATOR])
def test_a_second_keyer_who_also_audits_sees_no_first_pass_before_her_own_seal(
    release: MovedScene, also: Role
) -> None:
    target = prepare(release)
    bob = release.as_("bob")
    release.edit("UPDATE person SET roles = ? WHERE person = ?", f"second-keyer {also}", bob.me.id)
    assert bob.shared.passes(release.project) == []
    assert bob.shared.shares(release.project) == {}
    with target.as_bob() as db:
        db.execute("BEGIN")
        db.execute(SEAL, junk_seal(release, "bob", fence=target.claim.fence))
        assert db.execute("SELECT * FROM api.passes(%s, NULL)", (release.project,)).fetchall() == []
        db.execute("ROLLBACK")


def test_a_holder_of_adj_who_also_audits_sees_no_first_pass_before_the_second(release: MovedScene) -> None:
    release.key("ann")
    sue = release.as_("sue")
    release.edit("UPDATE person SET roles = 'auditor supervisor' WHERE person = ?", sue.me.id)
    assert sue.shared.passes(release.project) == []


def test_a_claim_must_say_which_pass_it_is_for(release: MovedScene) -> None:
    release.key("ann")
    with release.moved.login("bob") as db, REFUSED:
        db.execute("SELECT * FROM api.claim(%s, NULL, NULL)", (release.project,))


def test_a_lease_that_ran_out_and_is_kept_locked_keeps_nobody_from_claiming(release: MovedScene) -> None:
    bob = release.as_("bob")
    mine = bob.shared.claim(release.project, second=False, document=None)
    assert mine is not None
    release.edit("UPDATE claim SET expires_us = 1")
    number = release.documents.index(mine.document)
    known, *rest = junk_seal(release, "bob", number, b"r" * 16)
    with release.moved.login("bob") as db:
        assert db.execute(SEAL, (known, *rest)).fetchone() == ("surplus",)
        db.execute("BEGIN")
        # The claim is locked, the document is not.
        under_hers = known.replace(b"r" * 16, mine.fence)
        assert db.execute(SEAL, (under_hers, *rest)).fetchone() == ("conflict",)
        start = time.perf_counter()
        assert release.as_("ann").shared.claim(release.project, second=False, document=None) is not None
        assert release.as_("cleo").shared.claim(release.project, second=False, document=mine.document) is None
        release.as_("admin").shared.drop_claims(release.project, bob.me.id)
        assert time.perf_counter() - start < 1
        db.execute("ROLLBACK")


def test_a_supervisors_open_message_keeps_nobody_from_sealing(release: MovedScene) -> None:
    ann = release.as_("ann")
    mine = ann.shared.claim(release.project, second=False, document=release.documents[0])
    assert mine is not None
    fact = signed_fact(release.as_("sue"), release, FactKind.RECORD, {"values": 4}, (bytes(16),))
    with release.moved.login("sue") as db:
        db.execute("BEGIN")
        cells = (fact.statement, fact.signature, fact.content, fact.box_adj, fact.box_own)
        db.execute("SELECT api.state(%s, %s, %s, %s, %s)", cells)
        with release.moved.login("ann") as hers:
            start = time.perf_counter()
            told = hers.execute(SEAL, junk_seal(release, "ann", fence=mine.fence)).fetchone()
            assert told == ("stored",)
            assert time.perf_counter() - start < 1
        db.execute("ROLLBACK")


@pytest.mark.parametrize("level", ["REPEATABLE READ", "SERIALIZABLE"])
def test_nobody_writes_by_an_old_picture_of_the_database(release: MovedScene, level: str) -> None:
    release.as_("bob")
    with release.moved.login("bob") as db:
        db.execute(sql.SQL("BEGIN ISOLATION LEVEL {}").format(sql.SQL(level)))
        db.execute("SELECT api.organisation()")
        with REFUSED:
            db.execute("SELECT * FROM api.claim(%s, true, NULL)", (release.project,))
        db.execute("ROLLBACK")


def test_a_change_of_the_list_that_says_nothing_is_refused_and_half_of_one_is_not_kept(
    release: MovedScene,
) -> None:
    before = release.one("SELECT count(*) FROM roster")
    nothing = '{"wraps": [], "people": [], "projects": [], "forms": [], "drop_claims": []}'
    entry = msgspec.msgpack.encode({"seq": before, "what": {"project": bytes(release.project)}})
    for code in ("bob", "sue", "adj"):
        for arguments in ((None, None, None), ([entry], [bytes(64)], "{}"), ([entry], [bytes(64)], nothing)):
            with release.moved.login(code) as db, REFUSED:
                db.execute("SELECT api.change_roster(%s::bytea[], %s::bytea[], %s)", arguments)
    with release.moved.login("admin") as db:
        told = db.execute("SELECT api.change_roster(%s, %s, %s)", ([entry, b"x"], [bytes(64)] * 2, nothing))
        assert told.fetchone() == ("changed",)
    assert release.one("SELECT count(*) FROM roster") == before


def test_a_database_restored_into_another_server_shows_what_it_showed(release: MovedScene) -> None:
    target = prepare(release)
    with target.as_bob() as db:
        db.execute(SEAL, junk_seal(release, "bob", fence=target.claim.fence))
        release.edit("UPDATE sealed_pass SET xact = '99999999'")
        assert db.execute("SELECT * FROM api.reveal(%s)", (release.documents[0],)).fetchone() is not None


@pytest.mark.parametrize("name", ["postgres", "template1"])
def test_a_person_connects_to_no_other_database(release: MovedScene, name: str) -> None:
    with pytest.raises(psycopg.OperationalError, match="permission denied"):
        psycopg.connect(release.moved.server.where(name), user="bo_bob", password=password("bob"))


def test_an_outcome_is_the_same_whoever_asks_again(release: MovedScene) -> None:
    mine = release.as_("ann").shared.claim(release.project, second=False, document=release.documents[0])
    assert mine is not None
    cells = junk_seal(release, "ann", fence=mine.fence)
    with release.moved.login("ann") as db:
        told = [db.execute(SEAL, cells).fetchone() for _ in range(2)]
    assert told == [(Outcome.STORED,), (Outcome.ALREADY,)]
    assert new_id() != mine.fence
    assert mine.asked is Asked.ALL


@pytest.mark.parametrize(
    ("before", "after"),
    [("off", "on"), ("local", "on"), ("remote_write", "on"), ("on", "on"), ("remote_apply", "remote_apply")],
)
def test_a_seal_raises_what_its_commit_waits_for_and_never_lowers_it(
    release: MovedScene, before: str, after: str
) -> None:
    cells = junk_seal(release, "ann")
    with release.moved.login("ann") as db, db.transaction():
        db.execute(sql.SQL("SET LOCAL synchronous_commit = {}").format(sql.Literal(before)))
        assert db.execute(SEAL, cells).fetchone() == ("surplus",)
        assert db.execute("SHOW synchronous_commit").fetchone() == (after,)


def test_what_reading_tidies_away_keeps_nobody_from_the_first_pass(release: MovedScene) -> None:
    # Dead rows on a page that the reveal itself reads are written about in its own transaction, which
    # nothing brought to the disk before it ended: it was waited for two seconds, and refused.
    target = prepare(release)
    bob = release.as_("bob").shared
    bob.seal(forged_pass(release.as_("bob"), release, target.claim.fence))
    with release.boss() as db:
        db.execute("ALTER TABLE login SET (fillfactor = 10)")
        for _ in range(20):
            db.execute("UPDATE login SET blocked = false")
    assert bob.reveal(release.documents[0]).blob in target.secrets


def test_a_seal_that_was_moved_here_is_none_that_could_be_rolled_back(release: MovedScene) -> None:
    # It names no transaction of this server, and was taken for this very one: its keyer was shown nothing.
    release.key_both(first="9.00", second="98.00")
    release.edit("UPDATE sealed_pass SET xact = NULL")
    assert len(release.mismatches("bob")) == 1
    first = release.as_("bob").shared.reveal(release.documents[0]).read_manifest()
    assert first.context.author == release.as_("ann").me.id
