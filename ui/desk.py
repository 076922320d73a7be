"""One sitting at the desk: unlock, let the window show its pages, lock, sign out."""

from __future__ import annotations

from typing import TYPE_CHECKING

from boapp.address import words_for
from boapp.errors import Refusal
from ui.operations import Operations
from ui.places import places
from ui.session import Session
from ui.shell.window import Window

if TYPE_CHECKING:
    from boapp.address import Place
    from boapp.workspace import Workspace


class Desk:
    """Joins the window to the workspace it shows."""

    def __init__(self, location: Place) -> None:
        self._location = location
        self._ws: Workspace | None = None
        self.operations = Operations()
        self.window = Window(places(), words_for(location))
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

        def verb() -> tuple[Workspace, tuple[str, ...]]:
            from boapp.crypto.passphrases import for_unlock
            from boapp.enrolment import default_home
            from boapp.services.signing_in import sign_in

            typed = for_unlock(code, None, lambda _sentence: passphrase)
            troubles: list[str] = []
            ws = sign_in(
                default_home(), location, code, typed.text, lambda refusal: troubles.append(str(refusal))
            )
            return ws, tuple(troubles)

        self.operations.run(verb, self._admit, self._refuse)

    def _admit(self, opened: tuple[Workspace, tuple[str, ...]]) -> None:
        self._ws, troubles = opened
        self.window.admit(Session(self._ws, self.operations, troubles))

    def _refuse(self, refusal: Refusal) -> None:
        if self.window.card:
            self.window.card.refuse(str(refusal))

    def _drop(self) -> None:
        """Close the workspace behind whatever is still queued for it."""
        ws, self._ws = self._ws, None
        self.operations.forget()
        if ws is not None:
            self.operations.run(ws.close)

    def _end(self) -> None:
        self._drop()
        self.operations.close()
