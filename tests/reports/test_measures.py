"""The measures: what is counted, and how sure it is."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from boapp.reports.measures import Share, Tally, measure, ranking, wilson


def tally(compared: int = 4, *charged: str, still_open: int = 0, settled: bool = True) -> Tally:
    return Tally(compared, still_open, charged, settled, confirmed=settled)


def test_only_a_reading_that_was_charged_is_an_error() -> None:
    found = measure([tally(4, "first", "both", "neither"), tally(4)], 2)
    assert found.error_rate == Share(2, 8)


def test_what_is_open_is_in_no_share() -> None:
    found = measure([tally(4, "second", still_open=3, settled=False)], 1)
    assert found.error_rate == Share(1, 1)
    assert (found.open, found.decided) == (3, 1)


def test_a_document_is_right_first_time_when_no_reading_was_charged() -> None:
    found = measure([tally(4, "first"), tally(4, "neither"), tally(4), tally(4, settled=False)], 4)
    assert found.right_first_time == Share(2, 3)


def test_a_document_that_was_keyed_once_is_settled_but_in_no_share() -> None:
    found = measure([tally(0)], 3)
    assert (found.right_first_time.of, found.settled, found.documents) == (0, 1, 3)
    assert found.right_first_time.part is None


def test_the_interval_is_the_one_of_the_textbook() -> None:
    assert wilson(10, 100) == pytest.approx((0.0552, 0.1744), abs=0.0001)
    assert wilson(0, 20) == pytest.approx((0.0, 0.1611), abs=0.0001)


@given(st.integers(1, 10_000).flatmap(lambda of: st.tuples(st.integers(0, of), st.just(of))))
def test_the_interval_lies_around_the_share_and_within_0_and_1(counts: tuple[int, int]) -> None:
    count, of = counts
    least, most = wilson(count, of)
    assert 0 <= least <= count / of <= most <= 1


def test_a_ranking_runs_up_to_all_and_names_the_most_frequent_first() -> None:
    parts = ranking(["date", "total", "total", "company"])
    assert [(part.key, part.count) for part in parts] == [("total", 2), ("company", 1), ("date", 1)]
    assert [part.running for part in parts] == [0.5, 0.75, 1.0]
    assert ranking([]) == []
