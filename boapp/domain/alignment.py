"""Which row of one pass is which row of the other.

A row that one keyer missed must be one discrepancy, not one for every cell below it. So the rows are laid
side by side at the least cost, in order:
- a pair costs the part of its filled cells that differ, from 0 to 1. One agreeing cell is given in
  advance, because rows at the same place are rarely strangers: in a list of one column a wrong value
  stays a wrong value.
- a row without a partner costs GAP, a little over a quarter. So two rows that differ in more than about
  half of their cells are two rows, each missed by one keyer. Over the register pages of several keyers
  that this was set by, that tells two keyings of one row from two neighbouring rows 99 times in 100.

The answer is the same whichever pass is named first. When two ways cost the same, a pair is made rather
than not; of two rows without partners, the one whose cells sort first comes first.

The search starts on the straight line and widens a band around it until no way outside can be cheaper,
so equal passes cost next to nothing. At WORK pairs looked at it ends, and the best way so far stands.
"""

from collections.abc import Sequence
from operator import eq
from typing import Final, NamedTuple

from boapp.domain.fields import MAX_ROWS
from boapp.errors import BadInput

UNIT: Final = 1_000
GAP: Final = 270
WORK: Final = 1_000_000

_FAR: Final = 10**9
_STOP, _BOTH, _FIRST, _SECOND = range(4)

Row = tuple[str, ...]
"""The canonical cells of a row in form order; an empty text is a blank cell."""


class Pair(NamedTuple):
    """One place in the aligned rows: row numbers from 1, None where that pass has no such row."""

    first: int | None
    second: int | None


def align(first: Sequence[Row], second: Sequence[Row]) -> list[Pair]:
    """Lay the rows of two passes side by side. Raises BadInput beyond 2,000 rows."""
    if max(len(first), len(second)) > MAX_ROWS:
        raise BadInput("A page has more than 2,000 rows.", "Split the document at intake.")
    head = _equal_rows(first, second)
    tail = _equal_rows(first[head:][::-1], second[head:][::-1])
    ends = len(first) - tail, len(second) - tail
    middle = _Band(first[head : ends[0]], second[head : ends[1]]).pairs()
    return [
        *(Pair(row, row) for row in range(1, head + 1)),
        *(Pair(one and one + head, other and other + head) for one, other in middle),
        *(Pair(ends[0] + row, ends[1] + row) for row in range(1, tail + 1)),
    ]


def pair_cost(first: Row, second: Row) -> int:
    """Give the cost of taking two rows for one, in thousandths: 0 when they are equal, never 1,000."""
    filled = sum(1 for one, other in zip(first, second, strict=True) if one or other)
    return _cost(len(first) - sum(map(eq, first, second)), filled)


def _cost(differing: int, filled: int) -> int:
    return differing * UNIT // (filled + 1)


def _equal_rows(first: Sequence[Row], second: Sequence[Row]) -> int:
    pairs = zip(first, second, strict=False)
    return next(
        (count for count, (one, other) in enumerate(pairs) if one != other), min(len(first), len(second))
    )


class _Band:
    """The search for the cheapest way through the grid of one pass's rows against the other's."""

    def __init__(self, first: Sequence[Row], second: Sequence[Row]) -> None:
        self.first, self.second = first, second
        self.blanks_first, self.blanks_second = list(map(_blanks, first)), list(map(_blanks, second))
        self.extra = abs(len(first) - len(second))

    def pairs(self) -> list[Pair]:
        """Widen the band until its way is the cheapest of all, or the work is done."""
        width, full = 0, min(len(self.first), len(self.second))
        cost, moves = self._search(width)
        while cost > (self.extra + 2 * (width + 1)) * GAP and width < full:
            width = width * 2 or 1
            if len(self.first) * (self.extra + 2 * width + 1) > WORK:
                break
            cost, moves = self._search(width)
        return _walk(moves)

    def _search(self, width: int) -> tuple[int, list[bytearray]]:
        """Fill the band row by row; return the cost of its best way and, for each place, its last move."""
        columns, slope = len(self.second), len(self.second) - len(self.first)
        low, high = min(0, slope) - width, max(0, slope) + width
        above = [_FAR] * (columns + 1)
        moves = []
        for row in range(len(self.first) + 1):
            here, made = [_FAR] * (columns + 1), bytearray(columns + 1)
            for column in range(max(0, row + low), min(columns, row + high) + 1):
                here[column], made[column] = self._step(row, column, above, here)
            moves.append(made)
            above = here
        return above[columns], moves

    def _step(self, row: int, column: int, above: list[int], here: list[int]) -> tuple[int, int]:
        if not row and not column:
            return 0, _STOP
        alone_first = above[column] + GAP
        alone_second = here[column - 1] + GAP if column else _FAR
        if row and column and (both := above[column - 1]) <= min(alone_first, alone_second):
            both += self._pair_cost(row - 1, column - 1)
            if both <= min(alone_first, alone_second):
                return both, _BOTH
        if alone_first == alone_second:
            later = _FIRST if self.first[row - 1] > self.second[column - 1] else _SECOND
            return alone_first, later
        return min((alone_first, _FIRST), (alone_second, _SECOND))

    def _pair_cost(self, row: int, column: int) -> int:
        one, other = self.first[row], self.second[column]
        filled = len(one) - (self.blanks_first[row] & self.blanks_second[column]).bit_count()
        return _cost(len(one) - sum(map(eq, one, other)), filled)


def _blanks(row: Row) -> int:
    """Give the blank cells of a row as the bits of a number."""
    return sum(1 << place for place, cell in enumerate(row) if not cell)


def _walk(moves: list[bytearray]) -> list[Pair]:
    """Read the way back from the last place to the first."""
    row, column = len(moves) - 1, len(moves[0]) - 1
    pairs = []
    while move := moves[row][column]:
        pairs.append(Pair(row if move != _SECOND else None, column if move != _FIRST else None))
        row -= move != _SECOND
        column -= move != _FIRST
    return pairs[::-1]
