"""The one place where the parts are joined: opening a workspace for one person.

It goes in this order, and the first failure ends it. A folder: the workspace file; this workstation's
enrolment in its organisation; the roster, verified from the pinned roots and not behind the remembered head;
the person's locked keys; the passphrase; her local store. A server answers only to somebody whose passphrase
is right already: there enrolment and passphrase come first, then the connection, then the rest as above.
While it is away, what this workstation remembers of it takes its place, verified in the same way.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from boapp.address import Address, Place
from boapp.crypto.keychain import Keychain
from boapp.crypto.passphrase import Guard, derive_guard, open_keys
from boapp.crypto.roster import Roster, read_roster
from boapp.crypto.roster_contents import Person
from boapp.crypto.roster_entries import NO_HEAD, Head
from boapp.crypto.signing import PersonKeys
from boapp.domain.ids import OrgId
from boapp.enrolment import (
    Enrolment,
    ca_file,
    enrolment_at,
    enrolment_of,
    remember_head,
    remembered_head,
    store_path,
)
from boapp.errors import NotAllowed, NotFound, Tampered, Unavailable
from boapp.localdb.store import CarriedHere, LocalStore, Owner
from boapp.remembered import (
    remember_entries,
    remember_keys,
    remembered_keys,
    remembered_roster,
    told_as_damage,
)
from boapp.shareddb.locked_keys import verify_locked_keys
from boapp.shareddb.protocol import PersonKey, SharedDatabase
from boapp.shareddb.sqlite import FILE_NAME, SqliteDatabase
from boapp.shareddb.sqlite_moved import refusal
from boapp.workspace import NOBODY, Workspace, now_us

if TYPE_CHECKING:
    from boapp.shareddb.postgres import PostgresDatabase


def open_workspace(home: Path, place: Place, code: str, passphrase: str) -> Workspace:
    """Open a workspace and unlock it for one person; the passphrase is derived once, in about 0.3 s.

    Where a server cannot be reached, it is unlocked with what this workstation remembers of it.
    """
    if isinstance(place, Path):
        door = open_door(home, place)
        with _closed_on_failure(door.shared):
            return door.unlock(code, passphrase)
    enrolment, server = enrolment_at(home, place)
    guard = derive_guard(passphrase, enrolment.org, code, Keychain(home).get(enrolment.org), server.kdf)
    shared = server_of(home, enrolment, code, guard.db_password)
    with _closed_on_failure(shared):
        try:
            row, roster = _asked(home, enrolment, shared, code)
        except Unavailable as away:
            row, roster = _remembered(home, enrolment, code, away)
        person = roster.person(code)
        keys = open_locked(row, enrolment.org, person, guard)
        ws = admitted(home, place, roster, shared, person, keys)
        ws.db_password = guard.db_password
        return ws


def _asked(
    home: Path, enrolment: Enrolment, shared: "PostgresDatabase", code: str
) -> tuple[PersonKey | None, Roster]:
    """Return a person's locked keys and the list of people as the server has them; both are remembered."""
    shared.demand_version()
    if shared.organisation() != enrolment.org:
        raise Tampered(
            "The server holds the database of another organisation.",
            "Do not work in it: call your administrator.",
        )
    roster = verified_roster(home, enrolment.org, shared)
    row = shared.person_key(code)
    if row is not None:
        remember_keys(home, enrolment.org, row)
    return row, roster


def _remembered(
    home: Path, enrolment: Enrolment, code: str, away: Unavailable
) -> tuple[PersonKey | None, Roster]:
    """Return the same from this workstation; raise why the server is away where she is not known here."""
    row = remembered_keys(home, enrolment.org, code)
    if row is None:
        raise away
    roster = remembered_roster(home, enrolment)
    with told_as_damage():
        verify_locked_keys(row, enrolment.org, roster.person(code).keys)
    return row, roster


def server_of(
    home: Path, enrolment: Enrolment, code: str, db_password: str, *, nobody_waits: bool = False
) -> "PostgresDatabase":
    """Return the shared PostgreSQL as a person with her derived password; it connects when it is asked.

    nobody_waits: a server that is silent is given up sooner.
    """
    from boapp.shareddb import postgres_way as way  # noqa: PLC0415 - 0.2 s
    from boapp.shareddb.postgres import PostgresDatabase  # noqa: PLC0415 - 0.2 s

    assert enrolment.server is not None  # noqa: S101 - only such are asked for
    ca = ca_file(home, enrolment.org) if enrolment.server.ca else None
    where = way.where_of(enrolment.server.address, ca)
    patience = way.LITTLE_PATIENCE if nobody_waits else way.PATIENCE
    login = way.role_name(enrolment.org, code)
    return PostgresDatabase(None, partial(way.connect, where, login, db_password, patience))


def unlocked_again(home: Path, place: Address, code: str, keys: PersonKeys, db_password: str) -> Workspace:
    """Return a workspace of its own for somebody whose keys are open already, for a process of its own.

    The server is not asked before it is needed: what this workstation remembers is enough to begin.
    """
    enrolment, _ = enrolment_at(home, place)
    roster = remembered_roster(home, enrolment)
    shared = server_of(home, enrolment, code, db_password, nobody_waits=True)
    ws = admitted(home, place, roster, shared, roster.person(code), keys)
    ws.db_password = db_password
    return ws


