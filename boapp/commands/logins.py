"""People's logins at a shared PostgreSQL: made with a login given now, or by a script to be run."""

import functools
import sys
import time
from collections.abc import Callable
from typing import Any

import click

from boapp.commands.session import ask, note
from boapp.errors import NotFound
from boapp.services import servers
from boapp.shareddb.locked_keys import verify_locked_keys
from boapp.workspace import Workspace

SECONDS_BETWEEN_LOOKS = 1.0


def with_administrator(function: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command the option that names the login of the database's administrator."""
    return click.option(
        "--dba",
        metavar="URL",
        envvar="BOAPP_DBA",
        help="postgresql://LOGIN@HOST/DATABASE of whoever may make roles there; used now, never kept. "
        "Without it the script is printed for somebody to run.",
    )(function)


def ask_once() -> servers.Ask:
    """Return what asks for a password on the terminal, and remembers it while this command runs."""
    return functools.cache(ask)


def run_or_print(script: str, dba: str | None, done: Callable[[], bool]) -> bool:
    """Run a script with the login given, or print it and, at a terminal, wait until it was run.

    Tells whether it is done.
    """
    if dba is not None:
        servers.run_script(dba, script, ask_once())
        return True
    click.echo(script, err=True)
    note("Let somebody who may make roles on the server run the script above in this database.")
    if not sys.stdin.isatty():
        return False
    note("Waiting until it was run; Ctrl+C stops waiting, and it can be run later all the same.")
    while not done():
        time.sleep(SECONDS_BETWEEN_LOOKS)
    return True


def give_login(ws: Workspace, code: str, dba: str | None) -> bool:
    """Make a person's login, or give it the password of her present passphrase; tell whether it is done."""
    person, row = ws.roster.person(code), ws.shared.person_key(code)
    if row is None:
        raise NotFound(f"Nobody here has the code {code}.", "See boapp people list.")
    verify_locked_keys(row, ws.org, person.keys)
    if not servers.is_on_server(ws):
        return True
    return run_or_print(servers.login_script(ws.org, row), dba, lambda: person.id in ws.shared.logins())
