"""PostgreSQL stops as in a power cut while a courier sends: it goes on by itself, each pass is there once."""

import random
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import msgspec
import pytest

from boapp.domain.settings import CLAIMS_AHEAD
from boapp.domain.workflow import Mode
from boapp.localdb.reserve import State
from boapp.services.auditing import verify_project
from boapp.services.projects import change_setting
from tests.attacks.tools import Scene
from tests.builders import House, add_project, take_in_pages
from tests.faults.children import FULL, Child, orders
from tests.moved import MovedScene, move
from tests.postgres import running
from tests.sync.station import Station

CRASHES = 30 if FULL else 2
AT_A_TIME = 8
STEP_MS = "20"
"""Slow enough that a crash comes while something is sent."""
GLANCE_SECONDS = 0.01
PATIENCE_SECONDS = 90.0
pytestmark = pytest.mark.timeout(3600 if FULL else 600)


@pytest.fixture
def scene(founded_house: House, tmp_path: Path) -> Iterator[MovedScene]:
    """Return a release project on a server of its own, with as many documents as are keyed."""
    house = founded_house.copy(tmp_path / "house")
    project = add_project(house, Mode.RELEASE)
    admin = house.as_("admin")
    change_setting(admin, project, CLAIMS_AHEAD, 2 * AT_A_TIME)
    admin.close()
    scene = Scene(house, project, take_in_pages(house, project, CRASHES * AT_A_TIME))
    with running() as server:
        moved = move(scene, server, tmp_path / "moved")
        yield moved
        moved.close()


def test_a_courier_goes_on_by_itself_after_each_crash_and_nothing_is_lost_or_doubled(
    scene: MovedScene,
) -> None:
    server, chance = scene.moved.server, random.Random(22)
    ann = Station(scene, scene.moved.home, "ann", server.port)
    told = orders(scene.moved, "ann", scene.project, "carry", "1", STEP_MS)
    courier = Child(msgspec.structs.replace(told, port=server.port, database=scene.moved.database))
    in_the_middle = 0
    for _ in range(CRASHES):
        _wait_until(lambda: _ready(ann) >= AT_A_TIME)
        for _ in range(AT_A_TIME):
            ann.key()
        _wait_until_sent(ann, but=chance.randint(1, AT_A_TIME - 2))
        server.crash()
        in_the_middle += 0 < ann.waiting() < AT_A_TIME
        server.start()
        _wait_until(lambda: ann.waiting() == 0)
    ann.close()
    assert in_the_middle
    _each_is_there_once(scene)
    ways = set[str]()
    for _, way, _ in courier.lines():
        ways.add(way)
        if {"away", "in-step"} <= ways:
            break
    courier.kill()
    ways.update(way for _, way, _ in courier.lines())
    assert ways <= {"away", "in-step", "sending"}
    courier.end()


def _ready(ann: Station) -> int:
    return sum(claim[-1] is State.WAITS for claim in ann.near.store.reserve.states())


def _wait_until_sent(ann: Station, but: int) -> None:
    """Wait until no more than so many messages wait."""
    _wait_until(lambda: ann.waiting() <= but)


def _each_is_there_once(scene: MovedScene) -> None:
    with closing(scene.moved.as_("aud")) as auditor:
        stored = auditor.shared.passes(scene.project)
        assert sorted(p.document for p in stored) == sorted(scene.documents)
        assert {p.slot for p in stored} == {1}
        assert verify_project(auditor, scene.project).findings == []


def _wait_until(come: Callable[[], bool]) -> None:
    end = time.monotonic() + PATIENCE_SECONDS
    while not come():
        assert time.monotonic() < end
        time.sleep(GLANCE_SECONDS)
