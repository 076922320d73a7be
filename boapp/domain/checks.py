"""What is wrong or unlikely about a value, told while it is keyed and again before the seal.

An *error* cannot be true and blocks; a *warning* is unlikely, and passes once its keyer has compared it
with the image. For one value, in this order:
1. illegible: nothing is found. Blank or not on the form: only `required`, a warning, since the paper
   itself may be blank.
2. a text with uncertain characters: nothing more is found.
3. the type: the field says whether a text that is no such thing is an error or a warning. The checks
   after it that need the number or the date are then silent.
4. the form's own checks, in the order written, each an error if it `stops` and a warning if it `warns`.
For a pass: every field asked has an answer, a row count is there and within the group's bounds, and no
answer stands at an address that the form does not have. Then each value, in form order.
"""

import enum
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final, assert_never

from boapp.domain.amounts import Numbers, integer_form
from boapp.domain.fields import (
    Check,
    CheckDigitCheck,
    Effect,
    LengthCheck,
    MaskCheck,
    RangeCheck,
)
from boapp.domain.forms import Field, Form, Group
from boapp.domain.identifiers import fits
from boapp.domain.masks import fits_mask
from boapp.domain.order import in_order
from boapp.domain.passes import Asked
from boapp.domain.values import Address, State, Value, canonical


class Severity(enum.StrEnum):
    """What a finding means for the keyer."""

    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing found.

    code: a word that the screens and `sentences` put into a language. limits: what the form wrote, as
    the sentence needs it (the bounds, the masks, the scheme); never a keyed value.
    """

    severity: Severity
    code: str
    address: Address
    limits: tuple[str, ...] = ()


_SEVERITY: Final[Mapping[Effect, Severity]] = {"stops": Severity.ERROR, "warns": Severity.WARNING}
_Found = tuple[str, tuple[str, ...]]


def check(field: Field, value: Value, row: int = 0) -> tuple[Finding, ...]:
    """Find what is wrong or unlikely about one value."""
    address = Address(field.key, row)
    if value.state is State.BLANK or value.state is State.NOT_ON_FORM:
        return (Finding(Severity.WARNING, "required", address),) if field.required else ()
    if value.state is State.ILLEGIBLE or value.uncertain:
        return ()
    return tuple(_check_text(field, value.text, address))


def _check_text(field: Field, text: str, address: Address) -> Iterator[Finding]:
    problem = canonical(field, text).problem
    if problem is not None:
        yield Finding(Severity(field.unparsed), problem, address)
    for rule in field.checks:
        found = _broken(field, rule, text)
        if found is not None:
            yield Finding(_SEVERITY[rule.effect], found[0], address, found[1])


def _broken(field: Field, rule: Check, text: str) -> _Found | None:
    """Give the code and limits of a check that the text breaks."""
    match rule:
        case LengthCheck():
            kept = rule.min <= len(text.strip()) <= rule.max
            return None if kept else ("length", (str(rule.min), str(rule.max)))
        case RangeCheck():
            kept = _in_range(field, rule, text)
            return None if kept else ("range", (rule.min or "", rule.max or ""))
        case MaskCheck():
            kept = any(fits_mask(mask, text.strip()) for mask in rule.masks)
            return None if kept else ("mask", rule.masks)
        case CheckDigitCheck():
            return None if fits(rule.scheme, text.strip()) else ("check-digit", (rule.scheme,))
        case _:
            assert_never(rule)


def _in_range(field: Field, rule: RangeCheck, text: str) -> bool:
    """Tell whether the value lies within; a text that its type cannot read is the type's finding."""
    place = in_order(field, text)
    if place is None:
        return True
    low, high = (None if end is None else in_order(field, end) for end in (rule.min, rule.max))
    return not (low is not None and place < low) and not (high is not None and place > high)


def check_pass(form: Form, values: Mapping[Address, Value], which: Asked) -> tuple[Finding, ...]:
    """Find what is wrong or unlikely about a whole pass, before its seal."""
    return tuple(_check_pass(form, values, which))


def _check_pass(form: Form, values: Mapping[Address, Value], which: Asked) -> Iterator[Finding]:
    asked = form.asked(which)
    rows = {group.key: _rows(group, values) for group in form.groups if form.asks(group.key, which)}
    for key, count in rows.items():
        yield from _check_row_count(form.group(key), Address(key, 0), count)
    places = {Address(field.key, 0) for field in asked if field.group is None}
    places |= {Address(key, 0) for key in rows}
    for field in asked:
        for row in _rows_of(field, rows):
            address = Address(field.key, row)
            places.add(address)
            value = values.get(address)
            yield from (check(field, value, row) if value else (Finding(Severity.ERROR, "missing", address),))
    yield from (Finding(Severity.ERROR, "not-asked", address) for address in values if address not in places)


def _rows_of(field: Field, rows: Mapping[str, int | None]) -> range:
    if field.group is None:
        return range(1)
    return range(1, (rows[field.group] or 0) + 1)


def _rows(group: Group, values: Mapping[Address, Value]) -> int | None:
    """Give the keyed row count; None when there is none, or none that can be read."""
    value = values.get(Address(group.key, 0))
    if value is None or value.state is not State.KEYED:
        return None
    form, problem = integer_form(Numbers(), value.text)
    return None if problem or int(form) < 0 else min(int(form), group.max_rows + 1)


def _check_row_count(group: Group, address: Address, count: int | None) -> Iterator[Finding]:
    if count is None:
        yield Finding(Severity.ERROR, "row-count", address)
    elif not group.min_rows <= count <= group.max_rows:
        yield Finding(Severity.ERROR, "rows", address, (str(group.min_rows), str(group.max_rows)))
