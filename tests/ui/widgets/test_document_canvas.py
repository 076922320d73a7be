"""The page, its small picture, the snippet: what they show."""

import io
from collections.abc import Callable

import pytest
from PIL import Image, ImageDraw
from PySide6.QtCore import QPoint, QPointF, QRect, QRectF
from PySide6.QtGui import QColor, QImage
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from boapp.domain.fields import Zone
from ui.pictures import Sheet, Tone, decode
from ui.shell.bars import Work
from ui.theme import LIGHT, Look, use
from ui.widgets.canvas_geometry import Fit, spot
from ui.widgets.document_canvas import MARGIN, DocumentCanvas
from ui.widgets.minimap import Minimap
from ui.widgets.page_prints import Order
from ui.widgets.snippet import ENTRY_LEFT, Snippet

ZONE = Zone(page=1, x=0.5, y=0.6, w=0.2, h=0.03)
SIZES = [(696, 560), (776, 740), (340, 560)]


def picture(size: tuple[int, int] = (1000, 2000)) -> bytes:
    image = Image.new("L", size, 255)
    ImageDraw.Draw(image).rectangle((0, 0, size[0] // 4, size[1] // 8), fill=0)
    written = io.BytesIO()
    image.save(written, "PNG")
    return written.getvalue()


def sheet(width: int = 624) -> Sheet:
    return decode(picture(), 1, width)


def at_once(work: Callable[[], QImage], done: Callable[[QImage], None]) -> None:
    done(work())


class Pool:
    """Image work that is done when the test says so."""

    def __init__(self) -> None:
        self.waiting: list[tuple[Callable[[], QImage], Callable[[QImage], None]]] = []

    def draw(self, work: Callable[[], QImage], done: Callable[[QImage], None]) -> None:
        self.waiting.append((work, done))

    def finish(self) -> int:
        finished = 0
        while self.waiting:
            work, done = self.waiting.pop(0)
            done(work())
            finished += 1
        return finished


@pytest.fixture(autouse=True)
def light() -> None:
    use(Look.LIGHT)


@pytest.fixture
def canvas(qtbot: QtBot) -> DocumentCanvas:
    made = DocumentCanvas(at_once)
    qtbot.addWidget(made)
    made.resize(696, 560)
    made.show()
    made.show_sheet(sheet(made.wanted_width))
    made.show_zone(ZONE, "11", Work.FIRST, "Total incl. GST")
    return made


def colour_at(widget: QWidget, point: QPointF) -> QColor:
    return widget.grab().toImage().pixelColor(point.toPoint())


def has(image: QImage, where: QRectF, colour: QColor) -> bool:
    area = where.toAlignedRect()
    return any(
        image.pixelColor(x, y) == colour
        for x in range(area.left(), area.right())
        for y in range(area.top(), area.bottom())
    )


@pytest.mark.parametrize("size", SIZES)
def test_the_page_follows_the_field_at_every_size(qtbot: QtBot, size: tuple[int, int]) -> None:
    made = DocumentCanvas(at_once)
    qtbot.addWidget(made)
    made.resize(*size)
    made.show()
    made.show_sheet(sheet(made.wanted_width))
    made.show_zone(ZONE, "11", Work.FIRST)
    place = spot(made.view, made.part)
    assert abs(place.center().y() - size[1] / 2) < 2 or made.view.sheet.height() < size[1] * 1.5
    assert made.view.port.contains(place)
    assert made.view.sheet.width() == pytest.approx(size[0] - 2 * MARGIN)


@pytest.mark.parametrize("work", list(Work))
def test_the_box_around_the_zone_has_the_hue_of_the_work(canvas: DocumentCanvas, work: Work) -> None:
    canvas.show_zone(ZONE, "11", work)
    place = spot(canvas.view, canvas.part).toAlignedRect()
    edge = QPointF(place.center().x(), place.top() - 2)
    assert colour_at(canvas, edge) == QColor(getattr(LIGHT, work.value))
    assert colour_at(canvas, QPointF(edge.x(), edge.y() - 2)) == QColor("white")


def test_the_line_of_the_field_stays_bright_and_the_rest_is_veiled(canvas: DocumentCanvas) -> None:
    place = spot(canvas.view, canvas.part)
    bright = colour_at(canvas, QPointF(MARGIN + 60, place.center().y()))
    veiled = colour_at(canvas, QPointF(MARGIN + 60, place.bottom() + 60))
    assert bright == QColor("white")
    assert veiled.lightness() == pytest.approx(255 * 0.9, abs=3)


def test_the_dark_look_dims_the_page_to_three_quarters(canvas: DocumentCanvas) -> None:
    use(Look.DARK)
    place = spot(canvas.view, canvas.part)
    bright = colour_at(canvas, QPointF(MARGIN + 60, place.center().y()))
    veiled = colour_at(canvas, QPointF(MARGIN + 60, place.bottom() + 60))
    assert bright.lightness() == pytest.approx(255 * 0.75, abs=5)
    assert veiled.lightness() < bright.lightness() - 10


@pytest.mark.parametrize("zoom", range(6))
def test_the_marker_stands_in_the_margin_and_the_image_never_does(canvas: DocumentCanvas, zoom: int) -> None:
    for _ in range(zoom):
        canvas.zoom_in()
    image = canvas.grab().toImage()
    middle = spot(canvas.view, canvas.part).center().y()
    assert has(image, QRectF(0, middle - 11, MARGIN - 3, 22), QColor(LIGHT.accent))
    assert image.pixelColor(MARGIN - 2, 5) == QColor(LIGHT.bed)
    assert image.pixelColor(canvas.width() - 5, 5) == QColor(LIGHT.bed)


def test_without_a_page_there_is_the_bed_and_the_canvas_says_that_it_loads(canvas: DocumentCanvas) -> None:
    canvas.show_sheet(None)
    assert canvas.accessibleName() == "Loading page…"
    assert colour_at(canvas, QPointF(300, 20)) == QColor(LIGHT.bed)


def test_the_canvas_is_spoken_as_page_and_zone(canvas: DocumentCanvas) -> None:
    assert canvas.accessibleName() == "Page 1, zone Total incl. GST"
    canvas.show_zone(None, "12", Work.FIRST, "Payment")
    assert canvas.accessibleName() == "Page 1, Payment has no zone"


def test_a_print_ready_at_this_width_is_copied_and_nothing_is_ordered(qtbot: QtBot) -> None:
    pool = Pool()
    made = DocumentCanvas(pool.draw)
    qtbot.addWidget(made)
    made.resize(696, 560)
    made.show()
    made.show_sheet(sheet(made.wanted_width))
    made.show_zone(ZONE, "11", Work.FIRST)
    assert not pool.waiting


def test_quick_zooming_makes_only_the_print_under_way_and_the_last(qtbot: QtBot) -> None:
    pool = Pool()
    made = DocumentCanvas(pool.draw)
    qtbot.addWidget(made)
    made.resize(696, 560)
    made.show_sheet(sheet(made.wanted_width))
    for _ in range(5):
        made.zoom_in()
    made.grab()
    assert pool.finish() == 2
    made.grab()
    assert pool.finish() == 0


def test_a_print_of_a_page_that_is_gone_is_dropped(qtbot: QtBot) -> None:
    pool = Pool()
    made = DocumentCanvas(pool.draw)
    qtbot.addWidget(made)
    made.resize(696, 560)
    made.show_sheet(sheet(made.wanted_width))
    made.zoom_in()
    made.clear()
    pool.finish()
    assert made._prints._sharp is None


def test_a_live_picture_and_its_print_show_the_same(canvas: DocumentCanvas) -> None:
    canvas.zoom_in()
    sharp = canvas.grab().toImage()
    canvas._prints._sharp = None
    live = canvas.grab().toImage()
    far = [
        (x, y)
        for x in range(0, sharp.width(), 7)
        for y in range(0, sharp.height(), 7)
        if abs(sharp.pixelColor(x, y).lightness() - live.pixelColor(x, y).lightness()) > 40
    ]
    assert len(far) < 20


def test_a_print_serves_views_inside_it_at_its_own_zoom_only() -> None:
    page = QRect(QPoint(0, 0), decode(picture(), 1, 500).size)
    held = Order(page, 0.5, 0, Tone())
    assert held.serves(Order(page.adjusted(10, 10, -10, -10), 0.5, 0, Tone()))
    assert not held.serves(Order(page, 0.502, 0, Tone()))
    assert not held.serves(Order(page, 0.5, 1, Tone()))
    assert not held.serves(Order(page, 0.5, 0, Tone(1)))
    assert not held.serves(Order(page.adjusted(-1, 0, 0, 0), 0.5, 0, Tone()))


@pytest.mark.parametrize("turns", [1, 2, 3])
def test_a_turned_page_is_painted_where_its_geometry_says(canvas: DocumentCanvas, turns: int) -> None:
    canvas.fit_page()
    for _ in range(turns):
        canvas.rotate_right()
    dark = spot(canvas.view, QRectF(0.05, 0.03, 0.1, 0.05)).center()
    paper = spot(canvas.view, QRectF(0.8, 0.9, 0.1, 0.05)).center()
    assert colour_at(canvas, dark).lightness() < 40
    assert colour_at(canvas, paper).lightness() > 200


def test_all_image_changes_are_undone_at_once(canvas: DocumentCanvas) -> None:
    before, view = canvas.grab().toImage(), canvas.view
    for change in (canvas.invert, canvas.contrast, canvas.rotate_left, canvas.zoom_in, canvas.zoom_in):
        change()
    assert canvas.is_changed
    canvas.reset()
    assert not canvas.is_changed
    assert canvas.view == view
    assert canvas.grab().toImage() == before


def test_zone_or_page_goes_there_and_back(canvas: DocumentCanvas) -> None:
    canvas.fit_page()
    fits = []
    for _ in range(2):
        canvas.zone_or_page()
        fits.append(canvas.view.fit)
    assert fits == [Fit.ZONE, Fit.PAGE]


def test_the_next_field_is_fitted_as_the_one_before(canvas: DocumentCanvas) -> None:
    canvas.fit_zone()
    canvas.show_zone(Zone(page=1, x=0.05, y=0.1, w=0.8, h=0.02), "1", Work.FIRST)
    assert canvas.view.fit is Fit.ZONE
    assert canvas.view.port.contains(spot(canvas.view, canvas.part))


def test_the_band_of_a_field_without_zone_moves_by_step_and_says_so(
    qtbot: QtBot, canvas: DocumentCanvas
) -> None:
    canvas.show_zone(None, "12", Work.SECOND)
    start = canvas.band
    with qtbot.waitSignal(canvas.band_changed) as said:
        canvas.move_by(0, 1)
    assert said.args == [canvas.band]
    assert canvas.band.y() > start.y()
    canvas.move_by(-1, 0)
    assert canvas.band.x() < start.x()


def test_a_remembered_band_is_put_back_and_on_view(canvas: DocumentCanvas) -> None:
    remembered = QRectF(0.1, 0.02, 0.5, 0.03)
    canvas.show_zone(None, "12", Work.SECOND)
    canvas.set_band(remembered)
    assert canvas.band == remembered
    assert canvas.view.port.contains(spot(canvas.view, remembered))


def test_a_whole_page_that_follows_a_glance_keeps_what_is_on_view(canvas: DocumentCanvas) -> None:
    canvas.zoom_in()
    before = spot(canvas.view, canvas.part)
    canvas.show_sheet(decode(picture((2000, 4000)), 1, canvas.wanted_width))
    after = spot(canvas.view, canvas.part)
    assert after.width() == pytest.approx(before.width())
    assert abs(after.center().y() - before.center().y()) <= 2


def test_clear_drops_every_picture(canvas: DocumentCanvas) -> None:
    small, part = Minimap(canvas), Snippet()
    part.resize(488, 84)
    part.show_part(canvas.sheet, canvas.part, Work.FIRST)
    part.expect(decode(picture(), 1, 500), canvas.part)
    canvas.rotate_left()
    canvas.clear()
    part.clear()
    prints = canvas._prints
    assert (canvas.sheet, prints._sheet, prints._base, prints._sharp) == (None, None, None, None)
    assert small._pixmap is None
    assert (part._sheet, part._strip, part._expected) == (None, None, None)
    assert canvas.view.turns == 0


def test_the_small_picture_shows_page_and_zone(qtbot: QtBot, canvas: DocumentCanvas) -> None:
    small = Minimap(canvas)
    qtbot.addWidget(small)
    small.resize(64, 560)
    small.show_pages(1, 3)
    canvas.zoom_in()
    image = small.grab().toImage()
    assert small.width() == 64
    assert has(image, QRectF(5, 12, 54, 112), QColor(LIGHT.accent))
    ink = [image.pixelColor(x, y) for x in range(10, 54) for y in range(108, 134)]
    assert min(colour.lightness() for colour in ink) < 150


def test_the_zone_in_the_snippet_begins_where_typed_text_does(qtbot: QtBot) -> None:
    part = Snippet(3.0)
    qtbot.addWidget(part)
    part.resize(488, 84)
    part.show()
    part.show_part(sheet(), QRectF(ZONE.x, ZONE.y, ZONE.w, ZONE.h), Work.RESOLVE)
    image = part.grab().toImage()
    assert image.pixelColor(round(ENTRY_LEFT), 42) == QColor(LIGHT.resolve)
    assert 0 < part.zoom <= 3.0


@pytest.mark.parametrize("most", [1.5, 6.0])
def test_the_snippet_never_enlarges_more_than_it_may(qtbot: QtBot, most: float) -> None:
    part = Snippet(most)
    qtbot.addWidget(part)
    part.resize(700, 300)
    part.show_part(sheet(), QRectF(0.5, 0.5, 0.02, 0.004), Work.FIRST)
    assert part.zoom == most


def test_a_zone_wider_than_the_strip_is_shown_whole(qtbot: QtBot) -> None:
    part = Snippet()
    qtbot.addWidget(part)
    part.resize(488, 84)
    part.show_part(sheet(), QRectF(0, 0.5, 1, 0.02), Work.FIRST)
    assert 1000 * part.zoom <= 488 - 2 * ENTRY_LEFT + 1


@pytest.mark.parametrize("turns", [0, 1, 2, 3])
def test_the_snippet_follows_the_turns_and_tones_of_the_canvas(
    qtbot: QtBot, canvas: DocumentCanvas, turns: int
) -> None:
    part = Snippet()
    qtbot.addWidget(part)
    part.resize(488, 84)
    part.follow(canvas)
    for _ in range(turns):
        canvas.rotate_right()
    part.show_part(canvas.sheet, QRectF(0.05, 0.03, 0.1, 0.05), Work.FIRST)
    inside = QPointF(ENTRY_LEFT + 10, 42)
    assert colour_at(part, inside).lightness() < 20
    canvas.invert()
    assert colour_at(part, inside).lightness() > 235
