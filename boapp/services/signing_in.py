"""Signing in: unlock, then do what waits for this person."""

from pathlib import Path

from boapp.services.projects import grant_waiting
from boapp.services.syncing import send_waiting
from boapp.workspace import Workspace, open_workspace


def sign_in(home: Path, location: Path, code: str, passphrase: str) -> Workspace:
    """Open a workspace for a person, send what is in her outbox, and grant keys that others wait for."""
    ws = open_workspace(home, location, code, passphrase)
    try:
        send_waiting(ws)
        grant_waiting(ws)
    except BaseException:
        ws.close()
        raise
    return ws
