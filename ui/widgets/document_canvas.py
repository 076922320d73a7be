"""The page beside the form: it follows the field, and turns and zooms as the person asks.

Here: what the canvas shows and how it is painted. Not here: where the page lies (canvas_geometry), which
picture of it is copied (page_prints), keys (image_tools), and fields.

Nothing floats over the image: the marker stands in the page's margin. The zone's box and the marker keep
the colours of the light look in the dark one too, since paper is light there too.
"""

from dataclasses import replace
from typing import Protocol

from PySide6.QtCore import QPointF, QRect, QRectF, QSizeF, Qt, Signal
from PySide6.QtGui import QColor, QFont, QPainter, QPaintEvent, QPen, QPolygonF, QResizeEvent, QWheelEvent
from PySide6.QtWidgets import QWidget

from boapp.domain.fields import Zone
from ui.i18n import tr
from ui.pictures import CONTRASTS, Sheet, Tone
from ui.theme import DARK, LIGHT, MONO, SMALL, Look, theme
from ui.widgets import canvas_geometry as geometry
from ui.widgets.canvas_geometry import Fit, View
from ui.widgets.page_prints import Draw, PagePrints

__all__ = ["MARGIN", "DocumentCanvas", "Draw", "Hue", "page_dim", "paper_colour", "shade", "veil"]

MARGIN = 36
"""Bed at the left and right of the page, for the marker; the page never comes here."""
VEIL, VEIL_INVERTED, DIM = 0.10, 0.40, 0.25
BOX, HALO, CORNER = 3.0, 2.0, 5.0
ZOOM_STEP = 1.25
PAGE_STEP, BAND_STEP = 80, 18
MARKER_HEIGHT = 22
NO_BAND = QRectF(0.25, 0.48, 0.5, 0.04)


class Hue(Protocol):
    """Kind of work, for its hue: `ui.shell.bars.Work` (widgets may not import the shell)."""

    @property
    def value(self) -> str:
        """Return the token of the work's hue."""


def paper_colour(token: str) -> QColor:
    """Return a token's colour as it stands on paper, in both looks."""
    return QColor(getattr(LIGHT, token))


def page_dim(tone: Tone) -> float:
    """Return by how much a page is darkened: by a quarter in the dark look, unless it is inverted."""
    return DIM if theme().look is Look.DARK and not tone.inverted else 0.0


def veil(tone: Tone) -> float:
    """Return by how much the page is darkened outside the field's line, in one go with the dimming.

    Of an inverted page the print is dimmed, since its paper is dark already.
    """
    return VEIL_INVERTED if tone.inverted else 1 - (1 - VEIL) * (1 - page_dim(tone))


def shade(share: float) -> QColor:
    """Return the dark that veils and dims a page, at a share of 0 to 1."""
    dark = QColor(DARK.bed)
    dark.setAlphaF(share)
    return dark


