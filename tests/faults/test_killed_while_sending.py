"""SIGKILL while work goes between a workstation and a real server: nothing is lost, nothing is there twice.

The workspace that keys and the courier's are two handles of one local store, in one process or in two.
"""

import random
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from boapp.domain.workflow import Mode
from boapp.sync.light import Way
from tests.attacks.tools import Scene
from tests.builders import House, add_project, take_in_pages
from tests.faults.children import FULL, Child, die_at, finish, orders
from tests.faults.ledger import Ledger
from tests.faults.plans import IN_PAGES, IN_RESERVE, IN_ROUND, IN_SEAL, IN_SENDING, plan
from tests.faults.work import Orders
from tests.moved import MovedScene, move
from tests.postgres import Server

PERSON = "ann"
PLAN = [
    *plan(IN_SEAL, (1, 2, 3)),
    *plan(IN_SENDING, (1, 2)),
    *plan(IN_RESERVE, (1, 2)),
    *plan(IN_PAGES, (1, 3)),
    *plan(IN_ROUND, (1, 2, 3)),
]
RANDOM_KILLS = 300 if FULL else 4
DOCUMENTS = 70 + (3 * RANDOM_KILLS if FULL else 0)
LONGEST_SECONDS = 0.4
pytestmark = pytest.mark.timeout(3600 if FULL else 600)


@pytest.fixture(scope="module")
def queued(founded_house: House, server: Server, tmp_path_factory: pytest.TempPathFactory) -> MovedScene:
    """Return a release project with many documents that nobody keyed yet."""
    house = founded_house.copy(tmp_path_factory.mktemp("sending") / "house")
    project = add_project(house, Mode.RELEASE)
    scene = Scene(house, project, take_in_pages(house, project, DOCUMENTS))
    return move(scene, server, tmp_path_factory.mktemp("sending moved") / "house")


@pytest.fixture
def scene(queued: MovedScene, tmp_path: Path) -> Iterator[MovedScene]:
    copied = queued.copy(tmp_path / "moved")
    yield copied
    copied.close()
    copied.moved.drop()


def told(scene: MovedScene, task: str, *words: str) -> Orders:
    """Return the orders for a task of ann's at her workstation."""
    house = scene.moved
    usual = orders(house, PERSON, scene.project, task, *words)
    return msgspec.structs.replace(usual, port=house.server.port, database=house.database)


def all_is_well(scene: MovedScene, ledger: Ledger) -> None:
    """Let a last child do the rest, and hold everything against the ledger."""
    ledger.read(finish(told(scene, "key_and_go_rounds")))
    ledger.check_all_done(scene.moved, PERSON, scene.project)


def test_a_kill_at_each_named_step_loses_and_doubles_nothing(scene: MovedScene) -> None:
    ledger = Ledger()
    for point, occurrence in PLAN:
        ledger.read(die_at(told(scene, "key_and_go_rounds"), point, occurrence))
        ledger.check_unsent(scene.moved, PERSON, scene.project)
    all_is_well(scene, ledger)


def test_kills_of_the_keyers_and_the_couriers_process_at_any_moment_lose_and_double_nothing(
    scene: MovedScene,
) -> None:
    ledger, chance = Ledger(), random.Random(21)
    for _ in range(RANDOM_KILLS):
        window, courier = Child(told(scene, "key_here")), Child(told(scene, "carry", "2", "0"))
        rounds = courier.lines()
        next(rounds)
        order = [window, courier]
        chance.shuffle(order)
        for child, longest in zip(order, (LONGEST_SECONDS, LONGEST_SECONDS / 8), strict=True):
            time.sleep(chance.uniform(0, longest))
            child.kill()
        ledger.read(window.lines())
        assert {way for _, way, _ in rounds} <= {Way.IN_STEP, Way.SENDING}
        assert (window.end(), courier.end()) == (-signal.SIGKILL, -signal.SIGKILL)
        ledger.check_unsent(scene.moved, PERSON, scene.project)
    all_is_well(scene, ledger)
