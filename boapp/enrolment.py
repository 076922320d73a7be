"""What a workstation remembers of an organisation that it was enrolled in.

One small file for each organisation under BOAPP_HOME: the root keys that everything is verified
from, and, beside it, the newest head of the list of people that this workstation has seen. Neither is
secret; both are what makes a replaced or set-back workspace noticeable.
"""

import os
import tempfile
from pathlib import Path

import msgspec
import platformdirs

from boapp.crypto.roster_entries import NO_HEAD, Head
from boapp.domain.ids import OrgId, PersonId
from boapp.errors import NotFound, Tampered


class Enrolment(msgspec.Struct, frozen=True):
    """The pinned roots of one organisation and its two-person recovery key."""

    org: OrgId
    roots: tuple[bytes, bytes]


class _Head(msgspec.Struct, frozen=True):
    seq: int
    digest: bytes


def default_home() -> Path:
    """Return BOAPP_HOME, or the folder that this system uses for a program's data."""
    named = os.environ.get("BOAPP_HOME")
    return Path(named) if named else Path(platformdirs.user_data_dir("boapp", appauthor=False))


def _folder(home: Path, org: OrgId) -> Path:
    return home / "organisations" / org.hex()


def store_path(home: Path, org: OrgId, person: PersonId) -> Path:
    """Return where a person's local store lies."""
    return _folder(home, org) / "stores" / f"{person.hex()}.db"


def stores_of(home: Path, org: OrgId) -> list[Path]:
    """Return the local stores of everybody who worked on this workstation."""
    return sorted((_folder(home, org) / "stores").glob("*.db"))


def enrol(home: Path, enrolment: Enrolment) -> None:
    """Remember an organisation."""
    folder = _folder(home, enrolment.org)
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    _write(folder / "enrolment.json", msgspec.json.encode(enrolment))


def enrolment_of(home: Path, org: OrgId) -> Enrolment:
    """Return what is remembered; NotFound when this workstation was never enrolled."""
    try:
        data = (_folder(home, org) / "enrolment.json").read_bytes()
        return msgspec.json.decode(data, type=Enrolment)
    except (FileNotFoundError, NotADirectoryError) as error:
        raise NotFound(
            "This workstation is not enrolled in the organisation that this workspace belongs to.",
            "Set BOAPP_HOME to the folder that was used before, or ask your administrator to enrol it.",
        ) from error
    except msgspec.MsgspecError as error:
        raise Tampered("This workstation's enrolment file is damaged.", "Enrol it again.") from error


def remembered_head(home: Path, org: OrgId) -> Head:
    """Return the newest head of the list of people seen here."""
    try:
        head = msgspec.json.decode((_folder(home, org) / "roster-head.json").read_bytes(), type=_Head)
    except (FileNotFoundError, NotADirectoryError):
        return Head(0, NO_HEAD)
    except msgspec.MsgspecError as error:
        raise Tampered("The remembered head of the list of people is damaged.") from error
    return Head(head.seq, head.digest)


def remember_head(home: Path, org: OrgId, head: Head) -> None:
    """Remember a newer head; it is only ever moved forward."""
    if head.seq > remembered_head(home, org).seq:
        _write(_folder(home, org) / "roster-head.json", msgspec.json.encode(_Head(head.seq, head.digest)))


def _write(path: Path, data: bytes) -> None:
    """Replace a small file whole: a reader sees the old one or the new one."""
    handle, name = tempfile.mkstemp(dir=path.parent)
    with os.fdopen(handle, "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    Path(name).replace(path)
