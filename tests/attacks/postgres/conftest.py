"""A project in PostgreSQL in which ann sealed what must not come out, and bob holds the second claim."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
import pytest

from boapp.domain.workflow import Mode
from boapp.shareddb.protocol import Claim
from tests.attacks.tools import Scene
from tests.builders import House, add_project, take_in_pages
from tests.moved import MovedScene, move
from tests.postgres import Server

DOCUMENTS = 4


@dataclass
class Target:
    """What is attacked, and what must not come out of it."""

    scene: MovedScene
    claim: Claim
    secrets: tuple[bytes, ...]

    def as_bob(self) -> psycopg.Connection[Any]:
        """Connect as bob does who has psql and his own login."""
        return self.scene.moved.login("bob")


@pytest.fixture(scope="session")
def moved_modes(
    founded_house: House, server: Server, tmp_path_factory: pytest.TempPathFactory
) -> dict[Mode, MovedScene]:
    """Return a project of each mode, taken in and moved into PostgreSQL; tests copy them."""
    folder, found = tmp_path_factory.mktemp("moved"), {}
    for mode in Mode:
        house = founded_house.copy(folder / f"file-{mode}")
        project = add_project(house, mode)
        scene = Scene(house, project, take_in_pages(house, project, DOCUMENTS))
        found[mode] = move(scene, server, folder / mode)
    return found


def _copy(moved: MovedScene, folder: Path) -> Iterator[MovedScene]:
    copied = moved.copy(folder)
    yield copied
    copied.close()
    copied.moved.drop()


@pytest.fixture
def release(moved_modes: dict[Mode, MovedScene], tmp_path: Path) -> Iterator[MovedScene]:
    """Return this test's own release project."""
    yield from _copy(moved_modes[Mode.RELEASE], tmp_path / "release")


@pytest.fixture
def strict(moved_modes: dict[Mode, MovedScene], tmp_path: Path) -> Iterator[MovedScene]:
    """Return this test's own strict project."""
    yield from _copy(moved_modes[Mode.STRICT], tmp_path / "strict")


def prepare(scene: MovedScene) -> Target:
    """Let ann seal what must not come out, and bob claim the same document."""
    scene.key_secret()
    claim = scene.as_("bob").shared.claim(scene.project, second=True, document=scene.documents[0])
    assert claim is not None
    with scene.boss() as db:
        row = db.execute("SELECT manifest, signature, blob, boxes FROM sealed_pass").fetchone()
        share = db.execute("SELECT k1 FROM pass_share").fetchone() or ()
    assert row is not None
    scene.close()
    return Target(scene, claim, (*row, *share))


@pytest.fixture(scope="session")
def attacked(
    moved_modes: dict[Mode, MovedScene], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Target]:
    """Return what attacks share that cannot change anything."""
    for copied in _copy(moved_modes[Mode.RELEASE], tmp_path_factory.mktemp("attacked") / "house"):
        yield prepare(copied)
