"""A shared database that was restored from an older backup: what it lacks is sent again, and counts."""

from collections.abc import Sequence

from boapp.services.syncing import send_all
from boapp.workspace import now_us
from tests.moved import MovedScene
from tests.sync.conftest import Sit
from tests.sync.station import Station

MINUTE_US = 60_000_000


def restore(scene: MovedScene, *statements: str) -> None:
    """Take what came later out of the database, as a backup from before does."""
    with scene.boss() as boss:
        for words in statements:
            boss.execute(words.encode())


def connect_again(station: Station) -> None:
    """Lose the connection, as a server's restart does."""
    station.far.shared._connection.close()  # type: ignore[attr-defined]


def rows(scene: MovedScene, query: str) -> Sequence[tuple[object, ...]]:
    with scene.boss() as boss:
        return boss.execute(query.encode()).fetchall()


def test_what_was_sent_last_is_asked_for_before_anything_new_is_sent(sit: Sit, scene: MovedScene) -> None:
    ann = sit("ann")
    ann.round()
    ann.key()
    ann.round()
    ann.key()
    restore(scene, "DELETE FROM pass_share", "DELETE FROM sealed_pass")
    connect_again(ann)
    send_all(ann.far)  # as signing in does
    connect_again(ann)
    ann.round()
    stored = "SELECT id FROM sealed_pass UNION ALL SELECT id FROM surplus_pass"
    assert len(rows(scene, stored)) == 2


def test_what_was_sent_last_counts_when_it_comes_again_after_what_it_rests_on(
    sit: Sit, scene: MovedScene
) -> None:
    ann, bob = sit("ann"), sit("bob", "second")
    ann.round()
    ann.key()
    ann.round()
    bob.round(frozenset({True}))
    bob.key(second=True)
    bob.round(frozenset({True}))
    restore(
        scene,
        "DELETE FROM fact WHERE kind IN ('comparison', 'record')",
        "UPDATE document SET stage = 'comparing', comparison = NULL, record = NULL WHERE stage = 'settled'",
    )
    connect_again(bob)
    bob.far.now_us = lambda: now_us() + MINUTE_US
    assert bob.round(frozenset({True})).again == 3
    facts = rows(scene, "SELECT kind, counted FROM fact WHERE kind <> 'intake'")
    assert facts == [("comparison", True), ("record", True)]


def test_whoever_left_a_project_sends_nothing_again(sit: Sit, scene: MovedScene) -> None:
    ann = sit("ann")
    ann.round()
    for _ in range(3):
        ann.key()
    ann.round()
    scene.edit("DELETE FROM member WHERE person = ?", ann.far.me.id)
    connect_again(ann)
    assert ann.round(ahead=False).again == 0
    assert ann.waiting() == 0
