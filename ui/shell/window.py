"""The one window: sign-in, then the pages that the person's roles give her, and the lock over all of it.

A lock drops keys, pages and pictures; unlocking opens the page that was open, which finds its place in
the local store. Signing out ends the process: the next person starts a fresh one.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import QTimer, Signal
from PySide6.QtGui import QCloseEvent, QKeySequence, QResizeEvent, QShortcut
from PySide6.QtWidgets import QApplication, QHBoxLayout, QMainWindow, QStackedWidget, QWidget

from ui.i18n import tr
from ui.shell.rail import Area, Rail
from ui.shell.sign_in import SignIn, on_any_input

if TYPE_CHECKING:
    from boapp.domain.workflow import Role
    from ui.operations import Changes
    from ui.session import Session
    from ui.shell.page import Page

IDLE_MS = 5 * 60 * 1000
SMALLEST = (1280, 720)
HOME = "home"


@dataclass(frozen=True, slots=True)
class Place:
    """A page that can be opened: how it is made, who has it, and its area if it stands in the rail.

    roles: called when somebody is signed in; None means everybody.
    """

    name: str
    make: Callable[[Session], Page]
    roles: Callable[[], frozenset[Role]] | None = None
    area: Area | None = None

    def open_to(self, session: Session) -> bool:
        """Say whether this person has the page."""
        return self.roles is None or bool(self.roles() & session.roles())


class Window(QMainWindow):
    """Holds one page at a time; work pages fill it, desk pages stand beside the rail."""

    entered = Signal(str, str)
    """Somebody typed code and passphrase."""
    locked = Signal()
    """Keys are to be dropped."""
    left = Signal()
    """The person signed out."""

    def __init__(self, places: Sequence[Place], workspace_words: str, *, far: bool = False) -> None:
        """Make it; far: whether the workspace is at a server."""
        super().__init__()
        self.setMinimumSize(*SMALLEST)
        self.resize(1440, 900)
        self._places: Mapping[str, Place] = {place.name: place for place in places}
        self._words, self._far = workspace_words, far
        self._session: Session | None = None
        self._page: Page | None = None
        self._name = HOME
        self._rail: Rail | None = None
        self._was_away = False
        self._stack = QStackedWidget()
        self.setCentralWidget(self._stack)
        self.signed_out = False
        """Somebody else is to sign in next, in a fresh process."""
        self._idle = QTimer(self)
        self._idle.setSingleShot(True)
        self._idle.setInterval(IDLE_MS)
        self._idle.timeout.connect(self.lock)
        self._watch = on_any_input(self, self._stir)
        for keys, act in (("Ctrl+L", self.lock), ("Ctrl+Q", self.sign_out), ("Ctrl+T", self._try_now)):
            QShortcut(QKeySequence(keys), self, act)
        self.ask()

    # --- sign-in and lock ---------------------------------------------------------------------

    def ask(self, code: str = "", waiting: str = "") -> SignIn:
        """Show the sign-in, or the lock of the person with this code."""
        card = SignIn(self._words, code, waiting, far=self._far)
        card.entered.connect(self.entered)
        card.other.connect(self.sign_out)
        self._show(card)
        self.setWindowTitle(tr("boapp · locked") if code else tr("boapp · sign in"))
        card.setFocus()
        return card

    @property
    def card(self) -> SignIn | None:
        """Return the sign-in while it is shown."""
        shown = self._stack.currentWidget()
        return shown if isinstance(shown, SignIn) else None

    def admit(self, session: Session) -> None:
        """Somebody is signed in or has unlocked: open the page that was open."""
        self._session = session
        session.operations.changed.connect(self._changed)
        session.post.turned.connect(self._turned)
        self._was_away = session.post.away
        application = QApplication.instance()
        if application is not None:
            application.installEventFilter(self._watch)
        self._idle.start()
        self.open(self._name)

    def lock(self) -> None:
        """Put the work away and drop everything that was unlocked."""
        if self._session is None:
            return
        code = self._session.code
        self._put_away()
        self.ask(code)
        self.locked.emit()

    def sign_out(self) -> None:
        """Put the work away and end."""
        if self._session is not None and self._page is not None and not self._page.leave():
            return
        self.signed_out = True
        self.close()

    def closeEvent(self, event: QCloseEvent) -> None:
        self._put_away()
        self.left.emit()
        super().closeEvent(event)

    def _put_away(self) -> None:
        if self._page is not None:
            self._page.leave()
        if self._session is not None:
            self._session.operations.changed.disconnect(self._changed)
            self._session.post.turned.disconnect(self._turned)
        self._session = self._page = self._rail = None
        self._idle.stop()

    def _stir(self) -> None:
        if self._session is not None:
            self._idle.start()

    @property
    def page(self) -> Page | None:
        """Return the page that is open."""
        return self._page

    # --- pages --------------------------------------------------------------------------------

    def open(self, name: str) -> None:
        """Open a page by name; home when this person does not have it."""
        session = self._session
        if session is None or (self._page is not None and not self._page.leave()):
            return
        place = self._places.get(name, self._places[HOME])
        if not place.open_to(session):
            place = self._places[HOME]
        self._name, self._rail = place.name, None
        self._page = place.make(session)
        self._page.go.connect(self.open)
        self._show(self._beside_rail(place, self._page, session) if place.area else self._page)
        self.setWindowTitle(tr("{page} · boapp", page=self._page.spoken_name))
        self._page.setAccessibleName(self._page.spoken_name)
        self._page.enter()
        self._page.setFocus()

    def _beside_rail(self, place: Place, page: Page, session: Session) -> QWidget:
        areas = [p.area for p in self._places.values() if p.area and p.open_to(session)]
        from ui.shell.sync_light import SyncLight
        from ui.words import roles_words

        role = roles_words(session.roles())
        self._rail = Rail(areas, (session.code, role), SyncLight(session.post, stacked=True))
        self._rail.chosen.connect(self.open)
        self._rail.lock.connect(self.lock)
        self._rail.sign_out.connect(self.sign_out)
        self._rail.show_current(place.name)
        self._rail.fit(self.width())
        both = QWidget()
        layout = QHBoxLayout(both)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self._rail)
        layout.addWidget(page, 1)
        return both

    def _show(self, widget: QWidget) -> None:
        before = self._stack.currentWidget()
        self._stack.addWidget(widget)
        self._stack.setCurrentWidget(widget)
        if before is not None:
            self._stack.removeWidget(before)
            before.deleteLater()

    def _changed(self, _changes: Changes) -> None:
        if self._page is not None:
            self._page.enter()

    def _turned(self) -> None:
        """Let the page read anew what it can when the server went away or came back."""
        away = self._session is not None and self._session.post.away
        if away is not self._was_away and self._page is not None:
            self._page.enter()
        self._was_away = away

    def _try_now(self) -> None:
        if self._page is not None:
            self._page.again()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        if self._rail is not None:
            self._rail.fit(self.width())
