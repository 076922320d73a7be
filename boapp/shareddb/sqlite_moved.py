"""A shared database in a file that was moved to a server: the mark in it, and that nobody writes to it again.

The mark is a table that only such a file has, and a trigger on every table of it. So whoever had the file
open when it was moved is refused as well, with whatever version of boapp. Reading goes on: the file stays
what it was at that moment.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import IntegrityError

from boapp import sqlitefile
from boapp.errors import Unavailable

_SAID = "moved to "
_HAS_MARK = "SELECT count(*) FROM sqlite_master WHERE type = 'table' AND name = 'moved'"
_TABLES = "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'"


def moved_to(db: Connection) -> str | None:
    """Return the address that the file was moved to, if it was."""
    if not db.exec_driver_sql(_HAS_MARK).scalar():
        return None
    return str(db.exec_driver_sql("SELECT place FROM moved").scalar())


def mark_moved(db: Connection, place: str) -> None:
    """Let nothing be written from now on, and say where everything is; in the caller's transaction."""
    db.exec_driver_sql("CREATE TABLE moved (place TEXT NOT NULL)")
    db.exec_driver_sql("INSERT INTO moved (place) VALUES (?)", (place,))
    said = f"{_SAID}{place}".replace("'", "''")
    for table in db.exec_driver_sql(_TABLES).scalars().all():
        for verb in ("INSERT", "UPDATE", "DELETE"):
            db.exec_driver_sql(
                f'CREATE TRIGGER "moved_{table}_{verb.lower()}" BEFORE {verb} ON "{table}" '
                f"BEGIN SELECT RAISE(ABORT, '{said}'); END"
            )


def refusal(place: str) -> Unavailable:
    """Return what is said to whoever opens the folder, or writes to it."""
    return Unavailable(
        f"This workspace was moved to {place}.",
        f"Work there: name {place}, or leave out the folder's name, on a workstation that is enrolled. "
        "What was keyed here and is not sent yet goes there.",
    )


def is_moved(error: IntegrityError) -> bool:
    """Say whether a statement failed because everything was moved away."""
    return str(error.orig).startswith(_SAID)


@contextmanager
def writing(engine: Engine) -> Iterator[Connection]:
    """One transaction that may write, as `sqlitefile.writing`; Unavailable where the file was moved."""
    try:
        with sqlitefile.writing(engine) as db:
            yield db
    except IntegrityError as error:
        if is_moved(error):
            raise refusal(str(error.orig).removeprefix(_SAID)) from error
        raise
