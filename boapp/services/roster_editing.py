"""Changing the signed list of people: entries, and the rows they speak of, stored together.

An edit works on a copy of the roster, so that a change that does not get stored was never believed.
"""

import copy
from collections.abc import Iterable

from boapp import faultpoints
from boapp.crypto.epochs import (
    RECOVERY,
    GroupKey,
    Recipient,
    Wrap,
    adj_public,
    commit_key,
    new_group_key,
    wrap_key,
    wraps_digest,
)
from boapp.crypto.roster import Roster
from boapp.crypto.roster_contents import Person
from boapp.crypto.roster_entries import AdjEpoch, Epoch, Grant, KeyKind, Op, SignedEntry, sign_entry
from boapp.domain.ids import PersonId, ProjectId
from boapp.domain.workflow import HOLDS_ADJ, HOLDS_PROJECT_KEY, Role
from boapp.shareddb.protocol import FormRow, PersonKey, ProjectRow, RosterChange
from boapp.workspace import Workspace


class RosterEdit:
    """Entries being added by this person; `store` makes them count."""

    def __init__(self, ws: Workspace) -> None:
        ws.refresh()
        self._ws = ws
        self.roster: Roster = copy.deepcopy(ws.roster)
        self._entries: list[SignedEntry] = []
        self._wraps: list[Wrap] = []

    def add(self, what: Op) -> None:
        """Sign one more entry; Tampered when it would contradict the list."""
        entry = self.roster.next_entry(what, self._ws.keys.public.key_id, self._ws.now_us())
        signed = sign_entry(entry, self._ws.keys)
        self.roster.extend((signed,))
        self._entries.append(signed)

    def wrap(self, key: GroupKey, recipients: Iterable[Recipient]) -> bytes:
        """Box a key for people and return the digest of the boxes."""
        wraps = wrap_key(self._ws.org, key, recipients)
        self._wraps.extend(wraps)
        return wraps_digest(wraps)

    def new_project_key(self, project: ProjectId) -> GroupKey:
        """Begin the next epoch of a project's key, for everybody who is to hold it."""
        key = new_group_key(project, KeyKind.PDK, self.roster.project(project).pdk_epoch + 1)
        digest = self.wrap(key, [*map(recipient, project_key_holders(self.roster, project)), self.recovery])
        self.add(Epoch(project, key.epoch, commit_key(self._ws.org, key), digest))
        return key

    def new_adjudication_key(self, project: ProjectId) -> None:
        """Begin the next epoch of ADJ for its holders; this workstation forgets it at once."""
        key = new_group_key(project, KeyKind.ADJ, self.roster.project(project).adj_epoch + 1)
        digest = self.wrap(key, [*map(recipient, adj_holders(self.roster, project)), self.recovery])
        self.add(AdjEpoch(project, key.epoch, adj_public(key.secret), digest))

    def grant(self, project: ProjectId, person: PersonId, kind: KeyKind, keys: Iterable[GroupKey]) -> None:
        """Wrap to a newcomer the epochs that she does not hold yet, as somebody who comes back may."""
        key_id = self.roster.people[person].keys.key_id
        hers = {
            (w.project, w.kind, w.epoch)
            for w in (*self._ws.shared.wraps(person), *self._wraps)
            if (w.person, w.key_id) == (person, key_id)
        }
        held = tuple(key for key in keys if (project, kind, key.epoch) not in hers)
        before = len(self._wraps)
        for key in held:
            self.wrap(key, (recipient(self.roster.people[person]),))
        digest = wraps_digest(self._wraps[before:])
        self.add(Grant(project, person, kind, tuple(key.epoch for key in held), digest))

    @property
    def recovery(self) -> Recipient:
        """Return the organisation's recovery key as a recipient."""
        return Recipient(*RECOVERY, self.roster.organisation.recovery)

    def store(
        self,
        people: tuple[PersonKey, ...] = (),
        project: ProjectRow | None = None,
        form: FormRow | None = None,
        drop_claims: tuple[ProjectId, PersonId] | None = None,
    ) -> None:
        """Store all of it, or nothing, and believe it."""
        change = RosterChange(tuple(self._entries), tuple(self._wraps), people, project, form, drop_claims)
        faultpoints.reach("roster:signed")
        self._ws.shared.change_roster(change)
        faultpoints.reach("roster:stored")
        self._ws.refresh()


def recipient(person: Person) -> Recipient:
    """Return a person as somebody to wrap a key to."""
    return Recipient(person.id, person.keys.key_id, person.keys.x25519)


def project_key_holders(roster: Roster, project: ProjectId) -> list[Person]:
    """Return the members whose roles need the project key, and the administrators."""
    members = roster.project(project).members
    return [
        person
        for person in roster.active
        if Role.ADMINISTRATOR in person.roles or members.get(person.id, frozenset()) & HOLDS_PROJECT_KEY
    ]


def adj_holders(roster: Roster, project: ProjectId) -> list[Person]:
    """Return the members who hold the adjudication key."""
    members = roster.project(project).members
    return [roster.people[id_] for id_, roles in members.items() if roles & HOLDS_ADJ]
