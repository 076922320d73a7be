"""boapp outbox."""

from pathlib import Path

import click

from boapp.commands.session import Session, command, local, note, utc
from boapp.services import carrying
from boapp.services.carrying import NOT_SENT, REFUSED, Described, Sending, Told
from boapp.shareddb.protocol import Outcome

FILE = click.Path(path_type=Path, dir_okay=False)
_WORDS = {
    Outcome.STORED: "sent",
    Outcome.ALREADY: "was there already",
    Outcome.SURPLUS: "kept, does not count",
    REFUSED: "refused, waits still",
    NOT_SENT: "not sent, waits still",
}


@click.group()
def outbox() -> None:
    """Look after what was signed here and waits to be sent; carry it where there is a network."""


@outbox.command("list")
@command
def list_(session: Session) -> None:
    """List what waits to be sent, oldest first; nothing is sent."""
    with session.unlock() as ws:
        found = carrying.list_outbox(ws)
    lines = [_line(one) for one in found]
    lines.append(f"{len(found)} messages wait." if found else "Nothing waits.")
    session.say("\n".join(lines), [_data(one) for one in found])


@outbox.command("export")
@click.argument("file", type=FILE)
@command
def export(session: Session, file: Path) -> None:
    """Write what waits into a new FILE, to be brought in at another workstation of yours.

    Only you can open it, and two officers. What it holds stays in the outbox here too: sending it twice
    changes nothing.
    """
    with session.unlock() as ws:
        count = carrying.export_outbox(ws, file)
    session.say(
        f"Wrote {count} messages into {file}. Bring them in elsewhere with boapp outbox import.\n"
        "They wait here as well, and are sent from wherever there is a network first; each counts once.",
        {"outbox": str(file), "messages": count},
    )


@outbox.command("import")
@click.argument("file", type=FILE)
@command
def import_(session: Session, file: Path) -> bool:
    """Bring in a FILE that you exported at another workstation, and send what waits."""
    with session.unlock() as ws:
        done = carrying.import_outbox(ws, file)
    if done.retired:
        note(
            f"boapp: {done.retired} messages are signed with keys of yours that were replaced since: "
            "the shared database keeps them, and they do not count."
        )
    words = f"Brought in {done.messages} messages; {done.messages - done.new} of them waited here already."
    data = {"messages": done.messages, "new": done.new, "retired": done.retired}
    session.say("\n".join([words, *_lines(done.sending)]), data | _sending_data(done.sending))
    return done.sending.done


@outbox.command()
@command
def retry(session: Session) -> bool:
    """Send everything that waits now, what was refused before too, and say what became of it."""
    with session.unlock() as ws:
        done = carrying.retry(ws)
    session.say("\n".join(_lines(done)), _sending_data(done))
    return done.done


def _line(one: Described) -> str:
    words = f"{one.kind:<12}  {one.project}  {one.document}  since {local(one.since_us)}  {one.size} bytes"
    return f"{words}  refused: {one.refused}" if one.refused else words


def _data(one: Described) -> dict[str, object]:
    return {
        "kind": one.kind,
        "project": one.project,
        "document": one.document,
        "since": utc(one.since_us).isoformat(timespec="seconds"),
        "bytes": one.size,
        "refused": one.refused,
    }


def _lines(done: Sending) -> list[str]:
    lines = [_told_line(one) for one in done.told]
    return [*lines, f"{done.left} messages wait still." if done.left else "Nothing waits any more."]


def _told_line(one: Told) -> str:
    words = f"{one.message.kind:<12}  {one.message.project}  {one.message.document}  {_WORDS[one.came]}"
    return f"{words}: {one.why}" if one.why else words


def _sending_data(done: Sending) -> dict[str, object]:
    tried = [_data(one.message) | {"outcome": one.came, "why": one.why} for one in done.told]
    return {"tried": tried, "left": done.left}
