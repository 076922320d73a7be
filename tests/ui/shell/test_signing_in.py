"""Signing in, the lock, and signing out, as a person meets them: with the keyboard."""

import gc
import weakref
from collections.abc import Iterator

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel
from pytestqt.qtbot import QtBot

from boapp.crypto.signing import PersonKeys
from tests.builders import PASSPHRASE, House
from tests.ui.rooms import WAIT
from ui.app import prepare
from ui.desk import Desk
from ui.shell import sign_in


@pytest.fixture
def desk(qtbot: QtBot, house: House, monkeypatch: pytest.MonkeyPatch) -> Iterator[Desk]:
    """A desk at which nobody is signed in."""
    monkeypatch.setenv("BOAPP_HOME", str(house.home))
    monkeypatch.setattr(sign_in, "FIRST_WAIT_MS", 1)
    prepare()
    made = Desk(house.location)
    qtbot.addWidget(made.window)
    with qtbot.waitActive(made.window):
        made.window.show()
        made.window.activateWindow()
    yield made
    made.window.close()


def type_in(words: str, end: Qt.Key = Qt.Key.Key_Return) -> None:
    focus = QApplication.focusWidget()
    assert focus is not None
    QTest.keyClicks(focus, words)
    QTest.keyClick(focus, end)


def keys_in_memory() -> int:
    """Count the unlocked keys that anything can still reach."""
    gc.collect()
    return sum(isinstance(found, PersonKeys) for found in gc.get_objects())


def sign(qtbot: QtBot, desk: Desk, code: str = "ann", passphrase: str = PASSPHRASE) -> None:
    """Type code and passphrase, and wait for the answer."""
    type_in(code)
    type_in(passphrase)
    card = desk.window.card
    assert card is not None
    qtbot.waitUntil(lambda: desk.window.card is None or card._enter.isEnabled(), timeout=WAIT)


def test_code_and_passphrase_and_two_enters_open_the_work(qtbot: QtBot, desk: Desk) -> None:
    sign(qtbot, desk)
    assert desk.window.card is None
    assert desk.window.windowTitle().startswith("Work")


def test_a_wrong_passphrase_gets_one_sentence_and_each_try_waits_longer(qtbot: QtBot, desk: Desk) -> None:
    card = desk.window.card
    assert card is not None
    waits = [card._wait]
    sign(qtbot, desk, passphrase="nothing like it")
    waits.append(card._wait)
    first = card._message.text()
    type_in("nothing like it either")
    qtbot.waitUntil(lambda: card._wait > waits[-1], timeout=WAIT)
    assert desk.window.card is card
    assert waits == [waits[0], 2 * waits[0]]
    assert first
    assert not card._passphrase.text()


def test_somebody_unknown_is_told_the_same_way(qtbot: QtBot, desk: Desk) -> None:
    sign(qtbot, desk, code="nobody")
    assert desk.window.card is not None
    assert desk.window.card._message.text()


def test_the_lock_drops_page_keys_and_workspace_and_unlocking_opens_the_page_again(
    qtbot: QtBot, desk: Desk
) -> None:
    before = keys_in_memory()
    sign(qtbot, desk, code="sue")
    assert keys_in_memory() == before + 1
    desk.window.open("discrepancies")
    done: list[None] = []
    desk.operations.run(lambda: None, done.append)
    qtbot.waitUntil(lambda: bool(done), timeout=WAIT)
    assert desk._open is not None
    assert desk.window._page is not None
    dropped: list[weakref.ref[object]] = [weakref.ref(desk._open.ws), weakref.ref(desk.window._page)]
    QTest.keyClick(desk.window, Qt.Key.Key_L, Qt.KeyboardModifier.ControlModifier)
    qtbot.waitUntil(lambda: desk.window.card is not None, timeout=WAIT)

    def gone() -> bool:
        gc.collect()
        return not [ref() for ref in dropped if ref() is not None]

    qtbot.waitUntil(gone, timeout=WAIT)
    assert keys_in_memory() == before
    assert "sue" in " ".join(label.text() for label in desk.window.findChildren(QLabel))
    type_in(PASSPHRASE)
    qtbot.waitUntil(lambda: desk.window.card is None, timeout=WAIT)
    assert desk.window.windowTitle().startswith("Discrepancies")


def test_it_locks_by_itself_when_no_key_comes(qtbot: QtBot, desk: Desk) -> None:
    desk.window._idle.setInterval(50)
    type_in("ann")
    type_in(PASSPHRASE)
    with qtbot.waitSignal(desk.window.locked, timeout=WAIT):
        pass
    assert desk.window.card is not None
    assert desk._open is None


def test_a_key_puts_the_lock_off(qtbot: QtBot, desk: Desk) -> None:
    sign(qtbot, desk)
    desk.window._idle.stop()
    QTest.keyClick(desk.window, Qt.Key.Key_F5)
    assert desk.window._idle.isActive()


def test_signing_out_ends_the_sitting(qtbot: QtBot, desk: Desk) -> None:
    sign(qtbot, desk)
    with qtbot.waitSignal(desk.window.left, timeout=WAIT):
        QTest.keyClick(desk.window, Qt.Key.Key_Q, Qt.KeyboardModifier.ControlModifier)
    assert not desk.window.isVisible()
    assert desk.window.signed_out
