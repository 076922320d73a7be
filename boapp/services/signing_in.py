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
from boapp.services.taking_back import lateness
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
        for refusal in _do_what_waits(ws):
            tell(refusal)
    except BaseException:
        ws.close()
        raise
    return ws


def _do_what_waits(ws: Workspace) -> list[Refusal]:
    """Send and grant; return what could not be done, or came too late."""
    if getattr(ws.shared, "connections", 1) == 0:  # she was unlocked without the server: it is away
        return [Unavailable("The shared database cannot be reached.", "What you keyed is kept here.")]
    troubles: list[Refusal] = []
    try:
        ws.store.retry()
        sent = send_all(ws)
        troubles += sent.refusals
        troubles += [lost.why for lost in lateness(ws, sent)]
    except Refusal as refusal:
        troubles.append(refusal)
    for waits in (confirm, grant_waiting):
        if any(isinstance(trouble, Unavailable) for trouble in troubles):
            break  # each would only wait for the server once more
        try:
            waits(ws)
        except Refusal as refusal:
            troubles.append(refusal)
    return troubles
