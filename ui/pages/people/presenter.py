"""What People shows: everybody with her roles, and what she may do in a project and why not.

`rights` and `forbidden` are pure: they read the tables of `domain/workflow` aloud.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

from boapp.domain.ids import ProjectId
from boapp.domain.workflow import (
    HOLDS_ADJ,
    HOLDS_DIRECTORY,
    KEYING,
    MAY,
    Mode,
    Role,
    Task,
    forbidden_pair,
)
from boapp.errors import BadInput, Unavailable
from boapp.services import people as people_service
from boapp.services import projects as project_service
from boapp.workspace import Workspace
from ui.i18n import tr
from ui.words import role_words

MAX_FORM = 2 * 1024 * 1024
HUES = {
    Role.OPERATOR: "accent",
    Role.SECOND_KEYER: "second",
    Role.ADJUDICATOR: "resolve",
    Role.SUPERVISOR: "mark",
    Role.DESIGNER: "mark",
    Role.ADMINISTRATOR: "warn",
    Role.AUDITOR: "mark",
}


@dataclass(frozen=True, slots=True)
class Membership:
    """A person in one project: her roles there, and what the roster remembers of her."""

    roles: frozenset[Role]
    waits_for_key: bool
    ever_held: bool


@dataclass(frozen=True, slots=True)
class Listed:
    """One person; full_name is None to whoever may not read it."""

    code: str
    full_name: str | None
    roles: frozenset[Role]
    set_by_administrator: bool
    keeps_recovery: bool
    projects: dict[ProjectId, Membership]


@dataclass(frozen=True, slots=True)
class Project:
    """A project that people can be put into."""

    id: ProjectId
    name: str
    mode: Mode


@dataclass(frozen=True, slots=True)
class People:
    """Everybody and every project; whether the root keys are still on this computer."""

    people: tuple[Listed, ...]
    projects: tuple[Project, ...]
    officers_here: bool


@dataclass(frozen=True, slots=True)
class Right:
    """One thing that a person may do or not, and why."""

    what: str
    may: bool
    because: str


def read(ws: Workspace) -> People:
    """Return everybody as this person may see them."""
    names = project_service.project_names(ws)
    projects = tuple(Project(id_, name, ws.roster.project(id_).mode) for id_, name in names.items())
    listed = tuple(_listed(ws, person, projects) for person in people_service.list_people(ws))
    return People(listed, projects, ws.roster.officers_here)


def _listed(ws: Workspace, person: people_service.Listed, projects: tuple[Project, ...]) -> Listed:
    known = ws.roster.person(person.code)
    memberships = {}
    for project in projects:
        found = ws.roster.project(project.id)
        memberships[project.id] = Membership(
            found.roles(known.id), known.id in found.requests, known.id in found.ever_held
        )
    return Listed(
        person.code,
        person.full_name,
        frozenset(known.roles),
        person.set_by_administrator,
        ws.roster.counts_as_holder(known.id),
        memberships,
    )


# --- what somebody may do --------------------------------------------------------------------------


def rights(roles: Collection[Role], mode: Mode) -> list[Right]:
    """Return what somebody with these roles may do in a project of this mode, and why or why not."""
    held = set(roles)
    return [
        _first(held),
        _second(held),
        _resolve(held, mode),
        _by_table(tr("Import images"), Task.INTAKE, held),
        _by_table(tr("Read discrepancy reports"), Task.REPORT, held),
        _by_table(tr("Export records"), Task.EXPORT, held),
    ]


def rights_everywhere(roles: Collection[Role]) -> list[Right]:
    """Return what somebody with these roles may do in the whole organisation."""
    held = set(roles)
    return [
        _of(tr("Add people and projects"), held, frozenset({Role.ADMINISTRATOR})),
        _of(tr("Read full names"), held, HOLDS_DIRECTORY),
    ]


def _first(held: set[Role]) -> Right:
    what = tr("Key first")
    if held & HOLDS_ADJ:
        return Right(what, may=False, because=tr("never beside adjudicator or supervisor in one project"))
    return _by_table(what, Task.FIRST, held)


def _second(held: set[Role]) -> Right:
    what = tr("Key second, blind")
    if held & HOLDS_ADJ:
        return Right(what, may=False, because=tr("never beside adjudicator or supervisor in one project"))
    if held & MAY[Task.SECOND]:
        return Right(what, may=True, because=tr("never a document that she keyed first"))
    return _by_table(what, Task.SECOND, held)


def _resolve(held: set[Role], mode: Mode) -> Right:
    what = tr("Resolve mismatches")
    if held & HOLDS_ADJ:
        return Right(what, may=True, because=tr("in documents that she did not key"))
    if Role.SECOND_KEYER in held and mode is Mode.RELEASE:
        return Right(what, may=True, because=tr("in documents that she keyed second, if few values differ"))
    if Role.SECOND_KEYER in held:
        return Right(what, may=False, because=tr("in a strict project only adjudicators and supervisors may"))
    return _by_table(what, Task.RESOLVE, held)


def _by_table(what: str, task: Task, held: set[Role]) -> Right:
    return _of(what, held, MAY[task])


def _of(what: str, held: set[Role], wanted: frozenset[Role]) -> Right:
    has = [role_words(role) for role in Role if role in held & wanted]
    if has:
        return Right(what, may=True, because=tr("as {roles}", roles=_and(has).lower()))
    needs = _or([role_words(role) for role in Role if role in wanted]).lower()
    return Right(what, may=False, because=tr("needs the role {roles}", roles=needs))


def _or(words: list[str]) -> str:
    return words[0] if len(words) == 1 else tr("{one} or {other}", one=", ".join(words[:-1]), other=words[-1])


def _and(words: list[str]) -> str:
    return (
        words[0] if len(words) == 1 else tr("{one} and {other}", one=", ".join(words[:-1]), other=words[-1])
    )


def forbidden(role: Role, chosen: Collection[Role], person: Listed, project: ProjectId) -> str:
    """Return why a role cannot be chosen beside those chosen for a project; empty when it can."""
    others = set(chosen) - {role}
    if role in KEYING and person.keeps_recovery:
        return tr("not while the recovery parts lie on this computer")
    if role in KEYING and person.projects[project].ever_held:
        return tr("she was adjudicator or supervisor here and never keys here")
    if forbidden_pair(others | {role}) and not forbidden_pair(others):
        rivals = others & (HOLDS_ADJ if role in KEYING else KEYING)
        names = _and([role_words(rival) for rival in Role if rival in rivals]).lower()
        return tr("not beside {roles} in one project", roles=names)
    return ""


def apart_words(roles: Collection[Role]) -> str:
    """Return what to know about roles of one person that may not meet in one project."""
    if not forbidden_pair(roles):
        return ""
    return tr(
        "She may not key and be adjudicator or supervisor in one project. Each project names her roles."
    )


def fits(person: Listed, wanted: str) -> bool:
    """Say whether a person is among those searched for."""
    words = (person.code, person.full_name or "", *(role_words(role) for role in person.roles))
    return wanted.casefold() in " ".join(words).casefold()


# --- changing --------------------------------------------------------------------------------------


def set_roles(ws: Workspace, project: ProjectId, code: str, roles: Collection[Role]) -> str:
    """Put somebody into a project, or change her roles there; return what was done, in words."""
    wanted = project_service.Wanted(code, tuple(sorted(roles)))
    project_service.add_members(ws, project, [wanted])
    return tr("{person} works in the project with these roles now.", person=code)


def remove(ws: Workspace, project: ProjectId, code: str) -> str:
    """Take somebody out of a project; return what was done, in words."""
    project_service.remove_member(ws, project, code)
    return tr("{person} is removed. New keys have begun.", person=code)


def add_project(ws: Workspace, name: str, form: str, mode: Mode, people: str) -> str:
    """Add a project with a form from a file; return who was left out, in words."""
    wanted = [_wanted(words) for words in people.split(",") if words.strip()] or None
    made = project_service.add_project(
        ws, name.strip(), _form_source(Path(form.strip()).expanduser()), mode, wanted
    )
    words = tr("Added the project {name}.", name=name.strip())
    left = [tr("{person} is left out: {reason}", person=one.code, reason=one.reason) for one in made.left_out]
    return "\n".join([words, *left])


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
