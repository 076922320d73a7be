"""A draft is durable when `put_draft` returns: committed, in WAL, with synchronous FULL."""

import sqlite3
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from boapp import faultpoints
from boapp.domain.ids import DocumentId, ProjectId
from boapp.enrolment import store_path
from boapp.localdb.store import LocalStore
from boapp.sqlitefile import open_engine, writing
from boapp.workspace import Workspace
from tests.builders import House
from tests.faults.work import entry

PROJECT, DOCUMENT = ProjectId(bytes(16)), DocumentId(bytes(16))
PROMISED = {"synchronous": 2, "journal_mode": "wal", "temp_store": 2, "secure_delete": 1, "fullfsync": 0}


@pytest.fixture
def ann(house: House) -> Iterator[Workspace]:
    ws = house.as_("ann")
    yield ws
    ws.close()


def pragmas(store: LocalStore) -> dict[str, object]:
    """Return what holds on the very connection that drafts are written through."""
    found = store._driver
    return {name: found.execute(f"PRAGMA {name}").fetchone()[0] for name in PROMISED}


def drafts_seen_from_outside(path: Path) -> int:
    other = sqlite3.connect(path)
    try:
        return int(other.execute("SELECT count(*) FROM draft").fetchone()[0])
    finally:
        other.close()


def test_the_connection_of_drafts_waits_for_the_disk_and_leaves_no_temporary_files(ann: Workspace) -> None:
    assert pragmas(ann.store) == PROMISED
    with ann.store.engine.connect() as db:
        assert db.connection.driver_connection is ann.store._driver


def test_a_draft_is_committed_when_it_is_acknowledged_and_not_before(
    ann: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = store_path(ann.home, ann.org, ann.me.id)
    seen: dict[str, int] = {}
    monkeypatch.setattr(
        faultpoints, "_planted", [lambda name: seen.update({name: drafts_seen_from_outside(path)})]
    )
    ann.store.put_draft(PROJECT, DOCUMENT, entry("company", "SHOP"))
    assert seen == {"draft:sealed": 0, "draft:begun": 0, "draft:written": 0, "draft:committed": 1}
    assert drafts_seen_from_outside(path) == 1


def test_a_draft_that_breaks_off_before_its_commit_leaves_nothing_and_is_in_nobodys_way(
    ann: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    def break_off(name: str) -> None:
        if name == "draft:written":
            raise InterruptedError(name)

    with monkeypatch.context() as planted:
        planted.setattr(faultpoints, "_planted", [break_off])
        with pytest.raises(InterruptedError):
            ann.store.put_draft(PROJECT, DOCUMENT, entry("company", "SHOP"))
    assert ann.store.drafts(DOCUMENT) == {}
    ann.store.put_draft(PROJECT, DOCUMENT, entry("company", "SHOP again"))
    assert [e.value.text for e in ann.store.drafts(DOCUMENT).values()] == ["SHOP again"]


def test_programs_that_open_a_new_file_together_wait_for_each_other(tmp_path: Path) -> None:
    for turn in range(60):
        path, start, done = tmp_path / f"{turn}.db", threading.Barrier(8), []

        def write() -> None:
            engine = open_engine(path)  # noqa: B023 - joined inside the loop
            start.wait(60)  # noqa: B023
            with writing(engine) as db:
                db.exec_driver_sql("CREATE TABLE IF NOT EXISTS one (x)")
            engine.dispose()
            done.append(True)  # noqa: B023

        threads = [threading.Thread(target=write) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert len(done) == 8
