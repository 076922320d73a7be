"""When nothing is left to key: one icon, one sentence, the keys that lead home and look again."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QWidget

from ui.assets import pixmap
from ui.i18n import tr
from ui.pages.keying.words import Empty
from ui.theme import theme
from ui.widgets.parts import column, key_cap, picture, row, text

ICON = 32


class EmptyState(QWidget):
    """Says why there is nothing, and leads home."""

    home = Signal()
    again = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self._icon = picture("check", "ok", ICON)
        self._title, self._words = text("", "dialog-title"), text("", "body2")
        self._words.setAlignment(Qt.AlignmentFlag.AlignCenter)
        home = (key_cap("Enter"), text(tr("Home")))
        keys = row(None, *home, 12, key_cap("F5"), text(tr("Look again")), None, spacing=6)
        lines = [row(None, part, None) for part in (self._icon, self._title, self._words)]
        self.setLayout(column(None, *lines, keys, None, spacing=12))

    def say(self, why: Empty) -> None:
        """Show why nothing is left."""
        colour = getattr(theme().tokens, why.hue)
        self._icon.setPixmap(pixmap(why.icon, colour, ICON, self._icon.devicePixelRatioF()))
        self._title.setText(why.title)
        self._words.setText(why.words)
        self.setAccessibleName(f"{why.title}. {why.words}")

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in {Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Escape}:
            self.home.emit()
        elif event.key() == Qt.Key.Key_F5:
            self.again.emit()
        else:
            super().keyPressEvent(event)
