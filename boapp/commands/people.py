"""boapp people, passphrase, officers, recover."""

import os
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from boapp.commands.logins import ask_once, give_login, run_or_print, with_administrator
from boapp.commands.session import Session, ask_twice, command, note
from boapp.crypto import passphrases
from boapp.domain.workflow import Role
from boapp.errors import Unavailable
from boapp.services import leaving, resetting, servers
from boapp.services import officers as officers_service
from boapp.services import people as service
from boapp.workspace import Workspace


@click.group()
def people() -> None:
    """Add, list and revoke people, and give them new keys."""


@people.command()
@click.argument("name")
@click.option("--full-name", default="", help="Stored encrypted; few may read it.")
@click.option(
    "--role", "roles", type=click.Choice([role.value for role in Role]), multiple=True, required=True
)
@with_administrator
@command
def add(session: Session, name: str, full_name: str, roles: tuple[str, ...], dba: str | None) -> None:
    """Add a person; NAME is her code."""
    service.check_code(name)
    with session.open() as ws:
        service.require_administrator(ws)
        chosen = passphrases.for_new(name, passphrases.folder_from(os.environ), ask_twice)
        from_folder = chosen.source is passphrases.Source.FOLDER
        new = service.NewPerson(name, full_name, tuple(Role(r) for r in roles), chosen.text, from_folder)
        service.add_person(ws, new)
        login, on_server = give_login(ws, name, dba), servers.is_on_server(ws)
    mark = " Her passphrase is set by administrator until she changes it." if from_folder else ""
    mark += "" if login else " She can sign in when that script was run."
    result = {"person": name, "roles": roles} | ({"login": login} if on_server else {})
    session.say(f"Added {name}: {', '.join(roles)}.{mark}", result)


@people.command()
@click.argument("name")
@with_administrator
@command
def login(session: Session, name: str, dba: str | None) -> None:
    """Make a person's login at the server again, or print the script that does; of who left, end it again."""
    with session.open() as ws:
        service.require_administrator(ws)
        if ws.roster.person(name).left is not None:
            closed = not servers.is_on_server(ws) or _close_login(ws, name, dba)
            words, made = f"The login of {name}, who left, is ended.", False
        else:
            made = closed = give_login(ws, name, dba)
            words = f"{name} can sign in."
    session.say(words if closed else "", {"person": name, "login": made, "done": closed})


@people.command("list")
@command
def list_(session: Session) -> None:
    """List everybody in the organisation."""
    with session.open() as ws:
        found_people = service.list_people(ws)
    session.say("\n".join(map(_line, found_people)), found_people)


def _line(person: service.Listed) -> str:
    said = f"{person.code:<12} {person.full_name or '':<24} {', '.join(person.roles)}"
    if person.left:
        return f"{said}(left{f': {person.reason}' if person.reason else ''})"
    for renewed in person.renewed:
        said += f"  (new keys on {_day(renewed.t_us)} by {renewed.by})"
    if person.set_by_administrator:
        said += "  (passphrase set by administrator)"
    return said if person.login else f"{said}  (no login yet: boapp people login {person.code})"


