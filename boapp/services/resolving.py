"""Resolving: an own reading first, then the two readings, then a decision.

The order is the point: `lock_reading` stores what the resolver reads from the image, signed, before
`readings` opens the passes again. Between comparing and this nothing held a value.
"""

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass, field

import msgspec

from boapp.crypto.facts import Draft, FactKind, Subject, read_clear
from boapp.domain.causes import Cause, suggest
from boapp.domain.ids import DocumentId, FactId, PersonId, ProjectId
from boapp.domain.passes import Entry, Method, encode
from boapp.domain.resolution import Decision, decide
from boapp.domain.values import BLANK, Address, Value
from boapp.domain.workflow import (
    HOLDS_ADJ,
    Mode,
    Parties,
    Stage,
    may_resolve,
    require_may_resolve_here,
)
from boapp.errors import BadInput, NotAllowed, NotFound
from boapp.services.opening import Opened, is_openable, open_passes
from boapp.services.settling import settle
from boapp.services.syncing import plain, send_waiting, state_fact
from boapp.services.verifying import document_row, fact_with_id, verified_fact
from boapp.shareddb.protocol import DocumentRow, OpenDiscrepancy, Outcome, StoredFact, StoredPass
from boapp.workspace import Workspace


@dataclass(frozen=True, slots=True)
class Mismatch:
    """An open discrepancy that this person may resolve; it holds no value."""

    project: ProjectId
    place: OpenDiscrepancy

    @property
    def address(self) -> Address:
        """Return where the settled value will stand."""
        return Address(self.place.field, self.place.row)


@dataclass(frozen=True, slots=True)
class Readings:
    """The two readings of a mismatch, opened after the own reading was locked."""

    document: Opened
    first: Value = field(repr=False)
    second: Value = field(repr=False)


def require_resolver(ws: Workspace, project: ProjectId) -> None:
    """Refuse whoever can never resolve in this project."""
    require_may_resolve_here(ws.roles(project), ws.roster.project(project).mode)


def mismatches(ws: Workspace, project: ProjectId) -> list[Mismatch]:
    """Return the open discrepancies that this person may resolve, in the queue's order."""
    require_resolver(ws, project)
    open_ones = [d for d in ws.shared.discrepancies(project) if d.resolution is None]
    if not open_ones:
        return []
    rows = {row.id: row for row in ws.shared.documents(project)}
    waiting = {d.document for d in open_ones}
    allowed = {document for document in waiting if _may_resolve(ws, rows[document])}
    return [Mismatch(project, d) for d in open_ones if d.document in allowed]


def _may_resolve(ws: Workspace, row: DocumentRow) -> bool:
    project, document = row.project, row.id
    mode, roles = ws.roster.project(project).mode, ws.roles(project)
    if mode is Mode.RELEASE and not roles & HOLDS_ADJ and not _sealed_second(ws, document):
        return False
    keyed = ws.shared.passes(project, document) if roles & HOLDS_ADJ else []
    parties = Parties(
        first=_author(keyed, 1),
        second=_author(keyed, 2) if roles & HOLDS_ADJ else ws.me.id,
        second_within_limit=_within_limit(ws, row),
    )
    return may_resolve(ws.me.id, roles, mode, parties)


def _within_limit(ws: Workspace, row: DocumentRow) -> bool:
    """Say whether the signed comparison leaves a document to its second keyer.

    It does unless the passes were too far apart, or a holder of ADJ had to compare again.
    """
    facts = ws.shared.facts(row.project, row.id)
    comparison = verified_fact(ws, fact_with_id(facts, row.comparison or b""))
    near = not read_clear(comparison)["beyond"] and len(comparison.refs) == 2
    return near and row.stage is Stage.RESOLVING


def _author(passes: list[StoredPass], slot: int) -> PersonId | None:
    return next((p.person for p in passes if p.slot == slot), None)


def _sealed_second(ws: Workspace, document: DocumentId) -> bool:
    try:
        own = ws.shared.own_pass(document)
    except NotAllowed:
        return False
    return own.read_manifest().asked == "verify" and is_openable(ws, own)


