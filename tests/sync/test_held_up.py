"""Somebody keeps locked what a message needs: that one waits, and holds up no other."""

from collections.abc import Iterator
from contextlib import contextmanager

from boapp.shareddb.protocol import Outcome
from tests.moved import MovedScene
from tests.sync.conftest import Sit

KEYED = 4
BUSY = "Somebody else is working on this at the moment."


@contextmanager
def taken_over_and_left_open(scene: MovedScene, count: int) -> Iterator[None]:
    """Let leases run out, and bob claim these documents in a transaction that he leaves open."""
    for document in scene.documents[:count]:
        scene.edit("UPDATE claim SET expires_us = 1 WHERE document = ?", document)
    with scene.moved.login("bob") as db:
        db.execute("BEGIN")
        granted = db.execute("SELECT * FROM api.claim_ahead(%s, false, %s)", (scene.project, count))
        assert {one.document for one in granted} == set(scene.documents[:count])
        yield
        db.execute("ROLLBACK")


def test_passes_whose_claims_are_locked_wait_alone(sit: Sit, scene: MovedScene) -> None:
    ann = sit("ann")
    ann.round()
    for _ in range(KEYED):
        ann.key()
    with taken_over_and_left_open(scene, 2):
        done = ann.round()
        assert done.sent.outcomes == (Outcome.STORED,) * (KEYED - 2)
        assert [one.title for one in done.sent.refusals] == [
            "Somebody else is working on this at the moment."
        ] * 2
        assert (ann.waiting(), ann.near.store.backlog().refused) == (2, 0)
    assert ann.round().sent.outcomes == (Outcome.STORED,) * 2
    assert ann.waiting() == 0
