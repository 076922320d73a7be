"""Boxes to tick and choices of which one holds, drawn from tokens: shape first, and a ring for the focus."""

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QFontMetricsF, QPainter, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QCheckBox, QRadioButton

from ui.theme import BODY, theme
from ui.widgets.chips import letters

BOX, GAP, HEIGHT = 16, 8, 28


class Tick(QCheckBox):
    """A box that is ticked or not; its words are its accessible name."""

    def __init__(self, words: str) -> None:
        super().__init__(words)
        self.setAccessibleName(words)

    def sizeHint(self) -> QSize:
        return _size(self.text())

    def minimumSizeHint(self) -> QSize:
        return self.sizeHint()

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter, box = _begin(self, 4.0)
        if self.isChecked():
            at = QPolygonF([box.topLeft() + QPointF(*point) for point in ((3.5, 8), (6.7, 11.2), (12, 4.8))])
            painter.setPen(QPen(theme().colour("on_solid"), 2))
            painter.drawPolyline(at)
        _say(self, painter)


class Choice(QRadioButton):
    """One of several of which one holds; its words are its accessible name."""

    def __init__(self, words: str) -> None:
        super().__init__(words)
        self.setAccessibleName(words)

    def sizeHint(self) -> QSize:
        return _size(self.text())

    def minimumSizeHint(self) -> QSize:
        return self.sizeHint()

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter, box = _begin(self, BOX / 2)
        if self.isChecked():
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(theme().colour("on_solid"))
            painter.drawEllipse(box.center(), 3.5, 3.5)
        _say(self, painter)


def _size(words: str) -> QSize:
    return QSize(BOX + GAP + 12 + round(QFontMetricsF(letters(BODY)).horizontalAdvance(words)), HEIGHT)


def _begin(widget: QCheckBox | QRadioButton, corner: float) -> tuple[QPainter, QRectF]:
    """Draw ring and box; return the painter and where the box is."""
    painter, colours = QPainter(widget), theme()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    box = QRectF(4, (widget.height() - BOX) / 2, BOX, BOX)
    if widget.hasFocus():
        painter.setPen(QPen(colours.colour("accent"), 2))
        painter.drawRoundedRect(box.adjusted(-3, -3, 3, 3), corner + 3, corner + 3)
    edge = "hairline" if not widget.isEnabled() else "accent" if widget.isChecked() else "edge"
    painter.setPen(QPen(colours.colour(edge), 1.5))
    painter.setBrush(colours.colour("accent" if widget.isChecked() else "panel"))
    painter.drawRoundedRect(box.adjusted(0.5, 0.5, -0.5, -0.5), corner, corner)
    return painter, box


def _say(widget: QCheckBox | QRadioButton, painter: QPainter) -> None:
    painter.setFont(letters(BODY))
    painter.setPen(theme().colour("text" if widget.isEnabled() else "text3"))
    left = 4 + BOX + GAP
    place = QRectF(left, 0, widget.width() - left, widget.height())
    painter.drawText(place, Qt.AlignmentFlag.AlignVCenter, widget.text())
