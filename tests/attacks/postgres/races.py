"""A race for every pass of every document of a project, and what has to be true when it is over."""

import os
import random
import time
from abc import abstractmethod
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

PATIENCE_SECONDS = 540 if FULL else 60


@dataclass
class Race:
    """What the racers hold and sealed, as they see it themselves."""

    scene: MovedScene
    passes: int
    end: float = field(default_factory=lambda: time.monotonic() + PATIENCE_SECONDS)
    held: dict[tuple[bytes, int], bytes] = field(default_factory=dict)
    """The fence under which a pass of a document is held; what was sealed is held for good."""
    sealed: list[tuple[bytes, int, bytes]] = field(default_factory=list)
    """Document, pass and person."""
    broken: bool = False

    @abstractmethod
    def turn(self, db: Any, chance: random.Random, person: PersonId) -> bool:
        """Claim something and deal with it; False when nothing was granted."""

    def _run(self, role: str, person: PersonId) -> None:
        chance = random.Random(role)
        with connect(self.scene.moved.server.where(self.scene.moved.database), role, PASSWORD) as db:
            while self._goes_on():
                if not self.turn(db, chance, person):
                    time.sleep(0.01)

    def _goes_on(self) -> bool:
        return len(self.sealed) < self.passes and not self.broken and time.monotonic() < self.end

    def hold(self, granted: Any) -> None:
        """Remember what was granted, if nobody holds it."""
        place = (granted.document, granted.pass_no)
        assert self.held.setdefault(place, granted.fence) == granted.fence, "granted twice"

    def hand_back(self, db: Any, granted: list[Any]) -> None:
        """Hand some back, all at once."""
        for one in granted:
            del self.held[one.document, one.pass_no]
        db.execute("SELECT api.hand_back_all(%s)", ([one.fence for one in granted],))

    def seal(self, db: Any, person: PersonId, granted: Any) -> None:
        """Seal what was granted: it counts."""
        signed = manifest(self.scene.project, person, granted.document, granted.fence)
        cells = (signed, os.urandom(64), BOXES)
        told = db.execute("SELECT api.seal(%s, %s, 'blob', %s, NULL)", cells).fetchone()[0]
        assert told == "stored"
        self.sealed.append((granted.document, granted.pass_no, person))

    def hold_it(self, people: int, connections: int) -> None:
        """Let so many people race over so many connections until all is keyed; see what came of it."""
        fill(self.scene, self.passes // 2)
        _find_deadlocks_early(self.scene)
        logins = hire(self.scene, people, connections)
        with ThreadPoolExecutor(connections) as pool:
            racers = [pool.submit(self._run, role, person) for role, person in logins.items()]
            wait(racers, return_when=FIRST_EXCEPTION)
            self.broken = any(racer.done() and racer.exception() for racer in racers)
        dismiss(self.scene, logins)
        for racer in racers:
            racer.result()
        self._check()

    def _check(self) -> None:
        with self.scene.boss() as boss:
            passes = boss.execute("SELECT document, slot, person FROM sealed_pass").fetchall()
            claims = boss.execute("SELECT count(*) FROM claim").fetchone()
            stages = boss.execute("SELECT DISTINCT stage FROM document").fetchall()
            waiting = boss.execute("SELECT count(*) FROM waiting").fetchone()
        assert sorted(passes) == sorted(self.sealed)
        assert max(Counter((document, person) for document, _, person in passes).values()) == 1
        assert len({(document, slot) for document, slot, _ in passes}) == len(passes) == self.passes
        assert claims == waiting == (0,)
        assert stages == [("comparing",)]
        assert _deadlocks(self.scene) == 0


def _find_deadlocks_early(scene: MovedScene) -> None:
    """Let a deadlock be found, and counted, long before the functions give up waiting for a lock."""
    with scene.moved.superuser() as boss:
        name = sql.Identifier(scene.moved.database)
        boss.execute(sql.SQL("ALTER DATABASE {} SET deadlock_timeout = '50ms'").format(name))


def _deadlocks(scene: MovedScene) -> int:
    with scene.moved.superuser() as boss:
        row = boss.execute(
            "SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()"
        ).fetchone()
    assert row is not None
    return int(row[0])
