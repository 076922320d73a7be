"""What comparing costs: performance.md section E.

The yardstick is the plainest Python that finds the same pairs in the same two passes: look up both texts,
compare them as they are, and fold (NFKC, case, blanks) only where they differ. It knows no states, rules,
kinds, causes or counts. The same over two flat lists of texts, with no passes at all, is printed beside it.
Rounds are interleaved, so that a busy machine slows all; a ratio is one of medians.
"""

import difflib
import random
import time
import unicodedata
from collections.abc import Callable
from statistics import median

from boapp.domain.comparison import compare
from boapp.domain.values import Address, Value
from tests.domain.samples import AS_EXPECTED, FULL, a_form, table_form, table_pass

PAIRS = 1_000_000 if FULL else 50_000
WIDTH = 25
ROUNDS = 3 if FULL else 7
FORM = a_form(*({"key": f"f{place}", "compare": AS_EXPECTED} for place in range(WIDTH)))
PLACES = [Address(key) for key in FORM.double]
Pass = dict[Address, Value]


def folded(text: str) -> str:
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())


def equal_first(passes: list[tuple[Pass, Pass]]) -> list[Address]:
    found = []
    for first, second in passes:
        for at in PLACES:
            one, other = first[at].text, second[at].text
            if one != other and folded(one) != folded(other):
                found.append(at)
    return found


def equal_first_in_lists(texts: list[tuple[str, str]]) -> list[int]:
    return [
        place for place, (one, other) in enumerate(texts) if one != other and folded(one) != folded(other)
    ]


def compared(passes: list[tuple[Pass, Pass]]) -> int:
    return sum(len(compare(FORM, first, second).discrepancies) for first, second in passes)


def material(pairs: int) -> tuple[list[tuple[str, str]], list[tuple[Pass, Pass]]]:
    """Make pairs of which 2 in 100 differ, 2 in 100 differ as keyed only, and 5 in 100 are blank twice."""
    chance = random.Random(17)
    texts, passes = [], []
    for _ in range(pairs // WIDTH):
        first, second = {}, {}
        for place in range(WIDTH):
            one, other = _pair(chance)
            texts.append((one, other))
            first[Address(f"f{place}")], second[Address(f"f{place}")] = Value.of(one), Value.of(other)
        passes.append((first, second))
    return texts, passes


def _pair(chance: random.Random) -> tuple[str, str]:
    one = "".join(chance.choices("ABCDEFGHIJ 0123456789", k=chance.randint(3, 24))) + "X"
    kind = chance.random()
    if kind < 0.05:
        return "", ""
    if kind < 0.07:
        return one, one[:-1] + "Y"
    if kind < 0.09:
        return one, f" {one.lower()}"
    return one, "".join(list(one))


def medians(*ways: Callable[[], object]) -> list[float]:
    """Time each way once a round, in turns; return the median seconds of each."""
    times: list[list[float]] = [[] for _ in ways]
    for _ in range(ROUNDS):
        for way, spent in zip(ways, times, strict=True):
            start = time.perf_counter()
            way()
            spent.append(time.perf_counter() - start)
    return [median(spent) for spent in times]


def test_comparing_costs_at_most_three_times_the_plainest_way_and_finds_the_same() -> None:
    texts, passes = material(PAIRS)
    assert compared(passes) == len(equal_first(passes)) == len(equal_first_in_lists(texts))
    plain, lists, ours = medians(
        lambda: equal_first(passes), lambda: equal_first_in_lists(texts), lambda: compared(passes)
    )
    each = [f"{seconds / PAIRS * 1e9:.0f} ns" for seconds in (plain, lists, ours)]
    print(f"\n{PAIRS:,} pairs: plain {each[0]}, in flat lists {each[1]}, ours {each[2]}: "
          f"{ours / plain:.2f} times plain, {ours / lists:.2f} times flat lists")  # fmt: skip
    assert ours <= (3 if FULL else 3.75) * plain  # a quarter more counts as equal on a busy machine


def test_the_cost_grows_with_the_pairs_and_no_faster() -> None:
    _, few = material(PAIRS // 5)
    _, many = material(PAIRS)
    small, large = medians(lambda: compared(few), lambda: compared(many))
    assert large <= 1.5 * 5 * small


def test_a_pair_that_differs_costs_little() -> None:
    pairs = [
        ({Address("f0"): Value.keyed(f"NO {n}, JALAN")}, {Address("f0"): Value.keyed(f"NO {n}, JALNA")})
        for n in range(5_000)
    ]
    form = a_form({"key": "f0", "compare": AS_EXPECTED})

    def differing() -> None:
        for first, second in pairs:
            compare(form, first, second)

    def agreeing() -> None:
        for first, _ in pairs:
            compare(form, first, first)

    def by_difflib() -> None:
        for first, second in pairs[:500]:
            one, other = (next(iter(values.values())).text for values in (first, second))
            difflib.SequenceMatcher(None, one, other).get_opcodes()

    with_slip, without, peer = medians(differing, agreeing, by_difflib)
    each, theirs = (with_slip - without) / len(pairs), peer / 500
    print(f"\na differing pair: {each * 1e6:.1f} µs; its edits by difflib alone: {theirs * 1e6:.1f} µs")
    assert each < theirs


def test_a_page_with_a_missed_row_and_slips_is_compared_at_once() -> None:
    rows = [tuple(f"{row}-{cell}" for cell in range(13)) for row in range(25)]
    slips = [(f"{row[0]}x", *row[1:]) if place % 5 == 0 else row for place, row in enumerate(rows)]
    form, first, second = table_form(13), table_pass(rows), table_pass(slips[:7] + slips[8:])
    spent, same = medians(lambda: compare(form, first, second), lambda: compare(form, first, first))
    print(
        f"\na page of 25 rows by 13, one missed and five slips: {spent / same:.0f} times the same page twice"
    )
    assert spent < 60 * same
