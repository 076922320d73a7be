"""A project in PostgreSQL in which ann sealed what must not come out, and bob holds the second claim."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import psycopg
import pytest

from boapp.domain.workflow import Mode
from boapp.shareddb.protocol import Claim
from tests.attacks.tools import Scene
from tests.moved import MovedScene


@dataclass
class Target:
    """What is attacked, and what must not come out of it."""

    scene: MovedScene
    claim: Claim
    secrets: tuple[bytes, ...]

    def as_bob(self) -> psycopg.Connection[Any]:
        """Connect as bob does who has psql and his own login."""
        return self.scene.moved.login("bob")


@pytest.fixture
def release(copies: Callable[[Mode], Scene]) -> MovedScene:
    """Return this test's own release project."""
    return _moved(copies(Mode.RELEASE))


@pytest.fixture
def strict(copies: Callable[[Mode], Scene]) -> MovedScene:
    """Return this test's own strict project."""
    return _moved(copies(Mode.STRICT))


def _moved(scene: Scene) -> MovedScene:
    assert isinstance(scene, MovedScene)
    return scene


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
    copied = moved_modes[Mode.RELEASE].copy(tmp_path_factory.mktemp("attacked") / "house")
    yield prepare(copied)
    copied.close()
    copied.moved.drop()
