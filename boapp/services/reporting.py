"""What supervisors and adjudicators read: discrepancies with both readings, and what waits where."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

import msgspec

from boapp.domain.causes import suggest
from boapp.domain.comparison import Kind
from boapp.domain.ids import FactId, ProjectId
from boapp.domain.passes import decode
from boapp.domain.values import BLANK, Address, Value
from boapp.domain.workflow import Stage, Task, require
from boapp.interchange.values_csv import write_cell
from boapp.reports.discrepancies import Row
from boapp.services.comparing import facts_by_document, is_confirmed
from boapp.services.intake import document_names
from boapp.services.opening import Opened, Values, open_as_holder
from boapp.services.settling import open_content
from boapp.services.verifying import document_row, fact_with_id, verified_fact
from boapp.shareddb.protocol import OpenDiscrepancy
from boapp.workspace import Workspace


def discrepancies(ws: Workspace, project: ProjectId) -> list[Row]:
    """Return the discrepancy report of a project, in the order of its documents."""
    require(Task.REPORT, ws.roles(project))
    names = document_names(ws, project)
    found = ws.shared.discrepancies(project)
    opened = {
        document: open_as_holder(ws, document_row(ws, project, document))
        for document in dict.fromkeys(d.document for d in found)
    }
    return [_row(ws, opened[d.document], d, names[d.document]) for d in found]


def _row(ws: Workspace, document: Opened, found: OpenDiscrepancy, name: str) -> Row:
    first = _reading(document.first, found.field, found.first_row)
    second = _reading(document.second or {}, found.field, found.second_row)
    decision = _decision(ws, document, found.resolution)
    people = [ws.roster.people[author].code for author in document.authors]
    return Row(
        name,
        found.field,
        found.row,
        found.first_row,
        found.second_row,
        found.kind,
        decision.cause if decision else _suggested(document, found, first, second),
        people[0],
        people[-1],
        None if first is None else write_cell(first),
        None if second is None else write_cell(second),
        write_cell(decision.value) if decision else None,
        decision.by if decision else None,
        "resolved" if decision else "open",
    )


def _reading(values: Values, field: str, row: int | None) -> Value | None:
    return None if row is None else values.get(Address(field, row), BLANK)


def _suggested(document: Opened, found: OpenDiscrepancy, first: Value | None, second: Value | None) -> str:
    if found.kind in {Kind.ROW_MISSING, Kind.ROW_COUNT} or first is None or second is None:
        return "row-slip"
    return suggest(document.form.field(found.field), first, second)


@dataclass(frozen=True, slots=True)
class _Decided:
    value: Value
    by: str
    cause: str


def _decision(ws: Workspace, document: Opened, resolution: FactId | None) -> _Decided | None:
    if resolution is None:
        return None
    facts = ws.shared.facts(document.row.project, document.row.id)
    stored = fact_with_id(facts, resolution)
    statement = verified_fact(ws, stored)
    (entry,) = decode(open_content(ws, document.row.project, stored))
    clear = msgspec.msgpack.decode(statement.clear)
    return _Decided(entry.value, ws.roster.people[statement.subject.actor].code, clear["cause"])


@dataclass(frozen=True, slots=True)
class Status:
    """Where a project stands; counts of documents by stage, and what waits for whom."""

    mode: str
    documents: int
    stages: Mapping[str, int]
    mismatches: int
    unconfirmed: int
    surplus: int
    outbox: int
    people: Mapping[str, tuple[str, ...]]
    waiting_for_keys: tuple[str, ...]


def status(ws: Workspace, project: ProjectId) -> Status:
    """Return where a project stands."""
    rows, known = ws.shared.documents(project), ws.roster.project(project)
    counted = Counter(row.stage for row in rows)
    facts = facts_by_document(ws, project)
    surplus_passes = sum(not p.slot for p in ws.shared.passes(project))
    return Status(
        known.mode,
        len(rows),
        {stage: counted[stage] for stage in Stage},
        sum(d.resolution is None for d in ws.shared.discrepancies(project)),
        sum(row.record is not None and not is_confirmed(ws, row, facts[row.id]) for row in rows),
        surplus_passes + sum(not fact.counted for found in facts.values() for fact in found),
        len(ws.store.waiting()),
        {ws.roster.people[p].code: tuple(sorted(r)) for p, r in known.members.items() if r},
        tuple(sorted(ws.roster.people[person].code for person in known.requests)),
    )
