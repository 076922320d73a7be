"""What the discrepancy report shows: figures in words, the two rankings, rows of the table, the files.

A function called in a verb takes the workspace; the rest works on what such a verb returned.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from boapp.domain.ids import ProjectId
from boapp.domain.passes import Asked
from boapp.domain.workflow import MAY, Task
from boapp.errors import BadInput, Unavailable
from boapp.reports.measures import Measures, Share, ranking
from boapp.services.projects import current_form, project_names
from boapp.services.reporting import Line, Report
from boapp.services.reporting import report as report_of
from boapp.workspace import Workspace
from ui.i18n import tr, tr_n
from ui.widgets.charts import Bar
from ui.words import cause_words, kind_words

if TYPE_CHECKING:
    from boapp.services.taking_back import Held

DASH = "\N{EN DASH}"
GREAT_SHARE = 0.8
"""The bars that together make this share are drawn strong: most of the trouble is there."""


@dataclass(frozen=True, slots=True)
class Chosen:
    """A project's report, and the other projects that this person may read one of."""

    projects: tuple[tuple[ProjectId, str], ...]
    project: ProjectId | None
    form: str
    report: Report | None
    takes_back: bool = False


@dataclass(frozen=True, slots=True)
class Figure:
    """One figure: what it is, the number, and what stands behind it."""

    title: str
    number: str
    behind: str


def read(ws: Workspace, wanted: ProjectId | None, *, compare: bool) -> Chosen:
    """Return the report of a project, the first one when none is wanted; compare what waits before."""
    from boapp.services.comparing import advance

    names = project_names(ws)
    mine = tuple((id_, name) for id_, name in names.items() if ws.roles(id_) & MAY[Task.REPORT])
    if not mine:
        return Chosen((), None, "", None)
    project = wanted if wanted in {id_ for id_, _ in mine} else mine[0][0]
    if compare:
        advance(ws, project)
    takes_back = bool(ws.roles(project) & MAY[Task.TAKE_BACK])
    return Chosen(mine, project, current_form(ws, project).title, report_of(ws, project), takes_back)


def held_now(ws: Workspace, project: ProjectId) -> list[Held]:
    """Return who holds which document."""
    from boapp.services.taking_back import open_claims

    return open_claims(ws, project)


def end_claim(ws: Workspace, project: ProjectId, held: Held, reason: str) -> str:
    """Take a document back and return what was done, in words."""
    from boapp.services.taking_back import take_back

    done = take_back(ws, project, held.claim.document, reason, held.claim.fence)
    return tr("Took {document} back from {person}.", document=done.document, person=done.person)


def page_picture(ws: Workspace, project: ProjectId, line: Line) -> bytes:
    """Return the page on which a discrepancy stands."""
    from boapp.services.pages import open_page

    return open_page(ws, project, line.document, line.zone.page if line.zone else 1)


# --- words ----------------------------------------------------------------------------------------


def percent(part: float) -> str:
    """Return a share in per cent, with as many decimals as small ones need."""
    digits = 0 if part in {0, 1} else 1 if part >= 0.1 else 2
    return tr("{number} %", number=f"{part * 100:.{digits}f}")


def figures(found: Measures) -> list[Figure]:
    """Return the row of figures."""
    values, documents = found.error_rate, found.right_first_time
    return [
        _share(tr_n("Field error rate, of {n} value", "Field error rate, of {n} values", values.of), values),
        _share(
            tr_n("Right first time, of {n} document", "Right first time, of {n} documents", documents.of),
            documents,
        ),
        Figure(tr("Mismatches open"), str(found.open), tr_n("{n} decided", "{n} decided", found.decided)),
        Figure(
            tr("Records settled"),
            tr("{n} of {all}", n=found.settled, all=found.documents),
            tr("{n} confirmed", n=found.confirmed),
        ),
    ]


def _share(title: str, share: Share) -> Figure:
    if share.part is None:
        return Figure(title, DASH, tr("Nothing to count yet"))
    least, most = (percent(end) for end in share.interval)
    return Figure(title, percent(share.part), tr("{least} to {most}, 95 % interval", least=least, most=most))


