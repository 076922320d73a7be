"""boapp settle, report discrepancies, export, audit verify."""

import json
import sqlite3
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from boapp.cli import main
from boapp.commands import results
from boapp.domain.forms import parse_form
from boapp.domain.values import canonical
from boapp.services.auditing import Audit
from tests.builders import RECEIPT_FORM
from tests.commands.desk import Desk, read_csv, receipt

REPORT_KEYS = [
    "document",
    "field",
    "row",
    "first_row",
    "second_row",
    "kind",
    "cause",
    "first_person",
    "second_person",
    "first",
    "second",
    "settled",
    "decided_by",
    "state",
]


def key_both(desk: Desk, project: str = "receipts", **second: str) -> None:
    desk.key(project, "ann", [receipt("page-001.png")])
    desk.key(project, "bob", [receipt("page-001.png", **second)])


def report(desk: Desk, project: str = "receipts") -> Any:
    return desk.run("report", "discrepancies", project, "--as", "sue", "--json").json


def export(desk: Desk, kind: str, person: str = "sue", project: str = "receipts") -> Path:
    out = desk.folder / f"out.{kind}"
    desk.run("export", project, "--as", person, "--format", kind, "-o", out)
    return out


def test_a_report_row_has_these_keys_in_this_order(desk: Desk) -> None:
    key_both(desk, total="9.80")
    (row,) = report(desk)
    assert list(row) == REPORT_KEYS
    assert row == {
        "document": "page-001.png",
        "field": "total",
        "row": 0,
        "first_row": 0,
        "second_row": 0,
        "kind": "value",
        "cause": row["cause"],
        "first_person": "ann",
        "second_person": "bob",
        "first": "9.00",
        "second": "9.80",
        "settled": None,
        "decided_by": None,
        "state": "open",
    }
    assert row["cause"]


def test_a_report_of_nothing_is_an_empty_list(desk: Desk) -> None:
    assert report(desk) == []
    said = desk.run("report", "discrepancies", "receipts", "--as", "sue").out
    assert said == "0 discrepancies in 0 documents, 0 open.\n"


def test_a_resolved_row_says_what_was_settled_and_by_whom(desk: Desk) -> None:
    key_both(desk, total="9.80")
    desk.resolve("receipts", "bob", [receipt("page-001.png")])
    (row,) = report(desk)
    assert (row["settled"], row["decided_by"], row["state"]) == ("9.00", "bob", "resolved")
    said = desk.run("report", "discrepancies", "receipts", "--as", "adj").out
    assert "settled by bob: 9.00" in said
    assert said.endswith("1 discrepancies in 1 documents, 0 open.\n")


@pytest.mark.parametrize(
    ("cell", "kind"),
    [("", "blank"), (r"\illegible", "illegible"), (r"\not-on-form", "not-on-form"), ("8.00", "value")],
)
def test_a_mark_against_a_text_is_a_discrepancy_of_its_kind(desk: Desk, cell: str, kind: str) -> None:
    key_both(desk, total=cell)
    (row,) = report(desk)
    assert (row["kind"], row["first"], row["second"]) == (kind, "9.00", cell)


@pytest.mark.parametrize("cell", ["", r"\illegible", r"\not-on-form"])
def test_the_same_mark_twice_agrees(desk: Desk, cell: str) -> None:
    for person in ("ann", "bob"):
        desk.key("receipts", person, [receipt("page-001.png", total=cell)])
    assert report(desk) == []
    assert read_csv(export(desk, "csv"))[0]["total"] == cell


@pytest.mark.parametrize("start", ["=", "+", "-", "@"])
def test_the_csv_report_starts_no_formula(desk: Desk, start: str) -> None:
    dangerous = f'{start}HYPERLINK("http://x";"y")'
    key_both(desk, company=dangerous, total="8.00")
    out = desk.folder / "report.csv"
    desk.run("report", "discrepancies", "receipts", "--as", "sue", "--csv", out)
    rows = read_csv(out)
    assert list(rows[0]) == REPORT_KEYS
    by_field = {row["field"]: row for row in rows}
    assert by_field["company"]["second"] == f"'{dangerous}"
    assert by_field["total"]["second"] == "8.00"
    assert by_field["company"]["settled"] == ""


def test_json_and_csv_of_a_report_are_given_together(desk: Desk) -> None:
    key_both(desk, total="8.00")
    out = desk.folder / "report.csv"
    said = desk.run("report", "discrepancies", "receipts", "--as", "sue", "--json", "--csv", out)
    assert len(said.json) == len(read_csv(out)) == 1


@pytest.mark.parametrize("person", ["ann", "bob", "cleo", "admin"])
def test_only_adjudicators_and_supervisors_settle_report_and_export(desk: Desk, person: str) -> None:
    key_both(desk, total="8.00")
    out = desk.folder / "out"
    for words in (
        ("settle", "receipts"),
        ("report", "discrepancies", "receipts", "--csv", out),
        ("report", "discrepancies", "receipts", "--json"),
        ("export", "receipts", "--format", "csv", "-o", out),
        ("export", "receipts", "--format", "jsonl", "-o", out),
    ):
        said = desk.refuses(*words, "--as", person)
        assert "That needs the role adjudicator or supervisor" in said
    assert not out.exists()


