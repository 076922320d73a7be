"""What home shows: the next piece of work, the lanes, one line for each kind of work in each batch."""

from __future__ import annotations

import enum
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from boapp.domain.workflow import MAY, Task
from boapp.services.batches import Batch, Work, may_resolve, my_batches
from boapp.services.people import is_set_by_administrator
from boapp.sync.ready import Ready, ready_here
from boapp.workspace import Workspace
from ui.i18n import tr, tr_n

LANES = ("first", "second", "resolve")
NEAREST_TO_THE_END = ("resolve", "second", "first", "")


class State(enum.Enum):
    """Where a line stands for this person; lines that can be started come first."""

    STARTED = 0
    FREE = 1
    WAITS = 2
    HELD = 3
    HERS = 4
    DONE = 5
    SEALED = 6


@dataclass(frozen=True, slots=True)
class Line:
    """One kind of work in one batch; lane is empty for whoever only looks on."""

    project: str
    batch: str
    form: str
    lane: str
    done: int
    total: int
    waits: int
    state: State

    @property
    def can_start(self) -> bool:
        """Say whether this person can begin here now."""
        return bool(self.lane) and self.state in {State.STARTED, State.FREE}


@dataclass(frozen=True, slots=True)
class Lane:
    """One of the three kinds of work: whether she has it, how much waits, in how many batches."""

    may: bool
    waits: int
    batches: int


@dataclass(frozen=True, slots=True)
class Home:
    """Everything that home shows to one person."""

    lanes: dict[str, Lane]
    lines: tuple[Line, ...]
    unsent: int
    set_by_administrator: bool
    here: bool = False
    """Only what is on this computer: the server was not asked."""

    @property
    def next(self) -> Line | None:
        """Return the next piece of work: what is nearest to being finished comes first."""
        return next((line for line in self.lines if line.can_start), None)


def read(ws: Workspace) -> Home:
    """Return what home shows to this person."""
    batches = my_batches(ws)
    return _home(ws, (line for batch in batches for line in lines_of(batch)), here=False)


def read_here(ws: Workspace) -> Home:
    """Return what home shows of this computer alone; ws is the workspace that works apart from the server."""
    return _home(ws, map(_line_here, ready_here(ws)), here=True)


def _home(ws: Workspace, found: Iterable[Line], *, here: bool) -> Home:
    lines, may = sorted(found, key=_order), _may(ws)
    lanes = {name: _lane(lines, name, may=may[name]) for name in LANES}
    return Home(lanes, tuple(lines), ws.store.backlog().count, is_set_by_administrator(ws), here=here)


def _line_here(ready: Ready) -> Line:
    state = State.STARTED if ready.begun else State.FREE if ready.waits else State.SEALED
    lane = "second" if ready.second else "first"
    whole = ready.waits + ready.sealed
    return Line(ready.project, ready.batch, ready.form, lane, ready.sealed, whole, ready.waits, state)


def _may(ws: Workspace) -> dict[str, bool]:
    mine = [(p.roles(ws.me.id), p.mode) for p in ws.roster.projects.values()]
    return {
        "first": any(roles & MAY[Task.FIRST] for roles, _ in mine),
        "second": any(roles & MAY[Task.SECOND] for roles, _ in mine),
        "resolve": any(may_resolve(roles, mode) for roles, mode in mine),
    }


def _order(line: Line) -> tuple[bool, int, int]:
    return not line.can_start, NEAREST_TO_THE_END.index(line.lane), line.state.value


def _lane(lines: list[Line], name: str, *, may: bool) -> Lane:
    mine = [line for line in lines if line.lane == name and line.waits]
    return Lane(may, sum(line.waits for line in mine), len(mine))


def lines_of(batch: Batch) -> Iterator[Line]:
    """Yield what this person may do in a batch, or how far it is when she does nothing there."""
    works = [("first", batch.first), ("second", batch.second), ("resolve", batch.resolve)]
    given = [(lane, work) for lane, work in works if work is not None]
    for lane, work in given or [("", Work(batch.settled, 0))]:
        state = state_of(work, batch.documents)
        yield Line(
            batch.project, batch.batch, batch.form, lane, work.done, batch.documents, work.waits, state
        )


def state_of(work: Work, documents: int) -> State:
    """Return where a kind of work stands; what she can take comes before what she cannot."""
    if work.mine:
        return State.STARTED
    if work.waits:
        return State.FREE
    if work.held:
        return State.HELD
    if work.hers:
        return State.HERS
    return State.DONE if work.done == documents else State.WAITS


def lane_words(lane: str) -> str:
    """Return the name of a kind of work."""
    return {
        "first": tr("First keying"),
        "second": tr("Second keying"),
        "resolve": tr("Resolve mismatches"),
        "": tr("Documents settled"),
    }[lane]


def waits_words(lane: str, count: int) -> str:
    """Return how much of a kind of work waits."""
    if lane == "resolve":
        return tr_n("{n} mismatch waits", "{n} mismatches wait", count)
    return tr_n("{n} document waits", "{n} documents wait", count)


def nothing_waits_words(lane: str, *, here: bool) -> str:
    """Return what stands where nothing of a kind of work waits."""
    if here:
        return tr("Needs the server") if lane == "resolve" else tr("Nothing is on this computer")
    return tr("Nothing waits now")


def lines_words(count: int, *, here: bool) -> str:
    """Return how many lines are shown."""
    words = tr_n("{n} line", "{n} lines", count)
    return tr("{lines} · on this computer", lines=words) if here else words


def state_words(line: Line) -> str:
    """Return what stands in the last column, and why nothing can be started where that is so."""
    return {
        State.STARTED: tr("Yours, started"),
        State.FREE: waits_words(line.lane, line.waits),
        State.WAITS: tr("Waits for the step before") if line.lane else tr("In work"),
        State.HELD: tr("All held by others"),
        State.HERS: tr("Not for you: keyed by you"),
        State.DONE: tr("Done"),
        State.SEALED: tr("Waits to be sent"),
    }[line.state]


def fits(line: Line, wanted: str) -> bool:
    """Say whether a line is among those searched for."""
    words = " ".join((line.project, line.batch, line.form, lane_words(line.lane), state_words(line)))
    return wanted.casefold() in words.casefold()
