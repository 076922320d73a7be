"""What every test can ask for."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.builders import House, build_house
from tests.postgres import Server, running


@pytest.fixture(scope="session")
def founded_house(tmp_path_factory: pytest.TempPathFactory) -> House:
    """Return the organisation of this test session; tests copy it and leave it as it is."""
    return build_house(tmp_path_factory.mktemp("house") / "founded")


@pytest.fixture
def house(founded_house: House, tmp_path: Path) -> House:
    """Return this test's own copy of the organisation."""
    return founded_house.copy(tmp_path / "house")


@pytest.fixture(scope="session")
def server() -> Iterator[Server]:
    """Return the PostgreSQL of this test session."""
    with running() as started:
        yield started
