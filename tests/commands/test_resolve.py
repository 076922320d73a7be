"""boapp resolve --from: each cell is an own reading and a decision."""

from typing import Any

import pytest

from tests.commands.desk import Desk, receipt
from tests.domain.samples import form_source

FAR = {"company": "ZZZ", "date": "31/12/1999", "address": "99, NOWHERE AT ALL", "total": "1.23"}


def key_twice(desk: Desk, project: str = "receipts", **second: str) -> None:
    """Key two documents that differ in company and total of the first, and in what is named."""
    first = [receipt("page-001.png"), receipt("page-002.png")]
    other = [
        receipt("page-001.png", company="ACNE TRADING", total="9.80"),
        receipt("page-002.png", **({"total": "9.01"} | second)),
    ]
    desk.key(project, "ann", first)
    desk.key(project, "bob", other)


def report(desk: Desk, project: str = "receipts") -> dict[tuple[str, str], dict[str, Any]]:
    rows = desk.run("report", "discrepancies", project, "--as", "sue", "--json").json
    return {(row["document"], row["field"]): row for row in rows}


def test_each_cell_decides_its_mismatch_and_the_second_keyer_may_in_release_mode(desk: Desk) -> None:
    key_twice(desk)
    done = desk.resolve("receipts", "bob", [receipt("page-001.png"), receipt("page-002", total="9.01")])
    assert sorted(map(tuple, done["resolved"])) == [
        ("page-001.png", "company"),
        ("page-001.png", "total"),
        ("page-002", "total"),
    ]
    assert (done["refused"], done["left_open"]) == ([], 0)
    found = report(desk)
    settled = {place: (row["settled"], row["decided_by"], row["state"]) for place, row in found.items()}
    assert settled == {
        ("page-001.png", "company"): ("ACME TRADING", "bob", "resolved"),
        ("page-001.png", "total"): ("9.00", "bob", "resolved"),
        ("page-002.png", "total"): ("9.01", "bob", "resolved"),
    }
    assert desk.status("receipts")["stages"]["settled"] == 2


def test_missing_rows_and_missing_columns_stay_open(desk: Desk) -> None:
    key_twice(desk)
    done = desk.resolve("receipts", "bob", [{"document": "page-001.png", "total": "9.00"}])
    assert done == {"resolved": [["page-001.png", "total"]], "refused": [], "left_open": 2}
    states = {place: row["state"] for place, row in report(desk).items()}
    assert states == {
        ("page-001.png", "company"): "open",
        ("page-001.png", "total"): "resolved",
        ("page-002.png", "total"): "open",
    }
    assert desk.status("receipts")["mismatches"] == 2
    said = desk.run(
        "resolve", "receipts", "--as", "bob", "--from", desk.csv("none.csv", [receipt("page-003.png")])
    )
    assert said.out == "Resolved 0 mismatches; 2 stay open.\n"


def test_a_third_value_and_marks_are_decisions_too(desk: Desk) -> None:
    key_twice(desk)
    rows = [
        receipt("page-001.png", company=r"\illegible", total="9.99"),
        receipt("page-002.png", total=""),
    ]
    desk.resolve("receipts", "bob", rows)
    assert {place: row["settled"] for place, row in report(desk).items()} == {
        ("page-001.png", "company"): r"\illegible",
        ("page-001.png", "total"): "9.99",
        ("page-002.png", "total"): "",
    }


def test_a_decision_that_equals_a_reading_by_rule_is_settled_as_that_reading_was_keyed(desk: Desk) -> None:
    key_twice(desk)
    desk.resolve("receipts", "bob", [receipt("page-001.png", company="acme, trading", total="9.80")])
    found = report(desk)
    assert found["page-001.png", "company"]["settled"] == "ACME TRADING"
    assert found["page-001.png", "total"]["settled"] == "9.80"


def test_an_error_in_a_decision_is_refused_naming_row_and_field(people: Desk) -> None:
    form = people.file("form.toml", form_source({"key": "amount", "type": "integer"}))
    people.run("project", "add", "x", "--form", form)
    people.take_in("x", "a.png", "b.png")
    for person, text in (("ann", "1"), ("bob", "2")):
        people.key("x", person, [{"document": name, "amount": text} for name in ("a.png", "b.png")])
    rows = [{"document": "a.png", "amount": "one"}, {"document": "b.png", "amount": "1"}]
    done = people.resolve("x", "bob", rows, status=1)
    assert done["resolved"] == [["b.png", "amount"]]
    assert [(r["line"], r["document"], r["field"]) for r in done["refused"]] == [(2, "a.png", "amount")]
    done = people.resolve("x", "bob", [{"document": "a.png", "amount": r"\whatever"}], status=1)
    assert done["refused"][0]["field"] == "amount"
    assert people.resolve("x", "bob", [{"document": "a.png", "amount": "2"}])["left_open"] == 0


