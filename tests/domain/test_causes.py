import pytest
from hypothesis import given
from hypothesis import strategies as st

from boapp.domain.causes import Cause, suggest
from boapp.domain.fields import Field
from boapp.domain.keyboard import ALIKE, SIDE_BY_SIDE
from boapp.domain.values import BLANK, ILLEGIBLE, NOT_ON_FORM, Value
from tests.domain.samples import AS_EXPECTED, a_field, many

TEXT = a_field(compare=AS_EXPECTED)
MONEY = a_field("money", numbers={"currency": ["RM"]})
DATE = a_field("date")


@pytest.mark.parametrize(
    ("field", "one", "other", "cause"),
    [
        (TEXT, "HARMONI", "HARMOMI", Cause.LOOK_ALIKE),
        (TEXT, "JALAN", "JAKAN", Cause.ADJACENT_KEY),
        (TEXT, "JALAN", "JALNA", Cause.TRANSPOSITION),
        (TEXT, "KEDAI", "KEDDAI", Cause.DOUBLED_CHARACTER),
        (TEXT, "KEDAI", "KDAI", Cause.MISSING_CHARACTER),
        (TEXT, "LOT 10", "LOT 1O", Cause.LOOK_ALIKE),
        (TEXT, "51200", "5I200", Cause.LOOK_ALIKE),
        (TEXT, "U5/13", "US/13", Cause.LOOK_ALIKE),
        (TEXT, "BARN", "BAM", Cause.LOOK_ALIKE),
        (TEXT, "PERINDUSTRIAN", "PARENDUSTRIEN", Cause.SPELLING),
        (TEXT, "P.T. 2811", "PT 2811", Cause.FORMAT_ONLY),
        (TEXT, "39,47400", "39, 47400", Cause.FORMAT_ONLY),
        (TEXT, "Shah Alam", "SHAH  ALAM", Cause.FORMAT_ONLY),
        (TEXT, "12.50", "1.250", Cause.DECIMAL),
        (TEXT, "KUALA LUMPUR", "SELANGOR", Cause.UNKNOWN),
        (MONEY, "51.30", "513.00", Cause.DECIMAL),
        (MONEY, "51.30", "5.13", Cause.DECIMAL),
        (MONEY, "51.30", "5130", Cause.DECIMAL),
        (MONEY, "51.30", "-51.30", Cause.SIGN),
        (MONEY, "51.30", "51.03", Cause.TRANSPOSITION),
        (MONEY, "51.30", "51.20", Cause.ADJACENT_KEY),
        (MONEY, "41.30", "71.30", Cause.ADJACENT_KEY),
        (MONEY, "51.30", "57.30", Cause.LOOK_ALIKE),
        (MONEY, "51.30", "551.30", Cause.DOUBLED_CHARACTER),
        (MONEY, "51.30", "51.3O", Cause.LOOK_ALIKE),
        (MONEY, "RM51.30", "51.20", Cause.ADJACENT_KEY),
        (DATE, "09/01/2019", "01/09/2019", Cause.DATE_ORDER),
        (DATE, "09/01/2019", "1 SEP 19", Cause.DATE_ORDER),
        (DATE, "09/01/2019", "09/07/2019", Cause.LOOK_ALIKE),
        (DATE, "09/01/2018", "09/01/2081", Cause.TRANSPOSITION),
        (DATE, "10 MAR 2018", "10/04/2018", Cause.ADJACENT_KEY),
        (DATE, "31/02/2019", "31/03/2019", Cause.ADJACENT_KEY),
    ],
)
def test_the_first_rule_that_fits_names_the_cause(field: Field, one: str, other: str, cause: Cause) -> None:
    assert suggest(field, Value.keyed(one), Value.keyed(other)) is cause
    assert suggest(field, Value.keyed(other), Value.keyed(one)) is cause


def test_marks_say_why_before_any_text_does() -> None:
    text = Value.keyed("x")
    assert suggest(TEXT, ILLEGIBLE, text) is Cause.SOURCE_ILLEGIBLE
    assert suggest(TEXT, Value.keyed("x", [(0, 1)]), text) is Cause.SOURCE_ILLEGIBLE
    assert suggest(TEXT, ILLEGIBLE, BLANK) is Cause.SOURCE_ILLEGIBLE
    assert suggest(TEXT, NOT_ON_FORM, text) is Cause.RULE_UNCLEAR
    assert suggest(TEXT, BLANK, text) is Cause.MISSED_FIELD


SOME_VALUE = st.sampled_from([BLANK, ILLEGIBLE, NOT_ON_FORM]) | st.from_regex(
    r"[-0-9A-Za-z./, ]{0,8}[0-9A-Za-z]", fullmatch=True
).map(Value.keyed)


@given(st.sampled_from([TEXT, MONEY, DATE, a_field("integer"), a_field("time")]), SOME_VALUE, SOME_VALUE)
@many
def test_it_does_not_matter_who_is_named_first(field: Field, one: Value, other: Value) -> None:
    assert suggest(field, one, other) is suggest(field, other, one)


@pytest.mark.parametrize("pair", ["as", "aq", "hj", "78", "47", "12", "14", "po", "0p", "o0", "mn"])
def test_neighbouring_keys_are_side_by_side_both_ways(pair: str) -> None:
    assert {pair, pair[::-1]} <= SIDE_BY_SIDE


@pytest.mark.parametrize("pair", ["19", "ap", "qm", "aa", "17"])
def test_other_keys_are_not(pair: str) -> None:
    assert pair not in SIDE_BY_SIDE


@pytest.mark.parametrize("pair", ["17", "0o", "5s", "8b", "2z", "6g", "l1", "i1"])
def test_the_classic_look_alikes_are_known_both_ways(pair: str) -> None:
    assert {pair, pair[::-1]} <= ALIKE
