"""The tables protect evidence: rows stay as they are, hold bytes, and the files are their owner's alone."""

import sqlite3
import stat
from pathlib import Path

import pytest
from sqlalchemy import inspect
from sqlalchemy.exc import IntegrityError

from boapp.shareddb import tables as t
from boapp.shareddb.migrate import migrate
from boapp.sqlitefile import open_engine, writing
from tests.attacks.tools import Scene

KEYS = {
    "roster": "seq",
    "sealed_pass": "id",
    "pass_share": "sealed_pass",
    "surplus_pass": "id",
    "fact": "id",
}


@pytest.fixture
def used(in_file: Scene) -> Scene:
    """Return the project with a row in every table of evidence."""
    in_file.key("ann")
    ann = in_file.as_("ann")
    again = ann.shared.claim(in_file.project, second=False, document=in_file.documents[1])
    assert again is not None
    ann.shared.hand_back(again.fence)
    in_file.key("cleo", 1)
    with sqlite3.connect(in_file.file) as db:
        db.execute(
            "INSERT INTO surplus_pass SELECT randomblob(16), document, person, manifest, signature, blob, "
            "boxes, stored_us FROM sealed_pass LIMIT 1"
        )
    db.close()
    in_file.close()
    return in_file


@pytest.mark.parametrize("table", KEYS)
def test_evidence_is_not_replaced_under_its_own_id(used: Scene, table: str) -> None:
    # INSERT OR REPLACE deletes the old row without asking the triggers for DELETE.
    db = sqlite3.connect(used.file)
    before = db.execute(f"SELECT * FROM {table}").fetchall()
    with pytest.raises(sqlite3.IntegrityError, match="is evidence"):
        db.execute(f"INSERT OR REPLACE INTO {table} SELECT * FROM {table} LIMIT 1")
    assert db.execute(f"SELECT * FROM {table}").fetchall() == before
    db.close()


@pytest.mark.parametrize("table", [name for name in KEYS if name != "roster"])
def test_evidence_is_not_replaced_under_its_row_number(used: Scene, table: str) -> None:
    db = sqlite3.connect(used.file)
    columns = [c.name for c in t.metadata.tables[table].columns]
    others = ["randomblob(16)" if name == KEYS[table] else name for name in columns]
    if table == "sealed_pass":
        others = [
            "99" if name == "slot" else "randomblob(16)" if name == "person" else name for name in others
        ]
    with pytest.raises(sqlite3.IntegrityError, match="is evidence"):
        db.execute(
            f"INSERT OR REPLACE INTO {table} (rowid, {', '.join(columns)}) "
            f"SELECT rowid, {', '.join(others)} FROM {table} LIMIT 1"
        )
    db.close()


@pytest.mark.parametrize("taken", ["slot", "person"])
def test_a_pass_is_not_replaced_by_another_in_its_place(used: Scene, taken: str) -> None:
    other = {"slot": ("slot", "randomblob(16)"), "person": ("slot + 5", "person")}[taken]
    db = sqlite3.connect(used.file)
    with pytest.raises(sqlite3.IntegrityError, match="is evidence"):
        db.execute(
            f"INSERT OR REPLACE INTO sealed_pass SELECT randomblob(16), document, {other[0]}, {other[1]}, "
            "manifest, signature, blob, boxes, stored_us FROM sealed_pass LIMIT 1"
        )
    db.close()


def test_boapps_own_connection_asks_the_triggers_when_it_replaces(used: Scene) -> None:
    engine = open_engine(used.file)
    with writing(engine) as db:
        db.exec_driver_sql("DROP TRIGGER fact_no_replace")
        with pytest.raises(IntegrityError, match="is evidence"):
            db.exec_driver_sql("INSERT OR REPLACE INTO fact SELECT * FROM fact LIMIT 1")
    engine.dispose()


BLOBS = [
    (table, column.name)
    for table in KEYS
    for column in t.metadata.tables[table].columns
    if isinstance(column.type, t.Blob)
]


@pytest.mark.parametrize(("table", "column"), BLOBS, ids=[".".join(names) for names in BLOBS])
@pytest.mark.parametrize("junk", ["a text", 7])
def test_evidence_holds_bytes_and_nothing_else(used: Scene, table: str, column: str, junk: object) -> None:
    db = sqlite3.connect(used.file)
    db.execute(f"DROP TRIGGER {table}_no_update")
    with pytest.raises(sqlite3.IntegrityError, match="CHECK"):
        db.execute(f"UPDATE {table} SET {column} = ?", (junk,))
    db.close()


def test_a_document_stands_at_a_stage_that_there_is(used: Scene) -> None:
    db = sqlite3.connect(used.file)
    with pytest.raises(sqlite3.IntegrityError, match="CHECK"):
        db.execute("UPDATE document SET stage = 'x'")
    db.close()


def test_the_migration_makes_the_tables_that_the_program_means(tmp_path: Path) -> None:
    made, meant = open_engine(tmp_path / "made.db"), open_engine(tmp_path / "meant.db")
    migrate(made)
    with writing(meant) as db:
        t.metadata.create_all(db)
    for table in t.metadata.tables:
        for ask in ("get_columns", "get_indexes", "get_unique_constraints", "get_check_constraints"):
            one, other = (sorted(map(str, getattr(inspect(e), ask)(table))) for e in (made, meant))
            assert one == other, (table, ask)
    made.dispose()
    meant.dispose()


def test_the_shared_database_and_the_files_beside_it_are_their_owners_alone(in_file: Scene) -> None:
    in_file.as_("ann")
    files = [path for path in in_file.house.location.iterdir() if path.name.startswith("boapp.db")]
    assert {path.name for path in files} == {"boapp.db", "boapp.db-wal", "boapp.db-shm"}
    assert {stat.S_IMODE(path.stat().st_mode) for path in files} == {0o600}
    assert stat.S_IMODE(in_file.house.location.stat().st_mode) == 0o700
