"""The shared database as far as it is here: what keying needs of it, answered from the local store.

It gives a keyer her reserved claims, their documents, forms and pages, and nothing else; whatever else
is asked needs the server and says so. It never waits for a network.
"""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NoReturn, cast

import msgspec

from boapp.crypto.epochs import Wrap
from boapp.crypto.roster_entries import SignedEntry
from boapp.domain.ids import DocumentId, Fence, OrgId, PersonId, ProjectId
from boapp.enrolment import enrolment_of, store_path
from boapp.errors import Tampered, Unavailable
from boapp.localdb.reserve import Reserved, State
from boapp.localdb.store import LocalStore, Owner
from boapp.remembered import remembered_entries, remembered_keys, remembered_roster
from boapp.shareddb.protocol import (
    Assigned,
    BatchRow,
    Claim,
    DocumentRow,
    FormRow,
    OpenDiscrepancy,
    PersonKey,
    ProjectRow,
    SharedDatabase,
    StoredFact,
)
from boapp.workspace import Workspace

PROJECT, FORM, BATCH, WRAP = "project", "form", "batch", "wrap"
"""What is learnt of projects."""


class Contents(msgspec.Struct, frozen=True, array_like=True):
    """What is kept with a reserved claim; number and total tell its document's place in the batch."""

    document: DocumentRow
    intake: StoredFact
    number: int
    total: int


_CONTENTS = msgspec.msgpack.Decoder(Contents)


def contents_of(one: Assigned) -> bytes:
    """Return what is kept with a reserved claim."""
    return msgspec.msgpack.encode(Contents(one.document, one.intake, one.number, one.total))


def opened(claim: Reserved) -> Contents:
    """Return what is kept with a reserved claim, read."""
    try:
        return _CONTENTS.decode(claim.contents)
    except msgspec.MsgspecError as error:
        raise Tampered("The local store holds what does not belong there.") from error


def apart(ws: Workspace) -> Workspace:
    """Return a workspace of the same person that works on her local store alone, by a handle of its own.

    Its list of people is its own, too: the other one is extended on another thread.
    """
    roster = remembered_roster(ws.home, enrolment_of(ws.home, ws.org))
    owner = Owner(ws.org, ws.me.id, ws.keys, roster.organisation.recovery)
    store = LocalStore(store_path(ws.home, ws.org, ws.me.id), owner)
    shared = cast("SharedDatabase", NearDatabase(ws.home, ws.org, ws.me.code, store, ws.now_us))
    return Workspace(ws.home, ws.location, ws.org, ws.me, ws.keys, roster, shared, store, ws.now_us)


class NearDatabase:
    """What is here, under the names by which a shared database is asked."""

    def __init__(
        self, home: Path, org: OrgId, code: str, store: LocalStore, now_us: Callable[[], int]
    ) -> None:
        self._home, self._org, self._code, self._store = home, org, code, store
        self._now_us = now_us

    def __getattr__(self, name: str) -> Callable[..., Any]:
        """Answer what needs the server by saying so."""
        if name not in vars(SharedDatabase):
            raise AttributeError(name)
        return _needs_the_server

    def close(self) -> None:
        """Close nothing: the store is its workspace's."""

    # --- people -------------------------------------------------------------------------------

    def organisation(self) -> OrgId:
        """Return whose database this is a part of."""
        return self._org

    def roster(self, since: int = 1) -> Iterator[SignedEntry]:
        """Return the entries of the list of people that are remembered here."""
        return iter(remembered_entries(self._home, self._org)[since - 1 :])

    def person_key(self, code: str) -> PersonKey | None:
        """Return the locked keys of whoever worked here."""
        return remembered_keys(self._home, self._org, code)

    def person_keys(self) -> list[PersonKey]:
        """Return this person's own locked keys."""
        own = self.person_key(self._code)
        return [] if own is None else [own]

    def wraps(self, person: PersonId) -> list[Wrap]:
        """Return the keys that are wrapped to this person."""
        return [wrap for wrap in self._store.reserve.recall(WRAP, None, Wrap) if wrap.person == person]

    # --- projects and documents ---------------------------------------------------------------

    def projects(self) -> list[ProjectRow]:
        """Return this person's projects."""
        return self._store.reserve.recall(PROJECT, None, ProjectRow)

    def forms(self, project: ProjectId) -> list[FormRow]:
        """Return a project's forms."""
        return self._store.reserve.recall(FORM, project, FormRow)

    def batches(self, project: ProjectId) -> list[BatchRow]:
        """Return a project's batches."""
        return self._store.reserve.recall(BATCH, project, BatchRow)

    def page(self, _document: DocumentId, number: int) -> bytes:
        """Refuse: pages that are here come from the page cache."""
        raise Unavailable(
            f"Page {number} of this document is not here yet.",
            "It comes as soon as the shared database can be reached.",
        )

    def documents(self, project: ProjectId, document: DocumentId | None = None) -> list[DocumentRow]:
        """Return the documents that are reserved and not sealed."""
        return [opened(claim).document for claim in self._claims(project, document)]

    def facts(self, project: ProjectId, document: DocumentId | None = None) -> list[StoredFact]:
        """Return the intakes of those documents."""
        return [opened(claim).intake for claim in self._claims(project, document)]

    def _claims(self, project: ProjectId, document: DocumentId | None) -> list[Reserved]:
        if document is None:
            found = self._store.reserve.claims(project)
        else:
            one = self._store.reserve.of(document)
            found = [one] if one is not None and one.project == project else []
        return [claim for claim in found if claim.state is not State.RETURNED]

    # --- claims -------------------------------------------------------------------------------

    def claim(self, project: ProjectId, *, second: bool, document: DocumentId | None) -> Claim | None:
        """Take the next claim out of the reserve; None when none is left."""
        if document is not None:
            _needs_the_server()
        found = self._store.reserve.next_waiting(project, 2 if second else 1)
        return None if found is None else _claim(found)

    def my_claims(self, project: ProjectId) -> list[Claim]:
        """Return the claims that were begun here."""
        return [_claim(c) for c in self._store.reserve.claims(project) if c.state is State.BEGUN]

    def hand_back(self, fence: Fence) -> None:
        """Give a claim back; the shared database hears of it with the next round."""
        self._store.reserve.hand_back(fence, self._now_us())

    def put_aside(self, fence: Fence) -> None:
        """Put a claim back into the reserve: it was only looked at."""
        self._store.reserve.put(fence, State.WAITS)

    def held_by_others(self, _project: ProjectId) -> list[DocumentId]:
        """Return nothing: who holds what is not known here."""
        return []

    def awaiting_my_comparison(self, _project: ProjectId) -> list[DocumentId]:
        """Return nothing: what is compared is compared with the server."""
        return []

    def discrepancies(
        self, _project: ProjectId, _document: DocumentId | None = None
    ) -> list[OpenDiscrepancy]:
        """Return nothing: mismatches are resolved with the server."""
        return []


def _claim(one: Reserved) -> Claim:
    return Claim(one.document, one.pass_no, one.fence, one.expires_us)


def _needs_the_server(*_arguments: object, **_named: object) -> NoReturn:
    raise Unavailable("This needs the shared database, which cannot be reached.", "Do it again later.")
