"""40: a forgotten passphrase with two officers' parts: what was keyed, sealed and drafted is there, once."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace

import pytest
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from boapp.crypto.epochs import unwrap_key
from boapp.domain.ids import DocumentId, ProjectId
from boapp.domain.passes import Entry, Method
from boapp.domain.values import Address, Value
from boapp.domain.workflow import Mode
from boapp.enrolment import store_path
from boapp.errors import NotAllowed, Tampered
from boapp.localdb.store import LocalStore, Owner
from boapp.services import keying, queue, resetting, sealing
from boapp.services.auditing import verify_project
from boapp.services.carrying import export_outbox, send_recovered
from boapp.services.comparing import compare_waiting
from boapp.services.people import NewPerson, list_people
from boapp.services.syncing import send_waiting
from boapp.shareddb.postgres import PostgresDatabase
from boapp.shareddb.protocol import SharedDatabase
from boapp.workspace import Workspace
from tests.builders import House, add_project, entries, key_document, receipt, take_in_pages
from tests.moved import MovedHouse

DRAFTED = Entry(Address("company"), Value.of("LEFT OPEN LTD"))


@dataclass
class Lost:
    """A house in which ann forgot her passphrase: one pass was never sent, one document is half keyed."""

    house: House
    project: ProjectId
    documents: list[DocumentId]

    @contextmanager
    def as_(self, code: str) -> Iterator[Workspace]:
        """Open the workspace as a person, and close it."""
        ws = self.house.as_(code)
        try:
            yield ws
        finally:
            ws.close()

    def recovery(self, ws: Workspace) -> X25519PrivateKey:
        """Put two officers' parts together."""
        papers = (self.house.folder / "officers" / f"recovery-{n}.txt" for n in (1, 3))
        return resetting.recovery_key(ws, *(paper.read_text() for paper in papers))

    @contextmanager
    def acting(self, ws: Workspace, made: resetting.Reset) -> Iterator[SharedDatabase]:
        """Give the shared database to what she had not sent."""
        if isinstance(self.house, MovedHouse):
            with self.house.login("ann") as db:
                yield PostgresDatabase(db)
        else:
            with resetting.acting_for(ws, made) as shared:
                yield shared

    def reset(self, upto: str = "the end") -> None:
        """Give ann new keys, or be killed on the way."""
        new = NewPerson("ann", "", (), "another passphrase", set_by_administrator=False)
        with self.as_("admin") as admin:
            made, secret = resetting.prepare(admin, new), self.recovery(admin)
            with self.acting(admin, made) as shared:
                resetting.send_left_over(admin, made, shared, secret)
            if upto == "sent":
                return
            resetting.carry_out(admin, made, secret)
            if upto != "retired":
                resetting.hand_over_store(admin, made, secret)
        self.house = replace(self.house, keys={**self.house.keys, "ann": made.keys})


@pytest.fixture
def lost(any_house: House) -> Lost:
    project = add_project(any_house, Mode.STRICT)
    made = Lost(any_house, project, take_in_pages(any_house, project, 3))
    with made.as_("ann") as ann:
        key_document(ann, project, made.documents[0], receipt())
        work = queue.claim(ann, project, second=False, document=made.documents[1])
        assert work is not None
        sealing.seal(ann, work, entries(receipt()), Method.KEYED)
        work = queue.claim(ann, project, second=False, document=made.documents[2])
        assert work is not None
        keying.put(ann, work, DRAFTED)
        assert len(ann.store.waiting()) == 1
    return made


def finish(lost: Lost) -> None:
    """Seal what was drafted, key all of it second and compare."""
    with lost.as_("ann") as ann:
        (work,) = queue.open_assignments(ann, lost.project)
        assert keying.drafted(ann, work) == {DRAFTED.address: DRAFTED}
        assert ann.store.waiting() == []
        sealing.seal(ann, work, (DRAFTED, *entries(receipt())[1:]), Method.KEYED)
        send_waiting(ann)
    with lost.as_("bob") as bob:
        for document in lost.documents:
            key_document(bob, lost.project, document, receipt(), second=True)


