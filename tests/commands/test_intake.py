"""boapp intake: every file named once, with what became of it."""

import contextlib
import json
import os
import pty
import sqlite3
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from boapp.shareddb.sqlite import FILE_NAME
from tests.builders import RECEIPT_FORM, draw_pages
from tests.commands.desk import Desk, read_csv, receipt
from tests.images import scan_files

ALREADY = "A document of this name is already in the project."


@pytest.fixture
def empty(people: Desk) -> Desk:
    """Return a desk with the project `x`, which has no documents."""
    people.run("project", "add", "x", "--form", RECEIPT_FORM)
    return people


def intake(desk: Desk, *files: str | Path, index: str = "", status: int = 0, batch: str = "one") -> Any:
    more = ("--index", desk.file("index.csv", index)) if index else ()
    said = desk.run("intake", "x", "--batch", batch, *files, *more, "--json", status=status)
    return said.json


def accepted(done: Any) -> list[tuple[str, str, int]]:
    return [(Path(entry["file"]).name, entry["document"], entry["pages"]) for entry in done["accepted"]]


def refused(done: Any) -> dict[str, str]:
    assert all(entry.keys() == {"file", "reason"} for entry in done["refused"])
    return {Path(entry["file"]).name: entry["reason"] for entry in done["refused"]}


def pages(desk: Desk, name: str, count: int) -> Path:
    """Write a TIFF of so many pages."""
    return desk.file(f"scans/{name}", scan_files.tiff([scan_files.sheet()] * count))


def documents(desk: Desk) -> int:
    found: int = desk.status("x")["documents"]
    return found


def test_every_file_that_was_taken_in_is_named_as_it_was_given(empty: Desk) -> None:
    files = empty.scans("b.png", "a.png")
    done = intake(empty, *files)
    assert [entry["file"] for entry in done["accepted"]] == [str(path) for path in files]
    assert accepted(done) == [("b.png", "b.png", 1), ("a.png", "a.png", 1)]
    assert done["refused"] == []
    said = empty.run("intake", "x", "--batch", "two", *empty.scans("c.png"))
    assert said.out == "Took in 1 files, 1 pages; refused 0 files.\n"


def test_one_file_is_one_document_with_all_its_pages(empty: Desk) -> None:
    assert accepted(intake(empty, pages(empty, "many.tif", 3))) == [("many.tif", "many.tif", 3)]
    assert documents(empty) == 1


def test_what_is_no_image_is_refused_and_the_rest_of_the_batch_goes_on(empty: Desk) -> None:
    good = empty.scans("a.png", "z.png")
    bad = [
        empty.file("empty.png", b""),
        empty.file("text.jpg", b"no picture"),
        empty.file("cut.png", good[0].read_bytes()[:60]),
        empty.folder / "missing.png",
        empty.file("folder/inside/x.txt", b"x").parent,
    ]
    done = intake(empty, good[0], *bad[:-1], bad[-1].parent, good[1], status=1)
    assert [name for name, _, _ in accepted(done)] == ["a.png", "z.png"]
    named = [entry["file"] for entry in done["refused"]]
    assert named == [str(path) for path in bad]
    assert all(entry["reason"].endswith(".") for entry in done["refused"])
    assert documents(empty) == 2
    words = empty.run("intake", "x", "--batch", "again", bad[0], status=1).out
    assert words.splitlines()[0] == f"refused {bad[0]}: {done['refused'][0]['reason']}"
    assert words.splitlines()[1] == "Took in 0 files, 0 pages; refused 1 files."


def test_a_folder_stands_for_the_files_in_it(empty: Desk) -> None:
    empty.scans("b.png", "a.png", ".hidden.png")
    done = intake(empty, empty.folder / "scans")
    assert [name for name, _, _ in accepted(done)] == ["a.png", "b.png"]


def test_a_name_that_is_in_the_project_already_is_refused(empty: Desk) -> None:
    (scan,) = empty.scans("a.png")
    intake(empty, scan)
    assert ALREADY in refused(intake(empty, scan, status=1))["a.png"]
    (other,) = empty.scans("a.png", under="elsewhere")
    assert ALREADY in refused(intake(empty, other, status=1, batch="two"))["a.png"]
    assert documents(empty) == 1


