"""The discrepancy report: what it shows, the drawer, the files it writes."""

import csv
import io
import json
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from boapp.domain.workflow import Mode
from boapp.services.reporting import report
from tests.builders import House
from tests.ui.rooms import Room, room, slipped
from ui.pages.supervising.export import Export
from ui.pages.supervising.page import ReportPage
from ui.pages.supervising.presenter import fits, percent, value_words, where
from ui.widgets.marked_text import MarkedText


def report_of(made: Room) -> ReportPage:
    page = made.open("discrepancies")
    assert isinstance(page, ReportPage)
    return page


@pytest.mark.parametrize("mode", list(Mode))
def test_a_line_says_who_was_charged_and_what_was_read_before(house: House, mode: Mode) -> None:
    project, _ = slipped(house, mode)
    sue = house.as_("sue")
    found = report(sue, project)
    sue.close()
    decided = next(line for line in found.lines if line.charged)
    assert (decided.label, decided.charged, decided.own, decided.reason) == (
        "Total",
        "second",
        "9.00",
        "smudged",
    )
    assert decided.decided_us is not None
    assert [line.own for line in found.lines if not line.charged] == [None, None]


def test_the_figures_are_those_of_the_documents(house: House) -> None:
    project, _ = slipped(house)
    sue = house.as_("sue")
    found = report(sue, project).measures
    sue.close()
    assert (found.error_rate.count, found.error_rate.of) == (1, 4 * 4 - 2)
    assert (found.right_first_time.count, found.right_first_time.of) == (1, 2)
    assert (found.open, found.decided, found.settled, found.documents) == (2, 1, 2, 6)


def test_the_table_shows_every_discrepancy_and_the_filter_narrows_it(qtbot: QtBot, house: House) -> None:
    slipped(house)
    with room(qtbot, house, "sue") as made:
        page = report_of(made)
        assert page.table.count() == 3
        made.press("/")
        made.press("page-002")
        assert [page.table.words(0, 1), page.table.count()] == ["Date", 1]
        made.press(Qt.Key.Key_Escape)
        assert page.table.count() == 3


def test_the_filter_never_looks_at_values(house: House) -> None:
    project, _ = slipped(house)
    sue = house.as_("sue")
    lines = report(sue, project).lines
    sue.close()
    assert not [line for line in lines if fits(line, "ACNE") or fits(line, "9.80")]


def test_enter_opens_the_drawer_with_both_readings_and_escape_closes_it(qtbot: QtBot, house: House) -> None:
    slipped(house)
    with room(qtbot, house, "sue") as made:
        page = report_of(made)
        made.press(Qt.Key.Key_Return)
        spoken = [shown.accessibleName() for shown in page.drawer.findChildren(MarkedText)]
        assert spoken == ["First reading: 9.00", "Second reading: 9.80"]
        assert page.drawer._sheet is not None
        made.press(Qt.Key.Key_Down)
        assert page.drawer._line is page._lines[1]
        made.press(Qt.Key.Key_Escape)
        assert page.drawer.isHidden()
        assert page.drawer._sheet is None


def test_the_band_of_a_field_without_a_zone_moves_by_key_and_stays(qtbot: QtBot, house: House) -> None:
    slipped(house)
    with room(qtbot, house, "sue") as made:
        page = report_of(made)
        made.press(Qt.Key.Key_Return)
        made.press(Qt.Key.Key_Up, Qt.KeyboardModifier.AltModifier)
        moved = dict(page.drawer._bands)
        assert 0 < moved["Total"] < 0.44
        made.press(Qt.Key.Key_Down)
        made.press(Qt.Key.Key_Up)
        assert page.drawer._bands == moved


def test_a_chart_is_a_table_too_and_its_numbers_are_read_by_arrow(qtbot: QtBot, house: House) -> None:
    slipped(house)
    with room(qtbot, house, "sue") as made:
        page = report_of(made)
        page.where.setFocus()
        first = page.where.chart.accessibleDescription()
        made.press(Qt.Key.Key_Down)
        assert page.where.chart.accessibleDescription() != first
        made.press("t")
        assert page.where.as_table
        assert page.where.table.count() == 3
        made.press("t")
        assert not page.where.as_table


def test_bars_are_strong_until_four_fifths_are_reached(house: House) -> None:
    project, _ = slipped(house)
    sue = house.as_("sue")
    lines = report(sue, project).lines
    sue.close()
    assert [bar.share for bar in where(lines)] == ["33.3 %", "66.7 %", "100 %"]
    assert [bar.strong for bar in where([lines[0]] * 9 + [lines[1]])] == [True, False]


def test_export_writes_the_rows_where_it_is_told_and_asks_before_writing_over(
    qtbot: QtBot, house: House, tmp_path: Path
) -> None:
    slipped(house)
    target = tmp_path / "out.csv"
    target.write_text("before")
    with room(qtbot, house, "sue") as made:
        page = report_of(made)
        made.press(Qt.Key.Key_E, Qt.KeyboardModifier.ControlModifier)
        overlay = page.findChild(Export)
        assert overlay is not None
        overlay._path.setText(str(target))
        made.press(Qt.Key.Key_Return)
        assert target.read_text() == "before"
        made.press(Qt.Key.Key_Return)
        rows = list(csv.DictReader(io.StringIO(target.read_text())))
        assert [row["field"] for row in rows] == ["total", "date", "company"]
        assert str(target) in page.banner.text()


def test_the_settled_records_are_handed_over_as_json_lines(
    qtbot: QtBot, house: House, tmp_path: Path
) -> None:
    slipped(house)
    target = tmp_path / "out.jsonl"
    with room(qtbot, house, "sue") as made:
        page = report_of(made)
        made.press(Qt.Key.Key_E, Qt.KeyboardModifier.ControlModifier)
        overlay = page.findChild(Export)
        assert overlay is not None
        list(overlay._kinds.values())[2].setChecked(True)
        overlay._path.setText(str(target))
        made.press(Qt.Key.Key_Return)
        documents = [json.loads(line)["document"] for line in target.read_text().splitlines()]
        assert documents == ["page-001.png", "page-004.png"]


def test_somebody_without_the_role_has_no_report(qtbot: QtBot, house: House) -> None:
    slipped(house)
    with room(qtbot, house, "ann") as made:
        assert not isinstance(made.open("discrepancies"), ReportPage)


def test_marks_are_told_in_words_and_a_printed_backslash_as_itself() -> None:
    assert value_words("\\illegible") == "illegible"
    assert value_words("") == "blank on page"
    assert value_words("\\\\x") == "\\x"
    assert [percent(0.0031), percent(0.964), percent(1)] == ["0.31 %", "96.4 %", "100 %"]
