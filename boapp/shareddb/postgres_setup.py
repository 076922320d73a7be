"""Making or renewing a shared PostgreSQL: roles, schemas, tables, functions, rights; and people's logins.

Run by an administrator of the database, with a login given at that moment and never kept; never by the
application's users, none of whom may make a login. What needs a superuser is a script of its own, so that it
can be read, and run by somebody else. Tables come from the migrations that SQLite has too; everything else
stands in `sql/`, in the order of the numbers, and is replaced whole each time.

Whatever concerns values is closed to an administrator of the database by cryptography, not by this.

Whoever owns a database may put functions and operators into it that are taken for PostgreSQL's own: what a
superuser runs looks for names in `pg_catalog` alone, and in `core` only while the tables are made.
"""

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
from psycopg import errors, sql
from psycopg.rows import namedtuple_row
from sqlalchemy import Engine, create_engine
from sqlalchemy.pool import NullPool

from boapp.domain.ids import OrgId, PersonId
from boapp.errors import Unavailable
from boapp.shareddb import tables as t
from boapp.shareddb.migrate import refuse_newer, upgrade
from boapp.shareddb.postgres import roster_arguments
from boapp.shareddb.protocol import PersonKey, RosterChange
from boapp.shareddb.rows import read_all, read_person

FOLDER = Path(__file__).parent / "sql"
MOST_CONNECTIONS = 5
"""Of one person at a time."""
PINNED = "SET {}search_path = pg_catalog, pg_temp"
ATTEMPTS = 3
FILLED = "moved from a folder"
"""What stands beside an organisation's table whose rows came from elsewhere."""
_BY_SUPERUSER = ("10_roles.sql", "20_schemas.sql")
_BY_OWNER = ("30_tables.sql",)
_ABLE = """
SELECT coalesce(bool_and(pg_has_role(oid, 'MEMBER')), false) AND count(*) = 2
FROM pg_roles WHERE rolname IN ('boapp_owner', 'boapp_api')
"""


_TABLES = "SELECT tablename FROM pg_tables WHERE schemaname = 'core' ORDER BY tablename"
_USING = """
SELECT DISTINCT a.usename::text FROM pg_locks l JOIN pg_stat_activity a USING (pid)
JOIN pg_class c ON c.oid = l.relation
WHERE c.relnamespace = to_regnamespace('core') AND l.database = (SELECT oid FROM pg_database
  WHERE datname = current_database()) AND l.granted AND a.usename IS NOT NULL ORDER BY 1
"""
_FIRST_PERSON = """
SELECT person, code, blob, kdf, scram, set_by_administrator::int AS set_by_administrator, signature, name
FROM core.person_key WHERE code = 'admin'
"""


@dataclass(frozen=True, slots=True)
class Login:
    """A person's login: its role name, whose it is, and the SCRAM verifier of its password."""

    role: str
    person: PersonId
    scram: str


def is_superuser(db: psycopg.Connection[Any]) -> bool:
    """Say whether this login is one."""
    return bool(_cell(db, "SELECT rolsuper FROM pg_roles WHERE rolname = current_user"))


def may_set_up(db: psycopg.Connection[Any]) -> bool:
    """Say whether this login may do the rest where a superuser's part is done."""
    return bool(_cell(db, _ABLE) and _cell(db, "SELECT to_regnamespace('core') IS NOT NULL"))


def is_founded(db: psycopg.Connection[Any]) -> bool:
    """Say whether the database is some organisation's already."""
    there = _cell(db, "SELECT to_regclass('core.organisation') IS NOT NULL")
    return bool(there and _cell(db, "SELECT EXISTS (SELECT FROM core.organisation)", as_role="boapp_api"))


def is_filled(db: psycopg.Connection[Any]) -> bool:
    """Say whether the organisation of a database came from a folder, where it may go on still."""
    found = _cell(
        db, "SELECT obj_description('core.organisation'::regclass, 'pg_class')", as_role="boapp_api"
    )
    return bool(found == FILLED)


