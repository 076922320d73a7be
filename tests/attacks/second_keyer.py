"""A second keyer's window, in a process that another one looks into.

Commands come as lines of JSON on standard input, answers go to standard output. The first command names
the house and brings bob's keys; nothing that comes in here holds a value of the first pass, until `hold`
plants one, written backwards.
"""

import gc
import json
import os
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel

from boapp.crypto.signing import PersonKeys
from tests.builders import House
from tests.ui.pages.test_keying_blind import texts
from ui.app import prepare
from ui.operations import Operations
from ui.pages.keying.page import KeyingPage
from ui.places import places
from ui.session import Session
from ui.shell.window import Window

PATIENCE_SECONDS = 60
CTRL = Qt.KeyboardModifier.ControlModifier
WIDE_LETTER = "\N{MATHEMATICAL DOUBLE-STRUCK CAPITAL X}"
"""In a text with it, Python keeps each letter in four bytes."""


class Keyer:
    """Bob at the second keying page, with some keys typed."""

    def __init__(self, folder: Path, keys: bytes) -> None:
        prepare()
        self.ws = House(folder, {"bob": PersonKeys.from_bytes(keys)}).as_("bob")
        self.operations, self.window = Operations(), Window(places(), "Northport")
        self.held: list[object] = []
        self.window.show()
        self.window.activateWindow()
        self.wait(self.window.isActiveWindow)
        self.window.admit(Session(self.ws, self.operations))
        self.window.open("second")
        self.wait(lambda: self.page.editor.busy and self.operations.idle)

    @property
    def page(self) -> KeyingPage:
        page = self.window.page
        assert isinstance(page, KeyingPage)
        return page

    def wait(self, come: Callable[[], bool]) -> None:
        end = time.monotonic() + PATIENCE_SECONDS
        while not come():
            assert time.monotonic() < end
            QApplication.processEvents()
            time.sleep(0.005)

    def key(self) -> str:
        """Key a field and begin another."""
        box = self.page.view.dock.box
        QTest.keyClicks(box, "Cornwallis")
        QTest.keyClick(box, Qt.Key.Key_Return)
        QTest.keyClicks(box, "12")
        self.wait(lambda: self.operations.idle)
        return box.text()

    def hold(self, backwards: str) -> str:
        """Plant a value: in a label that nobody sees, and in texts of one and of four bytes a letter."""
        label = QLabel(backwards[::-1], self.page)
        label.hide()
        self.held += [label, backwards[::-1], WIDE_LETTER + backwards[::-1]]
        return "held"

    def tell(self) -> list[str]:
        """Return every text that the screen, a screen reader, undo or Python itself can get at."""
        found = [words for _where, words in texts(self.window)]
        box = self.page.view.dock.box
        while box.isUndoAvailable():
            box.undo()
            found.append(box.text())
        return found + sorted(set(reachable()))


def reachable() -> Iterator[str]:
    """Give every text that any object of Python refers to."""
    gc.collect()
    for thing in gc.get_objects():
        for held in gc.get_referents(thing):
            if isinstance(held, str):
                yield held
            elif isinstance(held, bytes):
                yield held.decode("utf-8", "replace")


def main() -> None:
    """Do what is asked until nothing more is."""
    first = json.loads(sys.stdin.readline())
    keyer = Keyer(Path(first["folder"]), bytes.fromhex(first["keys"]))
    print(json.dumps(keyer.key()), flush=True)
    for line in sys.stdin:
        what, *words = json.loads(line)
        answer = keyer.hold(*words) if what == "hold" else keyer.tell()
        print(json.dumps(answer), flush=True)
    sys.stdout.flush()
    os._exit(0)


if __name__ == "__main__":
    main()
