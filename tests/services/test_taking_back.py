"""Taking a claim back through the services, and what its keyer is told of it."""

from collections.abc import Iterator

import pytest

from boapp.crypto.facts import FactKind, open_as_adjudicator
from boapp.domain.leases import HOUR_US
from boapp.domain.passes import Asked, Method
from boapp.domain.workflow import Stage
from boapp.errors import BadInput, NotAllowed, NotFound
from boapp.interchange.values_csv import ValuesRow
from boapp.services import from_files
from boapp.services.from_files import key_from_file
from boapp.services.keying import drafted, put
from boapp.services.queue import Assignment, claim
from boapp.services.sealing import seal
from boapp.services.syncing import send_all
from boapp.services.taking_back import drafts_taken_back, lateness, open_claims, take_back, were_told
from tests.builders import House, Office, entries, key_document, receipt

LATE = "page-001.png: It was taken back by your supervisor, sue. What you keyed is kept, and does not count."
KEPT = "page-001.png: It was taken back by your supervisor, sue. Your draft is kept."


class Desks(Office):
    """A release project with three documents, and everybody's open workspace."""

    def begin(self, code: str, *, second: bool = False) -> Assignment:
        """Let somebody claim the first document that waits for her, and keep one field of it."""
        work = claim(self[code], self.project, second=second)
        assert work is not None
        put(self[code], work, entries(receipt())[0])
        return work

    def take_back(self, code: str = "sue", reason: str = "she is ill") -> None:
        take_back(self[code], self.project, self.documents[0], reason)


@pytest.fixture
def office(any_house: House) -> Iterator[Desks]:
    made = Desks(any_house)
    yield made
    made.close()


def test_a_supervisor_sees_who_holds_what_since_when(office: Desks) -> None:
    key_document(office["ann"], office.project, office.documents[1], receipt())
    office.begin("ann")
    office.begin("bob", second=True)
    found = open_claims(office["sue"], office.project)
    assert [(h.document, h.person, h.asked, h.expired) for h in found] == [
        ("page-001.png", "ann", Asked.ALL, False),
        ("page-002.png", "bob", Asked.VERIFY, False),
    ]
    assert all(h.claim.expires_us - h.since_us == 8 * HOUR_US for h in found)
    assert all(abs(h.since_us - office["sue"].now_us()) < 60_000_000 for h in found)


@pytest.mark.parametrize("code", ["ann", "bob", "adj", "aud", "admin"])
def test_nobody_else_sees_or_ends_them(office: Desks, code: str) -> None:
    office.begin("ann")
    with pytest.raises(NotAllowed, match="take claims back"):
        open_claims(office[code], office.project)
    with pytest.raises(NotAllowed, match="take claims back"):
        office.take_back(code)
    assert len(office["ann"].shared.my_claims(office.project)) == 1


def test_what_was_taken_back_waits_again_and_the_draft_stays_with_its_author(office: Desks) -> None:
    work = office.begin("ann")
    office.take_back()
    assert office["ann"].shared.my_claims(office.project) == []
    assert [e.value.text for e in drafted(office["ann"], work).values()] == ["ACME"]
    assert [str(lost.why) for lost in drafts_taken_back(office["ann"])] == [KEPT]
    again = claim(office["ann"], office.project, second=False)
    assert again is not None
    assert again.claim.document == work.claim.document
    assert [e.value.text for e in drafted(office["ann"], again).values()] == ["ACME"]
    assert drafts_taken_back(office["ann"]) == []


def test_a_draft_is_no_longer_told_of_when_somebody_else_keyed_the_document(office: Desks) -> None:
    office.begin("ann")
    office.take_back()
    key_document(office["cleo"], office.project, office.documents[0], receipt())
    assert drafts_taken_back(office["ann"]) == []


def test_the_reason_is_kept_encrypted_for_holders_of_the_adjudication_key(office: Desks) -> None:
    office.begin("ann")
    office.take_back(reason="  she is ill ")
    adj = office["adj"]
    (stored,) = [f for f in adj.shared.facts(office.project) if f.kind == FactKind.TAKE_BACK]
    assert open_as_adjudicator(stored.fact, adj.adj(office.project, 1).secret) == b"she is ill"


@pytest.mark.parametrize("reason", ["", "   ", "a\nb", "x" * 501])
def test_a_reason_is_one_line_that_says_something(office: Desks, reason: str) -> None:
    office.begin("ann")
    with pytest.raises(BadInput):
        office.take_back(reason=reason)
    assert office["sue"].store.waiting() == []


def test_what_nobody_holds_cannot_be_taken_back(office: Desks) -> None:
    with pytest.raises(NotFound):
        office.take_back()


def test_a_claim_that_ends_at_that_moment_is_told_and_nothing_moves(
    office: Desks, monkeypatch: pytest.MonkeyPatch
) -> None:
    work, sue = office.begin("ann"), office["sue"]
    before = sue.shared.open_claims(office.project)
    office["ann"].shared.hand_back(work.claim.fence)
    answers = iter([before, []])
    monkeypatch.setattr(sue.shared, "open_claims", lambda _project: next(answers))
    with pytest.raises(NotAllowed, match="ended meanwhile"):
        office.take_back()


def test_a_claim_that_somebody_else_holds_by_now_is_not_ended_in_place_of_the_one_seen(
    office: Desks,
) -> None:
    work = office.begin("ann")
    office["ann"].shared.hand_back(work.claim.fence)
    office.begin("cleo")
    with pytest.raises(NotAllowed, match="ended meanwhile"):
        take_back(office["sue"], office.project, office.documents[0], "she is ill", work.claim.fence)
    assert [held.person for held in open_claims(office["sue"], office.project)] == ["cleo"]


def test_what_is_sealed_afterwards_is_kept_does_not_count_and_is_told(office: Desks) -> None:
    work = office.begin("ann")
    office.take_back()
    seal(office["ann"], work, entries(receipt()), Method.KEYED)
    send_all(office["ann"])
    lost = lateness(office["ann"])
    assert [str(one.why) for one in lost] == [LATE]
    were_told(office["ann"], lost)
    assert lateness(office["ann"]) == []
    assert office["ann"].shared.surplus(office.project) == 1
    (row,) = office["sue"].shared.documents(office.project, office.documents[0])
    assert row.stage is Stage.FIRST


def test_a_pass_that_came_too_late_for_another_reason_is_told_so(office: Desks) -> None:
    work = office.begin("ann")
    office["ann"].shared.hand_back(work.claim.fence)
    key_document(office["cleo"], office.project, office.documents[0], receipt())
    seal(office["ann"], work, entries(receipt()), Method.KEYED)
    send_all(office["ann"])
    (lost,) = lateness(office["ann"])
    assert str(lost.why) == (
        "page-001.png: It came too late. Another pass counts; this one is kept as surplus."
    )


def test_a_values_file_whose_document_is_taken_back_meanwhile_says_so(
    office: Desks, monkeypatch: pytest.MonkeyPatch
) -> None:
    office.begin("ann")

    def taken_back_before(*arguments: object) -> object:
        office.take_back()
        return seal(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(from_files, "seal", taken_back_before)
    done = key_from_file(office["ann"], office.project, [ValuesRow(2, "page-001.png", receipt())])
    (refused,) = done.refused
    assert refused.reason == LATE.removeprefix("page-001.png: ")
    assert done.sealed == []
