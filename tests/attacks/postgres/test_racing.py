"""32 connections race for both passes of every document: nothing twice, nothing lost, nobody stuck."""

import os
import random
import time
from collections import Counter
from concurrent.futures import FIRST_EXCEPTION, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from typing import Any

from psycopg import sql

from boapp.domain.ids import PersonId
from boapp.shareddb.postgres_way import connect
from tests.attacks.tools import FULL
from tests.crowd import BOXES, PASSWORD, dismiss, fill, hire, manifest
from tests.moved import MovedScene

CONNECTIONS, PEOPLE = 32, 8
CLAIMS = 100_000 if FULL else 200
HANDED_BACK = 0.1
PATIENCE_SECONDS = 540 if FULL else 60


@dataclass
class Race:
    """What the racers hold and sealed, as they see it themselves."""

    scene: MovedScene
    end: float = field(default_factory=lambda: time.monotonic() + PATIENCE_SECONDS)
    held: dict[tuple[bytes, int], bytes] = field(default_factory=dict)
    """The fence under which a pass of a document is held; what was sealed is held for good."""
    sealed: list[tuple[bytes, int, bytes]] = field(default_factory=list)
    """Document, pass and person."""
    broken: bool = False

    def goes_on(self) -> bool:
        """Say whether anything is left to key."""
        return len(self.sealed) < CLAIMS and not self.broken and time.monotonic() < self.end

    def run(self, role: str, person: PersonId) -> None:
        """Claim first and second passes by chance, seal most of them and hand the others back."""
        chance = random.Random(role)
        with connect(self.scene.moved.server.where(self.scene.moved.database), role, PASSWORD) as db:
            while self.goes_on():
                second = chance.random() < 0.5
                granted = db.execute(
                    "SELECT * FROM api.claim(%s, %s, NULL)", (self.scene.project, second)
                ).fetchone()
                if granted is None:
                    time.sleep(0.01)
                    continue
                place = (granted.document, granted.pass_no)
                assert self.held.setdefault(place, granted.fence) == granted.fence, "granted twice"
                if chance.random() < HANDED_BACK:
                    del self.held[place]
                    db.execute("SELECT api.hand_back_all(%s)", ([granted.fence],))
                    continue
                assert self.seal(db, person, granted) == "stored"
                self.sealed.append((*place, person))

    def seal(self, db: Any, person: PersonId, granted: Any) -> str:
        """Seal what was granted; return what the database says."""
        signed = manifest(self.scene.project, person, granted.document, granted.fence)
        cells = (signed, os.urandom(64), BOXES)
        told: str = db.execute("SELECT api.seal(%s, %s, 'blob', %s, NULL)", cells).fetchone()[0]
        return told


def find_deadlocks_early(scene: MovedScene) -> None:
    """Let a deadlock be found, and counted, long before the functions give up waiting for a lock."""
    with scene.moved.superuser() as boss:
        name = sql.Identifier(scene.moved.database)
        boss.execute(sql.SQL("ALTER DATABASE {} SET deadlock_timeout = '50ms'").format(name))


def deadlocks(scene: MovedScene) -> int:
    """Return how many deadlocks there were in the database."""
    with scene.moved.superuser() as boss:
        row = boss.execute(
            "SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()"
        ).fetchone()
    assert row is not None
    return int(row[0])


def test_thirty_two_connections_key_every_document_twice_and_nobody_both_times(strict: MovedScene) -> None:
    fill(strict, CLAIMS // 2)
    find_deadlocks_early(strict)
    logins = hire(strict, PEOPLE, CONNECTIONS)
    race = Race(strict)
    with ThreadPoolExecutor(CONNECTIONS) as pool:
        racers = [pool.submit(race.run, role, person) for role, person in logins.items()]
        wait(racers, return_when=FIRST_EXCEPTION)
        race.broken = any(racer.done() and racer.exception() for racer in racers)
    for racer in racers:
        racer.result()
    with strict.boss() as boss:
        passes = boss.execute("SELECT document, slot, person FROM sealed_pass").fetchall()
        claims = boss.execute("SELECT count(*) FROM claim").fetchone()
        stages = boss.execute("SELECT DISTINCT stage, claimed FROM document").fetchall()
    assert sorted(passes) == sorted(race.sealed)
    assert max(Counter((document, person) for document, _, person in passes).values()) == 1
    assert len({(document, slot) for document, slot, _ in passes}) == len(passes) == CLAIMS
    assert claims == (0,)
    assert stages == [("comparing", False)]
    assert deadlocks(strict) == 0
    dismiss(strict, logins)
