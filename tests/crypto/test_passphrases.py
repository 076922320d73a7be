"""Passphrases typed at a prompt, and what every passphrase must be."""

from collections.abc import Callable

import pytest

from boapp.crypto.passphrases import (
    Passphrase,
    Source,
    for_change,
    for_new,
    for_unlock,
)
from boapp.errors import BadInput

GOOD = "correct horse battery"
COMPOSED, DECOMPOSED = "Straßenbäume", "Straßenba\u0308ume"


def typing(text: str) -> Callable[[str], str]:
    return lambda _sentence: text


# At a prompt.


def test_a_typed_passphrase_says_that_the_person_set_it() -> None:
    assert for_unlock("anna", None, typing(GOOD)) == Passphrase(GOOD, Source.PROMPT)
    assert for_new("anna", None, typing(GOOD)) == Passphrase(GOOD, Source.PROMPT)
    assert for_change("anna", None, typing(GOOD)) == Passphrase(GOOD, Source.PROMPT)


def test_the_person_is_asked_by_name() -> None:
    sentences: list[str] = []

    def ask(sentence: str) -> str:
        sentences.append(sentence)
        return GOOD

    for_unlock("anna", None, ask)
    for_new("anna", None, ask)
    assert sentences == ["Passphrase of anna", "New passphrase of anna"]


@pytest.mark.parametrize(
    ("here", "there"),
    [
        (COMPOSED, DECOMPOSED),
        ("one two three", "one\u00a0two three"),
        ("code 1234", "\uff43\uff4f\uff44\uff45 1234"),
    ],
)
def test_the_same_passphrase_from_another_keyboard_is_the_same(here: str, there: str) -> None:
    assert for_unlock("anna", None, typing(here)) == for_unlock("anna", None, typing(there))


def test_blanks_and_capitals_are_part_of_a_passphrase() -> None:
    assert for_unlock("anna", None, typing("  Two  Words ")).text == "  Two  Words "


def test_a_passphrase_shows_in_no_repr() -> None:
    assert GOOD not in repr(Passphrase(GOOD, Source.PROMPT))


@pytest.mark.parametrize(
    "text", ["", "two\nlines", "a\x00b", "tab\there", "half a letter \udcff", "x" * 4097]
)
def test_a_typed_text_that_cannot_be_a_passphrase_is_refused(text: str) -> None:
    with pytest.raises(BadInput) as refused:
        for_unlock("anna", None, typing(text))
    assert text == "" or text not in str(refused.value)


# What a new one must be.


@pytest.mark.parametrize("choose", [for_new, for_change])
@pytest.mark.parametrize("text", ["1234567", "Anna.bell", "aNNA.Bell", "unassigned \u0378"])
def test_a_weak_or_unstable_new_passphrase_is_refused(choose: Callable[..., Passphrase], text: str) -> None:
    with pytest.raises(BadInput):
        choose("Anna.bell", None, typing(text))


def test_an_old_passphrase_is_not_measured_again() -> None:
    assert for_unlock("anna", None, typing("1234567")).text == "1234567"


def test_eight_characters_are_enough_counted_as_a_person_counts() -> None:
    assert for_new("anna", None, typing("ab\u00e4u\u00f6\u00fcxy")).text == "ab\u00e4u\u00f6\u00fcxy"
    with pytest.raises(BadInput, match="at least 8"):
        for_new("anna", None, typing("a\u0308o\u0308u\u0308a\u0308"))
