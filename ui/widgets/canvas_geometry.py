"""Where a page lies in its canvas: pure functions, each tested by itself.

Here: fits, zoom, turning, clamping, and the way between parts of the page (0 to 1, as forms write their
zones, always of the page as stored), and the canvas. Not here: painting, pictures, keys.

A View is complete: every function takes one and returns another. `port` is the part of the canvas in
which the page may appear; the margins beside it belong to the markers. Places on the canvas are whole
pixels after `clamped`, so that a picture scaled before is copied, not scaled again.
"""

import enum
from dataclasses import dataclass, replace

from PySide6.QtCore import QPointF, QRectF, QSizeF
from PySide6.QtGui import QTransform

LEAST, MOST = 0.1, 8.0
MOST_FOR_ZONE = 4.0
ABOVE = 12.0
"""Bed left above and below a page that is higher than the port."""
AROUND_ZONE = 1.25
LINE_PAD = 8.0
BAND_WIDTH, BAND_HEIGHT = 0.5, 36.0
WHOLE = QRectF(0, 0, 1, 1)


class Fit(enum.Enum):
    """What the zoom follows when the canvas or the field changes; FREE is the person's own."""

    WIDTH = enum.auto()
    ZONE = enum.auto()
    PAGE = enum.auto()
    FULL = enum.auto()
    FREE = enum.auto()


@dataclass(frozen=True, slots=True)
class View:
    """A page of `page` pixels, turned by quarter turns, at a zoom, its corner at x, y of the canvas."""

    page: QSizeF
    port: QRectF
    zoom: float = 1.0
    x: float = 0.0
    y: float = 0.0
    turns: int = 0
    fit: Fit = Fit.WIDTH

    @property
    def turned(self) -> QSizeF:
        """Return the page's size as it is turned, in its own pixels."""
        return self.page.transposed() if self.turns % 2 else self.page

    @property
    def sheet(self) -> QRectF:
        """Return where the whole page lies on the canvas."""
        size = self.turned * self.zoom
        return QRectF(self.x, self.y, size.width(), size.height())

    @property
    def transform(self) -> QTransform:
        """Return the way from the page's own pixels to the canvas."""
        width, height = self.page.width(), self.page.height()
        corner = [(0.0, 0.0), (height, 0.0), (width, height), (0.0, width)][self.turns]
        moved = QTransform().translate(self.x, self.y).scale(self.zoom, self.zoom)
        return moved.translate(*corner).rotate(90 * self.turns)


def turn(part: QRectF, turns: int) -> QRectF:
    """Return where a part of the page lies once the page is turned right by quarter turns."""
    for _ in range(turns % 4):
        part = QRectF(1 - part.bottom(), part.left(), part.height(), part.width())
    return part


def on_page(part: QRectF) -> QRectF:
    """Cut a part to the page; a form may say more than there is."""
    return part.intersected(WHOLE) if part.intersects(WHOLE) else WHOLE


def pixels(part: QRectF, page: QSizeF) -> QRectF:
    """Return a part of the page in the page's pixels."""
    across, down = page.width(), page.height()
    return QRectF(part.x() * across, part.y() * down, part.width() * across, part.height() * down)


def spot(view: View, part: QRectF) -> QRectF:
    """Return where a part of the page lies on the canvas."""
    sheet = view.sheet
    return pixels(turn(part, view.turns), sheet.size()).translated(sheet.topLeft())


def part_at(view: View, place: QRectF) -> QRectF:
    """Return which part of the page lies at a place on the canvas."""
    sheet = view.sheet
    across, down = sheet.width() or 1.0, sheet.height() or 1.0
    seen = place.translated(-sheet.topLeft())
    part = QRectF(seen.x() / across, seen.y() / down, seen.width() / across, seen.height() / down)
    return turn(part, -view.turns)


def visible(view: View) -> QRectF:
    """Return the part of the page that is on view; empty when none is."""
    return part_at(view, view.port.intersected(view.sheet))


def clamped(view: View) -> View:
    """Keep the page in sight: centred where there is room, else without a gap at its edges."""
    sheet, port = view.sheet, view.port
    x = _kept(sheet.left(), sheet.width(), port.left(), port.width(), 0.0)
    y = _kept(sheet.top(), sheet.height(), port.top(), port.height(), ABOVE)
    return replace(view, x=float(round(x)), y=float(round(y)))


