"""Where a page lies: what must hold for every page, zone and canvas."""

from dataclasses import replace

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from PySide6.QtCore import QPointF, QRectF, QSizeF

from ui.widgets.canvas_geometry import (
    ABOVE,
    LEAST,
    MOST,
    Fit,
    View,
    band_moved,
    centre_band,
    centred,
    clamped,
    fitted,
    line_of,
    moved,
    on_map,
    on_page,
    part_at,
    pixels,
    rotated,
    spot,
    turn,
    visible,
    zoomed_at,
)

WHOLE = QRectF(0, 0, 1, 1)
MIDDLE = QRectF(0.4, 0.45, 0.2, 0.1)

lengths = st.floats(200, 6_000)
ports = st.builds(QRectF, st.just(36.0), st.just(0.0), st.floats(200, 2_000), st.floats(150, 1_400))
views = st.builds(
    View,
    page=st.builds(QSizeF, lengths, lengths),
    port=ports,
    zoom=st.floats(LEAST, MOST),
    x=st.floats(-3_000, 3_000),
    y=st.floats(-3_000, 3_000),
    turns=st.integers(0, 3),
    fit=st.just(Fit.FREE),
)


@st.composite
def zones(draw: st.DrawFn) -> QRectF:
    x, y = draw(st.floats(0, 0.97)), draw(st.floats(0, 0.97))
    return QRectF(x, y, draw(st.floats(0.01, 1 - x)), draw(st.floats(0.01, 1 - y)))


def view(fit: Fit = Fit.WIDTH) -> View:
    return fitted(View(QSizeF(1000, 2000), QRectF(36, 0, 500, 400)), fit, MIDDLE)


def near(one: QRectF, other: QRectF, within: float = 1e-6) -> bool:
    pairs = zip(one.getCoords(), other.getCoords(), strict=True)  # type: ignore[call-overload]
    return all(abs(a - b) <= within for a, b in pairs)


@given(views, zones())
def test_the_whole_zone_is_on_view_after_fit_zone(start: View, zone: QRectF) -> None:
    seen = fitted(start, Fit.ZONE, zone)
    assert seen.port.adjusted(-1, -1, 1, 1).contains(spot(seen, zone))


@given(views, zones())
def test_the_middle_of_a_zone_is_on_view_once_the_page_follows_it(start: View, zone: QRectF) -> None:
    seen = centred(start, zone)
    place = spot(seen, zone)
    assume(place.width() <= seen.port.width())
    assert seen.port.adjusted(-1, -1, 1, 1).contains(place.center())


@given(views)
def test_fit_page_shows_the_whole_page(start: View) -> None:
    seen = fitted(start, Fit.PAGE, MIDDLE)
    assert seen.port.adjusted(-1, -1, 1, 1).contains(seen.sheet)


@given(views)
def test_fit_width_makes_the_page_as_wide_as_the_port(start: View) -> None:
    seen = fitted(start, Fit.WIDTH, MIDDLE)
    assert seen.sheet.width() == pytest.approx(seen.port.width())
    assert abs(seen.sheet.left() - seen.port.left()) <= 1


def test_full_size_is_one_page_pixel_to_a_pixel_of_the_device() -> None:
    assert fitted(view(), Fit.FULL, MIDDLE, ratio=2.0).zoom == 0.5


@given(views, st.floats(0.2, 5), st.floats(0, 2_000), st.floats(0, 1_400))
def test_zoom_keeps_what_lies_at_the_point(start: View, factor: float, x: float, y: float) -> None:
    point = QRectF(x, y, 0, 0)
    seen = zoomed_at(start, factor, QPointF(x, y))
    assert near(part_at(seen, point), part_at(start, point), 1e-4)
    assert seen.fit is Fit.FREE


@given(views, st.floats(0.001, 1_000))
def test_zoom_stays_within_its_bounds(start: View, factor: float) -> None:
    assert LEAST <= zoomed_at(start, factor, QPointF(0, 0)).zoom <= MOST


