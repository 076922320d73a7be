"""A project with documents that wait, in PostgreSQL, and workstations at it."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from boapp.domain.workflow import Mode
from tests.attacks.tools import Scene
from tests.builders import House, add_project, take_in_pages
from tests.moved import MovedScene, move
from tests.postgres import Server
from tests.sync.station import Station

DOCUMENTS = 12
Sit = Callable[..., Station]


@pytest.fixture(scope="session")
def queued(founded_house: House, server: Server, tmp_path_factory: pytest.TempPathFactory) -> MovedScene:
    """Return a release project with documents that nobody keyed yet."""
    house = founded_house.copy(tmp_path_factory.mktemp("sync") / "house")
    project = add_project(house, Mode.RELEASE)
    scene = Scene(house, project, take_in_pages(house, project, DOCUMENTS))
    return move(scene, server, tmp_path_factory.mktemp("sync moved") / "house")


@pytest.fixture
def scene(queued: MovedScene, tmp_path: Path) -> Iterator[MovedScene]:
    """Return this test's own copy of it."""
    copied = queued.copy(tmp_path / "moved")
    yield copied
    copied.close()
    copied.moved.drop()


@pytest.fixture
def sit(scene: MovedScene, tmp_path: Path) -> Iterator[Sit]:
    """Return what puts a person at a workstation."""
    stations: list[Station] = []

    def at(code: str, name: str = "first", port: int | None = None) -> Station:
        made = Station(scene, tmp_path / f"home of {name}", code, port or scene.moved.server.port)
        stations.append(made)
        return made

    yield at
    for station in stations:
        station.close()
