"""How much memory it takes to send a backlog: as much for a long one as for a short one."""

import os
import tracemalloc

import msgspec

from boapp.crypto.sealed_pass import Boxes, SealedPass
from boapp.services.syncing import PASS, send_all
from boapp.workspace import Workspace
from tests.benchmarks.conftest import Crowd
from tests.benchmarks.ratios import FULL
from tests.benchmarks.test_backlog import BLOB, keyed

FEW, MANY = (2_000, 50_000) if FULL else (1_000, 5_000)
A_WORD = 64
"""Bytes for what became of a pass, which is kept to be told."""


def wait_here(crowd: Crowd, ann: Workspace, count: int) -> None:
    """Let so many passes wait in her outbox, whose claims stand."""
    crowd.queue(count)
    empty = Boxes(b"", b"")
    ann.store.take_over(
        (crowd.scene.project, PASS, msgspec.msgpack.encode(SealedPass(one, os.urandom(64), BLOB, empty)), 0)
        for one in keyed(crowd, ann.me.id, count)
    )


def peak_of_sending(ann: Workspace) -> int:
    """Send all that waits; return how many bytes that took at most."""
    tracemalloc.start()
    sent = send_all(ann)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert set(sent.outcomes) == {"stored"}
    assert not sent.refusals
    return peak


def test_a_long_backlog_takes_no_more_memory_than_a_short_one(crowd: Crowd) -> None:
    ann = crowd.scene.as_("ann")
    peaks = []
    for count in (FEW, FEW, MANY):  # the first warms up
        wait_here(crowd, ann, count)
        peaks.append(peak_of_sending(ann))
        ann.store.drop_sent(1 << 62)
    crowd.scene.close()
    print(f"\nmemory to send {FEW:,} and {MANY:,} passes: {peaks[1] >> 10:,} and {peaks[2] >> 10:,} KiB")
    assert peaks[2] <= 1.2 * peaks[1] + A_WORD * (MANY - FEW)
