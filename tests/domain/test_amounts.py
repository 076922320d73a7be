from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from boapp.domain.amounts import Numbers, integer_form, number_form
from tests.domain.samples import many

RINGGIT = Numbers(currency=("RM", "$"))
COMMA = Numbers(decimal=",", currency=("€",))


@pytest.mark.parametrize(
    ("text", "form"),
    [
        ("RM51.30", "51.3"),
        ("rm 51.30", "51.3"),
        ("51.30 RM", "51.3"),
        ("$8.60", "8.6"),
        ("1,007.50", "1007.5"),
        ("1 007.50", "1007.5"),
        ("1'007.50", "1007.5"),
        ("9.00", "9"),
        ("9.0", "9"),
        ("09", "9"),
        (".50", "0.5"),
        ("- 5.00", "-5"),
        ("(5.00)", "-5"),
        ("5.00-", "-5"),
        ("-RM5", "-5"),
        ("RM-5", "-5"),
        ("(RM5.00)", "-5"),
        ("\u22125", "-5"),
        ("+5", "5"),
        ("-0.00", "0"),
        ("\uff15\uff0e\uff10", "5"),
    ],
)
def test_an_amount_as_printed_becomes_the_plain_number(text: str, form: str) -> None:
    assert number_form(RINGGIT, text) == (form, None)


@pytest.mark.parametrize(
    "text",
    ["1,00.50", "1,0075", "1,007 500", "0,123", "12.", ".", "RM", "-", "", "--5", "-(5)", "-5-", "US$5",
     "RM$5", "5RM5", "5²", "1.2.3", "12,50", "1e3", "٣", "0x1F", "nan", "inf", "1_000"],
)  # fmt: skip
def test_what_is_no_number_is_refused(text: str) -> None:
    assert number_form(RINGGIT, text) == ("", "not-a-number")


@pytest.mark.parametrize(
    ("text", "form"), [("1.007,50", "1007.5"), ("€ 12,50", "12.5"), ("1 007,5", "1007.5")]
)
def test_a_form_can_print_the_decimal_comma(text: str, form: str) -> None:
    assert number_form(COMMA, text) == (form, None)


def test_with_a_decimal_comma_a_point_only_groups() -> None:
    assert number_form(COMMA, "12.50") == ("", "not-a-number")
    assert number_form(COMMA, "1.007") == ("1007", None)


@pytest.mark.parametrize(
    ("text", "result"),
    [("007", ("7", None)), ("-3", ("-3", None)), ("1,000", ("1000", None)), ("9.0", ("", "not-whole"))],
)
def test_an_integer_is_whole_and_drops_leading_zeros(text: str, result: tuple[str, str | None]) -> None:
    assert integer_form(Numbers(), text) == result


def test_leading_zeros_count_where_the_form_keeps_them() -> None:
    assert integer_form(Numbers(leading_zeros="keep"), "007") == ("007", None)


def test_a_number_has_at_most_forty_digits() -> None:
    assert number_form(Numbers(), "1" * 40)[1] is None
    assert number_form(Numbers(), "1" * 41)[1] == "too-many-digits"
    assert integer_form(Numbers(), "1" * 4_000)[1] == "too-many-digits"


@given(st.decimals(min_value=-(10**12), max_value=10**12, places=4))
@many
def test_every_notation_of_a_number_has_its_one_form(number: Decimal) -> None:
    form, problem = number_form(RINGGIT, f"{number:,.4f}")
    assert problem is None
    assert Decimal(form) == number
    assert number_form(RINGGIT, form) == (form, None)
    assert number_form(RINGGIT, f"RM {number:.6f}") == (form, None)


@given(st.decimals(0, 10**9, places=2), st.decimals(0, 10**9, places=2))
@many
def test_different_numbers_never_share_a_form(one: Decimal, other: Decimal) -> None:
    same = number_form(RINGGIT, f"{one:,}") == number_form(RINGGIT, f"{other:,}")
    assert same == (one == other)