@pytest.mark.parametrize("person", ["adj", "sue"])
def test_settle_compares_what_waits_in_a_strict_project(desk: Desk, person: str) -> None:
    desk.key("sealed", "ann", [receipt(f"page-00{n}.png") for n in (1, 2)])
    desk.key("sealed", "bob", [receipt("page-001.png", total="8.00"), receipt("page-002.png")])
    assert desk.status("sealed")["stages"]["comparing"] == 2
    said = desk.run("settle", "sealed", "--as", person)
    assert said.out == "Compared 2 documents; 1 mismatches are open.\n"
    again = desk.run("settle", "sealed", "--as", person, "--json").json
    assert (again["compared"], again["open_mismatches"]) == (0, 1)
    stages = desk.status("sealed")["stages"]
    assert (stages["comparing"], stages["settled"]) == (0, 1)


def test_a_report_and_an_export_compare_what_waits_by_themselves(desk: Desk) -> None:
    key_both(desk, "sealed", total="8.00")
    assert len(report(desk, "sealed")) == 1
    assert desk.status("sealed")["stages"]["comparing"] == 0


def test_an_export_has_the_shape_of_a_values_file_and_can_be_keyed_again(desk: Desk) -> None:
    odd = {"company": '\\ "A", B\nC; ünï', "date": r"\illegible", "address": r"\not-on-form", "total": ""}
    cells = odd | {"company": "\\" + odd["company"]}
    rows = [receipt("page-001.png", **cells), receipt("page-002.png")]
    desk.key("receipts", "ann", rows)
    desk.key("receipts", "bob", rows)
    out = export(desk, "csv")
    exported = read_csv(out)
    assert list(exported[0]) == ["document", "company", "date", "address", "total"]
    assert exported == rows
    desk.run("key", "sealed", "--as", "ann", "--from", out)
    desk.run("key", "sealed", "--as", "bob", "--from", out)
    again = desk.folder / "again.csv"
    desk.run("export", "sealed", "--as", "sue", "--format", "csv", "-o", again)
    assert again.read_bytes() == out.read_bytes()


def test_what_agrees_by_rule_is_exported_as_the_first_keyer_keyed_it(desk: Desk) -> None:
    key_both(desk, company="acme,  trading", total="9")
    (row,) = read_csv(export(desk, "csv"))
    assert (row["company"], row["total"]) == ("ACME TRADING", "9.00")


def test_what_is_not_settled_is_left_out_and_counted(desk: Desk) -> None:
    key_both(desk, total="8.00")
    desk.key("receipts", "ann", [receipt("page-002.png")])
    desk.key("receipts", "bob", [receipt("page-002.png")])
    out = desk.folder / "out.csv"
    said = desk.run("export", "receipts", "--as", "sue", "--format", "csv", "-o", out, "--json")
    assert (said.json["records"], said.json["left_out"]) == (1, 2)
    assert [row["document"] for row in read_csv(out)] == ["page-002.png"]
    words = desk.run("export", "receipts", "--as", "sue", "--format", "csv", "-o", out).out
    assert "Wrote 1 records" in words
    assert "2 are not settled yet" in words


def test_an_export_of_nothing_is_a_file_without_records(desk: Desk) -> None:
    assert export(desk, "csv").read_text(encoding="utf-8").startswith("document")
    assert export(desk, "jsonl").read_bytes() == b""


def test_json_lines_add_canonical_form_and_provenance(desk: Desk) -> None:
    key_both(desk, company="acme trading", total="9.80")
    desk.resolve("receipts", "bob", [receipt("page-001.png", total="9.00")])
    (line,) = export(desk, "jsonl", "adj").read_text(encoding="utf-8").splitlines()
    found = json.loads(line)
    assert found.keys() == {"document", "batch", "index", "form", "methods", "confirmed", "values"}
    assert (found["document"], found["form"]) == ("page-001.png", "receipt 1")
    assert found["methods"] == ["file", "file"]
    assert found["confirmed"] is True
    values = {value["field"]: value for value in found["values"]}
    assert values.keys() == {"company", "date", "address", "total"}
    form = parse_form(RECEIPT_FORM.read_bytes())
    for key, text in receipt("page-001.png").items():
        if key != "document":
            assert values[key]["text"] == text
            assert values[key]["canonical"] == canonical(form.field(key), text).form
            assert (values[key]["state"], values[key]["row"], values[key]["rules"]) == ("keyed", 0, 1)
    origins = {key: value["origin"] for key, value in values.items()}
    assert origins == {
        "company": "agreed-by-rule",
        "date": "agreed",
        "address": "agreed",
        "total": "resolved",
    }
    assert {key for key, value in values.items() if value["resolution"]} == {"total"}


