"""The magnified zone above the entry box: the eye reads here and the hand types below it.

The zone's left edge stands over the left edge of the typed text. The picture is a copy of one region of
the full page, scaled once when the field changes.
"""

from dataclasses import dataclass

from PySide6.QtCore import QPoint, QPointF, QRect, QRectF, QSize, QSizeF, Qt
from PySide6.QtGui import QFont, QPainter, QPainterPath, QPaintEvent, QPen, QPixmap, QResizeEvent
from PySide6.QtWidgets import QWidget

from ui.i18n import tr
from ui.pictures import Sheet, Tone, enlarge
from ui.theme import theme
from ui.widgets.canvas_geometry import on_page, pixels, turn
from ui.widgets.document_canvas import DocumentCanvas, Hue, page_dim, paper_colour, shade, veil

ENTRY_LEFT = 14.0
"""Where typed text begins in the entry box, from its left edge."""
HEIGHT, TALL = 84, 112
ABOVE = 0.16
"""Share of the height kept free above and below the zone, so that its surroundings can be seen."""
RADIUS = 6.0
LEAST_ZOOM = 0.5


@dataclass(frozen=True, slots=True)
class Cut:
    """What of a page is shown: a region in its pixels, where that stands, the zone's box, the zoom."""

    region: QRect
    place: QRectF
    box: QRectF
    zoom: float


def cut(page: QSize, zone: QRectF, strip: QSizeF, most: float) -> Cut:
    """Return the cut around a zone (pixels of the page as turned) in a strip of this size."""
    across = (strip.width() - 2 * ENTRY_LEFT) / max(zone.width(), 1)
    down = strip.height() * (1 - 2 * ABOVE) / max(zone.height(), 1)
    zoom = max(min(across, down, most), min(LEAST_ZOOM, across))
    box = QRectF(QPointF(ENTRY_LEFT, 0), zone.size() * zoom)
    box.moveTop((strip.height() - box.height()) / 2)
    corner = zone.topLeft() - box.topLeft() / zoom
    region = QRectF(corner, strip / zoom).toAlignedRect().intersected(QRect(QPoint(0, 0), page))
    place = QRectF((QPointF(region.topLeft()) - corner) * zoom, QSizeF(region.size()) * zoom)
    return Cut(region, place, box, zoom)


def as_stored(region: QRect, page: QSize, turns: int) -> QRect:
    """Return where a region of the turned page (of this size) lies on the page as stored."""
    for _ in range(turns % 4):
        region = QRect(region.top(), page.width() - region.left() - region.width(), *_swapped(region))
        page = page.transposed()
    return region


def _swapped(region: QRect) -> tuple[int, int]:
    return region.height(), region.width()


@dataclass(frozen=True, slots=True)
class _Strip:
    """A cut that is drawn, and all that it was drawn from."""

    sheet: Sheet
    part: QRectF
    size: QSize
    seen: tuple[int, Tone]
    cut: Cut
    pixmap: QPixmap

    def is_of(self, sheet: Sheet, part: QRectF, size: QSize, seen: tuple[int, Tone]) -> bool:
        return self.sheet is sheet and (self.part, self.size, self.seen) == (part, size, seen)


