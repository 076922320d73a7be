"""The child program of the killed windows: opens the real keying page, tells what it shows, types on.

    python -m tests.faults.window_child    with one line of WindowOrders on standard input

What stands on the documents and which keys are pressed follow from a document's name alone, so the parent
knows each state that the page may show. Keys are told before and after they are pressed, with the time.
"""

import itertools
import os
import signal
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

import msgspec
from PySide6.QtCore import QEventLoop, Qt, QTimer
from PySide6.QtTest import QTest

from boapp import faultpoints
from boapp.crypto.signing import PersonKeys
from boapp.workspace import Workspace
from tests.builders import House
from ui.app import prepare
from ui.operations import Operations
from ui.pages.keying.page import KeyingPage
from ui.places import places
from ui.session import Session
from ui.shell.window import Window
from ui.theme import Look

PATIENCE_MS = 60_000
FINISH, NEXT, BACK, LEFT, ERASE = "<finish>", "<next>", "<back>", "<left>", "<erase>"
FIELDS = ("company", "date", "address", "total")
_KEYS = {
    FINISH: (Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier),
    NEXT: (Qt.Key.Key_Return, Qt.KeyboardModifier.NoModifier),
    BACK: (Qt.Key.Key_Up, Qt.KeyboardModifier.NoModifier),
    LEFT: (Qt.Key.Key_Left, Qt.KeyboardModifier.NoModifier),
    ERASE: (Qt.Key.Key_Backspace, Qt.KeyboardModifier.NoModifier),
}


class State(msgspec.Struct, frozen=True):
    """What the page shows: document, field, text and cursor; and what is kept of the other fields."""

    document: str
    field: str = FIELDS[0]
    text: str = ""
    cursor: int = 0
    others: tuple[tuple[str, str], ...] = ()


class Told(msgspec.Struct, frozen=True):
    """One line that a child says; seconds are of the clock that all processes of a machine share."""

    what: str
    """open: the page shows this; press: this follows now; pressed: this is what the page shows since."""
    state: State
    seconds: float


class WindowOrders(msgspec.Struct, frozen=True):
    """What a child is told.

    gaps: milliseconds between keys, used again and again; none: it types nothing. until: where it rests.
    dies_at: the named moment at which it is killed.
    """

    folder: str
    person: str
    keys: bytes
    gaps: tuple[int, ...] = ()
    until: State | None = None
    dies_at: str = ""


class Step(NamedTuple):
    """A key, and the state after it."""

    key: str
    state: State


def keys_of(document: str) -> Iterator[str]:
    """Return the keys that are pressed in a document: typing, slips, going back, going on."""
    number = int("".join(letter for letter in document if letter.isdigit()))
    yield from (*f"SHOP {number} LTX", ERASE, "D", NEXT)
    yield from (*"09/0", BACK, *f" {number}", NEXT, *"1/2019", NEXT)
    yield from (*f"{number}, STREE 7", LEFT, LEFT, "T", *(LEFT,) * 3, *"LONG ", NEXT)
    yield from (*f"{number}.5", BACK, BACK, NEXT, NEXT, "0", NEXT, FINISH)


@dataclass
class Typist:
    """Plain arithmetic of what a page shows after each key."""

    document: str
    at: int = 0
    text: str = ""
    cursor: int = 0
    kept: dict[str, str] = field(default_factory=dict)

    def state(self) -> State:
        """Return what the page shows now."""
        here = FIELDS[self.at]
        others = tuple((name, self.kept[name]) for name in FIELDS if name != here and self.kept.get(name))
        return State(self.document, here, self.text, self.cursor, others)

    def press(self, key: str) -> None:
        """Follow a key."""
        if key in {NEXT, BACK}:
            self.kept[FIELDS[self.at]] = self.text
            self.at = max(0, min(self.at + (1 if key == NEXT else -1), len(FIELDS) - 1))
            self.text = self.kept.get(FIELDS[self.at], "")
            self.cursor = len(self.text)
        elif key == LEFT:
            self.cursor -= 1
        elif key == ERASE:
            self._replace(self.cursor - 1, "")
        else:
            self._replace(self.cursor, key)

    def _replace(self, at: int, letter: str) -> None:
        self.text = self.text[:at] + letter + self.text[self.cursor :]
        self.cursor = at + len(letter)


