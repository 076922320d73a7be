"""The measures over a project's double keying, as data: what each counts stands at its name.

Here are counts, shares and intervals; words, units and drawing are the screen's. Order: what is still
open is in no share, since nobody knows yet whether anybody was wrong.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import accumulate
from math import sqrt
from typing import Final

Z_95: Final = 1.959964
"""How many standard deviations leave 95 % of a normal distribution between them."""
CHARGED: Final = frozenset({"first", "second", "both"})
"""The charges of a decision that name a pass as wrong."""


@dataclass(frozen=True, slots=True)
class Tally:
    """What is known of one document that was keyed.

    compared: values asked in both passes. open: discrepancies that nobody decided yet. charged: for each
    decided discrepancy, whose pass was wrong. settled: the record stands; confirmed: a holder of the
    adjudication key made it or found it right again.
    """

    compared: int
    open: int
    charged: tuple[str, ...]
    settled: bool
    confirmed: bool


@dataclass(frozen=True, slots=True)
class Share:
    """So many of so many, with the 95 % interval of the share behind them (Wilson)."""

    count: int
    of: int

    @property
    def part(self) -> float | None:
        """Return the share, 0 to 1; None of nothing."""
        return self.count / self.of if self.of else None

    @property
    def interval(self) -> tuple[float, float]:
        """Return the least and the greatest share that 95 % allows."""
        return wilson(self.count, self.of)


@dataclass(frozen=True, slots=True)
class Measures:
    """The figures of a report.

    error_rate: of the values that were keyed twice and are not open, those of which a reading was wrong.
    right_first_time: of the settled documents that were keyed twice, those of which no reading was wrong.
    """

    error_rate: Share
    right_first_time: Share
    open: int
    decided: int
    settled: int
    confirmed: int
    documents: int


@dataclass(frozen=True, slots=True)
class Part:
    """One entry of a ranking: its count, its own share and the share of it and all before it."""

    key: str
    count: int
    share: float
    running: float


def measure(tallies: Sequence[Tally], documents: int) -> Measures:
    """Return the figures over the documents that were compared; documents counts all of them."""
    twice = [tally for tally in tallies if tally.settled and tally.compared]
    waiting = sum(tally.open for tally in tallies)
    return Measures(
        Share(sum(map(wrong, tallies)), sum(tally.compared for tally in tallies) - waiting),
        Share(sum(not wrong(tally) for tally in twice), len(twice)),
        waiting,
        sum(len(tally.charged) for tally in tallies),
        sum(tally.settled for tally in tallies),
        sum(tally.settled and tally.confirmed for tally in tallies),
        documents,
    )


def wrong(tally: Tally) -> int:
    """Return in how many values of a document a reading was wrong."""
    return sum(charge in CHARGED for charge in tally.charged)


def wilson(count: int, of: int, z: float = Z_95) -> tuple[float, float]:
    """Return the score interval of a share (Wilson 1927); everything is possible when nothing was seen."""
    if not of:
        return 0.0, 1.0
    share, z2 = count / of, z * z
    middle = (share + z2 / (2 * of)) / (1 + z2 / of)
    half = z / (1 + z2 / of) * sqrt(share * (1 - share) / of + z2 / (4 * of * of))
    return max(0.0, min(share, middle - half)), min(1.0, max(share, middle + half))


def ranking(keys: Iterable[str]) -> list[Part]:
    """Return how often each comes, most frequent first, with running shares (Pareto)."""
    counted = sorted(Counter(keys).items(), key=lambda item: (-item[1], item[0]))
    total = sum(count for _, count in counted) or 1
    running = accumulate(count for _, count in counted)
    return [
        Part(key, count, count / total, so_far / total)
        for (key, count), so_far in zip(counted, running, strict=True)
    ]
