"""Identifiers that prove themselves: the closed list of schemes a form can name, and their test.

The arithmetic is python-stdnum's. A form names a scheme; which module that means is written here and
nowhere else, so no word of a form ever becomes the name of something to import. A scheme's module is
loaded when it is first used, with the tables of prefixes that python-stdnum ships.
"""

import enum
import importlib
import re
from collections.abc import Callable
from functools import cache
from typing import Final, cast


class Scheme(enum.StrEnum):
    """The identifiers that can be checked, by the name a form gives them."""

    ABA = "aba"
    BIC = "bic"
    CUSIP = "cusip"
    DAMM = "damm"
    EAN = "ean"
    EU_VAT = "eu-vat"
    GB_NHS = "gb-nhs"
    GB_VAT = "gb-vat"
    IBAN = "iban"
    IMEI = "imei"
    IMO = "imo"
    ISBN = "isbn"
    ISIN = "isin"
    ISMN = "ismn"
    ISNI = "isni"
    ISO6346 = "iso6346"
    ISO7064_MOD_11_2 = "iso7064-mod11-2"
    ISO7064_MOD_11_10 = "iso7064-mod11-10"
    ISO7064_MOD_37_2 = "iso7064-mod37-2"
    ISO7064_MOD_37_36 = "iso7064-mod37-36"
    ISO7064_MOD_97_10 = "iso7064-mod97-10"
    ISO11649 = "iso11649"
    ISSN = "issn"
    LEI = "lei"
    LUHN = "luhn"
    MY_NRIC = "my-nric"
    VERHOEFF = "verhoeff"


_MODULES: Final = {
    Scheme.ABA: "us.rtn",
    Scheme.BIC: "bic",
    Scheme.CUSIP: "cusip",
    Scheme.DAMM: "damm",
    Scheme.EAN: "ean",
    Scheme.EU_VAT: "eu.vat",
    Scheme.GB_NHS: "gb.nhs",
    Scheme.GB_VAT: "gb.vat",
    Scheme.IBAN: "iban",
    Scheme.IMEI: "imei",
    Scheme.IMO: "imo",
    Scheme.ISBN: "isbn",
    Scheme.ISIN: "isin",
    Scheme.ISMN: "ismn",
    Scheme.ISNI: "isni",
    Scheme.ISO6346: "iso6346",
    Scheme.ISO7064_MOD_11_2: "iso7064.mod_11_2",
    Scheme.ISO7064_MOD_11_10: "iso7064.mod_11_10",
    Scheme.ISO7064_MOD_37_2: "iso7064.mod_37_2",
    Scheme.ISO7064_MOD_37_36: "iso7064.mod_37_36",
    Scheme.ISO7064_MOD_97_10: "iso7064.mod_97_10",
    Scheme.ISO11649: "iso11649",
    Scheme.ISSN: "issn",
    Scheme.LEI: "lei",
    Scheme.LUHN: "luhn",
    Scheme.MY_NRIC: "my.nric",
    Scheme.VERHOEFF: "verhoeff",
}
_BARE: Final = frozenset({Scheme.LUHN, Scheme.DAMM, Scheme.VERHOEFF})
"""Pure arithmetic on digits, which knows no separators of its own."""
_SEPARATORS: Final = re.compile("[ -]")
_UNREGISTERED_IBAN: Final = re.compile(
    "(?:AO|BF|BJ|CF|CG|CI|CM|CV|DZ|GA|GQ|GW|HN|IR|KM|MA|MG|ML|MZ|NE|SN|TD|TG)[0-9]{2}[A-Z0-9]{11,30}"
)
"""Countries that print account numbers in this shape without standing in the registry: only their check
digits are tested, because a right number must never be called an error."""
MAX_IDENTIFIER: Final = 100
"""Characters; the longest scheme has far fewer, and the arithmetic grows with the text."""


def fits(scheme: Scheme, text: str) -> bool:
    """Tell whether the text is a whole, right identifier of the scheme; its usual separators may stand."""
    if len(text) > MAX_IDENTIFIER or not text.isascii():
        return False
    bare = _SEPARATORS.sub("", text).upper()
    if scheme is Scheme.IBAN and _UNREGISTERED_IBAN.fullmatch(bare):
        return _is_valid(Scheme.ISO7064_MOD_97_10)(bare[4:] + bare[:4])
    return _is_valid(scheme)(bare if scheme in _BARE else text)


@cache
def _is_valid(scheme: Scheme) -> Callable[[str], bool]:
    module = importlib.import_module(f"stdnum.{_MODULES[scheme]}")
    return cast("Callable[[str], bool]", module.is_valid)