def test_a_document_that_is_not_there_is_refused_and_the_rest_goes_on(desk: Desk) -> None:
    key_twice(desk)
    done = desk.resolve("receipts", "bob", [receipt("nothing.png"), receipt("page-001.png")], status=1)
    assert len(done["resolved"]) == 2
    assert [(r["line"], r["document"], r["field"]) for r in done["refused"]] == [(2, "nothing.png", None)]


def test_a_file_that_names_one_document_by_file_and_by_stem_is_refused_for_it(desk: Desk) -> None:
    key_twice(desk)
    rows = [receipt("page-001.png", total="9.00"), receipt("page-001", total="9.80")]
    done = desk.resolve("receipts", "bob", rows, status=1)
    assert [(r["line"], r["document"], r["field"]) for r in done["refused"]] == [(3, "page-001", None)]
    assert report(desk)["page-001.png", "total"]["settled"] == "9.00"


@pytest.mark.parametrize(
    ("project", "people"), [("receipts", ("ann", "admin")), ("sealed", ("ann", "bob", "cleo", "admin"))]
)
@pytest.mark.parametrize("waits", [False, True])
def test_whoever_may_not_resolve_here_is_refused_even_when_nothing_waits(
    desk: Desk, project: str, people: tuple[str, ...], *, waits: bool
) -> None:
    if waits:
        key_twice(desk, project)
    answers = desk.csv("answers.csv", [receipt("page-001.png")])
    for person in people:
        said = desk.refuses("resolve", project, "--as", person, "--from", answers)
        assert "You may not resolve mismatches in this project." in said


def test_in_strict_mode_an_adjudicator_resolves(desk: Desk) -> None:
    key_twice(desk, "sealed")
    assert desk.status("sealed")["stages"]["comparing"] == 2
    done = desk.resolve("sealed", "adj", [receipt("page-001.png"), receipt("page-002.png")])
    assert len(done["resolved"]) == 3
    assert {row["decided_by"] for row in report(desk, "sealed").values()} == {"adj"}
    assert desk.status("sealed")["stages"]["settled"] == 2
    assert desk.run("audit", "verify", "sealed", "--json").json["findings"] == []


def test_a_second_keyer_resolves_her_own_seconds_alone(desk: Desk) -> None:
    key_twice(desk)
    done = desk.resolve("receipts", "cleo", [receipt("page-001.png"), receipt("page-002.png")])
    assert done == {"resolved": [], "refused": [], "left_open": 0}
    assert {row["state"] for row in report(desk).values()} == {"open"}


def test_an_adjudicator_resolves_what_a_second_keyer_left(desk: Desk) -> None:
    key_twice(desk)
    desk.resolve("receipts", "bob", [receipt("page-001.png")])
    done = desk.resolve("receipts", "adj", [receipt("page-001.png", total="1.00"), receipt("page-002.png")])
    assert done["resolved"] == [["page-002.png", "total"]]
    assert report(desk)["page-001.png", "total"]["settled"] == "9.00"


def test_a_second_pass_too_far_from_the_first_is_left_to_an_adjudicator(desk: Desk) -> None:
    key_twice(desk, **FAR)
    told = desk.status("receipts")
    assert (told["stages"]["resolving"], told["stages"]["adjudicating"]) == (1, 1)
    rows = [receipt("page-001.png"), receipt("page-002.png")]
    done = desk.resolve("receipts", "bob", rows)
    assert {document for document, _ in done["resolved"]} == {"page-001.png"}
    assert len(desk.resolve("receipts", "adj", rows)["resolved"]) == 4
    assert desk.status("receipts")["stages"]["settled"] == 2
    assert desk.run("audit", "verify", "receipts", "--json").json["findings"] == []


def test_a_decision_stays_when_the_file_is_run_again_with_other_answers(desk: Desk) -> None:
    key_twice(desk)
    desk.resolve("receipts", "bob", [receipt("page-001.png")])
    done = desk.resolve("receipts", "bob", [receipt("page-001.png", company="OTHER", total="1.00")])
    assert done["resolved"] == []
    assert report(desk)["page-001.png", "total"]["settled"] == "9.00"
