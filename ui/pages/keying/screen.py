"""The parts of the keying screen and where they stand: image left, dock and list right, bars around."""

from __future__ import annotations

from PySide6.QtWidgets import QHBoxLayout, QLabel, QStackedWidget, QWidget

from ui.i18n import tr
from ui.pages.keying.dock import Dock
from ui.pages.keying.empty import EmptyState
from ui.pages.keying.words import Empty
from ui.shell.bars import Hint, Work, WorkFrame
from ui.theme import theme
from ui.widgets.document_canvas import DocumentCanvas, Draw
from ui.widgets.field_list import FieldList
from ui.widgets.image_tools import ImageTools
from ui.widgets.minimap import Minimap
from ui.widgets.parts import card, column, line, picture, row, text

WIDE, NARROW, LEAST, STEP = 600, 520, 440, 40
WIDE_FROM, TALL_FROM = 1400, 800


class Screen(QWidget):
    """Everything that is seen while keying; it decides nothing."""

    def __init__(self, work: Work, code: str, role: str, draw: Draw) -> None:
        super().__init__()
        self.work = work
        self._chosen_width = 0
        self.canvas = DocumentCanvas(draw)
        self.minimap = Minimap(self.canvas)
        self.dock, self.fields = Dock(work), FieldList(work.value)
        self.index = text("", "small")
        self.index.setContentsMargins(12, 4, 12, 4)
        self.index.hide()
        self.blind, self._blind_words = self._blind_card()
        self.pane = self._pane()
        self._content = QWidget()
        self.tools = ImageTools(self.canvas, self)
        self._lay_out()
        self.empty = EmptyState()
        self.stack = QStackedWidget()
        self.stack.addWidget(self._content)
        self.stack.addWidget(self.empty)
        self.frame = WorkFrame(work, code, role, self.stack)
        self.setLayout(column(self.frame))
        self.dock.snippet.follow(self.canvas)

    def _pane(self) -> QWidget:
        pane = QWidget()
        pane.setProperty("role", "panel")
        pane.setLayout(column(self.dock, line(), self.fields, spacing=0))
        return pane

    def _lay_out(self) -> None:
        picture_row = row(self.canvas, self.minimap, spacing=0)
        picture_row.setStretch(0, 1)
        left = column(self.tools, self.index, spacing=0)
        left.addLayout(picture_row, 1)
        pane_layout = self.pane.layout()
        if pane_layout is not None:
            pane_layout.addWidget(self.blind)
        whole = QHBoxLayout(self._content)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.setSpacing(0)
        whole.addLayout(left, 1)
        whole.addWidget(self.pane)

    def _blind_card(self) -> tuple[QWidget, QLabel]:
        frame, inside = card()
        tint = theme().tokens.second_tint
        frame.setObjectName("blind")
        frame.setStyleSheet(f"#blind {{ background: {tint}; border: none; border-radius: 10px; }}")
        words = text("", "body2")
        words.setWordWrap(True)
        title = text(tr("Key what you see on the image"), "card-title")
        inside.addLayout(row(picture("eye-off", "second"), title, None))
        inside.addWidget(words)
        outer = QWidget()
        outer_layout = column(frame)
        outer_layout.setContentsMargins(16, 8, 16, 16)
        outer.setLayout(outer_layout)
        if self.work is not Work.SECOND:
            outer.hide()  # never shown by word before it has its place: it would be a window of its own
        return outer, words

    # --- sizes --------------------------------------------------------------------------------

    def fit(self) -> None:
        """Give the pane, the snippet, the rows and the hints the sizes that this window has room for."""
        wide, tall = self.width() >= WIDE_FROM, self.height() >= TALL_FROM
        self.pane.setFixedWidth(self._chosen_width or (WIDE if wide else NARROW))
        self.dock.snippet.set_height(112 if tall else 84)
        self.fields.set_row_height(34 if wide and tall else 32)

    def widen(self, steps: int) -> None:
        """Move the split by steps of 40 px; the form keeps at least 440 px and the page as much."""
        now = self._chosen_width or self.pane.width()
        self._chosen_width = max(LEAST, min(now + steps * STEP, self.width() - LEAST))
        self.fit()

    # --- what stands in the bars --------------------------------------------------------------

    def say_hints(self) -> None:
        """Show the keys that matter here; where nothing is left to key, the page itself says its one key."""
        if self.stack.currentWidget() is self.empty:
            self.frame.hints.say(())
            return
        hints = [
            Hint("Enter", tr("Next")),
            Hint("Shift Enter", tr("Back")),
            Hint("F3", tr("Repeat last")),
            Hint("F5", tr("Blank")),
            Hint("F6", tr("Illegible")),
            Hint("F7", tr("Unsure char.")),
            Hint("F8", tr("Note")),
            Hint("F9", tr("Next open field")),
            Hint("Ctrl R", tr("Problem page")),
        ]
        if self.work is Work.SECOND:
            del hints[2]
        self.frame.hints.say(hints, Hint("Ctrl Enter", tr("Finish document")))

    def say_blind(self, words: str) -> None:
        """Show in the quiet card of the second pass what is off."""
        self._blind_words.setText(words)

    def say_index(self, words: str) -> None:
        """Show what an index file said about the document."""
        self.index.setText(words)
        self.index.setVisible(bool(words))

    def show_empty(self, why: Empty) -> None:
        """Show that nothing is left."""
        self.empty.say(why)
        self.frame.mode_bar.say(())
        self.frame.status.count(0, 0, "")
        self.stack.setCurrentWidget(self.empty)
        self.say_hints()
        self.empty.setFocus()

    def show_work(self) -> None:
        """Show the form and the page."""
        if self.stack.currentWidget() is self.empty:
            self.stack.setCurrentWidget(self._content)
            self.say_hints()
        self.dock.box.setFocus()

    def forget(self) -> None:
        """Drop page, pictures and texts."""
        self.canvas.clear()
        self.say_index("")
        self.frame.mode_bar.say(())
