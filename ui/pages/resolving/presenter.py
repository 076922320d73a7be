"""What the resolving page reads and does, inside verbs of the databases' lane.

`read` gives the queue: fields and documents, never a value. `compare` is the one place through which
the two readings reach the screen, after it has locked the own reading. The order in which they are
shown is chance; what it was goes into the decision's reason and is not shown.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass, replace
from dataclasses import field as value_field

from boapp.domain.causes import Cause, suggest
from boapp.domain.fields import Field
from boapp.domain.ids import DocumentId, FactId, ProjectId
from boapp.domain.passes import Method
from boapp.domain.resolution import Decision, same
from boapp.domain.values import Address, Value
from boapp.domain.workflow import HOLDS_ADJ, Mode, Role
from boapp.errors import NotFound, Tampered
from boapp.services import resolving
from boapp.services.comparing import compare_mine, compare_waiting
from boapp.services.intake import batch_names
from boapp.services.own_decisions import own_decisions, own_reading
from boapp.services.pages import Source, picture_of, source_of
from boapp.services.projects import project_names
from boapp.services.resolving import Mismatch, lock_reading, mismatches, readings
from boapp.workspace import Workspace
from ui.i18n import tr

Chance = random.Random


@dataclass(frozen=True, slots=True)
class Item:
    """One mismatch as it may be shown before anything was read: where it is, and how to key there."""

    mismatch: Mismatch
    source: Source
    field: Field
    number: int
    project: str
    batch: str

    @property
    def key(self) -> tuple[DocumentId, Address]:
        """Return what tells it apart from all others."""
        return self.mismatch.place.document, self.mismatch.address

    @property
    def label(self) -> str:
        """Return the field's name, with its row where the field repeats."""
        row = self.mismatch.place.row
        return tr("{field}, row {row}", field=self.field.label, row=row) if row else self.field.label

    @property
    def pages(self) -> int:
        """Return how many pages the document has."""
        return self.source.intake.page_count

    @property
    def document(self) -> DocumentId:
        """Return the document's id."""
        return self.mismatch.place.document


@dataclass(frozen=True, slots=True)
class Done:
    """A mismatch that this person settled: field and document, nothing more."""

    label: str
    number: int


@dataclass(frozen=True, slots=True)
class Queue:
    """What waits for this person and what she has settled; rows: mismatches that need the grid."""

    items: tuple[Item, ...]
    settled: tuple[Done, ...]
    neither_pass: bool
    rows: int = 0
    trouble: str = ""

    def without(self, item: Item) -> Queue:
        """Return the queue after this person settled a mismatch."""
        items = tuple(one for one in self.items if one.key != item.key)
        return replace(self, items=items, settled=(Done(item.label, item.number), *self.settled))


@dataclass(frozen=True, slots=True)
class Opened:
    """The two readings, in the order of chance, beside the locked own one. To be dropped after use."""

    item: Item
    reading: FactId
    own: Value = value_field(repr=False)
    shown: tuple[Value, Value] = value_field(repr=False)
    same: int | None
    cause: Cause
    reason: str


def read(ws: Workspace, *, compare_first: bool) -> Queue:
    """Return the queue; when the page opens, what waits to be compared is compared first."""
    items: list[Item] = []
    settled: list[Done] = []
    held, rows, trouble = [], 0, ""
    for project, name in project_names(ws).items():
        if not _may_resolve_in(ws, project):
            continue
        held.append(bool(ws.roles(project) & HOLDS_ADJ))
        if compare_first:
            trouble = _compared(ws, project) or trouble
        found = _Project(ws, project, name)
        items += found.items()
        settled += found.settled()
        rows += found.rows
    return Queue(tuple(items), tuple(settled), bool(held) and all(held), rows, trouble)


def _may_resolve_in(ws: Workspace, project: ProjectId) -> bool:
    roles = ws.roles(project)
    release = ws.roster.project(project).mode is Mode.RELEASE
    return bool(roles & HOLDS_ADJ) or (release and Role.SECOND_KEYER in roles)


def _compared(ws: Workspace, project: ProjectId) -> str:
    """Compare what is this person's to compare; what does not verify is told, and keeps nothing back."""
    try:
        if ws.roles(project) & HOLDS_ADJ:
            compare_waiting(ws, project)
        else:
            compare_mine(ws, project)
    except (Tampered, NotFound) as trouble:
        return str(trouble)
    return ""


class _Project:
    """One project's part of the queue."""

    def __init__(self, ws: Workspace, project: ProjectId, name: str) -> None:
        self._ws, self._project, self._name = ws, project, name
        self._rows = ws.shared.documents(project)
        self._numbers = {row.id: number for number, row in enumerate(self._rows, start=1)}
        self._batches = batch_names(ws, project)
        self._sources: dict[DocumentId, Source] = {}
        self.rows = 0

    def items(self) -> Iterator[Item]:
        """Give the open mismatches in the queue's order; whole rows wait for their grid."""
        batches = {row.id: self._batches.get(row.batch, "") for row in self._rows}
        for mismatch in mismatches(self._ws, self._project):
            document = mismatch.place.document
            source = self._source(document)
            field = source.form.by_key.get(mismatch.place.field)
            if field is None:
                self.rows += 1
                continue
            number = self._numbers[document]
            yield Item(mismatch, source, field, number, self._name, batches[document])

    def settled(self) -> Iterator[Done]:
        """Give what this person has decided, the last one first."""
        for place in reversed(own_decisions(self._ws, self._project)):
            field = self._source(place.document).form.by_key.get(place.field)
            yield Done(field.label if field else place.field, self._numbers[place.document])

    def _source(self, document: DocumentId) -> Source:
        if document not in self._sources:
            self._sources[document] = source_of(self._ws, self._project, document)
        return self._sources[document]


def picture(ws: Workspace, item: Item, number: int) -> bytes:
    """Return one page of a mismatch's document."""
    return picture_of(ws, item.source, number)


def locked(ws: Workspace, item: Item) -> Value | None:
    """Return the own reading that this person locked earlier, as before a skip or a restart."""
    found = own_reading(ws, item.mismatch)
    return None if found is None else found[1]


def compare(ws: Workspace, item: Item, value: Value, chance: Chance) -> Opened:
    """Lock the own reading, then open the two readings and lay them out by chance."""
    reading = lock_reading(ws, item.mismatch, value)
    standing = own_reading(ws, item.mismatch)
    if standing is None or standing[0] != reading:
        raise Tampered("Your own reading is not stored as you locked it.", "Call your supervisor.")
    seen = readings(ws, item.mismatch, reading)
    turned = chance.random() < 0.5
    shown = (seen.second, seen.first) if turned else (seen.first, seen.second)
    reason = "Shown first: second pass." if turned else "Shown first: first pass."
    own = standing[1]
    alike = next((place for place, value in enumerate(shown) if same(item.field, own, value)), None)
    return Opened(item, reading, own, shown, alike, suggest(item.field, seen.first, seen.second), reason)


def decide(ws: Workspace, opened: Opened, value: Value, cause: Cause | None) -> Decision:
    """Settle a mismatch with the value decided on."""
    mismatch = opened.item.mismatch
    return resolving.resolve(ws, mismatch, opened.reading, value, opened.reason, Method.KEYED, cause)
