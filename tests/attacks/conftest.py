"""Prepared projects: made once for a test session, copied for each attack."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from boapp.domain.workflow import Mode
from tests.attacks.tools import Scene
from tests.builders import House, add_project, take_in_pages
from tests.moved import MovedScene, move
from tests.postgres import Server

DOCUMENTS = 3


def _prepared(founded: House, mode: Mode, folder: Path) -> Scene:
    house = founded.copy(folder / mode)
    project = add_project(house, mode)
    return Scene(house, project, take_in_pages(house, project, DOCUMENTS))


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Attack each kind of shared database, but for what only somebody with the file can do."""
    if "database" in metafunc.fixturenames:
        kinds = ["file", "postgres"]
        if metafunc.definition.get_closest_marker("file_only"):
            kinds.remove("postgres")
        if "attacks/postgres" in metafunc.definition.path.as_posix():
            kinds.remove("file")
        metafunc.parametrize("database", kinds)


@pytest.fixture(scope="session")
def prepared(founded_house: House, tmp_path_factory: pytest.TempPathFactory) -> dict[Mode, Scene]:
    """Return a project of each mode with documents taken in; tests copy them."""
    folder = tmp_path_factory.mktemp("prepared")
    return {mode: _prepared(founded_house, mode, folder) for mode in Mode}


@pytest.fixture(scope="session")
def moved_modes(
    prepared: dict[Mode, Scene], server: Server, tmp_path_factory: pytest.TempPathFactory
) -> dict[Mode, MovedScene]:
    """Return the same projects, moved into PostgreSQL."""
    folder = tmp_path_factory.mktemp("moved")
    return {mode: move(scene, server, folder / mode) for mode, scene in prepared.items()}


@pytest.fixture
def copies(
    database: str, request: pytest.FixtureRequest, tmp_path: Path
) -> Iterator[Callable[[Mode], Scene]]:
    """Return what copies the project of a mode for this test; the copies go when it ends."""
    made: list[Scene] = []

    def copy(mode: Mode) -> Scene:
        source = request.getfixturevalue("moved_modes" if database == "postgres" else "prepared")
        made.append(source[mode].copy(tmp_path / mode))
        return made[-1]

    yield copy
    for scene in made:
        scene.close()
        if isinstance(scene, MovedScene):
            scene.moved.drop()


@pytest.fixture
def strict(copies: Callable[[Mode], Scene]) -> Scene:
    """Return this test's own strict project."""
    return copies(Mode.STRICT)


@pytest.fixture
def release(copies: Callable[[Mode], Scene]) -> Scene:
    """Return this test's own release project."""
    return copies(Mode.RELEASE)


@pytest.fixture(params=list(Mode))
def scene(request: pytest.FixtureRequest, copies: Callable[[Mode], Scene]) -> Scene:
    """Return this test's own project, once in each mode."""
    return copies(request.param)
