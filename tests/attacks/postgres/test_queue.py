"""The queue beside open transactions, locked claims and wrong rows: nobody waits long, nothing is lost."""

import random
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from typing import Any

import psycopg
import pytest
from psycopg import errors

from boapp.crypto.facts import FactKind
from boapp.errors import Unavailable
from boapp.shareddb.postgres_setup import set_up
from tests.attacks.postgres.crews import Keyer, crew, wrong
from tests.attacks.tools import FULL, signed_fact
from tests.moved import MovedScene

STEPS = 3_000 if FULL else 250
SEEDS = range(4) if FULL else range(1)
LESS_THAN_A_SECOND = 1.0
Verb = Callable[[Keyer], object]
RAN_OUT = "UPDATE core.claim SET expires_us = 1"


def settings(scene: MovedScene, open_claims: int) -> None:
    """Let everybody hold so many."""
    with scene.moved.superuser() as boss:
        boss.execute("UPDATE core.project SET open_claims = %s", (open_claims,))


def test_who_claims_and_hands_back_in_a_transaction_that_stays_open_hides_one_document(
    strict: MovedScene,
) -> None:
    with crew(strict, 2, 20) as (ann, bob):
        settings(strict, 1)
        rows = bob.db.execute("SELECT id FROM api.documents(%s, NULL)", (strict.project,)).fetchall()
        first, second = rows[0].id, rows[1].id
        bob.db.execute("BEGIN")
        bob.db.execute("SAVEPOINT s")
        bob.hand_back(*bob.claim(first))
        for again in (partial(bob.claim, second), bob.claim, partial(bob.ahead, 1)):
            with pytest.raises(errors.InsufficientPrivilege):
                again()
            bob.db.execute("ROLLBACK TO s")
        assert ann.claim()
        bob.db.execute("ROLLBACK")


def test_a_claim_that_ran_out_and_is_not_taken_is_sealed_beside_an_open_claim(strict: MovedScene) -> None:
    with crew(strict, 2, 12) as (ann, bob):
        *_, last = ann.ahead(10)
        ann.hand_back(*[one for one in ann.held() if one.fence != last.fence])
        with strict.moved.superuser() as boss:
            boss.execute(RAN_OUT)
        bob.db.execute("BEGIN")
        assert bob.claim()[0].document != last.document
        start = time.perf_counter()
        assert ann.seal(last) == "stored"
        assert time.perf_counter() - start < LESS_THAN_A_SECOND
        bob.db.execute("ROLLBACK")
    assert wrong(strict) == []


def test_claiming_ahead_keeps_no_more_from_others_than_it_grants(strict: MovedScene) -> None:
    with crew(strict, 2, 30) as (ann, bob):
        settings(strict, 20)
        ann.ahead(10)
        with strict.moved.superuser() as boss:
            boss.execute(RAN_OUT)
        bob.db.execute("BEGIN")
        assert len(bob.ahead(20)) == 20
        assert len(ann.ahead(20)) == 10
        bob.db.execute("ROLLBACK")
    assert wrong(strict) == []


def test_a_batch_waits_but_once_for_what_others_keep_locked(strict: MovedScene) -> None:
    with crew(strict, 2, 20) as (ann, bob):
        mine = ann.ahead(8)
        with strict.moved.superuser() as boss:
            boss.execute(RAN_OUT)
        free = ann.ahead(2)
        bob.db.execute("BEGIN")
        assert len(bob.ahead(8)) == 8
        start = time.perf_counter()
        assert ann.send(*mine, *free) == ["busy"] * 8 + ["stored"] * 2
        assert time.perf_counter() - start < LESS_THAN_A_SECOND
        bob.db.execute("ROLLBACK")
        assert ann.send(*mine) == ["stored"] * 8
    assert wrong(strict) == []


@pytest.mark.parametrize("how", ["seal", "send"])
def test_a_row_that_should_not_be_in_the_queue_is_set_right_by_the_seal(strict: MovedScene, how: str) -> None:
    with crew(strict, 2, 3) as (ann, bob):
        mine = ann.ahead(2)
        with strict.moved.superuser() as boss:
            boss.execute(
                "INSERT INTO core.waiting (document, project, pass_no, priority, position) "
                "SELECT id, project, 1, priority, position FROM core.document WHERE id = ANY (%s)",
                ([one.document for one in mine],),
            )
        assert (ann.send(*mine) if how == "send" else [ann.seal(one) for one in mine]) == ["stored"] * 2
        assert wrong(strict) == []
        assert {bob.claim(second=True)[0].pass_no for _ in mine} == {2}


def test_set_up_leaves_in_the_queue_what_waits_and_nothing_else(strict: MovedScene) -> None:
    with crew(strict, 1, 4) as (ann,):
        ann.seal(ann.claim()[0])
        ann.claim()
        with strict.moved.superuser() as boss:
            boss.execute("DELETE FROM core.waiting")
            boss.execute(
                "INSERT INTO core.waiting (document, project, pass_no, priority, position) "
                "SELECT id, project, 1, priority, position FROM core.document WHERE stage = 'second' "
                "UNION ALL SELECT %s, id, 1, 0, 99 FROM core.project",
                (bytes(16),),
            )
        assert wrong(strict) != []
        renew(strict)
        assert wrong(strict) == []


def renew(scene: MovedScene) -> None:
    set_up(lambda: scene.moved.server.superuser(scene.moved.database, autocommit=False))


