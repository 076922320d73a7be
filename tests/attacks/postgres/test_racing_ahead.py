"""Many connections claim ahead, renew, hand back, seal at once: nothing twice, nothing lost, none stuck."""

import os
import random
import time
from collections import Counter
from concurrent.futures import FIRST_EXCEPTION, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from typing import Any

from boapp.domain.ids import PersonId
from boapp.shareddb.postgres_way import connect
from tests.attacks.postgres.test_racing import deadlocks, find_deadlocks_early
from tests.attacks.tools import FULL
from tests.crowd import BOXES, PASSWORD, dismiss, fill, hire, manifest
from tests.moved import MovedScene

CONNECTIONS, PEOPLE = (32, 8) if FULL else (12, 4)
PASSES = 20_000 if FULL else 300
MOST_AT_ONCE = 12
HANDED_BACK = 0.2
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
        return len(self.sealed) < PASSES and not self.broken and time.monotonic() < self.end

    def run(self, role: str, person: PersonId) -> None:
        """Claim some ahead by chance, renew them, hand some back at once and seal the others."""
        chance = random.Random(role)
        with connect(self.scene.moved.server.where(self.scene.moved.database), role, PASSWORD) as db:
            while self.goes_on():
                given = (self.scene.project, chance.random() < 0.5, chance.randint(1, MOST_AT_ONCE))
                granted = db.execute("SELECT * FROM api.claim_ahead(%s, %s, %s)", given).fetchall()
                for one in granted:
                    place = (one.document, one.pass_no)
                    assert self.held.setdefault(place, one.fence) == one.fence, "granted twice"
                self.renew(db, granted)
                back = [one for one in granted if chance.random() < HANDED_BACK]
                self.hand_back(db, back)
                for one in granted:
                    if one not in back:
                        assert self.seal(db, person, one) == "stored"
                        self.sealed.append((one.document, one.pass_no, person))
                if not granted:
                    time.sleep(0.01)

    def renew(self, db: Any, granted: list[Any]) -> None:
        """Renew what was granted: all of it stands."""
        fences = [one.fence for one in granted]
        renewed = db.execute("SELECT * FROM api.renew(%s)", (fences,)).fetchall()
        assert sorted(one.fence for one in renewed) == sorted(fences)

    def hand_back(self, db: Any, back: list[Any]) -> None:
        """Hand some back, all at once."""
        for one in back:
            del self.held[one.document, one.pass_no]
        db.execute("SELECT api.hand_back_all(%s)", ([one.fence for one in back],))

    def seal(self, db: Any, person: PersonId, granted: Any) -> str:
        """Seal what was granted; return what the database says."""
        signed = manifest(self.scene.project, person, granted.document, granted.fence)
        cells = (signed, os.urandom(64), BOXES)
        told: str = db.execute("SELECT api.seal(%s, %s, 'blob', %s, NULL)", cells).fetchone()[0]
        return told


def test_everything_is_keyed_twice_by_two_people_though_all_claim_ahead(strict: MovedScene) -> None:
    fill(strict, PASSES // 2)
    strict.edit("UPDATE project SET open_claims = 1000")
    find_deadlocks_early(strict)
    logins = hire(strict, PEOPLE, CONNECTIONS)
    race = Race(strict)
    with ThreadPoolExecutor(CONNECTIONS) as pool:
        racers = [pool.submit(race.run, role, person) for role, person in logins.items()]
        wait(racers, return_when=FIRST_EXCEPTION)
        race.broken = any(racer.done() and racer.exception() for racer in racers)
    dismiss(strict, logins)
    for racer in racers:
        racer.result()
    with strict.boss() as boss:
        passes = boss.execute("SELECT document, slot, person FROM sealed_pass").fetchall()
        claims = boss.execute("SELECT count(*) FROM claim").fetchone()
        stages = boss.execute("SELECT DISTINCT stage, claimed FROM document").fetchall()
    assert sorted(passes) == sorted(race.sealed)
    assert max(Counter((document, person) for document, _, person in passes).values()) == 1
    assert len({(document, slot) for document, slot, _ in passes}) == len(passes) == PASSES
    assert claims == (0,)
    assert stages == [("comparing", False)]
    assert deadlocks(strict) == 0


def test_of_many_who_ask_for_all_that_waits_nobody_is_given_less_than_is_there(strict: MovedScene) -> None:
    fill(strict, 40)
    logins = hire(strict, 8, 8)
    people = list(logins.values())
    with strict.boss() as boss:
        boss.execute("UPDATE document SET stage = 'second', first_by = %s", (people[0],))
    where = strict.moved.server.where(strict.moved.database)

    def ask(role: str) -> list[bytes]:
        with connect(where, role, PASSWORD) as db:
            found = db.execute("SELECT * FROM api.claim_ahead(%s, true, 5)", (strict.project,)).fetchall()
        return [one.document for one in found]

    with ThreadPoolExecutor(8) as pool:
        granted = list(pool.map(ask, logins))
    dismiss(strict, logins)
    assert granted[0] == []  # she keyed them all first
    assert {len(each) for each in granted[1:]} == {5}
    assert len({document for each in granted for document in each}) == 35
