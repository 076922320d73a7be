"""Founding an organisation: roots, recovery, the first administrator, the workspace file.

The organisation's row is written last, so that a founding that was cut off is recognised. The root
keys and the recovery key exist unlocked only while this runs: afterwards they lie with the officers,
or, until there are any, sealed to the administrator beside the workspace.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import msgspec

from boapp import faultpoints
from boapp.address import Address
from boapp.crypto.envelope import new_id, new_key, seal, wrap
from boapp.crypto.epochs import (
    RECOVERY,
    WHOLE_ORGANISATION,
    GroupKey,
    Recipient,
    adj_public,
    commit_key,
    new_group_key,
    wrap_key,
)
from boapp.crypto.framing import lp
from boapp.crypto.keychain import Keeper, Keychain
from boapp.crypto.passphrase import KdfParameters, derive_guard
from boapp.crypto.private_files import empty_folder, write_beside
from boapp.crypto.recovery import split
from boapp.crypto.roster import Roster
from boapp.crypto.roster_entries import Entry, Init, KeyKind, Op, SignedEntry, org_id, root_id, sign_entry
from boapp.crypto.signing import PersonKeys
from boapp.domain.ids import OrgId, PersonId
from boapp.domain.workflow import Role
from boapp.enrolment import Enrolment, Server, enrol, enrolment_of, officers_file, remember_head
from boapp.errors import BadInput
from boapp.services.people import NewPerson, add_entry, lock, seal_name
from boapp.shareddb.protocol import PersonKey, RosterChange
from boapp.shareddb.sqlite import FILE_NAME, SqliteDatabase
from boapp.sqlitefile import refuse_network_share
from boapp.workspace import NOBODY, now_us

ADMINISTRATOR = "admin"
OFFICERS_FILE = "officers.sealed"


@dataclass(frozen=True, slots=True)
class Founded:
    """What came of it; admin is the first administrator's row."""

    org: OrgId
    keeper: Keeper
    admin: PersonKey


@dataclass(frozen=True, slots=True)
class FirstPerson:
    """The first administrator's passphrase; chosen says whether she chose it herself."""

    passphrase: str = field(repr=False)
    chosen: bool


@dataclass(frozen=True, slots=True)
class Papers:
    """Where root keys and recovery parts go: to the officers' folder, or sealed beside the workspace."""

    officers: Path | None
    sealed: Callable[[OrgId], Path]


@dataclass(frozen=True, slots=True)
class _Secrets:
    roots: tuple[PersonKeys, PersonKeys]
    recovery: bytes

    def __repr__(self) -> str:
        return "_Secrets(unlocked)"

    @property
    def root_publics(self) -> tuple[bytes, bytes]:
        return self.roots[0].public.ed25519, self.roots[1].public.ed25519

    def papers(self) -> dict[str, str]:
        """Return the files for the officers: two roots and three recovery parts."""
        roots = {f"root-{n}.txt": keys.to_bytes().hex(" ", 8) + "\n" for n, keys in enumerate(self.roots, 1)}
        return roots | {f"recovery-{n}.txt": part for n, part in split(self.recovery).items()}


Store = Callable[[OrgId, RosterChange], None]


def found(home: Path, location: Path, passphrase: str, *, chosen: bool, officers: Path | None) -> Founded:
    """Make a workspace in an empty folder; chosen says whether admin chose her own passphrase."""
    path = _places(location, officers)

    def store(org: OrgId, change: RosterChange) -> None:
        shared = SqliteDatabase(path, NOBODY, now_us)
        try:
            shared.upgrade()
            shared.change_roster(change)
            shared.found(org)
        finally:
            shared.close()

    first = FirstPerson(passphrase, chosen)
    return _found(home, first, Papers(officers, lambda _org: location / OFFICERS_FILE), store)


def found_on_server(
    home: Path, address: Address, ca: str, first: FirstPerson, officers: Path | None, store: Store
) -> Founded:
    """Make an organisation whose shared database is a PostgreSQL; store keeps its first entries there."""
    if officers is not None:
        empty_folder(officers)
    made = _found(home, first, Papers(officers, lambda org: officers_file(home, org)), store)
    faultpoints.reach("founding:stored")
    enrol_founder(home, made.org, address, ca, made.admin.kdf)
    faultpoints.reach("founding:enrolled")
    return made


