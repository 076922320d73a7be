"""boapp key --from: passes from a values file."""

from dataclasses import dataclass
from typing import Any

import pytest

from boapp.crypto.sealed_pass import open_as_adjudicator
from boapp.domain.passes import Asked, Entry, Method
from boapp.domain.values import BLANK, ILLEGIBLE, NOT_ON_FORM, Value
from boapp.services.projects import find_project
from tests.builders import House
from tests.commands.desk import Desk, Row, read_csv, receipt
from tests.domain.samples import form_source

FORM = form_source(
    {"key": "code", "checks": [{"check": "length", "min": 3, "max": 5}]},
    {"key": "amount", "type": "integer", "checks": [{"check": "range", "max": "100", "effect": "warns"}]},
    {"key": "day", "type": "date", "unparsed": "warning", "dates": {"order": "day-first"}},
    {"key": "paid", "type": "yes-no", "policy": "none"},
    {"key": "note", "policy": "none", "required": True},
)
DOUBLE = ("code", "amount", "day")
ONCE = ("paid", "note")


def row(document: str, **values: str) -> Row:
    usual = {"code": "A12", "amount": "7", "day": "09/01/2019", "paid": "y", "note": "none"}
    return {"document": document} | usual | values


@pytest.fixture
def typed(people: Desk) -> Desk:
    """Return a desk with a.png, b.png and c.png in the project `x`, whose form has types and checks."""
    form = people.file("form.toml", FORM)
    people.run("project", "add", "x", "--form", form)
    people.take_in("x", "a.png", "b.png", "c.png")
    return people


def refused(done: Any) -> list[tuple[int, str, str | None]]:
    return [(r["line"], r["document"], r["field"]) for r in done["refused"]]


@dataclass(frozen=True)
class Pass:
    asked: Asked
    method: Method
    entries: tuple[Entry, ...]

    @property
    def values(self) -> dict[str, Value]:
        return {entry.address.field: entry.value for entry in self.entries}


def passes_of(house: House, name: str) -> list[Pass]:
    """Open the counted passes of the first document with the supervisor's key."""
    ws = house.as_("sue")
    project = find_project(ws, name)
    found = []
    for stored in ws.shared.passes(project, ws.shared.documents(project)[0].id):
        manifest = stored.sealed.read_manifest()
        key = ws.adj(project, manifest.context.adj_epoch).secret
        opened = open_as_adjudicator(stored.sealed, key)
        found.append(Pass(manifest.asked, Method(manifest.method), opened))
    ws.close()
    return found


def test_a_pass_from_a_file_is_sealed_with_the_method_file(desk: Desk, scanned_house: House) -> None:
    done = desk.key("receipts", "ann", [receipt("page-001.png")])
    assert done == {
        "sealed": ["page-001.png"],
        "refused": [],
        "ignored_cells": 0,
        "accepted_warnings": 0,
    }
    house = House(desk.folder / "house", scanned_house.keys)
    (sealed,) = passes_of(house, "receipts")
    assert (sealed.asked, sealed.method) == (Asked.ALL, Method.FILE)
    assert sealed.values["total"] == Value.keyed("9.00")


def test_a_document_is_named_by_its_file_or_by_its_stem_where_that_is_unique(typed: Desk) -> None:
    typed.run("intake", "x", "--batch", "two", *typed.scans("b.jpeg", "d.page.png"))
    done = typed.key("x", "ann", [row("a"), row("b"), row("c.png"), row("d.page"), row("b.jpeg")], status=1)
    assert done["sealed"] == ["a", "c.png", "d.page", "b.jpeg"]
    assert refused(done) == [(3, "b", None)]


@pytest.mark.parametrize("name", ["nothing.png", "A.PNG", "./a.png", "scans/a.png", "a.jpg", "\\a.png"])
def test_a_document_that_is_not_there_is_refused_by_its_row(typed: Desk, name: str) -> None:
    done = typed.key("x", "ann", [row(name), row("a.png")], status=1)
    assert done["sealed"] == ["a.png"]
    assert refused(done) == [(2, name, None)]
    assert "Name the image file." in done["refused"][0]["reason"]


@pytest.mark.parametrize("missing", [*DOUBLE, *ONCE])
def test_a_missing_column_of_an_asked_field_is_refused(typed: Desk, missing: str) -> None:
    given = {key: text for key, text in row("a.png").items() if key != missing}
    done = typed.key("x", "ann", [given], status=1)
    assert refused(done) == [(2, "a.png", missing)]
    assert f"no column {missing}" in done["refused"][0]["reason"]
    assert typed.status("x")["stages"]["first"] == 3


def test_the_second_pass_is_asked_for_the_double_fields_alone(typed: Desk, house: House) -> None:
    typed.key("x", "ann", [row("a.png")])
    only = {key: text for key, text in row("a.png").items() if key not in ONCE}
    assert typed.key("x", "bob", [only])["sealed"] == ["a.png"]
    first, second = passes_of(house, "x")
    assert first.values.keys() == {*DOUBLE, *ONCE}
    assert second.values.keys() == set(DOUBLE)
    assert (second.asked, second.method) == (Asked.VERIFY, Method.FILE)


