"""The one place where the parts are joined: an open workspace, unlocked for one person.

Opening goes in this order, and the first failure ends it: the workspace file; this workstation's
enrolment in its organisation; the roster, verified from the pinned roots and not behind the
remembered head; the person's locked keys; the passphrase; her local store. A workspace hands out the
project keys of its person, each held against the roster before it is used.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from boapp.crypto.epochs import WHOLE_ORGANISATION, GroupKey, Wrap, check_key, unwrap_key
from boapp.crypto.framing import lp
from boapp.crypto.keychain import Keychain
from boapp.crypto.passphrase import Guard, derive_guard, open_keys
from boapp.crypto.roster import Person, Project, Roster, read_roster
from boapp.crypto.roster_entries import KeyKind
from boapp.crypto.signing import PersonKeys
from boapp.domain.documents import Intake
from boapp.domain.forms import Form
from boapp.domain.ids import DocumentId, FactId, OrgId, PersonId, ProjectId
from boapp.domain.workflow import Role
from boapp.enrolment import enrolment_of, remember_head, remembered_head, store_path
from boapp.errors import NotAllowed, NotFound, Tampered
from boapp.localdb.store import LocalStore, Owner
from boapp.shareddb.locked_keys import verify_locked_keys
from boapp.shareddb.protocol import PersonKey, SharedDatabase
from boapp.shareddb.sqlite import FILE_NAME, SqliteDatabase

NOBODY = PersonId(bytes(16))


def now_us() -> int:
    """Return this computer's time in microseconds since 1970, UTC."""
    return time.time_ns() // 1000


@dataclass
class Workspace:
    """An organisation's workspace as one unlocked person sees it."""

    home: Path
    location: Path
    org: OrgId
    me: Person
    keys: PersonKeys
    roster: Roster
    shared: SharedDatabase
    store: LocalStore
    now_us: Callable[[], int] = now_us
    forms: dict[tuple[ProjectId, bytes], Form] = field(default_factory=dict, repr=False)
    intakes: dict[FactId, tuple[DocumentId, Intake]] = field(default_factory=dict, repr=False)
    """What was verified once: a fact never changes."""
    _held: dict[tuple[ProjectId, KeyKind, int], GroupKey] = field(default_factory=dict, repr=False)
    _wraps: list[Wrap] | None = field(default=None, repr=False)

    def close(self) -> None:
        """Close both stores and forget every key."""
        self._held.clear()
        self.store.close()
        self.shared.close()

    @property
    def seen_head(self) -> bytes:
        """Return what every signed message names as seen: the roster's head, and no log yet."""
        return lp(self.roster.head.digest, b"")

    def refresh(self) -> None:
        """Take in what was added to the roster since it was last read."""
        known = self.roster.head.seq
        further = [entry for seq, entry in enumerate(self.shared.roster(), 1) if seq > known]
        if not further:
            return
        self.roster.extend(further)
        remember_head(self.home, self.org, self.roster.head)
        self._wraps = None

    def roles(self, project: ProjectId) -> frozenset[Role]:
        """Return this person's roles in a project."""
        return self.roster.project(project).roles(self.me.id)

    def pdk(self, project: ProjectId, epoch: int) -> GroupKey:
        """Return the project key of an epoch."""
        commits = self.roster.project(project).pdk_commits
        return self._key(project, KeyKind.PDK, epoch, commits.get(epoch, b""))

    def adj(self, project: ProjectId, epoch: int) -> GroupKey:
        """Return the private half of an adjudication key."""
        publics = self.roster.project(project).adj_publics
        return self._key(project, KeyKind.ADJ, epoch, publics.get(epoch, b""))

    def directory(self) -> GroupKey:
        """Return the key of full names."""
        commit = self.roster.organisation.directory_commit
        return self._key(WHOLE_ORGANISATION, KeyKind.DIR, 1, commit)

    def holds(self, project: ProjectId, kind: KeyKind, epoch: int) -> bool:
        """Say whether a key is wrapped to this person."""
        return self._wrap(project, kind, epoch) is not None

    def _wrap(self, project: ProjectId, kind: KeyKind, epoch: int) -> Wrap | None:
        if self._wraps is None:
            self._wraps = self.shared.wraps(self.me.id)
        wanted = (project, kind, epoch)
        return next((w for w in self._wraps if (w.project, w.kind, w.epoch) == wanted), None)

    def _key(self, project: ProjectId, kind: KeyKind, epoch: int, expected: bytes) -> GroupKey:
        place = (project, kind, epoch)
        if not expected:
            raise Tampered("Something names a key that the signed list of people does not know.")
        if place not in self._held:
            boxed = self._wrap(*place)
            if boxed is None:
                raise NotAllowed(
                    "You hold no key for this.",
                    "If you just joined, somebody who holds it must sign in once; see boapp status.",
                )
            key = unwrap_key(self.org, boxed, self.keys.box_key)
            check_key(self.org, key, expected)
            self._held[place] = key
        return self._held[place]

    def current_adj(self, project: ProjectId) -> tuple[int, bytes]:
        """Return epoch and public half of the adjudication key that new messages are sealed to."""
        known: Project = self.roster.project(project)
        if not known.adj_epoch:
            raise NotAllowed(
                "This project has no adjudicator or supervisor yet, so nothing can be keyed in it.",
                "Add one: boapp project people PROJECT --add NAME:supervisor.",
            )
        return known.adj_epoch, known.adj_publics[known.adj_epoch]


