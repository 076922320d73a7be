"""One person's sitting at the real windows: a process of its own, driven by key events.

The script comes as JSON on standard input; what was keyed goes to standard output as JSON. Nothing
here reaches past the window to do work: it presses keys, looks at what is open, and takes pictures.
"""

import sys
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

import msgspec
from PySide6.QtCore import QEventLoop, Qt, QTimer
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget

from ui.app import prepare, wear
from ui.auto.script import Sitting, samples
from ui.desk import Desk
from ui.theme import Look

PATIENCE_SECONDS = 60
SIZES = ((1280, 720), (1440, 900))


class StuckError(RuntimeError):
    """The windows did not come to where they must."""


class Told(msgspec.Struct):
    """What a sitting did."""

    person: str
    documents: int = 0
    fields_keyed: int = 0
    resolved: int = 0


class Hand:
    """A person's hands and eyes: keys go to whatever has the focus."""

    def __init__(self, desk: Desk, script: Sitting) -> None:
        self.desk, self.window, self.script = desk, desk.window, script
        self.told = Told(script.person)

    def wait(self, come: Callable[[], bool], what: str) -> None:
        """Let the program work until something has come."""
        end, loop, poll = time.monotonic() + PATIENCE_SECONDS, QEventLoop(), QTimer()
        seen: list[bool] = []

        def look() -> None:
            # Once is enough: what has come may be followed by something else at once.
            if come() or time.monotonic() > end:
                seen.append(time.monotonic() <= end)
                loop.quit()

        poll.setInterval(5)
        poll.timeout.connect(look)
        poll.start()
        loop.exec()
        poll.stop()
        if not seen[0]:
            self.window.grab().save(str(Path(self.script.pictures) / "stuck.png"))
            raise StuckError(f"{self.script.person}: {what} did not come")

    def settle(self) -> None:
        """Wait until nothing is under way."""
        self.wait(lambda: self.desk.operations.idle, "rest")
        QApplication.sendPostedEvents()
        self.wait(lambda: self.desk.operations.idle, "rest")

    def press(self, key: Qt.Key, modifier: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier) -> None:
        """Press one key."""
        QTest.keyClick(self._focus(), key, modifier)

    def type(self, words: str) -> None:
        """Type a text."""
        QTest.keyClicks(self._focus(), words)

    def _focus(self) -> QWidget:
        return QApplication.focusWidget() or self.window

    def sign_in(self) -> None:
        """Type code and passphrase."""
        self.wait(lambda: self.window.card is not None, "the sign-in")
        self.type(self.script.person)
        self.press(Qt.Key.Key_Return)
        self.type(self.script.passphrase)
        self.press(Qt.Key.Key_Return)
        self.wait(lambda: self.window.page is not None, "home")
        self.settle()

    def open(self, name: str) -> None:
        """Open a page by name, as its key would."""
        self.window.open(name)
        self.settle()

    def portrait(self, name: str, again: Callable[[], object]) -> None:
        """Take the screen in both looks and both sizes; it is made again, so that it wears the look."""
        for look in Look:
            wear(_application(), look)
            again()
            for size in SIZES:
                self.window.resize(*size)
                self.settle()
                path = Path(self.script.pictures) / f"{name}-{look}-{size[0]}x{size[1]}.png"
                self.window.grab().save(str(path))
        wear(_application(), Look.LIGHT)
        again()


def _application() -> QApplication:
    found = QApplication.instance()
    if not isinstance(found, QApplication):
        raise StuckError("there is no application")
    return found


