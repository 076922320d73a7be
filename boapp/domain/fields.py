"""What a form says about one field: its type, its policy, how it is compared and what is checked.

Here are the words of a form file, one struct per table, with their bounds. What they mean together
(a group that exists, a range that parses) is decided in `forms`; what they do to a keyed text is in
`values`, `texts`, `dates`, `amounts` and `checks`.

Every struct is frozen and refuses a word it does not know. Nothing in a form can run: a mask is a
row of places, never a regular expression, and a check digit is a name from a closed list.
"""

import enum
from collections.abc import Mapping
from functools import cached_property
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from boapp.domain.amounts import Numbers
from boapp.domain.dates import Dates
from boapp.domain.identifiers import Scheme
from boapp.domain.texts import Compare, plain

MAX_TEXT = 4_000
"""Characters one keyed value may have."""
MAX_CHOICES = 5_000
MAX_ROWS = 2_000

KEY = r"^[a-z][a-z0-9_]{0,39}$"
Key = Annotated[str, Meta(pattern=KEY)]
Label = Annotated[str, Meta(min_length=1, max_length=200)]
Length = Annotated[int, Meta(ge=0, le=MAX_TEXT)]
Rows = Annotated[int, Meta(ge=0, le=MAX_ROWS)]
Fraction = Annotated[float, Meta(ge=0, le=1)]
Short = Annotated[str, Meta(min_length=1, max_length=80)]

Effect = Literal["stops", "warns"]
"""A check that *stops* finds an error, which cannot be true; one that *warns* finds the unlikely."""


class FieldType(enum.StrEnum):
    """What kind of thing is printed in the field."""

    TEXT = "text"
    INTEGER = "integer"
    DECIMAL = "decimal"
    MONEY = "money"
    DATE = "date"
    TIME = "time"
    CHOICE = "choice"
    YES_NO = "yes-no"


class Policy(enum.StrEnum):
    """How a field is verified. SIGHT and SAMPLE are words of the trade that no form may use yet."""

    DOUBLE = "double"
    SIGHT = "sight"
    SAMPLE = "sample"
    NONE = "none"


class Zone(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Where the field is on the page: page from 1; left, top, width, height as parts of the page."""

    page: Annotated[int, Meta(ge=1, le=9_999)]
    x: Fraction
    y: Fraction
    w: Fraction
    h: Fraction


class Choice(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One entry of a code list: keyed by its code or its label."""

    code: Short
    label: Label


class LengthCheck(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag_field="check", tag="length"):
    """The keyed text has from `min` to `max` characters."""

    min: Length = 0
    max: Length = MAX_TEXT
    effect: Effect = "stops"


class RangeCheck(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag_field="check", tag="range"):
    """The number, date or time lies from `min` to `max`, both written as the field is keyed."""

    min: Short | None = None
    max: Short | None = None
    effect: Effect = "stops"


class MaskCheck(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag_field="check", tag="mask"):
    r"""The text fits one mask: `A` a letter, `9` a digit, `?` either, else itself; see `masks`."""

    masks: Annotated[tuple[Short, ...], Meta(min_length=1, max_length=50)]
    effect: Effect = "stops"


class CheckDigitCheck(
    msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag_field="check", tag="check-digit"
):
    """The identifier's own check digit or structure holds."""

    scheme: Scheme
    effect: Effect = "stops"


Check = LengthCheck | RangeCheck | MaskCheck | CheckDigitCheck


def code_word(text: str) -> str:
    """Fold what a keyer types for an entry of a list: case and blanks do not count."""
    return plain(text).casefold()


class Field(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True, dict=True):
    """One field of a form.

    required: blank is then a warning, not an error, since the paper itself may be blank.
    unparsed: what a text gets that is no date, number or choice; either way it compares as text.
    """

    key: Key
    label: Label
    type: FieldType
    policy: Policy
    group: Key | None = None
    required: bool = False
    help: Annotated[str, Meta(max_length=2_000)] = ""
    zone: Zone | None = None
    unparsed: Literal["error", "warning"] = "error"
    compare: Compare = Compare()
    dates: Dates = Dates()
    numbers: Numbers = Numbers()
    choices: Annotated[tuple[Choice, ...], Meta(max_length=MAX_CHOICES)] = ()
    checks: Annotated[tuple[Check, ...], Meta(max_length=20)] = ()

    @cached_property
    def codes(self) -> Mapping[str, str]:
        """What a keyer may type for each code: the code or its label; a code wins over a label."""
        labels = {code_word(entry.label): entry.code for entry in self.choices}
        return labels | {code_word(entry.code): entry.code for entry in self.choices}


class Group(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Fields that repeat together, row after row."""

    key: Key
    label: Label
    min_rows: Rows = 0
    max_rows: Rows = MAX_ROWS
