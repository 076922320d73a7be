"""The whole page, small: what of it is on view, and where the field is."""

from PySide6.QtCore import QPointF, QRectF, QSizeF, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen, QPixmap, QTransform
from PySide6.QtWidgets import QWidget

from ui.i18n import tr
from ui.pictures import develop
from ui.theme import SMALL, theme
from ui.widgets import canvas_geometry as geometry
from ui.widgets.document_canvas import DocumentCanvas, page_dim, paper_colour, shade

WIDTH = 64
TOP, CHART = 12.0, QSizeF(46, 112)


class Minimap(QWidget):
    """Follows a canvas; out of the reading order, since the canvas says it all."""

    def __init__(self, canvas: DocumentCanvas) -> None:
        super().__init__()
        self.setFixedWidth(WIDTH)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._canvas = canvas
        self._count = ""
        self._made_of: object = None
        self._pixmap: QPixmap | None = None
        canvas.view_changed.connect(self._follow)

    def show_pages(self, number: int, count: int) -> None:
        """Say which page of how many."""
        self._count = tr("{page} / {pages}", page=number, pages=count)
        self.update()

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.fillRect(self.rect(), theme().colour("side"))
        painter.fillRect(0, 0, 1, self.height(), theme().colour("hairline"))
        foot = TOP
        if self._pixmap is not None:
            chart = self._chart(self._pixmap)
            self._paint_page(painter, chart, self._pixmap)
            foot = chart.bottom()
        if self._count and self._canvas.sheet is not None:
            self._paint_count(painter, foot)

    def _paint_count(self, painter: QPainter, foot: float) -> None:
        font = painter.font()
        font.setPixelSize(SMALL)
        painter.setFont(font)
        painter.setPen(theme().colour("text3"))
        painter.drawText(QRectF(0, foot + 8, WIDTH, 18), Qt.AlignmentFlag.AlignCenter, self._count)

    def _follow(self) -> None:
        sheet = self._canvas.sheet
        made_of = (sheet and sheet.thumb.cacheKey(), self._canvas.view.turns, self._canvas.tone)
        if made_of != self._made_of:
            self._made_of = made_of
            self._pixmap = self._drawn()
        self.update()

    def _drawn(self) -> QPixmap | None:
        sheet = self._canvas.sheet
        if sheet is None:
            return None
        small = QPixmap.fromImage(develop(sheet.thumb, self._canvas.tone))
        return small.transformed(QTransform().rotate(90 * self._canvas.view.turns))

    def _chart(self, pixmap: QPixmap) -> QRectF:
        size = QSizeF(pixmap.size()).scaled(CHART, Qt.AspectRatioMode.KeepAspectRatio)
        return QRectF(QPointF((WIDTH - size.width()) / 2, TOP), size)

    def _paint_page(self, painter: QPainter, chart: QRectF, pixmap: QPixmap) -> None:
        view, hue = self._canvas.view, paper_colour(self._canvas.hue)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        painter.drawPixmap(chart, pixmap, QRectF(pixmap.rect()))
        dim = page_dim(self._canvas.tone)
        if dim:
            painter.fillRect(chart, shade(dim))
        painter.fillRect(geometry.on_map(view, self._canvas.part, chart), hue)
        seen = geometry.on_map(view, geometry.visible(view), chart).adjusted(-3, -1, 3, 1)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setBrush(_thin(hue, 0.12))
        painter.setPen(QPen(theme().colour(self._canvas.hue), 2))
        painter.drawRoundedRect(seen, 1, 1)


def _thin(colour: QColor, share: float) -> QColor:
    colour.setAlphaF(share)
    return colour
