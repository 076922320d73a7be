"""When two texts say the same.

The canonical form of a text is made in this order:
1. always: full-width and half-width forms become the usual ones, letters are composed (Unicode NFC), and
   marks that nobody can see or key (soft hyphen, zero-width blank) are dropped. ² stays apart from 2.
2. `accents = "ignore"`: accents on letters (U+0300 to U+036F) are dropped. The vowel signs of other
   scripts are letters and stay.
3. `case = "ignore"`: capitals become small letters (Unicode case folding).
4. `punctuation = "ignore"`: the punctuation between words, `,` `.` `;` `:`, counts as a blank, except
   - a mark directly between two digits (1,007.50 · 12:30 · 39,47400), and
   - a point directly before a digit and not directly after a letter: a decimal point ($.50).
   So "9/1,D'SARA", "9/1, D'SARA" and "9/1 D'SARA" are equal, "NO.2" equals "NO 2", and "12.50" differs
   from "12,50", "12 50" and "1250". Every other mark counts as printed: 3/2, 2&4, D'SARA, (KL), 1-0-2.
   Curly quotes and long dashes are the plain ones. A blank is never dropped, so no two words join: "P.T."
   equals "P T" but not "PT". Needs rule 5, because a blank has taken the place of a mark.
5. `spaces = "ignore"`: blanks at the ends are dropped; blanks in a row, of every kind, are one.

No rule drops or changes a digit, and none puts two digits side by side that were apart. A text that
would vanish (only stops) stands for itself. Making the form of a form changes nothing.
"""

import re
import unicodedata
from typing import Final, Literal

import msgspec

Rule = Literal["ignore", "exact"]


class Compare(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What does not count when two texts are compared."""

    case: Rule = "exact"
    spaces: Rule = "ignore"
    punctuation: Rule = "exact"
    accents: Rule = "exact"


_STOP_BETWEEN_WORDS: Final = re.compile(
    r"""[,;:] (?: (?!\d)               # not before a digit
               | (?<! \d [,;:] ) )    # nor after one: otherwise it stands between two digits
      | \.    (?: (?!\d)               # no digit follows the point
               | (?<= [^\W\d_] \. ) ) # or a letter goes before it: NO.2
    """,
    re.VERBOSE,
)
_ACCENTS: Final = re.compile("[\u0300-\u036f]+")
_TYPOGRAPHIC: Final = str.maketrans(
    {"‘": "'", "’": "'", "ʼ": "'", "“": '"', "”": '"', "‐": "-", "‑": "-", "–": "-", "—": "-", "−": "-"}  # noqa: RUF001 - the marks a printer uses
)


def _widths() -> dict[int, str]:
    folded = {}
    for code in (0x3000, *range(0xFF01, 0xFFEF)):
        kind, _, rest = unicodedata.decomposition(chr(code)).partition(" ")
        if kind in {"<wide>", "<narrow>"}:
            folded[code] = chr(int(rest, 16))
    return folded


_INVISIBLE: Final = dict.fromkeys((0xAD, 0x200B, 0x2060, 0xFEFF))
_ALWAYS: Final[dict[int, str | None]] = {**_widths(), **_INVISIBLE}


def text_form(rules: Compare, text: str) -> str:
    """Give the canonical form of a text under a field's rules."""
    if text.isascii():
        form = text.lower() if rules.case == "ignore" else text
    else:
        form = _beyond_ascii(rules, text)
    if rules.punctuation == "ignore" and ("," in form or "." in form or ":" in form or ";" in form):
        form = _STOP_BETWEEN_WORDS.sub(" ", form)
    if rules.spaces == "ignore":
        form = " ".join(form.split())
    return form or text


def _beyond_ascii(rules: Compare, text: str) -> str:
    """Fold what plain letters and digits do not have: widths, accents, other scripts' cases, curly quotes."""
    form = _folded(text)
    if rules.accents == "ignore":
        form = _composed(_ACCENTS.sub("", unicodedata.normalize("NFD", form)))
    if rules.case == "ignore":
        form = _composed(unicodedata.normalize("NFD", form).casefold())
    return form.translate(_TYPOGRAPHIC) if rules.punctuation == "ignore" else form


def plain(text: str) -> str:
    """Give the text on one line with the usual widths and single blanks, for the grammars of other types."""
    return " ".join((text if text.isascii() else _folded(text)).split())


def _folded(text: str) -> str:
    return _composed(text.translate(_ALWAYS))


def _composed(text: str) -> str:
    return unicodedata.normalize("NFC", text)
