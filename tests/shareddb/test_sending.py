"""Messages that are sent together: each becomes what it would by itself, and none keeps another back."""

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import pytest

from boapp import sqlitefile
from boapp.crypto.envelope import new_id
from boapp.domain.ids import Fence
from boapp.errors import NotAllowed, Refusal, Unavailable
from boapp.shareddb.protocol import Outcome, Signed
from tests.attacks.tools import Scene, forged_pass
from tests.moved import MovedScene
from tests.shareddb.sendings import claimed, first_pass, mixed, taken_in

ALREADY, CONFLICT, STORED, SURPLUS = Outcome.ALREADY, Outcome.CONFLICT, Outcome.STORED, Outcome.SURPLUS


def send(scene: Scene, code: str, messages: Sequence[Signed]) -> list[str]:
    """Send messages; return the outcomes, and `refused` for each that is refused."""
    results = scene.as_(code).shared.send(messages)
    return ["refused" if isinstance(result, Refusal) else result for result in results]


def test_a_backlog_is_stored_whole_and_in_its_order(scene: Scene) -> None:
    messages = [first_pass(scene, "ann", n, claimed(scene, "ann", n).fence) for n in range(4)]
    assert send(scene, "ann", messages) == [STORED] * 4
    assert send(scene, "ann", messages) == [ALREADY] * 4
    assert {row.first_by for row in scene.as_("sue").shared.documents(scene.project)} == {
        scene.as_("ann").me.id,
        None,
    }
    scene.key("bob", 0, second=True)  # the share came with it: he compares at once
    assert scene.findings() == []


def test_what_is_tried_out_is_told_and_not_stored(scene: Scene) -> None:
    message = first_pass(scene, "ann", 0, claimed(scene, "ann", 0).fence)
    ann = scene.as_("ann").shared
    assert [ann.try_out(message), ann.try_out(message)] == [STORED, STORED]
    assert scene.one("SELECT count(*) FROM sealed_pass") == 0
    assert send(scene, "ann", [message]) == [STORED]
    assert ann.try_out(message) is ALREADY
    assert isinstance(scene.as_("bob").shared.try_out(message), Refusal)


def test_one_that_is_refused_keeps_no_other_back(scene: Scene) -> None:
    mixture = mixed(scene)
    names = ("first", "of ann", "cut off", "other", "nowhere", "fact of ann", "no batch")
    assert send(scene, "bob", mixture.named(*names)) == [STORED, *["refused"] * 2, STORED, *["refused"] * 3]


def test_what_may_not_count_is_surplus_and_what_is_known_changes_nothing(scene: Scene) -> None:
    mixture = mixed(scene)
    names = ("second", "again", "second", "other", "same id", "late", "other share", "early")
    told = [STORED, SURPLUS, ALREADY, STORED, CONFLICT, SURPLUS, SURPLUS, SURPLUS]
    assert send(scene, "bob", mixture.named(*names)) == told
    assert scene.one("SELECT count(*) FROM sealed_pass") == 4
    assert scene.one("SELECT count(*) FROM pass_share") == 2


@pytest.mark.parametrize(
    ("names", "told"),
    [(("second", "compared"), [STORED, STORED]), (("compared", "second"), [SURPLUS, STORED])],
    ids=["the pass first", "the fact first"],
)
def test_a_fact_that_rests_on_a_pass_counts_when_it_stands_after_it(
    scene: Scene, names: tuple[str, ...], told: list[str]
) -> None:
    assert send(scene, "bob", mixed(scene).named(*names)) == told


def test_documents_are_taken_in_together(scene: Scene) -> None:
    messages = [taken_in(scene, "admin") for _ in range(3)]
    before = len(scene.as_("sue").shared.documents(scene.project))
    assert send(scene, "admin", [*messages, messages[1]]) == [STORED, STORED, STORED, ALREADY]
    rows = scene.as_("sue").shared.documents(scene.project)
    assert [row.id for row in rows[before:]] == [m.fact.read_statement().subject.document for m in messages]


def test_what_a_key_signs_that_its_author_has_no_more_is_surplus(scene: Scene) -> None:
    messages = [first_pass(scene, "ann", n, claimed(scene, "ann", n).fence) for n in range(3)]
    key = messages[0].read_manifest().context.key_id
    scene.edit("INSERT INTO retired_key VALUES (?, ?)", key, scene.as_("ann").me.id)
    assert send(scene, "ann", messages) == [SURPLUS] * 3


def test_nothing_is_sent_where_nothing_waits(scene: Scene) -> None:
    assert send(scene, "ann", []) == []


@contextmanager
def in_the_way(scene: Scene) -> Iterator[None]:
    """Hold a lock that a seal of the second document must wait for."""
    if isinstance(scene, MovedScene):
        with scene.boss() as db, db.transaction():
            db.execute("SELECT FROM claim WHERE document = %s FOR UPDATE", (scene.documents[1],))
            yield
        return
    other = sqlite3.connect(scene.file, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    yield
    other.execute("ROLLBACK")
    other.close()


def test_what_a_lock_is_in_the_way_of_can_come_again(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file is locked whole, and nothing is stored; in PostgreSQL the others are."""
    monkeypatch.setattr(sqlitefile, "BUSY_MS", 50)
    messages = [first_pass(scene, "ann", n, claimed(scene, "ann", n).fence) for n in range(3)]
    with in_the_way(scene):
        if isinstance(scene, MovedScene):
            first, busy, last = scene.as_("ann").shared.send(messages)
            assert (first, type(busy), last) == (STORED, Unavailable, STORED)
        else:
            with pytest.raises(Unavailable):
                send(scene, "ann", messages)
    there = ALREADY if isinstance(scene, MovedScene) else STORED
    assert scene.one("SELECT count(*) FROM sealed_pass") == (2 if there is ALREADY else 0)
    assert send(scene, "ann", messages) == [there, STORED, there]


def test_a_first_pass_is_shown_once_the_seals_that_were_sent_are_committed(scene: Scene) -> None:
    mixture, bob = mixed(scene), scene.as_("bob")
    for number in (0, 1):
        with pytest.raises(NotAllowed):
            bob.shared.reveal(scene.documents[number])
    assert send(scene, "bob", mixture.named("second", "other")) == [STORED, STORED]
    for number in (0, 1):
        assert bob.shared.reveal(scene.documents[number]).k1


def test_a_late_pass_shows_nothing_of_the_first(scene: Scene) -> None:
    scene.key("ann", 0)
    bob = scene.as_("bob")
    assert send(scene, "bob", [forged_pass(bob, scene, Fence(new_id()))]) == [SURPLUS]
    with pytest.raises(NotAllowed):
        bob.shared.reveal(scene.documents[0])