def steps_of(document: str) -> list[Step]:
    """Return what happens in a document, up to the key that finishes it."""
    typist = Typist(document)
    steps = [Step("", typist.state())]
    for key in keys_of(document):
        if key != FINISH:
            typist.press(key)
        steps.append(Step(key, typist.state()))
    return steps


class Keyer:
    """Types at a page and tells each key."""

    def __init__(self, page: KeyingPage, gaps: Iterable[int], until: State | None) -> None:
        self._page, self._gaps, self._until = page, itertools.cycle(gaps), until

    @property
    def document(self) -> str:
        """Return the document that is open, if one is."""
        return self._page.document_name if self._page.editor.busy else ""

    def seen(self) -> State:
        """Return what the page shows."""
        work, box = self._page.editor.work, self._page.view.dock.box
        here = work.slot.address.field
        kept = {a.field: entry.value.text for a, entry in work.entries.items()}
        others = tuple((name, kept[name]) for name in FIELDS if name != here and kept.get(name))
        return State(self.document, here, box.text(), box.cursorPosition(), others)

    def type_on(self) -> None:
        """Press what is left of the open document, then all of the next."""
        shown = self.seen()
        steps = steps_of(self.document)
        place = next(n for n, step in enumerate(steps) if step.state == shown)
        while self.document:
            for before, after in zip(steps[place:], steps[place + 1 :], strict=False):
                self._press(after.key, before.state, after.state)
            steps, place = steps_of(self.document), 0

    def _press(self, key: str, before: State, after: State) -> None:
        pause(PATIENCE_MS if before == self._until else next(self._gaps))
        say("press", before if key == FINISH else after)
        box, name = self._page.view.dock.box, self.document
        if key in _KEYS:
            QTest.keyClick(box, *_KEYS[key])
        else:
            QTest.keyClicks(box, key)
        if key == FINISH:
            wait(lambda: self.document not in {"", name})
        assert self.seen() == (after if key != FINISH else State(self.document)), (self.seen(), after)
        say("pressed", self.seen())


def say(what: str, state: State) -> None:
    """Tell the parent one thing, in one write."""
    os.write(1, msgspec.json.encode(Told(what, state, time.monotonic())) + b"\n")


def pause(milliseconds: int) -> None:
    """Let the program work for a while, as between two keys."""
    loop = QEventLoop()
    QTimer.singleShot(milliseconds, loop.quit)
    loop.exec()


def wait(come: Callable[[], bool]) -> None:
    """Let the program work until something has come."""
    for _ in range(PATIENCE_MS // 5):
        if come():
            return
        pause(5)
    raise TimeoutError


def sit_down(ws: Workspace) -> tuple[Window, KeyingPage]:
    """Open the real window at the first keying page, on a document."""
    window = Window(places(), "workspace")
    window.show()
    window.activateWindow()
    window.admit(Session(ws, Operations()))
    window.open("first")
    page = window.page
    assert isinstance(page, KeyingPage)
    wait(lambda: page.editor.busy)
    return window, page


def main() -> None:
    """Open the page and tell what it shows; then type until killed, if there are gaps to type with."""
    orders = msgspec.json.decode(sys.stdin.buffer.readline(), type=WindowOrders)
    faultpoints.plant(lambda name: os.kill(os.getpid(), signal.SIGKILL) if name == orders.dies_at else None)
    house = House(Path(orders.folder), {orders.person: PersonKeys.from_bytes(orders.keys)})
    app = prepare(Look.LIGHT)
    window, page = sit_down(house.as_(orders.person))
    keyer = Keyer(page, orders.gaps, orders.until)
    say("open", keyer.seen())
    if orders.gaps:
        keyer.type_on()
    window.close()
    app.processEvents()
    page.session.operations.close()


if __name__ == "__main__":
    main()
