"""One sitting at the desk: unlock, let the window show its pages, lock, sign out."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING

from boapp.address import Address, words_for
from boapp.errors import Refusal, Unavailable
from ui.operations import Operations
from ui.places import places
from ui.session import Session
from ui.shell.window import Window

if TYPE_CHECKING:
    from boapp.address import Place
    from boapp.workspace import Workspace
    from ui.post import Post


BREAK_OFF_SECONDS = 3.0


@dataclass(frozen=True)
class Opened:
    """What signing in opened: the workspace, that for keying apart, and what could not be done."""

    ws: Workspace
    here: Workspace | None
    troubles: tuple[str, ...]


class Desk:
    """Joins the window to the workspace it shows."""

    def __init__(self, location: Place) -> None:
        self._location = location
        self._open: Opened | None = None
        self._post: Post | None = None
        self.operations = Operations()
        self.window = Window(places(), words_for(location), far=isinstance(location, Address))
        self.window.entered.connect(self._unlock)
        self.window.locked.connect(self._drop)
        self.window.left.connect(self._end)

    def warm_up(self) -> None:
        """Load what unlocking and home need while the person types."""

        def load() -> None:
            import boapp.services.comparing
            import boapp.services.sealing  # noqa: F401
            import ui.pages.home.presenter  # noqa: F401

        self.operations.run(load)

    def _unlock(self, code: str, passphrase: str) -> None:
        location = self._location

        def verb() -> Opened:
            from boapp.crypto.passphrases import for_unlock
            from boapp.enrolment import default_home
            from boapp.services.signing_in import sign_in
            from boapp.sync.near import apart

            typed = for_unlock(code, None, lambda _sentence: passphrase)
            far, troubles = isinstance(location, Address), list[str]()

            def tell(refusal: Refusal) -> None:
                if not (far and isinstance(refusal, Unavailable)):  # of a server that is away tells its light
                    troubles.append(str(refusal))

            ws = sign_in(default_home(), location, code, typed.text, tell)
            try:
                here = apart(ws) if far else None
            except BaseException:
                ws.close()
                raise
            return Opened(ws, here, tuple(troubles))

        self.operations.run(verb, self._admit, self._refuse)

    def _admit(self, opened: Opened) -> None:
        from ui.post import Post

        self._open = opened
        self._post = post = Post(opened.ws if opened.here else None)
        if opened.here is not None:
            ask_first(opened.ws, post)
        session = Session(opened.ws, self.operations, opened.troubles, opened.here, post)
        self.window.admit(session)

    def _refuse(self, refusal: Refusal) -> None:
        if self.window.card:
            self.window.card.refuse(str(refusal))

    def _drop(self) -> None:
        """Close the workspaces behind whatever is still queued for them."""
        opened, self._open = self._open, None
        post, self._post = self._post, None
        self.operations.forget()
        if opened is not None and post is not None:
            # Beside what may wait for a silent server: the courier has the keys as long as it lives.
            self.operations.run(post.close, near=True)
            if opened.here is not None:
                self.operations.run(opened.here.close, near=True)
                free = threading.Event()
                self.operations.run(free.set)
                self.operations.run(lambda: break_off(opened.ws, free), near=True)
            self.operations.run(opened.ws.close)

    def _end(self) -> None:
        if self._post is not None:
            self._post.sign_out()
        self._drop()
        self.operations.close()


def break_off(ws: Workspace, free: threading.Event) -> None:
    """End what a silent server is still asked: whoever unlocks next waits behind it."""
    from boapp.shareddb.postgres import PostgresDatabase

    if not free.wait(BREAK_OFF_SECONDS) and isinstance(ws.shared, PostgresDatabase):
        ws.shared.break_off()


def ask_first(ws: Workspace, post: Post) -> None:
    """Let nobody wait for a connection while it is known that the server is away."""
    from boapp.shareddb.postgres import PostgresDatabase

    if isinstance(ws.shared, PostgresDatabase):
        ws.shared.before_connecting(post.demand_server)
