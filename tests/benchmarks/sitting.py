"""A person at the real window with thirty fields beside an A4 page, and the bare form in its own program."""

import io
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import pytest
from PIL import Image, ImageDraw
from PySide6.QtCore import QEventLoop, Qt
from PySide6.QtGui import QPaintEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget

from boapp.domain.workflow import Mode
from boapp.services import keying
from boapp.services.intake import take_in
from tests.benchmarks.bare_form import FIELDS, LETTERS
from tests.benchmarks.test_pages import scan
from tests.builders import House, add_project
from tests.ui.rooms import Room
from ui.pages.keying.page import KeyingPage
from ui.pictures import decode
from ui.widgets.document_canvas import DocumentCanvas
from ui.widgets.entry_box import EntryBox

Painted = TypeVar("Painted", bound=QWidget)
WHOLE = QEventLoop.ProcessEventsFlag.AllEvents
WAITING = QEventLoop.ProcessEventsFlag.WaitForMoreEvents
CTRL = Qt.KeyboardModifier.ControlModifier


def form_of_thirty() -> bytes:
    """Write a form of text fields, each with its zone on the page."""
    head = 'key = "thirty"\nversion = 1\ntitle = "Thirty"\n'
    field = (
        '[[fields]]\nkey = "field_{n:02}"\nlabel = "Field {n}"\ntype = "text"\npolicy = "double"\n'
        "zone = {{ page = 1, x = 0.1, y = {y:.3f}, w = 0.5, h = 0.02 }}\n"
    )
    return (head + "\n".join(field.format(n=n, y=0.05 + 0.029 * n) for n in range(FIELDS))).encode()


def take_in_papers(house: House, count: int) -> Path:
    """Take in scans of A4 pages; return the file of one."""
    project = add_project(house, Mode.RELEASE, form_of_thirty(), "thirty")
    folder = house.folder / "scans"
    folder.mkdir(exist_ok=True)
    base = Image.open(io.BytesIO(scan("JPEG")))
    files = []
    for number in range(count):
        paper = base.copy()
        ImageDraw.Draw(paper).text((50, 50), str(number), fill=0)
        files.append(folder / f"paper-{number:03}.jpg")
        paper.save(files[-1], "JPEG", quality=85)
    admin = house.as_("admin")
    try:
        assert not take_in(admin, project, "papers", files, None).refused
    finally:
        admin.close()
    return files[0]


class Bare:
    """The bare form, at the other end of a pipe."""

    def __init__(self, picture: Path, canvas: QWidget, folder: Path) -> None:
        folder.mkdir()
        program = Path(__file__).with_name("bare_form.py")
        size = (str(canvas.width()), str(canvas.height()))
        self._program = subprocess.Popen(
            [sys.executable, program, picture, folder, *size],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            env={**os.environ, "QT_QPA_PLATFORM": "offscreen"},
        )

    def ask(self, *command: object) -> list[float]:
        """Let it do something, and return the seconds of each time."""
        assert self._program.stdin
        assert self._program.stdout
        self._program.stdin.write(json.dumps(command) + "\n")
        self._program.stdin.flush()
        taken: list[float] = json.loads(self._program.stdout.readline())
        return taken

    def close(self) -> None:
        """End it."""
        self._program.communicate(timeout=20)


def watch_paint(patch: pytest.MonkeyPatch) -> set[QWidget]:
    """Note which entry boxes and pages are painted, from now on; a page without picture does not count."""
    seen: set[QWidget] = set()
    patch.setattr(EntryBox, "paintEvent", _noting(EntryBox.paintEvent, seen))
    patch.setattr(DocumentCanvas, "paintEvent", _noting(DocumentCanvas.paintEvent, seen))
    return seen


def _noting(
    paint: Callable[[Painted, QPaintEvent], None], seen: set[QWidget]
) -> Callable[[Painted, QPaintEvent], None]:
    def painted(widget: Painted, event: QPaintEvent) -> None:
        paint(widget, event)
        if not isinstance(widget, DocumentCanvas) or widget.sheet is not None:
            seen.add(widget)

    return painted


@dataclass
class Keyer:
    """Keys documents at the real page, and takes the time."""

    room: Room
    seen: set[QWidget]

    @property
    def page(self) -> KeyingPage:
        """Return the keying page."""
        page = self.room.page
        assert isinstance(page, KeyingPage)
        return page

    @property
    def box(self) -> EntryBox:
        """Return its entry box."""
        return self.page.view.dock.box

    def wait(self, true: Callable[[], bool]) -> None:
        """Wait until something is so."""
        self.room.qtbot.waitUntil(true, timeout=20_000)

    def wait_for_next(self) -> None:
        """Wait until the next document is claimed, its page decoded, and nothing under way."""
        page = self.page
        self.wait(lambda: page.ahead is not None and self.room.operations.idle)
        ahead = page.ahead
        assert ahead is not None
        self.wait(lambda: page._pages.get(ahead.assignment, 1) is not None)
        self.room.settle()

    def keys(self, count: int) -> list[float]:
        """Type; return the seconds from each key to its paint."""
        taken, box = [], self.box
        assert box.hasFocus()
        for number in range(count):
            if number % LETTERS == 0:
                box.selectAll()
                QTest.keyClick(box, Qt.Key.Key_Delete)
                QApplication.processEvents()
            self.seen.discard(box)
            start = time.perf_counter()
            QTest.keyPress(box, Qt.Key.Key_X)
            while box not in self.seen:
                QApplication.processEvents()
            taken.append(time.perf_counter() - start)
            QTest.keyRelease(box, Qt.Key.Key_X)
        return taken

    def fill(self) -> None:
        """Key all fields of the document."""
        for number in range(FIELDS):
            self.box.selectAll()
            self.page.editor.insert(f"value {number}")
            QTest.keyClick(self.box, Qt.Key.Key_Return)
        self.room.settle()

    def finish(self) -> float:
        """Press the key that finishes.

        Return the seconds until the pass is sealed and the next first field and page are painted.
        """
        page, box, canvas = self.page, self.box, self.page.view.canvas
        before = page.piece

        def shown() -> bool:
            return page.piece not in (None, before) and box.hasFocus()

        start = time.perf_counter()
        QTest.keyPress(box, Qt.Key.Key_Return, CTRL)
        self.seen.clear()
        while not shown():
            QApplication.processEvents(WHOLE | WAITING)
            self.seen.clear()
        while page._sealing or not {box, canvas} <= self.seen:
            QApplication.processEvents(WHOLE | WAITING)
        taken = time.perf_counter() - start
        QTest.keyRelease(box, Qt.Key.Key_Return, CTRL)
        return taken

    def document(self, *, ahead: bool = True) -> float:
        """Key a document and go to the next one, whose page is decoded ahead or not."""
        self.fill()
        self.wait_for_next()
        if not ahead:
            self.page._pages.clear()
        return self.finish()


@dataclass
class Prefetch:
    """Decrypts and decodes pages without end, as the page does it for the document ahead."""

    keyer: Keyer
    on: bool = True
    count: int = 0

    def start(self) -> None:
        """Begin another page."""
        page, ops = self.keyer.page, self.keyer.room.operations
        piece, ws, width = page.piece, self.keyer.room.ws, page.view.canvas.wanted_width
        assert piece is not None
        ops.run(
            lambda: keying.page(ws, piece.assignment, 1),
            lambda picture: ops.draw(lambda: decode(picture, 1, width), self._again),
        )

    def _again(self, _sheet: object) -> None:
        self.count += 1
        if self.on:
            self.start()
