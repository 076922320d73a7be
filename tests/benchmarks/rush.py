"""Many connections that do one thing at once, how often a second, and the job queue whose rate is the peer's.

Every connection has a thread of its own in one process: the client's work is the same for each.
"""

import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from statistics import median
from typing import Any

import psycopg
from procrastinate.schema import SchemaManager
from procrastinate.sql import queries

from boapp.shareddb.postgres_way import connect
from tests.benchmarks.ratios import Ratio
from tests.postgres import SUPERUSER, Server

Call = Callable[[], object]
PEER = "procrastinate"


def rate(calls: Sequence[Call], seconds: float) -> float:
    """Return how many calls a second there are when each is made over and over, all at once, for so long."""
    start = time.perf_counter()

    def repeat(call: Call) -> int:
        done = 0
        while time.perf_counter() < start + seconds:
            call()
            done += 1
        return done

    with ThreadPoolExecutor(len(calls)) as pool:
        done = sum(pool.map(repeat, calls))
    return done / (time.perf_counter() - start)


def rates_in_turns(
    ways: Sequence[Sequence[Call]], rounds: int, seconds: float, between: Call
) -> list[list[float]]:
    """Return the rates of each way, one for each round; a round before them warms up."""

    def one_round() -> list[float]:
        between()
        return [rate(calls, seconds) for calls in ways]

    found = [one_round() for _ in range(rounds + 1)]
    return [list(one) for one in zip(*found[1:], strict=True)]


def cost(product: Sequence[float], floor: Sequence[float]) -> Ratio:
    """Return how many times as long one takes for a call as the other, by their rates."""
    worst = max(f / p for p, f in zip(product, floor, strict=True))
    return Ratio(median(floor) / median(product), worst)


@contextmanager
def peer(server: Server, connections: int) -> Iterator[list[psycopg.Connection[Any]]]:
    """Give so many connections to a database of procrastinate's own."""
    with server.superuser() as boss:
        boss.execute(f"CREATE DATABASE {PEER}")
    try:
        with server.superuser(PEER) as boss:
            boss.execute(SchemaManager.get_schema())
        with ExitStack() as opened:
            yield [
                opened.enter_context(connect(server.where(PEER), SUPERUSER, server.password))
                for _ in range(connections)
            ]
    finally:
        with server.superuser() as boss:
            boss.execute(f"DROP DATABASE {PEER} WITH (FORCE)")


def fill_peer(db: psycopg.Connection[Any], count: int) -> None:
    """Make procrastinate's queue so long."""
    with db.transaction():
        db.execute("SET LOCAL session_replication_role = replica")
        db.execute("TRUNCATE procrastinate_jobs, procrastinate_events CASCADE")
        db.execute(
            "INSERT INTO procrastinate_jobs (queue_name, task_name) SELECT 'key', 'key' "
            "FROM generate_series(1, %s)",
            (count,),
        )
    db.execute("VACUUM ANALYZE procrastinate_jobs")


def fetcher(db: psycopg.Connection[Any]) -> Call:
    """Return what fetches the next job, as a worker of procrastinate does."""
    row = db.execute(queries["register_worker"]).fetchone()
    assert row is not None
    wanted = {"queues": None, "worker_id": row.worker_id}

    def fetch() -> None:
        job = db.execute(queries["fetch_job"], wanted).fetchone()
        assert job is not None
        assert job.id is not None

    return fetch
