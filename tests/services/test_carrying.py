"""An outbox carried by hand between two workstations of one person: nothing lost, nothing twice."""

import stat
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from unittest import mock

import pytest

from boapp.crypto.facts import FactKind
from boapp.domain.ids import DocumentId, ProjectId
from boapp.domain.passes import Method
from boapp.domain.workflow import Mode
from boapp.enrolment import enrol, enrolment_of, store_path
from boapp.errors import BadInput, NotFound, Unavailable
from boapp.localdb.outbox import Message, acknowledged_chains
from boapp.localdb.store import LocalStore, Owner
from boapp.services import carrying, intake, queue, sealing
from boapp.services.auditing import verify_project
from boapp.services.carrying import NOT_SENT, REFUSED, export_outbox, import_outbox, list_outbox, retry
from boapp.services.syncing import FACT, plain, send_waiting
from boapp.shareddb.protocol import Outcome, SharedDatabase
from boapp.workspace import Workspace
from tests.attacks.tools import Scene, signed_fact
from tests.builders import House, add_project, draw_pages, entries, receipt, take_in_pages


@dataclass
class Two:
    """Ann at her first workstation, with passes that could not be sent, and her second one."""

    house: House
    project: ProjectId
    documents: list[DocumentId]
    open: list[Workspace] = field(default_factory=list)

    @property
    def file(self) -> Path:
        return self.house.folder / "carried"

    def first(self, code: str = "ann") -> Workspace:
        """Open the workspace where she keyed."""
        self.open.append(ws := self.house.as_(code))
        return ws

    def second(self, code: str = "ann") -> Workspace:
        """Open the workspace at another workstation, with a local store of its own."""
        ws = self.house.as_(code)
        ws.store.close()
        home = self.house.folder / "another home"
        enrol(home, enrolment_of(ws.home, ws.org))
        owner = Owner(ws.org, ws.me.id, ws.keys, ws.roster.organisation.recovery)
        made = replace(ws, home=home, store=LocalStore(store_path(home, ws.org, ws.me.id), owner))
        self.open.append(made)
        return made

    def seal(self, ws: Workspace, number: int) -> None:
        """Key a document, and do not send it."""
        work = queue.claim(ws, self.project, second=False, document=self.documents[number])
        assert work is not None
        sealing.seal(ws, work, entries(receipt()), Method.KEYED)

    def slots(self) -> list[list[int]]:
        """Return which slots the passes of each document have."""
        shared = self.first("aud").shared
        return [[p.slot for p in shared.passes(self.project, one)] for one in self.documents]

    def findings(self) -> object:
        """Return what an audit finds at the second workstation, which remembers what it sent."""
        return verify_project(self.second("aud"), self.project).findings


@pytest.fixture
def two(any_house: House) -> Iterator[Two]:
    project = add_project(any_house, Mode.RELEASE)
    made = Two(any_house, project, take_in_pages(any_house, project, 3))
    ann = made.first()
    made.seal(ann, 0)
    made.seal(ann, 1)
    yield made
    for ws in made.open:
        ws.close()


@contextmanager
def network_down(ws: Workspace) -> Iterator[None]:
    """Let the shared database answer nothing."""
    gone = mock.Mock(spec=SharedDatabase)
    for name in dir(SharedDatabase):
        if not name.startswith("_"):
            getattr(gone, name).side_effect = Unavailable("The server cannot be reached.")
    there, ws.shared = ws.shared, gone
    yield
    ws.shared = there


def outcomes(done: carrying.Sending) -> list[str]:
    return [one.came for one in done.told]


def test_what_waits_is_listed_by_name_with_kind_time_and_size(two: Two) -> None:
    ann = two.first()
    one, other = list_outbox(ann)
    assert (one.kind, one.project, one.document) == ("pass", "receipts", "page-001.png")
    assert (other.document, len(ann.store.waiting())) == ("page-002.png", 2)
    assert ann.now_us() - 60_000_000 < one.since_us <= other.since_us
    assert one.size == len(ann.store.waiting()[0].data)


def test_without_a_network_what_waits_is_listed_by_id_and_the_server_is_asked_once(two: Two) -> None:
    ann = two.first()
    with network_down(ann):
        listed = list_outbox(ann)
        assert isinstance(ann.shared, mock.Mock)
        assert len(ann.shared.method_calls) == 1
    assert [one.document for one in listed] == [d.hex() for d in two.documents[:2]]
    assert {one.project for one in listed} == {two.project.hex()}


def test_what_is_exported_without_a_network_stays_and_only_its_owner_reads_the_file(two: Two) -> None:
    ann = two.first()
    before = ann.store.waiting()
    with network_down(ann):
        assert export_outbox(ann, two.file) == 2
    assert ann.store.waiting() == before
    assert stat.S_IMODE(two.file.stat().st_mode) == 0o600
    assert [path.name for path in two.file.parent.iterdir() if path.suffix == ".part"] == []


def test_nothing_is_written_over_and_nothing_that_waits_makes_no_file(two: Two) -> None:
    two.file.write_text("mine")
    with pytest.raises(BadInput, match="there already"):
        export_outbox(two.first(), two.file)
    assert two.file.read_text() == "mine"
    with pytest.raises(NotFound, match="Nothing waits"):
        export_outbox(two.first("sue"), two.file.with_name("another"))
    assert not two.file.with_name("another").exists()


