"""A local store's file that is damaged, of another version or another person's: refused, left as it is."""

import random
import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from boapp.domain.ids import DocumentId, Fence
from boapp.domain.passes import Entry, Method
from boapp.domain.values import Address
from boapp.domain.workflow import Mode
from boapp.enrolment import store_path
from boapp.errors import Refusal, Tampered, Unavailable
from boapp.localdb import tables
from boapp.localdb.reserve import Reserved, State
from boapp.localdb.store import Cursor
from boapp.services.auditing import verify_project
from boapp.services.keying import put_unfinished
from boapp.services.queue import claim, open_assignments
from boapp.services.sealing import seal
from boapp.services.syncing import send_waiting
from boapp.shareddb.protocol import Outcome
from boapp.workspace import Workspace
from tests.builders import House, add_project, entries, receipt, take_in_pages
from tests.faults.children import FULL
from tests.localdb.old_store import put_back_to_1, put_back_to_2

PAGE_BYTES = 4096
A_PAGE = b"a page" * 2000
OVERWRITTEN = 400 if FULL else 30


@dataclass(frozen=True)
class Content:
    """What somebody finds in her store."""

    drafts: dict[Address, Entry]
    cursor: Cursor | None
    messages: list[tuple[str, bytes]]
    reserved: list[tuple[Fence, bytes]]

    def is_of(self, whole: "Content") -> bool:
        """Say whether nothing here differs from what was kept; rows may be missing."""
        return (
            self.drafts.items() <= whole.drafts.items()
            and self.cursor in {whole.cursor, None}
            and set(self.messages) <= set(whole.messages)
            and set(self.reserved) <= set(whole.reserved)
        )


@dataclass(frozen=True)
class Kept:
    """A house in which ann's store holds a draft, two messages, a page and a reserved claim."""

    house: House
    path: Path
    drafted: DocumentId

    def content(self) -> Content:
        """Return what ann finds in her store; refused where it is damaged."""
        ws = self.house.as_("ann")
        try:
            return _content(ws, self.drafted)
        finally:
            ws.close()

    def copy(self, folder: Path) -> "Kept":
        house = self.house.copy(folder)
        return Kept(house, house.folder / self.path.relative_to(self.house.folder), self.drafted)


def _content(ws: Workspace, document: DocumentId) -> Content:
    (project,) = ws.roster.projects
    store = ws.store
    messages = [(message.kind, message.data) for message in store.waiting()]
    reserved = [(claim.fence, claim.contents) for claim in store.reserve.claims()]
    return Content(store.drafts(document), store.cursor(project, document), messages, reserved)


@pytest.fixture(scope="module")
def made(founded_house: House, tmp_path_factory: pytest.TempPathFactory) -> Kept:
    house = founded_house.copy(tmp_path_factory.mktemp("store") / "house")
    project = add_project(house, Mode.RELEASE)
    take_in_pages(house, project, 3)
    ann = house.as_("ann")
    for _ in range(2):
        work = claim(ann, project, second=False)
        assert work is not None
        seal(ann, work, entries(receipt()), Method.KEYED)
        ann.store.pages.put(work.claim.document, 1, bytes(PAGE_BYTES))
    work = claim(ann, project, second=False)
    assert work is not None
    for one in entries(receipt(company="ACME " * 200)):
        put_unfinished(ann, work, Cursor(one.address.field, 0, 2, finished=False), one)
    document, fence = work.claim.document, work.claim.fence
    ann.store.pages.put(document, 1, A_PAGE)
    ann.store.reserve.keep([Reserved(fence, document, project, 1, 5, 1, State.BEGUN, b"contents")])
    ann.close()
    return Kept(house, store_path(house.home, ann.org, ann.me.id), document)


@pytest.fixture
def kept(made: Kept, tmp_path: Path) -> Kept:
    return made.copy(tmp_path / "house")


# --- damaged --------------------------------------------------------------------------------------