def test_a_name_that_differs_only_in_letter_case_is_refused(empty: Desk) -> None:
    done = intake(empty, *empty.scans("Straße.png", "b.PNG", "B.png", "STRASSE.png"), status=1)
    assert [name for name, _, _ in accepted(done)] == ["Straße.png", "b.PNG"]
    assert list(refused(done)) == ["B.png", "STRASSE.png"]


def test_two_files_of_one_name_in_one_command_are_one_document_and_one_refusal(empty: Desk) -> None:
    (one,), (other,) = empty.scans("a.png", under="one"), empty.scans("a.png", under="other")
    done = intake(empty, one, other, status=1)
    assert [entry["file"] for entry in done["accepted"]] == [str(one)]
    assert [entry["file"] for entry in done["refused"]] == [str(other)]
    assert documents(empty) == 1


def test_a_file_that_is_given_twice_is_taken_in_once_and_refused_once(empty: Desk) -> None:
    (scan,) = empty.scans("a.png")
    done = intake(empty, scan, scan, status=1)
    assert [entry["file"] for entry in done["accepted"]] == [str(scan)]
    assert [entry["file"] for entry in done["refused"]] == [str(scan)]
    assert documents(empty) == 1


def test_the_name_in_one_project_is_free_in_another(empty: Desk) -> None:
    files = empty.scans("a.png")
    intake(empty, *files)
    empty.run("project", "add", "y", "--form", RECEIPT_FORM)
    empty.run("intake", "y", "--batch", "one", *files)


@pytest.mark.parametrize("name", ["a\nb.png", "a\x1b[31m.png", "\u202egnp.a"])
def test_a_name_with_characters_that_do_not_print_is_refused(empty: Desk, name: str) -> None:
    (reason,) = refused(intake(empty, *empty.scans(name), status=1)).values()
    assert "printable characters" in reason


def test_a_name_that_is_no_utf_8_is_refused_and_said(empty: Desk) -> None:
    (good,) = empty.scans("a.png")
    odd = Path(os.fsdecode(os.fsencode(empty.folder / "scans") + b"/\xff.png"))
    odd.write_bytes(good.read_bytes())
    done = intake(empty, odd, good, status=1)
    assert [name for name, _, _ in accepted(done)] == ["a.png"]
    assert len(done["refused"]) == 1
    empty.run("intake", "x", "--batch", "one", odd, status=1)


@pytest.mark.parametrize("batch", ["", "  ", "x" * 256, "a\nb", "\udcff"])
def test_what_is_no_batch_name_is_refused(empty: Desk, batch: str) -> None:
    said = empty.refuses("intake", "x", "--batch", batch, *empty.scans("a.png"))
    assert "1 to 255 printable characters" in said


def test_a_batch_that_is_there_is_continued(empty: Desk) -> None:
    intake(empty, *empty.scans("a.png"), batch="monday")
    intake(empty, *empty.scans("b.png"), batch="monday")
    intake(empty, *empty.scans("c.png"), batch="tuesday")
    empty.key("x", "ann", [receipt(name) for name in ("a.png", "b.png", "c.png")])
    empty.key("x", "bob", [receipt(name) for name in ("a.png", "b.png", "c.png")])
    out = empty.folder / "out.jsonl"
    empty.run("export", "x", "--as", "sue", "--format", "jsonl", "-o", out)
    batches = [json.loads(line)["batch"] for line in out.read_text(encoding="utf-8").splitlines()]
    assert batches == ["monday", "monday", "tuesday"]


def due(desk: Desk) -> list[int | None]:
    """Return when each batch is due, in the order in which they came."""
    with contextlib.closing(sqlite3.connect(desk.workspace / FILE_NAME)) as db:
        return [us for (us,) in db.execute("SELECT due_us FROM batch ORDER BY rowid")]


def take_in_due(desk: Desk, when: str, name: str, batch: str = "monday") -> None:
    desk.run("intake", "x", "--batch", batch, "--due", when, *desk.scans(name))


