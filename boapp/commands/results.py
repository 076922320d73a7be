"""boapp report, export, audit."""

from pathlib import Path

import click
import msgspec

from boapp.commands.session import Session, command, say_troubles
from boapp.errors import Unavailable
from boapp.reports import discrepancies as report_data
from boapp.services.auditing import Audit, verify_project
from boapp.services.comparing import advance
from boapp.services.handover import hand_over
from boapp.services.projects import find_project
from boapp.services.record_files import as_csv, as_json_lines
from boapp.services.reporting import discrepancies as report_of

OUT = click.Path(path_type=Path, dir_okay=False)


@click.group()
def report() -> None:
    """Read reports."""


@report.command("discrepancies")
@click.argument("project")
@click.option("--csv", "csv_file", type=OUT, help="Write the rows to a CSV file.")
@command
def discrepancies(session: Session, project: str, csv_file: Path | None) -> bool:
    """List every discrepancy with both readings and the decision."""
    with session.open() as ws:
        found = find_project(ws, project)
        troubles = list(advance(ws, found).troubles)
        rows = report_of(ws, found, troubles)
    if csv_file:
        _write(csv_file, report_data.to_csv(rows).encode())
    session.say("\n".join(_report_lines(rows)), rows)
    say_troubles(troubles)
    return not troubles


def _report_lines(rows: list[report_data.Row]) -> list[str]:
    lines = [line for row in rows for line in _row_lines(row)]
    total = report_data.summarise(rows)
    lines.append(f"{total.discrepancies} discrepancies in {total.documents} documents, {total.open} open.")
    return lines


def _row_lines(row: report_data.Row) -> list[str]:
    settled = f"settled by {row.decided_by}: {row.settled or 'blank'}" if row.decided_by else "open"
    return [
        f"{row.document}  {row.field}  {row.kind} ({row.cause})",
        f"    {row.first_person}: {row.first}",
        f"    {row.second_person}: {row.second}",
        f"    {settled}",
    ]


@click.command()
@click.argument("project")
@click.option("--format", "kind", type=click.Choice(["csv", "jsonl"]), required=True)
@click.option("-o", "--output", type=OUT, required=True)
@command
def export(session: Session, project: str, kind: str, output: Path) -> bool:
    """Hand over the settled records."""
    with session.open() as ws:
        found = find_project(ws, project)
        advance(ws, found)
        handed = hand_over(ws, found)
    _write(output, as_csv(handed) if kind == "csv" else as_json_lines(handed))
    words = f"Wrote {len(handed.documents)} records to {output}; {handed.left_out} are not settled yet."
    refused = len(handed.troubles)
    session.say(words, {"records": len(handed.documents), "left_out": handed.left_out, "refused": refused})
    say_troubles(handed.troubles)
    return not handed.troubles


def _write(path: Path, data: bytes) -> None:
    try:
        path.write_bytes(data)
    except OSError as error:
        raise Unavailable(f"{path} cannot be written: {error.strerror}.", "Name another place.") from error


@click.group()
def audit() -> None:
    """Check evidence."""


@audit.command()
@click.argument("project")
@command
def verify(session: Session, project: str) -> bool:
    """Verify signatures, chains, exclusion and order of everything in a project."""
    with session.open() as ws:
        found = verify_project(ws, find_project(ws, project))
    lines = [f"{f.where}: {f.rule}: {f.words}" for f in found.findings]
    lines += _withheld_lines(found)
    lines.append(f"Checked {found.passes} passes and {found.facts} facts: {len(found.findings)} findings.")
    session.say("\n".join(lines), msgspec.to_builtins(found))
    return not found.findings


def _withheld_lines(found: Audit) -> list[str]:
    counts = (
        (found.withheld, "first", "documents that wait for their second keying"),
        (found.withheld_surplus, "surplus", "documents that are still to be keyed"),
    )
    lines = [f"withheld: {n} {kind} pass{'es' * (n > 1)} of {whose}" for n, kind, whose in counts if n]
    return [*lines, "An auditor sees what is withheld, and verifies it."] if lines else []
