"""Somebody signed in at the real window over a real workspace, and a project with a little of everything."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Protocol

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from boapp.domain.ids import DocumentId, ProjectId
from boapp.domain.passes import Method
from boapp.domain.values import Value
from boapp.domain.workflow import Mode
from boapp.services.comparing import compare_waiting
from boapp.services.resolving import lock_reading, mismatches, resolve
from boapp.workspace import Workspace
from tests.builders import House, add_project, key_document, receipt, take_in_pages
from ui.app import prepare
from ui.operations import Operations
from ui.places import places
from ui.session import Session
from ui.shell.page import Page
from ui.shell.window import Window
from ui.theme import Look

WAIT = 20_000
SMALL, USUAL = (1280, 720), (1440, 900)


@dataclass
class Room:
    """The window, what runs behind it, and the keyboard."""

    qtbot: QtBot
    window: Window
    operations: Operations
    ws: Workspace

    def open(self, name: str) -> Page:
        """Open a page and wait until it has shown what it read."""
        self.window.open(name)
        self.settle()
        return self.page

    @property
    def page(self) -> Page:
        """The page that is open."""
        assert self.window._page is not None
        return self.window._page

    def settle(self) -> None:
        """Wait until nothing is queued any more, for databases and pictures."""
        for begin in (self.operations.run, self.operations.draw, self.operations.run):
            done: list[object] = []
            begin(lambda: None, done.append)
            self.qtbot.waitUntil(lambda done=done: bool(done), timeout=WAIT)  # type: ignore[misc]

    def press(self, keys: str | Qt.Key, held: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier) -> None:
        """Press a key where the focus is; a text is typed letter by letter."""
        target = QApplication.focusWidget() or self.window
        if isinstance(keys, str):
            QTest.keyClicks(target, keys)
        else:
            QTest.keyClick(target, keys, held)
        self.settle()


class Organisation(Protocol):
    """A house or a site: whatever people can be signed in to."""

    def as_(self, code: str) -> Workspace:
        """Open the workspace as a person."""


@contextmanager
def room(
    qtbot: QtBot, house: Organisation, code: str, size: tuple[int, int] = USUAL, look: Look = Look.LIGHT
) -> Iterator[Room]:
    """Sign somebody in whose keys are open; Home is on screen."""
    prepare(look)
    operations, window, ws = Operations(), Window(places(), "Northport"), house.as_(code)
    qtbot.addWidget(window)
    window.resize(*size)
    with qtbot.waitActive(window):
        window.show()
        window.activateWindow()
    made = Room(qtbot, window, operations, ws)
    window.admit(Session(ws, operations))
    made.settle()
    try:
        yield made
    finally:
        window.close()
        operations.run(ws.close)
        operations.close()


def hold(house: House, project: ProjectId) -> None:
    """Let ann hold the document that nobody keyed, and cleo the one that waits for its second keying."""
    for code, second in (("ann", False), ("cleo", True)):
        ws = house.as_(code)
        try:
            assert ws.shared.claim(project, second=second, document=None) is not None
        finally:
            ws.close()


def slipped(house: House, mode: Mode = Mode.RELEASE) -> tuple[ProjectId, list[DocumentId]]:
    """Key five documents, four of them twice, three with a slip in the second pass; one is resolved.

    page-001 total 9.80 for 9.00 (resolved by bob), page-002 date, page-003 company; page-004 agrees.
    """
    project = add_project(house, mode)
    documents = take_in_pages(house, project, 6)
    ann, bob, sue = (house.as_(code) for code in ("ann", "bob", "sue"))
    try:
        for document in documents[:5]:
            key_document(ann, project, document, receipt())
        slips: tuple[dict[str, str], ...] = (
            {"total": "9.80"},
            {"date": "10/01/2019"},
            {"company": "ACNE"},
            {},
        )
        for document, slip in zip(documents, slips, strict=False):
            key_document(bob, project, document, receipt() | slip, second=True)
        compare_waiting(sue, project)
        resolver = bob if mode is Mode.RELEASE else sue
        first = next(m for m in mismatches(resolver, project) if m.place.document == documents[0])
        reading = lock_reading(resolver, first, Value.keyed("9.00"))
        resolve(resolver, first, reading, Value.keyed("9.00"), "smudged", Method.KEYED)
    finally:
        for ws in (ann, bob, sue):
            ws.close()
    return project, documents