def test_a_new_batch_is_due_when_it_is_said_by_this_computers_time_or_the_one_named(empty: Desk) -> None:
    take_in_due(empty, "2100-12-01T17:00", "a.png")
    take_in_due(empty, "2100-12-01T17:00+01:00", "b.png", "tuesday")
    intake(empty, *empty.scans("c.png"), batch="wednesday")
    here = datetime(2100, 12, 1, 17).astimezone()
    there = datetime(2100, 12, 1, 16, tzinfo=UTC)
    assert due(empty) == [*(round(at.timestamp() * 1_000_000) for at in (here, there)), None]


def test_a_batch_that_is_there_is_continued_with_its_own_time_or_with_none(empty: Desk) -> None:
    take_in_due(empty, "2100-12-01T17:00", "a.png")
    before = due(empty)
    take_in_due(empty, "2100-12-01T17:00", "b.png")
    intake(empty, *empty.scans("c.png"), batch="monday")
    intake(empty, *empty.scans("d.png"), batch="tuesday")
    for batch in ("monday", "tuesday"):
        more = ("--batch", batch, "--due", "2100-12-01T17:01")
        assert "is not due at this time" in empty.refuses("intake", "x", *more, *empty.scans("e.png"))
    assert due(empty) == [*before, None]
    assert documents(empty) == 4


@pytest.mark.parametrize(
    ("when", "words"),
    [
        ("2020-01-01T00:00", "due already"),
        ("1970-01-01", "due already"),
        ("tomorrow", "no time"),
        ("", "no time"),
        ("2100-13-01", "no time"),
    ],
)
def test_what_is_no_time_to_come_is_refused(empty: Desk, when: str, words: str) -> None:
    said = empty.refuses("intake", "x", "--batch", "monday", "--due", when, *empty.scans("a.png"))
    assert words in said
    assert due(empty) == []


def test_a_supervisor_takes_images_in_too(empty: Desk) -> None:
    empty.run("intake", "x", "--batch", "one", *empty.scans("a.png"), "--as", "sue")
    assert documents(empty) == 1


def test_an_index_joins_files_to_one_document(empty: Desk) -> None:
    index = "document,file\nletter 1,a.png\nletter 1,b.png\nletter 2,c.png\n"
    done = intake(empty, *empty.scans("a.png", "b.png", "c.png"), index=index)
    assert accepted(done) == [("a.png", "letter 1", 1), ("b.png", "letter 1", 1), ("c.png", "letter 2", 1)]
    assert documents(empty) == 2


def test_an_index_splits_a_file_into_documents_page_by_page(empty: Desk) -> None:
    index = "document,file,page\nfirst,many.tif,1\nrest,many.tif,3\nrest,many.tif,2\n"
    done = intake(empty, pages(empty, "many.tif", 3), index=index)
    (entry,) = done["accepted"]
    assert entry["pages"] == 3
    assert set(entry["documents"]) == {"first", "rest"}
    assert documents(empty) == 2


def test_an_empty_page_cell_means_all_pages(empty: Desk) -> None:
    index = "document,file,page\nall,many.tif,\n"
    assert accepted(intake(empty, pages(empty, "many.tif", 2), index=index)) == [("many.tif", "all", 2)]


def test_a_page_that_does_not_exist_refuses_its_document_and_no_other(empty: Desk) -> None:
    index = "document,file,page\ngood,many.tif,2\nbad,many.tif,3\nalso good,a.png,1\n"
    done = intake(empty, pages(empty, "many.tif", 2), *empty.scans("a.png"), index=index, status=1)
    assert accepted(done) == [("a.png", "also good", 1)]
    reason = refused(done)["many.tif"]
    assert "page 3 of many.tif, which has 2" in reason
    assert "Taken in from it nevertheless: good." in reason
    assert documents(empty) == 2


