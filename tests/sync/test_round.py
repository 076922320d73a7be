"""One round after the other between a workstation and the shared database."""

from typing import NoReturn

import pytest

from boapp.domain.ids import DocumentId
from boapp.errors import Tampered, Unavailable
from boapp.localdb.reserve import State
from boapp.shareddb.protocol import Outcome
from boapp.sync import run
from tests.moved import MovedScene, queue_anew
from tests.sync.conftest import Sit
from tests.sync.station import Station

AHEAD = 5


def test_the_first_round_brings_claims_with_all_that_keying_needs(sit: Sit, scene: MovedScene) -> None:
    ann = sit("ann")
    assert ann.take() is None
    done = ann.round()
    assert done.changed
    assert done.whole
    ann.far.shared.close()
    assert [ann.key() for _ in range(AHEAD)] == scene.documents[:AHEAD]
    assert ann.take() is None


def test_what_was_keyed_without_the_server_arrives_once_and_the_reserve_is_filled_again(
    sit: Sit, scene: MovedScene
) -> None:
    ann = sit("ann")
    ann.round()
    for _ in range(AHEAD):
        ann.key()
    assert ann.waiting() == AHEAD
    assert ann.round().sent.outcomes == (Outcome.STORED,) * AHEAD
    assert ann.waiting() == 0
    assert ann.round().sent.outcomes == ()
    assert [ann.key() for _ in range(AHEAD)] == scene.documents[AHEAD : 2 * AHEAD]


def test_a_document_that_is_handed_back_goes_to_somebody_else_and_never_comes_again(
    sit: Sit, scene: MovedScene
) -> None:
    ann = sit("ann")
    ann.round()
    work = ann.take()
    assert work is not None
    ann.near.shared.hand_back(work.claim.fence)
    for _ in range(3):
        ann.round()
    assert len(waiting(ann)) >= AHEAD - 1
    assert scene.documents[0] not in waiting(ann)
    bob = sit("bob", "second")
    bob.round()
    assert scene.documents[0] in waiting(bob)


def waiting(station: Station) -> list[DocumentId]:
    return [
        document for _, document, *_, state in station.near.store.reserve.states() if state is State.WAITS
    ]


def test_whoever_signs_out_leaves_to_others_what_she_did_not_begin(sit: Sit, scene: MovedScene) -> None:
    ann = sit("ann")
    ann.round()
    begun = ann.take()
    assert begun is not None
    ann.courier.give_back()
    assert [c.document for c in ann.far.shared.my_claims(scene.project)] == [begun.claim.document]
    ann.round()
    assert ann.near.shared.my_claims(scene.project) == [begun.claim]


def test_signing_out_elsewhere_gives_nothing_away_that_another_workstation_of_hers_claimed(
    sit: Sit, scene: MovedScene
) -> None:
    here, there = sit("ann"), sit("ann", "second")
    here.round()
    begun = here.take()
    assert begun is not None
    there.round()
    there.courier.give_back()
    assert begun.claim in here.far.shared.my_claims(scene.project)


def test_only_the_kind_of_pass_that_she_works_on_is_claimed_ahead(sit: Sit, scene: MovedScene) -> None:
    ann, bob = sit("ann"), sit("bob", "second")
    ann.round()
    for _ in range(AHEAD):
        ann.key()
    ann.round()
    bob.round(frozenset({True}))
    assert waiting(bob) == scene.documents[:AHEAD]
    assert bob.take() is None
    assert bob.key(second=True) == scene.documents[0]


def test_a_claim_whose_grant_was_lost_on_the_way_is_found_again(sit: Sit, scene: MovedScene) -> None:
    ann = sit("ann")
    ann.far.shared.claim_ahead(scene.project, second=False, count=3)
    ann.round()
    assert ann.key() == scene.documents[0]


def test_a_claim_that_is_gone_is_forgotten_and_its_draft_stays(sit: Sit, scene: MovedScene) -> None:
    ann = sit("ann")
    ann.round()
    with scene.boss() as db:
        db.execute("DELETE FROM claim")
        db.execute("UPDATE document SET stage = 'settled'")
        queue_anew(db)
    ann.round()
    assert ann.near.store.reserve.states() == []


def test_a_second_round_with_nothing_to_do_does_nothing(sit: Sit) -> None:
    ann = sit("ann")
    ann.round()
    states = ann.near.store.reserve.states()
    again = ann.round()
    assert not again.changed
    assert ann.near.store.reserve.states() == states
    assert {state[-1] for state in states} == {State.WAITS}


def test_what_came_too_late_is_told_though_the_connection_is_lost_before_it_is(
    sit: Sit, scene: MovedScene, monkeypatch: pytest.MonkeyPatch
) -> None:
    ann = sit("ann")
    ann.round()
    keyed = ann.key()
    scene.edit("DELETE FROM claim")
    with monkeypatch.context() as broken:
        broken.setattr(ann.far.shared, "facts", cut_off)
        with pytest.raises(Unavailable):
            ann.round()
    assert ann.waiting() == 0
    assert [one.document for one in ann.round().lost] == [keyed]
    assert ann.round().lost == []


def test_a_draft_whose_document_is_not_whole_keeps_nothing_else_waiting(
    sit: Sit, scene: MovedScene, monkeypatch: pytest.MonkeyPatch
) -> None:
    ann = sit("ann")
    ann.round()
    for _ in range(AHEAD):
        ann.key()
    monkeypatch.setattr(run, "drafts_taken_back", damaged)
    assert [one.title for one in ann.round().troubles] == ["A fact is damaged."]
    assert waiting(ann) == scene.documents[AHEAD : 2 * AHEAD]


def damaged(*_arguments: object) -> NoReturn:
    raise Tampered("A fact is damaged.")


def cut_off(*_arguments: object) -> NoReturn:
    raise Unavailable("The shared database cannot be reached.")
