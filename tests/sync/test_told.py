"""What a keyer has to know is told, and what she signed is done, though the network fails meanwhile."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from boapp.errors import Refusal
from boapp.localdb.outbox import Message
from boapp.localdb.reserve import State
from boapp.services.queue import Assignment
from boapp.services.taking_back import take_back
from boapp.shareddb.protocol import Outcome
from boapp.sync.run import LEAVE_FACTS_US
from tests.attacks.tools import Scene
from tests.sync.desks import Desk
from tests.sync.network import Fault
from tests.sync.offices import FileOffice

HOUR_US = 3600 * 1_000_000


@pytest.fixture
def office(prepared: Scene, tmp_path: Path) -> Iterator[FileOffice]:
    """Return a project that several workstations share."""
    made = FileOffice(prepared.copy(tmp_path / "office"))
    yield made
    made.close()


@pytest.fixture
def ann(office: FileOffice) -> Iterator[Desk]:
    """Return ann at work."""
    desk = Desk(office, "ann", "ann")
    desk.round()
    yield desk
    desk.close()


def taken(desk: Desk, *, second: bool = False) -> Assignment:
    work = desk.take(second=second)
    assert work is not None
    return work


def end_claim(office: FileOffice, work: Assignment) -> None:
    """Have the supervisor take a document back."""
    take_back(office.scene.as_("sue"), office.project, work.claim.document, "she is ill")


def sealed_too_late(office: FileOffice, desk: Desk) -> Assignment:
    """Let her seal what was taken back from her meanwhile."""
    work = taken(desk)
    end_claim(office, work)
    desk.seal(work)
    return work


@pytest.mark.parametrize("operation", ["facts", "documents"])
def test_a_keyer_hears_that_she_came_too_late_though_the_network_fails_before_that(
    office: FileOffice, ann: Desk, operation: str
) -> None:
    work = sealed_too_late(office, ann)
    ann.network.once[operation] = Fault.LOSES_THE_REQUEST
    ann.round()
    assert ann.outbox() == []
    assert ann.told == set()
    ann.round()
    assert ann.told == {work.claim.document}


def test_a_keyer_hears_that_she_came_too_late_though_the_answer_itself_was_lost(
    office: FileOffice, ann: Desk
) -> None:
    work = sealed_too_late(office, ann)
    ann.seal(taken(ann))
    ann.network.once["send"] = Fault.LOSES_THE_REPLY
    ann.round()
    done = ann.round()
    assert done is not None
    assert done.sent.outcomes == (Outcome.ALREADY, Outcome.ALREADY)
    assert ann.told == {work.claim.document}, "and not of what counts"


def test_a_keyer_hears_once_of_a_draft_that_was_taken_back_though_the_network_fails_at_that(
    office: FileOffice, ann: Desk
) -> None:
    ann.type(work := taken(ann), "9.00")
    end_claim(office, work)
    office.scene.as_("cleo").shared.claim(office.project, second=False, document=work.claim.document)
    ann.network.once["facts"] = Fault.LOSES_THE_REQUEST
    ann.round()
    assert ann.told == set()
    ann.round()
    assert ann.told == {work.claim.document}
    ann.seal(taken(ann))
    done = ann.round()
    assert done is not None
    assert done.lost == []
    assert work.claim.document in ann.drafts()


def test_a_comparison_that_failed_is_made_in_the_next_round(office: FileOffice, ann: Desk) -> None:
    ann.seal(taken(ann))
    ann.round()
    bob = Desk(office, "bob", "bob")
    bob.round()
    bob.seal(taken(bob, second=True))
    bob.network.once["reveal"] = Fault.LOSES_THE_REQUEST
    bob.round()
    assert bob.outbox() == []
    assert bob.far.shared.awaiting_my_comparison(office.project) != []
    bob.round()
    assert bob.far.shared.awaiting_my_comparison(office.project) == []
    bob.close()


def test_a_claim_that_was_granted_anew_stays_when_a_pass_is_sealed_under_the_one_before(
    office: FileOffice, ann: Desk
) -> None:
    before = taken(ann)
    end_claim(office, before)
    ann.far.shared.claim(office.project, second=False, document=before.claim.document)
    ann.round()
    ann.seal(before)
    states = {document: state for _, document, *_, state in ann.near.store.reserve.states()}
    assert states[before.claim.document] is State.WAITS
    ann.round()
    while (again := taken(ann)).claim.document != before.claim.document:
        pass
    ann.seal(again)
    done = ann.round()
    assert done is not None
    assert done.sent.outcomes == (Outcome.STORED,)


def test_a_document_that_she_handed_back_here_and_was_granted_elsewhere_goes_not_to_and_fro(
    office: FileOffice, ann: Desk
) -> None:
    work = taken(ann)
    ann.hand_back(work)
    ann.round()
    while found := ann.take(second=False):
        ann.seal(found)
    ann.courier.round(ahead=False)
    elsewhere = Desk(office, "ann elsewhere", "ann")
    desks = (elsewhere, ann)
    done = [desk.round() for _ in range(3) for desk in desks][-2:]
    assert [one.changed for one in done if one is not None] == [False, False]
    for desk in desks:
        assert work.claim.document in {row[1] for row in desk.near.store.reserve.states()}
    elsewhere.close()


def test_a_fact_is_left_to_its_page_for_seconds_and_not_for_as_long_as_a_clock_was_wrong(ann: Desk) -> None:
    store, now_us = ann.near.store, ann.near.now_us()
    times = {"long ago": now_us - HOUR_US, "just now": now_us - 1000, "by a wrong clock": now_us + HOUR_US}
    for words, signed_us in times.items():
        message = Message("fact", words.encode(), bytes(32))
        store.enqueue(ann.office.project, b"", lambda _place, m=message: m, now_us=signed_us)  # type: ignore[misc]
    sent = store.head(10, 1 << 20, (now_us - LEAVE_FACTS_US, now_us))
    assert [one.data for one in sent] == [b"long ago", b"by a wrong clock"]


def test_nothing_is_renewed_or_lost_while_the_list_of_people_is_too_old_to_key_by(ann: Desk) -> None:
    held = ann.near.store.reserve.states()

    def stale() -> None:
        raise Refusal("No administrator has confirmed the list of people for 30 days.")

    ann.far.demand_fresh = stale  # type: ignore[method-assign]
    ann.office.end_leases()
    ann.network.once["renew"] = Fault.RESTARTS
    done = ann.round()
    assert done is not None
    assert done.whole
    assert ann.near.store.reserve.states() == held
    assert ann.network.once, "it was not asked for"
