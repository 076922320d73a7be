"""Many connections claim ahead, renew, hand back, seal at once: nothing twice, nothing lost, none stuck."""

import random
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from boapp.domain.ids import PersonId
from boapp.shareddb.postgres_way import connect
from tests.attacks.postgres.races import Race
from tests.attacks.tools import FULL
from tests.crowd import PASSWORD, dismiss, fill, hire
from tests.moved import MovedScene, queue_anew

CONNECTIONS, PEOPLE = (32, 8) if FULL else (12, 4)
PASSES = 20_000 if FULL else 300
MOST_AT_ONCE = 12
HANDED_BACK = 0.2


class Ahead(Race):
    """Everybody claims some ahead by chance, renews them, hands some back at once and seals the others."""

    def turn(self, db: Any, chance: random.Random, person: PersonId) -> bool:
        """Claim some."""
        asked = (self.scene.project, chance.random() < 0.5, chance.randint(1, MOST_AT_ONCE))
        granted = db.execute("SELECT * FROM api.claim_ahead(%s, %s, %s)", asked).fetchall()
        for one in granted:
            self.hold(one)
        self._renew(db, granted)
        back = [one for one in granted if chance.random() < HANDED_BACK]
        self.hand_back(db, back)
        for one in granted:
            if one not in back:
                self.seal(db, person, one)
        return bool(granted)

    def _renew(self, db: Any, granted: list[Any]) -> None:
        """Renew what was granted: all of it stands."""
        fences = [one.fence for one in granted]
        renewed = db.execute("SELECT * FROM api.renew(%s)", (fences,)).fetchall()
        assert sorted(one.fence for one in renewed) == sorted(fences)


def test_everything_is_keyed_twice_by_two_people_though_all_claim_ahead(strict: MovedScene) -> None:
    strict.edit("UPDATE project SET open_claims = 1000")
    Ahead(strict, PASSES).hold_it(PEOPLE, CONNECTIONS)


def test_of_many_who_ask_for_all_that_waits_nobody_is_given_less_than_is_there(strict: MovedScene) -> None:
    fill(strict, 40)
    logins = hire(strict, 8, 8)
    people = list(logins.values())
    with strict.boss() as boss:
        boss.execute("UPDATE document SET stage = 'second', first_by = %s", (people[0],))
        queue_anew(boss)
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
