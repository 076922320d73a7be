"""Keyrings that must be refused: null, plaintext, disguised, derived, chained or plugged in."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from boapp.crypto import native_keyring
from boapp.crypto.keychain import Keychain
from boapp.errors import BadInput
from tests.crypto.workstation import GET, NO_KEYRING, ORG, PUT, SECRET, Workstation, on_linux
from tests.secret_service import secret_service

PLAINTEXT = """
from keyring.backend import KeyringBackend
from keyring.backends import SecretService, chainer

class PlaintextKeyring(KeyringBackend):
    priority = 99
    def get_password(self, service, username):
        return None
    def set_password(self, service, username, password):
        raise SystemExit("a secret in plain text")

class Disguised(PlaintextKeyring):
    pass

Disguised.__module__ = SecretService.__name__
Disguised.__name__ = Disguised.__qualname__ = "Keyring"

class Derived(SecretService.Keyring):
    priority = 99
    set_password = PlaintextKeyring.set_password

class Chain(chainer.ChainerBackend):
    priority = 99
    backends = [PlaintextKeyring()]
"""


@pytest.fixture
def desktop(tmp_path: Path) -> Iterator[Workstation]:
    with secret_service() as service:
        yield Workstation(tmp_path, service.environment)


def plant(desktop: Workstation, file: str, program: str) -> Workstation:
    """Put a module where the desktop's Python finds it."""
    path = desktop.home / "planted" / file
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(program)
    return desktop.with_environment(PYTHONPATH=str(desktop.home / "planted"))


@on_linux
@pytest.mark.parametrize(
    "backend",
    [
        NO_KEYRING,
        "keyring.backends.null.Keyring",
        "keyrings.alt.file.PlaintextKeyring",
        "planted.PlaintextKeyring",
        "planted.Disguised",
        "planted.Derived",
        "planted.Chain",
        "planted.Missing",
        "missing.Keyring",
    ],
)
def test_a_chosen_keyring_that_is_not_native_is_refused_for_a_file(
    desktop: Workstation, backend: str
) -> None:
    plant(desktop, "keyrings/alt/file.py", PLAINTEXT)
    planted = plant(desktop, "planted.py", PLAINTEXT).with_environment(PYTHON_KEYRING_BACKEND=backend)

    assert planted.run(f"chain.keeper, {PUT}, {GET}") == "file file True"
    assert planted.kept_files() == [ORG.hex()]


@on_linux
def test_a_settings_file_cannot_slip_in_a_plaintext_keyring(desktop: Workstation) -> None:
    settings = desktop.home / "config" / "python_keyring" / "keyringrc.cfg"
    settings.parent.mkdir(parents=True)
    settings.write_text("[backend]\ndefault-keyring=planted.PlaintextKeyring\n")
    planted = plant(desktop, "planted.py", PLAINTEXT)

    answer = planted.with_environment(XDG_CONFIG_HOME=str(settings.parents[1])).run(PUT)

    assert answer == "file"


@on_linux
@pytest.mark.parametrize(
    "chosen", [{}, {"PYTHON_KEYRING_BACKEND": "keyring.backends.chainer.ChainerBackend"}]
)
def test_a_plugin_beside_the_native_keyring_is_passed_over(
    desktop: Workstation, chosen: dict[str, str]
) -> None:
    entry = "[keyring.backends]\nplanted = planted\n"
    plant(desktop, "planted-1.dist-info/entry_points.txt", entry)
    plant(desktop, "planted-1.dist-info/METADATA", "Metadata-Version: 2.1\nName: planted\nVersion: 1\n")
    planted = plant(desktop, "planted.py", PLAINTEXT).with_environment(**chosen)

    assert "planted" in planted.python("import keyring; print(keyring.backend.get_all_keyring())")
    assert planted.run(f"{PUT}, {GET}") == "keyring True"


@on_linux
def test_asking_nothing_loads_no_keyring_library(tmp_path: Path) -> None:
    program = "import sys, boapp.crypto.keychain; print('keyring' in sys.modules)"

    assert Workstation(tmp_path).python(program) == "False"


class Forgetful:
    """A keyring that takes everything and keeps nothing."""

    def get_password(self, _service: str, _user: str) -> None:
        return None

    def set_password(self, _service: str, _user: str, _text: str) -> None:
        return None


def test_a_keyring_that_keeps_nothing_is_found_out_at_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(native_keyring, "find", Forgetful)

    with pytest.raises(BadInput, match="no usable site secret"):
        Keychain(tmp_path).put(ORG, SECRET)
    assert list(tmp_path.iterdir()) == []


@on_linux
@pytest.mark.parametrize("screen", ["DISPLAY", "WAYLAND_DISPLAY"])
def test_a_person_at_a_screen_gets_time_to_unlock(screen: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DISPLAY", raising=False)
    monkeypatch.delenv("WAYLAND_DISPLAY", raising=False)
    assert native_keyring._patience() < 10

    monkeypatch.setenv(screen, ":0")
    assert native_keyring._patience() == native_keyring.PATIENCE_WITH_SCREEN
