"""What People shows: everybody with her roles, and what she may do in a project and why not.

`rights` and `forbidden` are pure: they read the tables of `domain/workflow` aloud.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

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
from boapp.services import people as people_service
from boapp.services import projects as project_service
from boapp.services.servers import is_on_server
from boapp.workspace import Workspace
from ui.i18n import tr
from ui.pages.people.scripts import Script
from ui.words import role_words

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
    """One person who is or was there; full_name and reason are None to whoever may not read them.

    login: whether the server lets her in; always, where there is none. reason: why she left.
    """

    code: str
    full_name: str | None
    roles: frozenset[Role]
    set_by_administrator: bool
    keeps_recovery: bool
    projects: dict[ProjectId, Membership]
    login: bool = True
    left: bool = False
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class Project:
    """A project that people can be put into."""

    id: ProjectId
    name: str
    mode: Mode


@dataclass(frozen=True, slots=True)
class People:
    """Everybody, those who left last, and every project.

    officers_here: whether the root keys are still on this computer. on_server: whether people need logins.
    me: the code of whoever looks.
    """

    people: tuple[Listed, ...]
    projects: tuple[Project, ...]
    officers_here: bool
    on_server: bool
    me: str

    @property
    def left(self) -> int:
        """Return how many of them left."""
        return sum(person.left for person in self.people)


@dataclass(frozen=True, slots=True)
class Done:
    """What was done, in words; script is what the database's administrator has to run now."""

    words: str
    kind: str = "ok"
    script: Script | None = None


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
    listed = [_listed(ws, person, projects) for person in people_service.list_people(ws)]
    listed.sort(key=lambda person: person.left)
    here = ws.roster.officers_here
    return People(tuple(listed), projects, here, is_on_server(ws), ws.me.code)


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
        person.login,
        person.left,
        person.reason,
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
