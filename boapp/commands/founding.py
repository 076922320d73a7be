"""boapp init."""

import os
from pathlib import Path

import click

from boapp.address import read_place
from boapp.commands.logins import ask_once
from boapp.commands.session import ADMIN, Session, ask_twice, command, note
from boapp.crypto import passphrases
from boapp.crypto.keychain import Keeper
from boapp.enrolment import default_home
from boapp.errors import NotAllowed, Unavailable
from boapp.services import servers
from boapp.services.founding import FirstPerson, Founded, found

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
    """Make a workspace in a new folder or an empty PostgreSQL database, with its first administrator, admin.

    URL names the database and a login of its administrator: postgresql://LOGIN@HOST/DATABASE.
    """
    where = read_place(place)
    chosen = passphrases.for_new(ADMIN, passphrases.folder_from(os.environ), ask_twice)
    by_hand = chosen.source is passphrases.Source.PROMPT
    if isinstance(where, Path):
        made, login = found(default_home(), where, chosen.text, chosen=by_hand, officers=officers), True
    else:
        made, login = _on_server(place, FirstPerson(chosen.text, by_hand), officers)
    if made.keeper is Keeper.FILE:
        note(FILE_KEEPER)
    papers = f"in {officers}" if officers else "still on this computer, sealed to admin"
    words = [f"Made a workspace in {where}. Root keys and recovery parts are {papers}."]
    if not login:
        words.append("The login of admin is not there yet: it is when that script was run.")
    result = {"workspace": str(where), "organisation": made.org.hex(), "site_secret": made.keeper}
    on_server = {} if isinstance(where, Path) else {"login": login}
    session.say("\n".join(words), result | on_server)


def _on_server(url: str, first: FirstPerson, officers: Path | None) -> tuple[Founded, bool]:
    """Make a workspace in a PostgreSQL database; tell whether admin has a login there already."""
    asked = ask_once()
    try:
        made = servers.make_workspace(default_home(), url, first, officers, asked)
    except servers.ForSuperuser as refusal:
        click.echo(refusal.script)
        raise
    script = servers.login_script(made.org, made.admin)
    try:
        servers.run_script(url, script, asked)
    except (NotAllowed, Unavailable) as refusal:
        click.echo(script, err=True)
        note(f"{refusal.title} Let somebody run the script above who may make roles.")
        return made, False
    return made, True
