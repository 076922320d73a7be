"""The keychain against a real GNOME keyring that works, locks, freezes or dies, and without any keyring."""

import stat
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from boapp.crypto.keychain import Keeper, Keychain
from boapp.errors import BadInput, NotFound
from tests.crypto.workstation import GET, NO_KEYRING, ORG, PUT, SECRET, Workstation, on_linux
from tests.secret_service import SecretService, secret_service

OTHER_SECRET = bytes(32)


@pytest.fixture
def service() -> Iterator[SecretService]:
    with secret_service() as running:
        yield running


@pytest.fixture
def desktop(tmp_path: Path, service: SecretService) -> Workstation:
    return Workstation(tmp_path, service.environment)


@pytest.fixture
def bare(tmp_path: Path) -> Workstation:
    return Workstation(tmp_path)


@pytest.fixture
def chain(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Keychain:
    monkeypatch.setenv("PYTHON_KEYRING_BACKEND", NO_KEYRING)
    return Keychain(tmp_path)


# Kept in the keyring.


@on_linux
def test_a_real_keyring_gives_back_what_it_was_given(desktop: Workstation) -> None:
    assert desktop.run("chain.keeper") == "keyring"
    assert desktop.run(f"{PUT}, {GET}") == "keyring True"


@on_linux
def test_a_secret_in_the_keyring_outlives_the_process_and_leaves_only_an_empty_mark(
    desktop: Workstation,
) -> None:
    desktop.run(PUT)

    assert desktop.run(GET) == "True"
    assert desktop.kept_files() == [f"{ORG.hex()}.keyring"]
    assert (desktop.home / "site-secrets" / f"{ORG.hex()}.keyring").read_bytes() == b""


@on_linux
def test_another_home_folder_of_the_same_user_finds_the_secret_in_the_keyring(
    desktop: Workstation, tmp_path: Path
) -> None:
    desktop.run(PUT)
    other = Workstation(tmp_path / "other", desktop.environment)

    assert other.run("chain.where(ORG), chain.get(ORG) == SECRET") == "None True"


@on_linux
def test_a_keyring_without_the_secret_means_not_enrolled(desktop: Workstation) -> None:
    assert desktop.run(GET).startswith("NotFound This workstation is not enrolled")


@on_linux
def test_a_keyring_never_has_its_secret_replaced_by_another(desktop: Workstation) -> None:
    desktop.run(PUT)

    assert desktop.run("chain.put(ORG, bytes(32))").startswith("BadInput Another site secret")
    assert desktop.run(f"{PUT}, {GET}").endswith("True")


@on_linux
@pytest.mark.parametrize("garbage", ["", "not base64!", "c2hvcnQ=", "ü" * 44])
def test_a_keyring_that_answers_garbage_is_refused(desktop: Workstation, garbage: str) -> None:
    desktop.python(f"import keyring; keyring.set_password('boapp', {ORG.hex()!r}, {garbage!r})")

    assert desktop.run(GET).startswith("BadInput The keyring holds no usable site secret")
    assert desktop.run(PUT).startswith("BadInput The keyring holds no usable site secret")
    assert desktop.kept_files() == []


# Keyrings that do not answer.


@on_linux
def test_a_locked_keyring_is_unavailable_soon_and_no_file_appears(
    desktop: Workstation, service: SecretService
) -> None:
    desktop.run(PUT)
    service.lock()
    start = time.monotonic()

    for question in (GET, PUT):
        assert desktop.run(question).startswith("Unavailable The keyring cannot be used now (KeyringLocked)")
    assert time.monotonic() - start < 10
    assert desktop.kept_files() == [f"{ORG.hex()}.keyring"]


@on_linux
def test_a_locked_keyring_takes_no_first_secret_and_makes_no_file(
    desktop: Workstation, service: SecretService
) -> None:
    service.lock()

    assert desktop.run(PUT).startswith("Unavailable The keyring cannot be used now (KeyringLocked)")
    assert desktop.kept_files() == []


@on_linux
def test_a_keyring_that_hears_and_never_answers_is_given_up(
    desktop: Workstation, service: SecretService
) -> None:
    desktop.run(PUT)
    service.freeze()
    start = time.monotonic()

    assert desktop.run(GET).startswith("Unavailable The keyring did not answer within 2 seconds")
    assert time.monotonic() - start < 10


@on_linux
@pytest.mark.parametrize("end", [lambda service: service.keyring, lambda service: service.bus])
def test_a_keyring_that_died_is_unavailable_and_no_file_takes_its_place(
    desktop: Workstation,
    service: SecretService,
    end: Callable[[SecretService], subprocess.Popen[bytes]],
) -> None:
    desktop.run(PUT)
    end(service).kill()
    end(service).wait()

    for question in (GET, PUT):
        assert desktop.run(question).startswith("Unavailable The site secret lies in this computer's keyring")
    assert desktop.kept_files() == [f"{ORG.hex()}.keyring"]


@on_linux
def test_a_keyring_that_dies_between_two_questions_of_one_process_is_unavailable(
    desktop: Workstation, service: SecretService
) -> None:
    ending = f"__import__('os').kill({service.keyring.pid}, 9)"
    waiting = "__import__('time').sleep(0.2)"

    answer = desktop.run(f"{PUT}, {ending}, {waiting}, chain.get(ORG)")

    assert answer.startswith("Unavailable")
    assert desktop.kept_files() == [f"{ORG.hex()}.keyring"]


# Kept in a file.


@on_linux
def test_without_a_message_bus_a_file_keeps_the_secret_for_its_owner_only(bare: Workstation) -> None:
    assert bare.run("chain.keeper") == "file"
    assert bare.run(PUT) == "file"
    assert bare.run(GET) == "True"

    file = bare.home / "site-secrets" / ORG.hex()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700


@on_linux
def test_a_file_stays_the_place_when_a_keyring_turns_up(bare: Workstation, service: SecretService) -> None:
    bare.run(PUT)
    later = bare.with_environment(**service.environment)

    assert later.run(f"chain.keeper, chain.where(ORG), {PUT}, {GET}") == ("keyring file file True")


def test_a_workstation_without_keyring_and_file_is_not_enrolled(chain: Keychain) -> None:
    with pytest.raises(NotFound, match="not enrolled"):
        chain.get(ORG)
    assert chain.where(ORG) is None


def test_each_organisation_has_its_own_file(chain: Keychain) -> None:
    other = bytes(16)
    chain.put(ORG, SECRET)
    chain.put(other, OTHER_SECRET)

    assert (chain.get(ORG), chain.get(other)) == (SECRET, OTHER_SECRET)


def test_a_file_is_never_overwritten_by_another_secret(chain: Keychain) -> None:
    chain.put(ORG, SECRET)

    with pytest.raises(BadInput, match="Another site secret"):
        chain.put(ORG, OTHER_SECRET)
    assert chain.put(ORG, SECRET) is Keeper.FILE
    assert chain.get(ORG) == SECRET


@pytest.mark.parametrize("size", [0, 31, 33])
def test_a_secret_of_another_size_is_refused_before_anything_is_written(
    chain: Keychain, tmp_path: Path, size: int
) -> None:
    with pytest.raises(BadInput, match="32 bytes"):
        chain.put(ORG, bytes(size))
    assert list(tmp_path.iterdir()) == []
