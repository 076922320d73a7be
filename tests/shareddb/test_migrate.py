"""The shared database's tables: made from nothing, recognised, and refused when newer."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from alembic import command
from sqlalchemy import Engine, inspect

from boapp.errors import Unavailable
from boapp.shareddb import tables
from boapp.shareddb.migrate import REVISION, is_current, migrate
from boapp.shareddb.sqlite import SqliteDatabase
from boapp.sqlitefile import open_engine, reading, writing
from boapp.workspace import NOBODY, now_us


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    made = open_engine(tmp_path / "boapp.db")
    yield made
    made.dispose()


def columns(engine: Engine) -> dict[str, set[str]]:
    with engine.connect() as db:
        found = inspect(db)
        return {
            name: {column["name"] for column in found.get_columns(name)} for name in found.get_table_names()
        }


def test_an_empty_file_gets_every_table_of_this_version(engine: Engine) -> None:
    assert not is_current(engine)
    migrate(engine)
    assert is_current(engine)
    made = columns(engine)
    assert made.pop("alembic_version") == {"version_num"}
    assert made == {name: set(table.c.keys()) for name, table in tables.metadata.tables.items()}


def test_migrating_again_changes_nothing(engine: Engine) -> None:
    migrate(engine)
    with reading(engine) as db:
        before = db.exec_driver_sql("SELECT sql FROM sqlite_master").all()
        version = db.exec_driver_sql("PRAGMA schema_version").scalar()
    migrate(engine)
    with reading(engine) as db:
        assert db.exec_driver_sql("SELECT sql FROM sqlite_master").all() == before
        assert db.exec_driver_sql("PRAGMA schema_version").scalar() == version


def test_a_migration_that_fails_leaves_an_empty_file(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    upgrade = command.upgrade

    def break_off(*words: object) -> None:
        upgrade(*words)  # type: ignore[arg-type]
        raise ZeroDivisionError

    with monkeypatch.context() as patched:
        patched.setattr(command, "upgrade", break_off)
        with pytest.raises(ZeroDivisionError):
            migrate(engine)
    assert columns(engine) == {}
    migrate(engine)
    assert is_current(engine)


def test_a_workspace_of_a_newer_version_is_refused(engine: Engine, tmp_path: Path) -> None:
    migrate(engine)
    with writing(engine) as db:
        db.exec_driver_sql("UPDATE alembic_version SET version_num = '0999'")
    with pytest.raises(Unavailable, match="newer boapp") as refusal:
        migrate(engine)
    assert "Update boapp" in refusal.value.advice
    database = SqliteDatabase(tmp_path / "boapp.db", NOBODY, now_us)
    with pytest.raises(Unavailable, match="newer boapp"):
        database.upgrade()
    database.close()


def test_a_workspace_that_was_never_finished_is_refused(tmp_path: Path) -> None:
    database = SqliteDatabase(tmp_path / "boapp.db", NOBODY, now_us)
    database.upgrade()
    with pytest.raises(Unavailable, match="never finished"):
        database.organisation()
    database.close()


def test_the_revision_is_that_of_the_newest_migration() -> None:
    versions = Path(__file__).resolve().parents[2] / "boapp" / "shareddb" / "migrations" / "versions"
    assert max(versions.glob("[0-9]*.py")).name.startswith(REVISION)
