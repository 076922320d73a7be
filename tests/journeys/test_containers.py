"""Odd, broken and hostile files by command line: opened right, or refused while the rest goes on."""

import csv
from pathlib import Path

import pytest

from tests.builders import RECEIPT_FORM, SHARED_DATA
from tests.commandline import command_line

FOLDERS = ("hostile", "multipage", "exif-orientation")

pytestmark = pytest.mark.skipif(
    not SHARED_DATA.is_dir(), reason="the real scan files are not beside this checkout"
)


def scans(folder: str) -> list[Path]:
    return sorted(
        p for p in (SHARED_DATA / folder).rglob("*") if p.is_file() and p.suffix not in {".md", ".csv"}
    )


def test_every_file_is_named_once_and_the_pages_are_those_of_the_manifest(tmp_path: Path) -> None:
    station = command_line(tmp_path / "station")
    station.found((("sue", "supervisor"),))
    station.run("project", "add", "odd", "--form", RECEIPT_FORM)
    files = [path for folder in FOLDERS for path in scans(folder)]
    done = station.run("intake", "odd", "--batch", "odd ones", *files, "--json", status=1).json
    named = [entry["file"] for entry in done["accepted"] + done["refused"]]
    assert sorted(named) == sorted(map(str, files))
    assert all(entry["reason"] for entry in done["refused"])
    pages = {Path(entry["file"]).name: entry["pages"] for entry in done["accepted"]}
    with (SHARED_DATA / "multipage" / "MANIFEST.csv").open(encoding="utf-8") as manifest:
        expected = {row["file"]: int(row["pages"]) for row in csv.DictReader(manifest) if row["pages"]}
    assert {name: count for name, count in pages.items() if name in expected} == {
        name: count for name, count in expected.items() if name in pages
    }
    assert len(set(expected) & set(pages)) >= len(expected) - 1
    said = station.run("intake", "odd", "--batch", "again", files[0], status=1).out
    assert "refused 1 files" in said
