"""Resolving: the page at the left, the crop and the decision in the middle, the lists at the right.

The order holds everything together: a mismatch is asked for with an empty box; Enter locks the own
reading; only the answer to that brings the two readings; a decision settles them; then, as at skip and
leave, all of it is dropped. What arrives late, for a mismatch that was left, is dropped unseen: each
request carries the turn in which it was made.
"""

import enum
import random
import time
from collections.abc import Callable
from typing import TypeVar

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent, QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QStackedWidget, QVBoxLayout, QWidget

from boapp.domain.resolution import Decision
from boapp.domain.values import Value
from boapp.errors import Refusal, Unavailable
from ui.i18n import tr
from ui.operations import Changes
from ui.pages.resolving import presenter
from ui.pages.resolving.choosing import ENTER, Choosing
from ui.pages.resolving.deciding import Deciding
from ui.pages.resolving.dock import Dock
from ui.pages.resolving.empty import Nothing
from ui.pages.resolving.keys import help_groups, hints
from ui.pages.resolving.lists import Lists, upright_line
from ui.pages.resolving.presenter import Item, Opened, Queue
from ui.pages.resolving.sheets import Sheets
from ui.pages.resolving.words import nothing_keyed, refusal_words
from ui.session import Session
from ui.shell.bars import Work, WorkFrame
from ui.shell.page import Page
from ui.shell.window import HOME
from ui.way_words import away_words
from ui.widgets.document_canvas import DocumentCanvas
from ui.widgets.entry_box import empty_clipboard
from ui.widgets.image_tools import ImageTools
from ui.widgets.key_help import KeyHelp
from ui.words import roles_words

Result = TypeVar("Result")
NARROW, SMALL_HEIGHT = 1400, 800
PAGE_WIDTHS, LIST_WIDTHS, ROWS = (340, 420), (252, 280), (32, 34)


class State(enum.Enum):
    """Where the page is; keys act in KEYING and DECIDING alone."""

    LOADING = enum.auto()
    EMPTY = enum.auto()
    KEYING = enum.auto()
    LOCKING = enum.auto()
    DECIDING = enum.auto()
    SETTLING = enum.auto()


