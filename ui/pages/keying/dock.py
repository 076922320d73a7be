"""The dock: number and label, rule, snippet, entry box, one message line. It stays where it is."""

from __future__ import annotations

from PySide6.QtWidgets import QHBoxLayout, QWidget

from ui.i18n import tr
from ui.pages.keying.presenter import Slot
from ui.pages.keying.words import hint, rule
from ui.shell.bars import Work
from ui.theme import theme
from ui.widgets.entry_box import EntryBox, EntryFrame
from ui.widgets.message_line import Message, MessageLine
from ui.widgets.parts import column, row, text
from ui.widgets.snippet import Snippet

EDGES = {"err": "err", "warn": "warn"}


class Dock(QWidget):
    """Where the eye stays while keying."""

    def __init__(self, work: Work) -> None:
        super().__init__()
        self._work = work
        self._slot: Slot | None = None
        self._number, self._label = text("", "field-name"), text("", "field-name")
        self._number.setStyleSheet(f"color: {theme().colour(work.value).name()};")
        self._badge, self._rule = text("2×", "badge"), text("", "small")  # noqa: RUF001 - the sign itself
        self.snippet = Snippet()
        self.box = EntryBox(may_paste=work is Work.FIRST)
        self.frame = EntryFrame(self.box, work.value)
        self.line = MessageLine()
        layout = column(self._head(), self.snippet, self.frame, self.line, spacing=6)
        layout.setContentsMargins(16, 8, 16, 4)
        self.setLayout(layout)
        self.setFocusProxy(self.box)

    def _head(self) -> QHBoxLayout:
        return row(self._number, self._label, self._badge, None, self._rule)

    def show_slot(self, slot: Slot, typed: int) -> None:
        """Show which field is keyed."""
        self._slot = slot
        self._number.setText(str(slot.number))
        self._label.setText(slot.field.label)
        self._badge.setVisible(slot.twice and self._work is Work.FIRST)
        self._rule.setText(rule(slot.field))
        twice = slot.twice and self._work is Work.FIRST
        name = tr("{label}, keyed twice", label=slot.field.label) if twice else slot.field.label
        self.box.setAccessibleName(name)
        self.count(typed)

    def count(self, typed: int) -> None:
        """Show the hint inside the box, which may count what is typed."""
        if self._slot is not None:
            self.frame.show_hint(hint(self._slot.field, typed))

    def show_mark(self, words: str) -> None:
        """Show how the field is marked; empty words: it is not."""
        self.box.show_mark(words)
        self._describe()

    def say(self, message: Message) -> None:
        """Show a message and the edge that goes with it."""
        self.line.say(message)
        self.frame.show_edge(EDGES.get(message.kind, "edge"))
        self._describe()

    def _describe(self) -> None:
        """Give the box its description: how the field is marked, its rule, the message."""
        parts = [self.box.mark, rule(self._slot.field) if self._slot else "", self.line.message.words]
        self.box.setAccessibleDescription(". ".join(part.rstrip(".") for part in parts if part))

    def forget(self) -> None:
        """Let go of everything that was shown."""
        self._slot = None
        self.box.show_text("")
        for label in (self._number, self._label, self._rule):
            label.setText("")
        self._badge.hide()
        self.frame.show_hint("")
        self.box.show_mark("")
        self.say(Message())
        self.snippet.clear()
