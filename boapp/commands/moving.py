"""boapp move."""

import os
from pathlib import Path

import click

from boapp.address import Address, Place
from boapp.commands.logins import ask_once
from boapp.commands.session import PlaceType, Session, ask, command, note, tell_refusal
from boapp.crypto import passphrases
from boapp.enrolment import default_home
from boapp.errors import Refusal
from boapp.services import moving, servers
from boapp.services.people import check_code
from boapp.services.signing_in import sign_in

SAID = ("project", "person_key", "document", "page", "sealed_pass", "fact")


@click.command()
@click.argument("folder", type=PlaceType(), metavar="FOLDER")
@click.argument("url")
@click.option(
    "--dba",
    metavar="URL",
    envvar="BOAPP_DBA",
    help="The login that makes people's logins, if not the one of URL; used now, never kept.",
)
@command
def move(session: Session, folder: Place, url: str, dba: str | None) -> None:
    """Move the workspace of FOLDER into an empty PostgreSQL database, with all of its evidence.

    URL names the database and a login of its administrator: postgresql://LOGIN@HOST/DATABASE. Where that
    login may not make people's logins, the script is printed for somebody to run. A move that was cut off is
    finished by the same command.
    """
    if isinstance(folder, Address):
        raise click.UsageError("Name the folder first, then the URL of the database.")
    check_code(session.person)
    passphrase = passphrases.for_unlock(session.person, passphrases.folder_from(os.environ), ask).text
    asked = ask_once()
    ws = moving.open_to_move(default_home(), folder, session.person, passphrase)
    try:
        with session.progress("Moving", 2 * moving.rows_to_move(ws)) as tell:
            moved = moving.move(ws, url, asked, tell)
        script = moving.logins_script(ws, moved.people)
    except servers.ForSuperuser as refusal:
        click.echo(refusal.script)
        raise
    finally:
        ws.close()
    logins = _make_logins(script, dba or url, asked if dba in {None, url} else ask_once())
    if logins:
        _sign_in_once(session.person, passphrase, moved)
    _say(session, folder, moved, logins=logins)


def _make_logins(script: str, dba: str, asked: servers.Ask) -> bool:
    """Run the script that makes the logins, or print it; tell whether they are made."""
    try:
        if script:
            servers.run_script(dba, script, asked)
    except Refusal as refusal:
        click.echo(script, err=True)
        note(f"{refusal.title} Let somebody run the script above who may make roles.")
        return False
    return True


def _sign_in_once(person: str, passphrase: str, moved: moving.Moved) -> None:
    """Open the workspace where it is now: what waits is done, and the list of people is confirmed there."""
    try:
        sign_in(default_home(), moved.address, person, passphrase, tell_refusal).close()
    except Refusal as refusal:
        note(f"boapp: the move is done, but {person} could not sign in there: {refusal}")


def _say(session: Session, folder: Path, moved: moving.Moved, *, logins: bool) -> None:
    rows = {content.table: content.rows for content in moved.contents}
    if rows:
        counts = ", ".join(f"{rows[name]} {name.replace('_', ' ')} rows" for name in SAID)
        words = [f"Moved {folder} to {moved.address}: {sum(rows.values())} rows, among them {counts}."]
        words += [f"All {len(rows)} tables were compared row by row. Nobody writes to {folder} any more."]
    else:
        words = [f"{folder} was moved to {moved.address} already."]
    words.append(_about_logins(moved, logins=logins))
    tables = {c.table: {"rows": c.rows, "sha256": c.digest.hex()} for c in moved.contents}
    people = [row.code for row in moved.people]
    result = {"workspace": str(moved.address), "from": str(folder), "tables": tables}
    session.say("\n".join(words), result | {"people": people, "login": logins})


def _about_logins(moved: moving.Moved, *, logins: bool) -> str:
    if not moved.people:
        return "Everybody's login is there."
    codes = ", ".join(row.code for row in moved.people)
    if logins:
        return f"These sign in with the passphrases that they have: {codes}."
    return f"These can sign in when that script was run: {codes}."
