"""The box in which a resolver keys what she reads: a text, or the mark that it is blank or illegible."""

import re
from typing import Final

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent, QResizeEvent
from PySide6.QtWidgets import QLabel

from boapp.domain.values import BLANK, ILLEGIBLE, State, Value
from ui.assets import pixmap
from ui.i18n import tr
from ui.theme import theme
from ui.widgets.entry_box import UNSURE, EntryBox, EntryFrame

_ENTER: Final = {Qt.Key.Key_Return, Qt.Key.Key_Enter}
_MARKS: Final = {Qt.Key.Key_F5: BLANK, Qt.Key.Key_F6: ILLEGIBLE}
_ICON: Final = 22


class ReadingBox(EntryFrame):
    """One line for a value, and the two marks that may stand instead of it."""

    entered = Signal()
    changed = Signal()

    def __init__(self) -> None:
        super().__init__(EntryBox(may_paste=False), "resolve")
        self._marked: Value | None = None
        self._icon = QLabel(self)
        self._icon.setFixedSize(_ICON, _ICON)
        self.box.hook(self._key)
        self.box.textEdited.connect(self._typed)
        self.empty()

    def ask(self, label: str, rule: str) -> None:
        """Say for whoever hears it which field is asked."""
        self.box.setAccessibleName(tr("{field}, keyed twice", field=label))
        self.box.setAccessibleDescription(rule)

    @property
    def value(self) -> Value | None:
        """Return what stands in the box; None when nothing does."""
        words = self.box.text().strip()
        if self._marked is not None or not words:
            return self._marked
        return Value.keyed(words, [found.span() for found in re.finditer(f"{UNSURE}+", words)])

    def put_mark(self, mark: Value) -> None:
        """Say that the field is blank or illegible instead of a text."""
        words = {State.BLANK: tr("Blank on page"), State.ILLEGIBLE: tr("Illegible")}[mark.state]
        self._show(mark, words)
        self.changed.emit()

    def put_value(self, value: Value) -> None:
        """Show a whole value, as one that was locked earlier."""
        if value.state in {State.BLANK, State.ILLEGIBLE}:
            self.put_mark(value)
        else:
            self._show(None, "")
            self.box.show_text(value.text)

    def empty(self) -> None:
        """Take everything out, and the undo with it."""
        self._show(None, "")

    def _show(self, mark: Value | None, words: str) -> None:
        self.box.show_text("")
        self.box.show_mark(words)
        self._show_icon(mark)

    def _show_icon(self, mark: Value | None) -> None:
        self._marked = mark
        self._icon.setVisible(mark is not None)
        if mark is not None:
            colour = theme().tokens.mark
            self._icon.setPixmap(pixmap(mark.state.value, colour, _ICON, self.devicePixelRatioF()))

    def _typed(self) -> None:
        self._show_icon(None)
        self.box.show_mark("")
        self.changed.emit()

    def _key(self, event: QKeyEvent) -> bool:
        key = Qt.Key(event.key())
        if key in _ENTER:
            if not event.isAutoRepeat():
                self.entered.emit()
        elif self.box.isReadOnly():
            return False
        elif key in _MARKS:
            self.put_mark(_MARKS[key])
        elif key == Qt.Key.Key_F7:
            self.box.insert(UNSURE)
            self._typed()
        elif key == Qt.Key.Key_Escape and self._holds_something():
            self.empty()
            self.changed.emit()
        else:
            return False
        return True

    def _holds_something(self) -> bool:
        return bool(self.box.text()) or self._marked is not None

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._icon.move(self.width() - _ICON - 16, (self.height() - _ICON) // 2)
