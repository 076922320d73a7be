"""Retries and two programs of one person at once: stored once, chains do not fork, nothing is lost."""

from collections import Counter
from collections.abc import Iterator

import msgspec
import pytest

from boapp.domain.ids import ProjectId
from boapp.domain.passes import Method
from boapp.domain.workflow import Mode
from boapp.localdb.outbox import Message
from boapp.localdb.store import LocalStore
from boapp.services.auditing import verify_project
from boapp.services.queue import claim
from boapp.services.sealing import seal
from boapp.services.syncing import send_waiting
from boapp.shareddb.protocol import Outcome
from boapp.workspace import Workspace
from tests.builders import House, add_project, entries, key_document, receipt, take_in_pages
from tests.faults.children import Child, finish, orders
from tests.faults.ledger import Ledger

AT_ONCE = 16


@pytest.fixture
def project(house: House) -> ProjectId:
    return add_project(house, Mode.RELEASE)


@pytest.fixture
def twice(house: House, project: ProjectId) -> Iterator[tuple[Workspace, Workspace]]:
    """Return ann's workspace opened twice, as by two programs of hers."""
    assert project
    pair = house.as_("ann"), house.as_("ann")
    yield pair
    for ws in pair:
        ws.close()


@pytest.mark.parametrize("second", [False, True], ids=["first pass", "second pass"])
def test_one_pass_sent_by_sixteen_processes_at_once_is_stored_once(
    house: House, project: ProjectId, *, second: bool
) -> None:
    (document,) = take_in_pages(house, project, 1)
    if second:
        ann = house.as_("ann")
        key_document(ann, project, document, receipt())
        ann.close()
    cleo = house.as_("cleo")
    work = claim(cleo, project, second=second)
    assert work is not None
    seal(cleo, work, entries(receipt()), Method.KEYED)
    cleo.close()
    said = finish(orders(house, "cleo", project, "send_at_once", str(AT_ONCE)))
    outcomes = Counter(words[0] for kind, *words in said if kind == "outcome")
    assert outcomes == {Outcome.STORED: 1, Outcome.ALREADY: AT_ONCE - 1}
    cleo = house.as_("cleo")
    assert send_waiting(cleo) == [Outcome.ALREADY]
    assert [p.slot for p in cleo.shared.passes(project) if p.person == cleo.me.id] == [1 + second]
    assert verify_project(cleo, project).findings == []
    cleo.close()


def test_two_programs_of_one_person_key_side_by_side_in_one_chain(house: House, project: ProjectId) -> None:
    take_in_pages(house, project, 12)
    told = msgspec.structs.replace(orders(house, "ann", project, "key_everything"), waits_for_go=True)
    children = [Child(told), Child(told)]
    said = [child.lines() for child in children]
    for lines in said:
        assert next(lines) == ["ready"]
    for child in children:
        child.tell(b"go")
    ledger = Ledger()
    for lines in said:
        ledger.read(lines)
    assert [child.end() for child in children] == [0, 0]
    assert len(ledger.sealed) == 12
    ledger.check_all_done(house, "ann", project)


def test_one_claim_sealed_in_two_programs_counts_once_and_the_other_is_surplus(
    house: House, project: ProjectId, twice: tuple[Workspace, Workspace]
) -> None:
    take_in_pages(house, project, 1)
    one, other = twice
    work = claim(one, project, second=False)
    assert work is not None
    for ws in twice:
        seal(ws, work, entries(receipt()), Method.KEYED)
    assert send_waiting(one) == [Outcome.STORED, Outcome.SURPLUS]
    assert send_waiting(other) == []
    assert sorted(p.slot for p in one.shared.passes(project)) == [0, 1]
    assert verify_project(one, project).findings == []


def test_an_acknowledgement_that_comes_late_never_takes_a_newer_message_with_it(
    project: ProjectId, twice: tuple[Workspace, Workspace]
) -> None:
    slow, fast = (ws.store for ws in twice)
    _enqueue(fast, project, b"first")
    (seen,) = slow.waiting()
    fast.acknowledge(fast.waiting()[0])
    _enqueue(fast, project, b"second")
    slow.acknowledge(seen)
    assert [message.data for message in fast.waiting()] == [b"second"]


def _enqueue(store: LocalStore, project: ProjectId, data: bytes) -> None:
    store.enqueue(project, b"", lambda _place: Message("fact", data, bytes(32)))