def _day(t_us: int) -> str:
    return datetime.fromtimestamp(t_us // 1_000_000, UTC).date().isoformat()


@people.command()
@click.argument("name")
@click.option("--reason", required=True, help="Why she leaves; stored encrypted, as full names are.")
@with_administrator
@command
def revoke(session: Session, name: str, reason: str, dba: str | None) -> None:
    """Let a person out for good: roles, claims and login end, and new keys begin for everybody else."""
    with session.open() as ws:
        person = ws.roster.person(name)
        gone = person.left is not None and servers.is_on_server(ws)
        orphaned = [] if gone else _let_out(ws, name, reason, dba)  # gone: only her login is left to end
        administered = Role.ADMINISTRATOR in person.roles
        if administered and ws.roster.officers_here:
            note("The root keys and the recovery parts were never handed to officers: they are sealed to the")
            note("first administrator. Whoever has her keys and a copy opens every key, and signs as a root.")
        closed = not servers.is_on_server(ws) or _close_login(ws, name, dba)
    for project in orphaned:
        note(f"project {project}: nobody holds its adjudication key now.")
        note("  Add a supervisor to it, then run boapp recover with the parts of two officers.")
    words = f"{name} left. What she could read before stays readable to her if she kept copies."
    session.say(
        words if closed else f"{words} Her login is blocked; that script ends it and its sessions.",
        {"person": name, "closed": closed, "without_holder": orphaned},
    )


def _let_out(ws: Workspace, name: str, reason: str, dba: str | None) -> list[str]:
    """Let a person out; where something holds the list of people, end her sessions first: it may be she."""
    try:
        return leaving.revoke(ws, name, reason)
    except Unavailable:
        if dba is None or not servers.is_on_server(ws):
            raise
        servers.run_script(dba, servers.closing_script(ws.org, name), ask_once())
        return leaving.revoke(ws, name, reason)


def _close_login(ws: Workspace, name: str, dba: str | None) -> bool:
    script = servers.closing_script(ws.org, name)
    if dba is None:
        click.echo(script, err=True)
        note("Let somebody who may make roles on the server run the script above in this database.")
        return False
    servers.run_script(dba, script, ask_once())
    return True


def with_parts(function: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command the option that names the recovery parts of two officers."""
    return click.option(
        "--part",
        "parts",
        type=click.Path(path_type=Path, dir_okay=False),
        multiple=True,
        help="The recovery part of an officer; name two.",
    )(function)


def _recovery_key(ws: Workspace, parts: tuple[Path, ...]) -> X25519PrivateKey | None:
    """Return the recovery key from two parts; None when none were given; misuse otherwise."""
    if not parts:
        return None
    if len(parts) != 2:
        raise click.UsageError("Name the parts of two officers: --part FILE --part FILE.")
    return resetting.recovery_key_of(ws, *parts)


@people.command()
@click.argument("name")
@with_parts
@click.option(
    "--outbox",
    "exported",
    type=click.Path(path_type=Path, dir_okay=False),
    multiple=True,
    help="A file that she wrote with boapp outbox export: what it holds is sent first. Needs the parts.",
)
@with_administrator
@command
def reset(
    session: Session, name: str, parts: tuple[Path, ...], exported: tuple[Path, ...], dba: str | None
) -> None:
    """Give a person who forgot her passphrase new keys under a new one, which she types.

    On the workstation where she worked, with the parts of two officers, what she had not sent is sent first
    and her drafts come back.
    """
    service.check_code(name)
    if exported and not parts:
        raise click.UsageError("Name the parts of two officers too: --part FILE --part FILE.")
    with session.open() as ws:
        secret = _recovery_key(ws, parts)
        chosen = passphrases.for_change(name, passphrases.folder_from(os.environ), ask_twice)
        from_folder = chosen.source is passphrases.Source.FOLDER
        made = resetting.prepare(ws, service.NewPerson(name, "", (), chosen.text, from_folder))
        login = _new_password(ws, made, dba)
        sent = resetting.finish(ws, made, secret, login=login, exported=exported)
    words = f"{name} has new keys and a new passphrase."
    words += f" {sent} messages of hers were sent." if sent else ""
    words += "" if login else " She can sign in when that script was run."
    session.say(words, {"person": name, "login": login, "sent": sent})


def _new_password(ws: Workspace, made: resetting.Reset, dba: str | None) -> bool:
    """Give her login the password of the new passphrase; tell whether it is done."""
    if not servers.is_on_server(ws):
        return True
    script = servers.renewing_script(ws.org, made.row)
    return run_or_print(script, dba, lambda: resetting.opens(ws, made))


@click.command()
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path, file_okay=False))
@command
def officers(session: Session, folder: Path) -> None:
    """Write the root keys and recovery parts into an empty DIR for the officers, and keep none here."""
    with session.open() as ws:
        names = officers_service.hand_out(ws, folder)
    session.say(
        f"Wrote {', '.join(names)} into {folder}. Give each officer hers; none is left on this computer.",
        {"officers": str(folder), "files": names},
    )


@click.command()
@with_parts
@command
def recover(session: Session, parts: tuple[Path, ...]) -> None:
    """Give the adjudication keys to everybody who waits for them, with the parts of two officers."""
    with session.open() as ws:
        secret = _recovery_key(ws, parts)
        if secret is None:
            raise click.UsageError("Name the parts of two officers: --part FILE --part FILE.")
        served = resetting.recover(ws, secret)
    words = f"Keys went to {', '.join(served)}." if served else "Nobody waited for a key."
    session.say(f"{words} The use of the recovery key is recorded; new keys have begun.", {"served": served})


@click.command()
@command
def passphrase(session: Session) -> None:
    """Change one's own passphrase."""
    with session.open() as ws:
        chosen = passphrases.for_change(session.person, passphrases.folder_from(os.environ), ask_twice)
        service.change_passphrase(ws, chosen.text)
    session.say(f"Changed the passphrase of {session.person}.", {"person": session.person})
