"""A project with documents that wait, in PostgreSQL, and workstations at it."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from boapp.domain.workflow import Mode
from tests.attacks.tools import Scene
from tests.builders import RECEIPT_FORM, House, add_project, take_in_pages
from tests.moved import MovedScene, move
from tests.postgres import Server
from tests.site import Site, found_site, lent
from tests.sync.station import Station

DOCUMENTS, FEWER_DOCUMENTS = 12, 8
WORK = "work"
Sit = Callable[..., Station]


@pytest.fixture(scope="session")
def queued(founded_house: House, server: Server, tmp_path_factory: pytest.TempPathFactory) -> MovedScene:
    """Return a release project with documents that nobody keyed yet."""
    house = founded_house.copy(tmp_path_factory.mktemp("sync") / "house")
    project = add_project(house, Mode.RELEASE)
    scene = Scene(house, project, take_in_pages(house, project, DOCUMENTS))
    return move(scene, server, tmp_path_factory.mktemp("sync moved") / "house")


@pytest.fixture(scope="session")
def prepared(founded_house: House, tmp_path_factory: pytest.TempPathFactory) -> Scene:
    """Return a release project in a file with documents that nobody keyed yet."""
    house = founded_house.copy(tmp_path_factory.mktemp("many") / "house")
    project = add_project(house, Mode.RELEASE)
    return Scene(house, project, take_in_pages(house, project, FEWER_DOCUMENTS))


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


@pytest.fixture(scope="session")
def founded_site(server: Server, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """Return an organisation with real logins, and a release project with documents that nobody keyed yet."""
    made = found_site(tmp_path_factory.mktemp("sync site"), server, "founded_sync")
    desk = made.desk()
    desk.run("project", "add", WORK, "--form", RECEIPT_FORM, "--mode", "release")
    desk.take_in(WORK, *(f"{number:02}.png" for number in range(DOCUMENTS)))
    yield made
    made.drop()


@pytest.fixture
def site(founded_site: Site, tmp_path: Path) -> Iterator[Site]:
    """Return this test's own copy of it."""
    with lent(founded_site, tmp_path / "site", "sync_site") as made:
        yield made
