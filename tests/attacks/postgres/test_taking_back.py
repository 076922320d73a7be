"""Claims taken back on PostgreSQL: by nobody but a supervisor, and held up by nobody's open transaction."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
import pytest
from psycopg import errors

from boapp.crypto.facts import FactKind, SealedFact, open_as_actor
from boapp.errors import NotAllowed, Tampered, Unavailable
from boapp.services.taking_back import drafts_taken_back, open_claims, take_back
from boapp.shareddb.postgres import PostgresDatabase
from boapp.shareddb.protocol import Claim, OpenClaim, Outcome
from tests.attacks.tools import FULL, forged_pass, take_back_fact
from tests.crowd import BOXES, manifest
from tests.moved import MovedScene

STATE, SEAL = "SELECT api.state(%s, %s, %s, %s, %s)", "SELECT api.seal(%s, %s, %s, %s, NULL)"
LESS_THAN_A_SECOND = 1.0
ROUNDS = 40 if FULL else 8


def claimed(scene: MovedScene, code: str = "ann", number: int = 0, *, second: bool = False) -> Claim:
    found = scene.as_(code).shared.claim(scene.project, second=second, document=scene.documents[number])
    assert found is not None
    return found


def seen(scene: MovedScene) -> list[OpenClaim]:
    return scene.as_("sue").shared.open_claims(scene.project)


def cells(fact: SealedFact) -> tuple[bytes, ...]:
    return fact.statement, fact.signature, fact.content, fact.box_adj, fact.box_own


@contextmanager
def locked_by_its_keyer(scene: MovedScene, code: str, mine: Claim) -> Iterator[psycopg.Connection[Any]]:
    """Let a keyer keep her claim locked: she seals, and leaves the transaction open."""
    person = scene.as_(code).me.id
    signed = manifest(scene.project, person, mine.document, mine.fence)
    with scene.moved.login(code) as db:
        db.execute("BEGIN")
        assert db.execute(SEAL, (signed, bytes(64), b"blob", BOXES)).fetchone() == ("stored",)
        yield db
        if db.info.transaction_status is psycopg.pq.TransactionStatus.INTRANS:
            db.execute("ROLLBACK")


@pytest.mark.parametrize("code", ["ann", "bob", "cleo", "adj", "aud", "admin"])
def test_nobody_but_a_supervisor_learns_who_holds_what(release: MovedScene, code: str) -> None:
    claimed(release)
    assert len(seen(release)) == 1
    with release.moved.login(code) as db:
        assert db.execute("SELECT * FROM api.open_claims(%s)", (release.project,)).fetchall() == []
    with release.moved.login("sue") as db:
        assert db.execute("SELECT * FROM api.open_claims(%s)", (b"another project!",)).fetchall() == []


def test_a_keyer_takes_no_colleagues_claim_back_though_she_knows_its_fence(release: MovedScene) -> None:
    # Whoever gets rid of a colleague's claim could choose which document she keys.
    claimed(release)
    (claim,) = seen(release)
    for code in ("bob", "cleo", "ann"):
        fact = take_back_fact(release, code, claim)
        with release.moved.login(code) as db:
            assert db.execute(STATE, cells(fact)).fetchone() == ("surplus",)
    fact = take_back_fact(release, "sue", claim)
    with release.moved.login("bob") as db, pytest.raises(errors.InsufficientPrivilege):
        db.execute(STATE, cells(fact))
    assert seen(release) == [claim]


def test_only_an_administrator_ends_claims_without_a_reason(release: MovedScene) -> None:
    claimed(release)
    person = release.as_("ann").me.id
    for code in ("sue", "adj", "bob", "ann"):
        with release.moved.login(code) as db, pytest.raises(errors.InsufficientPrivilege):
            db.execute("SELECT api.drop_claims(%s, %s)", (release.project, person))
    assert len(seen(release)) == 1
    release.as_("admin").shared.drop_claims(release.project, person)
    assert seen(release) == []


def test_a_reason_is_shown_to_no_keyer_and_the_fact_to_hers_alone(release: MovedScene) -> None:
    mine = claimed(release)
    take_back(release.as_("sue"), release.project, mine.document, "QUIVERING WOMBAT")
    for code, number in (("ann", 1), ("bob", 0), ("cleo", 0)):
        ws = release.as_(code)
        facts = ws.shared.facts(release.project)
        told = [f for f in facts if f.kind == FactKind.TAKE_BACK]
        assert len(told) == number, code
        assert b"WOMBAT" not in repr(facts).encode()
        for one in told:
            with pytest.raises(Tampered):
                open_as_actor(one.fact, ws.keys.box_key)
        with pytest.raises(NotAllowed):
            ws.adj(release.project, 1)


def test_a_keyer_who_keeps_her_claim_locked_holds_nobody_up_and_the_supervisor_is_told(
    release: MovedScene,
) -> None:
    mine, sue = claimed(release), release.as_("sue")
    release.as_("cleo")
    with locked_by_its_keyer(release, "ann", mine):
        start = time.perf_counter()
        with pytest.raises(Unavailable, match="at this moment"):
            take_back(sue, release.project, mine.document, "she is ill")
        assert sue.store.waiting() == []  # nothing of hers waits behind it
        assert release.as_("cleo").shared.claim(release.project, second=False, document=None) is not None
        assert time.perf_counter() - start < LESS_THAN_A_SECOND
    assert take_back(sue, release.project, mine.document, "she is ill").person == "ann"
    assert [held.person for held in open_claims(sue, release.project)] == ["cleo"]
    assert release.findings("aud") == []


def test_a_claim_that_is_locked_for_a_moment_only_is_taken_back_all_the_same(release: MovedScene) -> None:
    mine = claimed(release)
    fact = take_back_fact(release, "sue", seen(release)[0])
    with locked_by_its_keyer(release, "ann", mine) as db:
        soon = threading.Timer(0.1, lambda: db.execute("ROLLBACK"))
        soon.start()
        assert release.as_("sue").shared.state([fact]) == [Outcome.STORED]
        soon.join()
    assert seen(release) == []


def test_a_seal_that_is_under_way_counts_and_the_take_back_does_not(release: MovedScene) -> None:
    mine, ann = claimed(release), release.as_("ann")
    (claim,) = seen(release)
    fact = take_back_fact(release, "sue", claim)
    sealed = forged_pass(ann, release, mine.fence, asked=mine.asked, k1=True)
    with release.moved.login("ann") as db:
        db.execute("BEGIN")
        assert PostgresDatabase(db).seal(sealed) is Outcome.STORED
        assert release.as_("sue").shared.state([fact]) == [Outcome.SURPLUS]
        db.execute("COMMIT")
    assert release.one("SELECT count(*) FROM sealed_pass") == 1
    assert release.findings("aud") == []


def test_a_take_back_that_is_left_open_keeps_others_from_nothing(release: MovedScene) -> None:
    mine, ann = claimed(release), release.as_("ann")
    release.as_("cleo")
    fact = take_back_fact(release, "sue", seen(release)[0])
    with release.moved.login("sue") as db:
        db.execute("BEGIN")
        assert db.execute(STATE, cells(fact)).fetchone() == ("stored",)
        start = time.perf_counter()
        claimed(release, "cleo", 1)
        assert release.as_("cleo").shared.claim(release.project, second=False, document=None) is not None
        assert release.as_("bob").shared.claim(release.project, second=True, document=None) is None
        assert time.perf_counter() - start < LESS_THAN_A_SECOND
        sealed = forged_pass(ann, release, mine.fence, asked=mine.asked, k1=True)
        with pytest.raises(Unavailable):
            ann.shared.seal(sealed)
        assert time.perf_counter() - start < 2 * LESS_THAN_A_SECOND
        db.execute("ROLLBACK")
    assert mine.document in [c.document for c in release.as_("ann").shared.my_claims(release.project)]


def test_of_a_seal_and_a_take_back_that_race_one_counts(release: MovedScene) -> None:
    won = set()
    for turn in range(ROUNDS):
        mine = release.as_("ann").shared.claim(release.project, second=False, document=None)
        if mine is None:
            break  # all of them are sealed
        (claim,) = seen(release)
        ann, fact = release.as_("ann"), take_back_fact(release, "sue", claim)
        number = release.documents.index(mine.document)
        sealed = forged_pass(ann, release, mine.fence, number=number, asked=mine.asked, k1=True)
        told: dict[str, Outcome] = {}

        def seal(to: dict[str, Outcome] = told, what: Any = sealed) -> None:
            to["seal"] = release.as_("ann").shared.seal(what)

        def back(to: dict[str, Outcome] = told, what: SealedFact = fact) -> None:
            to["take-back"] = release.as_("sue").shared.state([what])[0]

        racers = [threading.Thread(target=one) for one in (seal, back)]
        for racer in racers[:: 1 if turn % 2 else -1]:
            racer.start()
        for racer in racers:
            racer.join()
        assert sorted(told.values()) == [Outcome.STORED, Outcome.SURPLUS]
        won |= {who for who, outcome in told.items() if outcome is Outcome.STORED}
    assert won
    assert seen(release) == []
    assert release.findings("aud") == []


def test_sixteen_that_send_one_take_back_at_once_end_one_claim(release: MovedScene) -> None:
    claimed(release)
    fact = take_back_fact(release, "sue", seen(release)[0])
    told: list[Outcome] = []

    def send() -> None:
        with release.moved.login("sue") as db:
            told.append(PostgresDatabase(db).state([fact])[0])

    release.close()
    for _ in range(4):
        racers = [threading.Thread(target=send) for _ in range(4)]
        for racer in racers:
            racer.start()
        for racer in racers:
            racer.join()
    assert sorted(told) == [Outcome.ALREADY] * 15 + [Outcome.STORED]


def test_a_keyer_is_told_of_her_own_drafts_alone(release: MovedScene) -> None:
    mine = claimed(release)
    take_back(release.as_("sue"), release.project, mine.document, "she is ill")
    assert drafts_taken_back(release.as_("bob")) == []
    assert drafts_taken_back(release.as_("ann")) == []  # she had typed nothing
