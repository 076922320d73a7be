from collections import Counter
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from boapp.domain.causes import Cause
from boapp.domain.comparison import Comparison, Kind, compare
from boapp.domain.forms import Form
from boapp.domain.values import BLANK, ILLEGIBLE, NOT_ON_FORM, Address, State, Value, canonical
from boapp.errors import BadInput
from tests.domain.samples import (
    AS_EXPECTED,
    a_form,
    a_pass,
    few,
    many,
    receipt_form,
    receipts,
    table_form,
    table_pass,
)

ONE = a_form({"key": "it", "compare": AS_EXPECTED})
UNSURE = Value.keyed("abc", [(1, 2)])
Rows = list[tuple[str, ...]]


def kinds(comparison: Comparison) -> list[Kind]:
    return [discrepancy.kind for discrepancy in comparison.discrepancies]


def adds_up(found: Comparison) -> bool:
    return found.asked == found.agreed + len(found.discrepancies) + len(found.missing)


@pytest.mark.parametrize(
    ("one", "other", "kind"),
    [
        (Value.keyed("abc"), Value.keyed("abc"), None),
        (Value.keyed("abc"), Value.keyed("ABC."), None),
        (BLANK, BLANK, None),
        (ILLEGIBLE, ILLEGIBLE, None),
        (NOT_ON_FORM, NOT_ON_FORM, None),
        (Value.keyed("abc"), Value.keyed("abd"), Kind.VALUE),
        (Value.keyed("abc"), BLANK, Kind.BLANK),
        (Value.keyed("abc"), ILLEGIBLE, Kind.ILLEGIBLE),
        (BLANK, ILLEGIBLE, Kind.ILLEGIBLE),
        (Value.keyed("abc"), NOT_ON_FORM, Kind.NOT_ON_FORM),
        (BLANK, NOT_ON_FORM, Kind.NOT_ON_FORM),
        (NOT_ON_FORM, ILLEGIBLE, Kind.ILLEGIBLE),
        (UNSURE, UNSURE, Kind.UNCERTAIN),
        (UNSURE, Value.keyed("abc"), Kind.UNCERTAIN),
        (UNSURE, BLANK, Kind.BLANK),
    ],
)
def test_two_values_agree_or_differ_in_one_way(one: Value, other: Value, kind: Kind | None) -> None:
    for first, second in ((one, other), (other, one)):
        found = compare(ONE, a_pass(it=first), a_pass(it=second))
        assert kinds(found) == ([] if kind is None else [kind])
        assert adds_up(found)


def test_what_agreed_is_counted_by_how() -> None:
    form = a_form(*({"key": key, "compare": AS_EXPECTED} for key in "abcde"))
    first = a_pass(a="x", b="X", c=BLANK, d=ILLEGIBLE, e="y")
    second = a_pass(a="x", b="x", c=BLANK, d=ILLEGIBLE, e="z")
    found = compare(form, first, second)
    counts = (found.asked, found.agreed, found.agreed_by_rule, found.agreed_blank, found.agreed_illegible)
    assert counts == (5, 4, 1, 1, 1)


def test_a_discrepancy_holds_its_place_and_no_value() -> None:
    (found,) = compare(ONE, a_pass(it="JALAN"), a_pass(it="JALNA")).discrepancies
    assert (found.field, found.row, found.first_row, found.second_row) == ("it", 0, 0, 0)
    assert found.cause is Cause.TRANSPOSITION
    assert "JAL" not in repr(found)


def test_only_fields_keyed_twice_are_compared() -> None:
    form = a_form({"key": "a"}, {"key": "note", "policy": "none"})
    assert compare(form, a_pass(a="x", note="y"), a_pass(a="x")).asked == 1


def test_what_a_pass_lacks_is_missing_and_not_agreed() -> None:
    form = a_form({"key": "a"}, {"key": "b"}, {"key": "c"})
    found = compare(form, a_pass(a="x", b="y"), a_pass(a="x"))
    assert found.missing == (Address("b"), Address("c"))
    assert found.agreed == 1
    assert adds_up(found)


def test_texts_that_cannot_be_read_are_compared_as_texts() -> None:
    form = a_form({"key": "it", "type": "date", "compare": {"case": "ignore"}})
    assert compare(form, a_pass(it="Early MAY"), a_pass(it="early may")).agreed_by_rule == 1
    assert kinds(compare(form, a_pass(it="early may"), a_pass(it="1 MAY 18"))) == [Kind.VALUE]


def test_a_text_read_by_one_notation_never_equals_one_that_is_none() -> None:
    form = a_form({"key": "it", "type": "money", "numbers": {"decimal": ","}})
    assert kinds(compare(form, a_pass(it="1007,5"), a_pass(it="1007.5"))) == [Kind.VALUE]


PAGE: Rows = [(str(7150 + n), f"name {n}", "British", str(20 + n), "", "11-11-1832") for n in range(25)]


