"""Projects that were worked in: made once for a test session, copied for each test."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from boapp.domain.passes import Method
from boapp.domain.workflow import Mode
from boapp.services.comparing import compare_waiting
from boapp.services.queue import claim
from boapp.services.sealing import seal
from boapp.services.syncing import send_waiting
from tests.attacks.tools import Scene
from tests.builders import House, add_project, entries, receipt, take_in_pages

DOCUMENTS = 4


@pytest.fixture(scope="session")
def prepared(founded_house: House, tmp_path_factory: pytest.TempPathFactory) -> dict[Mode, Scene]:
    """Return a project of each mode with documents taken in."""
    folder, made = tmp_path_factory.mktemp("audit"), {}
    for mode in Mode:
        house = founded_house.copy(folder / mode)
        project = add_project(house, mode)
        made[mode] = Scene(house, project, take_in_pages(house, project, DOCUMENTS))
    return made


@pytest.fixture(scope="session")
def worked_in(prepared: dict[Mode, Scene], tmp_path_factory: pytest.TempPathFactory) -> Scene:
    """Return a release project with one of everything: decided, settled, open, surplus, waiting."""
    scene = prepared[Mode.RELEASE].copy(tmp_path_factory.mktemp("worked") / "in")
    scene.key_both(0, first="9.00", second="98.00")
    scene.decide("bob")
    scene.key_both(1, first="9.00", second="98.00")
    late = scene.as_("ann")
    work = claim(late, scene.project, second=False, document=scene.documents[2])
    assert work is not None
    late.shared.hand_back(work.claim.fence)
    scene.key("cleo", 2)
    seal(late, work, entries(receipt()), Method.KEYED)
    send_waiting(late)
    compare_waiting(scene.as_("sue"), scene.project)
    scene.close()
    return scene


@pytest.fixture
def worked(worked_in: Scene, tmp_path: Path) -> Iterator[Scene]:
    """Return this test's own copy of it."""
    scene = worked_in.copy(tmp_path / "worked")
    yield scene
    scene.close()


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
