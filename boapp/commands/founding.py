"""boapp init, people, passphrase."""

import os
from pathlib import Path

import click

from boapp.commands.session import ADMIN, Session, ask_twice, command, note
from boapp.crypto import passphrases
from boapp.crypto.keychain import Keeper
from boapp.domain.workflow import Role
from boapp.enrolment import default_home
from boapp.errors import Unavailable
from boapp.services import people as service
from boapp.services.founding import found

FILE_KEEPER = (
    "This computer has no keyring that boapp accepts, so the site secret lies in a file under BOAPP_HOME "
    "that only you can read."
)


@click.command()
@click.argument("place", metavar="FOLDER|URL")
@click.option(
    "--officers",
    type=click.Path(path_type=Path, file_okay=False),
    help="Empty folder for the two root keys and the three recovery parts, to be handed to officers.",
)
@command
def init(session: Session, place: str, officers: Path | None) -> None:
    """Make a workspace in a new folder, with its first administrator, admin."""
    if "://" in place:
        raise Unavailable("A workspace in a PostgreSQL database is not there yet.", "Name a folder.")
    chosen = passphrases.for_new(ADMIN, passphrases.folder_from(os.environ), ask_twice)
    by_hand = chosen.source is passphrases.Source.PROMPT
    made = found(default_home(), Path(place), chosen.text, chosen=by_hand, officers=officers)
    if made.keeper is Keeper.FILE:
        note(FILE_KEEPER)
    where = f"in {officers}" if officers else "still on this computer, sealed to admin"
    words = f"Made a workspace in {place}. Root keys and recovery parts are {where}."
    session.say(words, {"workspace": place, "organisation": made.org.hex(), "site_secret": made.keeper})


@click.group()
def people() -> None:
    """Add and list people."""


@people.command()
@click.argument("name")
@click.option("--full-name", default="", help="Stored encrypted; few may read it.")
@click.option(
    "--role", "roles", type=click.Choice([role.value for role in Role]), multiple=True, required=True
)
@command
def add(session: Session, name: str, full_name: str, roles: tuple[str, ...]) -> None:
    """Add a person; NAME is her code."""
    service.check_code(name)
    with session.open() as ws:
        service.require_administrator(ws)
        chosen = passphrases.for_new(name, passphrases.folder_from(os.environ), ask_twice)
        from_folder = chosen.source is passphrases.Source.FOLDER
        new = service.NewPerson(name, full_name, tuple(Role(r) for r in roles), chosen.text, from_folder)
        service.add_person(ws, new)
    mark = " Her passphrase is set by administrator until she changes it." if from_folder else ""
    session.say(f"Added {name}: {', '.join(roles)}.{mark}", {"person": name, "roles": roles})


@people.command("list")
@command
def list_(session: Session) -> None:
    """List everybody in the organisation."""
    with session.open() as ws:
        found_people = service.list_people(ws)
    lines = [
        f"{p.code:<12} {p.full_name or '':<24} {', '.join(p.roles)}"
        + ("  (passphrase set by administrator)" if p.set_by_administrator else "")
        for p in found_people
    ]
    session.say("\n".join(lines), found_people)


@click.command()
@command
def passphrase(session: Session) -> None:
    """Change one's own passphrase."""
    with session.open() as ws:
        chosen = passphrases.for_change(session.person, passphrases.folder_from(os.environ), ask_twice)
        service.change_passphrase(ws, chosen.text)
    session.say(f"Changed the passphrase of {session.person}.", {"person": session.person})
