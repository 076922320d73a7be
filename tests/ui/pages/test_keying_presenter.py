"""The pass at hand and its words, without a widget."""

import pytest

from boapp.domain import sentences
from boapp.domain.checks import Finding, Severity
from boapp.domain.forms import parse_form
from boapp.domain.passes import Asked, Entry
from boapp.domain.values import BLANK, Address, Value
from tests.ui.pages.keying_desk import FORM
from ui.pages.keying import words
from ui.pages.keying.pace import Pace
from ui.pages.keying.presenter import PassAtHand, value_of
from ui.widgets.entry_box import UNSURE


def pass_with(**values: Value) -> PassAtHand:
    entries = {Address(key): Entry(Address(key), value) for key, value in values.items()}
    return PassAtHand(parse_form(FORM), Asked.ALL, entries)


def test_every_finding_has_words_of_its_own_on_screen() -> None:
    codes = {*sentences._SENTENCES}
    limits = {"length": ("1", "2"), "rows": ("1", "2"), "mask": ("A9",), "check-digit": ("isbn",)}
    for code in codes:
        finding = Finding(Severity.ERROR, code, Address("x"), limits.get(code, ()))
        assert words.sentence(finding)
        assert words.reason(finding)


@pytest.mark.parametrize("limits", [("1", "9"), ("1", ""), ("", "9")])
def test_a_range_is_said_with_the_ends_that_it_has(limits: tuple[str, str]) -> None:
    said = words.sentence(Finding(Severity.WARNING, "range", Address("x"), limits))
    assert all(limit in said for limit in limits)


def test_unsure_characters_become_spans_of_the_trimmed_text() -> None:
    value = value_of(f"  A{UNSURE}{UNSURE}B{UNSURE} ")
    assert value is not None
    assert value.uncertain == ((1, 3), (4, 5))
    assert value_of("   ") is None


def test_open_places_are_the_empty_the_wrong_and_the_unaccepted() -> None:
    work = pass_with(name=Value.keyed("ACME"), amount=Value.keyed("900"), day=Value.keyed("99/99/99"))
    assert work.open_places() == [1, 2, 3]
    work.at = 1
    work.accept()
    assert work.open_places() == [2, 3]


def test_blank_in_a_required_field_is_a_warning() -> None:
    work = pass_with(name=BLANK, place=BLANK)
    assert [f.code for f in work.warnings(work.slots[0])] == ["required"]
    assert not work.warnings(work.slots[3])


def test_the_list_says_what_a_date_means() -> None:
    work = pass_with(day=Value.keyed("08/02/2017"))
    assert words.row(work, work.slots[2], second=False).reason == "8 Feb 2017"


def test_speed_leaves_pauses_out_and_waits_until_it_means_something() -> None:
    pace = Pace()
    for tenth in range(100):
        pace.key(tenth / 10)
    assert pace.per_hour() is None
    for tenth in range(300):
        pace.key(1000 + tenth / 10)
    assert pace.per_hour() == 36_000
