"""Making or renewing a shared PostgreSQL: roles, schemas, tables, functions, rights; and people's logins.

Run by a superuser, or by the database's administrator from the printed script; never by the application's
users, none of whom may make a login. Tables come from the migrations that SQLite has too; everything else
stands in `sql/`, in the order of the numbers, and is replaced whole each time. All of it is one transaction.

Whatever concerns values is closed to an administrator of the database by cryptography, not by this.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import psycopg
from psycopg import sql
from sqlalchemy import create_engine
from sqlalchemy.pool import NullPool

from boapp.domain.ids import OrgId, PersonId
from boapp.shareddb.migrate import upgrade
from boapp.shareddb.postgres import roster_arguments
from boapp.shareddb.protocol import RosterChange

FOLDER = Path(__file__).parent / "sql"
MOST_CONNECTIONS = 5
"""Of one person at a time."""
_BY_SUPERUSER = ("10_roles.sql", "20_schemas.sql")
_BY_OWNER = ("30_tables.sql",)


@dataclass(frozen=True, slots=True)
class Login:
    """A person's login: its role name, whose it is, and the SCRAM verifier of its password."""

    role: str
    person: PersonId
    scram: str


def role_name(code: str) -> str:
    """Return the login role of a person's first login."""
    return f"bo_{code}"


def set_up(connect: Callable[[], psycopg.Connection]) -> None:
    """Make everything that is missing, and replace every function; connect opens a superuser's connection."""
    engine = create_engine("postgresql+psycopg://", creator=connect, poolclass=NullPool)
    with engine.begin() as connection:
        db = connection.connection.driver_connection
        assert isinstance(db, psycopg.Connection)  # noqa: S101 - what connect returned
        _run(db, _BY_SUPERUSER)
        _become(db, "boapp_owner")
        db.execute("SET LOCAL search_path = core")
        upgrade(connection)
        _run(db, _BY_OWNER)
        _become(db, "boapp_api")
        _run(db, sorted(p.name for p in FOLDER.glob("*.sql") if p.name not in {*_BY_SUPERUSER, *_BY_OWNER}))


def _run(db: psycopg.Connection, names: Sequence[str]) -> None:
    for name in names:
        db.execute((FOLDER / name).read_bytes())


def _become(db: psycopg.Connection, role: str) -> None:
    db.execute(sql.SQL("SET LOCAL ROLE {}").format(sql.Identifier(role)))


def found(db: psycopg.Connection, org: OrgId, change: RosterChange) -> None:
    """Write whose database this is, and the first entries of its list of people; once."""
    with db.transaction():
        _become(db, "boapp_api")
        db.execute("INSERT INTO core.organisation (id) VALUES (%s)", (org,))
        data, signatures, rows = roster_arguments(change)
        db.execute("SELECT inner_api.append(%s, %s)", (data, signatures))
        db.execute("SELECT inner_api.store_rows(%s)", (rows,))


def add_login(db: psycopg.Connection, login: Login) -> None:
    """Make a person's login, or give it another verifier; it may call `api` and nothing else."""
    name, member = sql.Identifier(login.role), sql.Identifier("boapp_member")
    with db.transaction():
        known = db.execute("SELECT FROM pg_roles WHERE rolname = %s", (login.role,)).fetchone() is not None
        verb = sql.SQL("ALTER ROLE {}" if known else "CREATE ROLE {}").format(name)
        limits = sql.SQL(
            "LOGIN INHERIT NOSUPERUSER NOCREATEROLE NOCREATEDB NOREPLICATION NOBYPASSRLS "
            "CONNECTION LIMIT {} PASSWORD {}"
        ).format(MOST_CONNECTIONS, sql.Literal(login.scram))
        db.execute(sql.SQL(" ").join((verb, limits)))
        db.execute(sql.SQL("GRANT {} TO {}").format(member, name))
        _become(db, "boapp_api")
        db.execute(
            "INSERT INTO core.login (role_name, person) VALUES (%s, %s) ON CONFLICT DO NOTHING",
            (login.role, login.person),
        )
