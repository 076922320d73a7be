"""Why two keyers differ: a suggestion from the two readings, which a person confirms or changes.

The first rule that fits speaks. It never matters which reading is named first.
1. a mark against anything: illegible or uncertain is source-illegible; not-on-form is rule-unclear; blank
   against a text is missed-field.
2. the field's own rules call them equal: format-only.
3. numbers: equal without the sign is sign; equal but for the place of the decimal mark is decimal.
4. dates: equal with day and month exchanged is date-order.
5. the same letters and digits, other marks or blanks: decimal if both are numbers, else format-only.
6. the keys, on the texts and then on the canonical forms:
   two neighbours exchanged is transposition; one character more is doubled-character when it repeats its
   neighbour, else missing-character; characters replaced one for one are look-alike when each pair is
   easily misread (1/7, 0/O, 5/S), else adjacent-key when each pair lies side by side on the keyboard or
   the number pad; m for rn, d for cl, w for vv are look-alike too.
7. words that are mostly the same are spelling.
8. else unknown.
What lies in a neighbouring field or row (other-field, row-slip) is seen in `comparison`, which has both
passes; wrong-document is never suggested from one field.
"""

import enum
import re
from typing import Final

from rapidfuzz.distance import Levenshtein, Postfix, Prefix

from boapp.domain.amounts import number_form
from boapp.domain.fields import Field, FieldType
from boapp.domain.keyboard import ALIKE, SIDE_BY_SIDE, look_alike_form
from boapp.domain.texts import plain
from boapp.domain.values import Canonical, State, Value, canonical

_NUMERIC: Final = frozenset({FieldType.INTEGER, FieldType.DECIMAL, FieldType.MONEY})
_MARKS: Final = re.compile(r"[\W_]+")
_MOSTLY: Final = 0.7
"""The part of two words' characters that must be the same for a slip of spelling."""


class Cause(enum.StrEnum):
    """Why two readings differ."""

    ADJACENT_KEY = "adjacent-key"
    TRANSPOSITION = "transposition"
    DOUBLED_CHARACTER = "doubled-character"
    MISSING_CHARACTER = "missing-character"
    DECIMAL = "decimal"
    SIGN = "sign"
    DATE_ORDER = "date-order"
    LOOK_ALIKE = "look-alike"
    MISSED_FIELD = "missed-field"
    ROW_SLIP = "row-slip"
    OTHER_FIELD = "other-field"
    WRONG_DOCUMENT = "wrong-document"
    SPELLING = "spelling"
    FORMAT_ONLY = "format-only"
    RULE_UNCLEAR = "rule-unclear"
    SOURCE_ILLEGIBLE = "source-illegible"
    UNKNOWN = "unknown"


def suggest(field: Field, first: Value, second: Value) -> Cause:
    """Suggest why two readings of a field differ; the same whichever is named first."""
    states = {first.state, second.state}
    if State.ILLEGIBLE in states or first.uncertain or second.uncertain:
        return Cause.SOURCE_ILLEGIBLE
    if State.NOT_ON_FORM in states:
        return Cause.RULE_UNCLEAR
    if State.BLANK in states:
        return Cause.MISSED_FIELD
    return of_texts(
        field, first.text, second.text, canonical(field, first.text), canonical(field, second.text)
    )


def of_texts(field: Field, first: str, second: str, as_first: Canonical, as_second: Canonical) -> Cause:
    """Suggest why two keyed texts differ, given their canonical forms."""
    if as_first.same(as_second):
        return Cause.FORMAT_ONLY
    if as_first.problem is None and as_second.problem is None:
        cause = _of_type(field, as_first.form, as_second.form)
        if cause is not Cause.UNKNOWN:
            return cause
    if field.type is FieldType.TEXT:
        return _of_keys(field, as_first.form, as_second.form)
    cause = _of_keys(field, plain(first).casefold(), plain(second).casefold())
    return cause if cause is not Cause.UNKNOWN else _of_keys(field, as_first.form, as_second.form)


def _of_type(field: Field, first: str, second: str) -> Cause:
    if field.type in _NUMERIC:
        return _of_numbers(first, second)
    if field.type is FieldType.DATE and first[:4] == second[:4]:
        month, day = first[5:].split("-")
        return Cause.DATE_ORDER if second[5:] == f"{day}-{month}" else Cause.UNKNOWN
    return Cause.UNKNOWN


def _of_numbers(first: str, second: str) -> Cause:
    if first.lstrip("-") == second.lstrip("-"):
        return Cause.SIGN
    if first.startswith("-") == second.startswith("-") and _digits(first) == _digits(second):
        return Cause.DECIMAL
    return Cause.UNKNOWN


def _digits(number: str) -> str:
    """Keep the digits that count: two numbers share them when one is the other times a power of ten."""
    return number.lstrip("-").replace(".", "").strip("0")


def _of_keys(field: Field, first: str, second: str) -> Cause:
    head = Prefix.similarity(first, second)
    tail = Postfix.similarity(first[head:], second[head:])
    one, other = first[head : len(first) - tail], second[head : len(second) - tail]
    if not (one + other).isalnum() and _MARKS.sub("", one) == _MARKS.sub("", other):
        return _of_marks(field, first, second)
    if len(one) == 2 and one == other[::-1]:
        return Cause.TRANSPOSITION
    if len(one) + len(other) == 1:
        repeats = first[head - 1 : head] == one + other
        return Cause.DOUBLED_CHARACTER if repeats else Cause.MISSING_CHARACTER
    return _of_replaced(one, other) or _of_words(first, second)


def _of_marks(field: Field, first: str, second: str) -> Cause:
    """Tell a decimal slip from other marks, which are a matter of format."""
    numbers = number_form(field.numbers, first)[1] is None and number_form(field.numbers, second)[1] is None
    return Cause.DECIMAL if numbers else Cause.FORMAT_ONLY


def _of_replaced(one: str, other: str) -> Cause | None:
    """Look at two stretches of the same length, of which each character was keyed for another."""
    if len(one) != len(other):
        return None
    pairs = [a + b for a, b in zip(one, other, strict=True) if a != b]
    if len(pairs) > 1 and Levenshtein.distance(one, other) < len(pairs):
        return None
    if ALIKE.issuperset(pairs):
        return Cause.LOOK_ALIKE
    return Cause.ADJACENT_KEY if len(pairs) <= 2 and SIDE_BY_SIDE.issuperset(pairs) else None


def _of_words(first: str, second: str) -> Cause:
    if look_alike_form(first) == look_alike_form(second):
        return Cause.LOOK_ALIKE
    if Levenshtein.normalized_similarity(first, second) < _MOSTLY:
        return Cause.UNKNOWN
    letters = any(map(str.isalpha, first)) and any(map(str.isalpha, second))
    return Cause.SPELLING if letters else Cause.UNKNOWN
