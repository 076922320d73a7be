"""The list of fields."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QAccessible, QImage
from pytestqt.qtbot import QtBot

from ui.app import prepare
from ui.widgets.field_list import FieldList, FieldRow, heading
from ui.widgets.state_marks import Mark


@pytest.fixture
def fields(qtbot: QtBot) -> FieldList:
    prepare()
    made = FieldList("accent")
    qtbot.addWidget(made)
    made.resize(520, 330)
    made.show_rows([FieldRow(f"Field {n}", Mark.EMPTY, n) for n in range(1, 41)])
    with qtbot.waitExposed(made):
        made.show()
    return made


def whole_rows(fields: FieldList) -> range:
    top = fields.rowAt(0)
    fits = fields.viewport().height() // 34
    return range(top, top + fits)


@pytest.mark.parametrize("at", [0, 1, 5, 12, 20, 39])
def test_the_current_row_is_wholly_in_sight_with_two_above_it(fields: FieldList, at: int) -> None:
    for place in range(at + 1):
        fields.go(place)
    assert {max(at - 2, 0), at} <= set(whole_rows(fields))


def test_going_back_keeps_two_rows_above(fields: FieldList) -> None:
    fields.go(39)
    fields.go(10)
    assert {8, 10} <= set(whole_rows(fields))


def test_only_the_live_row_is_painted_while_keys_arrive(fields: FieldList) -> None:
    fields.go(3)
    before = fields.grab().toImage()
    fields.show_live("12.5", 4)
    after = fields.grab().toImage()
    changed = {y for y in range(before.height()) if _line(before, y) != _line(after, y)}
    place = fields.visualRect(fields.model().index(3, 0))
    assert changed
    assert changed <= set(range(place.top(), place.bottom() + 1))


def _line(image: QImage, y: int) -> list[int]:
    return [image.pixel(x, y) for x in range(0, image.width(), 3)]


def test_a_row_is_spoken_with_its_state_and_reason(fields: FieldList) -> None:
    row = FieldRow("Total", Mark.WARNING, 7, twice=True, value="900", reason="not 0 to 100")
    assert row.spoken == "7, Total, keyed twice, warning, 900, not 0 to 100"
    fields.change(6, row)
    spoken = fields.model().index(6, 0).data(Qt.ItemDataRole.AccessibleTextRole)
    assert spoken == row.spoken
    table = QAccessible.queryAccessibleInterface(fields)
    assert table is not None
    assert table.childCount() >= 40


def test_a_heading_has_a_count_and_no_mark() -> None:
    assert heading("Asked in this pass", "1 of 5").spoken == "Asked in this pass, 1 of 5"


def test_nothing_is_kept_after_forgetting(fields: FieldList) -> None:
    fields.show_live("SECRET", 2)
    fields.forget()
    assert not fields.rows()
    assert not fields.live
