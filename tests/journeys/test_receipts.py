"""Sixty real receipts through the whole job by command line, in both modes, with planted slips."""

import csv
import random
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

from boapp.domain.forms import parse_form
from boapp.domain.values import canonical
from tests.builders import RECEIPT_FORM, SHARED_DATA
from tests.commandline import CommandLine, command_line

RECEIPTS = SHARED_DATA / "receipts-sroie"
FIELDS = ("company", "date", "address", "total")
FORM = parse_form(RECEIPT_FORM.read_bytes())
Row = dict[str, str]

pytestmark = pytest.mark.skipif(
    not RECEIPTS.is_dir(), reason="the real receipts are not beside this checkout"
)


def form(field: str, text: str) -> str:
    return canonical(FORM.field(field), text).form if text.strip() else ""


@dataclass(frozen=True)
class Planted:
    first: list[Row]
    second: list[Row]
    slips: set[tuple[str, str]]


def truth() -> list[Row]:
    with (RECEIPTS / "truth.csv").open(encoding="utf-8", newline="") as file:
        return [
            {"document": f"{row['id']}.jpg"} | {f: row[f] for f in FIELDS} for row in csv.DictReader(file)
        ]


def slip(text: str, chance: random.Random) -> str:
    """Do to a text what fingers do: another key, two keys exchanged, one key missed or doubled."""
    at = chance.choice([i for i, c in enumerate(text) if c.isalnum()])
    kind = chance.randrange(4)
    if kind == 0:
        return text[:at] + chance.choice("0123456789ABCDEFGHIJ") + text[at + 1 :]
    if kind == 1:
        return text[:at] + text[at + 1 : at + 2] + text[at] + text[at + 2 :]
    return text[:at] + (text[at] * 2 if kind == 2 else "") + text[at + 1 :]


def plant(rows: Sequence[Row], chance: random.Random) -> Planted:
    """Plant slips, at most one pass wrong in a field; counted only where the canonical form differs."""
    planted = Planted([dict(r) for r in rows], [dict(r) for r in rows], set())
    for number, row in enumerate(rows):
        for field in FIELDS:
            if chance.random() > 0.25:
                continue
            wrong = slip(row[field], chance) if row[field] else "12.00"
            if not wrong.strip():
                continue
            chance.choice((planted.first, planted.second))[number][field] = wrong
            if form(field, wrong) != form(field, row[field]):
                planted.slips.add((row["document"], field))
    return planted


def write(path: Path, rows: Sequence[Row]) -> Path:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, ("document", *FIELDS))
        writer.writeheader()
        writer.writerows(rows)
    return path


def read(path: Path) -> list[Row]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def resolve(station: CommandLine, mode: str, answers: Path) -> str:
    """Resolve as whoever may: the second keyer in release mode, the adjudicator in strict mode."""
    if mode == "strict":
        station.run("resolve", "receipts", "--as", "bob", "--from", answers, status=1)
        station.run("settle", "receipts", "--as", "sue")
    resolver = "bob" if mode == "release" else "adj"
    station.run("resolve", "receipts", "--as", resolver, "--from", answers)
    # What was too far apart for the second keyer to see is left to an adjudicator.
    station.run("resolve", "receipts", "--as", "adj", "--from", answers)
    return resolver


@pytest.mark.parametrize("mode", ["release", "strict"])
def test_every_planted_slip_is_found_none_invented_and_the_export_is_the_truth(
    tmp_path: Path, mode: str
) -> None:
    station, rows = command_line(tmp_path / "station"), truth()
    planted = plant(rows, random.Random(f"slips {mode}"))
    station.found(
        (("ann", "operator"), ("bob", "second-keyer"), ("adj", "adjudicator"), ("sue", "supervisor"))
    )
    station.run("project", "add", "receipts", "--form", RECEIPT_FORM, "--mode", mode)
    images = sorted((RECEIPTS / "images").glob("*.jpg"))
    taken = station.run("intake", "receipts", "--batch", "one", *images, "--json").json
    assert (len(taken["accepted"]), taken["refused"]) == (60, [])
    first, second = (
        write(tmp_path / "first.csv", planted.first),
        write(tmp_path / "second.csv", planted.second),
    )
    station.run("key", "receipts", "--as", "ann", "--from", first)
    station.run("key", "receipts", "--as", "bob", "--from", second)
    resolve(station, mode, write(tmp_path / "truth.csv", rows))
    report = station.run("report", "discrepancies", "receipts", "--as", "sue", "--json").json
    assert {(r["document"], r["field"]) for r in report} == planted.slips
    assert len(report) == len(planted.slips) > 20
    assert {r["state"] for r in report} == {"resolved"}
    out = tmp_path / "out.csv"
    station.run("export", "receipts", "--as", "adj", "--format", "csv", "-o", out)
    exported = {row["document"]: row for row in read(out)}
    for row in rows:
        for field in FIELDS:
            found = exported[row["document"]][field]
            assert form(field, found) == form(field, row[field]), (row["document"], field)
    assert exported["033.jpg"]["total"] == ""
    assert station.run("audit", "verify", "receipts", "--json").json["findings"] == []
