from typing import Any

import pytest

from boapp.domain.checks import Finding, Severity, check, check_pass
from boapp.domain.fields import Field
from boapp.domain.masks import fits_mask
from boapp.domain.passes import Asked
from boapp.domain.sentences import sentence
from boapp.domain.values import BLANK, ILLEGIBLE, NOT_ON_FORM, Address, Value
from tests.domain.samples import a_field, a_form, a_pass, receipt_form, receipts, table_form, table_pass


def found(field: Field, text: str) -> list[tuple[str, str]]:
    return [(finding.severity.value, finding.code) for finding in check(field, Value.of(text))]


def ruled(kind: str, **rule: Any) -> Field:
    return a_field(kind, checks=[rule])


def test_a_right_value_has_nothing_found() -> None:
    assert check(a_field("date"), Value.keyed("09/01/2019")) == ()


def test_a_text_that_is_no_such_thing_is_an_error_unless_the_form_only_warns() -> None:
    assert found(a_field("date"), "soon") == [("error", "not-a-date")]
    assert found(a_field("date", unparsed="warning"), "soon") == [("warning", "not-a-date")]


def test_blank_in_a_required_field_is_a_warning_because_paper_can_be_blank() -> None:
    needed = a_field(required=True)
    assert check(needed, BLANK) == (Finding(Severity.WARNING, "required", Address("it")),)
    assert [finding.code for finding in check(needed, NOT_ON_FORM)] == ["required"]
    assert check(a_field(), BLANK) == ()


def test_what_cannot_be_read_is_not_checked() -> None:
    needed = a_field("date", required=True)
    assert check(needed, ILLEGIBLE) == ()
    assert check(needed, Value.keyed("3?/02/2019", [(1, 2)])) == ()


@pytest.mark.parametrize(
    ("field", "right", "wrong", "code"),
    [
        (ruled("text", check="length", min=2, max=3), "abc", "abcd", "length"),
        (ruled("text", check="length", min=2, max=3), "ab", "a", "length"),
        (ruled("money", check="range", min="0", max="1,000"), "1000.00", "1000.01", "range"),
        (ruled("money", check="range", min="0"), "0", "-1", "range"),
        (ruled("integer", check="range", max="9"), "9", "10", "range"),
        (ruled("date", check="range", min="1/1/2016", max="31/12/2018"), "31 DEC 18", "1/1/2019", "range"),
        (ruled("date", check="range", min="1/1/2016"), "1/2/2016", "31/12/2015", "range"),
        (ruled("time", check="range", max="6 pm"), "18:00", "18:01", "range"),
        (ruled("text", check="mask", masks=["AA-9999"]), "ab-1234", "ab-12345", "mask"),
        (ruled("text", check="check-digit", scheme="luhn"), "79927398713", "79927398710", "check-digit"),
    ],
)
def test_a_check_finds_what_breaks_it(field: Field, right: str, wrong: str, code: str) -> None:
    assert found(field, right) == []
    assert found(field, wrong) == [("error", code)]


def test_a_check_that_warns_finds_a_warning() -> None:
    assert found(ruled("text", check="length", max=1, effect="warns"), "ab") == [("warning", "length")]


def test_a_text_that_is_no_number_is_not_out_of_range_too() -> None:
    assert found(ruled("integer", check="range", min="1"), "one") == [("error", "not-a-number")]


@pytest.mark.parametrize(
    ("mask", "text", "fits"),
    [
        ("A9?", "x1y", True),
        ("A9?", "x11", True),
        ("A9?", "11y", False),
        ("A9?", "x1-", False),
        ("A9", "x1 ", False),
        (r"\A9", "A1", True),
        (r"\A9", "B1", False),
        ("NO-9", "no-1", True),
        ("", "", True),
        ("(a+)+", "aaaaa", False),
    ],
)
def test_a_mask_names_each_place(mask: str, text: str, fits: bool) -> None:  # noqa: FBT001 - an expected result
    assert fits_mask(mask, text) is fits


def test_a_pass_answers_every_field_it_is_asked_for() -> None:
    form = a_form({"key": "a"}, {"key": "note", "policy": "none"})
    assert [f.code for f in check_pass(form, a_pass(a="x"), Asked.ALL)] == ["missing"]
    assert check_pass(form, a_pass(a="x"), Asked.VERIFY) == ()
    assert check_pass(form, a_pass(a="", note=""), Asked.ALL) == ()


def test_a_pass_holds_nothing_it_is_not_asked_for() -> None:
    form = a_form({"key": "a"}, {"key": "note", "policy": "none"})
    extra = check_pass(form, a_pass(a="x", note="y"), Asked.VERIFY)
    assert extra == (Finding(Severity.ERROR, "not-asked", Address("note")),)


def test_a_pass_has_as_many_rows_as_it_counts() -> None:
    form = table_form(2)
    values = table_pass([("a", "b"), ("c", "d")])
    assert check_pass(form, values, Asked.ALL) == ()
    counted_less = values | {Address("rows", 0): Value.keyed("1")}
    assert {f.code for f in check_pass(form, counted_less, Asked.ALL)} == {"not-asked"}
    counted_more = values | {Address("rows", 0): Value.keyed("3")}
    assert [(f.code, f.address.row) for f in check_pass(form, counted_more, Asked.ALL)] == [
        ("missing", 3)
    ] * 2


@pytest.mark.parametrize("count", [BLANK, ILLEGIBLE, Value.keyed("many"), Value.keyed("-1")])
def test_a_row_count_is_a_number(count: Value) -> None:
    findings = check_pass(table_form(1), {Address("rows", 0): count}, Asked.ALL)
    assert [(f.code, f.address) for f in findings] == [("row-count", Address("rows", 0))]


def test_more_rows_than_the_group_allows_are_an_error_and_cost_little() -> None:
    findings = check_pass(table_form(1), {Address("rows", 0): Value.keyed("9" * 40)}, Asked.ALL)
    assert findings[0] == Finding(Severity.ERROR, "rows", Address("rows", 0), ("0", "2000"))
    assert len(findings) < 2_010


def test_the_truth_of_every_real_receipt_passes_without_an_error() -> None:
    form = receipt_form()
    for row in receipts():
        values = a_pass(**{key: row[key] for key in form.double})
        findings = check_pass(form, values, Asked.ALL)
        assert [f.code for f in findings] == ([] if row["total"] else ["required"])


def test_every_finding_has_a_sentence_without_the_value() -> None:
    fields = [
        ruled("text", check="length", min=2, max=3),
        ruled("money", check="range", min="0", max="1"),
        ruled("money", check="range", min="-1"),
        ruled("money", check="range", max="-1"),
        ruled("text", check="mask", masks=["9", "99"]),
        ruled("text", check="check-digit", scheme="luhn"),
        a_field("yes-no"),
        a_field("choice", choices=[{"code": "1", "label": "One"}]),
    ]
    for field in fields:
        for text in ("secret", "-7", "7"):
            for finding in check(field, Value.keyed(text)):
                said = sentence(finding)
                assert said.endswith(".")
                assert "secret" not in said
                assert "{" not in said
    assert sentence(Finding(Severity.ERROR, "mask", Address("a"), ("9", "99"))) == (
        "This does not look like 9 or 99. Read the characters again."
    )
