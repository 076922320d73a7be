"""A desk for tests of the keying page: real services, real keys, no window around it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from boapp.domain.ids import DocumentId, ProjectId
from boapp.domain.passes import Entry
from boapp.domain.values import Address
from boapp.domain.workflow import Mode
from boapp.services import keying, queue
from boapp.workspace import Workspace
from tests.builders import House, add_project, take_in_pages
from ui.operations import Operations
from ui.pages.keying.images import AFTER_PAINT_MS
from ui.pages.keying.page import KeyingPage
from ui.session import Session
from ui.shell.bars import Work

Key = Qt.Key
PLAIN = Qt.KeyboardModifier.NoModifier
SHIFT = Qt.KeyboardModifier.ShiftModifier
CTRL = Qt.KeyboardModifier.ControlModifier
PAD = Qt.KeyboardModifier.KeypadModifier

FORM = b"""
key = "slip"
version = 1
title = "Slip"

[[fields]]
key = "name"
label = "Name"
type = "text"
policy = "double"
required = true
help = "As printed."

[[fields]]
key = "amount"
label = "Amount"
type = "money"
policy = "double"
checks = [{ check = "range", min = "0", max = "100", effect = "warns" }]

[[fields]]
key = "day"
label = "Day"
type = "date"
policy = "none"

[[fields]]
key = "place"
label = "Place"
type = "text"
policy = "none"
"""


@dataclass
class Desk:
    """A keying page on screen, and what a test does at it."""

    qtbot: QtBot
    page: KeyingPage
    ws: Workspace
    operations: Operations

    @property
    def box(self) -> QWidget:
        """Return what has the focus: the entry box, or the layer above it."""
        return QApplication.focusWidget() or self.page.view.dock.box

    def typed(self) -> str:
        """Return what stands in the entry box."""
        return self.page.view.dock.box.text()

    @property
    def at(self) -> str:
        """Return the key of the current field."""
        return self.page.editor.work.slot.address.field

    @property
    def said(self) -> str:
        """Return the kind of the message that is shown."""
        return self.page.view.dock.line.message.kind

    def key(self, key: Qt.Key, held: Qt.KeyboardModifier = PLAIN) -> None:
        """Press a key."""
        QTest.keyClick(self.box, key, held)

    def type(self, words: str) -> None:
        """Type words as they stand."""
        QTest.keyClicks(self.box, words)

    def enter(self, *values: str) -> None:
        """Key values, each with Enter."""
        for value in values:
            self.type(value)
            self.key(Key.Key_Return)

    def finish(self) -> None:
        """Press the key that finishes the document."""
        self.key(Key.Key_Return, CTRL)

    def wait_for_banner(self) -> None:
        """Wait until the banner is seen."""
        self.wait(self.page.view.frame.banner.isVisible)

    def wait_until_empty(self) -> None:
        """Wait until nothing is left to key."""
        self.wait(lambda: self.page.view.stack.currentWidget() is self.page.view.empty)

    def wait(self, true: Callable[[], bool]) -> None:
        """Wait until something is so."""
        self.qtbot.waitUntil(true, timeout=8000)

    def wait_for_document(self, *, ahead: bool = False) -> None:
        """Wait until a document is open, and the next one claimed."""
        self.wait(lambda: self.page.editor.busy and (self.page.ahead is not None or not ahead))

    def settle(self) -> None:
        """Wait until everything on the databases' lane is done, what begins behind the paint too."""
        self.qtbot.wait(2 * AFTER_PAINT_MS)
        done: list[None] = []
        self.operations.run(lambda: None, done.append)
        self.wait(lambda: bool(done))

    def ask(self, verb: Callable[[], object]) -> object:
        """Run a verb where verbs run, and return what it returned."""
        answers: list[object] = []
        self.operations.run(verb, answers.append)
        self.wait(lambda: bool(answers))
        return answers[0]

    def drafts(self) -> Mapping[Address, Entry]:
        """Return what the local store keeps of the open document."""
        piece = self.page.piece
        assert piece is not None
        kept = self.ask(lambda: keying.drafted(self.ws, piece.assignment))
        assert isinstance(kept, dict)
        return kept

    def claims(self, project: ProjectId) -> list[DocumentId]:
        """Return the documents on which this person has a claim."""
        found = self.ask(lambda: [w.claim.document for w in queue.open_assignments(self.ws, project)])
        assert isinstance(found, list)
        return found

    def close(self) -> None:
        """Leave the page and sign out."""
        self.page.leave()
        self.operations.close()
        self.ws.close()


def slips(house: House, count: int, mode: Mode = Mode.RELEASE) -> ProjectId:
    """Add a project of slips with some documents."""
    project = add_project(house, mode, FORM, "slips")
    take_in_pages(house, project, count)
    return project


def open_desk(qtbot: QtBot, house: House, code: str, work: Work = Work.FIRST) -> Desk:
    """Open the keying page as a person and wait for what it shows first."""
    ws, operations = house.as_(code), Operations()
    page = KeyingPage(Session(ws, operations), work)
    qtbot.addWidget(page)
    page.resize(1440, 900)
    with qtbot.waitActive(page):
        page.show()
        page.activateWindow()
    page.enter()
    page.setFocus()
    desk = Desk(qtbot, page, ws, operations)
    desk.wait(lambda: page.editor.busy or page.view.stack.currentWidget() is page.view.empty)
    return desk
