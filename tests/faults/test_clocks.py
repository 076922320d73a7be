"""The clock jumps by a day, either way, between claim and seal: nothing is lost, the late one is surplus."""

import pytest

from boapp.crypto.sealed_pass import open_as_author
from boapp.domain.ids import ProjectId
from boapp.domain.passes import Method
from boapp.domain.workflow import Mode, Stage
from boapp.services.auditing import verify_project
from boapp.services.comparing import compare_waiting
from boapp.services.keying import drafted, put
from boapp.services.queue import Assignment, claim
from boapp.services.sealing import seal
from boapp.services.syncing import send_waiting
from boapp.shareddb.protocol import Outcome
from boapp.workspace import Workspace, now_us
from tests.builders import House, add_project, key_document, receipt, take_in_pages
from tests.faults.work import entry, values_of

DAY_US = 24 * 3600 * 1_000_000


@pytest.fixture
def project(house: House) -> ProjectId:
    made = add_project(house, Mode.RELEASE)
    take_in_pages(house, made, 1)
    return made


def at(ws: Workspace, jump_us: int) -> Workspace:
    """Put a workspace's clock forward, or back."""
    ws.now_us = ws.shared._now_us = lambda: now_us() + jump_us  # type: ignore[attr-defined]
    return ws


def keyed(ws: Workspace, project: ProjectId) -> Assignment:
    """Claim and key a document, and do not seal it."""
    work = claim(ws, project, second=False)
    assert work is not None
    for field, text in values_of(work.claim.document).items():
        put(ws, work, entry(field, text))
    return work


def sealed_and_sent(ws: Workspace, work: Assignment) -> list[Outcome]:
    seal(ws, work, tuple(drafted(ws, work).values()), Method.KEYED)
    return send_waiting(ws)


@pytest.mark.parametrize("jump_us", [DAY_US, -DAY_US], ids=["a day on", "a day back"])
def test_a_claim_that_nobody_took_over_is_sealed_whatever_the_clock_says(
    house: House, project: ProjectId, jump_us: int
) -> None:
    ann, bob, sue = (house.as_(code) for code in ("ann", "bob", "sue"))
    work = keyed(ann, project)
    assert sealed_and_sent(at(ann, jump_us), work) == [Outcome.STORED]
    key_document(bob, project, work.claim.document, values_of(work.claim.document), second=True)
    compare_waiting(at(sue, jump_us), project)
    assert [row.stage for row in sue.shared.documents(project)] == [Stage.SETTLED]
    assert verify_project(sue, project).findings == []
    for ws in (ann, bob, sue):
        ws.close()


def test_a_claim_that_somebody_took_over_is_kept_as_surplus_and_the_document_goes_on(
    house: House, project: ProjectId
) -> None:
    ann, cleo, bob = (house.as_(code) for code in ("ann", "cleo", "bob"))
    work = keyed(ann, project)
    document = work.claim.document
    key_document(at(cleo, DAY_US), project, document, receipt())
    assert sealed_and_sent(ann, work) == [Outcome.SURPLUS]
    (surplus,) = [p for p in ann.shared.passes(project) if not p.slot]
    opened = open_as_author(surplus.sealed, ann.keys.box_key)
    assert {e.address.field: e.value.text for e in opened} == values_of(document)
    key_document(at(bob, -DAY_US), project, document, receipt(), second=True)
    assert [row.stage for row in bob.shared.documents(project)] == [Stage.SETTLED]
    assert verify_project(bob, project).findings == []
    for ws in (ann, cleo, bob):
        ws.close()