def key_documents(hand: Hand, page_name: str) -> None:
    """Key whatever waits, the first or the second time."""
    hand.open(page_name)
    shown = False
    while True:
        page = hand.window.page
        name = _next_document(hand)
        if not name:
            break
        _key_one(hand, name)
        if not shown:
            hand.portrait(page_name, partial(hand.open, page_name))
            shown, page = True, hand.window.page
        hand.press(Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
        hand.told.documents += 1
        hand.wait(partial(_differs, page, "document_name", before=name), "the next document")
        hand.settle()
    hand.portrait(f"{page_name}-empty", partial(hand.open, page_name))


def _next_document(hand: Hand) -> str:
    """Return the name of the document that is open; where a server brings documents, wait for it."""
    page = hand.window.page
    if not getattr(page, "document_name", "") and not getattr(page, "at_rest", True):
        hand.press(Qt.Key.Key_F5)
        hand.wait(lambda: bool(getattr(page, "document_name", "") or getattr(page, "at_rest", True)), "work")
    return str(getattr(page, "document_name", ""))


def _differs(page: QWidget | None, name: str, before: object) -> bool:
    return bool(getattr(page, name, None) != before)


def _key_one(hand: Hand, name: str) -> None:
    page, values = hand.window.page, hand.script.answers[name]
    for key in getattr(page, "asked_keys", ()):
        if values[key]:
            hand.type(values[key])
        else:
            hand.press(Qt.Key.Key_F5)
        hand.press(Qt.Key.Key_Return)
        hand.told.fields_keyed += 1
    hand.settle()


def resolve_mismatches(hand: Hand) -> None:
    """Read each mismatch anew, then take the reading that is right; the first two show both looks."""
    _begin_to_resolve(hand)
    hand.portrait("resolve-1-own-reading", partial(hand.open, "resolve"))
    looks = list(Look)
    _begin_to_resolve(hand, looks[0])
    while place := getattr(hand.window.page, "place", None):
        page = hand.window.page
        name, key = place
        hand.type(samples()[name].values[key])
        hand.press(Qt.Key.Key_Return)
        hand.wait(partial(_differs, page, "readings_shown", before=False), "the readings")
        hand.settle()
        QTest.qWait(350)  # the page takes no decision from a key that came before the eye could
        if looks:
            _take_pictures_of_readings(hand, looks[0])
        hand.press(Qt.Key.Key_Return)
        hand.told.resolved += 1
        hand.wait(partial(_differs, page, "place", before=place), "the next mismatch")
        hand.wait(partial(_at_rest, page), "the next mismatch")
        hand.settle()
        if looks:
            looks.pop(0)
            _begin_to_resolve(hand, looks[0] if looks else Look.LIGHT)
    hand.portrait("resolve-empty", partial(hand.open, "resolve"))


def _begin_to_resolve(hand: Hand, look: Look = Look.LIGHT) -> None:
    wear(_application(), look)
    hand.open("resolve")
    hand.wait(lambda: _at_rest(hand.window.page), "the first mismatch")


def _take_pictures_of_readings(hand: Hand, look: Look) -> None:
    """Only in the look that is worn: leaving and coming back would hide the readings again."""
    for size in SIZES:
        hand.window.resize(*size)
        hand.settle()
        path = Path(hand.script.pictures) / f"resolve-2-compare-{look}-{size[0]}x{size[1]}.png"
        hand.window.grab().save(str(path))


def _at_rest(page: QWidget | None) -> bool:
    """Say whether a mismatch waits to be keyed, or nothing is left."""
    state = getattr(page, "state", None)
    return getattr(state, "name", "") in {"KEYING", "EMPTY"}


def look_at(hand: Hand, page_name: str) -> None:
    """Open a desk page and take its pictures."""
    hand.open(page_name)
    hand.portrait(page_name, partial(hand.open, page_name))


def lock(hand: Hand) -> None:
    """Lock, and take the lock's pictures."""
    hand.window.lock()
    hand.settle()
    hand.portrait("lock", partial(hand.window.ask, hand.script.person))


def main() -> None:
    """Run one sitting."""
    script = msgspec.json.decode(sys.stdin.buffer.read(), type=Sitting)
    app = prepare(Look.LIGHT)
    from ui.app import named_workspace

    desk = Desk(named_workspace())
    desk.window.show()
    desk.window.activateWindow()
    desk.warm_up()
    hand = Hand(desk, script)
    hand.wait(desk.window.isActiveWindow, "the window")
    if script.person == "admin":
        hand.portrait("sign-in", hand.window.ask)
    hand.sign_in()
    hand.portrait(f"home-{script.person}", partial(hand.open, "home"))
    for what in script.does:
        _DOES.get(what, lambda h, w=what: look_at(h, w))(hand)
    desk.window.close()
    app.processEvents()
    sys.stdout.buffer.write(msgspec.json.encode(hand.told))


_DOES: dict[str, Callable[[Hand], None]] = {
    "first": lambda hand: key_documents(hand, "first"),
    "second": lambda hand: key_documents(hand, "second"),
    "resolve": resolve_mismatches,
    "lock": lock,
}

if __name__ == "__main__":
    main()