def lock_reading(ws: Workspace, mismatch: Mismatch, value: Value) -> FactId:
    """Store what this person reads from the image, before she sees the readings.

    It stays as it is: whoever locked one earlier, as before a restart, gets that one back.
    """
    _refuse_others(ws, mismatch)
    send_waiting(ws)  # one that was locked while the shared database could not be reached counts
    for stored in ws.shared.facts(mismatch.project, mismatch.place.document):
        if stored.counted and stored.actor == ws.me.id and _is_reading_of(stored, mismatch):
            return stored.id
    draft = _draft(ws, FactKind.READING, mismatch, {}, (bytes(mismatch.place.comparison),), value)
    fact = state_fact(ws, draft, plain)
    send_waiting(ws)
    return fact.read_statement().id


def readings(ws: Workspace, mismatch: Mismatch, reading: FactId) -> Readings:
    """Open the two readings of a mismatch; NotAllowed without a locked own reading."""
    _refuse_others(ws, mismatch)
    row = document_row(ws, mismatch.project, mismatch.place.document)
    try:
        stored = fact_with_id(ws.shared.facts(mismatch.project, row.id), reading)
    except NotFound as error:
        raise NotAllowed("Read the field from the image first.") from error
    verified_fact(ws, stored)
    if stored.actor != ws.me.id or not _is_reading_of(stored, mismatch):
        raise NotAllowed("Read the field from the image first.")
    document = open_passes(ws, row)
    place_ = mismatch.place
    second = document.second or {}
    return Readings(
        document,
        document.first.get(Address(place_.field, place_.first_row or 0), BLANK),
        second.get(Address(place_.field, place_.second_row or 0), BLANK),
    )


def _is_reading_of(stored: StoredFact, mismatch: Mismatch) -> bool:
    if stored.kind != FactKind.READING:
        return False
    statement = stored.fact.read_statement()
    place = msgspec.msgpack.decode(statement.clear)
    locked = (statement.refs[0], place["field"], place["row"])
    return locked == (mismatch.place.comparison, *mismatch.address)


def resolve(
    ws: Workspace,
    mismatch: Mismatch,
    reading: FactId,
    value: Value,
    reason: str,
    method: Method,
    cause: Cause | None = None,
) -> Decision:
    """Decide a mismatch; state the record when it was the last one of its document."""
    seen = readings(ws, mismatch, reading)
    if mismatch.place.field not in {f.key for f in seen.document.form.fields}:
        raise BadInput("Rows are resolved in their grid, which this version does not have yet.")
    field = seen.document.form.field(mismatch.place.field)
    decision = decide(field, value, seen.first, seen.second)
    clear = {
        "choice": decision.choice,
        "charged": decision.charged,
        "cause": cause or suggest(field, seen.first, seen.second),
        "method": method,
    }
    refs = (bytes(mismatch.place.comparison), bytes(reading))
    state_fact(ws, _draft(ws, FactKind.RESOLUTION, mismatch, clear, refs, decision.settled, reason), plain)
    if send_waiting(ws)[-1:] == [Outcome.SURPLUS]:
        raise NotAllowed(
            "Somebody else settled this mismatch meanwhile.", "Your decision is kept, and does not count."
        )
    row = document_row(ws, mismatch.project, mismatch.place.document)
    settle(ws, dataclasses.replace(seen.document, row=row))
    return decision


def _draft(
    ws: Workspace,
    kind: FactKind,
    mismatch: Mismatch,
    clear: Mapping[str, object],
    refs: tuple[bytes, ...],
    value: Value,
    note: str = "",
) -> Draft:
    epoch, _ = ws.current_adj(mismatch.project)
    subject = Subject(kind, ws.org, mismatch.project, mismatch.place.document, ws.me.id, epoch)
    place = {"field": mismatch.place.field, "row": mismatch.place.row}
    return Draft(subject, {**clear, **place}, refs, encode((Entry(mismatch.address, value, note),)))


def _refuse_others(ws: Workspace, mismatch: Mismatch) -> None:
    ws.refresh()
    require_resolver(ws, mismatch.project)
    row = document_row(ws, mismatch.project, mismatch.place.document)
    if not _may_resolve(ws, row):
        raise NotAllowed(
            "This mismatch is not yours to resolve.", "Somebody who keyed neither pass resolves it."
        )