def database_file(location: Path) -> Path:
    """Return the shared database's file in a workspace folder."""
    path = location / FILE_NAME
    if not path.is_file():
        raise NotFound(
            f"There is no boapp workspace in {location}.",
            "Name its folder with --workspace or BOAPP_WORKSPACE, or make one with boapp init.",
        )
    return path


@dataclass(frozen=True, slots=True)
class Door:
    """A workspace that is opened but not unlocked: the roster is verified, nobody is signed in."""

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
        person = self.roster.person(code)
        verify_locked_keys(row, self.org, person.keys)
        secret = Keychain(self.home).get(self.org)
        return row, derive_guard(passphrase, self.org, code, secret, row.kdf)

    def unlock(self, code: str, passphrase: str) -> Workspace:
        """Unlock for one person."""
        row, guard = self.guard(code, passphrase)
        person = self.roster.person(code)
        keys = open_keys(guard, row.blob, person.keys, self.org, person.id, code, row.kdf)
        return self.admit(person, keys)

    def admit(self, person: Person, keys: PersonKeys) -> Workspace:
        """Return the workspace of a person whose keys are already unlocked."""
        self.shared.act_for(person.id)
        owner = Owner(self.org, person.id, keys, self.roster.organisation.recovery)
        store = LocalStore(store_path(self.home, self.org, person.id), owner)
        return Workspace(self.home, self.location, self.org, person, keys, self.roster, self.shared, store)


def open_door(home: Path, location: Path) -> Door:
    """Open a workspace and verify who belongs to it."""
    shared = SqliteDatabase(database_file(location), NOBODY, now_us)
    try:
        shared.upgrade()
        org = shared.organisation()
        roster = verified_roster(home, org, shared)
    except BaseException:
        shared.close()
        raise
    return Door(home, location, org, roster, shared)


def verified_roster(home: Path, org: OrgId, shared: SharedDatabase) -> Roster:
    """Return the list of people, verified from the pinned roots and not behind what was seen here before."""
    roster = read_roster(enrolment_of(home, org).roots, shared.roster(), remembered_head(home, org))
    if roster.organisation.org != org:
        raise Tampered("This workspace names two organisations.", "Call your administrator.")
    remember_head(home, org, roster.head)
    return roster


def open_workspace(home: Path, location: Path, code: str, passphrase: str) -> Workspace:
    """Open a workspace and unlock it for one person."""
    door = open_door(home, location)
    try:
        return door.unlock(code, passphrase)
    except BaseException:
        door.shared.close()
        raise
