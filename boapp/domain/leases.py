"""How long a claim runs: one rule, in Python for a file and in SQL for PostgreSQL, tested as the same.

All times are microseconds since 1970, UTC.
"""

HOUR_US = 3600 * 1_000_000

BEFORE_DUE_US = HOUR_US
"""So long before its batch is due a claim made ahead ends: whoever takes it over still keys it in time."""

LEAST_US = HOUR_US // 4
"""So long a claim runs whatever is due: with less, a document could not be keyed and sent."""


def lease_end(now_us: int, hours: int, due_us: int | None = None) -> int:
    """Return when a claim ends that is granted or renewed now; due_us: when its batch is, for one ahead."""
    end = now_us + hours * HOUR_US
    return end if due_us is None else max(min(end, due_us - BEFORE_DUE_US), now_us + LEAST_US)
