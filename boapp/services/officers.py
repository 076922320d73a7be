"""Handing the root keys and recovery parts out to officers, where founding kept them beside the workspace.

Until that is done the administrator could open everything, so she keys nowhere. That it was done is an entry
of the list of people; the sealed file goes last.
"""

from pathlib import Path

import msgspec

from boapp.address import Address
from boapp.crypto.envelope import unseal, unwrap
from boapp.crypto.framing import lp, unlp, unpack
from boapp.crypto.private_files import empty_folder, write_beside
from boapp.crypto.roster_entries import HandedOut
from boapp.enrolment import officers_file
from boapp.errors import NotFound
from boapp.services.founding import OFFICERS_FILE
from boapp.services.people import require_administrator
from boapp.services.roster_editing import RosterEdit
from boapp.workspace import Workspace

MAX_PAPERS = 64 * 1024
_PAPERS = msgspec.msgpack.Decoder(dict[str, str])


def hand_out(ws: Workspace, folder: Path) -> list[str]:
    """Write the papers into an empty folder, and take them from this computer; return their names."""
    require_administrator(ws)
    sealed = _sealed(ws)
    try:
        box, data = unlp(sealed.read_bytes(), 2)
    except FileNotFoundError as error:
        raise NotFound(
            "The root keys and recovery parts are not on this computer.",
            "They are with the officers, or on the computer where the workspace was founded.",
        ) from error
    key = unwrap(ws.keys.box_key, lp(b"wrap-officers", ws.org), box)
    papers = unpack(_PAPERS.decode, unseal(key, data, lp(b"officers", ws.org)), MAX_PAPERS)
    empty_folder(folder)
    for name, text in papers.items():
        write_beside(folder / name, text.encode())
    if ws.roster.officers_here:
        edit = RosterEdit(ws)
        edit.add(HandedOut())
        edit.store()
    sealed.unlink()
    return sorted(papers)


def _sealed(ws: Workspace) -> Path:
    at_home = officers_file(ws.home, ws.org)
    return at_home if isinstance(ws.location, Address) else ws.location / OFFICERS_FILE