def counted(lost: Lost) -> list[int]:
    """Return how many passes of each document are there, whether they count or not."""
    with lost.as_("aud") as aud:
        return [len(aud.shared.passes(lost.project, document)) for document in lost.documents]


@pytest.mark.parametrize("killed", ["", "sent", "retired"])
def test_what_was_sealed_arrives_once_and_what_was_drafted_comes_back(lost: Lost, killed: str) -> None:
    if killed:
        lost.reset(upto=killed)
    assert counted(lost) == ([1, 1, 0] if killed else [1, 0, 0])
    lost.reset()
    assert counted(lost) == [1, 1, 0]
    finish(lost)
    assert counted(lost) == [2, 2, 2]
    with lost.as_("sue") as sue:
        assert sorted(compare_waiting(sue, lost.project)) == sorted(lost.documents)
        assert verify_project(sue, lost.project).findings == []


def test_what_she_exported_elsewhere_is_sent_before_her_key_is_retired_and_counts(lost: Lost) -> None:
    file = lost.house.folder / "carried"
    with lost.as_("ann") as ann:
        export_outbox(ann, file)
        path = store_path(ann.home, ann.org, ann.me.id)
    path.rename(path.with_name("on another workstation"))
    with lost.as_("admin") as admin:
        new = NewPerson("ann", "", (), "another passphrase", set_by_administrator=False)
        made, secret = resetting.prepare(admin, new), lost.recovery(admin)
        with lost.acting(admin, made) as shared:
            hers = replace(admin, me=made.person, shared=shared)
            with pytest.raises(Tampered, match="damaged"):
                send_recovered(hers, file, X25519PrivateKey.generate())
            assert counted(lost) == [1, 0, 0]
            assert [send_recovered(hers, file, secret) for _ in range(2)] == [1, 1]
        with pytest.raises(NotAllowed, match="somebody else's"):
            send_recovered(admin, file, secret)
        resetting.carry_out(admin, made, secret)
    with lost.as_("aud") as aud:
        assert [[p.slot for p in aud.shared.passes(lost.project, d)] for d in lost.documents] == [
            [1],
            [1],
            [],
        ]
        assert verify_project(aud, lost.project).findings == []


def test_her_full_name_stays(lost: Lost) -> None:
    lost.reset()
    with lost.as_("sue") as sue:
        assert next(p.full_name for p in list_people(sue) if p.code == "ann") == "Full Name Of ann"


def test_the_old_keys_open_neither_store_nor_new_epochs(lost: Lost) -> None:
    # 39, 40: whoever has the old key and every file reads nothing that is keyed from now on.
    old = lost.house.keys["ann"]
    lost.reset()
    with lost.as_("ann") as ann:
        newer = [box for box in ann.shared.wraps(ann.me.id) if box.epoch == 2]
        assert [box.project for box in newer] == [lost.project]
        for box in newer:
            with pytest.raises(Tampered):
                unwrap_key(ann.org, box, old.box_key)
        path = store_path(ann.home, ann.org, ann.me.id)
        with pytest.raises(Tampered):
            LocalStore(path, Owner(ann.org, ann.me.id, old, ann.roster.organisation.recovery))


def test_two_administrators_who_reset_one_person_at_once_leave_one_new_key(lost: Lost) -> None:
    new = NewPerson("ann", "", (), "another passphrase", set_by_administrator=False)
    with lost.as_("admin") as one, lost.as_("admin") as other:
        first, second = resetting.prepare(one, new), resetting.prepare(other, new)
        resetting.carry_out(one, first, None)
        with pytest.raises(Tampered):
            resetting.carry_out(other, second, None)
        other.refresh()
        assert other.roster.person("ann").keys == first.keys.public
