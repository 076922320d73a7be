"""A resolver at her desk: a real workspace, the real page in a real window, and her keyboard."""

import random
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from boapp.domain.ids import DocumentId, ProjectId
from boapp.domain.passes import Entry, Method
from boapp.domain.records import Settled
from boapp.domain.values import Address, Value
from boapp.services import queue, sealing
from boapp.services.comparing import compare_waiting
from boapp.services.handover import hand_over
from boapp.services.keying import findings
from boapp.services.syncing import send_waiting
from boapp.workspace import Workspace
from tests.builders import House, receipt
from ui.operations import Operations
from ui.pages.resolving.page import ResolvePage, State
from ui.session import Session
from ui.shell.window import Window

PLAIN = Qt.KeyboardModifier.NoModifier
WAIT = 10_000

Keyed = Mapping[str, str | Value]


class Chance(random.Random):
    """Chance that always falls the same way: turned shows the second pass first."""

    def __init__(self, *, turned: bool) -> None:
        super().__init__()
        self._turned = turned

    def random(self) -> float:
        return 0.1 if self._turned else 0.9


@dataclass
class Clock:
    """A clock that stands until it is moved."""

    now: float = 100.0

    def __call__(self) -> float:
        return self.now


def key_pass(ws: Workspace, project: ProjectId, document: DocumentId, keyed: Keyed, *, second: bool) -> None:
    """Seal a receipt with these values, as its keyer; whatever is warned about is accepted."""
    work = queue.claim(ws, project, second=second, document=document)
    assert work is not None
    values = {**receipt(), **keyed}
    entries = [Entry(Address(k), v if isinstance(v, Value) else Value.of(v)) for k, v in values.items()]
    warned: dict[str, list[str]] = {}
    for found in findings(work, tuple(entries)):
        warned.setdefault(found.address.field, []).append(found.code)
    accepted = [e._replace(accepted=tuple(warned.get(e.address.field, ()))) for e in entries]
    sealing.seal(ws, work, tuple(accepted), Method.FILE)
    send_waiting(ws)


def key_twice(
    house: House, project: ProjectId, documents: Sequence[DocumentId], pairs: Sequence[tuple[Keyed, Keyed]]
) -> None:
    """Let ann key each document first and bob second; nothing is compared yet."""
    ann, bob = house.as_("ann"), house.as_("bob")
    for document, (first, second) in zip(documents, pairs, strict=True):
        key_pass(ann, project, document, first, second=False)
        key_pass(bob, project, document, second, second=True)
    ann.close()
    bob.close()


def record(house: House, project: ProjectId) -> dict[str, Settled]:
    """Return what the one document of a project came to, as a supervisor hands it over."""
    sue = house.as_("sue")
    try:
        compare_waiting(sue, project)
        (handed,) = hand_over(sue, project).documents
        return {address.field: settled for address, settled in handed.record.items()}
    finally:
        sue.close()


@dataclass
class Resolver:
    """The person, by her keys alone."""

    qtbot: QtBot
    page: ResolvePage
    clock: Clock
    gone_to: list[str] = field(default_factory=list)

    def key(self, key: Qt.Key, held: Qt.KeyboardModifier = PLAIN) -> None:
        """Press a key wherever the focus is."""
        QTest.keyClick(self._focus(), key, held)

    def type(self, words: str) -> None:
        """Type words wherever the focus is."""
        QTest.keyClicks(self._focus(), words)

    def _focus(self) -> QWidget:
        focus = QApplication.focusWidget()
        assert focus is not None
        return focus

    def until(self, state: State) -> None:
        """Wait until the page is in a state."""
        self.qtbot.waitUntil(lambda: self.page.state is state, timeout=WAIT)

    def read(self, words: str) -> None:
        """Lock an own reading and look at the two readings for a while."""
        self.until(State.KEYING)
        self.type(words)
        self.lock()

    def lock(self) -> None:
        """Lock what stands in the box, and look at the two readings for a while."""
        self.key(Qt.Key.Key_Return)
        self.until(State.DECIDING)
        self.clock.now += 1

    @property
    def said(self) -> str:
        """Return what the foot of the present step says."""
        dock = self.page.dock
        return (dock.own if dock.step == 1 else dock.compare).message.message.words

    @property
    def readings(self) -> list[str]:
        """Return what is spoken of the two readings."""
        return [row.accessibleName() for row in self.page.dock.compare.pair.findChildren(QWidget) if _is(row)]

    @property
    def selected(self) -> str:
        """Return which reading is selected, as spoken."""
        return self.page.dock.compare.pair.accessibleDescription()


def _is(widget: QWidget) -> bool:
    return type(widget).__name__ == "_Reading"


@contextmanager
def resolving(qtbot: QtBot, house: House, code: str, *, turned: bool = False) -> Iterator[Resolver]:
    """Open the resolving page as a person."""
    operations, clock = Operations(), Clock()
    ws = house.as_(code)
    window = Window([], "tests")
    page = ResolvePage(Session(ws, operations), Chance(turned=turned), clock)
    person = Resolver(qtbot, page, clock)
    page.go.connect(person.gone_to.append)
    operations.changed.connect(lambda _changes: page.enter())
    window.setCentralWidget(page)
    qtbot.addWidget(window)
    with qtbot.waitActive(window):
        window.show()
        window.activateWindow()
    page.enter()
    page.setFocus()
    try:
        yield person
    finally:
        page.leave()
        operations.run(ws.close)
        operations.close()
