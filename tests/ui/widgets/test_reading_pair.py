"""Two readings, equal in everything but their text."""

import pytest
from PySide6.QtGui import QKeyEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel, QWidget
from pytestqt.qtbot import QtBot

from ui.widgets.mismatch_list import Line, MismatchList, Standing
from ui.widgets.reading_pair import ReadingPair, Shown


@pytest.fixture
def pair(qtbot: QtBot) -> ReadingPair:
    widget = ReadingPair()
    qtbot.addWidget(widget)
    widget.resize(640, 140)
    widget.show()
    return widget


def rows(pair: ReadingPair) -> list[QWidget]:
    return [one for one in pair.findChildren(QWidget) if type(one).__name__ == "_Reading"]


def spoken(pair: ReadingPair) -> list[str]:
    return [row.accessibleName() for row in rows(pair)]


def words(pair: ReadingPair) -> list[str]:
    return [label.text() for label in pair.findChildren(QLabel) if label.isVisible() and label.text()]


def test_both_readings_have_the_same_size_however_long_one_is(pair: ReadingPair) -> None:
    pair.show_readings(Shown("9.00"), Shown("9.00 " * 40))
    sizes = [row.size() for row in rows(pair)]
    assert sizes[0] == sizes[1]
    assert sizes[0].height() > 100


def test_a_reading_is_spoken_by_its_sign(pair: ReadingPair) -> None:
    pair.show_readings(Shown("9.00"), Shown("9.80"), same=1)
    assert spoken(pair) == ["Reading ▲: 9.00", "Reading ■: 9.80. Same as yours"]


def test_a_state_is_said_in_words(pair: ReadingPair) -> None:
    pair.show_readings(Shown(words="Blank on page", icon="blank"), Shown("9.80"))
    assert "Blank on page" in words(pair)
    assert spoken(pair)[0] == "Reading ▲: Blank on page"


def test_what_is_selected_is_spoken(pair: ReadingPair) -> None:
    pair.show_readings(Shown("9.00"), Shown("9.80"))
    assert pair.accessibleDescription() == ""
    pair.select(1)
    assert pair.accessibleDescription() == "Selected: Reading ■: 9.80"
    pair.select(None)
    assert pair.accessibleDescription() == ""


def test_nothing_is_left_of_readings_that_were_dropped(pair: ReadingPair) -> None:
    pair.show_readings(Shown("9.00", (), "1 character unsure", "unsure"), Shown("9.80"), same=0)
    pair.select(0)
    pair.forget()
    assert spoken(pair) == ["Reading ▲", "Reading ■"]
    assert "9." not in "".join(words(pair))
    assert pair.accessibleDescription() == ""
    assert "Same as yours" not in words(pair)


def test_the_list_leaves_letters_and_digits_to_the_page(qtbot: QtBot) -> None:
    typed: list[str] = []

    class Page(QWidget):
        def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802 - Qt's name
            typed.append(event.text())

    page = Page()
    qtbot.addWidget(page)
    places = MismatchList("Remaining")
    places.setParent(page)
    places.show_lines([Line("Total", 31, Standing.NOW), Line("Date", 33, Standing.OPEN)])
    QTest.keyClicks(places, "1c")
    assert typed == ["1", "c"]
    assert places.count() == 2
