"""The verbs of keying, each run off the interface thread: find work, look ahead, seal, send, hand back.

At most two claims are open at a time: the document that is keyed, and the next. What this person began
comes first. A claim that was only looked ahead at goes back when the page is left. A document whose claim
she lost is given to her again only when nothing else waits.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field

from boapp.domain.ids import DocumentId, ProjectId
from boapp.domain.passes import Asked, Entry, Method
from boapp.domain.values import Address
from boapp.domain.workflow import MAY, Mode, Task
from boapp.localdb.outbox import Backlog
from boapp.localdb.store import Cursor
from boapp.services import keying, queue, sealing
from boapp.services.comparing import compare_mine
from boapp.services.intake import batch_names
from boapp.services.projects import project_names
from boapp.services.queue import Assignment
from boapp.services.syncing import send
from boapp.services.taking_back import Lost, drafts_taken_back, lateness, were_told
from boapp.sync.near import opened
from boapp.workspace import Workspace

OPEN_CLAIMS = 2


@dataclass(frozen=True, slots=True)
class Place:
    """Where a document stands: the names of project and batch, and its number in the batch."""

    project: str
    batch: str
    number: int
    total: int


@dataclass(frozen=True, slots=True)
class Piece:
    """A claimed document, with what its keyer kept of it so far."""

    assignment: Assignment
    entries: Mapping[Address, Entry]
    cursor: Cursor | None
    place: Place
    strict: bool

    @property
    def document(self) -> DocumentId:
        """Return which document it is."""
        return self.assignment.claim.document


@dataclass(frozen=True, slots=True)
class Begun:
    """What there is to key now, and what she is told before: claims that she lost."""

    pieces: list[Piece]
    lost: list[Lost]


@dataclass
class Places:
    """Where documents stand; read once and again when a new one turns up. Used on the lane alone.

    Where keying works apart from the shared database, a document's place came with its claim.
    """

    apart: bool = False
    known: dict[DocumentId, Place] = field(default_factory=dict)

    def of(self, ws: Workspace, project: ProjectId, document: DocumentId) -> Place:
        """Return the place of a document."""
        if document not in self.known:
            (self._recall if self.apart else self._read)(ws, project)
        return self.known[document]

    def _recall(self, ws: Workspace, project: ProjectId) -> None:
        name, batches = project_names(ws).get(project, ""), batch_names(ws, project)
        for claim in ws.store.reserve.claims(project):
            kept = opened(claim)
            batch = batches.get(kept.document.batch, "")
            self.known[claim.document] = Place(name, batch, kept.number, kept.total)

    def _read(self, ws: Workspace, project: ProjectId) -> None:
        name, batches = project_names(ws).get(project, ""), batch_names(ws, project)
        rows = ws.shared.documents(project)
        totals: dict[bytes, int] = {}
        for row in rows:
            totals[row.batch] = totals.get(row.batch, 0) + 1
        seen: dict[bytes, int] = {}
        for row in rows:
            seen[row.batch] = seen.get(row.batch, 0) + 1
            batch = batches.get(row.batch, "")
            self.known[row.id] = Place(name, batch, seen[row.batch], totals[row.batch])


@dataclass(frozen=True)
class Queue:
    """Where a keyer's work comes from: one kind of pass, over all her projects.

    apart: her workspace works apart from the shared database; a courier sends and compares.
    """

    ws: Workspace
    second: bool
    apart: bool = False
    lost: set[DocumentId] = field(default_factory=set)
    places: Places = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "places", Places(self.apart))

    def begin(self, not_these: Collection[DocumentId] = ()) -> Begun:
        """Return what is open already, what was begun first; else what is claimed now; or nothing."""
        lost: list[Lost] = []
        if not self.apart:
            lost = [*self._sent(), *drafts_taken_back(self.ws)]
            self.lost.update(one.document for one in lost)
        return Begun(self._pieces(not_these), lost)

    def _pieces(self, not_these: Collection[DocumentId]) -> list[Piece]:
        own = [self._piece(work) for work in self._open() if self._mine(work)]
        own.sort(key=lambda piece: not (piece.entries or piece.cursor))
        if own:
            return own[:OPEN_CLAIMS]
        found = self.ahead(not_these)
        return [found] if found else []

    def ahead(self, not_these: Collection[DocumentId]) -> Piece | None:
        """Claim the next document, unless two are open; documents handed back are passed over."""
        if len(self._open()) >= OPEN_CLAIMS:
            return None
        return self._look({*not_these, *self.lost}) or (self._look(not_these) if self.lost else None)

    def _look(self, not_these: Collection[DocumentId]) -> Piece | None:
        passed_over: list[Assignment] = []
        try:
            return self._claim(not_these, passed_over)
        finally:
            for work in passed_over:
                self.put_aside(work)

    def _claim(self, not_these: Collection[DocumentId], passed_over: list[Assignment]) -> Piece | None:
        for project in self._projects():
            while work := queue.claim(self.ws, project, second=self.second):
                if work.claim.document not in not_these:
                    return self._piece(work)
                passed_over.append(work)
        return None

    def _projects(self) -> Iterable[ProjectId]:
        task = Task.SECOND if self.second else Task.FIRST
        return [p for p in self.ws.roster.projects if self.ws.roles(p) & MAY[task]]

    def _open(self) -> list[Assignment]:
        projects = [p for p in self.ws.roster.projects if self.ws.roles(p) & MAY[Task.FIRST]]
        return [work for p in projects for work in queue.open_assignments(self.ws, p)]

    def _mine(self, work: Assignment) -> bool:
        return (work.asked is Asked.VERIFY) == self.second

    def _piece(self, work: Assignment) -> Piece:
        ws = self.ws
        place = self.places.of(ws, work.project, work.claim.document)
        strict = ws.roster.project(work.project).mode is Mode.STRICT
        return Piece(work, keying.drafted(ws, work), keying.cursor(ws, work), place, strict)

    # --- the end of a document ----------------------------------------------------------------

    def seal(self, work: Assignment, entries: tuple[Entry, ...]) -> Backlog:
        """Seal a pass here and return how much waits to be sent: that is another step."""
        sealing.seal(self.ws, work, entries, Method.KEYED)
        return self.ws.store.backlog()

    def send(self, project: ProjectId) -> list[Lost]:
        """Send what is sealed, return what came too late; compare where that is this person's to do."""
        lost = self._sent()
        self.lost.update(one.document for one in lost)
        if self.second:
            compare_mine(self.ws, project)
        return lost

    def _sent(self) -> list[Lost]:
        send(self.ws)
        lost = lateness(self.ws)
        were_told(self.ws, lost)
        return lost

    def put_aside(self, work: Assignment) -> None:
        """Let go of a document that was only looked ahead at."""
        self.ws.shared.put_aside(work.claim.fence)

    def hand_back(self, work: Assignment) -> None:
        """End a claim and forget what was keyed under it."""
        for address in keying.drafted(self.ws, work):
            keying.drop(self.ws, work, address)
        self.ws.shared.hand_back(work.claim.fence)
