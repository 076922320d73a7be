import pytest
from hypothesis import given
from hypothesis import strategies as st

from boapp.domain.fields import MAX_TEXT
from boapp.domain.values import BLANK, ILLEGIBLE, NOT_ON_FORM, Address, Canonical, State, Value, canonical
from tests.domain.samples import a_field, few

SEX = a_field("choice", choices=[{"code": "M", "label": "Male"}, {"code": "Male", "label": "F"}])


def test_only_a_keyed_value_has_a_text() -> None:
    assert Value.keyed("x").state is State.KEYED
    for state in (State.BLANK, State.ILLEGIBLE, State.NOT_ON_FORM):
        with pytest.raises(ValueError, match="has no text"):
            Value(state, "x")


@pytest.mark.parametrize("text", ["", " ", "\t\n"])
def test_nothing_but_blanks_is_blank_and_not_a_text(text: str) -> None:
    assert Value.of(text) == BLANK
    with pytest.raises(ValueError, match="is BLANK"):
        Value.keyed(text)


def test_a_text_is_kept_as_keyed() -> None:
    assert Value.of("  Ab  c ").text == "  Ab  c "


def test_a_text_has_a_bound() -> None:
    assert Value.keyed("x" * MAX_TEXT).text
    with pytest.raises(ValueError, match="at most"):
        Value.keyed("x" * (MAX_TEXT + 1))


@pytest.mark.parametrize("spans", [[(0, 0)], [(2, 1)], [(-1, 1)], [(0, 4)], [(0, 2), (1, 3)]])
def test_uncertain_spans_lie_inside_the_text_and_apart(spans: list[tuple[int, int]]) -> None:
    with pytest.raises(ValueError, match="uncertain"):
        Value.keyed("abc", spans)


def test_uncertain_spans_are_put_in_order() -> None:
    assert Value.keyed("abc", [(2, 3), (0, 1)]).uncertain == ((0, 1), (2, 3))


def test_an_address_is_not_repeated_unless_it_says_so() -> None:
    assert Address("total") == ("total", 0)


def test_the_marks_are_values_of_their_own() -> None:
    assert len({BLANK, ILLEGIBLE, NOT_ON_FORM, Value.keyed("blank")}) == 4


@pytest.mark.parametrize(
    ("kind", "text", "form"),
    [
        ("text", "a  b", "a b"),
        ("integer", "007", "7"),
        ("decimal", "1,000.10", "1000.1"),
        ("money", "9.00", "9"),
        ("date", "1/2/2019", "2019-02-01"),
        ("time", "8 pm", "20:00:00"),
        ("yes-no", "Y", "yes"),
        ("yes-no", "x", "yes"),
        ("yes-no", "0", "no"),
    ],
)
def test_each_type_has_its_canonical_form(kind: str, text: str, form: str) -> None:
    assert canonical(a_field(kind), text) == Canonical(form)


@pytest.mark.parametrize(
    ("kind", "problem"),
    [
        ("integer", "not-a-number"),
        ("money", "not-a-number"),
        ("date", "not-a-date"),
        ("time", "not-a-time"),
        ("yes-no", "not-yes-or-no"),
    ],
)
def test_a_text_that_is_no_such_thing_falls_back_to_its_text(kind: str, problem: str) -> None:
    field = a_field(kind, compare={"case": "ignore"})
    assert canonical(field, "No  IDEA") == Canonical("no idea", problem)


def test_a_choice_is_found_by_code_or_label_and_a_code_wins() -> None:
    assert canonical(SEX, "m").form == "M"
    assert canonical(SEX, " male ").form == "Male"
    assert canonical(SEX, "f").form == "Male"
    assert canonical(SEX, "z").problem == "not-in-list"


def test_a_form_that_parsed_never_equals_one_that_fell_back() -> None:
    comma = a_field("money", numbers={"decimal": ","})
    read, unread = canonical(comma, "1007,5"), canonical(comma, "1007.5")
    assert read.form == unread.form
    assert not read.same(unread)


@given(
    st.sampled_from(["integer", "decimal", "money", "date", "time", "yes-no", "text"]), st.text(max_size=30)
)
@few
def test_any_text_has_a_form_in_any_type(kind: str, text: str) -> None:
    field = a_field(kind)
    assert canonical(field, text).same(canonical(field, text))