def _kept(at: float, length: float, start: float, room: float, spare: float) -> float:
    if length <= room + 0.5:
        return start + (room - length) / 2
    return min(start + spare, max(start + room - spare - length, at))


def centred(view: View, part: QRectF) -> View:
    """Bring a part of the page to the middle of the port; of a part that is too wide, its left end."""
    place, port = spot(view, part), view.port
    shift = port.center() - place.center()
    if place.width() > port.width():
        shift.setX(port.left() - place.left())
    return clamped(replace(view, x=view.x + shift.x(), y=view.y + shift.y()))


def fitted(view: View, fit: Fit, part: QRectF, ratio: float = 1.0) -> View:
    """Zoom as a fit asks, with `part` in the middle; ratio is device pixels to a pixel."""
    zoom = {
        Fit.WIDTH: lambda: _share(view.port.width(), view.turned.width()),
        Fit.PAGE: lambda: min(_share(view.port.width(), view.turned.width()), _height_zoom(view)),
        Fit.ZONE: lambda: _zone_zoom(view, part),
        Fit.FULL: lambda: 1 / ratio,
        Fit.FREE: lambda: view.zoom,
    }[fit]()
    return centred(replace(view, zoom=zoom, fit=fit), part)


def _share(room: float, length: float) -> float:
    return max(room, 1.0) / max(length, 1.0)


def _height_zoom(view: View) -> float:
    return _share(view.port.height() - 2 * ABOVE, view.turned.height())


def _zone_zoom(view: View, part: QRectF) -> float:
    zone = pixels(turn(part, view.turns), view.turned)
    across = _share(view.port.width(), zone.width() * AROUND_ZONE)
    down = _share(view.port.height(), zone.height() * AROUND_ZONE)
    return min(across, down, MOST_FOR_ZONE)


def zoomed_at(view: View, factor: float, point: QPointF) -> View:
    """Zoom by a factor, within the bounds; what lies at the point stays there."""
    zoom = min(max(view.zoom * factor, min(LEAST, view.zoom)), max(MOST, view.zoom))
    grown = zoom / view.zoom
    x, y = point.x() - (point.x() - view.x) * grown, point.y() - (point.y() - view.y) * grown
    return replace(view, zoom=zoom, x=x, y=y, fit=Fit.FREE)


def moved(view: View, dx: float, dy: float) -> View:
    """Look further right and down by so many pixels."""
    return clamped(replace(view, x=view.x - dx, y=view.y - dy))


def rotated(view: View, quarters: int) -> View:
    """Turn the page; what is in the middle stays there, and a fit fits anew."""
    middle = part_at(view, QRectF(view.port.center(), QSizeF(0, 0)))
    turned = replace(view, turns=(view.turns + quarters) % 4)
    return fitted(turned, view.fit, middle) if _follows(view.fit) else centred(turned, middle)


def _follows(fit: Fit) -> bool:
    return fit in {Fit.WIDTH, Fit.PAGE}


def line_of(view: View, part: QRectF) -> QRectF:
    """Return the band around a part: as high as the part and a little more, as wide as the page."""
    place, sheet = spot(view, part), view.sheet
    band = QRectF(sheet.left(), place.top() - LINE_PAD, sheet.width(), place.height() + 2 * LINE_PAD)
    return band.intersected(sheet)


def centre_band(view: View) -> QRectF:
    """Return the part of the page at the middle of the port, for a field that has no zone."""
    sheet = view.sheet
    size = QSizeF(sheet.width() * BAND_WIDTH, min(BAND_HEIGHT, sheet.height()))
    place = QRectF(QPointF(0, 0), size)
    place.moveCenter(view.port.intersected(sheet).center())
    return band_within(part_at(view, place))


def band_moved(view: View, band: QRectF, dx: float, dy: float) -> QRectF:
    """Move a band by so many pixels of the canvas, as far as the page goes."""
    return band_within(part_at(view, spot(view, band).translated(dx, dy)))


def band_within(band: QRectF) -> QRectF:
    """Push a band back onto the page."""
    width, height = min(band.width(), 1.0), min(band.height(), 1.0)
    x, y = min(max(band.x(), 0.0), 1.0 - width), min(max(band.y(), 0.0), 1.0 - height)
    return QRectF(x, y, width, height)


def on_map(view: View, part: QRectF, chart: QRectF) -> QRectF:
    """Return where a part of the page lies on a small picture of the page as it is turned."""
    return pixels(turn(part, view.turns), chart.size()).translated(chart.topLeft())
