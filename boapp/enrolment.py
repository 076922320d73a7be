"""What a workstation remembers of an organisation that it was enrolled in.

One small file for each organisation under BOAPP_HOME: the root keys that everything is verified
from, and, beside it, the newest head of the list of people that this workstation has seen. Neither is
secret; both are what makes a replaced or set-back workspace noticeable.
"""

import errno
import os
import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import msgspec
import platformdirs

from boapp.address import Address
from boapp.crypto.passphrase import KdfParameters
from boapp.crypto.roster_entries import NO_HEAD, Head
from boapp.domain.ids import OrgId, PersonId
from boapp.errors import NotFound, Tampered, Unavailable, disk_full

_FULL = {errno.ENOSPC, getattr(errno, "EDQUOT", errno.ENOSPC)}
PATIENCE_SECONDS = 10.0


class Server(msgspec.Struct, frozen=True):
    """Where a shared PostgreSQL is, whom it must prove to be, and what a passphrase costs before it answers.

    ca: certificates in PEM that its own must rest on; empty for those that this computer trusts.
    """

    address: Address
    ca: str
    kdf: KdfParameters


class Enrolment(msgspec.Struct, frozen=True):
    """The pinned roots of one organisation; server is None where the workspace is a folder."""

    org: OrgId
    roots: tuple[bytes, bytes]
    server: Server | None = None


class _Head(msgspec.Struct, frozen=True):
    seq: int
    digest: bytes


def default_home() -> Path:
    """Return BOAPP_HOME, or the folder that this system uses for a program's data."""
    named = os.environ.get("BOAPP_HOME")
    return Path(named) if named else Path(platformdirs.user_data_dir("boapp", appauthor=False))


def organisation_folder(home: Path, org: OrgId) -> Path:
    """Return where a workstation keeps what it knows of an organisation."""
    return home / "organisations" / org.hex()


def store_path(home: Path, org: OrgId, person: PersonId) -> Path:
    """Return where a person's local store lies."""
    return organisation_folder(home, org) / "stores" / f"{person.hex()}.db"


def stores_of(home: Path, org: OrgId) -> list[Path]:
    """Return the local stores of everybody who worked on this workstation."""
    return sorted((organisation_folder(home, org) / "stores").glob("*.db"))


def officers_file(home: Path, org: OrgId) -> Path:
    """Return where the officers' papers wait, sealed, when the workspace is no folder of this computer."""
    return organisation_folder(home, org) / "officers.sealed"


def ca_file(home: Path, org: OrgId) -> Path:
    """Return where the server's certificates lie for the library that connects."""
    return organisation_folder(home, org) / "ca.pem"


def enrol(home: Path, enrolment: Enrolment) -> None:
    """Remember an organisation."""
    folder = organisation_folder(home, enrolment.org)
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    if enrolment.server and enrolment.server.ca:
        write_whole(ca_file(home, enrolment.org), enrolment.server.ca.encode())
    write_whole(folder / "enrolment.json", msgspec.json.encode(enrolment))


def enrolments(home: Path) -> list[Enrolment]:
    """Return every organisation that this workstation is enrolled in."""
    return [_read(path) for path in sorted((home / "organisations").glob("*/enrolment.json"))]


def only_server(home: Path) -> Address | None:
    """Return the one server that this workstation is enrolled with; None when there are none or several."""
    found = [e.server.address for e in enrolments(home) if e.server]
    return found[0] if len(found) == 1 else None


def enrolment_at(home: Path, address: Address) -> tuple[Enrolment, Server]:
    """Return what is remembered of the organisation whose shared database is there."""
    for enrolment in enrolments(home):
        if enrolment.server and enrolment.server.address == address:
            return enrolment, enrolment.server
    raise NotFound(
        f"This workstation is not enrolled for {address}.",
        "Enrol it with the bundle that your administrator gives you: boapp enrol BUNDLE.",
    )


def enrolment_of(home: Path, org: OrgId) -> Enrolment:
    """Return what is remembered; NotFound when this workstation was never enrolled."""
    try:
        return _read(organisation_folder(home, org) / "enrolment.json")
    except (FileNotFoundError, NotADirectoryError) as error:
        raise NotFound(
            "This workstation is not enrolled in the organisation that this workspace belongs to.",
            "Set BOAPP_HOME to the folder that was used before, or ask your administrator to enrol it.",
        ) from error


def _read(path: Path) -> Enrolment:
    try:
        return msgspec.json.decode(path.read_bytes(), type=Enrolment)
    except msgspec.MsgspecError as error:
        raise Tampered("This workstation's enrolment file is damaged.", "Enrol it again.") from error


def remembered_head(home: Path, org: OrgId) -> Head:
    """Return the newest head of the list of people seen here."""
    try:
        head = msgspec.json.decode(
            (organisation_folder(home, org) / "roster-head.json").read_bytes(), type=_Head
        )
    except (FileNotFoundError, NotADirectoryError):
        return Head(0, NO_HEAD)
    except msgspec.MsgspecError as error:
        raise Tampered("The remembered head of the list of people is damaged.") from error
    return Head(head.seq, head.digest)


def remember_head(home: Path, org: OrgId, head: Head) -> None:
    """Remember a newer head; it is only ever moved forward, whatever other processes remember meanwhile."""
    if head.seq <= remembered_head(home, org).seq:
        return
    folder = organisation_folder(home, org)
    with alone_in(folder):
        if head.seq > remembered_head(home, org).seq:
            write_whole(folder / "roster-head.json", msgspec.json.encode(_Head(head.seq, head.digest)))


@contextmanager
def alone_in(folder: Path) -> Iterator[None]:
    """Let one process at a time read and replace what several remember in a folder.

    The lock is an empty SQLite file: held on every system, and let go of with the process.
    """
    path = folder / "writing.lock"
    try:
        path.touch(mode=0o600)
        lock = sqlite3.connect(path, timeout=PATIENCE_SECONDS, isolation_level=None)
    except OSError as error:
        if error.errno in _FULL:
            raise disk_full() from error
        raise
    with closing(lock):
        try:
            lock.execute("BEGIN EXCLUSIVE")
        except sqlite3.OperationalError as error:
            raise Unavailable(
                "Another program keeps what this workstation remembers locked.", "Close it, then try again."
            ) from error
        yield


def write_whole(path: Path, data: bytes) -> None:
    """Replace a small file whole: a reader sees the old one or the new one, and nothing else is left."""
    handle, name = tempfile.mkstemp(dir=path.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        Path(name).replace(path)
    except OSError as error:
        Path(name).unlink(missing_ok=True)
        if error.errno in _FULL:
            raise disk_full() from error
        raise
