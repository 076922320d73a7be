"""What a decision means: which reading it confirms, what is settled, whom it is charged to."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from boapp.domain.resolution import Charged, Choice, decide, same
from boapp.domain.values import BLANK, ILLEGIBLE, NOT_ON_FORM, Value
from tests.domain.samples import AS_EXPECTED, a_field, few

FIELD = a_field("money", numbers={"decimal": ".", "currency": ["$"]}, unparsed="warning")
WORDS = a_field(compare=AS_EXPECTED)
NINE, NINE_AGAIN, EIGHT, SEVEN = (Value.keyed(text) for text in ("9.00", "$9", "8.00", "7.00"))
DOUBTFUL = Value.keyed("9.00", [(0, 1)])

values = st.one_of(
    st.sampled_from((BLANK, ILLEGIBLE, NOT_ON_FORM, NINE, NINE_AGAIN, EIGHT, SEVEN, DOUBTFUL)),
    st.text(min_size=1, max_size=6).filter(str.strip).map(Value.keyed),
)
certain = values.filter(lambda value: not value.uncertain)


@pytest.mark.parametrize(
    ("value", "first", "second", "choice", "settled", "charged"),
    [
        (NINE, NINE, EIGHT, Choice.FIRST, NINE, Charged.SECOND),
        (EIGHT, NINE, EIGHT, Choice.SECOND, EIGHT, Charged.FIRST),
        (NINE_AGAIN, NINE, EIGHT, Choice.FIRST, NINE, Charged.SECOND),
        (NINE_AGAIN, EIGHT, NINE, Choice.SECOND, NINE, Charged.FIRST),
        (SEVEN, NINE, EIGHT, Choice.ANOTHER, SEVEN, Charged.BOTH),
        (NINE, NINE_AGAIN, NINE, Choice.BOTH, NINE_AGAIN, Charged.NEITHER),
        (BLANK, NINE, BLANK, Choice.SECOND, BLANK, Charged.FIRST),
        (BLANK, NINE, EIGHT, Choice.ANOTHER, BLANK, Charged.BOTH),
        (NOT_ON_FORM, NOT_ON_FORM, BLANK, Choice.FIRST, NOT_ON_FORM, Charged.SECOND),
        (ILLEGIBLE, NINE, EIGHT, Choice.ILLEGIBLE, ILLEGIBLE, Charged.BOTH),
        (ILLEGIBLE, ILLEGIBLE, EIGHT, Choice.FIRST, ILLEGIBLE, Charged.SECOND),
        (NINE, ILLEGIBLE, NINE, Choice.SECOND, NINE, Charged.NEITHER),
        (NINE, ILLEGIBLE, EIGHT, Choice.ANOTHER, NINE, Charged.SECOND),
        (NINE, DOUBTFUL, EIGHT, Choice.ANOTHER, NINE, Charged.SECOND),
        (NINE, DOUBTFUL, NINE, Choice.SECOND, NINE, Charged.NEITHER),
        (SEVEN, DOUBTFUL, ILLEGIBLE, Choice.ANOTHER, SEVEN, Charged.NEITHER),
    ],
)
def test_a_decision_confirms_settles_and_charges(
    value: Value, first: Value, second: Value, choice: Choice, settled: Value, charged: Charged
) -> None:
    decision = decide(FIELD, value, first, second)
    assert (decision.choice, decision.settled, decision.charged) == (choice, settled, charged)


def test_the_rules_of_the_field_say_what_is_the_same() -> None:
    assert same(WORDS, Value.keyed("ACME  Ltd."), Value.keyed("acme ltd"))
    assert not same(a_field(), Value.keyed("ACME"), Value.keyed("acme"))
    assert not same(WORDS, BLANK, ILLEGIBLE)
    assert not same(FIELD, DOUBTFUL, DOUBTFUL)


@given(certain, values, values)
@few
def test_the_settled_value_always_means_what_was_decided(value: Value, first: Value, second: Value) -> None:
    decision = decide(FIELD, value, first, second)
    assert same(FIELD, decision.settled, value)
    assert decision.settled in {value, first, second}


@given(certain, values, values)
@few
def test_honest_doubt_is_never_charged(value: Value, first: Value, second: Value) -> None:
    charged = decide(FIELD, value, first, second).charged
    if first.uncertain or first == ILLEGIBLE:
        assert charged not in {Charged.FIRST, Charged.BOTH}
    if second.uncertain or second == ILLEGIBLE:
        assert charged not in {Charged.SECOND, Charged.BOTH}


@given(certain, values, values)
@few
def test_who_is_confirmed_is_not_charged(value: Value, first: Value, second: Value) -> None:
    decision = decide(FIELD, value, first, second)
    match decision.choice:
        case Choice.FIRST:
            assert decision.charged in {Charged.SECOND, Charged.NEITHER}
        case Choice.SECOND:
            assert decision.charged in {Charged.FIRST, Charged.NEITHER}
        case Choice.BOTH:
            assert decision.charged is Charged.NEITHER
        case _:
            assert decision.settled == value


@given(certain, values, values)
@few
def test_the_two_passes_are_judged_alike(value: Value, first: Value, second: Value) -> None:
    swapped = {
        Charged.FIRST: Charged.SECOND,
        Charged.SECOND: Charged.FIRST,
        Charged.BOTH: Charged.BOTH,
        Charged.NEITHER: Charged.NEITHER,
    }
    there, back = decide(FIELD, value, first, second), decide(FIELD, value, second, first)
    assert swapped[there.charged] is back.charged