def who_founded(db: psycopg.Connection[Any]) -> tuple[OrgId, PersonKey, int]:
    """Return whose database this is, its first administrator's row, and how many logins it knows."""
    with db.transaction():
        become(db, "boapp_api")
        org = db.execute("SELECT id FROM core.organisation").fetchall()[0][0]
        (count,) = db.execute("SELECT count(*) FROM core.login").fetchall()[0]
        named = db.cursor(row_factory=namedtuple_row)
        rows: list[Any] = named.execute(_FIRST_PERSON).fetchall()
        row = read_all(t.person_key, rows, read_person)[0]
    return OrgId(org), row, count


def superuser_script(login: str) -> str:
    """Return what a superuser runs in the new database, so that this login may do the rest."""
    parts = [(FOLDER / name).read_text("utf-8") for name in _BY_SUPERUSER]
    rights = """\
GRANT boapp_owner, boapp_api TO {role};
DO $$
BEGIN
  IF current_setting('server_version_num')::int >= 160000 THEN  -- before, CREATEROLE is enough
    EXECUTE format('GRANT boapp_member TO %I WITH ADMIN TRUE, INHERIT FALSE, SET FALSE', {text});
  END IF;
END
$$;
"""
    return _script(*parts, _filled(rights, login))


def login_script(login: Login) -> str:
    """Return what makes a person's login, or gives it another verifier; it may call `api` and nothing else.

    Whoever runs it may make roles, or is a superuser. A role of this name that is not boapp's is refused. Run
    late, after its person left, it makes a login that is blocked.
    """
    words = """\
DO $$
BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = {text}) THEN
    CREATE ROLE {role} IN ROLE boapp_member;
  ELSIF NOT pg_has_role({text}, 'boapp_member', 'MEMBER') THEN
    RAISE EXCEPTION 'there is a role of this name that is not of boapp';
  END IF;
END
$$;
ALTER ROLE {role} LOGIN INHERIT CONNECTION LIMIT {limit} PASSWORD {scram};
SET LOCAL ROLE boapp_api;
INSERT INTO core.login (role_name, person, blocked)
  SELECT {text}, id, EXISTS (SELECT FROM core.person WHERE person = id AND roles = '')
  FROM (SELECT decode({person}, 'hex') AS id) AS hers ON CONFLICT DO NOTHING;
"""
    return _script(
        _filled(words, login.role, limit=MOST_CONNECTIONS, scram=login.scram, person=login.person.hex())
    )


def renewing_script(login: Login) -> str:
    """Return what gives a login the verifier of new keys; whoever had the old ones is connected no more."""
    return login_script(login) + "\n" + _ending(login.role)


def closing_script(role: str) -> str:
    """Return what ends a login for good, and every session of it.

    The first comes first: it holds even where this login may not do the second.
    """
    return _script(_filled("ALTER ROLE {role} NOLOGIN;\n", role)) + "\n" + _ending(role)


def _ending(role: str) -> str:
    """Return what ends the sessions of a role: whoever is no superuser must belong to it meanwhile."""
    words = """\
DO $$
BEGIN
  IF NOT (SELECT rolsuper FROM pg_roles WHERE rolname = current_user) THEN
    GRANT {role} TO CURRENT_USER;
  END IF;
END
$$;
SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = {text};
DO $$
BEGIN
  IF NOT (SELECT rolsuper FROM pg_roles WHERE rolname = current_user) THEN
    REVOKE {role} FROM CURRENT_USER;
  END IF;
END
$$;
"""
    return _script(_filled(words, role))


def _filled(words: str, role: str, **values: str | int) -> str:
    literals = {name: sql.Literal(value) for name, value in values.items()}
    return sql.SQL(words).format(role=sql.Identifier(role), text=sql.Literal(role), **literals).as_string()


def _script(*parts: str) -> str:
    return "\n".join(("BEGIN;", PINNED.format("LOCAL ") + ";", *parts, "COMMIT;\n"))


def run_script(db: psycopg.Connection[Any], script: str) -> None:
    """Run a script of this module; each of its transactions whole or not at all."""
    try:
        db.execute(script.encode())
    except psycopg.Error:
        db.execute("ROLLBACK")
        raise