def test_columns_that_are_not_asked_are_ignored_and_counted(typed: Desk) -> None:
    rows = [dict(row("a.png"), clerk="7"), dict(row("b.png"), clerk="x" * 5_000)]
    assert typed.key("x", "ann", rows)["ignored_cells"] == 2
    assert typed.key("x", "bob", rows)["ignored_cells"] == 2 * (1 + len(ONCE))
    said = typed.run("key", "x", "--as", "ann", "--from", typed.csv("more.csv", [row("c.png", clerk="7")]))
    assert "ignored 1 cells" in said.out


@pytest.mark.parametrize(
    ("cell", "value"),
    [
        ("", BLANK),
        ("   ", BLANK),
        (r"\illegible", ILLEGIBLE),
        (r"\not-on-form", NOT_ON_FORM),
        (r"\\", Value.keyed("\\")),
        (r"\\illegible", Value.keyed(r"\illegible")),
        (r"a\b", Value.keyed(r"a\b")),
        ("_", Value.keyed("_")),
        ("[", Value.keyed("[")),
        ("[A_?]", Value.keyed("[A_?]")),
        ("=1+1", Value.keyed("=1+1")),
        (' "x", y ', Value.keyed(' "x", y ')),
        ("two\nlines", Value.keyed("two\nlines")),
        ("ünïcödé 漢字", Value.keyed("ünïcödé 漢字")),
    ],
)
def test_a_cell_says_one_value(typed: Desk, house: House, cell: str, value: Value) -> None:
    typed.key("x", "ann", [row("a.png", note=cell)])
    (sealed,) = passes_of(house, "x")
    assert sealed.values["note"] == value


@pytest.mark.parametrize("cell", [r"\Illegible", r"\illegible ", r"\blank", r"\n", r"\ ", "\\"])
def test_an_unknown_backslash_word_is_refused_naming_row_and_field(typed: Desk, cell: str) -> None:
    done = typed.key("x", "ann", [row("a.png"), row("b.png", note=cell)], status=1)
    assert done["sealed"] == ["a.png"]
    assert refused(done) == [(3, "b.png", "note")]
    assert "Double a backslash" in done["refused"][0]["reason"]


def test_a_text_that_is_too_long_is_refused_naming_row_and_field(typed: Desk) -> None:
    done = typed.key("x", "ann", [row("a.png", note="x" * 4_000), row("b.png", note="x" * 4_001)], status=1)
    assert done["sealed"] == ["a.png"]
    assert refused(done) == [(3, "b.png", "note")]


def test_an_error_is_refused_naming_row_and_field_and_the_rest_goes_on(typed: Desk) -> None:
    done = typed.key(
        "x", "ann", [row("a.png", amount="seven"), row("b.png", code="AB"), row("c.png")], status=1
    )
    assert done["sealed"] == ["c.png"]
    assert refused(done) == [(2, "a.png", "amount"), (3, "b.png", "code")]
    assert all("seven" not in r["reason"] for r in done["refused"])
    source = typed.csv("again.csv", [row("a.png", amount="seven")])
    said = typed.run("key", "x", "--as", "ann", "--from", source, status=1)
    assert said.err == "line 2: a.png, amount: This is not a number. Key it as printed.\n"


def test_an_error_gives_the_document_back_to_the_others(typed: Desk) -> None:
    typed.key("x", "ann", [row("a.png", amount="seven")], status=1)
    assert typed.key("x", "cleo", [row("a.png")])["sealed"] == ["a.png"]


def test_warnings_are_accepted_and_recorded_as_accepted_by_file(typed: Desk, house: House) -> None:
    done = typed.key("x", "ann", [row("a.png", amount="101", day="soon", note="")])
    assert (done["sealed"], done["accepted_warnings"]) == (["a.png"], 3)
    (sealed,) = passes_of(house, "x")
    assert sealed.method is Method.FILE
    assert {e.address.field: e.accepted for e in sealed.entries if e.accepted} == {
        "amount": ("range",),
        "day": ("not-a-date",),
        "note": ("required",),
    }


def test_a_blank_line_and_a_byte_order_mark_are_passed_over(desk: Desk) -> None:
    text = "\ufeffdocument,company,date,address,total\n\npage-001,ACME,09/01/2019,1 MAIN STREET,9.00\n\n"
    source = desk.file("values.csv", text)
    assert desk.run("key", "receipts", "--as", "ann", "--from", source, "--json").json["sealed"] == [
        "page-001"
    ]


def test_an_operator_takes_no_second_pass(desk: Desk) -> None:
    desk.key("receipts", "ann", [receipt("page-001.png")])
    desk.run("people", "list")
    desk.passphrase("oli")
    desk.run("people", "add", "oli", "--role", "operator")
    desk.run("project", "people", "receipts", "--add", "oli")
    done = desk.key("receipts", "oli", [receipt("page-001.png")], status=1)
    assert "That needs the role second-keyer." in done["refused"][0]["reason"]
    assert desk.status("receipts")["stages"]["second"] == 1