def enrol_founder(home: Path, org: OrgId, address: Address, ca: str, kdf: KdfParameters) -> None:
    """Remember where the database is of an organisation that was founded here: once it is there.

    A founding that was cut off leaves an enrolment without a server, which nothing is ever opened by.
    """
    enrol(home, Enrolment(org, enrolment_of(home, org).roots, Server(address, ca, kdf)))


def _found(home: Path, first: FirstPerson, papers: Papers, store: Store) -> Founded:
    secrets = _Secrets((PersonKeys.generate(), PersonKeys.generate()), new_key())
    org = org_id(secrets.root_publics)
    site_secret = new_key()
    keeper = Keychain(home).put(org, site_secret)
    enrol(home, Enrolment(org, secrets.root_publics))
    founding = _Founding(org, secrets, site_secret, keeper, KdfParameters(), first, papers.officers is None)
    change, head, admin_box = founding.prepare()
    _hand_out(secrets, papers, org, admin_box)
    store(org, change)
    remember_head(home, org, head.head)
    return Founded(org, keeper, change.people[0])


def _places(location: Path, officers: Path | None) -> Path:
    """Make both folders before any key is made; return where the shared database will lie."""
    refuse_network_share(location)
    if officers is not None:
        if officers.absolute().is_relative_to(location.absolute()):
            raise BadInput(f"{officers} is inside the workspace.", "Name a folder that officers take along.")
        empty_folder(officers)
    empty_folder(location)
    location.chmod(0o700)
    return location / FILE_NAME


@dataclass(frozen=True, slots=True)
class _Founding:
    org: OrgId
    secrets: _Secrets
    site_secret: bytes
    keeper: Keeper
    kdf: KdfParameters
    first: FirstPerson
    officers_here: bool

    def __repr__(self) -> str:
        return "_Founding(unlocked)"

    def prepare(self) -> tuple[RosterChange, Roster, bytes]:
        """Return what to store, the roster it makes, and the administrator's public box key."""
        directory = new_group_key(WHOLE_ORGANISATION, KeyKind.DIR, 1)
        keys, person = PersonKeys.generate(), PersonId(new_id())
        by_other = not self.first.chosen
        new = NewPerson(ADMINISTRATOR, "", (Role.ADMINISTRATOR,), self.first.passphrase, by_other)
        roster = Roster(self.secrets.root_publics)
        entries = [
            self._sign(roster, self._init(directory)),
            self._sign(roster, add_entry(person, new, keys)),
        ]
        wraps = wrap_key(self.org, directory, self._directory_holders(person, keys))
        row = self._lock(person, new, keys, directory)
        return RosterChange(tuple(entries), wraps, (row,)), roster, keys.public.x25519

    def _init(self, directory: GroupKey) -> Init:
        return Init(
            self.org,
            self.secrets.root_publics,
            adj_public(self.secrets.recovery),
            commit_key(self.org, directory),
            self.kdf,
            self.officers_here,
            self.keeper is Keeper.KEYRING,
        )

    def _directory_holders(self, person: PersonId, keys: PersonKeys) -> tuple[Recipient, Recipient]:
        recovery = Recipient(*RECOVERY, adj_public(self.secrets.recovery))
        return Recipient(person, keys.public.key_id, keys.public.x25519), recovery

    def _sign(self, roster: Roster, what: Op) -> SignedEntry:
        root = self.secrets.roots[0]
        entry: Entry = roster.next_entry(what, root_id(root.public.ed25519), now_us())
        signed = sign_entry(entry, root)
        roster.extend((signed,))
        return signed

    def _lock(self, person: PersonId, new: NewPerson, keys: PersonKeys, directory: GroupKey) -> PersonKey:
        guard = derive_guard(self.first.passphrase, self.org, new.code, self.site_secret, self.kdf)
        row = lock(self.org, person, new, keys, guard, self.kdf)
        return msgspec.structs.replace(row, name=seal_name(self.org, directory, person, new))


def _hand_out(secrets: _Secrets, papers: Papers, org: OrgId, admin_box: bytes) -> None:
    texts = secrets.papers()
    if papers.officers is None:
        key = new_key()
        data = seal(key, msgspec.msgpack.encode(texts), lp(b"officers", org))
        write_beside(papers.sealed(org), lp(wrap(admin_box, lp(b"wrap-officers", org), key), data))
        return
    for name, text in texts.items():
        write_beside(papers.officers / name, text.encode())
