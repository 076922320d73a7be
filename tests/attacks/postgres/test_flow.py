"""Who may do what in which order, held by the database against modified clients with their own logins."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from statistics import median, quantiles
from typing import Any

import psycopg
import pytest
from psycopg import errors
from psycopg.types.json import Jsonb

from boapp.crypto.envelope import new_id
from boapp.crypto.facts import FactKind, SealedFact
from boapp.crypto.roster_entries import Member
from boapp.crypto.sealed_pass import SealedPass
from boapp.domain.ids import Fence, PassId
from boapp.domain.passes import Asked
from boapp.domain.workflow import Role
from boapp.errors import NotAllowed
from boapp.services.roster_editing import RosterEdit
from boapp.shareddb.postgres import PostgresDatabase
from boapp.shareddb.postgres_setup import Login, add_login
from boapp.shareddb.postgres_way import connect
from boapp.shareddb.protocol import Claim, Outcome
from tests.attacks.postgres.conftest import prepare
from tests.attacks.tools import FULL, forged_pass, signed_fact
from tests.crowd import BOXES, PASSWORD, dismiss, hire
from tests.moved import MovedScene, password

LESS_THAN_A_SECOND = 1.0


def claim(scene: MovedScene, code: str, number: int = 0, *, second: bool = False) -> Claim:
    found = scene.as_(code).shared.claim(scene.project, second=second, document=scene.documents[number])
    assert found is not None
    return found


def junk(
    scene: MovedScene, code: str, fence: Fence, number: int = 0, *, asked: Asked = Asked.VERIFY
) -> SealedPass:
    return forged_pass(scene.as_(code), scene, fence, number=number, asked=asked, k1=asked is Asked.ALL)


def cells(sealed: SealedPass) -> tuple[bytes | None, ...]:
    """Return a pass as `api.seal` takes it."""
    return sealed.manifest, sealed.signature, sealed.blob, BOXES, sealed.k1 or None


CLEAR: dict[FactKind, dict[str, object]] = {
    FactKind.COMPARISON: {"rules": 1, "asked": 4, "discrepancies": [], "beyond": False},
    FactKind.RECORD: {"values": 4},
    FactKind.CONFIRMATION: {"same": True},
}


def loose_fact(
    scene: MovedScene, code: str, kind: FactKind, refs: tuple[bytes, ...] = (bytes(16),)
) -> SealedFact:
    """Sign a fact about the first document that a modified client would like to count."""
    return signed_fact(scene.as_(code), scene, kind, CLEAR[kind], refs)


# --- one person, two passes ----------------------------------------------------------------------


@pytest.fixture
def twice(release: MovedScene) -> Iterator[MovedScene]:
    """Give cleo, who may key either pass, a second login."""
    with release.moved.superuser() as boss:
        verifier = boss.execute("SELECT rolpassword FROM pg_authid WHERE rolname = 'bo_cleo'").fetchone()
        assert verifier is not None
        add_login(boss, Login("bo_cleo_again", release.as_("cleo").me.id, verifier[0]))
    yield release
    release.close()
    with release.moved.superuser() as boss:
        boss.execute("DROP ROLE bo_cleo_again")


def again(scene: MovedScene) -> PostgresDatabase:
    where = scene.moved.server.where(scene.moved.database)
    return PostgresDatabase(connect(where, "bo_cleo_again", password("cleo")))


def test_nobody_keys_both_passes_of_a_document_not_even_by_two_logins(twice: MovedScene) -> None:
    twice.key("cleo")
    other = again(twice)
    assert other.claim(twice.project, second=True, document=twice.documents[0]) is None
    assert other.claim(twice.project, second=True, document=None) is None
    other.close()


def test_two_logins_of_one_person_that_race_hold_one_claim_on_a_document(twice: MovedScene) -> None:
    first, second = twice.as_("cleo").shared, again(twice)
    document = twice.documents[0]
    granted: list[Claim | None] = []
    both = [
        threading.Thread(
            target=lambda db=db: granted.append(db.claim(twice.project, second=False, document=document))
        )
        for db in (first, second)
    ]
    for racer in both:
        racer.start()
    for racer in both:
        racer.join()
    assert sum(found is not None for found in granted) == 1
    second.close()


def test_the_tables_themselves_keep_one_person_from_two_passes(release: MovedScene) -> None:
    # As boapp_api: what a mistake in a function could do at the most.
    release.key("ann")
    with release.moved.superuser() as boss:
        boss.execute("SET ROLE boapp_api")
        with pytest.raises(errors.UniqueViolation):
            boss.execute(
                "INSERT INTO core.sealed_pass SELECT 'another id', document, 2, person, manifest, signature, "
                "blob, boxes, stored_us FROM core.sealed_pass"
            )


# --- fences --------------------------------------------------------------------------------------


def test_a_stale_fence_seals_nothing_that_counts(release: MovedScene) -> None:
    release.key("ann")
    old = claim(release, "bob", second=True)
    release.as_("bob").shared.hand_back(old.fence)
    claim(release, "cleo", second=True)
    assert release.as_("bob").shared.seal(junk(release, "bob", old.fence)) is Outcome.SURPLUS
    with pytest.raises(NotAllowed):
        release.as_("bob").shared.reveal(release.documents[0])


def test_a_fence_of_somebody_else_seals_nothing_that_counts(release: MovedScene) -> None:
    release.key("ann")
    hers = claim(release, "cleo", second=True)
    assert release.as_("bob").shared.seal(junk(release, "bob", hers.fence)) is Outcome.SURPLUS


def test_the_same_pass_again_changes_nothing_and_other_bytes_conflict(release: MovedScene) -> None:
    release.key("ann")
    mine, bob = claim(release, "bob", second=True), release.as_("bob")
    id_ = PassId(new_id())
    sealed, other = (forged_pass(bob, release, mine.fence, pass_id=id_) for _ in range(2))
    assert [bob.shared.seal(p) for p in (sealed, sealed, other)] == [
        Outcome.STORED,
        Outcome.ALREADY,
        Outcome.CONFLICT,
    ]


def test_a_pass_in_somebody_elses_name_is_refused(release: MovedScene) -> None:
    mine, bob = claim(release, "bob"), release.as_("bob")
    forged = forged_pass(bob, release, mine.fence, asked=Asked.ALL, author="ann")
    with pytest.raises(NotAllowed):
        bob.shared.seal(forged)


def test_sixteen_that_send_the_same_pass_at_once_store_it_once(release: MovedScene) -> None:
    mine = claim(release, "ann")
    sealed = junk(release, "ann", mine.fence, asked=Asked.ALL)
    told: list[Outcome] = []

    def send() -> None:
        with release.moved.login("ann") as db:
            told.append(PostgresDatabase(db).seal(sealed))

    release.as_("ann").close()
    release._opened.clear()
    for _ in range(4):
        racers = [threading.Thread(target=send) for _ in range(4)]  # a person has five connections
        for racer in racers:
            racer.start()
        for racer in racers:
            racer.join()
    assert sorted(told) == [Outcome.ALREADY] * 15 + [Outcome.STORED]


# --- reveal --------------------------------------------------------------------------------------


SAVEPOINTS = ((), ("SAVEPOINT s",), ("SAVEPOINT s", "SAVEPOINT t"))


def seal_and_roll_back(
    scene: MovedScene,
    before: tuple[str, ...],
    seal: Callable[[psycopg.Connection[Any], SealedPass], str],
) -> None:
    """Seal as bob in a transaction that could still be rolled back: what is asked then shows nothing."""
    target = prepare(scene)
    sealed = junk(scene, "bob", target.claim.fence)
    with target.as_bob() as db:
        db.execute("BEGIN")
        for words in before:
            db.execute(words.encode())
        assert seal(db, sealed) == "stored"
        for words in ("RELEASE s",) if before else ():
            db.execute(words.encode())
        with pytest.raises(errors.InsufficientPrivilege):
            db.execute("SELECT * FROM api.reveal(%s)", (scene.documents[0],))
        db.execute("ROLLBACK")
    with scene.boss() as db:
        assert db.execute("SELECT count(*) FROM sealed_pass").fetchone() == (1,)


@pytest.mark.parametrize("before", SAVEPOINTS, ids=["plain", "in a savepoint", "in two"])
def test_a_seal_that_could_still_be_rolled_back_shows_nothing(
    release: MovedScene, before: tuple[str, ...]
) -> None:
    def seal(db: psycopg.Connection[Any], sealed: SealedPass) -> str:
        row = db.execute("SELECT api.seal(%s, %s, %s, %s, %s)", cells(sealed)).fetchone()
        assert row is not None
        return str(row[0])

    seal_and_roll_back(release, before, seal)


def test_garbage_that_is_sealed_is_final_and_only_then_shows_the_first_pass(release: MovedScene) -> None:
    target = prepare(release)
    bob = release.as_("bob")
    assert bob.shared.seal(junk(release, "bob", target.claim.fence)) is Outcome.STORED
    assert bob.shared.reveal(release.documents[0]).blob in target.secrets
    # What she learned she cannot use in this document any more.
    assert bob.shared.claim(release.project, second=True, document=release.documents[0]) is None
    assert bob.shared.seal(junk(release, "bob", target.claim.fence)) is Outcome.SURPLUS


def test_claim_and_hand_back_over_and_over_shows_nothing(release: MovedScene) -> None:
    release.key("ann")
    bob = release.as_("bob").shared
    for _ in range(5):
        found = bob.claim(release.project, second=True, document=release.documents[0])
        assert found is not None
        with pytest.raises(NotAllowed):
            bob.reveal(release.documents[0])
        bob.hand_back(found.fence)


def test_a_strict_project_reveals_to_nobody(strict: MovedScene) -> None:
    strict.key("ann")
    mine, bob = claim(strict, "bob", second=True), strict.as_("bob")
    assert bob.shared.seal(junk(strict, "bob", mine.fence)) is Outcome.STORED
    for code in ("ann", "bob", "cleo", "sue", "adj", "admin", "aud"):
        with pytest.raises(NotAllowed):
            strict.as_(code).shared.reveal(strict.documents[0])


def test_a_share_that_a_strict_project_is_offered_is_not_stored(strict: MovedScene) -> None:
    mine = claim(strict, "ann")
    sealed = junk(strict, "ann", mine.fence, asked=Asked.ALL)
    assert strict.as_("ann").shared.seal(sealed) is Outcome.SURPLUS
    assert strict.one("SELECT count(*) FROM pass_share") == 0


def test_a_share_that_was_planted_in_a_strict_project_releases_nothing(strict: MovedScene) -> None:
    strict.key("ann")
    mine, bob = claim(strict, "bob", second=True), strict.as_("bob")
    assert bob.shared.seal(junk(strict, "bob", mine.fence)) is Outcome.STORED
    strict.edit("INSERT INTO pass_share SELECT id, zeroblob(32) FROM sealed_pass WHERE slot = 1")
    with pytest.raises(NotAllowed):
        bob.shared.reveal(strict.documents[0])


def test_a_holder_of_adj_is_shown_a_first_pass_only_after_the_second(release: MovedScene) -> None:
    release.key("ann")
    for code in ("sue", "adj"):
        assert release.as_(code).shared.passes(release.project) == []
    release.key("bob", second=True)
    for code in ("sue", "adj"):
        assert len(release.as_(code).shared.passes(release.project)) == 2


# --- decisions -----------------------------------------------------------------------------------


def test_nobody_decides_about_a_document_that_he_keyed_or_without_the_key(strict: MovedScene) -> None:
    strict.key_both(first="9.00", second="9.80")
    with strict.boss() as db:
        passes = tuple(row[0] for row in db.execute("SELECT id FROM sealed_pass ORDER BY slot"))
    for code in ("ann", "bob", "cleo"):
        for kind in CLEAR:
            refs = passes if kind is FactKind.COMPARISON else passes[:1]
            assert strict.as_(code).shared.state([loose_fact(strict, code, kind, refs)]) == [Outcome.SURPLUS]
    assert strict.as_("sue").shared.documents(strict.project, strict.documents[0])[0].comparison is None


def test_a_fact_in_somebody_elses_name_is_refused(release: MovedScene) -> None:
    release.key_both()
    fact = loose_fact(release, "ann", FactKind.RECORD)
    with pytest.raises(NotAllowed):
        release.as_("bob").shared.state([fact])


def test_a_holder_of_adj_claims_nothing_whatever_else_he_is_said_to_be(release: MovedScene) -> None:
    sue = release.as_("sue")
    release.edit("UPDATE member SET roles = 'operator second-keyer supervisor' WHERE person = ?", sue.me.id)
    with pytest.raises(NotAllowed):
        sue.shared.claim(release.project, second=False, document=None)


NO_ROWS: dict[str, list[object]] = {"wraps": [], "people": [], "projects": [], "forms": [], "drop_claims": []}


def change(scene: MovedScene, code: str, **rows: list[object]) -> object:
    """Send rows for the list of people, with an entry that continues it."""
    admin = scene.as_("admin")
    edit = RosterEdit(admin)
    edit.add(Member(scene.project, scene.as_("bob").me.id, (Role.SUPERVISOR,)))
    (entry,) = edit._entries
    with scene.moved.login(code) as db:
        arguments = ([entry.data], [entry.signature], Jsonb(NO_ROWS | rows))
        return db.execute("SELECT api.change_roster(%s, %s, %s)", arguments).fetchone()


@pytest.mark.parametrize("code", ["ann", "bob", "cleo", "adj", "sue", "aud"])
def test_only_an_administrator_changes_the_list_of_people(release: MovedScene, code: str) -> None:
    with pytest.raises(errors.InsufficientPrivilege):
        change(release, code)
    bob = release.as_("bob").me.id
    wraps: list[object] = [[release.project.hex(), "pdk", 9, bob.hex(), bob.hex(), "00" * 80]]
    with pytest.raises(errors.InsufficientPrivilege):
        change(release, code, wraps=wraps)
    assert change(release, "admin") == ("stored",)


@pytest.mark.parametrize("code", ["ann", "bob", "cleo"])
def test_a_keyer_sees_nobody_elses_boxes(release: MovedScene, code: str) -> None:
    with release.moved.login(code) as db:
        assert db.execute("SELECT * FROM api.boxes(%s)", (release.project,)).fetchall() == []
        for other in ("adj", "sue", "admin"):
            person = release.as_(other).me.id
            assert db.execute("SELECT * FROM api.wraps(%s)", (person,)).fetchall() == []


# --- what is there, stays ------------------------------------------------------------------------


EVIDENCE = ("sealed_pass", "pass_share", "fact", "roster")


@pytest.mark.parametrize("role", ["boapp_api", "boapp_owner", "boss"])
@pytest.mark.parametrize("table", EVIDENCE)
def test_evidence_is_neither_changed_nor_deleted_by_whoever_owns_it(
    release: MovedScene, role: str, table: str
) -> None:
    release.key("ann")
    with release.moved.superuser() as boss:
        boss.execute(f"SET ROLE {role}".encode())
        before = release.one(f"SELECT count(*) FROM {table}")
        for words in (f"DELETE FROM core.{table}", f"TRUNCATE core.{table} CASCADE"):
            try:
                boss.execute(words.encode())
            except errors.InsufficientPrivilege:
                continue
            assert role == "boapp_owner"  # forced row level security: it deletes nothing
        assert release.one(f"SELECT count(*) FROM {table}") == before


# --- keeping others from working -----------------------------------------------------------------


@contextmanager
def open_transaction(scene: MovedScene, call: str, *arguments: object) -> Iterator[None]:
    """Let bob call something and leave his transaction open."""
    with scene.moved.login("bob") as db:
        db.execute("BEGIN")
        db.execute(f"SELECT * FROM api.{call}".encode(), arguments)
        yield
        db.execute("ROLLBACK")


def timed(scene: MovedScene) -> float:
    """Return how long another person takes to claim and seal every document."""
    start = time.perf_counter()
    while found := scene.as_("ann").shared.claim(scene.project, second=False, document=None):
        number = scene.documents.index(found.document)
        outcome = scene.as_("ann").shared.seal(junk(scene, "ann", found.fence, number, asked=Asked.ALL))
        assert outcome is Outcome.STORED
    return time.perf_counter() - start


def test_an_open_claim_keeps_nobody_from_claiming_and_sealing(release: MovedScene) -> None:
    release.as_("ann")
    with open_transaction(release, "claim(%s, false, NULL)", release.project):
        assert timed(release) < LESS_THAN_A_SECOND


def test_an_open_message_about_a_document_keeps_nobody_from_sealing_it(release: MovedScene) -> None:
    fact = loose_fact(release, "bob", FactKind.RECORD)
    stated = (fact.statement, fact.signature, fact.content, fact.box_adj, fact.box_own)
    mine = claim(release, "ann")
    with open_transaction(release, "state(%s, %s, %s, %s, %s)", *stated):
        start = time.perf_counter()
        sealed = junk(release, "ann", mine.fence, asked=Asked.ALL)
        assert release.as_("ann").shared.seal(sealed) is Outcome.STORED
        assert time.perf_counter() - start < LESS_THAN_A_SECOND


def test_an_open_pass_without_a_claim_keeps_nobody_from_sealing(release: MovedScene) -> None:
    sealed = junk(release, "bob", Fence(new_id()), asked=Asked.ALL)
    with open_transaction(release, "seal(%s, %s, %s, %s, %s)", *cells(sealed)):
        assert timed(release) < LESS_THAN_A_SECOND


def test_one_person_cannot_take_all_connections(release: MovedScene) -> None:
    logins = hire(release, 2, 2)
    one, other = logins  # whom no other test has a connection of
    enter = partial(connect, release.moved.server.where(release.moved.database), password=PASSWORD)
    held = [enter(one) for _ in range(5)]
    with pytest.raises(NotAllowed, match="close other sessions"):
        enter(one)
    enter(other).close()
    for db in held:
        db.close()
    dismiss(release, logins)


# --- timing --------------------------------------------------------------------------------------


def test_a_refusal_takes_as_long_whether_or_not_there_is_a_first_pass(release: MovedScene) -> None:
    target = prepare(release)
    rounds = 2000 if FULL else 300
    taken: dict[bytes, list[float]] = {release.documents[0]: [], release.documents[1]: []}
    with target.as_bob() as db:
        for _ in range(rounds):
            for document, times in taken.items():
                start = time.perf_counter()
                with pytest.raises(psycopg.errors.InsufficientPrivilege):
                    db.execute("SELECT * FROM api.reveal(%s)", (document,))
                times.append(time.perf_counter() - start)
    keyed, unkeyed = taken.values()
    quarters = quantiles(keyed, n=4)
    print(
        f"\nrefused in {median(keyed) * 1e6:.0f} us with, {median(unkeyed) * 1e6:.0f} us without a first pass"
    )
    assert abs(median(keyed) - median(unkeyed)) < quarters[2] - quarters[0]
