"""A local store is bound to where it was made: a copy carried elsewhere is refused by its id."""

import os
import shutil
from pathlib import Path

import pytest

from boapp import machine
from boapp.crypto.signing import PersonKeys
from boapp.domain.ids import OrgId, PersonId
from boapp.errors import Tampered
from boapp.localdb import store as module
from boapp.localdb.store import LocalStore, Owner
from boapp.machine import MARK
from boapp.sqlitefile import open_engine, reading, writing


@pytest.fixture
def owner() -> Owner:
    keys = PersonKeys.generate()
    return Owner(OrgId(bytes(16)), PersonId(b"p" * 16), keys, PersonKeys.generate().public.x25519)


def test_a_store_opens_again_where_it_was_made(owner: Owner, tmp_path: Path) -> None:
    path = tmp_path / "stores" / "ann.db"
    LocalStore(path, owner).close()
    LocalStore(path, owner).close()


def test_a_copy_in_another_home_is_refused_by_its_id(owner: Owner, tmp_path: Path) -> None:
    here, there = tmp_path / "here" / "ann.db", tmp_path / "there" / "ann.db"
    made = LocalStore(here, owner)
    made.close()
    there.parent.mkdir()
    shutil.copy(here, there)
    with pytest.raises(Tampered, match=made.id.hex()[:8]):
        LocalStore(there, owner)
    LocalStore(here, owner).close()


def test_a_home_that_was_carried_to_another_computer_is_refused(
    owner: Owner, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "stores" / "ann.db"
    LocalStore(path, owner).close()
    assert (path.parent / MARK).exists()
    monkeypatch.setattr(module, "machine_id", lambda: b"another computer")
    with pytest.raises(Tampered, match="made on another computer"):
        LocalStore(path, owner)


def test_nobody_else_can_say_that_a_copy_belongs_here(owner: Owner, tmp_path: Path) -> None:
    """What binds a store hangs on its key: who copies the file cannot write it anew."""
    one, other = tmp_path / "one" / "ann.db", tmp_path / "other" / "ann.db"
    LocalStore(one, owner).close()
    made = LocalStore(other, owner)
    with reading(made.engine) as db:
        bound = db.exec_driver_sql("SELECT bound FROM store").scalar_one()
    made.close()
    shutil.copy(one, other)
    for name in ("ann.db-wal", "ann.db-shm"):
        (other.parent / name).unlink(missing_ok=True)
    edited = open_engine(other)
    with writing(edited) as db:
        db.exec_driver_sql("UPDATE store SET bound = ?", (bound,))
    edited.dispose()
    with pytest.raises(Tampered):
        LocalStore(other, owner)


def test_the_number_of_a_folder_is_whole_before_anybody_reads_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another program, or a power cut, comes between its first byte and its last."""
    seen: list[bytes] = []
    sure = os.urandom

    def looked_at(size: int) -> bytes:
        seen.append((tmp_path / MARK).read_bytes() if (tmp_path / MARK).exists() else b"none")
        return sure(size)

    monkeypatch.setattr(os, "urandom", looked_at)
    number = machine.folder_id(tmp_path)
    assert seen == [b"none"]
    assert len(number) == 16
    assert machine.folder_id(tmp_path) == number
    assert [path.name for path in tmp_path.iterdir()] == [MARK]
