"""The tool bar of the page: its keys while somebody types, and what it says."""

import io
from collections.abc import Callable

import pytest
from PIL import Image, ImageDraw
from PySide6.QtCore import Qt
from PySide6.QtGui import QImage
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLineEdit, QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot

from boapp.domain.fields import Zone
from ui.pictures import Sheet, decode
from ui.shell.bars import Work
from ui.theme import Look, use
from ui.widgets.canvas_geometry import Fit
from ui.widgets.document_canvas import DocumentCanvas
from ui.widgets.image_tools import NARROW, ImageTools

ZONE = Zone(page=1, x=0.5, y=0.6, w=0.2, h=0.03)


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


@pytest.fixture(autouse=True)
def light() -> None:
    use(Look.LIGHT)


class Desk(QWidget):
    """A page with its tools and an entry box, as work screens have them."""

    def __init__(self) -> None:
        super().__init__()
        self.canvas, self.entry = DocumentCanvas(at_once), QLineEdit()
        self.tools = ImageTools(self.canvas, self)
        layout = QVBoxLayout(self)
        for part in (self.tools, self.canvas, self.entry):
            layout.addWidget(part)
        self.resize(760, 600)


@pytest.fixture
def desk(qtbot: QtBot) -> Desk:
    made = Desk()
    qtbot.addWidget(made)
    with qtbot.waitActive(made):
        made.show()
        made.activateWindow()
    made.canvas.show_sheet(sheet(made.canvas.wanted_width))
    made.canvas.show_zone(ZONE, "11", Work.FIRST)
    made.entry.setFocus()
    return made


CTRL, ALT = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.AltModifier
PLAIN = Qt.KeyboardModifier.NoModifier


@pytest.mark.parametrize(
    ("key", "fit"),
    [
        (Qt.Key.Key_1, Fit.WIDTH),
        (Qt.Key.Key_2, Fit.ZONE),
        (Qt.Key.Key_3, Fit.PAGE),
        (Qt.Key.Key_4, Fit.FULL),
        (Qt.Key.Key_Plus, Fit.FREE),
        (Qt.Key.Key_Minus, Fit.FREE),
    ],
)
def test_fits_and_zoom_have_their_keys_while_the_entry_has_the_focus(
    desk: Desk, key: Qt.Key, fit: Fit
) -> None:
    desk.canvas.fit_page()
    desk.canvas.fit_zone()
    QTest.keyClick(desk.entry, key, CTRL)
    assert desk.canvas.view.fit is fit


def test_turning_inverting_and_going_back_have_their_keys(desk: Desk) -> None:
    QTest.keyClick(desk.entry, Qt.Key.Key_BracketLeft, CTRL)
    assert desk.canvas.view.turns == 3
    QTest.keyClick(desk.entry, Qt.Key.Key_BracketRight, CTRL)
    assert desk.canvas.view.turns == 0
    QTest.keyClick(desk.entry, Qt.Key.Key_I, CTRL)
    assert desk.canvas.tone.inverted
    QTest.keyClick(desk.canvas, Qt.Key.Key_K, CTRL)
    assert desk.canvas.tone.contrast == 1
    QTest.keyClick(desk.entry, Qt.Key.Key_0, CTRL)
    assert desk.canvas.tone.is_plain


def test_f2_and_moving_the_page_have_their_keys(desk: Desk) -> None:
    QTest.keyClick(desk.entry, Qt.Key.Key_F2, PLAIN)
    assert desk.canvas.view.fit is Fit.ZONE
    QTest.keyClick(desk.entry, Qt.Key.Key_F2, PLAIN)
    before = desk.canvas.view.y
    QTest.keyClick(desk.entry, Qt.Key.Key_Up, ALT)
    assert desk.canvas.view.y > before


def test_pages_before_and_after_are_asked_for_only_where_there_are_some(desk: Desk) -> None:
    asked: list[int] = []
    desk.tools.page_wanted.connect(asked.append)
    QTest.keyClick(desk.entry, Qt.Key.Key_PageDown, PLAIN)
    desk.tools.show_pages(2, 3)
    QTest.keyClick(desk.entry, Qt.Key.Key_PageDown, PLAIN)
    QTest.keyClick(desk.entry, Qt.Key.Key_PageUp, PLAIN)
    assert asked == [3, 1]


def test_the_tool_bar_says_when_the_view_is_changed_and_how_to_go_back(desk: Desk) -> None:
    assert not desk.tools._changed.isVisible()
    desk.canvas.invert()
    assert desk.tools._changed.isVisible()
    desk.canvas.reset()
    assert not desk.tools._changed.isVisible()


def test_the_tool_bar_says_how_the_page_is_fitted(desk: Desk) -> None:
    assert desk.tools._state.text() == "Fit width"
    desk.canvas.fit_zone()
    assert desk.tools._state.text() == "Fit zone"
    desk.canvas.full_size()
    assert desk.tools._state.text() == "100 %"


def test_nothing_in_the_tool_bar_is_clipped_at_its_smallest_wide_size(desk: Desk) -> None:
    desk.canvas.invert()
    desk.tools.show_pages(128, 500)
    layout = desk.tools.layout()
    assert layout is not None
    assert layout.minimumSize().width() <= 760
    assert desk.tools.height() == 40


def test_a_narrow_pane_shows_the_page_and_f2_alone(qtbot: QtBot, desk: Desk) -> None:
    desk.resize(NARROW - 200, 600)
    qtbot.waitUntil(lambda: desk.width() == NARROW - 200)
    assert all(part.isVisible() for part in desk.tools._narrow)
    assert not any(part.isVisible() for part in desk.tools._wide)
    desk.canvas.invert()
    assert desk.tools._changed.isVisible()
