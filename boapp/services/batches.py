"""What a person finds to do: the batches of her projects, with what she may take in each.

Counts of documents only: nothing here says who keyed, what was keyed, or which document comes next.
"""

from collections import Counter, defaultdict
from collections.abc import Collection
from dataclasses import dataclass

from boapp.domain.ids import BatchId, DocumentId, ProjectId
from boapp.domain.workflow import HOLDS_ADJ, MAY, Mode, Role, Stage, Task
from boapp.services.intake import batch_names
from boapp.services.projects import current_form, project_names
from boapp.services.resolving import mismatches
from boapp.shareddb.protocol import DocumentRow
from boapp.workspace import Workspace


@dataclass(frozen=True, slots=True)
class Work:
    """One kind of work in a batch.

    done: documents that are past it. waits: pieces that this person may take now. mine: those of them that
    she claimed and began. held: documents that somebody else holds. hers: documents that she keyed before,
    so that this is not for her.
    """

    done: int
    waits: int
    mine: int = 0
    held: int = 0
    hers: int = 0


@dataclass(frozen=True, slots=True)
class Batch:
    """A batch as one person may see it; work is None where her roles do not give it to her."""

    project: str
    batch: str
    form: str
    documents: int
    settled: int
    first: Work | None
    second: Work | None
    resolve: Work | None


def my_batches(ws: Workspace) -> list[Batch]:
    """Return the batches of the projects in which this person has a role, in the order they came."""
    return [
        batch
        for project, name in project_names(ws).items()
        if ws.roles(project)
        for batch in _of_project(ws, project, name)
    ]


def may_resolve(roles: Collection[Role], mode: Mode) -> bool:
    """Say whether somebody with these roles can ever resolve in a project of this mode."""
    return bool(HOLDS_ADJ & set(roles)) or (mode is Mode.RELEASE and Role.SECOND_KEYER in roles)


def _of_project(ws: Workspace, project: ProjectId, name: str) -> list[Batch]:
    roles, form = ws.roles(project), current_form(ws, project)
    rows = defaultdict[BatchId, list[DocumentRow]](list)
    for row in ws.shared.documents(project):
        rows[row.batch].append(row)
    held = set(ws.shared.held_by_others(project))
    mine = {claim.document for claim in ws.shared.my_claims(project)} - ws.store.reserve.untouched()
    may = may_resolve(roles, ws.roster.project(project).mode)
    waiting = Counter(m.place.document for m in mismatches(ws, project)) if may else None
    keys = not roles & HOLDS_ADJ
    return [
        Batch(
            name,
            words,
            form.title,
            len(rows[batch]),
            sum(row.stage is Stage.SETTLED for row in rows[batch]),
            _first(rows[batch], held, mine) if keys and roles & MAY[Task.FIRST] else None,
            _second(ws, rows[batch], held, mine)
            if keys and roles & MAY[Task.SECOND] and form.double
            else None,
            None if waiting is None else _resolve(rows[batch], waiting),
        )
        for batch, words in batch_names(ws, project).items()
    ]


def _first(rows: list[DocumentRow], held: set[DocumentId], mine: set[DocumentId]) -> Work:
    open_ones = {row.id for row in rows if row.stage is Stage.FIRST}
    return Work(
        len(rows) - len(open_ones), len(open_ones - held), len(open_ones & mine), len(open_ones & held)
    )


def _second(ws: Workspace, rows: list[DocumentRow], held: set[DocumentId], mine: set[DocumentId]) -> Work:
    open_ones = {row.id for row in rows if row.stage is Stage.SECOND}
    hers = {row.id for row in rows if row.id in open_ones and row.first_by == ws.me.id}
    fit = open_ones - hers
    done = sum(row.stage not in {Stage.FIRST, Stage.SECOND} for row in rows)
    return Work(done, len(fit - held), len(fit & mine), len(fit & held), len(hers))


def _resolve(rows: list[DocumentRow], waiting: Counter[DocumentId]) -> Work:
    settled = sum(row.stage is Stage.SETTLED for row in rows)
    return Work(settled, sum(waiting[row.id] for row in rows))
