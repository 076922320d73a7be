"""Claiming, drafting and sealing through the services, in a project with typed fields."""

from collections.abc import Iterator

import pytest

from boapp.domain.passes import Asked, Entry, Method
from boapp.domain.values import BLANK, Address, Value
from boapp.domain.workflow import Stage
from boapp.errors import BadInput, NotAllowed, NotFound
from boapp.services import keying, queue, sealing
from boapp.services.queue import Assignment
from boapp.services.syncing import send_waiting
from tests.builders import House, Office
from tests.domain.samples import form_source

FORM = form_source(
    {"key": "amount", "type": "integer", "checks": [{"check": "range", "max": "100", "effect": "warns"}]},
    {"key": "note", "policy": "none"},
)
HOURS = 3600 * 1_000_000


class Desks(Office):
    """A house with the project and its documents, and everybody's open workspace, closed at the end."""

    def __init__(self, house: House) -> None:
        super().__init__(house, FORM)

    def claim(self, code: str, *, second: bool = False) -> Assignment:
        work = queue.claim(self[code], self.project, second=second)
        assert work is not None
        return work

    def seal(self, code: str, work: Assignment, *entries: Entry) -> None:
        sealing.seal(self[code], work, entries, Method.KEYED)
        send_waiting(self[code])

    def stages(self) -> list[Stage]:
        return [row.stage for row in self["sue"].shared.documents(self.project)]


@pytest.fixture
def office(any_house: House) -> Iterator[Desks]:
    made = Desks(any_house)
    yield made
    made.close()


@pytest.fixture
def in_file(house: House) -> Iterator[Desks]:
    """An office whose shared database goes by this computer's clock."""
    made = Desks(house)
    yield made
    made.close()


def amount(text: str, *accepted: str) -> Entry:
    return Entry(Address("amount"), Value.of(text), "", accepted)


def note(text: str) -> Entry:
    return Entry(Address("note"), Value.of(text))


def test_the_queue_gives_documents_in_the_order_in_which_they_came(office: Desks) -> None:
    given = [office.claim(code).claim.document for code in ("ann", "bob", "cleo")]
    assert given == office.documents
    assert queue.claim(office["ann"], office.project, second=False) is None


def test_a_claim_is_exclusive_until_it_is_handed_back(office: Desks) -> None:
    work = office.claim("ann")
    named = office.documents[0]
    assert queue.claim(office["cleo"], office.project, second=False, document=named) is None
    office["ann"].shared.hand_back(work.claim.fence)
    assert queue.claim(office["cleo"], office.project, second=False, document=named) is not None


def test_nobody_hands_back_the_claim_of_somebody_else(office: Desks) -> None:
    work = office.claim("ann")
    office["cleo"].shared.hand_back(work.claim.fence)
    assert [w.claim for w in queue.open_assignments(office["ann"], office.project)] == [work.claim]


def test_an_open_claim_is_found_again_after_a_restart(office: Desks) -> None:
    work = office.claim("ann")
    keying.put(office["ann"], work, amount("7"))
    office.close()
    (again,) = queue.open_assignments(office["ann"], office.project)
    assert again == work
    assert keying.drafted(office["ann"], again) == {Address("amount"): amount("7")}


def test_a_claim_that_ran_out_goes_to_somebody_else(in_file: Desks, monkeypatch: pytest.MonkeyPatch) -> None:
    work = in_file.claim("ann")
    now = in_file["cleo"].now_us()
    monkeypatch.setattr(in_file["cleo"].shared, "_now_us", lambda: now + 9 * HOURS)
    other = queue.claim(in_file["cleo"], in_file.project, second=False, document=work.claim.document)
    assert other is not None
    assert other.claim.fence != work.claim.fence


def test_the_second_pass_is_for_somebody_else_and_for_second_keyers_alone(office: Desks) -> None:
    office.seal("cleo", office.claim("cleo"), amount("7"), note("x"))
    for code in ("cleo", "ann"):
        assert queue.claim(office[code], office.project, second=True) is None
    work = office.claim("bob", second=True)
    assert (work.asked, work.claim.document) == (Asked.VERIFY, office.documents[0])


@pytest.mark.parametrize("code", ["sue", "adj", "admin", "aud"])
def test_who_keys_nothing_here_claims_nothing(office: Desks, code: str) -> None:
    with pytest.raises(NotAllowed, match="may not key"):
        queue.claim(office[code], office.project, second=False)


