"""Two readings side by side: the places where they differ. Pure; `marked_text` draws them.

It never matters which reading is named first. A character keyed for another is DIFFERENT in both; one
that the other text lacks is DIFFERENT here and a gap as wide (MISSING) there, so that both stay in
step under each other.
"""

import enum
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from rapidfuzz.distance import Hamming, Levenshtein

Span = tuple[int, int]
GAP: Final = "\N{NO-BREAK SPACE}"
LEFT_OUT: Final = " … "
AROUND: Final = 20
"""Characters of an equal stretch that stay beside a difference when the text is very long."""
_VISIBLE: Final[dict[int, str]] = {code: chr(0x2400 + code) for code in range(32)} | {10: "⏎", 9: "⇥"}


class Mark(enum.Enum):
    """What a piece of a text is beside the other text."""

    SAME = enum.auto()
    DIFFERENT = enum.auto()
    MISSING = enum.auto()


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of one text; width is how many characters it takes, also where it has none."""

    text: str
    mark: Mark
    width: int


Pieces = tuple[Piece, ...]


def mark_differences(one: str, other: str) -> tuple[Pieces, Pieces]:
    """Return both texts in pieces; joined, the pieces give each text back."""
    if one > other:
        second, first = mark_differences(other, one)
        return first, second
    runs = list(_runs(one, other))
    return (
        _pieces(one, [(first, second, same) for first, second, same in runs]),
        _pieces(other, [(second, first, same) for first, second, same in runs]),
    )


def _runs(one: str, other: str) -> Iterator[tuple[int, int, bool]]:
    """Give stretches as (characters of one, characters of the other, whether they are the same).

    Replacing place by place is easier to see than a gap, and wins where it costs no more.
    """
    if len(one) == len(other) and Hamming.distance(one, other) == Levenshtein.distance(one, other):
        yield from ((1, 1, a == b) for a, b in zip(one, other, strict=True))
        return
    for step in Levenshtein.opcodes(one, other):
        taken = step.src_end - step.src_start, step.dest_end - step.dest_start
        yield (*taken, step.tag == "equal")


def _pieces(text: str, runs: Sequence[tuple[int, int, bool]]) -> Pieces:
    found: list[Piece] = []
    at = 0
    for own, others, same in runs:
        mark = Mark.SAME if same else Mark.DIFFERENT if own else Mark.MISSING
        piece = Piece(text[at : at + own], mark, max(own, others))
        at += own
        if found and found[-1].mark is mark:
            last = found.pop()
            piece = Piece(last.text + piece.text, mark, last.width + piece.width)
        found.append(piece)
    return tuple(found)


def shortened(pieces: Pieces) -> Pieces:
    """Return the pieces of a very long text with the middle of long equal stretches left out."""
    return tuple(
        Piece(f"{one.text[:AROUND]}{LEFT_OUT}{one.text[-AROUND:]}", one.mark, 2 * AROUND + len(LEFT_OUT))
        if one.mark is Mark.SAME and one.width > 3 * AROUND
        else one
        for one in pieces
    )


def plain_pieces(text: str) -> Pieces:
    """Return a text as one piece without a mark."""
    return (Piece(text, Mark.SAME, len(text)),) if text else ()


def joined(pieces: Iterable[Piece]) -> str:
    """Return the text that the pieces are of."""
    return "".join(piece.text for piece in pieces)


def on_screen(piece: Piece) -> str:
    """Return what is drawn for a piece: a gap as wide as what is missing; no character is invisible."""
    return piece.text.translate(_VISIBLE) if piece.text else GAP * piece.width


def shown_spans(pieces: Pieces, spans: Iterable[Span]) -> Iterator[Span]:
    """Return where stretches of the text stand in what is drawn, gaps counted."""
    places: list[int] = []
    at = 0
    for piece in pieces:
        places += range(at, at + len(piece.text))
        at += len(on_screen(piece))
    for start, end in spans:
        yield places[start], places[end - 1] + 1


def units(text: str, at: int) -> int:
    """Return a place in a text as Qt counts it, in UTF-16 units."""
    return len(text[:at].encode("utf-16-le", "surrogatepass")) // 2
