"""Local stores of earlier versions, with their tables as those versions made them."""

import sqlite3
from contextlib import closing
from pathlib import Path

TABLES = """
CREATE TABLE store (id BLOB NOT NULL, org BLOB NOT NULL, person BLOB NOT NULL, box_own BLOB NOT NULL,
  box_recovery BLOB NOT NULL, signature BLOB NOT NULL, PRIMARY KEY (id));
CREATE TABLE draft (document BLOB NOT NULL, field VARCHAR(40) NOT NULL, row INTEGER NOT NULL,
  project BLOB NOT NULL, id BLOB NOT NULL, data BLOB NOT NULL, PRIMARY KEY (document, field, row));
CREATE TABLE cursor (document BLOB NOT NULL, id BLOB NOT NULL, data BLOB NOT NULL, PRIMARY KEY (document));
CREATE TABLE outbox (number INTEGER NOT NULL, id BLOB NOT NULL, project BLOB NOT NULL,
  kind VARCHAR(16) NOT NULL, data BLOB NOT NULL, PRIMARY KEY (number), UNIQUE (id));
CREATE TABLE chain (project BLOB NOT NULL, id BLOB NOT NULL, seq INTEGER NOT NULL, link BLOB NOT NULL,
  PRIMARY KEY (project));
CREATE TABLE cached_page (document BLOB NOT NULL, number INTEGER NOT NULL, used INTEGER NOT NULL,
  data BLOB NOT NULL, PRIMARY KEY (document, number));
CREATE INDEX ix_cached_page_used ON cached_page (used);
PRAGMA user_version = 1;
"""
KEPT = {
    "store": "id, org, person, box_own, box_recovery, signature",
    "draft": "document, field, row, project, id, data",
    "cursor": "document, id, data",
    "outbox": "number, id, project, kind, data",
    "chain": "project, id, seq, link",
    "cached_page": "document, number, used, data",
}
"""What version 1 kept, which is sealed as it is today."""


def put_back_to_1(path: Path) -> None:
    """Make a store that nobody has open one of version 1, with all that it could keep."""
    old = path.with_suffix(".old")
    with closing(sqlite3.connect(old)) as db:
        db.executescript(TABLES)
        db.execute("ATTACH ? AS now", (str(path),))
        for table, columns in KEPT.items():
            db.execute(f"INSERT INTO {table} ({columns}) SELECT {columns} FROM now.{table}")
        db.commit()
        db.execute("PRAGMA journal_mode = WAL")
    for part in ("", "-wal", "-shm"):
        path.with_name(path.name + part).unlink(missing_ok=True)
    old.rename(path)


def put_back_to_2(path: Path) -> None:
    """Make a store that nobody has open one of version 2, which owed nobody any words."""
    with closing(sqlite3.connect(path)) as db:
        db.executescript(
            "DROP INDEX ix_sent_owed; ALTER TABLE sent DROP COLUMN owed; "
            "ALTER TABLE outbox DROP COLUMN again; PRAGMA user_version = 2;"
        )