class ResolvePage(Page):
    """Resolve mismatches."""

    def __init__(
        self,
        session: Session,
        chance: random.Random | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        super().__init__(session, Work.RESOLVE.words)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self._chance, self._clock = chance or random.SystemRandom(), clock
        self.state, self._turn, self._visit = State.LOADING, 0, 0
        self._queue: Queue | None = None
        self._item: Item | None = None
        self._skipped: list[object] = []
        self._build()
        self._connect()

    def _build(self) -> None:
        self.dock, self.lists, self.nothing = Dock(), Lists(), Nothing()
        self.canvas = DocumentCanvas(self.session.operations.draw)
        tools = ImageTools(self.canvas, self)
        self._left = QWidget()
        left = QVBoxLayout(self._left)
        left.setContentsMargins(0, 0, 0, 0)
        left.setSpacing(0)
        left.addWidget(tools)
        left.addWidget(self.canvas, 1)
        work = QWidget()
        columns = QHBoxLayout(work)
        columns.setContentsMargins(0, 0, 0, 0)
        columns.setSpacing(0)
        for part in (self._left, self.dock, upright_line(), self.lists):
            columns.addWidget(part, 1 if part is self.dock else 0)
        self._content = QStackedWidget()
        self._content.addWidget(self.nothing)
        self._content.addWidget(work)
        role = roles_words(self.session.roles())
        self.frame = WorkFrame(Work.RESOLVE, self.session.code, role, self._content)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.addWidget(self.frame)
        self._sheets = Sheets(self.session, (self.canvas, self.dock.snippet, tools), self._refused)

    def _connect(self) -> None:
        self.dock.own.box.entered.connect(self._lock)
        self.dock.compare.another.connect(self._show_hints)
        self.nothing.home.connect(self._go_home)
        self._choosing = Choosing(self.dock.compare, self, self._clock, self._settle)

    @property
    def place(self) -> tuple[str, str] | None:
        """Return file name and field of the mismatch at hand, while it is keyed or decided."""
        if self._item is None or self.state not in {State.KEYING, State.DECIDING}:
            return None
        return self._item.source.description.name, self._item.mismatch.place.field

    @property
    def readings_shown(self) -> bool:
        """Say whether the two readings are on screen."""
        return self.state is State.DECIDING

    # --- the queue ----------------------------------------------------------------------------

    def enter(self) -> None:
        """Read the queue again; a mismatch that is being worked on stays as it is."""
        ws, first = self.session.ws, self._queue is None
        if first:
            self.nothing.show_waiting()
        visit = self._visit

        def arrived(queue: Queue) -> None:
            if visit == self._visit:
                self._show_queue(queue)

        self.session.operations.run(lambda: presenter.read(ws, compare_first=first), arrived, self._refused)

    def leave(self) -> bool:
        """Drop everything: pages, readings, what was keyed and not locked."""
        self._drop()
        self._visit += 1
        self._item, self.state = None, State.LOADING
        self._sheets.clear()
        empty_clipboard(of_anybody=False)
        return True

    def _show_queue(self, queue: Queue) -> None:
        self._queue = queue
        gone = self._item is not None and self._item.key not in {item.key for item in queue.items}
        if gone or self.state in {State.LOADING, State.EMPTY}:
            self._next()
        else:
            self._show_lists()
        if gone:
            self.frame.banner.say(tr("Somebody else settled that mismatch. This is the next one."))
        if queue.trouble:
            self.frame.banner.say(queue.trouble, "err")

    def _next(self) -> None:
        """Ask for the next mismatch: those skipped come last, in the order in which they were skipped."""
        self._drop()
        item = self._first_waiting()
        self._item = item
        if item is None:
            self._show_nothing()
        else:
            self._ask(item)
        self._show_lists()

    def _first_waiting(self) -> Item | None:
        items = self._queue.items if self._queue else ()
        fresh = [item for item in items if item.key not in self._skipped]
        again = sorted(
            (item for item in items if item.key in self._skipped), key=lambda i: self._skipped.index(i.key)
        )
        return next(iter((*fresh, *again)), None)

    def _show_nothing(self) -> None:
        self.state = State.EMPTY
        self._sheets.clear()
        self.nothing.show_empty(self._queue.rows if self._queue else 0)
        self._content.setCurrentWidget(self.nothing)
        self.frame.mode_bar.say(())
        self.setFocus()

    def _show_lists(self) -> None:
        queue = self._queue
        if queue is None:
            return
        done, left = len(queue.settled), len(queue.items)
        self.lists.show_lines(queue.items, self._item, queue.settled)
        words = tr("{done} of {total} settled", done=done, total=done + left)
        self.frame.status.count(done, done + left, words)
        self.frame.status.step.setText(tr("You keyed neither pass") if queue.neither_pass else "")
        if self._item is not None:
            trail = (self._item.project, self._item.batch, self._item.label)
            place = tr("Mismatch {n} of {total}", n=done + 1, total=done + left)
            self.frame.mode_bar.say(trail, place)
        self._show_hints()

    def _show_hints(self) -> None:
        typing = self.dock.compare.is_typing
        found = hints(deciding=self.state is State.DECIDING, typing=typing)
        self.frame.hints.say(() if self.state is State.EMPTY else found)

    # --- step 1 -------------------------------------------------------------------------------

    def _ask(self, item: Item) -> None:
        self.state = State.KEYING
        self._content.setCurrentIndex(1)
        self.dock.ask(item)
        self._sheets.show(item)
        self.dock.own.box.setFocus()
        ws = self.session.ws
        self._run(lambda: presenter.locked(ws, item), self._show_locked)

    def _show_locked(self, value: Value | None) -> None:
        if value is not None and self.state is State.KEYING:
            self.dock.own.show_locked(value)
        self._prepare_next()

    def _prepare_next(self) -> None:
        items = self._queue.items if self._queue else ()
        following = next((item for item in items if self._item and item.key != self._item.key), None)
        if following is not None:
            self._sheets.prepare(following)

    def _lock(self) -> None:
        own, item = self.dock.own, self._item
        if self.state is not State.KEYING or item is None:
            return
        value = own.box.value
        if value is None:
            own.say(nothing_keyed(), "warn")
            return
        wrong = refusal_words(item.field, value, item.mismatch.place.row)
        if wrong:
            own.say(wrong, "err")
            return
        self.state = State.LOCKING
        own.hold()
        ws, chance = self.session.ws, self._chance
        self._run(
            lambda: presenter.compare(ws, item, value, chance), self._show_readings, self._could_not_lock
        )

    def _could_not_lock(self, refusal: Refusal) -> None:
        self.state = State.KEYING
        self.dock.own.go_on()
        self._refused(refusal)

    # --- step 2 -------------------------------------------------------------------------------

    def _show_readings(self, opened: Opened) -> None:
        self.state = State.DECIDING
        self.dock.show_comparison()
        self._choosing.begin(opened)
        self.dock.fit()
        self._show_hints()

    def _settle(self, deciding: Deciding, value: Value) -> None:
        if self.state is not State.DECIDING:
            return
        self.state = State.SETTLING
        ws, opened, cause = self.session.ws, deciding.opened, deciding.said_cause
        self._run(
            lambda: presenter.decide(ws, opened, value, cause),
            self._settled,
            self._could_not_settle,
            Changes.DOCUMENTS | Changes.MISMATCHES,
        )

    def _settled(self, _decision: Decision) -> None:
        if self._queue is not None and self._item is not None:
            self._queue = self._queue.without(self._item)
        self._next()

    def _could_not_settle(self, refusal: Refusal) -> None:
        self.state = State.DECIDING
        self._refused(refusal)

    # --- leaving a mismatch -------------------------------------------------------------------

    def _skip(self) -> None:
        if self._item is None or self.state not in {State.KEYING, State.DECIDING}:
            return
        if self._item.key in self._skipped:
            self._skipped.remove(self._item.key)
        self._skipped.append(self._item.key)
        self._next()

    def _drop(self) -> None:
        """Let go of the readings, the own one and everything made from them; nothing late arrives."""
        self._turn += 1
        self._choosing.drop()
        self.dock.forget()
        self.frame.banner.say("")

    def _go_home(self) -> None:
        self.go.emit(HOME)

    # --- keys ---------------------------------------------------------------------------------

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key = Qt.Key(event.key())
        leaves = key == Qt.Key.Key_W and event.modifiers() == Qt.KeyboardModifier.ControlModifier
        if key == Qt.Key.Key_F9:
            self._skip()
        elif key == Qt.Key.Key_F1:
            self._help()
        elif leaves or (self.state is State.EMPTY and key in ENTER):
            self._go_home()
        elif self.state is State.DECIDING and self._choosing.key(event):
            event.accept()
            self._show_hints()
        else:
            super().keyPressEvent(event)

    def _help(self) -> None:
        if self._item is None:
            return
        before = self.focusWidget()
        layer = KeyHelp(self, self._item.label, self._item.field.help, help_groups())
        layer.closed.connect(layer.deleteLater)
        if before is not None:
            layer.closed.connect(before.setFocus)
        layer.adjustSize()
        layer.move((self.width() - layer.width()) // 2, (self.height() - layer.height()) // 2)
        layer.open()

    # --- the rest -----------------------------------------------------------------------------

    def _run(
        self,
        verb: Callable[[], Result],
        done: Callable[[Result], None],
        failed: Callable[[Refusal], None] | None = None,
        changes: Changes = Changes.NOTHING,
    ) -> None:
        """Run a verb; its result is dropped when the mismatch it was for has been left."""
        turn = self._turn

        def arrived(result: Result) -> None:
            if turn == self._turn:
                done(result)

        def refused(refusal: Refusal) -> None:
            if turn == self._turn:
                (failed or self._refused)(refusal)

        self.session.operations.run(verb, arrived, refused, changes)

    def _refused(self, refusal: Refusal) -> None:
        away = self.session.apart and isinstance(refusal, Unavailable)
        if away and self._queue is None:
            self.state = State.EMPTY
            self.nothing.show_away(away_words(refusal))
            self.setFocus()
        else:
            words = away_words(refusal) if away else str(refusal)
            self.frame.banner.say(words, "warn" if away else "err")

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        wide = self.width() >= NARROW
        self._left.setFixedWidth(PAGE_WIDTHS[wide])
        self.lists.setFixedWidth(LIST_WIDTHS[wide])
        self.lists.set_row_height(ROWS[self.height() >= SMALL_HEIGHT])