def without(rows: Rows, *places: int) -> Rows:
    return [row for place, row in enumerate(rows) if place not in places]


def test_one_missed_row_is_one_discrepancy() -> None:
    form = table_form(6)
    found = compare(form, table_pass(PAGE), table_pass(without(PAGE, 11)))
    (missed,) = found.discrepancies
    assert (missed.field, missed.row, missed.first_row, missed.second_row) == ("rows", 12, 12, None)
    assert (missed.kind, missed.cause) == (Kind.ROW_MISSING, Cause.ROW_SLIP)
    assert found.asked == 24 * 6 + 1
    assert adds_up(found)


def test_a_slip_below_a_missed_row_is_found_at_its_rows_as_keyed() -> None:
    second = without(PAGE, 3)
    second[9] = (*second[9][:1], "naem 10", *second[9][2:])
    found = compare(table_form(6), table_pass(PAGE), table_pass(second)).discrepancies
    assert [(d.field, d.row, d.first_row, d.second_row) for d in found] == [
        ("rows", 4, 4, None),
        ("c1", 11, 11, 10),
    ]
    assert found[1].cause is Cause.TRANSPOSITION


def test_two_equal_passes_of_a_table_agree_everywhere() -> None:
    found = compare(table_form(6), table_pass(PAGE), table_pass(PAGE))
    assert (found.discrepancies, found.asked, found.agreed, found.agreed_blank) == ((), 150, 150, 25)


def test_a_row_count_speaks_only_when_the_rows_do_not_explain_it() -> None:
    form, count = table_form(6), Address("rows", 0)
    one_more = table_pass(PAGE[:3]) | {count: Value.keyed("4")}
    assert kinds(compare(form, one_more, table_pass(PAGE[:3]))) == [Kind.ROW_MISSING]
    too_few = table_pass(PAGE[:3]) | {count: Value.keyed("2")}
    found = compare(form, too_few, table_pass(PAGE[:3]))
    assert kinds(found) == [Kind.ROW_COUNT]
    assert adds_up(found)
    unread = table_pass(PAGE[:3]) | {count: ILLEGIBLE}
    assert kinds(compare(form, unread, table_pass(PAGE[:3]))) == [Kind.ILLEGIBLE]
    unsure = table_pass(PAGE[:3]) | {count: Value.keyed("3", [(0, 1)])}
    assert kinds(compare(form, unsure, unsure)) == [Kind.UNCERTAIN]


def test_rows_beyond_the_keyed_count_are_still_compared() -> None:
    second = table_pass(PAGE[:3]) | {Address("rows", 0): Value.keyed("2")}
    second[Address("c1", 3)] = Value.keyed("someone else")
    assert Kind.VALUE in kinds(compare(table_form(6), table_pass(PAGE[:3]), second))


def test_passes_without_a_row_count_are_compared_by_their_rows() -> None:
    form = table_form(2)
    first, second = table_pass([("a", "b"), ("c", "d")]), table_pass([("a", "b")])
    del first[Address("rows", 0)], second[Address("rows", 0)]
    assert kinds(compare(form, first, second)) == [Kind.ROW_MISSING]


def test_more_rows_than_a_page_can_have_are_refused() -> None:
    with pytest.raises(BadInput):
        compare(table_form(1), {Address("rows", 0): Value.keyed("2001")}, table_pass([]))


def test_a_value_in_the_next_row_or_field_is_a_slip() -> None:
    form = table_form(3)
    rows: Rows = [("100", "anna", "oslo"), ("101", "bert", "rome"), ("102", "carl", "bern")]
    row_slip: Rows = [*rows[:1], ("101", "carl", "rome"), ("102", "carl", "bern")]
    (found,) = compare(form, table_pass(rows), table_pass(row_slip)).discrepancies
    assert found.cause is Cause.ROW_SLIP
    flat = a_form({"key": "company"}, {"key": "street"})
    swapped = compare(
        flat, a_pass(company="ABC", street="Main Road"), a_pass(company="Main Road", street="ABC")
    )
    assert [d.cause for d in swapped.discrepancies] == [Cause.OTHER_FIELD] * 2


CELL = st.sampled_from(["", "a", "A", "b ", "b", "1.50", "1.5", "x,y", "x y"])
FLAT = a_form(
    {"key": "a", "compare": AS_EXPECTED},
    {"key": "b", "type": "money", "unparsed": "warning"},
    {"key": "c", "type": "date", "unparsed": "warning"},
    {"key": "d"},
)
SOME = st.sampled_from([BLANK, ILLEGIBLE, NOT_ON_FORM, UNSURE]) | st.sampled_from(
    ["1.5", "1.50", "1,50", "A b", "a  b", "a, b", "1/2/18", "01/02/2018", "2 FEB 18", "x"]
).map(Value.keyed)


