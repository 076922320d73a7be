"""Layers over the form: the list of keys with the field's help, and the pad of marks for the number pad.

A layer takes the focus, closes with Esc and says so; whoever opens it takes the focus back.
"""

from collections.abc import Mapping, Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QFrame, QGridLayout, QVBoxLayout, QWidget

from ui.i18n import tr
from ui.widgets.parts import column, key_cap, row, text

Keys = Sequence[tuple[str, str]]
"""Pairs of a key and what it does."""


class Layer(QFrame):
    """A card above the form; Esc closes it."""

    closed = Signal()

    def __init__(self, parent: QWidget, title: str) -> None:
        super().__init__(parent)
        self.setProperty("role", "card")
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAccessibleName(title)
        self.inside = QVBoxLayout(self)
        self.inside.setContentsMargins(20, 14, 20, 14)
        self.inside.setSpacing(10)
        self.inside.addWidget(text(title, "card-title"))

    def open(self) -> None:
        """Show the layer and take the focus."""
        self.show()
        self.raise_()
        self.setFocus(Qt.FocusReason.PopupFocusReason)

    def close_layer(self) -> None:
        """Close the layer and say so."""
        self.hide()
        self.closed.emit()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self.close_layer()
        event.accept()

    def focusNextPrevChild(self, _next: bool) -> bool:  # noqa: FBT001 - Qt's signature
        """Keep the focus until the layer closes."""
        return False


class KeyHelp(Layer):
    """Help for this field, and every key; F1 or Esc closes it."""

    def __init__(self, parent: QWidget, field: str, help_words: str, groups: Mapping[str, Keys]) -> None:
        super().__init__(parent, tr("Keys and help"))
        self.inside.addWidget(text(field, "field-name"))
        words = text(help_words or tr("This field has no help line."), "body2")
        words.setWordWrap(True)
        self.inside.addWidget(words)
        columns = [self._group(title, keys) for title, keys in groups.items()]
        self.inside.addLayout(row(*columns, None, spacing=32))
        self.inside.addLayout(row(key_cap("Esc"), text(tr("Close"), "body2"), None, spacing=6))

    def _group(self, title: str, keys: Keys) -> QVBoxLayout:
        grid = QGridLayout()
        grid.setHorizontalSpacing(12)
        grid.setVerticalSpacing(4)
        for place, (keys_words, what) in enumerate(keys):
            grid.addWidget(key_cap(keys_words), place, 0, Qt.AlignmentFlag.AlignLeft)
            grid.addWidget(text(what, "body2"), place, 1)
        return column(text(title, "card-title"), grid, None, spacing=6)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_F1:
            self.close_layer()
            event.accept()
            return
        super().keyPressEvent(event)


class MarksPad(Layer):
    """The pad of marks: one key chooses and closes; `.` closes."""

    chosen = Signal(str)
    """The key that was pressed: a digit, +, -, / or Enter."""

    def __init__(self, parent: QWidget, choices: Mapping[str, str]) -> None:
        super().__init__(parent, tr("Marks"))
        self._choices = choices
        grid = QGridLayout()
        grid.setSpacing(6)
        for place, (keys, words) in enumerate(choices.items()):
            grid.addWidget(self._cell(keys, words), place // 3, place % 3)
        self.inside.addLayout(grid)
        self.inside.addLayout(row(key_cap("."), text(tr("Close"), "body2"), None, spacing=6))
        self.inside.addStretch(1)

    def _cell(self, keys: str, words: str) -> QFrame:
        cell = QFrame()
        cell.setProperty("role", "card")
        cell.setLayout(row(key_cap(keys), text(words, "body2"), None, spacing=6))
        cell.layout().setContentsMargins(8, 5, 8, 5)  # type: ignore[union-attr]  # set one line above
        return cell

    def keyPressEvent(self, event: QKeyEvent) -> None:
        enter = event.key() in {Qt.Key.Key_Return, Qt.Key.Key_Enter}
        keys = "Enter" if enter else event.text().replace(",", ".")
        if keys in self._choices:
            self.hide()
            self.chosen.emit(keys)
            self.closed.emit()
            event.accept()
        elif keys == ".":
            self.close_layer()
        else:
            super().keyPressEvent(event)