class Snippet(QWidget):
    """A strip of the page around a zone, magnified up to `max_zoom` of the page's own pixels."""

    def __init__(self, max_zoom: float = 3.0) -> None:
        super().__init__()
        self.max_zoom = max_zoom
        self.setFixedHeight(HEIGHT)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._sheet: Sheet | None = None
        self._part, self._token, self._boxed = QRectF(), "accent", True
        self._canvas: DocumentCanvas | None = None
        self._seen: tuple[int, Tone] = (0, Tone())
        self._strip: _Strip | None = None
        self._expected: _Strip | None = None

    @property
    def zoom(self) -> float:
        """Return the enlargement against the page's own pixels; 0 when nothing is shown."""
        return self._strip.cut.zoom if self._strip else 0.0

    def show_part(self, sheet: Sheet | None, part: QRectF, work: Hue, *, boxed: bool = True) -> None:
        """Show a zone or band (parts of the page as stored); boxed: draw the zone's box."""
        self._sheet, self._part, self._token = sheet, on_page(part), work.value
        self._boxed = boxed
        self._make()

    def expect(self, sheet: Sheet, part: QRectF) -> None:
        """Draw ahead what the next document begins with, while there is time."""
        self._expected = self._drawn(sheet, on_page(part))

    def set_height(self, height: int) -> None:
        """Take this height."""
        self.setFixedHeight(height)

    def follow(self, canvas: DocumentCanvas) -> None:
        """Take over rotation, inversion and contrast from a canvas."""
        self._canvas = canvas
        canvas.view_changed.connect(self._follow)

    def clear(self) -> None:
        """Drop the picture."""
        self._sheet = self._expected = None
        self._make()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._make()

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        frame = QPainterPath()
        frame.addRoundedRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), RADIUS, RADIUS)
        painter.setClipPath(frame)
        painter.fillRect(self.rect(), theme().colour("bed"))
        if self._strip is not None:
            self._paint_cut(painter, self._strip.cut, self._strip.pixmap)
        painter.setClipping(False)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(QPen(theme().colour("edge"), 1))
        painter.drawPath(frame)

    def _follow(self) -> None:
        if self._canvas is None:
            return
        seen = (self._canvas.view.turns, self._canvas.tone)
        if seen != self._seen:
            self._seen = seen
            self._make()

    def _make(self) -> None:
        self._strip = self._drawn(self._sheet, self._part) if self._sheet else None
        self.update()

    def _drawn(self, sheet: Sheet, part: QRectF) -> _Strip | None:
        expected, (turns, tone) = self._expected, self._seen
        if expected is not None and expected.is_of(sheet, part, self.size(), self._seen):
            return expected
        if self.width() <= 2 * ENTRY_LEFT:
            return None
        page = sheet.size.transposed() if turns % 2 else sheet.size
        made = cut(page, pixels(turn(part, turns), QSizeF(page)), QSizeF(self.size()), self.max_zoom)
        stored = as_stored(made.region, page, turns)
        size = (QSizeF(stored.size()) * (made.zoom * self.devicePixelRatioF())).toSize()
        picture = QPixmap.fromImage(enlarge(sheet, stored, size, turns, tone))
        picture.setDevicePixelRatio(self.devicePixelRatioF())
        return _Strip(sheet, part, self.size(), self._seen, made, picture)

    def _paint_cut(self, painter: QPainter, made: Cut, pixmap: QPixmap) -> None:
        painter.drawPixmap(made.place.toAlignedRect().topLeft(), pixmap)
        self._paint_veil(painter, made)
        if self._boxed:
            self._paint_box(painter, made.box)
        self._paint_zoom(painter, tr("{zoom}×", zoom=f"{made.zoom:.1f}"))  # noqa: RUF001 - the sign is meant

    def _paint_box(self, painter: QPainter, box: QRectF) -> None:
        painter.setBrush(Qt.BrushStyle.NoBrush)
        for colour, width in ((paper_colour("panel"), 4), (paper_colour(self._token), 2)):
            painter.setPen(QPen(colour, width))
            painter.drawRoundedRect(box, 4, 4)

    def _paint_veil(self, painter: QPainter, made: Cut) -> None:
        tone = self._seen[1]
        dim = page_dim(tone)
        outside = QPainterPath()
        outside.addRect(made.place)
        outside.addRoundedRect(made.box, 4, 4)
        painter.fillPath(outside, shade(veil(tone)))
        if dim:
            painter.fillRect(made.box, shade(dim))

    def _paint_zoom(self, painter: QPainter, words: str) -> None:
        font = painter.font()
        font.setPixelSize(11)
        font.setWeight(QFont.Weight.DemiBold)
        painter.setFont(font)
        width = painter.fontMetrics().horizontalAdvance(words) + 12
        chip = QRectF(self.width() - width - 6, self.height() - 24, width, 18)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(paper_colour("text2"))
        painter.drawRoundedRect(chip, 4, 4)
        painter.setPen(paper_colour("on_solid"))
        painter.drawText(chip, Qt.AlignmentFlag.AlignCenter, words)
