"""A whole way at the real windows over a real PostgreSQL, with the line cut in the middle of it.

The courier is its own process, as in life. Whoever keys touches nothing but keys; between her and the server
stands a line that the test cuts and mends.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import psycopg
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from boapp.address import Address
from boapp.demo.samples import CLAIMS
from boapp.demo.workspace import CLAIMS_PROJECT, Batch, papers
from boapp.resources import resource
from boapp.sync.light import Way
from tests.between import Line
from tests.builders import PASSPHRASE
from tests.postgres import Server
from tests.site import Site, found_site
from ui.app import prepare, wear
from ui.auto.script import answers
from ui.desk import Desk
from ui.post import Post
from ui.shell.page import DeskPage
from ui.theme import Look

KEYED = CLAIMS[:4]
PATIENCE = 90_000
SIZES = ((1280, 720), (1440, 900))
CTRL = Qt.KeyboardModifier.ControlModifier
PASSES = """
SELECT d.id, count(*) FROM core.document d JOIN core.sealed_pass s ON s.document = d.id GROUP BY d.id
"""


@pytest.fixture(scope="module")
def site(server: Server, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    made = found_site(tmp_path_factory.mktemp("away"), server, "away")
    yield made
    made.drop()


@pytest.fixture(scope="module")
def line(site: Site) -> Iterator[Line]:
    """The line on which every workstation here reaches the server."""
    made = Line(site.address.port)
    yield made
    made.cut()


@dataclass
class Seat:
    """Somebody at a workstation of her own."""

    qtbot: QtBot
    desk: Desk
    code: str
    pictures: Path

    @property
    def page(self) -> QWidget:
        """Return the page that is open."""
        found = self.desk.window.page
        assert found is not None
        return found

    @property
    def post(self) -> Post:
        """Return how the way to the server stands."""
        assert self.desk._post is not None
        return self.desk._post

    def wait(self, come: Callable[[], bool]) -> None:
        """Wait until something has come."""
        self.qtbot.waitUntil(come, timeout=PATIENCE)

    def settle(self) -> None:
        """Wait until nothing is under way."""
        self.qtbot.wait(80)
        self.wait(lambda: self.desk.operations.idle)

    def press(self, key: Qt.Key, held: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier) -> None:
        """Press a key where the focus is."""
        QTest.keyClick(QApplication.focusWidget() or self.desk.window, key, held)

    def type(self, words: str) -> None:
        """Type a text where the focus is."""
        QTest.keyClicks(QApplication.focusWidget() or self.desk.window, words)

    def passphrase(self) -> None:
        """Type the passphrase and Enter."""
        self.type(PASSPHRASE)
        self.press(Qt.Key.Key_Return)

    def sign_in(self) -> None:
        """Type code and passphrase, and wait for home."""
        self.type(self.code)
        self.press(Qt.Key.Key_Return)
        self.passphrase()
        self.wait(lambda: self.desk.window.page is not None)

    def key_and_finish(self) -> None:
        """Key the document that comes, and finish it."""
        self.wait(lambda: bool(getattr(self.page, "document_name", "")))
        page, name = self.page, getattr(self.page, "document_name", "")
        self.settle()
        values = answers({})[name]
        for asked in getattr(page, "asked_keys", ()):
            if values[asked]:
                self.type(values[asked])
            else:
                self.press(Qt.Key.Key_F5)
            self.press(Qt.Key.Key_Return)
        self.press(Qt.Key.Key_Return, CTRL)
        self.wait(lambda: getattr(page, "document_name", "") != name)
        self.settle()

    def sees(self, way: Way, waiting: int) -> bool:
        """Say whether the light stands so, with so much that waits."""
        light = self.post.light
        return light.way is way and light.waiting == waiting

    def picture(self, name: str, look: Look = Look.LIGHT) -> None:
        """Take the window at both sizes."""
        for size in SIZES:
            self.desk.window.resize(*size)
            self.qtbot.wait(300)
            file = self.pictures / f"{name}-{look}-{size[0]}x{size[1]}.png"
            self.desk.window.grab().save(str(file))


@pytest.fixture
def sits_down(
    qtbot: QtBot, site: Site, line: Line, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Callable[[str], Seat]]:
    """Return what puts a person before a workstation of her own, at the far end of the line."""
    open_ones: list[Seat] = []

    def at(code: str) -> Seat:
        station = site.enrol(f"{code} away")
        for file in station.home.rglob("enrolment.json"):
            words = file.read_text()
            file.write_text(words.replace(f'"port":{site.address.port}', f'"port":{line.port}'))
        for name, value in station.environment().items():
            monkeypatch.setenv(name, value) if value is not None else monkeypatch.delenv(name, raising=False)
        prepare()
        desk = Desk(Address("127.0.0.1", line.port, site.database))
        qtbot.addWidget(desk.window)
        with qtbot.waitActive(desk.window):
            desk.window.show()
            desk.window.activateWindow()
        seat = Seat(qtbot, desk, code, tmp_path)
        open_ones.append(seat)
        return seat

    yield at
    for seat in open_ones:
        seat.desk.window.close()


def passes(site: Site) -> list[int]:
    """Return how many passes each document has that has any."""
    with psycopg.connect(site.url, autocommit=True) as boss:
        return sorted(count for _, count in boss.execute(PASSES).fetchall())


def test_who_keys_goes_on_while_the_server_is_away_and_everything_arrives_once(
    site: Site, line: Line, sits_down: Callable[[str], Seat]
) -> None:
    first = site.desk()
    form = first.file("claim.toml", resource("forms/claim.toml").read_bytes())
    first.run("project", "add", "claims", "--form", form)
    scans = papers(Batch(CLAIMS_PROJECT, "one", KEYED, 0, 0), site.folder)
    first.run("intake", "claims", "--batch", "one", *scans)

    ann = sits_down("ann")
    ann.sign_in()
    ann.wait(lambda: ann.post.light.way is Way.IN_STEP)
    ann.settle()
    ann.picture("home-in-step")
    ann.desk.window.open("first")
    ann.key_and_finish()
    ann.wait(lambda: ann.sees(Way.IN_STEP, 0) and passes(site) == [1])
    ann.picture("keying-in-step")
    keys_two_more_offline(ann, line)
    unlocks_while_the_server_is_away(ann, line)
    ann.desk.window.open("first")
    ann.key_and_finish()
    assert ann.sees(Way.AWAY, 3)
    assert passes(site) == [1]
    ann.picture("nothing-left-offline")
    line.mend()
    ann.press(Qt.Key.Key_T, CTRL)
    ann.wait(lambda: ann.sees(Way.IN_STEP, 0))
    assert passes(site) == [1, 1, 1, 1]
    ann.desk.window.close()

    bob = sits_down("bob")
    bob.sign_in()
    keys_the_second_time(bob, line, site)
    bob.desk.window.close()
    first.run("settle", "claims", "--as", "sue")
    assert first.status("claims", "sue")["stages"]["settled"] == len(KEYED)
    assert first.run("audit", "verify", "claims", "--as", "sue", "--json").json["findings"] == []


def keys_two_more_offline(ann: Seat, line: Line) -> None:
    """Cut the line, key two documents, and look at what is shown."""
    line.cut()
    for _ in range(2):
        ann.key_and_finish()
    ann.press(Qt.Key.Key_T, CTRL)
    ann.wait(lambda: ann.sees(Way.AWAY, 2))
    ann.picture("keying-offline")
    wear(application(), Look.DARK)
    ann.desk.window.open("first")
    ann.wait(lambda: bool(getattr(ann.page, "document_name", "")))
    ann.picture("keying-offline", Look.DARK)
    wear(application(), Look.LIGHT)
    ann.desk.window.open("home")
    ann.settle()
    ann.picture("home-offline")


def unlocks_while_the_server_is_away(ann: Seat, line: Line) -> None:
    """Lock, and unlock before a server that says nothing and is gone in the end."""
    line.fall_silent()
    ann.press(Qt.Key.Key_L, CTRL)
    ann.wait(lambda: ann.desk.window.card is not None)
    ann.passphrase()
    ann.qtbot.wait(2500)
    card = ann.desk.window.card
    assert card is not None, "the server is silent: this takes its time"
    assert card._message.text() == "Looking for the server…"
    ann.picture("sign-in-while-away")
    line.cut()
    ann.wait(lambda: ann.desk.window.card is None)
    ann.settle()
    ann.wait(lambda: ann.sees(Way.AWAY, 2))
    page = ann.page
    assert isinstance(page, DeskPage)
    assert page.banner.text().startswith("Working offline since")


def keys_the_second_time(bob: Seat, line: Line, site: Site) -> None:
    """Key one document, two more offline, and the last one with the server back."""
    bob.desk.window.open("second")
    bob.key_and_finish()
    line.cut()
    for _ in range(2):
        bob.key_and_finish()
    bob.wait(lambda: bob.post.light.way is Way.AWAY)
    bob.picture("second-offline")
    assert sum(passes(site)) in {4, 5}
    line.mend()
    bob.key_and_finish()
    bob.press(Qt.Key.Key_T, CTRL)
    bob.wait(lambda: bob.sees(Way.IN_STEP, 0) and passes(site) == [2, 2, 2, 2])


def application() -> QApplication:
    found = QApplication.instance()
    assert isinstance(found, QApplication)
    return found
