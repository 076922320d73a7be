"""What every test can ask for."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from boapp.domain.ids import ProjectId
from tests.attacks.tools import Scene
from tests.builders import House, build_house
from tests.filled import Filled, fill
from tests.moved import MovedHouse, move
from tests.postgres import Server, running
from tests.target import Target


@pytest.fixture(scope="session")
def founded_house(tmp_path_factory: pytest.TempPathFactory) -> House:
    """Return the organisation of this test session; tests copy it and leave it as it is."""
    return build_house(tmp_path_factory.mktemp("house") / "founded")


@pytest.fixture
def house(founded_house: House, tmp_path: Path) -> House:
    """Return this test's own copy of the organisation."""
    return founded_house.copy(tmp_path / "house")


@pytest.fixture(scope="session")
def filled_once(founded_house: House, tmp_path_factory: pytest.TempPathFactory) -> Filled:
    """Return a folder of this test session in which much was done; tests copy it and leave it as it is."""
    return fill(founded_house.copy(tmp_path_factory.mktemp("filled") / "house"))


@pytest.fixture
def filled(filled_once: Filled, tmp_path: Path) -> Filled:
    """Return this test's own copy of it."""
    return filled_once.copy(tmp_path / "filled")


@pytest.fixture(scope="session")
def server() -> Iterator[Server]:
    """Return the PostgreSQL of this test session."""
    with running() as started:
        yield started


@pytest.fixture
def target(server: Server) -> Iterator[Target]:
    """Return an empty database of it for this test."""
    made = Target(server)
    yield made
    made.drop()


@pytest.fixture(scope="session")
def founded_moved(
    founded_house: House, server: Server, tmp_path_factory: pytest.TempPathFactory
) -> MovedHouse:
    """Return the organisation of this test session with its shared database in PostgreSQL."""
    copied = founded_house.copy(tmp_path_factory.mktemp("moved") / "from")
    nothing = Scene(copied, ProjectId(bytes(16)), [])
    return move(nothing, server, copied.folder.parent / "founded").moved


@pytest.fixture
def moved_house(founded_moved: MovedHouse, tmp_path: Path) -> Iterator[MovedHouse]:
    """Return this test's own copy of the organisation in PostgreSQL."""
    copied = founded_moved.copy(tmp_path / "moved")
    yield copied
    copied.drop()


@pytest.fixture(params=["house", "moved_house"])
def any_house(request: pytest.FixtureRequest) -> House:
    """Return this test's own organisation, once with each kind of shared database."""
    found: House = request.getfixturevalue(request.param)
    return found