def always_normalise(form: Form, first: dict[Address, Value], second: dict[Address, Value]) -> set[str]:
    """Find what differs without any short cut: the oracle."""
    return {
        key
        for key in form.double
        if (one := first[Address(key)]).state is not (other := second[Address(key)]).state
        or one.uncertain
        or other.uncertain
        or (
            one.state is State.KEYED
            and not canonical(form.field(key), one.text).same(canonical(form.field(key), other.text))
        )
    }


@given(st.tuples(*[SOME] * 4), st.tuples(*[SOME] * 4))
@many
def test_it_finds_just_what_always_normalising_finds(
    one: tuple[Value, ...], other: tuple[Value, ...]
) -> None:
    first = {Address(key): value for key, value in zip("abcd", one, strict=True)}
    second = {Address(key): value for key, value in zip("abcd", other, strict=True)}
    found = compare(FLAT, first, second)
    assert {d.field for d in found.discrepancies} == always_normalise(FLAT, first, second)
    assert adds_up(found)


TABLE = st.lists(st.tuples(CELL, CELL), max_size=5)


@given(TABLE, TABLE)
@many
def test_naming_the_passes_the_other_way_swaps_only_the_rows(first: Rows, second: Rows) -> None:
    form = table_form(2)
    there = compare(form, table_pass(first), table_pass(second))
    back = compare(form, table_pass(second), table_pass(first))
    assert [(d.field, d.row, d.first_row, d.second_row, d.kind, d.cause) for d in there.discrepancies] == [
        (d.field, d.row, d.second_row, d.first_row, d.kind, d.cause) for d in back.discrepancies
    ]
    assert (there.asked, there.agreed, there.agreed_by_rule) == (back.asked, back.agreed, back.agreed_by_rule)
    assert adds_up(there)


@given(TABLE)
@few
def test_a_pass_always_agrees_with_itself(rows: Rows) -> None:
    assert compare(table_form(2), table_pass(rows), table_pass(rows)).discrepancies == ()


@given(st.sets(st.integers(0, 24), max_size=24))
@few
def test_missed_rows_are_found_one_by_one_and_nothing_else(missed: set[int]) -> None:
    found = compare(table_form(6), table_pass(PAGE), table_pass(without(PAGE, *missed)))
    assert [d.first_row for d in found.discrepancies] == [place + 1 for place in sorted(missed)]
    assert set(kinds(found)) <= {Kind.ROW_MISSING}


def receipt_passes() -> list[dict[Address, Value]]:
    return [a_pass(**{key: row[key] for key in receipt_form().double}) for row in receipts()]


def test_a_real_receipt_keyed_in_another_notation_agrees() -> None:
    form = receipt_form()
    for first in receipt_passes():
        second = {at: Value.of(f" {value.text.lower()} ") for at, value in first.items()}
        address = first[Address("address")].text
        second[Address("address")] = Value.of(address.replace(", ", "  "))
        second[Address("date")] = Value.of(canonical(form.field("date"), first[Address("date")].text).form)
        total = canonical(form.field("total"), first[Address("total")].text).form
        second[Address("total")] = Value.of(f"RM {total}0" if "." in total else total)
        assert compare(form, first, second).discrepancies == ()


def test_every_planted_slip_in_a_real_receipt_is_found_and_none_is_invented() -> None:
    form = receipt_form()
    for first in receipt_passes():
        for at, value in first.items():
            field = form.field(at.field)
            for slipped in _slips(value.text):
                second = first | {at: Value.of(slipped)}
                found = [d.field for d in compare(form, first, second).discrepancies]
                same = canonical(field, slipped).same(canonical(field, value.text))
                assert found == ([] if same else [at.field])


def _slips(text: str) -> list[str]:
    """Give texts one slip away: each character left out, doubled, replaced, swapped with the next."""
    slips = []
    for place, letter in enumerate(text):
        before, after = text[:place], text[place + 1 :]
        slips += [
            before + after,
            before + letter * 2 + after,
            before + ("7" if letter != "7" else "1") + after,
        ]
    swaps = [
        text[:place] + b + a + text[place + 2 :] for place, (a, b) in enumerate(pairwise(text)) if a != b
    ]
    return [slip for slip in slips + swaps if slip.strip()]


def test_kinds_of_a_real_page_of_slips_are_mostly_values() -> None:
    form = receipt_form()
    causes: Counter[Cause] = Counter()
    for first in receipt_passes():
        at = Address("company")
        for slipped in _slips(first[at].text):
            causes.update(
                d.cause for d in compare(form, first, first | {at: Value.of(slipped)}).discrepancies
            )
    assert causes[Cause.UNKNOWN] < causes.total() / 4
    assert causes[Cause.TRANSPOSITION] > 0
    assert causes[Cause.DOUBLED_CHARACTER] > 0
