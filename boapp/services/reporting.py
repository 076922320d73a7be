"""What supervisors and adjudicators read: discrepancies with both readings, and what waits where."""

from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass

from boapp.crypto.facts import read_clear
from boapp.domain.causes import suggest
from boapp.domain.comparison import Kind
from boapp.domain.fields import Zone
from boapp.domain.ids import DocumentId, FactId, ProjectId
from boapp.domain.values import BLANK, Address, Value
from boapp.domain.workflow import Stage, Task, require
from boapp.errors import NotFound, Tampered
from boapp.interchange.values_csv import write_cell
from boapp.reports.discrepancies import Row
from boapp.reports.measures import Measures, Tally, measure
from boapp.services.comparing import Trouble, facts_by_document, is_confirmed
from boapp.services.intake import describe
from boapp.services.opening import Opened, Values, open_as_holder
from boapp.services.settling import one_entry, open_content
from boapp.services.verifying import document_row, fact_with_id, verified_fact
from boapp.shareddb.protocol import DocumentRow, OpenDiscrepancy, StoredFact
from boapp.workspace import Workspace


@dataclass(frozen=True, slots=True)
class Line:
    """One discrepancy with what a look at its document adds to the report's row.

    label: the field's name on the form. own: what the resolver read from the image before she saw the two
    readings; reason: her note; charged: whose pass was wrong; decided_us: when, in microseconds since
    1970, UTC. Each is None while the discrepancy is open. zone: where the field is, if the form says so.
    """

    row: Row
    document: DocumentId
    label: str
    zone: Zone | None
    own: str | None
    reason: str | None
    charged: str | None
    decided_us: int | None


@dataclass(frozen=True, slots=True)
class Report:
    """The discrepancy report of a project: its lines, in the order of its documents, and its figures.

    troubles: documents that do not verify; they are in no line and in no figure.
    """

    lines: tuple[Line, ...]
    measures: Measures
    troubles: tuple[Trouble, ...] = ()


def discrepancies(ws: Workspace, project: ProjectId, troubles: list[Trouble] | None = None) -> list[Row]:
    """Return the rows of the discrepancy report of a project, in the order of its documents.

    A document that does not verify is added to troubles and the others go on; without that list it ends
    the report.
    """
    return [line.row for line in _lines(ws, project, troubles)]


def report(ws: Workspace, project: ProjectId) -> Report:
    """Return the discrepancy report of a project with its figures."""
    troubles: list[Trouble] = []
    lines, rows = _lines(ws, project, troubles), ws.shared.documents(project)
    facts, bad = facts_by_document(ws, project), {trouble.document for trouble in troubles}
    of = defaultdict[DocumentId, list[Line]](list)
    for line in lines:
        of[line.document].append(line)
    compared = [row for row in rows if row.comparison is not None and row.id not in bad]
    tallies = [_tally(ws, row, facts[row.id], of[row.id]) for row in compared]
    return Report(tuple(lines), measure(tallies, len(rows)), tuple(troubles))


def _tally(ws: Workspace, row: DocumentRow, facts: list[StoredFact], lines: list[Line]) -> Tally:
    comparison = read_clear(verified_fact(ws, fact_with_id(facts, row.comparison or b"")))
    return Tally(
        comparison["asked"],
        sum(line.charged is None for line in lines),
        tuple(line.charged for line in lines if line.charged is not None),
        row.record is not None,
        is_confirmed(ws, row, facts),
    )


def _lines(ws: Workspace, project: ProjectId, troubles: list[Trouble] | None = None) -> list[Line]:
    require(Task.REPORT, ws.roles(project))
    of = defaultdict[DocumentId, list[OpenDiscrepancy]](list)
    for found in ws.shared.discrepancies(project):
        of[found.document].append(found)
    lines: list[Line] = []
    for document, places in of.items():
        try:
            lines += _lines_of(ws, project, document, places)
        except (Tampered, NotFound) as refusal:
            if troubles is None:
                raise
            troubles.append(Trouble(document, refusal))
    return lines


def _lines_of(
    ws: Workspace, project: ProjectId, document: DocumentId, places: list[OpenDiscrepancy]
) -> list[Line]:
    opened = open_as_holder(ws, document_row(ws, project, document))
    name = describe(ws, opened.row).name
    return [_line(ws, opened, place, name) for place in places]


def _line(ws: Workspace, document: Opened, found: OpenDiscrepancy, name: str) -> Line:
    decision = _decision(ws, document, found.resolution)
    field = document.form.by_key.get(found.field)
    return Line(
        _row(ws, document, found, decision, name),
        document.row.id,
        field.label if field else document.form.group(found.field).label,
        field.zone if field else None,
        write_cell(decision.own) if decision else None,
        decision.reason if decision else None,
        decision.charged if decision else None,
        decision.t_us if decision else None,
    )


def _row(
    ws: Workspace, document: Opened, found: OpenDiscrepancy, decision: "_Decided | None", name: str
) -> Row:
    first = _reading(document.first, found.field, found.first_row)
    second = _reading(document.second or {}, found.field, found.second_row)
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
    charged: str
    reason: str
    own: Value
    t_us: int


def _decision(ws: Workspace, document: Opened, resolution: FactId | None) -> _Decided | None:
    if resolution is None:
        return None
    facts = ws.shared.facts(document.row.project, document.row.id)
    stored = fact_with_id(facts, resolution)
    statement = verified_fact(ws, stored)
    entry = one_entry(open_content(ws, document.row.project, stored))
    own = one_entry(open_content(ws, document.row.project, fact_with_id(facts, statement.refs[1])))
    clear = read_clear(statement)
    return _Decided(
        entry.value,
        ws.roster.people[statement.subject.actor].code,
        clear["cause"],
        clear["charged"],
        entry.note,
        own.value,
        statement.t_us,
    )


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
    return Status(
        known.mode,
        len(rows),
        {stage: counted[stage] for stage in Stage},
        sum(d.resolution is None for d in ws.shared.discrepancies(project)),
        sum(row.record is not None and not is_confirmed(ws, row, facts[row.id]) for row in rows),
        ws.shared.surplus(project),
        ws.store.backlog().count,
        {ws.roster.people[p].code: tuple(sorted(r)) for p, r in known.members.items() if r},
        tuple(sorted(ws.roster.people[person].code for person in known.requests)),
    )