def test_a_draft_is_kept_as_it_was_left_and_ends_with_the_seal(office: Desks) -> None:
    ann, work = office["ann"], office.claim("ann")
    keying.put(ann, work, amount("1"))
    keying.put(ann, work, amount("12"))
    keying.put(ann, work, note(""))
    assert keying.drafted(ann, work) == {Address("amount"): amount("12"), Address("note"): note("")}
    office.seal("ann", work, *keying.drafted(ann, work).values())
    assert keying.drafted(ann, work) == {}
    assert office.stages() == [Stage.SECOND, Stage.FIRST, Stage.FIRST]


def test_only_what_is_asked_in_this_pass_is_kept(office: Desks) -> None:
    work = office.claim("ann")
    with pytest.raises(BadInput, match="not asked"):
        keying.put(office["ann"], work, Entry(Address("other"), BLANK))
    office.seal("ann", work, amount("7"), note("x"))
    second = office.claim("bob", second=True)
    with pytest.raises(BadInput, match="not asked"):
        keying.put(office["bob"], second, note("x"))
    assert keying.drafted(office["bob"], second) == {}


def test_the_picture_of_a_page_is_shown_and_kept_encrypted(office: Desks) -> None:
    ann, work = office["ann"], office.claim("ann")
    picture = keying.page(ann, work, 1)
    assert picture.startswith(b"\x89PNG")
    kept = ann.store.pages.get(work.claim.document, 1)
    assert kept is not None
    assert picture not in kept
    assert keying.page(ann, work, 1) == picture
    for number in (0, 2):
        with pytest.raises(NotFound):
            keying.page(ann, work, number)


@pytest.mark.parametrize(
    ("entries", "words"),
    [
        ((), "Not keyed yet: amount, note."),
        ((amount("7"),), "Not keyed yet: note."),
        ((amount("seven"), note("")), "amount holds an error"),
        ((amount("101"), note("")), "amount holds a warning"),
        ((amount("101", "mask"), note("")), "amount holds a warning"),
        ((amount("7"), note(""), Entry(Address("other"), BLANK)), "other holds an error"),
        ((amount("7"), note(""), Entry(Address("amount", 1), BLANK)), "amount holds an error"),
    ],
)
def test_an_unfinished_pass_is_not_sealed(office: Desks, entries: tuple[Entry, ...], words: str) -> None:
    work = office.claim("ann")
    with pytest.raises(BadInput, match=words):
        sealing.seal(office["ann"], work, entries, Method.KEYED)
    assert office["ann"].store.waiting() == []
    assert office.stages() == [Stage.FIRST] * 3


def test_a_warning_that_was_accepted_and_a_blank_are_sealed(office: Desks) -> None:
    office.seal("ann", office.claim("ann"), amount("101", "range"), note(""))
    office.seal("ann", office.claim("ann"), amount(""), note(""))
    assert office.stages() == [Stage.SECOND, Stage.SECOND, Stage.FIRST]


def test_a_seal_waits_in_the_outbox_until_it_is_sent(office: Desks) -> None:
    ann, work = office["ann"], office.claim("ann")
    sealing.seal(ann, work, (amount("7"), note("x")), Method.KEYED)
    assert len(ann.store.waiting()) == 1
    assert office.stages()[0] is Stage.FIRST
    send_waiting(ann)
    assert ann.store.waiting() == []
    assert office.stages()[0] is Stage.SECOND


def test_a_seal_after_the_claim_ran_out_is_kept_as_surplus(
    in_file: Desks, monkeypatch: pytest.MonkeyPatch
) -> None:
    late = in_file.claim("ann")
    now = in_file["cleo"].now_us()
    monkeypatch.setattr(in_file["cleo"].shared, "_now_us", lambda: now + 9 * HOURS)
    work = queue.claim(in_file["cleo"], in_file.project, second=False, document=late.claim.document)
    assert work is not None
    in_file.seal("cleo", work, amount("7"), note("x"))
    in_file.seal("ann", late, amount("8"), note("x"))
    assert in_file["ann"].store.waiting() == []
    slots = {p.person: p.slot for p in in_file["sue"].shared.passes(in_file.project)}
    assert slots == {in_file["cleo"].me.id: 1, in_file["ann"].me.id: 0}
