import csv
from collections.abc import Iterator

import pytest

from boapp.domain.identifiers import MAX_IDENTIFIER, Scheme, fits
from tests.domain.samples import real

SCHEMES = {
    "isAbaRouting": Scheme.ABA,
    "isBIC": Scheme.BIC,
    "isEAN": Scheme.EAN,
    "isFreightContainerID": Scheme.ISO6346,
    "isIBAN": Scheme.IBAN,
    "isIMEI": Scheme.IMEI,
    "isISIN": Scheme.ISIN,
    "isISO6346": Scheme.ISO6346,
    "isISSN": Scheme.ISSN,
    "isLuhnNumber": Scheme.LUHN,
}


NO_CHECK_DIGIT = "QJRZ123456"
"""Right for its publisher, who takes a container number without its check digit; here that is the check."""


def vectors() -> Iterator[tuple[Scheme, str, bool]]:
    with real("check-digits", "validatorjs_vectors.csv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            if row["args"] == "[]" and row["check"] in SCHEMES:
                yield SCHEMES[row["check"]], row["value"], row["expected"] == "valid"


def test_published_identifiers_are_told_right_from_wrong() -> None:
    wrong = {(scheme, value) for scheme, value, valid in vectors() if fits(scheme, value) is not valid}
    assert wrong == {(Scheme.ISO6346, NO_CHECK_DIGIT)}


@pytest.mark.parametrize("scheme", Scheme)
def test_every_scheme_can_be_asked_and_refuses_nonsense(scheme: Scheme) -> None:
    for text in ("", "?", "not an identifier", "\u0663\u0663\u0663", "9" * MAX_IDENTIFIER):
        assert fits(scheme, text) is False or text == "9" * MAX_IDENTIFIER


@pytest.mark.parametrize(
    ("scheme", "text"),
    [
        (Scheme.LUHN, "4111 1111 1111 1111"),
        (Scheme.IBAN, "GB82 WEST 1234 5698 7654 32"),
        (Scheme.IBAN, "MA64 0115 1900 0001 2050 0053 4921"),
        (Scheme.EAN, "4006381333931"),
        (Scheme.ISBN, "978-0-306-40615-7"),
        (Scheme.ISSN, "0378-5955"),
        (Scheme.ISIN, "US0378331005"),
        (Scheme.LEI, "213800KUD8LAJWSQ9D15"),
        (Scheme.VERHOEFF, "2363"),
        (Scheme.DAMM, "5724"),
        (Scheme.GB_NHS, "943 476 5870"),
        (Scheme.ISO7064_MOD_97_10, "9999123456789012141490"),
        (Scheme.IMO, "IMO 9319466"),
        (Scheme.ISO11649, "RF18 5390 0754 7034"),
    ],
)
def test_one_changed_digit_breaks_an_identifier(scheme: Scheme, text: str) -> None:
    assert fits(scheme, text)
    place = max(place for place, letter in enumerate(text) if letter.isdigit())
    for digit in set("0123456789") - {text[place]}:
        assert not fits(scheme, text[:place] + digit + text[place + 1 :])


def test_an_endless_text_is_never_an_identifier() -> None:
    assert not fits(Scheme.LUHN, "0" * (MAX_IDENTIFIER + 1))
