import random
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from boapp.domain.alignment import GAP, UNIT, Pair, Row, align, pair_cost
from boapp.errors import BadInput
from tests.domain.samples import FULL, few, many

CELL = st.sampled_from(["", "a", "b", "c", "d", "e"])
ROWS = st.lists(st.tuples(CELL, CELL, CELL), max_size=7)


def straight(count: int) -> list[Pair]:
    return [Pair(row, row) for row in range(1, count + 1)]


def swapped(pairs: list[Pair]) -> list[Pair]:
    return [Pair(pair.second, pair.first) for pair in pairs]


def cost(first: list[Row], second: list[Row], pairs: list[Pair]) -> int:
    return sum(
        GAP if one is None or other is None else pair_cost(first[one - 1], second[other - 1])
        for one, other in pairs
    )


def cheapest(first: list[Row], second: list[Row]) -> int:
    """Fill the whole grid, as an oracle for the band."""
    best = {(0, 0): 0}
    for i in range(len(first) + 1):
        for j in range(len(second) + 1):
            ways = [best[i - 1, j] + GAP] if i else []
            ways += [best[i, j - 1] + GAP] if j else []
            if i and j:
                ways.append(best[i - 1, j - 1] + pair_cost(first[i - 1], second[j - 1]))
            best[i, j] = min(ways, default=0)
    return best[len(first), len(second)]


@given(ROWS, ROWS)
@many
def test_every_row_has_its_place_and_the_way_is_the_cheapest(first: list[Row], second: list[Row]) -> None:
    pairs = align(first, second)
    assert [pair.first for pair in pairs if pair.first] == list(range(1, len(first) + 1))
    assert [pair.second for pair in pairs if pair.second] == list(range(1, len(second) + 1))
    assert Pair(None, None) not in pairs
    assert cost(first, second, pairs) == cheapest(first, second)


@given(ROWS, ROWS)
@many
def test_it_does_not_matter_which_pass_is_named_first(first: list[Row], second: list[Row]) -> None:
    assert align(second, first) == swapped(align(first, second))


@given(ROWS)
@few
def test_equal_passes_are_aligned_straight(rows: list[Row]) -> None:
    assert align(rows, rows) == straight(len(rows))


@given(st.lists(st.tuples(st.integers(0, 9**9).map(str), CELL), unique=True, max_size=20), st.data())
@many
def test_rows_that_one_keyer_missed_are_found_and_no_others(rows: list[Row], data: st.DataObject) -> None:
    missed = data.draw(st.sets(st.integers(1, len(rows)))) if rows else set()
    kept = [row for number, row in enumerate(rows, start=1) if number not in missed]
    pairs = align(rows, kept)
    assert {pair.first for pair in pairs if pair.second is None} == missed
    assert all(pair.first for pair in pairs)


def test_each_keyer_can_miss_another_row() -> None:
    rows = [(str(number), f"name {number}", "same") for number in range(10)]
    assert align(rows[:3] + rows[4:], rows[:7] + rows[8:]) == [
        *straight(3),
        Pair(None, 4),
        *(Pair(row, row + 1) for row in (4, 5, 6)),
        Pair(7, None),
        Pair(8, 8),
        Pair(9, 9),
    ]


def test_two_different_rows_missed_side_by_side_stay_two_rows() -> None:
    first = [("1", "a", "x", "p"), ("2", "b", "y", "q"), ("4", "d", "w", "s")]
    second = [("1", "a", "x", "p"), ("3", "c", "z", "r"), ("4", "d", "w", "s")]
    assert align(first, second) == [Pair(1, 1), Pair(2, None), Pair(None, 2), Pair(3, 3)]


def test_a_wrong_value_in_a_list_of_one_column_stays_a_wrong_value() -> None:
    assert align([("a",), ("b",), ("c",)], [("a",), ("x",), ("c",)]) == straight(3)
    assert align([("a",), ("b",)], [("a",), ("",)]) == straight(2)


def test_blank_cells_do_not_make_two_rows_alike() -> None:
    one, other = ("1", "a", "x", *[""] * 20), ("2", "b", "y", *[""] * 20)
    assert pair_cost(one, other) > 2 * GAP


def test_a_pair_costs_nothing_when_equal_and_less_than_one_otherwise() -> None:
    assert pair_cost(("a", ""), ("a", "")) == 0
    assert 0 < pair_cost(("a",) * 40, ("b",) * 40) < UNIT


def test_more_than_two_thousand_rows_are_refused() -> None:
    rows = [("x",)] * 2_001
    with pytest.raises(BadInput):
        align(rows, rows[:1])


@pytest.mark.parametrize("kind", ["strangers", "a slip in every row", "one missed"])
def test_the_work_is_bounded_at_two_thousand_rows(kind: str) -> None:
    chance = random.Random(4)
    size = 2_000 if FULL else 600
    rows = [tuple(str(chance.randrange(10**6)) for _ in range(13)) for _ in range(size)]
    other = {
        "strangers": [tuple(str(chance.randrange(10**6)) for _ in range(13)) for _ in range(size)],
        "a slip in every row": [("slip", *row[1:]) for row in rows[: size // 2] + rows[size // 2 + 1 :]],
        "one missed": rows[: size // 3] + rows[size // 3 + 1 :],
    }[kind]
    start = time.perf_counter()
    pairs = align(rows, other)
    assert time.perf_counter() - start < 10
    if kind != "strangers":
        assert [pair for pair in pairs if pair.second is None] == [
            Pair(size // 2 + 1 if kind == "a slip in every row" else size // 3 + 1, None)
        ]
