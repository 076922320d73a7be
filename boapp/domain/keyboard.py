"""Keys that lie side by side, and characters that are taken for one another.

The keys are those of a QWERTY keyboard with a number pad; two keys are side by side when a finger that
slips one key lands there, along a row or to the next row. The look-alikes are those of print and of
handwriting, in either case of a letter. Everything here is symmetric.
"""

from itertools import combinations, pairwise
from typing import Final

_ROWS: Final = ("1234567890-=", "qwertyuiop[]", "asdfghjkl;'", "zxcvbnm,./")
"""Each row lies half a key to the right of the one above it."""
_PAD: Final = ("789", "456", "123", "00.")

_LOOK_ALIKE: Final = (
    "17", "1l", "1i", "il", "0o", "0d", "0q", "0c", "oq", "5s", "8b", "2z", "6g", "9g", "9q",
    "38", "49", "06", "35", "uv", "vy", "ce", "ao", "hn", "hb", "ft", "ij", "lt", "nu", "mn",
)  # fmt: skip
_LOOK_ALIKE_GROUPS: Final = (("rn", "m"), ("cl", "d"), ("vv", "w"))


def _keyboard() -> set[tuple[str, str]]:
    pairs = {pair for row in _ROWS for pair in pairwise(row)}
    for upper, lower in pairwise(_ROWS):
        pairs |= set(zip(upper, lower, strict=False)) | set(zip(upper[1:], lower, strict=False))
    return pairs


def _number_pad() -> set[tuple[str, str]]:
    keys = [(key, x, y) for y, row in enumerate(_PAD) for x, key in enumerate(row)]
    return {
        (one, other)
        for (one, x, y), (other, u, v) in combinations(keys, 2)
        if abs(x - u) + abs(y - v) == 1 and one != other
    }


def _both_ways(pairs: set[tuple[str, str]]) -> frozenset[str]:
    return frozenset(one + other for a, b in pairs for one, other in ((a, b), (b, a)))


SIDE_BY_SIDE: Final = _both_ways(_keyboard() | _number_pad())
"""Two small characters on neighbouring keys, written together."""
ALIKE: Final = _both_ways({(pair[0], pair[1]) for pair in _LOOK_ALIKE})
"""Two small characters that are easily taken for one another, written together."""


def look_alike_form(text: str) -> str:
    """Write groups of letters that look like one letter as that letter: rn is m, cl is d, vv is w."""
    for group, letter in _LOOK_ALIKE_GROUPS:
        text = text.replace(group, letter)
    return text
