"""boapp intake, key, claims, take-back, resolve, settle."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from pathlib import Path

import click

from boapp.commands.session import Session, command, local, note, say_troubles, utc
from boapp.domain.passes import Asked
from boapp.errors import BadInput
from boapp.interchange.index_csv import read_index
from boapp.interchange.values_csv import read_values
from boapp.services.comparing import advance
from boapp.services.from_files import RefusedRow, find_document, key_from_file, resolve_from_file
from boapp.services.intake import take_in
from boapp.services.projects import find_project
from boapp.services.taking_back import Held, open_claims
from boapp.services.taking_back import take_back as end_claim

FILE = click.Path(path_type=Path, dir_okay=False, exists=True)


@click.command()
@click.argument("project")
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--batch", required=True, help="Name of the batch; an existing one is continued.")
@click.option("--index", type=FILE, help="CSV: document,file[,page,…].")
@click.option("--due", help="When a new batch is due: 2030-12-01T17:00 by this computer, or with +01:00.")
@command
def intake(
    session: Session, project: str, files: tuple[Path, ...], batch: str, index: Path | None, due: str | None
) -> bool:
    """Take image files (JPEG, PNG, TIFF, PDF) or folders of them into a project."""
    due_us = None if due is None else _time_us(due)
    listed = list(_expanded(files))
    rows = read_index(index) if index else None
    total = len({row.document for row in rows}) if rows else len(listed)
    with session.open() as ws, session.progress("Taking in", total) as step:
        done = take_in(ws, find_project(ws, project), batch, listed, rows, step, due_us=due_us)
    accepted = [
        {"file": a.file, "document": a.documents[0], "documents": a.documents, "pages": a.pages}
        for a in done.accepted
    ]
    pages = sum(a.pages for a in done.accepted)
    lines = [f"refused {r.file}: {r.reason}" for r in done.refused]
    lines.append(f"Took in {len(accepted)} files, {pages} pages; refused {len(done.refused)} files.")
    session.say("\n".join(lines), {"accepted": accepted, "refused": done.refused})
    return not done.refused


def _time_us(text: str) -> int:
    """Read a time, this computer's own where it names no other."""
    try:
        return round(datetime.fromisoformat(text).timestamp() * 1_000_000)
    except (ValueError, OverflowError, OSError) as error:
        raise BadInput(f"{text!r} is no time.", "Write it as 2030-12-01T17:00.") from error


def _expanded(files: Sequence[Path]) -> Iterable[Path]:
    for path in files:
        if path.is_dir():
            yield from sorted(child for child in path.iterdir() if not child.name.startswith("."))
        else:
            yield path


@click.command()
@click.argument("project")
@click.option("--from", "source", type=FILE, required=True, help="CSV: document, then field keys.")
@command
def key(session: Session, project: str, source: Path) -> bool:
    """Key documents from a values file, the first or the second time."""
    rows = read_values(source)
    with session.open() as ws, session.progress("Keying", len(rows)) as step:
        done = key_from_file(ws, find_project(ws, project), rows, step)
    _say_refused(done.refused)
    words = (
        f"Sealed {len(done.sealed)} passes; refused {len(done.refused)} rows; "
        f"ignored {done.ignored_cells} cells; accepted {done.accepted_warnings} warnings."
    )
    session.say(words, done)
    return not done.refused


@click.command()
@click.argument("project")
@click.option("--from", "source", type=FILE, required=True, help="CSV: document, then field keys.")
@command
def resolve(session: Session, project: str, source: Path) -> bool:
    """Resolve mismatches from a values file: each cell is own reading and decision."""
    rows = read_values(source)
    with session.open() as ws, session.progress("Resolving", len(rows)) as step:
        done = resolve_from_file(ws, find_project(ws, project), rows, step)
    _say_refused(done.refused)
    words = f"Resolved {len(done.resolved)} mismatches; {done.left_open} stay open."
    session.say(words, done)
    return not done.refused


@click.command()
@click.argument("project")
@command
def claims(session: Session, project: str) -> None:
    """List who holds which document, as supervisor."""
    with session.open() as ws:
        held = open_claims(ws, find_project(ws, project))
    lines = [_held_words(one) for one in held]
    lines.append(f"{len(held)} documents are held." if held else "Nothing is being keyed.")
    session.say("\n".join(lines), [_held_data(one) for one in held])


@click.command("take-back")
@click.argument("project")
@click.argument("document")
@click.option("--reason", required=True, help="Why: signed, and encrypted for adjudicators and supervisors.")
@command
def take_back(session: Session, project: str, document: str, reason: str) -> None:
    """Take a document back from whoever holds it, as supervisor; her draft stays with her."""
    with session.open() as ws:
        found = find_project(ws, project)
        held = end_claim(ws, found, find_document(ws, found, document), reason)
    words = f"Took {held.document} back from {held.person}."
    session.say(f"{words} Her draft stays with her, and the document waits again.", _held_data(held))


def _held_words(held: Held) -> str:
    which, until = "first" if held.asked is Asked.ALL else "second", "ran out" if held.expired else "until"
    times = f"since {local(held.since_us)}, {until} {local(held.claim.expires_us)}"
    return f"{held.document}  {which}  {held.person}  {times}"


def _held_data(held: Held) -> dict[str, object]:
    return {
        "document": held.document,
        "pass": held.claim.pass_no,
        "person": held.person,
        "since": utc(held.since_us).isoformat(timespec="seconds"),
        "expires": utc(held.claim.expires_us).isoformat(timespec="seconds"),
        "expired": held.expired,
    }


def _say_refused(refused: Sequence[RefusedRow]) -> None:
    for row in refused:
        place = f"{row.document}, {row.field}" if row.field else row.document
        note(f"line {row.line}: {place}: {row.reason}")


@click.command()
@click.argument("project")
@command
def settle(session: Session, project: str) -> bool:
    """Compare what waits and confirm what second keyers settled, as adjudicator or supervisor."""
    with session.open() as ws:
        found = find_project(ws, project)
        with session.progress("Comparing", len(ws.shared.documents(found))) as step:
            done = advance(ws, found, step)
        mismatches = sum(d.resolution is None for d in ws.shared.discrepancies(found))
    say_troubles(done.troubles)
    words = f"Compared {len(done.compared)} documents; {mismatches} mismatches are open."
    data = {"compared": len(done.compared), "open_mismatches": mismatches, "refused": len(done.troubles)}
    session.say(words, data)
    return not done.troubles
