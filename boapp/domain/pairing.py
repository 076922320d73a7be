"""Which value of one pass stands beside which value of the other, and which need a second look.

Values that do not repeat stand beside each other by their field. Rows of a group are tried straight,
first beside first; when the counts differ, or the straight way is dear, they are aligned (`alignment`).

Here is also the step that makes comparing cheap: a place where both texts are the very same, keyed and
certain has agreed, and only the others are looked at again.
"""

from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from operator import itemgetter
from typing import NamedTuple

from boapp.domain.alignment import GAP, Pair, Row, align, pair_cost
from boapp.domain.amounts import Numbers, integer_form
from boapp.domain.fields import MAX_ROWS, Field, Group
from boapp.domain.forms import Form
from boapp.domain.values import Address, State, Value, canonical
from boapp.errors import BadInput

Pass = Mapping[Address, Value]
Place = tuple[Address, Address]
"""The address of a value in the first pass and in the second."""


class Paired(NamedTuple):
    """Two rows side by side, and the places in them that need a second look."""

    pair: Pair
    rest: Sequence[Place]


@lru_cache(maxsize=1024)
def cells(keys: tuple[str, ...], row: int) -> tuple[Address, ...]:
    """Give the addresses of one row's cells."""
    return tuple(Address(key, row) for key in keys)


def unequal(first: Pass, second: Pass, places: Sequence[Address]) -> Sequence[Address]:
    """List the places that do not hold the very same text in both passes, keyed and certain.

    All of them when one is absent from a pass: that is rare, and then each is looked at closely.
    """
    try:
        return [
            at
            for at in places
            if (one := first[at]).text != (other := second[at]).text
            or not one.text
            or one.uncertain
            or other.uncertain
        ]
    except KeyError:
        return places


def row_count(form: Form, group: Group, values: Pass) -> int:
    """Give how many rows a pass has: its row count, or its last row with a value if that is further down.

    Raises BadInput beyond 2,000 rows.
    """
    keyed = values.get(Address(group.key, 0))
    count = 0
    if keyed is not None and keyed.state is State.KEYED:
        form_of_count, problem = integer_form(Numbers(), keyed.text)
        count = 0 if problem else int(form_of_count)
    last = max(map(itemgetter(1), values), default=0)
    if last > count:
        keys = set(form.double_in(group.key))
        count = max(count, max((row for key, row in values if key in keys), default=0))
    if count > MAX_ROWS:
        raise BadInput(f"Group '{group.key}' has more than 2,000 rows.", "Split the document at intake.")
    return count


def paired_rows(form: Form, group: Group, first: Pass, second: Pass, counts: tuple[int, int]) -> list[Paired]:
    """Lay the rows of a group side by side, in order."""
    keys = form.double_in(group.key)
    if counts[0] == counts[1]:
        rests = [unequal(first, second, cells(keys, row)) for row in range(1, counts[0] + 1)]
        rows = [row for row, rest in enumerate(rests, start=1) if rest]
        if _straight_is_cheapest(form, keys, first, second, rows):
            return [Paired(Pair(row, row), [(at, at) for at in rest]) for row, rest in enumerate(rests, 1)]
    aligned = align(_rows(form, keys, first, counts[0]), _rows(form, keys, second, counts[1]))
    return [Paired(pair, _places(keys, pair)) for pair in aligned]


def _places(keys: tuple[str, ...], pair: Pair) -> list[Place]:
    if pair.first is None or pair.second is None:
        return []
    return list(zip(cells(keys, pair.first), cells(keys, pair.second), strict=True))


def _straight_is_cheapest(
    form: Form, keys: tuple[str, ...], first: Pass, second: Pass, rows: Iterable[int]
) -> bool:
    """Tell whether the straight way costs no more than two rows without partners, the least of any other."""
    cost = 0
    for row in rows:
        cost += pair_cost(_row(form, keys, first, row), _row(form, keys, second, row))
        if cost > 2 * GAP:
            return False
    return True


def _rows(form: Form, keys: tuple[str, ...], values: Pass, count: int) -> list[Row]:
    return [_row(form, keys, values, row) for row in range(1, count + 1)]


def _row(form: Form, keys: tuple[str, ...], values: Pass, row: int) -> Row:
    return tuple(_cell(form.field(at.field), values.get(at)) for at in cells(keys, row))


def _cell(field: Field, value: Value | None) -> str:
    """Write a cell so that two are equal just when they agree; blank and absent are the empty text."""
    if value is None or value.state is State.BLANK:
        return ""
    if value.state is not State.KEYED:
        return f"-{value.state}"
    read = canonical(field, value.text)
    return f"?{read.form}" if read.problem else f"={read.form}"
