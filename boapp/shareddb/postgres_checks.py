"""What must be so in a shared PostgreSQL for its fences to hold: what is wrong, and how to mend it.

The catalogue can be read by every login, so anybody in the organisation can check. Revokes on built-in
functions are lost by dump and restore and by an upgrade: check after either. Running the set-up again mends
what it says it mends; it changes no data.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg

from boapp.shareddb.postgres_way import is_here

FENCES = Path(__file__).parent / "sql" / "checks" / "fences.sql"
OLDEST_MINORS = {14: 18, 15: 13, 16: 9, 17: 5, 18: 0}
"""Below these, corrections of row level security and of statistics are missing."""


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that is not as it must be."""

    what: str
    advice: str


def check(db: psycopg.Connection[Any]) -> list[Finding]:
    """Return everything that is not as it must be."""
    fences = db.execute(FENCES.read_bytes()).fetchall()
    return [*(Finding(*row) for row in fences), *_version(db.info.server_version)]


def _version(number: int) -> Iterator[Finding]:
    major, minor = divmod(number, 10_000)
    if major < min(OLDEST_MINORS) or minor < OLDEST_MINORS.get(major, 0):
        yield Finding(
            f"PostgreSQL {major}.{minor} lacks corrections that keep rows from being guessed.",
            "Install its newest minor version.",
        )


def check_way(where: str, db: psycopg.Connection[Any]) -> list[Finding]:
    """Judge the way to the server by its address, as a client does: TLS for every host but this one."""
    if is_here(where) or db.pgconn.ssl_in_use:
        return []
    return [
        Finding(
            "The way to the server is not encrypted.",
            "Turn ssl on at the server, and connect with sslmode=verify-full and the organisation's CA. "
            "This computer's own server is named by its socket or loopback address.",
        )
    ]
