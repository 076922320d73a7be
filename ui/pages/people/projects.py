"""What People does in projects: somebody's roles, taking her out, a new project with a form from a file."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

from boapp.domain.ids import ProjectId
from boapp.domain.workflow import Mode, Role
from boapp.errors import BadInput, Unavailable
from boapp.services import projects as project_service
from boapp.workspace import Workspace
from ui.i18n import tr
from ui.pages.people.presenter import Done

MAX_FORM = 2 * 1024 * 1024


def set_roles(ws: Workspace, project: ProjectId, code: str, roles: Collection[Role]) -> Done:
    """Put somebody into a project, or change her roles there."""
    wanted = project_service.Wanted(code, tuple(sorted(roles)))
    project_service.add_members(ws, project, [wanted])
    return Done(tr("{person} works in the project with these roles now.", person=code))


def remove(ws: Workspace, project: ProjectId, code: str) -> Done:
    """Take somebody out of a project."""
    project_service.remove_member(ws, project, code)
    return Done(tr("{person} is removed. New keys have begun.", person=code))


def add_project(ws: Workspace, name: str, form: str, mode: Mode, people: str) -> Done:
    """Add a project with a form from a file; say who was left out."""
    wanted = [_wanted(words) for words in people.split(",") if words.strip()] or None
    made = project_service.add_project(
        ws, name.strip(), _form_source(Path(form.strip()).expanduser()), mode, wanted
    )
    words = tr("Added the project {name}.", name=name.strip())
    left = [tr("{person} is left out: {reason}", person=one.code, reason=one.reason) for one in made.left_out]
    return Done("\n".join([words, *left]))


def _wanted(words: str) -> project_service.Wanted:
    code, _, roles = words.strip().partition(":")
    try:
        return project_service.Wanted(code, tuple(Role(role.strip()) for role in roles.split("+") if role))
    except ValueError as error:
        known = ", ".join(Role)
        raise BadInput(
            tr("{words} names no role.", words=words.strip()), tr("The roles are {roles}.", roles=known)
        ) from error


def _form_source(path: Path) -> bytes:
    try:
        if path.stat().st_size > MAX_FORM:
            raise BadInput(tr("{path} is too large for a form.", path=path))
        return path.read_bytes()
    except OSError as error:
        title = tr("{path} cannot be read: {reason}.", path=path, reason=error.strerror)
        raise Unavailable(title, tr("Name the form's file.")) from error
