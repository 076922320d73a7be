"""Projects: making them, who works in them in which role, and the keys that follow from it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from boapp.crypto.envelope import new_id
from boapp.crypto.metadata import seal_meta, unseal_meta
from boapp.crypto.roster import Roster
from boapp.crypto.roster_contents import Person
from boapp.crypto.roster_entries import AddForm, AddProject, KeyKind, Member, Request, Setting
from boapp.domain.forms import Form, parse_form
from boapp.domain.ids import PersonId, ProjectId
from boapp.domain.settings import SETTINGS, fits
from boapp.domain.workflow import HOLDS_ADJ, HOLDS_PROJECT_KEY, KEYING, Mode, Role, forbidden_pair
from boapp.errors import BadInput, NotAllowed, NotFound, Tampered, Unavailable
from boapp.services.people import require_administrator
from boapp.services.roster_editing import RosterEdit, adj_holders, project_key_holders
from boapp.shareddb.protocol import FormRow, ProjectRow
from boapp.workspace import Workspace

MAX_NAME = 100


@dataclass(frozen=True, slots=True)
class Wanted:
    """A person named for a project, with the roles asked for; none asked means all of hers."""

    code: str
    roles: tuple[Role, ...] = ()


@dataclass(frozen=True, slots=True)
class LeftOut:
    """Somebody who was not taken along, and why."""

    code: str
    reason: str


@dataclass(frozen=True, slots=True)
class NewProject:
    """What came of adding a project."""

    id: ProjectId
    members: tuple[Wanted, ...]
    left_out: tuple[LeftOut, ...]


def project_names(ws: Workspace) -> dict[ProjectId, str]:
    """Return the names of the projects whose key this person holds."""
    return {
        row.id: unseal_meta(ws.org, ws.pdk(row.id, row.epoch), b"project", row.id, row.name).decode()
        for row in ws.shared.projects()
        if row.id in ws.roster.projects and ws.holds(row.id, KeyKind.PDK, row.epoch)
    }


def find_project(ws: Workspace, name: str) -> ProjectId:
    """Return the project with this name, or with this id in hexadecimal."""
    for project, known in project_names(ws).items():
        if known == name:
            return project
    for project in ws.roster.projects:
        if project.hex() == name:
            return project
    if Role.AUDITOR in ws.me.roles:
        advice = "An auditor holds no project key: name the project's id, which boapp status shows to others."
    else:
        advice = "Check the spelling, or ask to be added to the project."
    raise NotFound(f"You know no project called {name}.", advice)


def add_project(
    ws: Workspace, name: str, form_source: bytes, mode: Mode, wanted: Sequence[Wanted] | None
) -> NewProject:
    """Make a project with a published form and its people; everybody when nobody is named."""
    require_administrator(ws)
    form = parse_form(form_source)
    _check_name(ws, name)
    members, left_out = choose_members(ws.roster, wanted)
    project, edit = ProjectId(new_id()), RosterEdit(ws)
    edit.add(AddProject(project, mode))
    edit.add(AddForm(project, form.digest))
    for member in members:
        edit.add(Member(project, ws.roster.person(member.code).id, member.roles))
    key = edit.new_project_key(project)
    if adj_holders(edit.roster, project):
        edit.new_adjudication_key(project)
    edit.store(
        project=ProjectRow(
            project, mode, key.epoch, seal_meta(ws.org, key, b"project", project, name.encode())
        ),
        form=FormRow(
            project, form.digest, key.epoch, seal_meta(ws.org, key, b"form", form.digest, form_source)
        ),
    )
    return NewProject(project, tuple(members), tuple(left_out))


def _check_name(ws: Workspace, name: str) -> None:
    if not name.strip() or len(name) > MAX_NAME or not name.isprintable():
        raise BadInput(f"A project name has 1 to {MAX_NAME} printable characters.")
    if name in project_names(ws).values():
        raise BadInput(f"There is already a project called {name}.", "Choose another name.")


def choose_members(roster: Roster, wanted: Sequence[Wanted] | None) -> tuple[list[Wanted], list[LeftOut]]:
    """Return who joins a new project and who is left out.

    Named people are taken or refused; when nobody is named, those whose roles may not meet in one
    project are left out.
    """
    if wanted is not None:
        return [roles_for(roster, one) for one in wanted], []
    members, left_out = [], []
    for person in roster.active:
        try:
            members.append(roles_for(roster, Wanted(person.code)))
        except NotAllowed as refusal:
            left_out.append(LeftOut(person.code, str(refusal)))
    return members, left_out


def roles_for(roster: Roster, wanted: Wanted) -> Wanted:
    """Return the roles somebody gets in a project, or refuse with the words to name them."""
    person = roster.person(wanted.code)
    roles = tuple(sorted(set(wanted.roles or person.roles)))
    foreign = set(roles) - person.roles
    if foreign:
        raise NotAllowed(
            f"{person.code} is not {' or '.join(sorted(foreign))} in this organisation.",
            f"Her roles are {', '.join(sorted(person.roles)) or 'none'}.",
        )
    _refuse_pairs(roster, person, roles)
    return Wanted(person.code, roles)


def _refuse_pairs(roster: Roster, person: Person, roles: Sequence[Role]) -> None:
    if forbidden_pair(roles):
        keying = "+".join(sorted(set(roles) & KEYING))
        holding = "+".join(sorted(set(roles) & HOLDS_ADJ))
        raise NotAllowed(
            f"{person.code} may not key and be adjudicator or supervisor in one project.",
            f"Name the role: {person.code}:{keying} or {person.code}:{holding}.",
        )
    if set(roles) & KEYING and roster.counts_as_holder(person.id):
        raise NotAllowed(
            f"{person.code} may not key while the recovery parts lie beside the workspace.",
            f"Leave {person.code} out, or found the workspace with --officers.",
        )


def add_members(ws: Workspace, project: ProjectId, wanted: Iterable[Wanted]) -> list[Wanted]:
    """Add people to a project, or change their roles there, and wrap to them what they need."""
    require_administrator(ws)
    added = [roles_for(ws.roster, one) for one in wanted]
    edit = RosterEdit(ws)
    for one in added:
        _add_member(ws, edit, project, one)
    _refuse_no_holder(ws.roster, edit.roster, project)
    _renew_keys(ws.roster, edit, project)
    edit.store()
    for one in added:
        if not set(one.roles) & KEYING:
            ws.shared.drop_claims(project, ws.roster.person(one.code).id)
    return added


def _renew_keys(before: Roster, edit: RosterEdit, project: ProjectId) -> None:
    """Begin new epochs of the keys that somebody no longer is to hold, and the first one of ADJ."""
    if _ids(project_key_holders(before, project)) - _ids(project_key_holders(edit.roster, project)):
        edit.new_project_key(project)
    left = _ids(adj_holders(before, project)) - _ids(adj_holders(edit.roster, project))
    first = not edit.roster.project(project).adj_epoch and adj_holders(edit.roster, project)
    if left or first:
        edit.new_adjudication_key(project)


def _ids(people: Iterable[Person]) -> set[PersonId]:
    return {person.id for person in people}


def _refuse_no_holder(before: Roster, after: Roster, project: ProjectId) -> None:
    """Refuse to leave a project without anybody who has its adjudication key; who waits for it has not."""
    waiting = after.project(project).requests
    if adj_holders(before, project) and _ids(adj_holders(after, project)) <= waiting:
        raise NotAllowed(
            "Nobody would hold the adjudication key of this project.",
            "Add another one first. boapp status shows who still waits for the key.",
        )


def _add_member(ws: Workspace, edit: RosterEdit, project: ProjectId, wanted: Wanted) -> None:
    person = ws.roster.person(wanted.code)
    known = ws.roster.project(project)
    if set(wanted.roles) & KEYING and person.id in known.ever_held:
        raise NotAllowed(
            f"{person.code} was adjudicator or supervisor in this project and never keys in it.",
            "Name somebody else, or another project.",
        )
    edit.add(Member(project, person.id, wanted.roles))
    if set(wanted.roles) & HOLDS_PROJECT_KEY and not _holds_project_key(ws.roster, project, person):
        edit.grant(project, person.id, KeyKind.PDK, (ws.pdk(project, e) for e in sorted(known.pdk_commits)))
    joins = set(wanted.roles) & HOLDS_ADJ and not known.roles(person.id) & HOLDS_ADJ
    if joins and known.adj_epoch:
        edit.add(Request(project, person.id))


def _holds_project_key(roster: Roster, project: ProjectId, person: Person) -> bool:
    known = roster.project(project)
    return Role.ADMINISTRATOR in person.roles or bool(known.roles(person.id) & HOLDS_PROJECT_KEY)


def remove_member(ws: Workspace, project: ProjectId, code: str) -> None:
    """Take somebody out of a project: new epochs begin that she does not hold."""
    require_administrator(ws)
    person = ws.roster.person(code)
    roles = ws.roster.project(project).roles(person.id)
    if not roles:
        raise NotFound(f"{code} does not work in this project.")
    edit = RosterEdit(ws)
    edit.add(Member(project, person.id, ()))
    _refuse_no_holder(ws.roster, edit.roster, project)
    _renew_keys(ws.roster, edit, project)
    edit.store(drop_claims=(project, person.id))


def change_setting(ws: Workspace, project: ProjectId, key: str, value: int) -> None:
    """Sign a setting of a project, which holds from now on."""
    require_administrator(ws)
    if key not in SETTINGS:
        raise BadInput(f"A project has no setting {key}.", f"There is {', '.join(SETTINGS)}.")
    if not fits(key, value):
        _, least, most = SETTINGS[key]
        raise BadInput(f"{key} cannot be {value}.", f"It is {least} to {most}.")
    edit = RosterEdit(ws)
    edit.add(Setting(project, key, value))
    edit.store()


def grant_waiting(ws: Workspace) -> list[PersonId]:
    """Wrap every epoch of ADJ to the newcomers of the projects in which this person holds it."""
    granted = []
    for project in list(ws.roster.projects.values()):
        if not project.roles(ws.me.id) & HOLDS_ADJ or ws.me.id in project.requests:
            continue
        for person in sorted(project.requests):
            granted += _grant(ws, project.id, person)
    return granted


def _grant(ws: Workspace, project: ProjectId, person: PersonId) -> list[PersonId]:
    """Wrap every epoch to one newcomer, unless another holder was quicker."""
    edit = RosterEdit(ws)
    if person not in ws.roster.project(project).requests:
        return []
    ws.demand_fresh()
    keys = [ws.adj(project, epoch) for epoch in sorted(ws.roster.project(project).adj_publics)]
    edit.grant(project, person, KeyKind.ADJ, keys)
    try:
        edit.store()
    except Unavailable:
        return []  # somebody changed the list at the same moment: the next sign-in looks again
    return [person]


def form_of(ws: Workspace, project: ProjectId, form_hash: bytes) -> Form:
    """Return a published form, held against the digest that the roster names."""
    if (project, form_hash) in ws.forms:
        return ws.forms[project, form_hash]
    if form_hash not in ws.roster.project(project).forms:
        raise Tampered("A document names a form that was never published in this project.")
    row = next((r for r in ws.shared.forms(project) if r.hash == form_hash), None)
    if row is None:
        raise NotFound("A form of this project is missing.", "Call your administrator.")
    form = parse_form(unseal_meta(ws.org, ws.pdk(project, row.epoch), b"form", form_hash, row.source))
    if form.digest != form_hash:
        raise Tampered("A form is not the one that was published.")
    ws.forms[project, form_hash] = form
    return form


def current_form(ws: Workspace, project: ProjectId) -> Form:
    """Return the newest form of a project."""
    return form_of(ws, project, ws.roster.project(project).forms[-1])
