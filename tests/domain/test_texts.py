import string
from itertools import pairwise

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from boapp.domain.texts import Compare, text_form
from tests.domain.samples import many, receipts

AS_EXPECTED = Compare(case="ignore", punctuation="ignore")
EVERY_RULE = st.sampled_from(
    [
        Compare(case=case, spaces=spaces, punctuation=punctuation, accents=accents)
        for case in ("ignore", "exact")
        for spaces in ("ignore", "exact")
        for punctuation in ("ignore", "exact")
        for accents in ("ignore", "exact")
        if (spaces, punctuation) != ("exact", "ignore")
    ]
)


def form(text: str) -> str:
    return text_form(AS_EXPECTED, text)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("JALAN PJU 9/1,D'SARA", "Jalan Pju 9/1, d'Sara"),
        ("NO.2&4, JALAN", "NO 2&4 JALAN"),
        ("NO. 2", "NO.2"),
        ("SHAH ALAM, SELANGOR.", "SHAH ALAM SELANGOR"),
        ("LOT NO : 20", "LOT NO: 20"),
        ("P.JAYA", "P. JAYA"),
        ("MR. D.I.Y. (M) SDN BHD", "MR D.I.Y (M) SDN. BHD."),
        ("BATU 5, 51200", "BATU 5 51200"),
        ("  TWO  BLANKS ", "TWO BLANKS"),
        ("LINE\nBREAK", "LINE BREAK"),
        ("\uff2e\uff4f\uff11\uff12", "No12"),
        ("cafe\u0301", "CAFÉ"),
        ("STRASSE", "straße"),
        ("D\u2019SARA", "D'SARA"),
        ("10\u201312", "10-12"),
        ("soft\u00adhyphen", "softhyphen"),
    ],
)
def test_what_a_person_reads_as_the_same_is_the_same(one: str, other: str) -> None:
    assert form(one) == form(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("3/2", "32"),
        ("3/2", "3 2"),
        ("12.50", "1250"),
        ("12.50", "12,50"),
        ("12.50", "12 50"),
        ("1,007.50", "1007.50"),
        ("1,007", "1, 007"),
        ("$.50", "$50"),
        ("$.50", "$ 50"),
        ("-.5", "-5"),
        ("COST .5", "COST 5"),
        ("D'SARA", "DSARA"),
        ("P.T.", "PT"),
        ("2&4", "2 4"),
        ("1-0-2", "102"),
        ("12:30", "12.30"),
        ("m²", "m2"),
        ("café", "cafe"),
        ("NO 12", "NO 1 2"),
        ("ß", "s"),
    ],
)
def test_what_differs_in_meaning_stays_apart(one: str, other: str) -> None:
    assert form(one) != form(other)


def test_each_rule_is_used_only_where_the_form_asks_for_it() -> None:
    assert text_form(Compare(), "A") != text_form(Compare(), "a")
    assert text_form(Compare(), "a, b") != text_form(Compare(), "a b")
    assert text_form(Compare(spaces="exact"), "a  b") != text_form(Compare(spaces="exact"), "a b")
    assert text_form(Compare(accents="ignore"), "Müller") == "Muller"


def test_vowel_signs_are_letters_even_when_accents_are_ignored() -> None:
    rules = Compare(accents="ignore")
    assert text_form(rules, "\u0915\u093f") != text_form(rules, "\u0915")


def test_a_text_of_nothing_but_stops_stands_for_itself() -> None:
    assert form(".") == "."
    assert form(".") != form(",")


@given(EVERY_RULE, st.text(max_size=40) | st.text(alphabet=" 12aB.,:;/-'é\u0301", max_size=20))
@many
def test_the_form_of_a_form_is_itself(rules: Compare, text: str) -> None:
    once = text_form(rules, text)
    assert text_form(rules, once) == once


@given(
    st.text(alphabet=string.ascii_letters + string.digits + " .,:;/-'&()", min_size=1, max_size=30), st.data()
)
@many
def test_no_change_of_a_letter_or_digit_is_ever_forgiven(text: str, data: st.DataObject) -> None:
    places = [place for place, letter in enumerate(text) if letter.isalnum()]
    assume(places)
    place = data.draw(st.sampled_from(places))
    other = data.draw(st.sampled_from(string.ascii_lowercase + string.digits))
    assume(other != text[place].lower())
    assert form(text[:place] + other + text[place + 1 :]) != form(text)


@given(st.text(alphabet="12ab .,:;/-'$", max_size=20))
@many
def test_a_form_keeps_every_letter_and_digit_and_joins_no_two(text: str) -> None:
    assert [c for c in form(text) if c.isalnum()] == [c for c in text if c.isalnum()]
    assert _touching(form(text)) == _touching(text)


@given(st.from_regex(r"[0-9]+([.,:;/-][0-9]+)+", fullmatch=True))
@many
def test_what_stands_directly_between_digits_is_never_folded(number: str) -> None:
    assert form(number) == number
    assert form(f"NO {number}, KL") == f"no {number} kl"


def _touching(text: str) -> list[bool]:
    """Tell for each two neighbouring letters or digits whether nothing stands between them."""
    places = [place for place, letter in enumerate(text) if letter.isalnum()]
    return [later - earlier == 1 for earlier, later in pairwise(places)]


def test_every_real_address_equals_its_own_variations() -> None:
    for row in receipts():
        for text in (row["company"], row["address"]):
            assert form(text.swapcase()) == form(text)
            assert form(text.replace(" ", "  ")) == form(text)
            assert form(text.replace(", ", " ")) == form(text)
            assert form(f" {text}.") == form(text)


def test_every_slip_in_a_real_address_is_seen() -> None:
    for row in receipts():
        text = row["address"]
        for place, letter in enumerate(text):
            if letter.isalnum():
                assert form(f"{text[:place]}{'7' if letter != '7' else '1'}{text[place + 1 :]}") != form(text)
                assert form(text[:place] + text[place + 1 :]) != form(text)


def test_a_run_of_four_thousand_marks_is_folded_at_once() -> None:
    assert form("a" + " ." * 2_000 + "b") == "a b"
