"""Putting an organisation's rows from elsewhere into a PostgreSQL that nobody works in yet.

All of it is one transaction: rows, what is copied from them, and the comparison of both sides. What is
committed was compared; whatever ends before leaves nothing. Inside it, and for the tables' owner alone, row
level security is not forced; when it ends everything is as the set-up made it.

A database counts as unused while it has no login of a person's: without one no function answers anybody.
What an earlier attempt left there is then put in anew, since work may have gone on where it came from.
"""

from collections.abc import Callable, Iterable
from typing import Any, LiteralString

import psycopg
from psycopg import sql
from sqlalchemy import Table

from boapp import faultpoints
from boapp.domain.ids import OrgId, PersonId
from boapp.errors import Tampered, Unavailable
from boapp.shareddb.copying import TABLES, Content, Row, Tell, content_of, store_rows
from boapp.shareddb.postgres_setup import FILLED, FOLDER, become

DERIVED = FOLDER / "moved" / "derived.sql"
_ANOTHER = "Name an empty database."
_OURS: LiteralString = (
    "SELECT tablename FROM pg_tables WHERE schemaname = 'core' AND tablename <> 'alembic_version'"
)
_FOREIGN = """
SELECT n.nspname || '.' || c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 'p', 'm', 'f', 'v')
  AND n.nspname NOT IN ('information_schema', 'core') AND n.nspname NOT LIKE 'pg\\_%'
  AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.objid = c.oid AND d.deptype = 'e')
ORDER BY 1 LIMIT 1
"""
_WITHOUT_LOGIN = """
SELECT k.person, k.signature FROM core.person_key k
WHERE NOT EXISTS (SELECT FROM core.login l WHERE l.person = k.person)
"""


def demand_free(db: psycopg.Connection[Any], org: OrgId) -> None:
    """Refuse a database that holds anything but what an earlier attempt left there of this organisation."""
    with db.transaction():
        foreign = db.execute(_FOREIGN).fetchone()
        if foreign is not None:
            raise Unavailable(f"This database holds something else already: {foreign[0]}.", _ANOTHER)
        there = db.execute("SELECT to_regclass('core.organisation') IS NOT NULL").fetchone()
        if there is not None and there[0]:
            become(db, "boapp_api")
            _demand_unused(db, org)


def _demand_unused(db: psycopg.Connection[Any], org: OrgId) -> None:
    """Refuse another organisation's database, and one in which somebody may work already."""
    known = db.execute("SELECT id FROM core.organisation").fetchall()
    if [row for row in known if row[0] != org]:
        raise Unavailable("This database belongs to another organisation.", _ANOTHER)
    if _holds(db, "login"):
        raise Unavailable(
            "This organisation is in this database already, and people have logins there.",
            "If the folder is an old copy, work in the database. Else name an empty one.",
        )
    held = [] if known else [name for (name,) in db.execute(_OURS).fetchall() if _holds(db, name)]
    if held:
        raise Unavailable(f"This database holds something else already: core.{held[0]}.", _ANOTHER)


def _holds(db: psycopg.Connection[Any], table: str) -> bool:
    asked = sql.SQL("SELECT EXISTS (SELECT FROM {})").format(sql.Identifier("core", table))
    return bool(db.execute(asked).fetchall()[0][0])


def belongs_to(db: psycopg.Connection[Any], org: OrgId) -> bool:
    """Say whether a database that was set up is this organisation's."""
    with db.transaction():
        there = db.execute("SELECT to_regclass('core.organisation') IS NOT NULL").fetchall()
        if not there[0][0]:
            return False
        become(db, "boapp_api")
        return db.execute("SELECT id FROM core.organisation").fetchall() == [(org,)]


def without_login(db: psycopg.Connection[Any]) -> dict[PersonId, bytes]:
    """Return who has no login, with the signature over her locked keys as they are there."""
    with db.transaction():
        become(db, "boapp_api")
        return {PersonId(person): signature for person, signature in db.execute(_WITHOUT_LOGIN).fetchall()}


def fill(
    db: psycopg.Connection[Any], org: OrgId, rows: Callable[[Table], Iterable[Row]], tell: Tell
) -> list[Content]:
    """Put everything into a database that was set up, and compare it; all of it or nothing."""
    with db.transaction():
        db.execute("SET LOCAL statement_timeout = 0")
        db.execute("SET LOCAL lock_timeout = '30s'")
        _wait_for_disk(db)
        become(db, "boapp_owner")
        names = [name for (name,) in db.execute(_OURS).fetchall()]
        _alter(db, names, "NO FORCE ROW LEVEL SECURITY")  # which locks them all
        _demand_unused(db, org)
        _clear(db, names)
        stored = []
        for table in TABLES:
            stored.append(store_rows(db, table, rows(table), tell))
            faultpoints.reach("move:copied")
        _count_on(db)
        _alter(db, names, "FORCE ROW LEVEL SECURITY")
        db.execute(sql.SQL("COMMENT ON TABLE core.organisation IS {}").format(sql.Literal(FILLED)))
        db.execute(sql.SQL("ANALYZE {}").format(_list(names)))
        become(db, "boapp_api")
        db.execute(DERIVED.read_bytes())
        _compare(db, stored, tell)
    return stored


def _wait_for_disk(db: psycopg.Connection[Any]) -> None:
    """Let the commit wait until it is on the disk, whatever is usual there: the folder ends with it."""
    db.execute(
        "SELECT set_config('synchronous_commit', 'on', true) "
        "WHERE current_setting('synchronous_commit') <> 'remote_apply'"
    )


def _alter(db: psycopg.Connection[Any], names: Iterable[str], how: LiteralString) -> None:
    for name in names:
        db.execute(sql.SQL("ALTER TABLE {} {}").format(sql.Identifier("core", name), sql.SQL(how)))


def _list(names: Iterable[str]) -> sql.Composed:
    return sql.SQL(", ").join(sql.Identifier("core", name) for name in names)


def _clear(db: psycopg.Connection[Any], names: list[str]) -> None:
    """Take away what an earlier attempt left: nobody can have worked with it."""
    if any(_holds(db, name) for name in names):
        _alter(db, names, "DISABLE TRIGGER USER")
        db.execute(sql.SQL("TRUNCATE {}").format(_list(names)))
        _alter(db, names, "ENABLE TRIGGER USER")


def _count_on(db: psycopg.Connection[Any]) -> None:
    """Let numbers that the database gives go on after those that came."""
    for table in TABLES:
        column = table.autoincrement_column
        if column is not None:
            words = sql.SQL(
                "SELECT setval(pg_get_serial_sequence({}, {}), coalesce(max({}), 0) + 1, false) FROM {}"
            )
            place = sql.Identifier("core", table.name)
            name, where = sql.Identifier(column.name), sql.Literal(f"core.{table.name}")
            db.execute(words.format(where, sql.Literal(column.name), name, place))


def _compare(db: psycopg.Connection[Any], stored: Iterable[Content], tell: Tell) -> None:
    """Read back what was stored; by an index where there is one, so that nothing large is sorted."""
    db.execute("SET LOCAL enable_sort = off")
    for table, wanted in zip(TABLES, stored, strict=True):
        if content_of(db, table, tell) != wanted:
            raise Tampered(
                f"The table {table.name} does not hold in the database what the folder holds.",
                "Nothing was moved: call the database's administrator, then give the command again.",
            )
