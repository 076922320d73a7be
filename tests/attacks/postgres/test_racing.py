"""32 connections race for both passes of every document: nothing twice, nothing lost, nobody stuck."""

import random
from typing import Any

from boapp.domain.ids import PersonId
from tests.attacks.postgres.races import Race
from tests.attacks.tools import FULL
from tests.moved import MovedScene

CONNECTIONS, PEOPLE = 32, 8
PASSES = 100_000 if FULL else 200
HANDED_BACK = 0.1


class OneByOne(Race):
    """Everybody claims first and second passes by chance, seals most of them and hands the others back."""

    def turn(self, db: Any, chance: random.Random, person: PersonId) -> bool:
        """Claim one."""
        asked = (self.scene.project, chance.random() < 0.5)
        granted = db.execute("SELECT * FROM api.claim(%s, %s, NULL)", asked).fetchone()
        if granted is None:
            return False
        self.hold(granted)
        if chance.random() < HANDED_BACK:
            self.hand_back(db, [granted])
        else:
            self.seal(db, person, granted)
        return True


def test_thirty_two_connections_key_every_document_twice_and_nobody_both_times(strict: MovedScene) -> None:
    OneByOne(strict, PASSES).hold_it(PEOPLE, CONNECTIONS)
