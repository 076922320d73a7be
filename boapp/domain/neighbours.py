"""A value in the wrong place: the same text stands beside, above or below in the other pass.

One keyer put it one field further (other-field) or one row further (row-slip). Case does not count. Only
texts of three characters and more are looked for, because short ones meet by chance.
"""

from collections.abc import Mapping
from typing import Final

from boapp.domain.causes import Cause
from boapp.domain.forms import Form
from boapp.domain.values import Address, Value

SHORTEST: Final = 3


def slip(
    form: Form,
    first: Mapping[Address, Value],
    second: Mapping[Address, Value],
    place: tuple[Address, Address],
) -> Cause | None:
    """Suggest row-slip or other-field when either reading stands next door in the other pass."""
    one, other = first.get(place[0]), second.get(place[1])
    if _stands_in(one, second, _rows_beside(place[1])) or _stands_in(other, first, _rows_beside(place[0])):
        return Cause.ROW_SLIP
    beside = _fields_beside(form, place[0].field)
    if _stands_in(one, second, [Address(key, place[1].row) for key in beside]):
        return Cause.OTHER_FIELD
    if _stands_in(other, first, [Address(key, place[0].row) for key in beside]):
        return Cause.OTHER_FIELD
    return None


def _rows_beside(at: Address) -> list[Address]:
    return [Address(at.field, at.row - 1), Address(at.field, at.row + 1)] if at.row else []


def _fields_beside(form: Form, key: str) -> list[str]:
    keys = form.double_in(form.field(key).group)
    place = keys.index(key)
    return [*keys[max(0, place - 1) : place], *keys[place + 1 : place + 2]]


def _stands_in(value: Value | None, values: Mapping[Address, Value], addresses: list[Address]) -> bool:
    if value is None or len(value.text) < SHORTEST:
        return False
    word = value.text.casefold()
    return any(near is not None and near.text.casefold() == word for near in map(values.get, addresses))
