"""The disk is full: said in plain words, nothing lost, and it goes on when there is room again.

Twice: with a page limit, which makes SQLite itself say "full" on every system; and on a small disk of its
own, where the operating system does (ENOSPC), in the WAL and in the index beside it.
"""

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import msgspec
import pytest
from sqlalchemy import Engine

from boapp.domain.ids import ProjectId
from boapp.domain.passes import Method
from boapp.domain.values import Value
from boapp.domain.workflow import Mode
from boapp.errors import Unavailable
from boapp.services.auditing import verify_project
from boapp.services.keying import drafted, put
from boapp.services.queue import Assignment, claim
from boapp.services.resolving import lock_reading, mismatches, resolve
from boapp.services.syncing import send_waiting
from boapp.shareddb.protocol import Outcome
from boapp.workspace import Workspace
from tests.attacks.tools import Scene
from tests.builders import House, add_project, key_document, receipt, take_in_pages
from tests.faults.children import finish, orders
from tests.faults.work import documents_of, entry, seal_drafts, values_of
from tests.moved import MovedScene, move
from tests.postgres import Server

LONG = "SHOP " + "X" * 3990  # longer than a page of the file, so that keeping it needs new ones
WORDS = "The disk is full: nothing was stored by this step. Free some space, then do it again."


@contextmanager
def no_room(engine: Engine) -> Iterator[None]:
    """Let no page be added to a file that has none free; this is SQLite's own SQLITE_FULL."""
    with engine.connect() as db:
        db.exec_driver_sql("VACUUM")
        pages = db.exec_driver_sql("PRAGMA page_count").scalar_one()
        db.exec_driver_sql(f"PRAGMA max_page_count = {pages}")
    yield
    with engine.connect() as db:
        db.exec_driver_sql(f"PRAGMA max_page_count = {2**31}")


@pytest.fixture
def project(house: House) -> ProjectId:
    made = add_project(house, Mode.RELEASE)
    take_in_pages(house, made, 1)
    return made


@pytest.fixture
def ann(house: House, project: ProjectId) -> Iterator[Workspace]:
    assert project
    ws = house.as_("ann")
    yield ws
    ws.close()


@pytest.fixture
def work(ann: Workspace, project: ProjectId) -> Assignment:
    """Return her work, keyed but for the shop, which is long."""
    found = claim(ann, project, second=False)
    assert found is not None
    for field, text in values_of(found.claim.document).items():
        put(ann, found, entry(field, text))
    return found


def texts(ws: Workspace, work: Assignment) -> dict[str, str]:
    return {a.field: e.value.text for a, e in drafted(ws, work).items()}


def test_a_draft_that_finds_no_room_is_refused_and_what_was_kept_stays(
    ann: Workspace, work: Assignment
) -> None:
    kept = texts(ann, work)
    with no_room(ann.store.engine), pytest.raises(Unavailable) as refused:
        put(ann, work, entry("company", LONG))
    assert str(refused.value) == WORDS
    assert texts(ann, work) == kept
    put(ann, work, entry("company", LONG))
    assert texts(ann, work) == kept | {"company": LONG}


def test_a_seal_that_finds_no_room_leaves_the_drafts_and_the_chain_as_they_were(
    ann: Workspace, work: Assignment, project: ProjectId
) -> None:
    put(ann, work, entry("company", LONG))
    kept = texts(ann, work)
    with no_room(ann.store.engine), pytest.raises(Unavailable) as refused:
        seal_drafts(ann, work)
    assert str(refused.value) == WORDS
    assert texts(ann, work) == kept
    assert ann.store.waiting() == []
    seal_drafts(ann, work)
    assert texts(ann, work) == {}
    assert send_waiting(ann) == [Outcome.STORED]
    assert verify_project(ann, project).findings == []


def test_a_pass_that_finds_no_room_in_the_shared_database_waits_in_the_outbox(
    ann: Workspace, work: Assignment, project: ProjectId
) -> None:
    put(ann, work, entry("company", LONG))
    seal_drafts(ann, work)
    with no_room(ann.shared._engine), pytest.raises(Unavailable) as refused:  # type: ignore[attr-defined]
        send_waiting(ann)
    assert str(refused.value) == WORDS
    assert len(ann.store.waiting()) == 1
    assert ann.shared.passes(project) == []
    assert send_waiting(ann) == [Outcome.STORED]
    assert [p.slot for p in ann.shared.passes(project)] == [1]
    assert verify_project(ann, project).findings == []