@dataclass(frozen=True, slots=True)
class Door:
    """A folder's workspace that is opened but not unlocked: the roster is verified, nobody is signed in."""

    home: Path
    location: Path
    org: OrgId
    roster: Roster
    shared: SqliteDatabase

    def guard(self, code: str, passphrase: str) -> tuple[PersonKey, Guard]:
        """Return a person's locked keys and what her passphrase derives; takes about 0.3 s."""
        row = self.shared.person_key(code)
        if row is None:
            raise NotFound(f"Nobody here has the code {code}.", "Check --as, or ask your administrator.")
        verify_locked_keys(row, self.org, self.roster.person(code).keys)
        return row, derive_guard(passphrase, self.org, code, Keychain(self.home).get(self.org), row.kdf)

    def unlock(self, code: str, passphrase: str) -> Workspace:
        """Unlock for one person."""
        row, guard = self.guard(code, passphrase)
        person = self.roster.person(code)
        return self.admit(person, open_locked(row, self.org, person, guard))

    def admit(self, person: Person, keys: PersonKeys) -> Workspace:
        """Return the workspace of a person whose keys are already unlocked."""
        self.shared.act_for(person.id)
        return admitted(self.home, self.location, self.roster, self.shared, person, keys)


def open_locked(row: PersonKey | None, org: OrgId, person: Person, guard: Guard) -> PersonKeys:
    """Open a person's locked keys with what her passphrase derived."""
    if row is None:
        raise NotFound(f"The locked keys of {person.code} are missing.", "Call your administrator.")
    verify_locked_keys(row, org, person.keys)
    return open_keys(guard, row.blob, person.keys, org, person.id, person.code, row.kdf)


def admitted(
    home: Path, place: Place, roster: Roster, shared: SharedDatabase, person: Person, keys: PersonKeys
) -> Workspace:
    """Return the workspace of a person whose keys are unlocked, with her local store."""
    if person.left is not None:
        raise NotAllowed(f"{person.code} left this organisation.", "Ask your administrator.")
    org = roster.organisation.org
    owner = Owner(org, person.id, keys, roster.organisation.recovery)
    store = _store_of(store_path(home, org, person.id), owner, roster)
    return Workspace(home, place, org, person, keys, roster, shared, store)


def _store_of(path: Path, owner: Owner, roster: Roster) -> LocalStore:
    """Open a person's local store; one under a key that she had before is kept aside."""
    try:
        return LocalStore(path, owner)
    except CarriedHere:
        raise
    except Tampered:
        if not path.exists() or all(old.person != owner.person for old in roster.retired.values()):
            raise
    number = sum(1 for _ in path.parent.glob(f"{path.stem}-before-*.db")) + 1
    for part in ("", "-wal", "-shm"):
        beside = path.with_name(f"{path.name}{part}")
        if beside.exists():
            beside.rename(path.with_name(f"{path.stem}-before-{number}.db{part}"))
    return LocalStore(path, owner)


def database_file(location: Path) -> Path:
    """Return the shared database's file in a workspace folder."""
    path = location / FILE_NAME
    if not path.is_file():
        raise NotFound(
            f"There is no boapp workspace in {location}.",
            "Name its folder with --workspace or BOAPP_WORKSPACE, or make one with boapp init.",
        )
    return path


def open_door(home: Path, location: Path, *, even_moved: bool = False) -> Door:
    """Open a folder's workspace and verify who belongs to it; one that was moved to a server is refused.

    even_moved: open that too, to read it; its list of people is the one that went to the server.
    """
    shared = SqliteDatabase(database_file(location), NOBODY, now_us)
    with _closed_on_failure(shared):
        place = shared.moved_to()
        if place is None:
            shared.upgrade()
        elif not even_moved:
            raise refusal(place)
        org = shared.organisation()
        seen = remembered_head(home, org) if place is None else Head(0, NO_HEAD)
        return Door(home, location, org, _verified(home, org, shared, seen), shared)


@contextmanager
def _closed_on_failure(shared: SharedDatabase) -> Iterator[None]:
    try:
        yield
    except BaseException:
        shared.close()
        raise


def verified_roster(home: Path, org: OrgId, shared: SharedDatabase) -> Roster:
    """Return the list of people, verified from the pinned roots and not behind what was seen here before.

    The head is read first: another process may move it on while the list is on its way.
    """
    return _verified(home, org, shared, remembered_head(home, org))


def _verified(home: Path, org: OrgId, shared: SharedDatabase, head: Head) -> Roster:
    enrolment, entries = enrolment_of(home, org), tuple(shared.roster())
    roster = read_roster(enrolment.roots, iter(entries), head)
    if roster.organisation.org != org:
        raise Tampered("This workstation names two organisations.", "Call your administrator.")
    if enrolment.server is not None and not isinstance(shared, SqliteDatabase):
        remember_entries(home, org, 1, entries)
    remember_head(home, org, roster.head)
    return roster
