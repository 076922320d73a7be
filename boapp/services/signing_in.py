"""Signing in: unlock, then do what waits for this person.

What waits and cannot be done now is told and keeps nobody out: it stays in the outbox, and whoever
waits for a key goes on waiting. So is told what was sent and came too late.
"""

from collections.abc import Callable
from pathlib import Path

from boapp.address import Place
from boapp.doors import open_workspace
from boapp.errors import Refusal, Unavailable
from boapp.services.freshness import confirm
from boapp.services.projects import grant_waiting
from boapp.services.syncing import send_all
from boapp.services.taking_back import lateness, were_told
from boapp.workspace import Workspace

Tell = Callable[[Refusal], None]


def sign_in(
    home: Path, location: Place, code: str, passphrase: str, tell: Tell = lambda _refusal: None
) -> Workspace:
    """Open a workspace for a person, send what is in her outbox, and grant keys that others wait for.

    tell: is called with each thing that could not be done.
    """
    ws = open_workspace(home, location, code, passphrase)
    try:
        _do_what_waits(ws, tell)
    except BaseException:
        ws.close()
        raise
    return ws


def _do_what_waits(ws: Workspace, tell: Tell) -> None:
    """Send and grant; tell what could not be done, or came too late."""
    if not ws.shared.was_reached():  # she was unlocked without it
        tell(Unavailable("The shared database cannot be reached.", "What you keyed is kept here."))
        return
    for waits in (_send_what_waits, _tell_what_came_late, _confirm, _grant):
        try:
            waits(ws, tell)
        except Unavailable as refusal:
            tell(refusal)
            return  # what follows would only wait for the server once more
        except Refusal as refusal:
            tell(refusal)


def _send_what_waits(ws: Workspace, tell: Tell) -> None:
    ws.store.retry()
    for refusal in send_all(ws).refusals:
        tell(refusal)


def _tell_what_came_late(ws: Workspace, tell: Tell) -> None:
    lost = lateness(ws)
    for one in lost:
        tell(one.why)
    were_told(ws, lost)


def _confirm(ws: Workspace, _tell: Tell) -> None:
    confirm(ws)


def _grant(ws: Workspace, _tell: Tell) -> None:
    grant_waiting(ws)
