"""An import that goes on while its page is left. It hangs on the operations, so it ends with the sitting.

A lock drops the keys with which it works: it lies still then, what is in stays in, and it goes on when
the page is opened again.
"""

from __future__ import annotations

import weakref
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from boapp.errors import Refusal
from ui.operations import Changes, Operations
from ui.pages.intake.presenter import Ledger, Order, Progress, Turns

if TYPE_CHECKING:
    from boapp.workspace import Workspace
    from ui.session import Session


class ImportRun(QObject):
    """Gives the lane one turn after another."""

    told = Signal(object)
    """A Progress."""
    failed = Signal(object)

    def __init__(self, operations: Operations, order: Order) -> None:
        super().__init__(operations)
        self._operations, self._ledger = operations, Ledger(order)
        self._told_others = False
        self._working_with: weakref.ref[Workspace] | None = None
        self.progress: Progress | None = None

    def go_on(self, session: Session) -> None:
        """Begin, or go on after a lock; nothing when it runs already."""
        ws, ledger = session.ws, self._ledger
        if ledger.finished or (self._working_with is not None and self._working_with() is ws):
            return
        self._working_with = weakref.ref(ws)

        def verb() -> tuple[Turns, Progress]:
            turns = Turns(ws, ledger)
            return turns, turns.turn()

        self._operations.run(verb, self._turned, self._broke_off)

    def stop(self) -> None:
        """Stop after the document that is being read; what is in stays in."""
        self._ledger.stop = True

    @property
    def running(self) -> bool:
        """Say whether it is not finished, stopped or broken off."""
        return not self._ledger.finished

    def _turned(self, result: tuple[Turns, Progress]) -> None:
        turns, self.progress = result
        self.told.emit(self.progress)
        if self.progress.finished or (self.progress.documents and not self._told_others):
            self._told_others = True
            self._operations.changed.emit(Changes.DOCUMENTS)
        if not self.progress.finished:
            self._operations.run(lambda: (turns, turns.turn()), self._turned, self._broke_off)

    def _broke_off(self, refusal: Refusal) -> None:
        self._ledger.finished = True
        self.failed.emit(refusal)


def run_of(operations: Operations) -> ImportRun | None:
    """Return the import of this sitting, running or finished."""
    found = operations.findChildren(ImportRun)
    return found[-1] if found else None


def start(session: Session, order: Order) -> ImportRun:
    """Begin an import; an earlier one that is finished is forgotten."""
    for earlier in session.operations.findChildren(ImportRun):
        earlier.setParent(None)
        earlier.deleteLater()
    run = ImportRun(session.operations, order)
    run.go_on(session)
    return run
