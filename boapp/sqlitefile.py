"""How boapp opens an SQLite file: on a local disk only, durable, and never leaving values behind.

Both stores that are SQLite files come through here. WAL with synchronous FULL: what a commit
acknowledged survives a power cut. Writers take the write lock when they begin (BEGIN IMMEDIATE), so
two of them queue up instead of failing half way. A new file is its owner's alone to read; the files
that SQLite puts beside it are made the same way.
"""

import os
import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import psutil
from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.exc import DatabaseError, InvalidRequestError
from sqlalchemy.pool import StaticPool

from boapp.errors import Tampered, Unavailable, disk_full

NETWORK_TYPES = frozenset(
    {"nfs", "nfs4", "cifs", "smb", "smb2", "smb3", "smbfs", "afpfs", "webdav", "davfs", "ncpfs", "9p", "afs"}
    | {"ceph", "glusterfs", "lustre", "gpfs", "fuse.sshfs", "fuse.davfs2", "fuse.rclone", "fuse.glusterfs"}
)
BUSY_MS = 15_000
_TRY_AGAIN_SECONDS = 0.01
# The second is what a full disk says when a file is opened: no room for the index beside the WAL.
_FULL = frozenset({"SQLITE_FULL", "SQLITE_IOERR_SHMSIZE"})
_DAMAGE = "The file is damaged or none of boapp's: call your administrator, who has its backup."
_DAMAGED = ("SQLITE_NOTADB", "SQLITE_CORRUPT")


def is_network_share(path: Path, mounts: list[tuple[str, str, str]] | None = None) -> bool:
    """Say whether path lies on a network share; mounts are (mount point, type, options)."""
    target = os.path.normcase(path.absolute().resolve())  # first: it may mount what is mounted on demand
    if mounts is None:
        mounts = [(p.mountpoint, p.fstype, p.opts) for p in psutil.disk_partitions(all=True)]
    if target.startswith(("\\\\", "//")):
        return True
    holding = [m for m in mounts if _lies_under(target, os.path.normcase(m[0]))]
    if not holding:
        return False
    # Of two mounts at one point the later one hides the earlier.
    _, kind, options = max(reversed(holding), key=lambda mount: len(mount[0]))
    return kind.lower() in NETWORK_TYPES or "remote" in options.split(",")


def _lies_under(target: str, mount: str) -> bool:
    return target == mount or target.startswith(mount.rstrip(os.sep) + os.sep)


def refuse_network_share(path: Path) -> None:
    """Refuse a place where SQLite's locks cannot be trusted."""
    if is_network_share(path):
        raise Unavailable(
            f"{path} is on a network share, where an SQLite file can be damaged by a second computer.",
            "Use a folder on this computer, or a PostgreSQL database for several workstations.",
        )


def open_engine(path: Path) -> Engine:
    """Return the engine of one SQLite file; one connection, kept open, used by one thread at a time."""
    refuse_network_share(path)
    engine = create_engine(
        f"sqlite:///{path}",
        poolclass=StaticPool,
        hide_parameters=True,
        connect_args={"isolation_level": None, "check_same_thread": False, "timeout": BUSY_MS / 1000},
    )
    event.listen(engine, "do_connect", lambda *_: _make_private(path))
    event.listen(engine, "connect", _prepare)
    return engine


def _make_private(path: Path) -> None:
    """Make a new file that only its owner may read; where none can be made, SQLite says why."""
    with suppress(OSError):
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))


def _prepare(connection: sqlite3.Connection, _record: object) -> None:
    connection.text_factory = _read_text
    cursor = connection.cursor()
    with _spoken():
        _switch_to_wal(cursor)
        for pragma in (
            "synchronous=FULL",
            "foreign_keys=ON",
            "secure_delete=ON",
            "temp_store=MEMORY",
            "trusted_schema=OFF",
            "recursive_triggers=ON",  # else INSERT OR REPLACE deletes without asking the triggers
        ):
            cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _read_text(data: bytes) -> str:
    """Read a text even where it is none, so that one wrong cell does not hide its table."""
    return data.decode("utf-8", "surrogateescape")


def _switch_to_wal(cursor: sqlite3.Cursor) -> None:
    """Wait for others here: SQLite refuses at once when two programs open a new file together."""
    deadline = time.monotonic() + BUSY_MS / 1000
    while True:
        try:
            cursor.execute("PRAGMA journal_mode=WAL")
        except sqlite3.OperationalError as error:
            if "locked" not in str(error) or time.monotonic() > deadline:
                raise
            time.sleep(_TRY_AGAIN_SECONDS)
        else:
            return


@contextmanager
def writing(engine: Engine) -> Iterator[Connection]:
    """One transaction that may write; committed at the end, rolled back when anything fails."""
    with _spoken(), engine.connect() as connection:
        connection.exec_driver_sql("BEGIN IMMEDIATE")
        try:
            yield connection
            connection.exec_driver_sql("COMMIT")
        except BaseException:
            _abandon(connection)
            raise


def _abandon(connection: Connection) -> None:
    """Roll back, unless SQLite did so itself (it does when the disk is full)."""
    raw = connection.connection.dbapi_connection
    if raw is not None and raw.in_transaction:
        connection.exec_driver_sql("ROLLBACK")


@contextmanager
def writing_plain(driver: sqlite3.Connection) -> Iterator[sqlite3.Connection]:
    """Promise the same for the few statements on the keyer's hot path, without the layer above the driver."""
    with _spoken():
        driver.execute("BEGIN IMMEDIATE")
        try:
            yield driver
            driver.execute("COMMIT")
        except BaseException:
            if driver.in_transaction:
                driver.execute("ROLLBACK")
            raise


def driver_of(engine: Engine) -> sqlite3.Connection:
    """Return the one connection of a file as the driver gives it."""
    driver = engine.raw_connection().driver_connection
    assert isinstance(driver, sqlite3.Connection)  # noqa: S101 - create_engine above names the driver
    return driver


@contextmanager
def reading(engine: Engine) -> Iterator[Connection]:
    """One consistent view for reading."""
    with _spoken(), engine.connect() as connection:
        connection.exec_driver_sql("BEGIN")
        try:
            yield connection
        finally:
            connection.exec_driver_sql("ROLLBACK")


@contextmanager
def sound() -> Iterator[None]:
    """Say of rows that are not what their table holds that the file is damaged."""
    try:
        yield
    except (AttributeError, TypeError, ValueError, InvalidRequestError) as error:
        raise Tampered("The database holds what does not belong there.", _DAMAGE) from error


@contextmanager
def _spoken() -> Iterator[None]:
    try:
        yield
    except UnicodeDecodeError as error:  # SQLite's own words name what stands in a damaged file
        raise Unavailable("The database cannot be used.", _DAMAGE) from error
    except (DatabaseError, sqlite3.DatabaseError) as error:
        told = error.orig if isinstance(error, DatabaseError) else error
        if isinstance(told, sqlite3.IntegrityError | sqlite3.ProgrammingError):
            raise
        reason = str(told).lower()
        if getattr(told, "sqlite_errorname", "") in _FULL:
            raise disk_full() from error
        if "locked" in reason:
            raise Unavailable(
                "Another program holds the database for too long.", "Wait a moment, then do it again."
            ) from error
        if getattr(told, "sqlite_errorname", "").startswith(_DAMAGED):
            raise Unavailable(f"The database cannot be used: {told}.", _DAMAGE) from error
        raise Unavailable(f"The database cannot be used: {told}.", "Call your administrator.") from error
