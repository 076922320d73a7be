"""What Import shows, and the import itself as far as it runs in the databases' lane.

An import goes on document by document in short turns, so that other verbs get theirs between.
"""

from __future__ import annotations

import time
import weakref
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from boapp.domain.ids import ProjectId
from boapp.domain.workflow import MAY, Role, Task
from boapp.errors import BadInput
from boapp.services.intake import Accepted, Refused, Run, begin
from boapp.services.projects import project_names
from boapp.workspace import Workspace
from ui.i18n import tr, tr_n

TURN_SECONDS = 0.25
"""How long one turn keeps the databases' lane, at the least one document."""


@dataclass(frozen=True, slots=True)
class Order:
    """What is to be taken in; paths as they were typed, a folder stands for the files in it."""

    project: ProjectId
    project_name: str
    batch: str
    paths: tuple[Path, ...]
    index: Path | None


@dataclass(frozen=True, slots=True)
class Progress:
    """How far an import is; seconds it has worked, without the time it lay still."""

    order: Order
    total: int
    done: int
    documents: int
    pages: int
    refused: tuple[Refused, ...]
    seconds: float
    finished: bool


@dataclass(slots=True)
class Ledger:
    """What an import has come to: it outlives a lock, so it holds no key and no page.

    Only turns in the databases' lane write to it, but for `stop`, which a person sets.
    """

    order: Order
    came_to: list[str] = field(default_factory=list)
    accepted: list[Accepted] = field(default_factory=list)
    refused: list[Refused] = field(default_factory=list)
    seconds: float = 0.0
    stop: bool = False
    finished: bool = False


class Turns:
    """An import under way with an open workspace; let go of it and its worker ends."""

    def __init__(self, ws: Workspace, ledger: Ledger) -> None:
        from boapp.interchange.index_csv import read_index

        order, self._ledger = ledger.order, ledger
        index = read_index(order.index) if order.index else None
        self._run: Run = begin(ws, order.project, order.batch, list(expanded(order.paths)), index)
        self._run.pass_over(set(ledger.came_to))
        self._before = len(ledger.came_to)
        self._kept = (tuple(ledger.accepted), tuple(ledger.refused))
        self.close = weakref.finalize(self, self._run.close)

    def turn(self) -> Progress:
        """Take in what fits into one turn."""
        ledger, began = self._ledger, time.monotonic()
        while not ledger.stop and (name := self._run.next) is not None:
            self._run.step()
            ledger.came_to.append(name)
            if time.monotonic() - began >= TURN_SECONDS:
                break
        ledger.seconds += time.monotonic() - began
        result = self._run.result()
        ledger.accepted[:] = [*self._kept[0], *result.accepted]
        ledger.refused[:] = dict.fromkeys((*self._kept[1], *result.refused))
        ledger.finished = ledger.stop or self._run.next is None
        if ledger.finished:
            self.close()
        return self.progress()

    def progress(self) -> Progress:
        """Return how far it is."""
        ledger = self._ledger
        return Progress(
            ledger.order,
            self._before + self._run.total,
            len(ledger.came_to),
            len({name for file in ledger.accepted for name in file.documents}),
            sum(file.pages for file in ledger.accepted),
            tuple(ledger.refused),
            ledger.seconds,
            ledger.finished,
        )


def projects(ws: Workspace) -> list[tuple[ProjectId, str]]:
    """Return the projects into which this person may take images."""
    everywhere = ws.me.roles & {Role.ADMINISTRATOR}
    return [
        (id_, name)
        for id_, name in project_names(ws).items()
        if (ws.roles(id_) | everywhere) & MAY[Task.INTAKE]
    ]


def expanded(paths: tuple[Path, ...]) -> Iterator[Path]:
    """Yield the files; those of a folder in the order of their names."""
    for path in paths:
        if not path.exists():
            raise BadInput(tr("There is no {path}.", path=path), tr("Correct the line, or leave it out."))
        if path.is_dir():
            yield from sorted(child for child in path.iterdir() if not child.name.startswith("."))
        else:
            yield path


def typed_paths(words: str) -> tuple[Path, ...]:
    """Return the paths that were typed, one a line."""
    return tuple(Path(line.strip()).expanduser() for line in words.splitlines() if line.strip())


# --- words -----------------------------------------------------------------------------------------


def pace_words(progress: Progress) -> str:
    """Return how long it will take and how fast it goes; nothing before that can be told."""
    if not progress.done or progress.seconds < 1 or progress.finished:
        return ""
    rate = progress.done / progress.seconds
    left = (progress.total - progress.done) / rate
    speed = tr_n("{n} document a minute", "{n} documents a minute", max(1, round(rate * 60)))
    minutes = tr_n("about {n} min left", "about {n} min left", round(left / 60))
    return tr("{left} · {speed}", left=minutes if left >= 60 else tr("less than a minute left"), speed=speed)


def result_words(progress: Progress) -> str:
    """Return what came of it."""
    documents = tr_n("{n} document", "{n} documents", progress.documents)
    pages = tr_n("{n} page", "{n} pages", progress.pages)
    refused = tr_n("{n} file was refused", "{n} files were refused", len(progress.refused))
    return tr("{documents} · {pages} · {refused}", documents=documents, pages=pages, refused=refused)


def reason_words(refused: Refused) -> tuple[str, str]:
    """Return what is wrong with a file, and what to do about it."""
    wrong, dot, advice = refused.reason.partition(". ")
    return (wrong + "." if dot else wrong), advice