@pytest.mark.parametrize("first_sends", ["before", "between", "after"])
def test_each_message_is_stored_once_whichever_workstation_sends_it_first(two: Two, first_sends: str) -> None:
    ann = two.first()
    export_outbox(ann, two.file)
    if first_sends == "before":
        assert send_waiting(ann) == [Outcome.STORED, Outcome.STORED]
    at_second = two.second()
    with network_down(at_second):
        done = import_outbox(at_second, two.file)
    assert (done.messages, done.new, done.retired, done.sending.left) == (2, 2, 0, 2)
    assert (outcomes(done.sending), done.sending.done) == ([NOT_SENT] * 2, False)
    if first_sends == "between":
        assert send_waiting(ann) == [Outcome.STORED, Outcome.STORED]
    came = Outcome.STORED if first_sends == "after" else Outcome.ALREADY
    assert outcomes(retry(at_second)) == [came, came]
    if first_sends == "after":
        assert send_waiting(ann) == [Outcome.ALREADY, Outcome.ALREADY]
    assert (two.slots(), two.findings()) == ([[1], [1], []], [])
    assert at_second.store.waiting() == two.first().store.waiting() == []


def test_a_file_that_is_brought_in_again_is_recognised(two: Two) -> None:
    ann, at_second = two.first(), two.second()
    export_outbox(ann, two.file)
    with network_down(at_second):
        assert import_outbox(at_second, two.file).new == 2
        assert import_outbox(at_second, two.file).new == 0
        assert len(at_second.store.waiting()) == 2
    assert import_outbox(ann, two.file).new == 0
    again = import_outbox(at_second, two.file)
    assert outcomes(again.sending) == [Outcome.ALREADY, Outcome.ALREADY]
    assert two.slots() == [[1], [1], []]


def test_what_was_brought_in_can_be_carried_on(two: Two) -> None:
    export_outbox(two.first(), two.file)
    at_second = two.second()
    with network_down(at_second):
        import_outbox(at_second, two.file)
        assert export_outbox(at_second, two.file.with_name("further")) == 2
    assert outcomes(import_outbox(two.first(), two.file.with_name("further")).sending) == [Outcome.STORED] * 2


def test_the_chain_of_the_second_workstation_does_not_move(two: Two) -> None:
    export_outbox(two.first(), two.file)
    at_second = two.second()
    two.seal(at_second, 2)
    (own,) = at_second.store.waiting()
    path = store_path(at_second.home, at_second.org, at_second.me.id)
    before = acknowledged_chains(path)
    with network_down(at_second):
        import_outbox(at_second, two.file)
    # What waits here of another chain must not make this one look shorter: an audit would miss what is gone.
    assert acknowledged_chains(path) == before
    assert at_second.store.waiting()[0] == own
    assert outcomes(retry(at_second)) == [Outcome.STORED] * 3
    chains = {p.sealed.read_manifest().place.chain for p in two.first("aud").shared.passes(two.project)}
    assert len(chains) == 2
    assert (two.slots(), two.findings()) == ([[1], [1], [1]], [])


def test_a_retry_tells_what_was_refused_and_sends_the_rest(two: Two) -> None:
    ann, gone = two.first(), DocumentId(bytes(16))
    scene = Scene(two.house, two.project, two.documents)
    fact = signed_fact(ann, scene, FactKind.CONFIRMATION, {"same": True}, (bytes(16),), document=gone)
    _, data = plain(fact)
    ann.store.enqueue(two.project, ann.seen_head, lambda _place: Message(FACT, data, bytes(32)))
    for sent in ([Outcome.STORED] * 2, []):
        done = retry(ann)
        assert (outcomes(done), done.left, done.done) == ([*sent, REFUSED], 1, False)
        (*_, told) = done.told
        assert (told.message.kind, told.message.document) == ("confirmation", gone.hex())
        assert told.why.startswith(("This document is not", "The shared database refuses"))


def test_what_came_too_late_is_told_and_is_done(two: Two) -> None:
    ann = two.first()
    ann.shared.hand_back(ann.shared.my_claims(two.project)[0].fence)
    done = retry(ann)
    assert (outcomes(done), done.left, done.done) == ([Outcome.SURPLUS, Outcome.STORED], 0, True)
    assert "too late" in done.told[0].why


def test_documents_that_were_taken_in_are_carried_like_passes(two: Two) -> None:
    admin = two.first("admin")
    at_second = two.second("admin")
    files = draw_pages(two.house.folder / "more", ["late.png"])
    with mock.patch.object(intake, "send_waiting", return_value=[Outcome.STORED]):
        assert not intake.take_in(admin, two.project, "late", files, None).refused
    assert [one.kind for one in list_outbox(admin)] == ["intake"]
    export_outbox(admin, two.file)
    assert outcomes(import_outbox(at_second, two.file).sending) == [Outcome.STORED]
    assert send_waiting(admin) == [Outcome.ALREADY]
    assert "late.png" in intake.document_names(two.first("admin"), two.project).values()