def set_up(connect: Callable[[], psycopg.Connection[Any]]) -> None:
    """Make everything that is missing, and replace every function, all in one transaction.

    connect opens a connection of a superuser's, or of a login for which `may_set_up` holds.
    """
    engine = create_engine(
        "postgresql+psycopg://", creator=connect, poolclass=NullPool, isolation_level="READ COMMITTED"
    )
    for _ in range(ATTEMPTS - 1):
        with suppress(errors.LockNotAvailable):
            return _set_up(engine)
    try:
        _set_up(engine)
    except errors.LockNotAvailable as error:
        raise Unavailable(
            "People are at work in this database, and keep its tables in use.",
            f"Ask them to sign out, or end their sessions, and give the command again: {_at_work(connect)}.",
        ) from error


def _set_up(engine: Engine) -> None:
    with engine.begin() as connection:
        db = connection.connection.driver_connection
        assert isinstance(db, psycopg.Connection)  # noqa: S101 - what connect returned
        db.execute(PINNED.format("LOCAL ").encode())
        if is_superuser(db):
            _run(db, _BY_SUPERUSER)
        become(db, "boapp_owner")
        _lock_all(db)
        if _cell(db, "SELECT to_regclass('core.alembic_version') IS NOT NULL"):
            refuse_newer(_cell(db, "SELECT version_num FROM core.alembic_version"))
        db.execute("SET LOCAL search_path = core")
        upgrade(connection)
        db.execute(PINNED.format("LOCAL ").encode())
        _run(db, _BY_OWNER)
        become(db, "boapp_api")
        _run(db, sorted(p.name for p in FOLDER.glob("*.sql") if p.name not in {*_BY_SUPERUSER, *_BY_OWNER}))


def _lock_all(db: psycopg.Connection[Any]) -> None:
    """Lock every table that is there, in one order and before any is changed, or give up within seconds.

    One after the other, as the changes come to them, they would be waited for while others wait for those
    that are locked already.
    """
    names = [name for (name,) in db.execute(_TABLES).fetchall()]
    if names:
        tables = sql.SQL(", ").join(sql.Identifier("core", name) for name in names)
        db.execute("SET LOCAL lock_timeout = '2s'")
        db.execute(sql.SQL("LOCK TABLE {} IN ACCESS EXCLUSIVE MODE").format(tables))


def _at_work(connect: Callable[[], psycopg.Connection[Any]]) -> str:
    with connect() as db:
        found = [name for (name,) in db.execute(_USING).fetchall()]
    return ", ".join(found) or "they are gone by now"


def _run(db: psycopg.Connection[Any], names: Sequence[str]) -> None:
    for name in names:
        db.execute((FOLDER / name).read_bytes())


def become(db: psycopg.Connection[Any], role: str) -> None:
    """Act as one of boapp's own roles until the transaction ends."""
    db.execute(sql.SQL("SET LOCAL ROLE {}").format(sql.Identifier(role)))


def _cell(db: psycopg.Connection[Any], question: str, as_role: str | None = None) -> Any:  # noqa: ANN401
    with db.transaction():
        if as_role:
            become(db, as_role)
        row = db.execute(question.encode()).fetchone()
    return row[0] if row else None


def found(db: psycopg.Connection[Any], org: OrgId, change: RosterChange) -> None:
    """Write whose database this is, and the first entries of its list of people; once."""
    data, signatures, rows = roster_arguments(change)
    try:
        with db.transaction():
            become(db, "boapp_api")
            db.execute("SELECT inner_api.append(%s, %s)", (data, signatures))
            db.execute("SELECT inner_api.store_rows(%s, %s)", (rows, []))
            db.execute("INSERT INTO core.organisation (id) VALUES (%s)", (org,))
    except psycopg.errors.UniqueViolation as error:
        raise Unavailable("There is a workspace in this database already.", "Name an empty one.") from error


def add_login(db: psycopg.Connection[Any], login: Login) -> None:
    """Make a person's login, or give it another verifier."""
    run_script(db, login_script(login))
