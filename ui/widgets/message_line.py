"""The one message line of the dock: a rule, or what is wrong and the key that helps. It never moves.

It paints itself, so that a new message costs no style sheet and no layout.
"""

from dataclasses import dataclass

from PySide6.QtCore import QRect, Qt
from PySide6.QtGui import QAccessible, QAccessibleEvent, QFont, QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget

from ui.assets import pixmap
from ui.theme import BODY, MONO, SANS, SMALL, theme
from ui.widgets.state_marks import Mark, paint_mark

HEIGHT = 36
_ICONS = {"warn": "warning", "info": "info", "ok": "check"}
_COLOURS = {
    "err": ("err_tint", "err"),
    "warn": ("warn_tint", "warn"),
    "info": ("accent_tint", "text"),
    "ok": ("ok_tint", "ok"),
}


@dataclass(frozen=True, slots=True)
class Message:
    """Words of a kind (rule, info, ok, warn, err) and the key that helps, with what it does."""

    words: str = ""
    kind: str = "rule"
    keys: str = ""
    key_words: str = ""


class MessageLine(QWidget):
    """Shows one message at a time."""

    def __init__(self) -> None:
        super().__init__()
        self.setFixedHeight(HEIGHT)
        self._message = Message()
        self._words, self._small, self._cap = QFont(SANS), QFont(SANS), QFont(MONO)
        self._words.setPixelSize(BODY)
        self._words.setWeight(QFont.Weight.Medium)
        self._small.setPixelSize(SMALL)
        self._cap.setPixelSize(11)

    @property
    def message(self) -> Message:
        """Return what is shown."""
        return self._message

    def say(self, message: Message) -> None:
        """Show a message; whatever is more than a rule is announced at once."""
        if message == self._message:
            return
        self._message = message
        self.setAccessibleName(message.words)
        self.update()
        if message.words and message.kind != "rule":
            QAccessible.updateAccessibility(QAccessibleEvent(self, QAccessible.Event.Alert))

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        if self._message.kind == "rule":
            self._paint_rule(painter)
        else:
            self._paint_pill(painter)

    def _paint_rule(self, painter: QPainter) -> None:
        painter.setFont(self._small)
        painter.setPen(theme().colour("text3"))
        flags = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter | Qt.TextFlag.TextWordWrap
        painter.drawText(self.rect(), flags, self._message.words)

    def _paint_pill(self, painter: QPainter) -> None:
        tint, colour = _COLOURS[self._message.kind]
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(theme().colour(tint))
        pill = self.rect().adjusted(0, 3, 0, -3)
        painter.drawRoundedRect(pill, 6, 6)
        self._paint_icon(painter, QRect(pill.left() + 8, pill.top(), 18, pill.height()))
        right = self._paint_key(painter, pill, colour)
        painter.setFont(self._words)
        painter.setPen(theme().colour(colour))
        room = QRect(pill.left() + 34, pill.top(), right - pill.left() - 42, pill.height())
        words = painter.fontMetrics().elidedText(
            self._message.words, Qt.TextElideMode.ElideRight, room.width()
        )
        painter.drawText(room, Qt.AlignmentFlag.AlignVCenter, words)

    def _paint_icon(self, painter: QPainter, place: QRect) -> None:
        if self._message.kind == "err":
            paint_mark(painter, place, Mark.ERROR)
            return
        token = "accent" if self._message.kind == "info" else self._message.kind
        colour = getattr(theme().tokens, token)
        drawn = pixmap(_ICONS[self._message.kind], colour, 18, self.devicePixelRatioF())
        painter.drawPixmap(place.left(), place.center().y() - 8, drawn)

    def _paint_key(self, painter: QPainter, pill: QRect, colour: str) -> int:
        """Paint the key that helps at the right; return where the room for words ends."""
        if not self._message.keys:
            return pill.right() - 4
        painter.setFont(self._small)
        wide = painter.fontMetrics().horizontalAdvance(self._message.key_words)
        words = QRect(pill.right() - 10 - wide, pill.top(), wide + 2, pill.height())
        painter.setPen(theme().colour(colour))
        painter.drawText(words, Qt.AlignmentFlag.AlignVCenter, self._message.key_words)
        painter.setFont(self._cap)
        cap_wide = painter.fontMetrics().horizontalAdvance(self._message.keys) + 12
        cap = QRect(words.left() - 6 - cap_wide, pill.center().y() - 9, cap_wide, 19)
        painter.setPen(theme().colour("edge"))
        painter.setBrush(theme().colour("panel"))
        painter.drawRoundedRect(cap, 4, 4)
        painter.setPen(theme().colour("text2"))
        painter.drawText(cap, Qt.AlignmentFlag.AlignCenter, self._message.keys)
        return cap.left()
