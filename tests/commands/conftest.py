"""Desks: with people only, with a scanned release project, with a scanned strict one.

Argon2id runs once for each different question: the same passphrase, login and site secret give the same
answer, so a copy of the session's organisation need not ask again. Nothing else is replaced.
"""

import functools
from pathlib import Path

import pytest

from boapp.crypto.passphrase import derive_guard
from boapp.domain.workflow import Mode
from tests.builders import PEOPLE, House, add_project, take_in_pages
from tests.commands.desk import Desk, sit_down

_remembered = functools.cache(derive_guard)


@pytest.fixture(autouse=True)
def _derive_once(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in ("doors", "services.people", "services.founding", "services.resetting"):
        monkeypatch.setattr(f"boapp.{module}.derive_guard", _remembered)


@pytest.fixture(scope="session")
def scanned_house(founded_house: House, tmp_path_factory: pytest.TempPathFactory) -> House:
    """Return an organisation with three pages in a release project and three in a strict one."""
    house = founded_house.copy(tmp_path_factory.mktemp("scanned") / "house")
    for mode, name in ((Mode.RELEASE, "receipts"), (Mode.STRICT, "sealed")):
        take_in_pages(house, add_project(house, mode, name=name), 3)
    return house


@pytest.fixture
def bare(tmp_path: Path) -> Desk:
    """Return a desk at which nothing was founded yet."""
    desk = Desk(tmp_path, tmp_path / "home", tmp_path / "workspace")
    desk.passphrase("admin")
    return desk


@pytest.fixture
def people(house: House) -> Desk:
    """Return a desk with the people of the builders and no project."""
    return sit_down(house, ("admin", *PEOPLE))


@pytest.fixture
def desk(scanned_house: House, tmp_path: Path) -> Desk:
    """Return a desk with page-001.png to page-003.png in the projects `receipts` and `sealed`."""
    return sit_down(scanned_house.copy(tmp_path / "house"), ("admin", *PEOPLE))
