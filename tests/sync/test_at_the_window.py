"""The windows at a workstation of a server: what they show while it is there, away, and back again.

The courier goes its rounds in the test, and a Post without a process tells the windows of them.
"""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from boapp.errors import Refusal, Unavailable
from boapp.sync.light import Light, Way
from boapp.sync.watch import Report, report_of, shown
from tests.builders import receipt
from tests.sync.conftest import Sit
from tests.sync.station import Station
from tests.ui.rooms import SMALL, WAIT
from tests.ui.seen import clipped_texts
from ui.app import prepare
from ui.desk import ask_first
from ui.operations import Operations
from ui.pages.home.page import HomePage
from ui.pages.home.presenter import State
from ui.pages.keying.page import KeyingPage
from ui.places import places
from ui.post import Post
from ui.session import Session
from ui.shell.page import DeskPage
from ui.shell.rail import Rail
from ui.shell.sync_light import SyncLight
from ui.shell.window import Window

AWAY = Unavailable("The shared database cannot be reached.", "Check the network, then try again.")
ENDED = Refusal("Your login has ended.", "Sign in again, or ask your administrator.")
SINCE = "Working offline since"
KEEP = "Keep keying: everything is stored on this computer and sent when the link returns."


@dataclass
class Seat:
    """Somebody at the real window of a workstation."""

    qtbot: QtBot
    station: Station
    window: Window
    session: Session

    def open(self, name: str) -> None:
        """Open a page and wait until it has shown what it read."""
        self.window.open(name)
        self.settle()

    def settle(self) -> None:
        """Wait until nothing is under way, what begins behind the paint too."""
        self.qtbot.wait(60)
        idle = False
        while not idle:  # what was delivered last is laid out, and may begin something
            self.qtbot.waitUntil(lambda: self.session.operations.idle, timeout=WAIT)
            self.qtbot.wait(20)
            idle = self.session.operations.idle

    def round(self) -> None:
        """Let the courier go a round and tell of it; it does not ask the windows before it connects."""
        self.session.post.trying = True
        done = self.station.round()
        light = shown(self.station.far, self.session.post.light, done, None)
        self.tell(report_of(light, done))

    def fails(self, failure: Refusal = AWAY) -> None:
        """Tell that a round was ended by this."""
        before, done = self.session.post.light, self.station.courier.so_far
        self.tell(Report(shown(self.station.near, before, done, failure)))

    def tell(self, report: Report) -> None:
        """Tell the windows of a round."""
        self.session.post._take(report)
        self.settle()

    @property
    def keying(self) -> KeyingPage:
        """Return the keying page that is open."""
        assert isinstance(self.window.page, KeyingPage)
        return self.window.page

    @property
    def banner(self) -> str:
        """Return what the banner says; nothing where it is not seen."""
        page = self.window.page
        found = page.banner if isinstance(page, DeskPage) else self.keying.view.frame.banner
        return found.text() if found.isVisible() else ""

    @property
    def light(self) -> SyncLight:
        """Return the light that is seen."""
        return next(found for found in self.window.findChildren(SyncLight) if found.isVisible())

    def key(self, total: str = "9.00") -> None:
        """Key and finish the document that is open, by keys alone."""
        values, name = receipt(total=total), self.keying.document_name
        for asked in self.keying.asked_keys:
            QTest.keyClicks(focus(), values[asked])
            QTest.keyClick(focus(), Qt.Key.Key_Return)
        QTest.keyClick(focus(), Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
        self.qtbot.waitUntil(lambda: self.keying.document_name != name, timeout=WAIT)
        self.settle()


def focus() -> QWidget:
    found = QApplication.focusWidget()
    assert found is not None
    return found


@pytest.fixture
def sits_down(qtbot: QtBot, sit: Sit) -> Iterator[Callable[..., Seat]]:
    """Return what puts a person before the window of a workstation."""
    open_ones: list[Seat] = []

    def at(code: str) -> Seat:
        station, operations = sit(code), Operations()
        prepare()
        window, post = Window(places(), "Northport", far=True), Post(None)
        post.light = Light(Way.STARTING, station.near.now_us())
        ask_first(station.far, post)
        qtbot.addWidget(window)
        window.resize(*SMALL)
        with qtbot.waitActive(window):
            window.show()
            window.activateWindow()
        seat = Seat(qtbot, station, window, Session(station.far, operations, (), station.near, post))
        open_ones.append(seat)
        window.admit(seat.session)
        seat.settle()
        return seat

    yield at
    for seat in open_ones:
        seat.window.close()
        seat.session.operations.close()


def test_documents_come_by_themselves_and_each_says_which_of_its_batch_it_is(
    sits_down: Callable[..., Seat],
) -> None:
    ann = sits_down("ann")
    ann.open("first")
    assert "being brought" in ann.keying.view.empty.accessibleName()
    ann.round()
    assert ann.keying.editor.busy
    assert ann.keying.view.frame.status.position.text() == "Document 1 of 12"
    ann.key()
    assert ann.keying.view.frame.status.position.text() == "Document 2 of 12"
    assert ann.station.waiting() == 1
    ann.round()
    assert ann.station.waiting() == 0


def test_where_nothing_came_it_says_so_once_the_server_was_asked(
    sits_down: Callable[..., Seat],
) -> None:
    bob = sits_down("bob")
    bob.open("second")
    bob.round()
    assert "No work waiting" in bob.keying.view.empty.accessibleName()


def test_that_the_server_is_away_stands_there_until_it_is_back(sits_down: Callable[..., Seat]) -> None:
    ann = sits_down("ann")
    ann.round()
    ann.open("first")
    assert ann.banner == ""
    ann.fails()
    said = ann.banner
    assert said.startswith(SINCE)
    assert said.endswith(KEEP)
    ann.key()
    ann.fails()
    assert ann.banner == said
    ann.light.renew()
    ann.settle()
    assert ann.light.accessibleName().startswith(SINCE)
    assert "1 waiting to send" in ann.light.accessibleName()
    assert clipped_texts(ann.keying) == []
    ann.round()
    assert ann.banner == ""
    ann.light.renew()
    assert ann.light.accessibleName() == "In step"


def test_what_somebody_has_to_do_is_said_as_an_error(sits_down: Callable[..., Seat]) -> None:
    ann = sits_down("ann")
    ann.round()
    ann.open("first")
    ann.fails(ENDED)
    assert ann.banner == str(ENDED)
    assert ann.keying.view.frame.banner.property("role") == "banner-err"
    ann.open("home")
    assert ann.banner == str(ENDED)


def test_when_the_reserve_is_used_up_while_the_server_is_away_it_says_so(
    sits_down: Callable[..., Seat],
) -> None:
    ann = sits_down("ann")
    ann.round()
    ann.fails()
    ann.open("first")
    while ann.keying.editor.busy:
        ann.key()
    assert "No more documents are on this computer" in ann.keying.view.empty.accessibleName()
    ann.round()
    assert ann.keying.editor.busy


def test_home_shows_what_is_here_and_asks_no_server_that_is_away(sits_down: Callable[..., Seat]) -> None:
    ann = sits_down("ann")
    ann.round()
    ann.open("first")
    ann.key()
    ann.fails()
    ann.station.far.shared.close()  # whoever asks it now is refused in other words
    ann.open("home")
    page = ann.window.page
    assert isinstance(page, HomePage)
    assert page._home is not None
    assert page._home.here
    assert page._home.next is not None
    assert (page._home.next.lane, page._home.unsent) == ("first", 1)
    assert ann.banner.startswith(SINCE)
    assert clipped_texts(ann.window) == []
    QTest.keyClick(focus(), Qt.Key.Key_Return)
    ann.settle()
    assert ann.keying.editor.busy


def test_what_was_only_claimed_ahead_is_not_called_started(sits_down: Callable[..., Seat]) -> None:
    ann = sits_down("ann")
    ann.round()
    states = []
    for before in ("home", "first"):
        ann.open(before)
        ann.open("home")
        page = ann.window.page
        assert isinstance(page, HomePage)
        assert page._home is not None
        states.append([line.state for line in page._home.lines])
    assert states == [[State.FREE], [State.STARTED]]


@pytest.mark.parametrize(
    ("code", "name"), [("admin", "people"), ("admin", "intake"), ("sue", "discrepancies")]
)
def test_pages_that_need_the_server_say_that_it_is_away_until_it_is_back(
    sits_down: Callable[..., Seat], code: str, name: str
) -> None:
    seat = sits_down(code)
    seat.station.far.shared._connection.close()  # type: ignore[attr-defined]
    seat.fails()
    begun = time.monotonic()
    seat.open(name)
    assert time.monotonic() - begun < 5
    assert "cannot be reached" in seat.banner
    assert "Ctrl+T" in seat.banner
    assert clipped_texts(seat.window) == []
    seat.round()
    assert seat.banner == ""


def test_resolving_says_that_the_server_is_away_and_reads_by_itself_when_it_is_back(
    sits_down: Callable[..., Seat],
) -> None:
    sue = sits_down("sue")
    sue.station.far.shared._connection.close()  # type: ignore[attr-defined]
    sue.fails()
    sue.open("resolve")
    page = sue.window.page
    assert page is not None
    nothing = page.nothing  # type: ignore[attr-defined]
    assert nothing.accessibleName() == "The server is away"
    assert clipped_texts(page) == []
    sue.round()
    assert nothing.accessibleName() == "No mismatches left"


def test_the_light_speaks_when_the_server_goes_and_comes_back_and_never_else(
    sits_down: Callable[..., Seat],
) -> None:
    heard: list[str] = []

    ann = sits_down("ann")
    ann.round()
    ann.open("first")
    light = ann.light
    light.spoke.connect(heard.append)
    ann.key()
    ann.round()
    light.renew()
    assert heard == []
    ann.fails()
    ann.fails()
    light.renew()
    assert len(heard) == 1
    ann.round()
    assert len(heard) == 2
    assert heard[-1] == "In step"


def test_the_light_is_a_number_beside_its_icon_in_a_narrow_rail(sits_down: Callable[..., Seat]) -> None:
    ann = sits_down("ann")
    ann.round()
    ann.open("first")
    ann.key()
    ann.fails()
    ann.open("home")
    rail = ann.window.findChild(Rail)
    assert rail is not None
    assert ann.light._count.text() == "1"
    assert ann.light.toolTip().startswith(SINCE)
    ann.window.resize(1440, 900)
    ann.settle()
    assert clipped_texts(rail) == []
    assert ann.light._state.text().startswith(SINCE)
    assert ann.light._backlog.text() == "1 waiting to send"
