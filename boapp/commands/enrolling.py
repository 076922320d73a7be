"""boapp bundle, enrol, upgrade."""

import sys
from pathlib import Path

import click

from boapp.address import read_address
from boapp.commands.founding import FILE_KEEPER
from boapp.commands.logins import ask_once
from boapp.commands.session import Session, command, note
from boapp.crypto.keychain import Keeper
from boapp.enrolment import default_home
from boapp.errors import NotAllowed
from boapp.services import provisioning, servers


@click.command()
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@command
def bundle(session: Session, file: Path) -> None:
    """Write the bundle with which another workstation is enrolled into a new FILE."""
    with session.open() as ws:
        words = provisioning.write_bundle(ws, file)
    session.say(
        f"Wrote {file}. Hand it over in person and delete it afterwards: it holds the site secret.\n"
        f"Let the other side compare these words:\n  {words}",
        {"bundle": str(file), "words": words},
    )


@click.command()
@click.argument("file", metavar="BUNDLE", type=click.Path(path_type=Path, dir_okay=False))
@click.option("--words", help="The twelve words that your administrator reads to you; else you are asked.")
@command
def enrol(session: Session, file: Path, words: str | None) -> None:
    """Enrol this workstation with the bundle that your administrator gave you."""
    taken = provisioning.read_bundle(file)
    shown = provisioning.words_of(taken.org)
    if not _same_words(shown, words):
        raise NotAllowed(
            "The words are not the same: this bundle is not your administrator's.",
            "Enrol nothing. Ask her for the bundle again, and for the words by another way.",
        )
    keeper = provisioning.enrol_workstation(default_home(), taken)
    if keeper is Keeper.FILE:
        note(FILE_KEEPER)
    session.say(
        f"This workstation is enrolled for {taken.place}. Delete {file} now.",
        {"workspace": taken.place, "organisation": taken.org.hex(), "words": shown, "site_secret": keeper},
    )


def _same_words(shown: str, given: str | None) -> bool:
    """Compare the words, or let the person do it; misuse where nobody is there to be asked."""
    if given is not None:
        return given.split() == shown.split()
    if not sys.stdin.isatty():
        raise click.UsageError("Give the words that your administrator reads to you with --words.")
    note(f"Words of this bundle:\n  {shown}")
    return click.confirm("Does your administrator read the same words to you?", err=True)


@click.command()
@click.argument("url", metavar="URL")
@command
def upgrade(session: Session, url: str) -> None:
    """Bring a shared PostgreSQL to this version; URL names the login of the database's administrator."""
    try:
        servers.renew(url, ask_once())
    except servers.ForSuperuser as refusal:
        click.echo(refusal.script)
        raise
    place = str(read_address(url))
    session.say(f"{place} is of this version now.", {"workspace": place})