def where(lines: Sequence[Line]) -> list[Bar]:
    """Return the fields by how often two readings differed there, with the running share."""
    parts, before, bars = ranking(line.label for line in lines), 0.0, []
    for part in parts:
        bars.append(Bar(part.key, part.count, percent(part.running), strong=before < GREAT_SHARE))
        before = part.running
    return bars


def why(lines: Sequence[Line]) -> list[Bar]:
    """Return the causes by how often they were named, with their share."""
    parts, before, bars = ranking(line.row.cause for line in lines), 0.0, []
    for part in parts:
        bars.append(Bar(cause_words(part.key), part.count, percent(part.share), strong=before < GREAT_SHARE))
        before = part.running
    return bars


def charged_words(charged: str | None) -> str:
    """Return whose pass was wrong, in words."""
    return {
        None: tr("Open"),
        "first": tr("First"),
        "second": tr("Second"),
        "both": tr("Both"),
        "neither": tr("Neither"),
    }[charged]


def value_words(cell: str | None) -> str:
    """Return a reading as it is shown; a mark in words, nothing where a pass has no such row."""
    return {
        None: tr("no such row"),
        "": tr("blank on page"),
        "\\illegible": tr("illegible"),
        "\\not-on-form": tr("not on form"),
    }.get(cell, cell[1:] if cell is not None and cell.startswith("\\\\") else cell or "")


def is_mark(cell: str | None) -> bool:
    """Say whether a reading is a mark and no text."""
    return cell in {None, "", "\\illegible", "\\not-on-form"}


def field_words(line: Line) -> str:
    """Return the field, and the row where it repeats."""
    if not line.row.row:
        return line.label
    return tr("{field}, row {row}", field=line.label, row=line.row.row)


def time_words(line: Line) -> str:
    """Return when a discrepancy was decided, in this computer's time."""
    return "" if line.decided_us is None else moment_words(line.decided_us)


def moment_words(us: int) -> str:
    """Return a moment, in microseconds since 1970, UTC, in this computer's time."""
    return f"{datetime.fromtimestamp(us / 1_000_000, UTC).astimezone():%d.%m. %H:%M}"


def pass_words(held: Held) -> str:
    """Return which pass somebody keys."""
    return tr("First") if held.asked is Asked.ALL else tr("Second")


def fits(line: Line, wanted: str) -> bool:
    """Say whether a discrepancy is among those searched for; by place, cause and state, never by value."""
    row = line.row
    words = (row.document, field_words(line), cause_words(row.cause), kind_words(row.kind))
    people = (row.first_person, row.second_person, row.decided_by or "")
    return wanted.casefold() in " ".join((*words, *people, charged_words(line.charged))).casefold()


# --- files ----------------------------------------------------------------------------------------

DISCREPANCIES, RECORDS_CSV, RECORDS_JSON = "discrepancies", "csv", "jsonl"


def write_out(ws: Workspace, project: ProjectId, kind: str, path: Path) -> str:
    """Write one of the files and return what was written, in words."""
    from boapp.reports.discrepancies import to_csv

    if not path.parent.is_dir():
        raise BadInput(tr("There is no folder {folder}.", folder=path.parent), tr("Name one that is there."))
    if kind == DISCREPANCIES:
        rows = [line.row for line in report_of(ws, project).lines]
        _write(path, to_csv(rows).encode())
        return tr_n("Wrote {n} row to {path}.", "Wrote {n} rows to {path}.", len(rows), path=path)
    data, count, left_out = _records(ws, project, kind)
    _write(path, data)
    words = tr_n("Wrote {n} record to {path}.", "Wrote {n} records to {path}.", count, path=path)
    left = tr_n("{n} is not settled yet.", "{n} are not settled yet.", left_out)
    return tr("{written} {left}", written=words, left=left)


def _records(ws: Workspace, project: ProjectId, kind: str) -> tuple[bytes, int, int]:
    from boapp.services.handover import hand_over
    from boapp.services.record_files import as_csv, as_json_lines

    handed = hand_over(ws, project)
    data = as_csv(handed) if kind == RECORDS_CSV else as_json_lines(handed)
    return data, len(handed.documents), handed.left_out


def _write(path: Path, data: bytes) -> None:
    try:
        path.write_bytes(data)
    except OSError as error:
        title = tr("{path} cannot be written: {reason}.", path=path, reason=error.strerror)
        raise Unavailable(title, tr("Name another place.")) from error
