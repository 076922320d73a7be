"""boapp project, status."""

from pathlib import Path

import click

from boapp.commands.session import Session, command
from boapp.commands.syncing import standing_lines
from boapp.crypto.keychain import Keeper, Keychain
from boapp.domain.settings import SETTINGS
from boapp.domain.workflow import Mode, Role
from boapp.errors import BadInput
from boapp.services import projects as service
from boapp.services.people import list_people
from boapp.services.reporting import Status
from boapp.services.reporting import status as status_of
from boapp.sync.standing import standing
from boapp.workspace import Workspace

MAX_FORM = 2 * 1024 * 1024
RELEASE_LABEL = "On one computer the first keying is hidden by this program only (mode release)."


def wanted(text: str) -> service.Wanted:
    """Read NAME or NAME:role+role."""
    code, _, roles = text.strip().partition(":")
    try:
        return service.Wanted(code, tuple(Role(role) for role in roles.split("+") if role))
    except ValueError as error:
        raise BadInput(f"{text!r} names no role.", f"The roles are {', '.join(Role)}.") from error


@click.group()
def project() -> None:
    """Make projects and say who works in them."""


@project.command()
@click.argument("name")
@click.option("--form", type=click.Path(path_type=Path, dir_okay=False, exists=True), required=True)
@click.option(
    "--mode", type=click.Choice([mode.value for mode in Mode]), default=Mode.RELEASE.value, show_default=True
)
@click.option("--people", help="A[:ROLE+ROLE],B,… ; everybody when left out.")
@command
def add(session: Session, name: str, form: Path, mode: str, people: str | None) -> None:
    """Add a project with a form."""
    named = None if people is None else [wanted(text) for text in people.split(",") if text.strip()]
    if form.stat().st_size > MAX_FORM:
        raise BadInput(f"{form} is too large for a form.")
    with session.open() as ws:
        made = service.add_project(ws, name, form.read_bytes(), Mode(mode), named)
    lines = [f"Added project {name}, mode {mode}."]
    lines += [f"  {m.code}: {', '.join(m.roles) or 'no role'}" for m in made.members]
    lines += [f"  left out {left.code}: {left.reason}" for left in made.left_out]
    if mode == Mode.RELEASE:
        lines.append(RELEASE_LABEL)
    session.say("\n".join(lines), {"project": name, "people": made.members, "left_out": made.left_out})


@project.command()
@click.argument("name")
@click.option("--add", "added", multiple=True, metavar="A[:ROLE+ROLE]")
@click.option("--remove", "removed", multiple=True, metavar="A")
@command
def people(session: Session, name: str, added: tuple[str, ...], removed: tuple[str, ...]) -> None:
    """Add people to a project, change their roles, or remove them (new keys begin)."""
    if not added and not removed:
        raise click.UsageError("Name somebody with --add or --remove.")
    with session.open() as ws:
        found = service.find_project(ws, name)
        joined = service.add_members(ws, found, [wanted(text) for text in added]) if added else []
        for code in removed:
            service.remove_member(ws, found, code)
    lines = [f"{m.code}: {', '.join(m.roles)}" for m in joined]
    lines += [f"{code}: removed; new keys began" for code in removed]
    session.say("\n".join(lines), {"project": name, "added": joined, "removed": removed})


@project.command("set")
@click.argument("name", metavar="PROJECT")
@click.argument("setting", metavar="SETTING", type=click.Choice(list(SETTINGS)))
@click.argument("value", type=int)
@command
def change(session: Session, name: str, setting: str, value: int) -> None:
    """Change a setting of a project.

    open-claims: how many documents one person may hold open at a time.

    claims-ahead: how many documents a workstation claims ahead for one person; no more than open-claims.

    lease-hours: how many hours a claim runs before somebody else may be given the document.
    """
    with session.open() as ws:
        service.change_setting(ws, service.find_project(ws, name), setting, value)
    session.say(f"{setting} is {value} in {name} now.", {"project": name, "setting": setting, "value": value})


@click.command()
@click.argument("name", metavar="[PROJECT]", required=False)
@command
def status(session: Session, name: str | None) -> None:
    """Say where a project stands; without PROJECT, how this workstation stands with the shared database."""
    with session.open() as ws:
        if name is None:
            found_here = standing(ws)
            session.say("\n".join(standing_lines(found_here)), found_here)
            return
        project = service.find_project(ws, name)
        found = status_of(ws, project)
        organisation = _organisation(ws)
    lines = [*_lines(name, found, organisation), f"An auditor names this project {project.hex()}."]
    data = {"project": name, "id": project.hex(), "status": found}
    session.say("\n".join(lines), data | organisation)


def _organisation(ws: Workspace) -> dict[str, object]:
    known = ws.roster.organisation
    return {
        "site_secret": Keychain(ws.home).where(ws.org),
        "site_secret_of_founding": Keeper.KEYRING if known.secret_in_keyring else Keeper.FILE,
        "officers_parts_on_this_computer": ws.roster.officers_here,
        "set_by_administrator": [p.code for p in list_people(ws) if p.set_by_administrator],
    }


def _lines(name: str, found: Status, organisation: dict[str, object]) -> list[str]:
    lines = [f"{name}: mode {found.mode}, {found.documents} documents"]
    lines += [f"  {count:>6}  {stage}" for stage, count in found.stages.items() if count]
    lines += [
        f"  {found.mismatches:>6}  open mismatches",
        f"  {found.unconfirmed:>6}  settled, not yet confirmed",
        f"  {found.surplus:>6}  surplus",
        f"  {found.outbox:>6}  of yours waiting to be sent",
    ]
    lines += [f"  {code}: {', '.join(roles)}" for code, roles in found.people.items()]
    lines += [f"  {code} waits for the adjudication key" for code in found.waiting_for_keys]
    if found.mode == Mode.RELEASE:
        lines.append(RELEASE_LABEL)
    if organisation["officers_parts_on_this_computer"]:
        lines.append("Root keys and recovery parts are still on this computer.")
    lines.append(f"The site secret is kept in the {organisation['site_secret']}.")
    lines += [f"Passphrase set by administrator: {code}" for code in found_marks(organisation)]
    return lines


def found_marks(organisation: dict[str, object]) -> list[str]:
    """Return the people whose passphrase an administrator set."""
    marks = organisation["set_by_administrator"]
    return marks if isinstance(marks, list) else []
