"""The discrepancy report as data and as CSV."""

import csv
import io

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from boapp.reports.discrepancies import FORMULA_STARTS, Row, summarise, to_csv
from tests.domain.samples import few

ROW = Row(
    document="a.png",
    field="total",
    row=0,
    first_row=0,
    second_row=0,
    kind="value",
    cause="digits-exchanged",
    first_person="ann",
    second_person="bob",
    first="12",
    second="21",
    settled=None,
    decided_by=None,
    state="open",
)


def changed(**words: object) -> Row:
    return msgspec.structs.replace(ROW, **words)


def read(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text)))


def test_a_row_is_told_under_these_names() -> None:
    (found,) = read(to_csv([ROW]))
    assert found == {
        "document": "a.png",
        "field": "total",
        "row": "0",
        "first_row": "0",
        "second_row": "0",
        "kind": "value",
        "cause": "digits-exchanged",
        "first_person": "ann",
        "second_person": "bob",
        "first": "12",
        "second": "21",
        "settled": "",
        "decided_by": "",
        "state": "open",
    }


@pytest.mark.parametrize("start", FORMULA_STARTS)
@pytest.mark.parametrize("column", ["document", "first", "second", "settled"])
def test_no_cell_starts_a_formula(column: str, start: str) -> None:
    (found,) = read(to_csv([changed(**{column: f"{start}1+1"})]))
    assert found[column] == f"'{start}1+1"


@given(st.text(st.characters(codec="utf-8", exclude_characters="\r\n"), max_size=20))
@few
def test_every_other_cell_is_told_as_it_is(text: str) -> None:
    (found,) = read(to_csv([changed(first=text)]))
    assert found["first"] == (f"'{text}" if text.startswith(FORMULA_STARTS) else text)
    assert not found["first"].startswith(FORMULA_STARTS)


def test_a_summary_counts_documents_fields_and_causes_most_frequent_first() -> None:
    rows = [
        ROW,
        changed(field="date", cause="missed-key", state="resolved"),
        changed(document="b.png", field="date", cause="missed-key"),
    ]
    found = summarise(rows)
    assert (found.documents, found.discrepancies, found.open) == (2, 3, 2)
    assert list(found.by_field.items()) == [("date", 2), ("total", 1)]
    assert list(found.by_cause.items()) == [("missed-key", 2), ("digits-exchanged", 1)]


def test_a_summary_of_nothing_is_all_zero() -> None:
    found = summarise([])
    assert (found.documents, found.discrepancies, found.open) == (0, 0, 0)
    assert found.by_field == found.by_cause == {}
