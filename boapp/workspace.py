"""An open workspace, unlocked for one person: who she is, the list of people, both stores, her keys.

It hands out the project keys of its person, each held against the roster before it is used. How one is
opened stands in `doors`.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from boapp.address import Address, Place
from boapp.crypto.epochs import WHOLE_ORGANISATION, GroupKey, Wrap, check_key, unwrap_key
from boapp.crypto.framing import lp
from boapp.crypto.roster import Roster, set_back
from boapp.crypto.roster_contents import Person, Project
from boapp.crypto.roster_entries import KeyKind, link
from boapp.crypto.signing import PersonKeys
from boapp.domain.documents import Intake
from boapp.domain.forms import Form
from boapp.domain.ids import DocumentId, FactId, OrgId, PersonId, ProjectId
from boapp.domain.workflow import Role
from boapp.enrolment import remember_head
from boapp.errors import NotAllowed, Tampered
from boapp.localdb.store import LocalStore
from boapp.remembered import remember_entries
from boapp.shareddb.protocol import SharedDatabase

NOBODY = PersonId(bytes(16))
STALE_AFTER_DAYS = 30
AHEAD_DAYS = 2
"""So much may clocks differ: a list confirmed later than that would not grow old."""
US_A_DAY = 24 * 3600 * 1_000_000


def now_us() -> int:
    """Return this computer's time in microseconds since 1970, UTC."""
    return time.time_ns() // 1000


@dataclass
class Workspace:
    """An organisation's workspace as one unlocked person sees it."""

    home: Path
    location: Place
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
    taken_in: dict[DocumentId, int] = field(default_factory=dict, repr=False)
    """How long the list of people was for whoever took a document in."""
    greeted: int = -1
    """At which connection the shared database was last asked whether it was set back (`syncing.greet`)."""
    db_password: str = field(default="", repr=False)
    """What her login at the server asks; empty where there is no server."""
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
        self.demand_fresh()
        return lp(self.roster.head.digest, b"")

    def demand_fresh(self) -> None:
        """Refuse to claim and to sign under a list of people that nobody confirmed for too long.

        A server could be showing an old one; a folder's own list does not expire.
        """
        if not isinstance(self.location, Address):
            return
        age = self.roster_age_days()
        if age < -AHEAD_DAYS:
            raise NotAllowed(
                "The list of people was confirmed at a time that is still to come on this workstation.",
                "You can read, and what you keyed is kept. Set its clock, or let an administrator sign in.",
            )
        if age > STALE_AFTER_DAYS:
            raise NotAllowed(
                f"No administrator has confirmed the list of people for {STALE_AFTER_DAYS} days.",
                "You can read, and what you keyed is kept. Ask an administrator to sign in once.",
            )

    def roster_age_days(self) -> float:
        """Return how long ago a root or an administrator signed an entry of the list last."""
        return (self.now_us() - self.roster.confirmed_us) / US_A_DAY

    def refresh(self) -> None:
        """Take in what was added to the roster since; Tampered where it went back or aside."""
        known = self.roster.head
        found = list(self.shared.roster(known.seq))
        if not found or link(found[0]) != known.digest:
            raise set_back()
        if not found[1:]:
            return
        self.roster.extend(found[1:])
        if isinstance(self.location, Address):
            remember_entries(self.home, self.org, known.seq + 1, found[1:])
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
        wanted = (project, kind, epoch, self.keys.public.key_id)
        return next((w for w in self._wraps if (w.project, w.kind, w.epoch, w.key_id) == wanted), None)

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
