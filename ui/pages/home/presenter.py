"""What home shows: the next piece of work, the lanes, the projects with their counts."""

from __future__ import annotations

from dataclasses import dataclass

from boapp.domain.workflow import HOLDS_ADJ, MAY, Mode, Role, Stage, Task
from boapp.services.intake import batch_names
from boapp.services.projects import project_names
from boapp.services.resolving import mismatches
from boapp.workspace import Workspace


@dataclass(frozen=True, slots=True)
class Line:
    """One project or batch as a keyer may see it: what she may do there, and how much of it."""

    project: str
    batch: str
    first: int
    second: int
    total: int
    settled: int
    not_for_you: int


@dataclass(frozen=True, slots=True)
class Home:
    """Counts for the lanes, whether this person has them, and the lines of the table."""

    may_first: bool
    may_second: bool
    may_resolve: bool
    first: int
    second: int
    mismatches: int
    lines: tuple[Line, ...]
    unsent: int

    @property
    def next(self) -> str:
        """Return the page of the next piece of work: what is nearest to being finished comes first."""
        if self.mismatches and self.may_resolve:
            return "resolve"
        if self.second and self.may_second:
            return "second"
        if self.first and self.may_first:
            return "first"
        return ""


def read(ws: Workspace) -> Home:
    """Return what home shows to this person."""
    lines: list[Line] = []
    waiting = 0
    for project, name in project_names(ws).items():
        roles = ws.roles(project)
        if not roles:
            continue
        lines += _lines(ws, project, name)
        if may_resolve(roles, ws.roster.project(project).mode):
            waiting += len(mismatches(ws, project))
    all_roles = {r for p in ws.roster.projects.values() for r in p.roles(ws.me.id)}
    modes = [p.mode for p in ws.roster.projects.values() if p.roles(ws.me.id)]
    return Home(
        may_first=bool(all_roles & MAY[Task.FIRST]),
        may_second=bool(all_roles & MAY[Task.SECOND]),
        may_resolve=any(may_resolve(frozenset(all_roles), mode) for mode in modes),
        first=sum(line.first for line in lines),
        second=sum(line.second for line in lines),
        mismatches=waiting,
        lines=tuple(lines),
        unsent=len(ws.store.waiting()),
    )


def may_resolve(roles: frozenset[Role], mode: Mode) -> bool:
    """Say whether somebody with these roles can ever resolve in a project of this mode."""
    return bool(roles & HOLDS_ADJ) or (mode is Mode.RELEASE and Role.SECOND_KEYER in roles)


def _lines(ws: Workspace, project: bytes, name: str) -> list[Line]:
    from boapp.domain.ids import ProjectId

    known, roles = ProjectId(project), ws.roles(ProjectId(project))
    batches = batch_names(ws, known)
    rows = ws.shared.documents(known)
    found = []
    for batch, words in batches.items():
        mine = [row for row in rows if row.batch == batch]
        second = [row for row in mine if row.stage is Stage.SECOND]
        hers = sum(row.first_by == ws.me.id for row in second)
        found.append(
            Line(
                name,
                words,
                sum(row.stage is Stage.FIRST for row in mine) if roles & MAY[Task.FIRST] else 0,
                len(second) - hers if roles & MAY[Task.SECOND] else 0,
                len(mine),
                sum(row.stage is Stage.SETTLED for row in mine),
                hers,
            )
        )
    return found