def test_a_reading_that_found_no_room_is_the_one_that_counts_when_it_is_locked_again(
    house: House, project: ProjectId
) -> None:
    ann, bob = house.as_("ann"), house.as_("bob")
    (document,) = documents_of(ann, project)
    key_document(ann, project, document, receipt(company="ACME"))
    key_document(bob, project, document, receipt(company="ACNE"), second=True)
    (mismatch,) = mismatches(bob, project)
    with no_room(bob.shared._engine), pytest.raises(Unavailable):  # type: ignore[attr-defined]
        lock_reading(bob, mismatch, Value.keyed(LONG))
    reading = lock_reading(bob, mismatch, Value.keyed(LONG))
    resolve(bob, mismatch, reading, Value.keyed(LONG), "", Method.KEYED)
    assert bob.store.waiting() == []
    assert verify_project(bob, project).findings == []
    ann.close()
    bob.close()


SMALL_DISK = """
set -e
mount -t tmpfs -o size=6m,mode=700 small "$1"
cp -a "$2" "$1/house"
shift 2
exec "$@"
"""


def unshared() -> list[str]:
    """Return how to get mounts of one's own here, or skip."""
    words = ["unshare", "--mount"] if os.geteuid() == 0 else ["unshare", "--mount", "--map-root-user"]
    if shutil.which("unshare") is None or subprocess.run([*words, "true"], check=False).returncode:
        pytest.skip("a small disk of one's own needs mount namespaces (Linux, unshare)")
    return words


def test_a_disk_without_one_free_byte_stops_each_step_in_words_and_loses_nothing(
    house: House, project: ProjectId, tmp_path: Path
) -> None:
    small = tmp_path / "small"
    small.mkdir()
    told = orders(house, "ann", project, "meet_full_disk")
    inside = [*unshared(), "sh", "-c", SMALL_DISK, "sh", str(small), str(house.folder)]
    said = finish(msgspec.structs.replace(told, folder=str(small / "house")), inside)
    refusals = {what: words for kind, *rest in said if kind == "refused" for what, words in [rest]}
    assert refusals == dict.fromkeys(("draft", "seal", "send", "open"), WORDS)
    told_of = {kind: rest for kind, *rest in said if kind != "refused"}
    assert told_of["after-draft"] == ["nothing lost"]
    assert told_of["after-seal"] == ["0 waiting", "4 drafts"]
    assert told_of["after-send"] == ["1 waiting", "0 stored"]
    assert told_of["sent"] == ["stored"]
    assert told_of["opened"] == ["1 stored", "0 findings"]


@pytest.fixture
def moved(house: House, server: Server, tmp_path: Path) -> Iterator[MovedScene]:
    """Return a project with some more documents, in PostgreSQL."""
    project = add_project(house, Mode.RELEASE)
    documents = take_in_pages(house, project, 12)
    made = move(Scene(house, project, documents), server, tmp_path / "moved")
    yield made
    made.close()
    made.moved.drop()


def test_a_full_disk_ends_a_seal_and_a_round_in_words_and_harms_nothing_of_the_local_store(
    moved: MovedScene, tmp_path: Path
) -> None:
    small, house = tmp_path / "small", moved.moved
    small.mkdir()
    told = orders(house, "ann", moved.project, "meet_full_disk_on_rounds")
    told = msgspec.structs.replace(
        told, folder=str(small / "house"), port=house.server.port, database=house.database
    )
    inside = [*unshared(), "sh", "-c", SMALL_DISK, "sh", str(small), str(house.folder)]
    said = finish(told, inside)
    steps = ("seal", "acknowledge", "reserve", "pages", "people")
    assert [rest for kind, *rest in said if kind == "refused"] == [[what, WORDS] for what in steps]
    after = [rest for kind, *rest in said if kind == "after"]
    assert after == [[what, WORDS.split(" Free", maxsplit=1)[0], "same"] for what in steps]
    assert [rest for kind, *rest in said if kind == "left"] == [[]]
    with closing(house.as_("aud")) as auditor:
        assert [one.slot for one in auditor.shared.passes(moved.project)] == [1]
        assert verify_project(auditor, moved.project).findings == []
