"""What a keyer says about one field: a text, blank, illegible, or not on this form.

The keyed text is kept for ever, as keyed. It is compared by its canonical form, which depends on the
type of the field: `texts` makes it for words, `dates` for dates and times, `amounts` for numbers, and
this module for code lists and yes or no.

A text that is nothing of its field's type has a problem, and its canonical form falls back to the one
of a plain text. A form that parsed never equals one that fell back, even when the letters are the same.
"""

import enum
from collections.abc import Iterable
from typing import Final, NamedTuple, Self, assert_never

import msgspec

from boapp.domain.amounts import integer_form, number_form
from boapp.domain.dates import date_form
from boapp.domain.fields import MAX_TEXT, Field, FieldType, code_word
from boapp.domain.texts import text_form
from boapp.domain.times import time_form

Span = tuple[int, int]


class State(enum.StrEnum):
    """What is in the field on the paper."""

    KEYED = "keyed"
    BLANK = "blank"
    ILLEGIBLE = "illegible"
    NOT_ON_FORM = "not-on-form"


class Address(NamedTuple):
    """Where a value belongs: row 0 when the field does not repeat, else 1..n as keyed.

    Each group's row count is itself a value, at (group key, 0).
    """

    field: str
    row: int = 0


class Value(msgspec.Struct, frozen=True, gc=False):
    """One value as its keyer left it.

    uncertain: [start, end) in characters of the text, in order and apart. Only a keyed value has a
    text, and it is never empty or only blanks: that is BLANK. Raises ValueError otherwise.
    """

    state: State
    text: str = ""
    uncertain: tuple[Span, ...] = ()

    def __post_init__(self) -> None:
        if self.state is not State.KEYED:
            if self.text or self.uncertain:
                raise ValueError(f"a value that is {self.state} has no text")
        elif not self.text.strip():
            raise ValueError("a keyed value has a text; nothing but blanks is BLANK")
        elif len(self.text) > MAX_TEXT:
            raise ValueError(f"a keyed value has at most {MAX_TEXT} characters")
        elif self.uncertain:
            _refuse_bad_spans(self.uncertain, len(self.text))

    @classmethod
    def keyed(cls, text: str, uncertain: Iterable[Span] = ()) -> Self:
        """Give the value of a text; spans may come in any order. Raises ValueError when it is empty."""
        return cls(State.KEYED, text, tuple(sorted(uncertain)))

    @classmethod
    def of(cls, text: str) -> "Value":
        """Give the value of what stands in a box or a cell: BLANK when there is nothing but blanks."""
        return cls(State.KEYED, text) if text.strip() else BLANK


def _refuse_bad_spans(spans: tuple[Span, ...], length: int) -> None:
    edge = 0
    for start, end in spans:
        if not edge <= start < end <= length:
            raise ValueError("uncertain spans lie inside the text, in order and apart")
        edge = end


BLANK: Final = Value(State.BLANK)
ILLEGIBLE: Final = Value(State.ILLEGIBLE)
NOT_ON_FORM: Final = Value(State.NOT_ON_FORM)


class Canonical(msgspec.Struct, frozen=True, gc=False):
    """A text as comparison sees it.

    problem: why the text is nothing of its field's type, as a code; None when it is.
    """

    form: str
    problem: str | None = None

    def same(self, other: "Canonical") -> bool:
        """Tell whether both say the same: equal forms that both parsed, or that both did not."""
        return self.form == other.form and (self.problem is None) == (other.problem is None)


_YES = frozenset({"y", "yes", "true", "1", "x"})
_NO = frozenset({"n", "no", "false", "0"})


def canonical(field: Field, text: str) -> Canonical:
    """Give the form of a keyed text that comparison works on."""
    if field.type is FieldType.TEXT:
        return Canonical(text_form(field.compare, text))
    form, problem = _typed_form(field, text)
    return Canonical(form) if problem is None else Canonical(text_form(field.compare, text), problem)


def _typed_form(field: Field, text: str) -> tuple[str, str | None]:
    match field.type:
        case FieldType.TEXT:
            found: tuple[str, str | None] = text_form(field.compare, text), None
        case FieldType.INTEGER:
            found = integer_form(field.numbers, text)
        case FieldType.DECIMAL | FieldType.MONEY:
            found = number_form(field.numbers, text)
        case FieldType.DATE:
            found = date_form(field.dates, text)
        case FieldType.TIME:
            found = time_form(text)
        case FieldType.CHOICE:
            found = _choice_form(field, text)
        case FieldType.YES_NO:
            found = _yes_no_form(text)
        case _:
            assert_never(field.type)
    return found


def _choice_form(field: Field, text: str) -> tuple[str, str | None]:
    code = field.codes.get(code_word(text))
    return (code, None) if code is not None else ("", "not-in-list")


def _yes_no_form(text: str) -> tuple[str, str | None]:
    """Read y, yes, true, 1 or x as yes; n, no, false or 0 as no; case does not count."""
    word = code_word(text)
    if word in _YES:
        return "yes", None
    return ("no", None) if word in _NO else ("", "not-yes-or-no")