@pytest.mark.parametrize("project", ["receipts", "sealed"])
def test_nobody_keys_one_document_twice(desk: Desk, project: str) -> None:
    desk.key(project, "cleo", [receipt("page-001.png")])
    done = desk.key(project, "cleo", [receipt("page-001.png")], status=1)
    assert "keyed by you" in done["refused"][0]["reason"]
    assert done["sealed"] == []
    desk.key(project, "bob", [receipt("page-001.png")])
    for person in ("cleo", "bob", "ann"):
        desk.key(project, person, [receipt("page-001.png")], status=1)
    audited = desk.run("audit", "verify", project, "--json").json
    assert (audited["passes"], audited["findings"]) == (2, [])


def test_a_file_that_names_one_document_by_file_and_by_stem_keys_it_once(desk: Desk) -> None:
    rows = [receipt("page-001.png"), receipt("page-001", total="8.00")]
    done = desk.key("receipts", "cleo", rows, status=1)
    assert done["sealed"] == ["page-001.png"]
    assert refused(done) == [(3, "page-001", None)]


def test_a_second_keyer_may_take_first_passes(desk: Desk) -> None:
    done = desk.key("receipts", "bob", [receipt("page-001.png")])
    assert done["sealed"] == ["page-001.png"]
    assert desk.status("receipts")["stages"]["second"] == 1
    assert (
        "keyed by you"
        in desk.key("receipts", "bob", [receipt("page-001.png")], status=1)["refused"][0]["reason"]
    )
    assert desk.key("receipts", "cleo", [receipt("page-001.png")])["sealed"] == ["page-001.png"]


def test_a_second_keyer_takes_first_and_second_passes_from_one_file(desk: Desk) -> None:
    desk.key("receipts", "ann", [receipt("page-001.png")])
    done = desk.key("receipts", "bob", [receipt("page-001.png"), receipt("page-002.png")])
    assert done["sealed"] == ["page-001.png", "page-002.png"]
    stages = desk.status("receipts")["stages"]
    assert (stages["first"], stages["second"], stages["settled"]) == (1, 1, 1)


def test_a_run_that_was_refused_in_part_is_completed_by_running_the_corrected_file(typed: Desk) -> None:
    typed.key("x", "ann", [row("a.png"), row("b.png", amount="seven"), row("c.png")], status=1)
    done = typed.key("x", "ann", [row("a.png"), row("b.png"), row("c.png")], status=1)
    assert done["sealed"] == ["b.png"]
    assert [r["document"] for r in done["refused"]] == ["a.png", "c.png"]
    assert typed.status("x")["stages"]["second"] == 3
    assert typed.status("x")["surplus"] == 0


def test_who_keys_nothing_here_is_refused_whatever_the_file_names(desk: Desk) -> None:
    source = desk.csv("values.csv", [receipt("nothing.png")])
    for person in ("sue", "adj", "admin"):
        assert "You may not key in this project." in desk.refuses(
            "key", "receipts", "--as", person, "--from", source
        )


def test_no_result_of_a_second_keyer_holds_a_value_of_the_first(desk: Desk) -> None:
    desk.key("receipts", "ann", [receipt("page-001.png", company="HORIZON BAKERY")])
    values = desk.csv("values.csv", [receipt("page-001.png", company="HORIZONT BAKERY")])
    for words in (
        ("key", "receipts", "--as", "bob", "--from", values, "--json"),
        ("status", "receipts", "--as", "bob", "--json"),
        ("audit", "verify", "receipts", "--as", "bob", "--json"),
    ):
        said = desk.run(*words)
        assert "HORIZON BAKERY" not in said.out + said.err
    desk.refuses("report", "discrepancies", "receipts", "--as", "bob")
    desk.refuses("export", "receipts", "--as", "bob", "--format", "csv", "-o", desk.folder / "out")


def test_a_form_with_repeating_rows_is_not_keyed_from_a_file(people: Desk) -> None:
    form = people.file("form.toml", form_source({"key": "item", "group": "rows"}, groups=("rows",)))
    people.run("project", "add", "x", "--form", form)
    people.take_in("x", "a.png")
    done = people.key("x", "ann", [{"document": "a.png", "item": "1"}], status=1)
    assert "repeating rows" in done["refused"][0]["reason"]


def test_a_form_without_double_fields_is_settled_after_one_pass(people: Desk) -> None:
    form = people.file("form.toml", form_source({"key": "note", "policy": "none"}))
    people.run("project", "add", "x", "--form", form)
    people.take_in("x", "a.png")
    people.key("x", "ann", [{"document": "a.png", "note": "once"}])
    assert people.status("x")["stages"]["comparing"] == 1
    people.key("x", "bob", [{"document": "a.png", "note": "twice"}], status=1)
    out = people.folder / "out.csv"
    people.run("export", "x", "--as", "sue", "--format", "csv", "-o", out)
    assert read_csv(out) == [{"document": "a.png", "note": "once"}]
    assert people.status("x")["stages"]["settled"] == 1