class DocumentCanvas(QWidget):
    """The page beside the form.

    draw: `operations.draw`, for sharp pictures at every zoom; without it pictures are scaled live.
    """

    band_changed = Signal(QRectF)
    """The band (parts of the page) of a field without zone was moved; not sent for `set_band`."""
    view_changed = Signal()

    def __init__(self, draw: Draw | None = None) -> None:
        super().__init__()
        self.setMinimumSize(200, 120)
        self.setAccessibleName(tr("Loading page…"))
        self._sheet: Sheet | None = None
        self._prints = PagePrints(draw, self, self.update)
        self._view = View(QSizeF(1, 1), self._port())
        self._tone = Tone()
        self._zone: QRectF | None = None
        self._band: QRectF | None = None
        self._label, self._spoken, self._token = "", "", "accent"
        self._before_zone = Fit.WIDTH

    @property
    def wanted_width(self) -> int:
        """Width in pixels that `pictures.decode` should scale a page to, for this canvas."""
        return max(64, round((self.width() - 2 * MARGIN) * self.devicePixelRatioF()))

    @property
    def sheet(self) -> Sheet | None:
        """Return the page on view."""
        return self._sheet

    @property
    def view(self) -> View:
        """Return where the page lies."""
        return self._view

    @property
    def tone(self) -> Tone:
        """Return how light and dark are changed."""
        return self._tone

    @property
    def hue(self) -> str:
        """Return the token of the work's hue."""
        return self._token

    @property
    def is_changed(self) -> bool:
        """Say whether the page is not seen as it was scanned: turned, inverted or of other contrast."""
        return bool(self._view.turns) or not self._tone.is_plain

    @property
    def part(self) -> QRectF:
        """Return the part of the page that the field is about: its zone or its band."""
        return self.band if self._zone is None else self._zone

    @property
    def has_zone(self) -> bool:
        """Say whether the field has a zone; else there is a band, which can be moved."""
        return self._zone is not None

    @property
    def band(self) -> QRectF:
        """The band of a field without zone, in parts of the page."""
        return QRectF(self._band or NO_BAND)

    def show_sheet(self, sheet: Sheet | None) -> None:
        """Show a page; None: grey bed and the words "Loading page…". Zoom and turns stay as they are."""
        self._sheet = sheet
        self._prints.load(sheet, self._tone)
        if sheet is not None:
            page = QSizeF(sheet.size)
            zoom = self._view.zoom * self._view.page.width() / page.width()
            self._view = replace(self._view, page=page, zoom=zoom)
            self._follow()
        self._speak()
        self._changed()

    def show_zone(self, zone: Zone | None, label: str, work: Hue, name: str = "") -> None:
        """Follow a field; `label` stands in the marker, `name` (else the label) is spoken.

        None: the field has no zone; its band begins in the middle of the view, or at `set_band`.
        """
        self._label, self._spoken, self._token = label, name or label, work.value
        self._zone = None if zone is None else geometry.on_page(QRectF(zone.x, zone.y, zone.w, zone.h))
        self._band = None
        if self._zone is None and self._sheet is not None:
            self._band = geometry.centre_band(self._view)
        self._follow()
        self._speak()
        self._changed()

    def set_band(self, band: QRectF) -> None:
        """Put the band where it was left."""
        self._band = geometry.band_within(band)
        self._follow()
        self._changed()

    def clear(self) -> None:
        """Drop the page, every picture made from it, and what was changed in its view."""
        self._zone, self._band, self._label, self._spoken = None, None, "", ""
        self._tone = Tone()
        self._view = replace(self._view, turns=0, fit=Fit.WIDTH)
        self.show_sheet(None)

    def fit_width(self) -> None:
        """Show the page as wide as the canvas."""
        self._fit(Fit.WIDTH)

    def fit_zone(self) -> None:
        """Show the zone as large as the canvas allows."""
        self._fit(Fit.ZONE)

    def fit_page(self) -> None:
        """Show the whole page."""
        self._fit(Fit.PAGE)

    def full_size(self) -> None:
        """Show one pixel of the page as one pixel of the screen."""
        self._fit(Fit.FULL)

    def zone_or_page(self) -> None:
        """Change between the zone and what was shown before it."""
        if self._view.fit is Fit.ZONE:
            self._fit(self._before_zone)
        else:
            self._before_zone = self._view.fit if self._view.fit is not Fit.FREE else Fit.WIDTH
            self._fit(Fit.ZONE)

    def zoom_in(self) -> None:
        """Enlarge around the field."""
        self._zoom(ZOOM_STEP, self._focus())

    def zoom_out(self) -> None:
        """Make smaller around the field."""
        self._zoom(1 / ZOOM_STEP, self._focus())

    def move_by(self, across: int, down: int) -> None:
        """Look further right and down by steps; the band of a field without zone goes along."""
        if self._sheet is None:
            return
        if self._zone is None:
            self._move_band(across * BAND_STEP, down * BAND_STEP)
        else:
            self._view = geometry.moved(self._view, across * PAGE_STEP, down * PAGE_STEP)
        self._changed()

    def rotate_left(self) -> None:
        """Turn the page by a quarter to the left."""
        self._turn(-1)

    def rotate_right(self) -> None:
        """Turn the page by a quarter to the right."""
        self._turn(1)

    def invert(self) -> None:
        """Change light and dark, or back."""
        self._set_tone(Tone(self._tone.contrast, inverted=not self._tone.inverted))

    def contrast(self) -> None:
        """Take the next of the contrasts; after the last comes the page as it is."""
        self._set_tone(Tone((self._tone.contrast + 1) % CONTRASTS, self._tone.inverted))

    def reset(self) -> None:
        """Undo all changes of the view."""
        self._view = replace(self._view, turns=0)
        self._set_tone(Tone())
        self._fit(Fit.WIDTH)

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.fillRect(self.rect(), theme().colour("bed"))
        if self._sheet is None:
            painter.setPen(theme().colour("text2"))
            painter.drawText(self.rect(), Qt.AlignmentFlag.AlignCenter, tr("Loading page…"))
            return
        painter.setClipRect(self._view.port)
        self._prints.paint(painter, self._view, self.devicePixelRatioF())
        self._paint_veil(painter)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        self._paint_box(painter)
        painter.setClipping(False)
        self._paint_marker(painter)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._view = replace(self._view, port=self._port())
        self._follow()
        self._changed()

    def wheelEvent(self, event: QWheelEvent) -> None:
        turned = event.angleDelta().y() / 120
        if event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            self._zoom(ZOOM_STEP**turned, event.position())
        elif self._sheet is not None:
            self._view = geometry.moved(self._view, 0, -turned * PAGE_STEP)
            self._changed()
        event.accept()

    def _port(self) -> QRectF:
        return QRectF(self.rect()).adjusted(MARGIN, 0, -MARGIN, 0)

    def _fit(self, fit: Fit) -> None:
        self._view = geometry.fitted(self._view, fit, self.part, self.devicePixelRatioF())
        self._changed()

    def _follow(self) -> None:
        if self._sheet is None:
            return
        if self._zone is None and self._band is None:
            self._view = geometry.fitted(self._view, self._view.fit, NO_BAND, self.devicePixelRatioF())
            self._band = geometry.centre_band(self._view)
            self.band_changed.emit(self.band)
            return
        self._view = geometry.fitted(self._view, self._view.fit, self.part, self.devicePixelRatioF())

    def _focus(self) -> QPointF:
        place = geometry.spot(self._view, self.part).intersected(self._view.port)
        return self._view.port.center() if place.isEmpty() else place.center()

    def _zoom(self, factor: float, point: QPointF) -> None:
        self._view = geometry.clamped(geometry.zoomed_at(self._view, factor, point))
        self._changed()

    def _move_band(self, dx: float, dy: float) -> None:
        self._band = geometry.band_moved(self._view, self.band, dx, dy)
        self._view = geometry.centred(self._view, self.band)
        self.band_changed.emit(self.band)

    def _turn(self, quarters: int) -> None:
        self._view = geometry.rotated(self._view, quarters)
        self._fit(self._view.fit)

    def _set_tone(self, tone: Tone) -> None:
        self._tone = tone
        self._prints.set_tone(tone)
        self._changed()

    def _changed(self) -> None:
        self._prints.prepare(self._view, self.devicePixelRatioF())
        self.update()
        self.view_changed.emit()

    def _speak(self) -> None:
        if self._sheet is None:
            words = tr("Loading page…")
        elif not self._spoken:
            words = tr("Page {page}", page=self._sheet.number)
        elif self._zone is None:
            words = tr("Page {page}, {label} has no zone", page=self._sheet.number, label=self._spoken)
        else:
            words = tr("Page {page}, zone {label}", page=self._sheet.number, label=self._spoken)
        self.setAccessibleName(words)

    def _line(self) -> QRectF:
        return geometry.line_of(self._view, self.part)

    def _paint_veil(self, painter: QPainter) -> None:
        """Darken the page but for the line of the field."""
        sheet, line, dim = self._view.sheet, self._line(), page_dim(self._tone)
        # Whole pixels: the painter then fills rows, which takes a fraction of the time.
        seen = sheet.intersected(self._view.port).toAlignedRect()
        top, foot = round(line.top()), round(line.bottom())
        above, below, bright = QRect(seen), QRect(seen), QRect(seen)
        above.setBottom(min(top - 1, seen.bottom()))
        below.setTop(max(foot, seen.top()))
        bright.setTop(max(top, seen.top()))
        bright.setBottom(min(foot - 1, seen.bottom()))
        for part in (above, below):
            painter.fillRect(part, shade(veil(self._tone)))
        if dim:
            painter.fillRect(bright, shade(dim))

    def _paint_box(self, painter: QPainter) -> None:
        if self._zone is None:
            painter.setPen(QPen(paper_colour(self._token), 1.5, Qt.PenStyle.DashLine))
            painter.drawRect(geometry.spot(self._view, self.part))
            return
        edge = BOX / 2
        place = QRectF(geometry.spot(self._view, self._zone).toAlignedRect())  # whole pixels: sharp edges
        box = place.adjusted(-edge, -edge, edge, edge)
        for colour, width in ((paper_colour("panel"), BOX + 2 * HALO), (paper_colour(self._token), BOX)):
            painter.setPen(QPen(colour, width))
            painter.drawRoundedRect(box, CORNER, CORNER)

    def _paint_marker(self, painter: QPainter) -> None:
        line = self._line().intersected(self._view.port)
        if not self._label or line.isEmpty():
            return
        tip = max(self._view.port.left(), self._view.sheet.left()) - 3
        plate = QRectF(tip - 27, line.center().y() - MARKER_HEIGHT / 2, 21, MARKER_HEIGHT)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(paper_colour(self._token))
        painter.drawRoundedRect(plate, 3, 3)
        right = plate.right() - 2
        middle = QPointF(tip, plate.center().y())
        painter.drawPolygon(QPolygonF([QPointF(right, plate.top()), middle, QPointF(right, plate.bottom())]))
        font = QFont(MONO)
        font.setPixelSize(SMALL if len(self._label) < 3 else SMALL - 1)
        font.setWeight(QFont.Weight.DemiBold)
        painter.setFont(font)
        painter.setPen(paper_colour("on_solid"))
        painter.drawText(plate.adjusted(0, 0, 2, 0), Qt.AlignmentFlag.AlignCenter, self._label)
