"""A real Secret Service of one's own: a private message bus and a private, unlocked GNOME keyring.

For tests that must not meet the keyring of whoever runs them, on a machine with or without a desktop, as
root too. Everything lies in one temporary folder; only the two processes started here are ended, by
themselves. Without the programs this says which Debian packages bring them, and fails.
"""

import contextlib
import os
import select
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import secretstorage
from jeepney import MatchRule, message_bus
from jeepney.io.blocking import DBusConnection, Proxy, open_dbus_connection

PATIENCE = 20.0
_PACKAGES = {"dbus-daemon": "dbus-daemon", "gnome-keyring-daemon": "gnome-keyring"}
_NAME = "org.freedesktop.secrets"
# No service folders: nothing is ever started because somebody asked for it, above all no prompter.
_BUS = """<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig>
  <type>session</type>
  <listen>unix:path={socket}</listen>
  <auth>EXTERNAL</auth>
  <policy context="default">
    <allow send_destination="*"/>
    <allow receive_sender="*"/>
    <allow own="*"/>
  </policy>
</busconfig>
"""


@dataclass(frozen=True, slots=True)
class SecretService:
    """The running pair. `environment` is laid over a process's own to make it use this keyring."""

    environment: dict[str, str]
    bus: subprocess.Popen[bytes]
    keyring: subprocess.Popen[bytes]

    def lock(self) -> None:
        """Lock the default collection, as when the login keyring was never opened."""
        with contextlib.closing(_connected(self.environment)) as connection:
            secretstorage.get_default_collection(connection).lock()

    def freeze(self) -> None:
        """Let the keyring hear and never answer."""
        self.keyring.send_signal(signal.SIGSTOP)


@contextlib.contextmanager
def secret_service() -> Iterator[SecretService]:
    """Run a private bus with an empty, unlocked keyring until the block ends."""
    _demand_programs()
    with contextlib.ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="boapp-bus-")))
        log = stack.enter_context((folder / "log").open("wb"))
        own = _environment(folder)
        bus = stack.enter_context(_ending(_start_bus(folder, own, log.fileno())))
        _await_bus(bus, folder)
        with contextlib.closing(_connected(own)) as connection:
            keyring = stack.enter_context(_ending(_start_keyring(own, log.fileno())))
            _give_password(keyring)
            _await_keyring(connection, folder)
        yield SecretService({key: own[key] for key in own if key not in {"HOME", "PATH"}}, bus, keyring)


def _demand_programs() -> None:
    missing = [package for program, package in _PACKAGES.items() if shutil.which(program) is None]
    if missing:
        raise RuntimeError(f"A real keyring needs the Debian packages: {' '.join(missing)}.")


def _environment(folder: Path) -> dict[str, str]:
    for name in ("data", "config", "cache", "run"):
        (folder / name).mkdir(mode=0o700)
    return {
        "PATH": os.environ["PATH"],
        "HOME": str(folder),
        "DBUS_SESSION_BUS_ADDRESS": f"unix:path={folder / 'bus'}",
        "XDG_DATA_HOME": str(folder / "data"),
        "XDG_CONFIG_HOME": str(folder / "config"),
        "XDG_CACHE_HOME": str(folder / "cache"),
        "XDG_RUNTIME_DIR": str(folder / "run"),
    }


def _start_bus(folder: Path, own: dict[str, str], log: int) -> subprocess.Popen[bytes]:
    configuration = folder / "bus.conf"
    configuration.write_text(_BUS.format(socket=folder / "bus"))
    command = ["dbus-daemon", f"--config-file={configuration}", "--nofork", "--print-address"]
    return subprocess.Popen(command, env=own, stdout=subprocess.PIPE, stderr=log, bufsize=0)


def _await_bus(bus: subprocess.Popen[bytes], folder: Path) -> None:
    assert bus.stdout is not None
    ready, _, _ = select.select([bus.stdout], [], [], PATIENCE)
    if not ready or not bus.stdout.readline():
        raise RuntimeError(f"The private message bus did not start: {_last_words(folder)}")


def _start_keyring(own: dict[str, str], log: int) -> subprocess.Popen[bytes]:
    command = ["gnome-keyring-daemon", "--foreground", "--unlock", "--components=secrets"]
    return subprocess.Popen(command, env=own, stdin=subprocess.PIPE, stdout=log, stderr=log)


def _give_password(keyring: subprocess.Popen[bytes]) -> None:
    assert keyring.stdin is not None
    with keyring.stdin:
        keyring.stdin.write(b"opens the test keyring")


def _await_keyring(connection: DBusConnection, folder: Path) -> None:
    """Wait for the name on the bus; the daemon takes it after it has opened its keyring."""
    proxy = Proxy(message_bus, connection, timeout=PATIENCE)
    rule = MatchRule(type="signal", sender="org.freedesktop.DBus", member="NameOwnerChanged")
    rule.add_arg_condition(0, _NAME)
    proxy.AddMatch(rule)
    with connection.filter(rule) as changes:
        if proxy.NameHasOwner(_NAME)[0]:
            return
        try:
            connection.recv_until_filtered(changes, timeout=PATIENCE)
        except TimeoutError:
            raise RuntimeError(f"The private keyring did not start: {_last_words(folder)}") from None


def _connected(environment: dict[str, str]) -> DBusConnection:
    return open_dbus_connection(environment["DBUS_SESSION_BUS_ADDRESS"])


def _last_words(folder: Path) -> str:
    return (folder / "log").read_text(errors="replace")[-2000:] or "it said nothing"


@contextlib.contextmanager
def _ending(process: subprocess.Popen[bytes]) -> Iterator[subprocess.Popen[bytes]]:
    """End a process at the end of the block; killed, since it may be frozen and keeps nothing of worth."""
    with process:
        try:
            yield process
        finally:
            process.kill()
