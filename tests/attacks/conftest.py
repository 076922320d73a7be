"""Prepared projects: made once for a test session, copied for each attack."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from boapp.domain.workflow import Mode
from tests.attacks.tools import Scene
from tests.builders import House, add_project, take_in_pages

DOCUMENTS = 3


def _prepared(founded: House, mode: Mode, folder: Path) -> Scene:
    house = founded.copy(folder / mode)
    project = add_project(house, mode)
    return Scene(house, project, take_in_pages(house, project, DOCUMENTS))


@pytest.fixture(scope="session")
def prepared(founded_house: House, tmp_path_factory: pytest.TempPathFactory) -> dict[Mode, Scene]:
    """Return a project of each mode with documents taken in; tests copy them."""
    folder = tmp_path_factory.mktemp("prepared")
    return {mode: _prepared(founded_house, mode, folder) for mode in Mode}


@pytest.fixture
def strict(prepared: dict[Mode, Scene], tmp_path: Path) -> Iterator[Scene]:
    """Return this test's own strict project."""
    scene = prepared[Mode.STRICT].copy(tmp_path / "strict")
    yield scene
    scene.close()


@pytest.fixture
def release(prepared: dict[Mode, Scene], tmp_path: Path) -> Iterator[Scene]:
    """Return this test's own release project."""
    scene = prepared[Mode.RELEASE].copy(tmp_path / "release")
    yield scene
    scene.close()


@pytest.fixture(params=list(Mode))
def scene(request: pytest.FixtureRequest, prepared: dict[Mode, Scene], tmp_path: Path) -> Iterator[Scene]:
    """Return this test's own project, once in each mode."""
    copied = prepared[request.param].copy(tmp_path / request.param)
    yield copied
    copied.close()
