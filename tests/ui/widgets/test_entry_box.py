"""The entry box and its frame."""

import pytest
from PySide6.QtCore import QEvent, QPoint, Qt
from PySide6.QtGui import QGuiApplication, QInputMethodEvent, QKeyEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from ui.app import prepare
from ui.widgets.entry_box import EntryBox, EntryFrame, empty_clipboard

CTRL = Qt.KeyboardModifier.ControlModifier


@pytest.fixture
def frame(qtbot: QtBot) -> EntryFrame:
    prepare()
    made = EntryFrame(EntryBox(may_paste=True), "accent")
    qtbot.addWidget(made)
    made.resize(400, made.height())
    with qtbot.waitActive(made):
        made.show()
        made.activateWindow()
    made.box.setFocus()
    return made


def test_a_key_is_asked_about_before_it_types(frame: EntryFrame) -> None:
    frame.box.hook(lambda event: event.key() == Qt.Key.Key_B)
    QTest.keyClicks(frame.box, "abc")
    assert frame.box.text() == "ac"


def test_while_an_input_method_composes_all_keys_are_its_own(frame: EntryFrame) -> None:
    asked: list[int] = []

    def take(event: QKeyEvent) -> bool:
        asked.append(event.key())
        return True

    frame.box.hook(take)
    QApplication.sendEvent(frame.box, QInputMethodEvent("に", []))
    QTest.keyClick(frame.box, Qt.Key.Key_F5)
    QTest.keyClick(frame.box, Qt.Key.Key_Return)
    assert not asked
    done = QInputMethodEvent()
    done.setCommitString("日")
    QApplication.sendEvent(frame.box, done)
    QTest.keyClick(frame.box, Qt.Key.Key_F5)
    assert asked == [Qt.Key.Key_F5]
    assert frame.box.text() == "日"


@pytest.mark.parametrize("key", [Qt.Key.Key_K, Qt.Key.Key_E, Qt.Key.Key_D, Qt.Key.Key_Z])
def test_shortcuts_that_platforms_bind_in_text_boxes_are_released(frame: EntryFrame, key: Qt.Key) -> None:
    event = QKeyEvent(QEvent.Type.ShortcutOverride, key, CTRL)
    event.ignore()
    QApplication.sendEvent(frame.box, event)
    assert not event.isAccepted()


def test_plain_typing_is_kept_from_shortcuts(frame: EntryFrame) -> None:
    event = QKeyEvent(QEvent.Type.ShortcutOverride, Qt.Key.Key_C, Qt.KeyboardModifier.NoModifier, "c")
    event.ignore()
    QApplication.sendEvent(frame.box, event)
    assert event.isAccepted()


def test_the_mouse_moves_the_cursor_and_never_selects_or_pastes(frame: EntryFrame) -> None:
    frame.box.show_text("0123456789")
    QTest.mousePress(frame.box, Qt.MouseButton.LeftButton, pos=QPoint(20, 20))
    QTest.mouseMove(frame.box, QPoint(150, 20))
    QTest.mouseRelease(frame.box, Qt.MouseButton.LeftButton, pos=QPoint(150, 20))
    QTest.mouseDClick(frame.box, Qt.MouseButton.LeftButton, pos=QPoint(60, 20))
    assert not frame.box.hasSelectedText()
    QGuiApplication.clipboard().setText("paste")
    QTest.mouseClick(frame.box, Qt.MouseButton.MiddleButton, pos=QPoint(60, 20))
    assert frame.box.text() == "0123456789"


def test_showing_another_field_empties_the_undo_stack(frame: EntryFrame) -> None:
    QTest.keyClicks(frame.box, "abc")
    assert frame.box.isUndoAvailable()
    frame.box.show_text("next")
    assert not frame.box.isUndoAvailable()


def test_the_focus_selects_nothing_and_keeps_the_cursor(frame: EntryFrame) -> None:
    frame.box.show_text("0123456789", 4)
    frame.box.clearFocus()
    frame.box.setFocus(Qt.FocusReason.TabFocusReason)
    assert not frame.box.hasSelectedText()
    assert frame.box.cursorPosition() == 4


def test_the_ring_is_painted_only_while_the_box_has_the_focus(frame: EntryFrame) -> None:
    with_ring = frame.grab().toImage()
    frame.box.clearFocus()
    assert frame.grab().toImage() != with_ring


def test_a_mark_is_seen_in_place_of_a_value(frame: EntryFrame) -> None:
    before = frame.grab().toImage()
    frame.box.show_mark("Blank on page")
    assert frame.box.mark == "Blank on page"
    assert frame.grab().toImage() != before


def test_the_clipboard_is_emptied_whoever_filled_it(frame: EntryFrame) -> None:
    assert frame is not None
    QGuiApplication.clipboard().setText("theirs")
    empty_clipboard(of_anybody=True)
    assert not QGuiApplication.clipboard().text()