def halved(data: bytes) -> bytes:
    return data[: len(data) // 2]


def all_but_a_header(data: bytes) -> bytes:
    return data[:100]


def zeroed(data: bytes) -> bytes:
    return bytes(len(data))


def without_its_first_page(data: bytes) -> bytes:
    return data[PAGE_BYTES:]


def with_no_version(data: bytes) -> bytes:
    """Say in its header that nothing was ever made in it."""
    return data[:60] + bytes(4) + data[64:]


def a_text(_data: bytes) -> bytes:
    return b"this is no database\n" * 100


@pytest.mark.parametrize(
    "damage", [halved, all_but_a_header, zeroed, without_its_first_page, with_no_version, a_text]
)
def test_a_damaged_store_is_refused_in_words_and_stays_as_it_is(
    kept: Kept, damage: Callable[[bytes], bytes]
) -> None:
    damaged, beside = damage(kept.path.read_bytes()), set(kept.path.parent.glob("*.db"))
    kept.path.write_bytes(damaged)
    with pytest.raises(Refusal) as refused:
        kept.content()
    assert refused.value.advice
    assert kept.path.read_bytes() == damaged
    assert set(kept.path.parent.glob("*.db")) == beside


def test_a_store_of_which_any_page_was_overwritten_shows_nothing_else_than_was_kept(kept: Kept) -> None:
    chance = random.Random(23)
    whole, right = kept.path.read_bytes(), kept.content()
    outcomes = set()
    for _ in range(OVERWRITTEN):
        damaged = bytearray(whole)
        size = chance.choice([1, 16, 200, PAGE_BYTES])
        start = chance.randrange(0, len(whole) - size)
        damaged[start : start + size] = chance.choice([chance.randbytes(size), bytes(size)])
        for part in ("-wal", "-shm"):
            kept.path.with_name(kept.path.name + part).unlink(missing_ok=True)
        kept.path.write_bytes(damaged)
        outcomes.add(_outcome(kept, right))
    assert outcomes == {"right", "refused"}


def _outcome(kept: Kept, right: Content) -> str:
    try:
        found = kept.content()
    except Refusal:
        return "refused"
    return "right" if found.is_of(right) else "wrong"


# --- of another version ---------------------------------------------------------------------------


def test_a_store_of_a_newer_boapp_is_refused_and_stays_as_it_is(kept: Kept) -> None:
    with closing(sqlite3.connect(kept.path)) as db:
        db.execute(f"PRAGMA user_version = {tables.SCHEMA_VERSION + 1}")
    before = kept.path.read_bytes()
    with pytest.raises(Unavailable, match="newer boapp") as refused:
        kept.content()
    assert "Update" in refused.value.advice
    assert kept.path.read_bytes() == before


@pytest.mark.parametrize("put_back", [put_back_to_1, put_back_to_2])
def test_a_store_of_an_earlier_version_is_brought_up_with_drafts_and_outbox_as_they_were(
    kept: Kept, put_back: Callable[[Path], None]
) -> None:
    before = kept.content() if put_back is put_back_to_2 else replace(kept.content(), reserved=[])
    put_back(kept.path)
    assert [kept.content(), kept.content()] == [before, before]
    assert (len(before.drafts), len(before.messages)) == (4, 2)
    ann, auditor = kept.house.as_("ann"), kept.house.as_("aud")
    (project,) = ann.roster.projects
    assert ann.store.backlog().count == 2
    assert ann.store.pages.get(kept.drafted, 1) == A_PAGE
    assert send_waiting(ann) == [Outcome.STORED] * 2
    assert len(ann.store.newest_sent()) == 1
    (work,) = open_assignments(ann, project)
    seal(ann, work, tuple(ann.store.drafts(kept.drafted).values()), Method.KEYED)
    assert send_waiting(ann) == [Outcome.STORED]
    assert verify_project(auditor, project).findings == []
    ann.close()
    auditor.close()


def test_bringing_one_up_that_breaks_off_leaves_it_at_version_1(
    kept: Kept, monkeypatch: pytest.MonkeyPatch
) -> None:
    put_back_to_1(kept.path)
    with monkeypatch.context() as broken:
        broken.setattr(tables, "ADDED_BY_2", (*tables.ADDED_BY_2, "no table"))
        with pytest.raises(AttributeError):
            kept.content()
    with closing(sqlite3.connect(kept.path)) as db:
        assert db.execute("PRAGMA user_version").fetchone() == (1,)
    assert len(kept.content().drafts) == 4


# --- another's ------------------------------------------------------------------------------------


def test_another_persons_store_under_her_name_is_refused(kept: Kept) -> None:
    bob = kept.house.as_("bob")
    theirs, hers = store_path(bob.home, bob.org, bob.me.id), bob.roster.person("ann").id
    bob.close()
    shutil.copy(theirs, kept.path)
    with pytest.raises(Tampered, match="somebody else"):
        kept.content()
    with closing(sqlite3.connect(kept.path)) as db:
        db.execute("UPDATE store SET person = ?", (hers,))
        db.commit()
    with pytest.raises(Tampered):
        kept.content()
    assert theirs.read_bytes()
