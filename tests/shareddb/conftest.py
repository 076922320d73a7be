"""A project whose shared database is asked directly, in a file and in PostgreSQL: one contract for both."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from boapp.domain.workflow import Mode
from tests.attacks.tools import Scene
from tests.builders import House, add_project, take_in_pages
from tests.moved import MovedScene, move
from tests.postgres import Server

DOCUMENTS = 6


@pytest.fixture(scope="session")
def taken_in(founded_house: House, tmp_path_factory: pytest.TempPathFactory) -> Scene:
    """Return a release project with documents that nobody keyed yet."""
    house = founded_house.copy(tmp_path_factory.mktemp("shareddb") / "house")
    project = add_project(house, Mode.RELEASE)
    return Scene(house, project, take_in_pages(house, project, DOCUMENTS))


@pytest.fixture(scope="session")
def moved(taken_in: Scene, server: Server, tmp_path_factory: pytest.TempPathFactory) -> MovedScene:
    """Return the same project in PostgreSQL."""
    return move(taken_in, server, tmp_path_factory.mktemp("moved") / "house")


@pytest.fixture
def in_file(taken_in: Scene, tmp_path: Path) -> Iterator[Scene]:
    """Return this test's own copy of it, in a file."""
    copied = taken_in.copy(tmp_path / "scene")
    yield copied
    copied.close()


@pytest.fixture
def in_postgres(moved: MovedScene, tmp_path: Path) -> Iterator[MovedScene]:
    """Return this test's own copy of it, in PostgreSQL."""
    copied = moved.copy(tmp_path / "moved")
    yield copied
    copied.close()
    copied.moved.drop()


@pytest.fixture(params=["in_file", "in_postgres"])
def scene(request: pytest.FixtureRequest) -> Scene:
    """Return this test's own copy of it, once in each kind of shared database."""
    found: Scene = request.getfixturevalue(request.param)
    return found
