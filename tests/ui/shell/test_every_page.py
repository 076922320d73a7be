"""What holds on every page, in both looks and at the smallest size: names, room, navigation."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QShortcut
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from tests.builders import House
from tests.ui.rooms import SMALL, USUAL, Room, hold, room, slipped
from tests.ui.seen import clipped_texts, unspoken
from ui.shell.rail import NARROW, WIDE, Rail
from ui.theme import Look

PAGES = (
    ("admin", "home"),
    ("bob", "home"),
    ("sue", "discrepancies"),
    ("admin", "people"),
    ("admin", "intake"),
    ("ann", "first"),
    ("bob", "second"),
    ("bob", "resolve"),
)


@pytest.mark.parametrize("look", list(Look))
@pytest.mark.parametrize(("code", "name"), PAGES)
def test_nothing_is_clipped_at_the_smallest_size(
    qtbot: QtBot, house: House, code: str, name: str, look: Look
) -> None:
    slipped(house)
    with room(qtbot, house, code, SMALL, look) as made:
        page = made.open(name)
        if name == "discrepancies":
            made.press(Qt.Key.Key_Return)
        assert clipped_texts(page) == []


CTRL, SHIFT, PLAIN = (
    Qt.KeyboardModifier.ControlModifier,
    Qt.KeyboardModifier.ShiftModifier,
    Qt.KeyboardModifier.NoModifier,
)
LAYERS = (
    ("ann", "first", Qt.Key.Key_F1, PLAIN),
    ("ann", "first", Qt.Key.Key_R, CTRL),
    ("ann", "first", Qt.Key.Key_F8, PLAIN),
    ("ann", "first", Qt.Key.Key_P, CTRL | SHIFT),
    ("ann", "first", Qt.Key.Key_M, CTRL | SHIFT),
    ("bob", "second", Qt.Key.Key_F1, PLAIN),
    ("bob", "second", Qt.Key.Key_M, CTRL | SHIFT),
    ("bob", "resolve", Qt.Key.Key_F1, PLAIN),
    ("bob", "resolve", Qt.Key.Key_Return, PLAIN),
    ("admin", "people", Qt.Key.Key_N, CTRL),
    ("admin", "people", Qt.Key.Key_N, CTRL | SHIFT),
    ("admin", "people", Qt.Key.Key_Return, PLAIN),
    ("admin", "people", Qt.Key.Key_P, PLAIN),
    ("admin", "people", Qt.Key.Key_W, PLAIN),
    ("admin", "people", Qt.Key.Key_Delete, SHIFT),
    ("ann", "home", Qt.Key.Key_P, PLAIN),
    ("sue", "discrepancies", Qt.Key.Key_E, CTRL),
    ("sue", "discrepancies", Qt.Key.Key_C, PLAIN),
)


@pytest.mark.parametrize(("code", "name", "key", "held"), LAYERS)
def test_nothing_is_clipped_in_a_layer_above_a_page_or_in_its_next_step(
    qtbot: QtBot, house: House, code: str, name: str, key: Qt.Key, held: Qt.KeyboardModifier
) -> None:
    project, _ = slipped(house)
    if name == "discrepancies":
        hold(house, project)
    with room(qtbot, house, code, SMALL) as made:
        page = made.open(name)
        if name in {"first", "resolve"}:
            made.press("9.00")
        if name == "people":
            made.press(Qt.Key.Key_Down)  # somebody else than who looks
        before = made.window.grab().toImage()
        made.press(key, held)
        assert made.window.grab().toImage() != before
        assert clipped_texts(page) == []


@pytest.mark.parametrize("locked", [False, True])
def test_nothing_is_clipped_at_the_door(qtbot: QtBot, house: House, *, locked: bool) -> None:
    with room(qtbot, house, "ann", SMALL) as made:
        card = made.window.ask("ann" if locked else "", "What you were doing waits." if locked else "")
        card.refuse("This passphrase is not right. Two more tries, then a wait of a minute between them.")
        made.settle()
        assert clipped_texts(card) == []


@pytest.mark.parametrize(("code", "name"), PAGES)
def test_every_control_has_a_name_that_can_be_spoken(
    qtbot: QtBot, house: House, code: str, name: str
) -> None:
    slipped(house)
    with room(qtbot, house, code) as made:
        made.open(name)
        assert unspoken(made.window) == []


@pytest.mark.parametrize(("code", "name"), PAGES)
def test_the_focus_is_on_the_page_as_soon_as_it_opens(
    qtbot: QtBot, house: House, code: str, name: str
) -> None:
    slipped(house)
    with room(qtbot, house, code) as made:
        page = made.open(name)
        focus = made.window.focusWidget()
        assert focus is not None
        assert page.isAncestorOf(focus)


def rail_of(made: Room) -> Rail:
    rail = made.window.findChild(Rail)
    assert rail is not None
    return rail


def test_the_navigation_is_narrow_in_a_small_window_and_still_speaks(qtbot: QtBot, house: House) -> None:
    for size, width, words in ((SMALL, NARROW, False), (USUAL, WIDE, True)):
        with room(qtbot, house, "admin", size) as made:
            rail = rail_of(made)
            assert rail.width() == width
            assert [made_.accessibleName() for made_ in rail._buttons] == ["Work", "People", "Import"]
            assert all(bool(made_.text()) is words for made_ in rail._buttons)


def test_areas_open_with_alt_and_their_number(qtbot: QtBot, house: House) -> None:
    with room(qtbot, house, "admin") as made:
        for number, title in ((Qt.Key.Key_2, "People"), (Qt.Key.Key_3, "Import"), (Qt.Key.Key_1, "Work")):
            QTest.keyClick(made.window, number, Qt.KeyboardModifier.AltModifier)
            made.settle()
            assert made.window.windowTitle().startswith(title)


def test_an_area_outside_ones_roles_is_absent(qtbot: QtBot, house: House) -> None:
    with room(qtbot, house, "ann") as made:
        assert [made_.accessibleName() for made_ in rail_of(made)._buttons] == ["Work"]
        assert not made.window.findChildren(QShortcut, "people")


def test_a_page_that_was_left_hears_nothing_any_more(qtbot: QtBot, house: House) -> None:
    with room(qtbot, house, "admin") as made:
        for name in ("people", "intake", "home", "people"):
            made.window.open(name)
        made.settle()
        assert made.window.windowTitle().startswith("People")