@given(views)
def test_a_clamped_page_leaves_no_gap_and_clamping_again_changes_nothing(start: View) -> None:
    seen = clamped(start)
    sheet, port = seen.sheet, seen.port
    if sheet.width() > port.width() + 1:
        assert sheet.left() <= port.left() + 1
        assert sheet.right() >= port.right() - 1
    if sheet.height() > port.height() + 1:
        assert sheet.top() <= port.top() + ABOVE + 1
        assert sheet.bottom() >= port.bottom() - ABOVE - 1
    assert clamped(seen) == seen


@given(views)
def test_a_clamped_page_is_always_in_sight(start: View) -> None:
    assert not visible(clamped(start)).isEmpty()


@given(views, st.floats(-10_000, 10_000), st.floats(-10_000, 10_000))
def test_no_move_loses_the_page(start: View, dx: float, dy: float) -> None:
    assert clamped(moved(start, dx, dy)) == moved(start, dx, dy)


@given(zones(), st.integers(-8, 8))
def test_four_quarter_turns_bring_a_part_back(zone: QRectF, turns: int) -> None:
    assert near(turn(turn(zone, turns), -turns), zone)
    assert near(turn(zone, turns), turn(zone, turns + 4))


@pytest.mark.parametrize("fit", [Fit.WIDTH, Fit.PAGE])
def test_four_turns_of_a_fitted_page_are_as_if_nothing_was_done(fit: Fit) -> None:
    start = seen = fitted(view(), fit, WHOLE)
    for _ in range(4):
        seen = rotated(seen, 1)
    assert (seen.turns, seen.zoom, seen.page) == (start.turns, start.zoom, start.page)
    assert seen.x == start.x


def test_turned_right_the_top_left_corner_lies_at_the_top_right() -> None:
    corner = turn(QRectF(0, 0, 0.1, 0.2), 1)
    assert near(corner, QRectF(0.8, 0, 0.2, 0.1))


@given(views, zones())
def test_the_way_to_the_canvas_and_back_is_the_same_part(start: View, zone: QRectF) -> None:
    assert near(part_at(start, spot(start, zone)), zone)


@given(views, zones())
def test_the_painter_puts_a_zone_where_the_box_is_drawn(start: View, zone: QRectF) -> None:
    painted = start.transform.mapRect(pixels(zone, start.page))
    assert near(painted, spot(start, zone), 0.01)


@given(views, zones())
def test_the_band_around_a_zone_holds_it_and_is_as_wide_as_the_page(start: View, zone: QRectF) -> None:
    band, place = line_of(start, zone), spot(start, zone)
    assert band.adjusted(-0.01, -0.01, 0.01, 0.01).contains(place)
    assert band.width() == pytest.approx(start.sheet.width())


@given(views)
def test_the_band_of_a_field_without_zone_is_on_the_page_and_on_view(start: View) -> None:
    seen = clamped(start)
    band = centre_band(seen)
    assert WHOLE.adjusted(-1e-9, -1e-9, 1e-9, 1e-9).contains(band)
    assert spot(seen, band).intersects(seen.port)


def test_a_band_reaches_both_ends_of_the_page_and_no_further() -> None:
    seen, band = view(), centre_band(view())
    for _ in range(200):
        band = band_moved(seen, band, 0, 18)
    assert band.bottom() == pytest.approx(1.0)
    for _ in range(400):
        band = band_moved(seen, band, -18, -18)
    assert near(band, QRectF(0, 0, band.width(), band.height()))


@given(views, zones())
def test_what_is_on_view_lies_inside_the_small_picture(start: View, zone: QRectF) -> None:
    chart = QRectF(9, 12, 46, 112)
    for part in (zone, visible(clamped(start))):
        assert chart.adjusted(-0.01, -0.01, 0.01, 0.01).contains(on_map(start, part, chart))


def test_a_zone_that_hangs_over_the_edge_is_cut_to_the_page() -> None:
    assert near(on_page(QRectF(0.9, 0.9, 0.5, 0.5)), QRectF(0.9, 0.9, 0.1, 0.1))


def test_a_zone_without_any_extent_does_not_break_the_fit() -> None:
    seen = fitted(view(), Fit.ZONE, QRectF(0.5, 0.5, 0, 0))
    assert replace(seen, zoom=4.0) == seen
