"""The file that keeps a site secret: who may read it, and when it is on disk."""

import os
import stat
from pathlib import Path

import pytest

from boapp.crypto.keychain import Keychain
from boapp.crypto.private_files import read_private
from boapp.errors import BadInput, Unavailable
from tests.crypto.workstation import NO_KEYRING, ORG, SECRET


@pytest.fixture
def chain(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Keychain:
    monkeypatch.setenv("PYTHON_KEYRING_BACKEND", NO_KEYRING)
    return Keychain(tmp_path)


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o620, 0o601])
def test_a_file_that_others_can_reach_is_refused(chain: Keychain, tmp_path: Path, mode: int) -> None:
    chain.put(ORG, SECRET)
    (tmp_path / "site-secrets" / ORG.hex()).chmod(mode)

    with pytest.raises(BadInput, match="open to other users"):
        chain.get(ORG)


@pytest.mark.skipif(getattr(os, "geteuid", lambda: 1)() != 0, reason="only root can give a file away")
def test_a_file_of_another_user_is_refused(chain: Keychain, tmp_path: Path) -> None:
    chain.put(ORG, SECRET)
    os.chown(tmp_path / "site-secrets" / ORG.hex(), 65534, -1)

    with pytest.raises(BadInput, match="belongs to another user"):
        chain.get(ORG)


def test_a_link_to_a_good_file_is_refused(chain: Keychain, tmp_path: Path) -> None:
    chain.put(ORG, SECRET)
    file = tmp_path / "site-secrets" / ORG.hex()
    file.symlink_to(file.rename(tmp_path / "elsewhere"))

    with pytest.raises(BadInput, match="is a link"):
        chain.get(ORG)
    with pytest.raises(BadInput, match="is a link"):
        chain.put(ORG, SECRET)


def test_a_folder_that_is_a_link_is_refused(chain: Keychain, tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "site-secrets").symlink_to(tmp_path / "elsewhere")

    with pytest.raises(BadInput, match="is a link"):
        chain.put(ORG, SECRET)
    assert list((tmp_path / "elsewhere").iterdir()) == []


def test_a_folder_that_others_could_enter_is_closed(chain: Keychain, tmp_path: Path) -> None:
    (tmp_path / "site-secrets").mkdir(mode=0o755)
    chain.put(ORG, SECRET)

    assert stat.S_IMODE((tmp_path / "site-secrets").stat().st_mode) == 0o700


@pytest.mark.parametrize("content", [b"", b"half of it", b"\xff" * 44, b"A" * 5000])
def test_a_damaged_file_is_refused(chain: Keychain, tmp_path: Path, content: bytes) -> None:
    chain.put(ORG, SECRET)
    (tmp_path / "site-secrets" / ORG.hex()).write_bytes(content)

    with pytest.raises(BadInput):
        chain.get(ORG)


def test_a_file_is_read_whole_or_not_at_all(tmp_path: Path) -> None:
    (tmp_path / "five").write_bytes(b"12345")
    (tmp_path / "five").chmod(0o600)

    assert read_private(tmp_path / "five", 5) == b"12345"
    with pytest.raises(BadInput, match="larger than 4 bytes"):
        read_private(tmp_path / "five", 4)


def test_file_and_folders_are_on_disk_before_put_returns(
    chain: Keychain, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settled: set[int] = set()
    monkeypatch.setattr(os, "fsync", lambda descriptor: settled.add(os.fstat(descriptor).st_ino))
    chain.put(ORG, SECRET)

    folder = tmp_path / "site-secrets"
    assert settled == {path.stat().st_ino for path in (tmp_path, folder, folder / ORG.hex())}


def test_a_file_that_the_full_disk_cut_short_is_taken_away(
    chain: Keychain, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(descriptor: int) -> None:
        if stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(Unavailable, match="No space left"):
        chain.put(ORG, SECRET)
    assert list((tmp_path / "site-secrets").iterdir()) == []
