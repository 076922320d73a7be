"""Durable as one goes: a field when it is left, the unfinished one while its keys still come.

Writes go to the databases' lane, so they reach the store in the order in which they were made. While keys
come, the field is written each 200 ms: at most 300 ms after the last key it is on disk. A write that
failed is kept and made again before the next one.
"""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QObject, QTimer, Signal

from boapp.domain.passes import Entry
from boapp.domain.values import Address
from boapp.errors import Refusal
from boapp.localdb.store import Cursor
from boapp.services import keying
from boapp.services.queue import Assignment
from ui.session import Session

SOON_MS = 200

Unfinished = tuple[Cursor, Entry | None, bool]
"""Where the keyer is, what she typed there, and whether nothing stands there any more."""


class Drafts(QObject):
    """Writes the drafts of one document at a time."""

    saved = Signal()
    failed = Signal(object)
    """A Refusal: nothing more is known to be on disk until `saved` comes."""

    def __init__(self, session: Session, parent: QObject) -> None:
        super().__init__(parent)
        self._ws, self._operations, self._near = session.near, session.operations, session.apart
        self._work: Assignment | None = None
        self._unfinished: Callable[[], Unfinished] | None = None
        self._owed: dict[Address, Entry | None] = {}
        self._soon = QTimer(self)
        self._soon.setSingleShot(True)
        self._soon.setInterval(SOON_MS)
        self._soon.timeout.connect(self._write_unfinished)

    def begin(self, work: Assignment | None, unfinished: Callable[[], Unfinished] | None = None) -> None:
        """Work on this document, or on none; `unfinished` tells where the keyer is."""
        self._soon.stop()
        self._owed.clear()
        self._work, self._unfinished = work, unfinished

    def typed(self) -> None:
        """Something was typed: write it soon, and no later because more is typed."""
        if not self._soon.isActive():
            self._soon.start()

    def moved(self) -> None:
        """Write where the keyer is, soon: the cursor moved; not while `keep` is just doing so."""
        if not self._owed:
            self.typed()

    def now(self) -> None:
        """Write the unfinished field at once."""
        self._write_unfinished()

    def keep(self, entry: Entry | None, address: Address, then: Cursor) -> None:
        """Write a field that is left (None: nothing is in it) and where the keyer goes, in one step."""
        self._soon.stop()
        self._owed[address] = entry
        work, owed = self._work, dict(self._owed)
        if work is None:
            return

        def verb() -> None:
            for where, what in owed.items():
                if where != address or what is None:
                    self._put(work, where, what)
            keying.put_unfinished(self._ws, work, then, entry)

        self._operations.run(verb, lambda _none: self._settle(owed, then), self._refused, near=self._near)

    def _write_unfinished(self) -> None:
        self._soon.stop()
        work = self._work
        if work is None or self._unfinished is None:
            return
        where, entry, empty = self._unfinished()

        def verb() -> None:
            if empty:
                keying.drop(self._ws, work, Address(where.field, where.row))
            keying.put_unfinished(self._ws, work, where, entry)

        self._operations.run(verb, lambda _none: self.saved.emit(), self._refused, near=self._near)

    def _put(self, work: Assignment, address: Address, entry: Entry | None) -> None:
        if entry is None:
            keying.drop(self._ws, work, address)
        else:
            keying.put(self._ws, work, entry)

    def _settle(self, written: dict[Address, Entry | None], kept: Cursor) -> None:
        for address, entry in written.items():
            if address in self._owed and self._owed[address] == entry:
                del self._owed[address]
        if self._unfinished is not None:
            where = self._unfinished()[0]
            if (where.field, where.row) != (kept.field, kept.row):
                self.moved()
        self.saved.emit()

    def _refused(self, refusal: Refusal) -> None:
        self.failed.emit(refusal)