# --- renewing while people are at work -------------------------------------------------------------


def test_set_up_waits_for_nobody_for_long_and_names_who_is_in_its_way(strict: MovedScene) -> None:
    refused: list[Unavailable] = []

    def try_it() -> None:
        with suppress(Unavailable):
            renew(strict)
            return
        refused.append(Unavailable("it was refused"))

    with crew(strict, 2, 4) as (ann, bob):
        bob.db.execute("BEGIN")
        bob.db.execute("SELECT * FROM api.documents(%s, NULL)", (strict.project,))
        with pytest.raises(Unavailable, match="at work") as told:
            renew(strict)
        assert bob.db.info.user in told.value.advice
        ann.db.execute("SET statement_timeout = '4s'")
        trying = threading.Thread(target=try_it)
        trying.start()
        while trying.is_alive():
            with suppress(errors.LockNotAvailable):
                ann.hand_back(*ann.claim())
        assert refused
        bob.db.execute("ROLLBACK")
        renew(strict)
        assert ann.claim()
    assert wrong(strict) == []


# --- whatever comes in between ---------------------------------------------------------------------


class Sessions:
    """People with several sessions each, who do what they may in any order; somebody takes claims away."""

    def __init__(self, scene: MovedScene, keyers: list[Keyer], seed: int) -> None:
        self._scene, self._keyers, self._chance = scene, keyers, random.Random(seed)
        self._sue = scene.as_("sue")
        self._open: set[int] = set()
        self._verbs: dict[Verb, int] = {
            self._begin: 8,
            lambda keyer: self._end(keyer, "COMMIT"): 9,
            lambda keyer: self._end(keyer, "ROLLBACK"): 5,
            lambda keyer: keyer.claim(second=self._second()): 14,
            lambda keyer: keyer.claim(self._chance.choice(self._documents()), second=self._second()): 10,
            lambda keyer: keyer.ahead(self._chance.randint(1, 4), second=self._second()): 6,
            lambda keyer: keyer.hand_back(*self._some(keyer, 1)): 8,
            lambda keyer: keyer.hand_back(*keyer.held()): 3,
            lambda keyer: keyer.renew(*keyer.held()): 5,
            lambda keyer: [keyer.seal(one) for one in self._some(keyer, 1)]: 12,
            lambda keyer: keyer.send(*self._some(keyer, 3)): 5,
            self._run_out: 8,
            self._take_back: 4,
        }

    def _second(self) -> bool:
        return self._chance.random() < 0.5

    def _documents(self) -> list[bytes]:
        with self._scene.moved.superuser() as boss:
            return [row[0] for row in boss.execute("SELECT id FROM core.document ORDER BY position")]

    def _some(self, keyer: Keyer, count: int) -> list[Any]:
        held = keyer.held()
        return self._chance.sample(held, min(count, len(held)))

    def _begin(self, keyer: Keyer) -> None:
        if id(keyer) not in self._open:
            level = self._chance.choice(["READ COMMITTED", "READ COMMITTED", "REPEATABLE READ"])
            keyer.db.execute(f"BEGIN ISOLATION LEVEL {level}".encode())
            self._open.add(id(keyer))

    def _end(self, keyer: Keyer, how: str) -> None:
        if id(keyer) in self._open:
            self._open.remove(id(keyer))
            keyer.db.execute(how.encode())

    def _run_out(self, _keyer: Keyer) -> None:
        with self._scene.moved.superuser() as boss:
            boss.execute(
                f"{RAN_OUT} WHERE (document, pass_no) IN (SELECT document, pass_no FROM core.claim "
                "ORDER BY document LIMIT 2 FOR UPDATE SKIP LOCKED)"
            )

    def _take_back(self, _keyer: Keyer) -> None:
        for one in self._sue.shared.open_claims(self._scene.project)[:1]:
            clear = {"pass_no": one.pass_no, "person": one.person, "fence": one.fence}
            fact = signed_fact(
                self._sue, self._scene, FactKind.TAKE_BACK, clear, (), b"she is ill", document=one.document
            )
            self._sue.shared.state((fact,))

    def step(self) -> None:
        """Let somebody do something; whatever it is, the queue is right afterwards."""
        keyer = self._chance.choice(self._keyers)
        (verb,) = self._chance.choices(list(self._verbs), list(self._verbs.values()))
        try:
            verb(keyer)
        except psycopg.Error:
            self._end(keyer, "ROLLBACK")
        assert wrong(self._scene) == []

    def finish(self) -> None:
        """End what is open, and let everything be keyed."""
        for keyer in self._keyers:
            self._end(keyer, "ROLLBACK")
        with self._scene.moved.superuser() as boss:
            boss.execute(RAN_OUT)
        done = True
        while done:
            done = False
            for keyer in self._keyers:
                for second in (False, True):
                    for one in keyer.claim(second=second):
                        done = True
                        assert keyer.seal(one) == "stored"


@pytest.mark.timeout(3600 if FULL else 300)
@pytest.mark.parametrize("seed", SEEDS)
def test_queue_claims_and_stages_agree_after_every_statement_of_anybody(
    strict: MovedScene, seed: int
) -> None:
    with crew(strict, 3, 24, 6) as keyers:
        sessions = Sessions(strict, keyers, seed)
        for _ in range(STEPS):
            sessions.step()
        sessions.finish()
    with strict.moved.superuser() as boss:
        assert boss.execute("SELECT DISTINCT stage FROM core.document").fetchall() == [("comparing",)]
