"""Which picture of a page is painted: one made ready at this zoom, else the nearest one, scaled live.

Here: the prints of one canvas and when a new one is made. Not here: where the page lies (canvas_geometry)
or how a picture is scaled (ui.pictures). A print is copied to the screen without scaling; while one is
being made in the pool, what is on view alone is scaled by the painter, which is cheap for one screen.
"""

from collections.abc import Callable
from dataclasses import dataclass

from PySide6.QtCore import QPoint, QPointF, QRect, QRectF, QSize, QSizeF
from PySide6.QtGui import QImage, QPainter, QPixmap
from shiboken6 import isValid

from ui.pictures import Sheet, Tone, develop, enlarge
from ui.widgets.canvas_geometry import WHOLE, View, part_at, pixels, spot

Draw = Callable[[Callable[[], QImage], Callable[[QImage], None]], None]
"""`operations.draw`: runs image work in the pool and delivers on the interface thread."""

WHOLE_PAGE_PIXELS = 4_000_000
"""Below, a print holds the whole page, so that going from field to field is a copy."""
SAME = 0.75


@dataclass(frozen=True, slots=True)
class Order:
    """What a print shows: a region of the page's pixels at a zoom, turned, in a tone."""

    region: QRect
    zoom: float
    turns: int
    tone: Tone

    @property
    def size(self) -> QSize:
        """Return the size of the print before it is turned."""
        across, down = self.region.width() * self.zoom, self.region.height() * self.zoom
        return QSize(max(1, round(across)), max(1, round(down)))

    def serves(self, other: "Order") -> bool:
        """Say whether this print can stand for another: less than a pixel is between the two."""
        same = (self.turns, self.tone) == (other.turns, other.tone)
        beside = abs(self.zoom - other.zoom) * self.region.width()
        return same and beside < SAME and self.region.contains(other.region)


@dataclass(frozen=True, slots=True)
class _Print:
    order: Order
    pixmap: QPixmap


class PagePrints:
    """The prints of the page on view; `arrived` is called when a better one is there.

    owner: the canvas, which may be gone before its print is made.
    """

    def __init__(self, draw: Draw | None, owner: object, arrived: Callable[[], None]) -> None:
        self._draw, self._owner, self._arrived = draw, owner, arrived
        self._sheet: Sheet | None = None
        self._base: _Print | None = None
        self._sharp: _Print | None = None
        self._under_way: object = None
        self._next: Order | None = None

    def load(self, sheet: Sheet | None, tone: Tone) -> None:
        """Take another page and drop all prints of the one before."""
        self._sheet, self._base, self._sharp, self._next, self._under_way = sheet, None, None, None, None
        if sheet is not None:
            whole = Order(QRect(QPoint(0, 0), sheet.size), sheet.scale, 0, Tone())
            self._base = _Print(whole, QPixmap.fromImage(sheet.shown))
            self.set_tone(tone)

    def set_tone(self, tone: Tone) -> None:
        """Show the page in a tone."""
        if self._sheet is None or self._base is None or self._base.order.tone == tone:
            return
        order = Order(self._base.order.region, self._base.order.zoom, 0, tone)
        self._sharp = None
        # One screen of a page that is scaled already: a few milliseconds.
        self._base = _Print(order, QPixmap.fromImage(develop(self._sheet.shown, tone)))

    @property
    def base(self) -> QPixmap | None:
        """Return the whole page in its tone."""
        return self._base.pixmap if self._base else None

    def prepare(self, view: View, ratio: float) -> None:
        """Order the print that this view needs, unless one is there."""
        if self._sheet is None or self._base is None or self._draw is None:
            return
        order = self._order(view, ratio, self._base.order.tone)
        if order is None or self._held(order) is not None:
            self._next = None
            return
        self._next = order
        if self._under_way is None:
            self._begin()

    def paint(self, painter: QPainter, view: View, ratio: float) -> None:
        """Paint the page; the painter is clipped to the port."""
        if self._sheet is None or self._base is None:
            return
        need = _seen(view, ratio, self._base.order.tone)
        if need is None:
            return
        held = self._held(need)
        if held is not None:
            _copy(painter, view, held, ratio)
        else:
            self._scale_live(painter, view, need.region)

    def _held(self, order: Order) -> _Print | None:
        return next((p for p in (self._base, self._sharp) if p and p.order.serves(order)), None)

    def _order(self, view: View, ratio: float, tone: Tone) -> Order | None:
        seen = _seen(view, ratio, tone)
        whole = view.page * (view.zoom * ratio)
        if seen is None or whole.width() * whole.height() > WHOLE_PAGE_PIXELS:
            return seen and _seen(view, ratio, tone, view.port.width() / 2, view.port.height() / 2)
        region = QRect(0, 0, round(view.page.width()), round(view.page.height()))
        return Order(region, view.zoom * ratio, view.turns, tone)

    def _begin(self) -> None:
        order, sheet, draw = self._next, self._sheet, self._draw
        if order is None or sheet is None or draw is None:
            return
        ticket = self._under_way = object()
        self._next = None

        def arrive(image: QImage) -> None:
            if ticket is self._under_way and isValid(self._owner):
                self._take(order, image)

        draw(lambda: enlarge(sheet, order.region, order.size, order.turns, order.tone), arrive)

    def _take(self, order: Order, image: QImage) -> None:
        self._under_way = None
        if self._base is not None and self._base.order.tone == order.tone:
            self._sharp = _Print(order, QPixmap.fromImage(image))
            self._arrived()
        self._begin()

    def _scale_live(self, painter: QPainter, view: View, region: QRect) -> None:
        """Let the painter scale the print of the whole page, coarse for as long as the sharp one takes."""
        if self._base is None:
            return
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        painter.setTransform(view.transform, combine=True)
        shrink = self._base.pixmap.width() / max(1.0, view.page.width())
        source = QRectF(QPointF(region.topLeft()) * shrink, QSizeF(region.size()) * shrink)
        painter.drawPixmap(QRectF(region), self._base.pixmap, source)
        painter.restore()


def _seen(view: View, ratio: float, tone: Tone, across: float = 0.0, down: float = 0.0) -> Order | None:
    """Return what is on view, and so much more on each side."""
    wide = view.port.adjusted(-across, -down, across, down)
    part = part_at(view, wide.intersected(view.sheet)).intersected(WHOLE)
    page = QRect(0, 0, round(view.page.width()), round(view.page.height()))
    region = pixels(part, view.page).toAlignedRect().intersected(page)
    if region.isEmpty():
        return None
    return Order(region, view.zoom * ratio, view.turns, tone)


def _copy(painter: QPainter, view: View, held: _Print, ratio: float) -> None:
    """Copy the visible part of a print, pixel by pixel."""
    page, region = view.page, QRectF(held.order.region)
    part = QRectF(
        region.x() / page.width(),
        region.y() / page.height(),
        region.width() / page.width(),
        region.height() / page.height(),
    )
    corner = spot(view, part).topLeft()
    at = QPointF(round(corner.x()), round(corner.y()))
    place = QRectF(at, QSizeF(held.pixmap.size()) / ratio).intersected(view.port)
    source = QRectF((place.topLeft() - at) * ratio, place.size() * ratio)
    painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, on=False)
    painter.drawPixmap(place, held.pixmap, source)
