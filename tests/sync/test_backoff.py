"""How long is waited after failures, whatever chance says."""

from hypothesis import given
from hypothesis import strategies as st

from boapp.sync.backoff import FIRST_SECONDS, LONGEST_SECONDS, pause

FAILURES = st.integers(1, 10**9)
CHANCE = st.floats(0, 1, exclude_max=True)


@given(FAILURES, CHANCE)
def test_half_of_a_pause_is_sure_and_none_is_too_long(failures: int, chance: float) -> None:
    whole = min(LONGEST_SECONDS, FIRST_SECONDS * 2 ** min(failures - 1, 10))
    assert whole / 2 <= pause(failures, chance) <= whole


@given(FAILURES, CHANCE)
def test_one_more_failure_never_makes_the_pause_shorter(failures: int, chance: float) -> None:
    assert pause(failures, chance) <= pause(failures + 1, chance)


@given(FAILURES, st.sets(CHANCE, min_size=2, max_size=2))
def test_two_workstations_do_not_ask_again_at_the_same_moment(failures: int, chances: set[float]) -> None:
    few, many = sorted(chances)
    assert pause(failures, few) <= pause(failures, many)
    assert pause(failures, 0.0) < pause(failures, 0.5)


def test_the_pauses_double_up_to_two_minutes() -> None:
    assert [pause(failures, 0.0) * 2 for failures in range(1, 10)] == [1, 2, 4, 8, 16, 32, 64, 120, 120]
