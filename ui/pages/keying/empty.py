"""When nothing is left to key: one icon, one sentence, one key."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QWidget

from ui.i18n import tr
from ui.widgets.parts import column, key_cap, picture, row, text


class EmptyState(QWidget):
    """Says why there is nothing, and leads home."""

    home = Signal()
    again = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self._title, self._words = text("", "dialog-title"), text("", "body2")
        self._words.setAlignment(Qt.AlignmentFlag.AlignCenter)
        keys = row(None, key_cap("Enter"), text(tr("Home")), None, spacing=6)
        lines = [row(None, part, None) for part in (picture("check", "ok", 32), self._title, self._words)]
        self.setLayout(column(None, *lines, keys, None, spacing=12))

    def say(self, title: str, words: str) -> None:
        """Show a sentence."""
        self._title.setText(title)
        self._words.setText(words)
        self.setAccessibleName(f"{title}. {words}")

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in {Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Escape}:
            self.home.emit()
        elif event.key() == Qt.Key.Key_F5:
            self.again.emit()
        else:
            super().keyPressEvent(event)
