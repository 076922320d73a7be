"""Junk in any column of any row is a finding; it never stops the verifier, and the rest is still checked."""

import shutil
import sqlite3
from pathlib import Path

import pytest
from sqlalchemy import Column, Integer

from boapp.doors import open_door
from boapp.errors import Tampered
from boapp.shareddb import tables as t
from tests.attacks.tools import Scene, found

EVIDENCE = (t.sealed_pass, t.surplus_pass, t.pass_share, t.fact)
BOOKS = (t.document, t.discrepancy, t.project, t.member, t.person_key, t.key_wrap, t.page)
# What nobody signed: when a row was stored, in which order documents come, names under keys.
UNSIGNED = {
    ("sealed_pass", "stored_us"),
    ("surplus_pass", "stored_us"),
    ("fact", "stored_us"),
    ("document", "priority"),
    ("document", "position"),
    ("document", "meta_epoch"),
    ("project", "epoch"),
    ("project", "name"),
    ("person_key", "name"),
    ("page", "document"),
}
JUNK = (7, -(2**62), "a text", b"\x00", bytes(16), bytes(64))
COLUMNS = [
    (table.name, column.name) for table in (*EVIDENCE, *BOOKS) for column in table.columns if column.name
]
# The directory's first boxes were made before there was a list to name them.
OF_THE_LIST = {"key_wrap": "kind = 'pdk'"}
NO_TEXT = "CAST(x'ff00' AS TEXT)"


def junk_for(column: Column[object]) -> list[object]:
    """Return what may stand in a column: SQLite lets nothing but numbers into its own row number."""
    numbers_only = (
        column.primary_key and isinstance(column.type, Integer) and len(column.table.primary_key) == 1
    )
    return [one for one in (*JUNK, NO_TEXT) if isinstance(one, int) or not numbers_only]


@pytest.mark.parametrize(("table", "column"), COLUMNS, ids=[".".join(names) for names in COLUMNS])
def test_junk_in_a_column_is_named_and_stops_nothing(
    worked: Scene, tmp_path: Path, table: str, column: str
) -> None:
    worked.close()
    kept = tmp_path / "kept.db"
    with sqlite3.connect(worked.file) as db:
        db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    db.close()
    shutil.copy(worked.file, kept)
    for junk in junk_for(t.metadata.tables[table].c[column]):
        worked.close()
        for suffix in ("-wal", "-shm"):
            Path(str(worked.file) + suffix).unlink(missing_ok=True)
        shutil.copy(kept, worked.file)
        value, parameters = (NO_TEXT, ()) if junk == NO_TEXT else ("?", (junk,))
        with worked.sql() as db:
            db.execute(
                f"UPDATE {table} SET {column} = {value} WHERE rowid = (SELECT min(rowid) FROM {table} "
                f"WHERE {column} IS NOT {value} AND {OF_THE_LIST.get(table, 'true')})",
                parameters * 2,
            )
        findings = worked.findings()
        assert findings or (table, column) in UNSIGNED, (junk, "was not noticed")


def test_a_row_that_cannot_be_read_is_named_with_its_column(worked: Scene) -> None:
    worked.edit("UPDATE document SET stage = 'x' WHERE id = ?", worked.documents[0])
    (finding,) = [f for f in worked.findings() if f.rule == "malformed"]
    assert finding.where == f"document {worked.documents[0].hex()}"
    assert "stage" in finding.words


def test_junk_in_one_row_does_not_hide_another(worked: Scene) -> None:
    worked.edit("UPDATE surplus_pass SET manifest = 7")
    worked.edit("UPDATE fact SET signature = zeroblob(64) WHERE kind = 'record'")
    findings = worked.findings()
    assert found(findings, "surplus_pass", "malformed")
    assert found(findings, "fact", "signature")


@pytest.mark.parametrize("value", ["'a text'", "7", "CAST(x'ff' AS TEXT)"])
def test_a_list_of_people_that_is_junk_opens_for_nobody_and_is_said(worked: Scene, value: str) -> None:
    worked.edit(f"UPDATE roster SET data = {value} WHERE seq = 2")
    worked.close()
    with pytest.raises(Tampered, match="roster 2"):
        open_door(worked.house.home, worked.house.location)


def test_a_list_of_people_with_a_gap_in_its_numbers_opens_for_nobody(worked: Scene) -> None:
    worked.edit("UPDATE roster SET seq = 500 WHERE seq = (SELECT max(seq) FROM roster)")
    worked.close()
    with pytest.raises(Tampered, match="broken at entry"):
        open_door(worked.house.home, worked.house.location)


@pytest.mark.parametrize("content", [b"", b"garbage" * 1000, b"SQLite format 3\0" + b"\xff" * 5000])
def test_a_local_store_that_is_none_is_named_and_the_rest_is_checked(worked: Scene, content: bytes) -> None:
    store = next((worked.house.home / "organisations").rglob("stores/*.db"))
    store.with_name("stray.db").write_bytes(content)
    worked.edit("UPDATE fact SET signature = zeroblob(64) WHERE kind = 'record'")
    findings = worked.findings()
    assert found(findings, "local store stray.db", "local store")
    assert found(findings, "fact", "signature")


def test_a_local_store_with_junk_in_its_chains_is_named(worked: Scene) -> None:
    worked.close()
    person = worked.as_("bob").me.id
    worked.close()
    store = next((worked.house.home / "organisations").rglob(f"stores/{person.hex()}.db"))
    with sqlite3.connect(store) as db:
        db.execute("UPDATE chain SET seq = 'a text'")
    db.close()
    assert found(worked.findings(), f"local store {store.name}", "local store")
