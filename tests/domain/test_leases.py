"""How long a claim runs."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from boapp.domain.leases import BEFORE_DUE_US, HOUR_US, LEAST_US, lease_end

NOW = 1_000 * HOUR_US


def test_a_single_claim_runs_its_hours_whatever_is_due() -> None:
    assert lease_end(NOW, 8) == NOW + 8 * HOUR_US


@pytest.mark.parametrize(
    ("due_in", "runs"),
    [(24.0, 8.0), (9.0, 8.0), (8.0, 7.0), (3.0, 2.0), (1.25, 0.25), (1.0, 0.25), (0.5, 0.25), (-5.0, 0.25)],
)
def test_one_ahead_ends_an_hour_before_its_batch_is_due_and_runs_a_quarter_at_least(
    due_in: float, runs: float
) -> None:
    assert lease_end(NOW, 8, NOW + int(due_in * HOUR_US)) == NOW + int(runs * HOUR_US)


@given(st.integers(1, 2**50), st.integers(1, 336), st.integers(1, 2**50))
def test_it_never_runs_longer_than_its_hours_nor_shorter_than_the_least(
    now: int, hours: int, due: int
) -> None:
    end = lease_end(now, hours, due)
    assert now + LEAST_US <= end <= now + hours * HOUR_US
    assert end <= max(due - BEFORE_DUE_US, now + LEAST_US)