def test_json_lines_say_marks_by_their_state(desk: Desk) -> None:
    rows = [receipt("page-001.png", date="", address=r"\illegible", total=r"\not-on-form")]
    desk.key("receipts", "ann", rows)
    desk.key("receipts", "bob", rows)
    values = json.loads(export(desk, "jsonl").read_bytes())["values"]
    told = {value["field"]: (value["state"], value["text"], value["canonical"]) for value in values}
    assert told["date"] == ("blank", "", None)
    assert told["address"] == ("illegible", "", None)
    assert told["total"] == ("not-on-form", "", None)


def test_an_export_writes_over_the_file_of_the_last_one(desk: Desk) -> None:
    out = desk.file("out.csv", "x" * 10_000)
    desk.run("export", "receipts", "--as", "sue", "--format", "csv", "-o", out)
    assert "xxx" not in out.read_text(encoding="utf-8")


def test_audit_verify_finds_nothing_in_a_project_that_was_worked_in(desk: Desk) -> None:
    key_both(desk, total="8.00")
    desk.resolve("receipts", "bob", [receipt("page-001.png")])
    desk.run("settle", "receipts", "--as", "sue")
    for person in ("admin", "sue", "bob"):
        found = desk.run("audit", "verify", "receipts", "--as", person, "--json").json
        assert (found["passes"], found["findings"]) == (2, [])
        assert found["facts"] >= 6
    assert desk.run("audit", "verify", "receipts").out.endswith(": 0 findings.\n")


def test_on_one_computer_nothing_is_withheld_from_whoever_verifies(desk: Desk) -> None:
    key_both(desk, total="8.00")
    found = desk.run("audit", "verify", "receipts", "--as", "sue", "--json").json
    assert (found["withheld"], found["withheld_surplus"]) == (0, 0)
    assert "withheld" not in desk.run("audit", "verify", "receipts", "--as", "sue").out


def test_audit_verify_says_how_many_passes_were_withheld_and_from_whom_they_are_not(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    told = Audit(passes=4, facts=9, withheld=3, withheld_surplus=1, findings=[])
    monkeypatch.setattr(results, "verify_project", lambda *_: told)
    said = desk.run("audit", "verify", "receipts", "--as", "sue").out.splitlines()
    assert said == [
        "withheld: 3 first passes of documents that wait for their second keying",
        "withheld: 1 surplus pass of documents that are still to be keyed",
        "An auditor sees what is withheld, and verifies it.",
        "Checked 4 passes and 9 facts: 0 findings.",
    ]


def test_an_auditor_verifies_a_project_by_its_id_since_she_cannot_read_its_name(desk: Desk) -> None:
    key_both(desk, total="8.00")
    said = desk.refuses("audit", "verify", "receipts", "--as", "aud")
    assert "name the project's id, which boapp status shows" in said
    project = desk.run("status", "receipts", "--json").json["id"]
    assert f"An auditor names this project {project}." in desk.run("status", "receipts").out
    found = desk.run("audit", "verify", project, "--as", "aud", "--json").json
    assert (found["passes"], found["findings"]) == (2, [])
    desk.refuses("export", project, "--as", "aud", "--format", "csv", "-o", desk.folder / "out")


def test_audit_verify_ends_with_status_one_and_names_row_and_rule(desk: Desk) -> None:
    key_both(desk, total="8.00")
    with sqlite3.connect(desk.workspace / "boapp.db") as database:
        database.execute("UPDATE document SET stage = 'settled' WHERE comparison IS NOT NULL")
    database.close()
    said = desk.run("audit", "verify", "receipts", "--json", status=1)
    assert said.json["findings"]
    for finding in said.json["findings"]:
        assert finding.keys() == {"where", "rule", "words"}
        assert all(finding.values())
    words = desk.run("audit", "verify", "receipts", status=1).out
    finding = said.json["findings"][0]
    assert f"{finding['where']}: {finding['rule']}: {finding['words']}" in words


def test_a_value_that_would_command_the_terminal_is_shown_escaped(desk: Desk) -> None:
    key_both(desk, company="ACME \x1b[2J\u202e TRADING")
    said = desk.run("report", "discrepancies", "receipts", "--as", "sue").out
    assert r"bob: ACME \x1b[2J\u202e TRADING" in said
    assert report(desk)[0]["second"] == "ACME \x1b[2J\u202e TRADING"


@pytest.mark.parametrize("encoding", ["ascii", "latin-1"])
def test_a_terminal_that_cannot_show_a_character_gets_its_escape_and_json_stays_utf_8(
    desk: Desk, encoding: str
) -> None:
    key_both(desk, company="漢字 TRADING")
    words = ("report", "discrepancies", "receipts", "--as", "sue")
    ended = CliRunner(charset=encoding).invoke(main, words, env=desk.environment())
    assert r"bob: \u6f22\u5b57 TRADING" in ended.stdout
    ended = CliRunner(charset=encoding).invoke(main, [*words, "--json"], env=desk.environment())
    assert json.loads(ended.stdout_bytes)[0]["second"] == "漢字 TRADING"
