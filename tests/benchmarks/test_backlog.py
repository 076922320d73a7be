"""What it costs to bring a backlog of passes to PostgreSQL in batches: performance.md section D.

The limit is COPY of the same bytes in one transaction, into a table with the same two keys and none of the
checks.
"""

import os
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from statistics import median
from typing import Any

import psycopg

from boapp.services.syncing import MOST_MESSAGES
from boapp.shareddb.postgres_sending import SEND
from tests.benchmarks.conftest import Crowd
from tests.benchmarks.ratios import FULL, Ratio, best_of
from tests.crowd import BOXES, PASSWORD, manifest

PASSES, ROUNDS = (4_000, 5) if FULL else (1_600, 3)
FEW, MANY = 1_000, 100_000 if FULL else 10_000
TOGETHER, STATIONS = MOST_MESSAGES, 8
BLOB = os.urandom(2_000)
BARE = """
    CREATE TABLE bare_row (id bytea PRIMARY KEY, document bytea NOT NULL, slot smallint NOT NULL,
    person bytea, manifest bytea, signature bytea, blob bytea, boxes bytea, stored_us bigint,
    UNIQUE (document, slot))
"""
GRANT = """
    WITH taken AS (DELETE FROM core.waiting WHERE document IN
      (SELECT document FROM core.waiting WHERE pass_no = 1 ORDER BY position LIMIT %s) RETURNING document)
    INSERT INTO core.claim (document, pass_no, person, fence, expires_us)
    SELECT document, 1, %s, uuid_send(gen_random_uuid()), 9000000000000000 FROM taken
    RETURNING document, fence
"""
_Db = psycopg.Connection[Any]


def keyed(crowd: Crowd, person: bytes, count: int) -> list[bytes]:
    """Grant somebody claims, however many, and return the manifests of what she keyed."""
    granted = crowd.boss.execute(GRANT, (count, person)).fetchall()
    assert len(granted) == count
    return [manifest(crowd.scene.project, person, *row) for row in granted]


def parts(rows: Sequence[Any]) -> list[Sequence[Any]]:
    """Cut rows into as many as are sent at once."""
    return [rows[at : at + TOGETHER] for at in range(0, len(rows), TOGETHER)]


def send(db: _Db, manifests: Sequence[bytes]) -> None:
    """Send passes in batches; each is a durable transaction, and each pass is stored."""
    for part in parts(manifests):
        count = len(part)
        nothing = [[None] * count] * 4
        signatures = [os.urandom(64) for _ in part]
        columns = (["pass"] * count, part, signatures, [BLOB] * count, [BOXES] * count, *nothing)
        row = db.execute(SEND, columns).fetchone()
        assert row is not None
        assert set(row[0]) == {"stored"}


def send_at_once(backlogs: Sequence[tuple[_Db, Sequence[bytes]]]) -> None:
    """Send the backlogs of several people, each by a connection and a thread of its own."""
    with ThreadPoolExecutor(len(backlogs)) as pool:
        for sending in [pool.submit(send, *backlog) for backlog in backlogs]:
            sending.result()


def copy(db: _Db, rows: Sequence[tuple[Any, ...]]) -> None:
    """Copy rows in one transaction."""
    with db.cursor().copy("COPY bare_row FROM STDIN (FORMAT BINARY)") as into:
        into.set_types(["bytea", "bytea", "int2", *["bytea"] * 5, "int8"])
        for row in rows:
            into.write_row(row)


def rows_for(manifests: Sequence[bytes]) -> list[tuple[Any, ...]]:
    """Return what COPY is to store for these passes."""
    return [
        (os.urandom(16), m[63:79], 1, m[103:119], m, os.urandom(64), BLOB, BOXES, time.time_ns() // 1000)
        for m in manifests
    ]


def seconds(work: Callable[[], object]) -> float:
    """Return how long something takes."""
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def beside_copy(crowd: Crowd, people: Sequence[tuple[_Db, bytes]]) -> Ratio:
    """Return what a pass costs that people send at once, beside a row of COPY, by rounds in turns."""
    crowd.queue((ROUNDS + 1) * PASSES)
    crowd.boss.execute("DROP TABLE IF EXISTS bare_row")
    crowd.boss.execute(BARE)
    both = []
    for _ in range(ROUNDS + 1):
        backlogs = [(db, keyed(crowd, person, PASSES // len(people))) for db, person in people]
        rows = rows_for([m for _, manifests in backlogs for m in manifests])
        both.append((seconds(partial(send_at_once, backlogs)), seconds(partial(copy, crowd.boss, rows))))
    sent, copied = zip(*both[1:], strict=True)  # the first round warms up
    return Ratio(median(sent) / median(copied), max(s / c for s, c in both[1:]))


def test_a_backlog_is_stored_at_two_fifths_of_the_rate_of_copy(crowd: Crowd) -> None:
    found = best_of(3, 2.5, lambda: beside_copy(crowd, [(crowd.keyer, crowd.person)]))
    print(f"\na pass of a batch / a row of COPY: {found}, goal 2.5 (0.4 of its rate)")
    assert found.meets(2.5), found


def test_eight_stations_store_theirs_at_three_fifths_of_the_rate_of_copy(crowd: Crowd) -> None:
    people = [(crowd.connect(role, PASSWORD), who) for role, who in list(crowd.logins.items())[:STATIONS]]
    found = best_of(3, 1 / 0.6, lambda: beside_copy(crowd, people))
    for db, _ in people:
        db.close()
    print(f"\na pass of eight stations' batches / a row of COPY: {found}, goal 1.67 (0.6 of its rate)")
    assert found.meets(1 / 0.6), found


def test_a_pass_of_a_long_backlog_costs_what_one_of_a_short_one_does(crowd: Crowd) -> None:
    def measure() -> Ratio:
        crowd.queue(FEW + MANY)
        backlogs = [keyed(crowd, crowd.person, count) for count in (FEW, MANY)]
        short, long = (seconds(partial(send, crowd.keyer, backlog)) / len(backlog) for backlog in backlogs)
        return Ratio(long / short, long / short)

    found = best_of(3, 1.2, measure)
    print(f"\na pass of {MANY:,} / of {FEW:,}: {found}, goal 1.2")
    assert found.meets(1.2), found