def test_a_file_that_an_index_names_but_nobody_gave_is_refused(
    empty: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    a, _ = empty.scans("a.png", "b.png")
    monkeypatch.chdir(empty.folder / "scans")
    done = intake(empty, a, index="document,file\nd,a.png\ne,b.png\n", status=1)
    assert accepted(done) == [("a.png", "d", 1)]
    assert "was not given" in refused(done)["b.png"]
    assert documents(empty) == 1


def test_a_file_that_the_index_does_not_name_is_refused(empty: Desk) -> None:
    done = intake(empty, *empty.scans("a.png", "b.png"), index="document,file\nd,a.png\n", status=1)
    assert accepted(done) == [("a.png", "d", 1)]
    assert "The index file does not name it." in refused(done)["b.png"]


def test_a_document_of_which_one_file_is_broken_is_refused_whole(empty: Desk) -> None:
    bad = empty.file("scans/b.png", b"no picture")
    done = intake(empty, *empty.scans("a.png"), bad, index="document,file\nd,a.png\nd,b.png\n", status=1)
    assert accepted(done) == []
    told = refused(done)
    assert told.keys() == {"a.png", "b.png"}
    assert "b.png, of the same document, was refused" in told["a.png"]
    assert "of the same document" not in told["b.png"]
    assert documents(empty) == 0


def test_two_files_of_one_name_are_not_told_apart_by_an_index(empty: Desk) -> None:
    (one,), (other,) = empty.scans("a.png", under="one"), empty.scans("a.png", under="other")
    done = intake(empty, one, other, index="document,file\nd,a.png\n", status=1)
    assert [entry["file"] for entry in done["accepted"]] == [str(one)]
    assert [entry["file"] for entry in done["refused"]] == [str(other)]


def test_further_columns_of_an_index_are_exported_and_never_compared(empty: Desk) -> None:
    index = "document,file,shelf,clerk\na.png,a.png,=12,Ann Oak\nb.png,b.png,13,\n"
    intake(empty, *empty.scans("a.png", "b.png"), index=index)
    intake(empty, *empty.scans("c.png"))
    rows = [dict(receipt(name), shelf="99") for name in ("a.png", "b.png", "c.png")]
    assert empty.key("x", "ann", rows)["ignored_cells"] == 3
    empty.key("x", "bob", [receipt(row["document"]) for row in rows])
    assert empty.run("report", "discrepancies", "x", "--as", "sue", "--json").json == []
    out = empty.folder / "out.csv"
    empty.run("export", "x", "--as", "sue", "--format", "csv", "-o", out)
    exported = read_csv(out)
    assert list(exported[0])[:5] == ["document", "company", "date", "address", "total"]
    assert set(list(exported[0])[5:]) == {"shelf", "clerk"}
    assert [(row["shelf"], row["clerk"]) for row in exported] == [("=12", "Ann Oak"), ("13", ""), ("", "")]


def test_an_index_column_that_is_named_like_a_field_is_refused(empty: Desk) -> None:
    index = empty.file("index.csv", "document,file,total\na.png,a.png,9.00\n")
    said = empty.refuses("intake", "x", "--batch", "one", *empty.scans("a.png"), "--index", index)
    assert "a column total, which is a field" in said
    assert documents(empty) == 0


def test_documents_stand_in_the_order_in_which_they_came(empty: Desk) -> None:
    files = draw_pages(empty.folder / "scans", [f"{n}.png" for n in (3, 1, 2)])
    intake(empty, *files)
    intake(empty, *empty.scans("0.png"))
    rows = [receipt(f"{n}.png", total="5.00") for n in range(4)]
    empty.key("x", "ann", rows)
    empty.key("x", "bob", [receipt(row["document"]) for row in rows])
    found = empty.run("report", "discrepancies", "x", "--as", "sue", "--json").json
    assert [row["document"] for row in found] == ["3.png", "1.png", "2.png", "0.png"]


def test_a_long_step_shows_how_far_it_is_on_a_terminal_and_nowhere_else(empty: Desk) -> None:
    files = [str(path) for path in empty.scans("a.png", "b.png")]
    environment = {key: text for key, text in (dict(os.environ) | empty.environment()).items() if text}
    try:
        ours, theirs = pty.openpty()
    except OSError:
        pytest.skip("this computer gives no pseudo-terminal")
    words = [sys.executable, "-m", "boapp", "intake", "x", "--batch", "one", *files]
    done = subprocess.run(words, env=environment, stdout=subprocess.PIPE, stderr=theirs, check=False)
    os.close(theirs)
    with contextlib.closing(os.fdopen(ours, "rb", buffering=0)) as terminal:
        shown = terminal.read(10_000)
    assert b"Taking in" in shown
    assert b"100%" in shown
    assert done.stdout == b"Took in 2 files, 2 pages; refused 0 files.\n"
    said = empty.run("intake", "x", "--batch", "two", *empty.scans("c.png"))
    assert said.err == ""
