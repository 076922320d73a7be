"""The two steps, one after the other: what is done has a tick, what is now is filled."""

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QFont, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QWidget

from ui.assets import pixmap
from ui.i18n import tr
from ui.theme import BODY, SANS, theme

HEIGHT, DISC = 26, 22


class Steps(QWidget):
    """Says which of the two steps this is."""

    def __init__(self) -> None:
        super().__init__()
        self.setFixedHeight(HEIGHT)
        self._step = 1
        self.show_step(1)

    def show_step(self, step: int) -> None:
        """Show step 1 or 2 as the present one."""
        self._step = step
        names = self._names()
        self.setAccessibleName(tr("Step {n} of 2: {name}", n=step, name=names[step - 1]))
        self.update()

    def _names(self) -> tuple[str, str]:
        return tr("Key it yourself"), tr("Compare and decide")

    def sizeHint(self) -> QSize:
        return QSize(380, HEIGHT)

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        left = 0.0
        for number, name in enumerate(self._names(), start=1):
            left = self._paint_step(painter, left, number, name) + 26

    def _paint_step(self, painter: QPainter, left: float, number: int, name: str) -> float:
        now, colours = number == self._step, theme()
        disc = QRectF(left + 1, (HEIGHT - DISC) / 2, DISC, DISC)
        ahead = number > self._step
        painter.setPen(QPen(colours.colour("edge" if ahead else "resolve"), 1.5))
        painter.setBrush(colours.colour("resolve" if now else "panel" if ahead else "resolve_tint"))
        painter.drawEllipse(disc)
        font = QFont(SANS)
        font.setPixelSize(BODY)
        font.setWeight(QFont.Weight.DemiBold if now else QFont.Weight.Normal)
        painter.setFont(font)
        if number < self._step:
            tick = pixmap("check", colours.tokens.resolve, 14, self.devicePixelRatioF())
            painter.drawPixmap(round(disc.center().x() - 7), round(disc.center().y() - 7), tick)
        else:
            painter.setPen(colours.colour("on_solid" if now else "text2"))
            painter.drawText(disc, Qt.AlignmentFlag.AlignCenter, str(number))
        painter.setPen(colours.colour("text" if now else "text2"))
        wide = painter.fontMetrics().horizontalAdvance(name) + 2
        painter.drawText(QRectF(left + DISC + 10, 0, wide, HEIGHT), Qt.AlignmentFlag.AlignVCenter, name)
        return left + DISC + 10 + wide
