"""Somebody leaves the organisation: her roles and claims end, and everything new is closed to her.

New epochs begin of every project key and adjudication key that she held, wrapped to those who stay. The key
of full names has one epoch: whoever held it and has a copy of the database still reads names. What she could
read before stays readable to her, if she kept copies. At a server her login is blocked with the same
transaction; ending it for good, with its sessions, is a script for the database's administrator (`servers`).
"""

from boapp.crypto.metadata import seal_meta
from boapp.crypto.roster_contents import Person
from boapp.crypto.roster_entries import Remove
from boapp.domain.workflow import Role
from boapp.errors import BadInput, NotAllowed
from boapp.services.people import MAX_REASON, require_administrator
from boapp.services.retiring import chains_of
from boapp.services.roster_editing import RosterEdit, adj_holders, project_key_holders
from boapp.workspace import Workspace


def revoke(ws: Workspace, code: str, reason: str) -> list[str]:
    """Let a person out for good; return in how many projects' ids nobody holds ADJ any more."""
    require_administrator(ws)
    edit, before = RosterEdit(ws), ws.roster
    person = before.person(code)
    _refuse(ws, person)
    if not reason.strip() or len(reason) > MAX_REASON or not reason.isprintable():
        raise BadInput(f"A reason has 1 to {MAX_REASON} printable characters.", "Say why she leaves.")
    held = [p.id for p in before.projects.values() if person in project_key_holders(before, p.id)]
    judged = [p.id for p in before.projects.values() if person in adj_holders(before, p.id)]
    words = seal_meta(ws.org, ws.directory(), b"leaving", person.id, reason.strip().encode())
    for project in before.projects:  # what she seals from now on counts no more, whatever she sends meanwhile
        ws.shared.drop_claims(project, person.id)
    edit.add(Remove(person.id, words, chains_of(ws, person)))
    for project in held:
        edit.new_project_key(project)
    for project in judged:
        edit.new_adjudication_key(project)
    edit.store()
    return [project.hex() for project in judged if not adj_holders(ws.roster, project)]


def _refuse(ws: Workspace, person: Person) -> None:
    if person.left is not None:
        raise BadInput(
            f"{person.code} has left already.",
            f"See boapp people list. At a server, boapp people login {person.code} ends her login again.",
        )
    others = [p for p in ws.roster.active if Role.ADMINISTRATOR in p.roles and p.id != person.id]
    if Role.ADMINISTRATOR in person.roles and not others:
        raise NotAllowed(
            "Nobody would administer this organisation any more.", "Add another administrator first."
        )
    if person.id == ws.me.id:
        raise NotAllowed("Nobody lets herself out.", "Ask another administrator to do it.")
