"""The marks of field states: each has an outline of its own, and its colour only repeats it.

What state a field is in is decided elsewhere; here is how each looks and what it is called.
"""

import enum

from PySide6.QtCore import QPointF, QRect, Qt
from PySide6.QtGui import QPainter, QPen, QPolygonF

from ui.assets import pixmap
from ui.i18n import tr
from ui.theme import theme

SIZE = 18


class Mark(enum.Enum):
    """A field's state; the value is its icon."""

    EMPTY = "empty"
    NOW = "now"
    KEYED = "check"
    WARNING = "warning"
    ERROR = "error"
    UNSURE = "unsure"
    ILLEGIBLE = "illegible"
    BLANK = "blank"
    MISMATCH = "mismatch"
    WAITING = "waiting"

    @property
    def words(self) -> str:
        """Return what a screen reader says."""
        return {
            Mark.EMPTY: tr("not keyed"),
            Mark.NOW: tr("you are here"),
            Mark.KEYED: tr("keyed"),
            Mark.WARNING: tr("warning"),
            Mark.ERROR: tr("error"),
            Mark.UNSURE: tr("unsure"),
            Mark.ILLEGIBLE: tr("illegible"),
            Mark.BLANK: tr("blank on page"),
            Mark.MISMATCH: tr("two readings differ"),
            Mark.WAITING: tr("waiting"),
        }[self]

    @property
    def token(self) -> str:
        """Return the colour that repeats the shape."""
        return _TOKENS.get(self, "mark")


_TOKENS = {
    Mark.EMPTY: "text3",
    Mark.NOW: "accent",
    Mark.KEYED: "ok",
    Mark.WARNING: "warn",
    Mark.ERROR: "err",
    Mark.MISMATCH: "resolve",
}


def paint_mark(painter: QPainter, place: QRect, mark: Mark, token: str = "") -> None:
    """Paint a mark in the middle of a place; a token overrules its own colour."""
    square = QRect(0, 0, SIZE, SIZE)
    square.moveCenter(place.center())
    if mark is Mark.ERROR:
        _paint_octagon(painter, square)
        return
    ratio = painter.device().devicePixelRatioF()
    colour = getattr(theme().tokens, token or mark.token)
    painter.drawPixmap(square.topLeft(), pixmap(mark.value, colour, SIZE, ratio))


def _paint_octagon(painter: QPainter, square: QRect) -> None:
    """Paint a filled octagon; its cross has the colour of the ground, so that it shows in both looks."""
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.translate(square.topLeft())
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(theme().colour("err"))
    near, far, cut = 1.5, SIZE - 1.5, 5.6
    corners = (
        (cut, near), (far - cut + near, near), (far, cut), (far, far - cut + near),
        (far - cut + near, far), (cut, far), (near, far - cut + near), (near, cut),
    )  # fmt: skip
    painter.drawPolygon(QPolygonF([QPointF(x, y) for x, y in corners]))
    pen = QPen(theme().colour("panel"), 2)
    pen.setCapStyle(Qt.PenCapStyle.RoundCap)
    painter.setPen(pen)
    painter.drawLine(QPointF(6.2, 6.2), QPointF(11.8, 11.8))
    painter.drawLine(QPointF(11.8, 6.2), QPointF(6.2, 11.8))
    painter.restore()
