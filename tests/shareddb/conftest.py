"""A project whose shared database is asked directly."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from boapp.domain.workflow import Mode
from tests.attacks.tools import Scene
from tests.builders import House, add_project, take_in_pages

DOCUMENTS = 6


@pytest.fixture(scope="session")
def taken_in(founded_house: House, tmp_path_factory: pytest.TempPathFactory) -> Scene:
    """Return a release project with documents that nobody keyed yet."""
    house = founded_house.copy(tmp_path_factory.mktemp("shareddb") / "house")
    project = add_project(house, Mode.RELEASE)
    return Scene(house, project, take_in_pages(house, project, DOCUMENTS))


@pytest.fixture
def scene(taken_in: Scene, tmp_path: Path) -> Iterator[Scene]:
    """Return this test's own copy of it."""
    copied = taken_in.copy(tmp_path / "scene")
    yield copied
    copied.close()
