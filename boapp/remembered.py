"""What a workstation keeps of a server so that somebody can unlock while it is away.

The list of people as it was signed, and each person's own locked keys: the same bytes that the server
gives. Neither is secret to whoever has the workstation; both are verified anew at every opening, against
the pinned roots and the remembered head.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

import msgspec

from boapp.crypto.framing import unpack
from boapp.crypto.roster import Roster, read_roster
from boapp.crypto.roster_entries import SignedEntry
from boapp.domain.ids import OrgId
from boapp.enrolment import Enrolment, alone_in, organisation_folder, remembered_head, write_whole
from boapp.errors import Tampered
from boapp.shareddb.protocol import PersonKey

_Kept = TypeVar("_Kept")
_ENTRIES = msgspec.msgpack.Decoder(tuple[SignedEntry, ...])
_KEYS = msgspec.msgpack.Decoder(PersonKey)


def remember_entries(home: Path, org: OrgId, since: int, entries: Sequence[SignedEntry]) -> None:
    """Keep the entries of the list of people from a number on; those before stay, and newer ones too.

    What was kept and is damaged is replaced as soon as the whole list is at hand.
    """
    folder = _folder(home, org)
    with alone_in(folder):
        try:
            known = remembered_entries(home, org)
        except Tampered:
            known = ()
        whole = (*known[: since - 1], *entries)
        if len(whole) == since - 1 + len(entries) and known[: len(whole)] != whole:
            write_whole(folder / "people.msgpack", msgspec.msgpack.encode(whole))


def remembered_entries(home: Path, org: OrgId) -> tuple[SignedEntry, ...]:
    """Return what is kept of the list of people."""
    data = _read(_folder(home, org) / "people.msgpack")
    return _decoded(_ENTRIES, data) if data else ()


def remembered_roster(home: Path, enrolment: Enrolment) -> Roster:
    """Return the list of people as it is kept here, verified from the pinned roots.

    The head is read first: another process may move both on meanwhile. Tampered also where it is older.
    """
    head, entries = remembered_head(home, enrolment.org), remembered_entries(home, enrolment.org)
    with told_as_damage():
        return read_roster(enrolment.roots, iter(entries), head)


def remember_keys(home: Path, org: OrgId, keys: PersonKey) -> None:
    """Keep a person's locked keys."""
    data = msgspec.msgpack.encode(keys)
    path = _keys(home, org, keys.code)
    if _read(path) != data:
        write_whole(path, data)


def remembered_keys(home: Path, org: OrgId, code: str) -> PersonKey | None:
    """Return a person's locked keys; None when she never worked here with the server at hand."""
    data = _read(_keys(home, org, code))
    return _decoded(_KEYS, data) if data else None


@contextmanager
def told_as_damage() -> Iterator[None]:
    """Say of whatever does not verify here that signing in with the server at hand replaces it."""
    try:
        yield
    except Tampered as error:
        raise Tampered(
            "What this workstation remembers of the server is damaged.",
            "Sign in once while the server can be reached.",
        ) from error


def _folder(home: Path, org: OrgId) -> Path:
    folder = organisation_folder(home, org) / "remembered"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return folder


def _keys(home: Path, org: OrgId, code: str) -> Path:
    return _folder(home, org) / f"{code.encode().hex()}.keys"


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return b""


def _decoded(decoder: msgspec.msgpack.Decoder[_Kept], data: bytes) -> _Kept:
    with told_as_damage():
        return unpack(decoder.decode, data, len(data))
