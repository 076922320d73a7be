"""What every command shares: where the workspace is, who acts, how results and refusals are said.

Results go to standard output, as words or, with --json, as one JSON value. Everything else goes to
standard error. Exit status: 0 done, 1 something refused, 2 misuse.
"""

import functools
import json
import os
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any, NoReturn

import click
import msgspec

from boapp.address import Place, read_place
from boapp.crypto import passphrases
from boapp.doors import open_workspace
from boapp.enrolment import default_home, only_server
from boapp.errors import BadInput, Refusal
from boapp.services.comparing import Trouble
from boapp.services.people import check_code
from boapp.services.signing_in import sign_in
from boapp.workspace import Workspace

ADMIN = "admin"


@dataclass(frozen=True, slots=True)
class Session:
    """The options that every command takes."""

    workspace: Place | None
    person: str
    as_json: bool

    @contextmanager
    def open(self) -> Iterator[Workspace]:
        """Unlock the workspace for the person who acts, and do what waits for her."""
        with self._unlocked(partial(sign_in, tell=tell_refusal)) as ws:
            yield ws

    @contextmanager
    def unlock(self) -> Iterator[Workspace]:
        """Unlock the workspace for the person who acts, and send nothing of hers."""
        with self._unlocked(open_workspace) as ws:
            yield ws

    @contextmanager
    def _unlocked(self, door: Callable[[Path, Place, str, str], Workspace]) -> Iterator[Workspace]:
        folder = passphrases.folder_from(os.environ)
        location = self.location()
        check_code(self.person)
        passphrase = passphrases.for_unlock(self.person, folder, ask)
        ws = door(default_home(), location, self.person, passphrase.text)
        try:
            yield ws
        finally:
            ws.close()

    def location(self) -> Place:
        """Return the workspace that was named, or the one server that this workstation is enrolled with."""
        if self.workspace is not None:
            return self.workspace
        server = only_server(default_home())
        if server is None:
            raise click.UsageError("Name the workspace with --workspace or BOAPP_WORKSPACE.")
        return server

    def say(self, words: str, data: object) -> None:
        """Give the result: words for a person, or the same as JSON."""
        if self.as_json:
            text = json.dumps(msgspec.to_builtins(data), indent=2, ensure_ascii=False)
            # A file name that is not UTF-8 brings half characters; their escape is JSON's own.
            click.echo(text.encode("utf-8", "backslashreplace"))
        elif words:
            click.echo(_printable(words, sys.stdout.encoding))

    @contextmanager
    def progress(self, label: str, total: int) -> Iterator[Callable[..., None]]:
        """Show how far a long step is, on standard error; gives what to call after each piece."""
        hidden = self.as_json or not sys.stderr.isatty()
        with click.progressbar(length=total, label=label, file=sys.stderr, hidden=hidden) as bar:
            yield lambda *_: bar.update(1)


def ask(sentence: str) -> str:
    """Ask for a passphrase on the terminal."""
    return str(click.prompt(sentence, hide_input=True, err=True))


def ask_twice(sentence: str) -> str:
    """Ask for a new passphrase on the terminal, twice."""
    return str(click.prompt(sentence, hide_input=True, confirmation_prompt=True, err=True))


def note(sentence: str) -> None:
    """Say one line on standard error."""
    click.echo(_printable(sentence, sys.stderr.encoding), err=True)


def tell_refusal(refusal: Refusal) -> None:
    """Say what waits and could not be done at sign-in; the command goes on."""
    note(f"boapp: not done at sign-in: {refusal}")


def _printable(text: str, encoding: str) -> str:
    """Escape what this terminal cannot show, and what could move its cursor or turn the text around."""
    shown = "".join(c if c.isprintable() or c in "\n\t" else ascii(c)[1:-1] for c in text)
    return shown.encode(encoding, "backslashreplace").decode(encoding)


def utc(us: int) -> datetime:
    """Return a time that is given in microseconds since 1970, to the second."""
    return datetime.fromtimestamp(us // 1_000_000, UTC)


def local(us: int) -> str:
    """Return a time as this computer's clock shows it, to the minute."""
    return f"{utc(us).astimezone():%Y-%m-%d %H:%M}"


def say_troubles(troubles: Iterable[Trouble]) -> None:
    """Name the documents that do not verify; the others went on."""
    for trouble in troubles:
        note(f"document {trouble.document.hex()}: {trouble.refusal}")
        note("  It is left out. Run boapp audit verify, and call your administrator.")


def refuse(session: Session, refusal: Refusal) -> NoReturn:
    """End the command with a refusal."""
    if session.as_json:
        session.say("", {"refused": refusal.title, "advice": refusal.advice})
    note(f"boapp: {refusal.title}")
    if refusal.advice:
        note(f"  {refusal.advice}")
    raise SystemExit(1)


class PlaceType(click.ParamType[Place]):
    """Where a workspace is, from the words of a command line."""

    name = "folder|url"

    def convert(self, value: str, param: click.Parameter | None, ctx: click.Context | None) -> Place:
        """Read the place; misuse when it is a URL that names no database."""
        try:
            place = read_place(value)
        except BadInput as error:
            self.fail(f"{error.title} {error.advice}", param, ctx)
        if isinstance(place, Path) and place.is_file():
            self.fail(f"{value} is a file. Name the workspace's folder.", param, ctx)
        return place


def command(function: Callable[..., bool | None]) -> Callable[..., None]:
    """Give a command the shared options; a False from it, or a Refusal, is exit status 1."""

    @click.option(
        "--workspace",
        type=PlaceType(),
        envvar="BOAPP_WORKSPACE",
        help="The workspace: its folder, or postgresql://HOST/DATABASE.",
    )
    @click.option("--as", "person", default=ADMIN, show_default=True, help="Code of the person who acts.")
    @click.option("--json", "as_json", is_flag=True, help="Give the result as JSON.")
    @functools.wraps(function)
    def run(workspace: Place | None, person: str, as_json: bool, **options: Any) -> None:  # noqa: ANN401, FBT001
        session = Session(workspace, person, as_json)
        try:
            done = function(session, **options)
        except Refusal as refusal:
            refuse(session, refusal)
        if done is False:
            raise SystemExit(1)

    return run
