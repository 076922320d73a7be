"""A prepared project whose shared database was moved, evidence intact, from a file into PostgreSQL.

Everybody has a login of her own there; what a workstation keeps (enrolment, head, local stores) stays in its
folder. A test works in a database of its own, copied by the server from the moved one.
"""

import itertools
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import cache, partial
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql

from boapp.crypto.passphrase import scram_verifier
from boapp.doors import verified_roster
from boapp.enrolment import enrolment_of, store_path
from boapp.errors import NotAllowed
from boapp.localdb.store import LocalStore, Owner
from boapp.shareddb.copying import rows_of_file
from boapp.shareddb.postgres import PostgresDatabase
from boapp.shareddb.postgres_filling import fill
from boapp.shareddb.postgres_setup import Login, add_login, set_up
from boapp.shareddb.postgres_way import connect
from boapp.shareddb.sqlite import FILE_NAME
from boapp.sqlitefile import open_engine, reading
from boapp.workspace import Workspace
from tests.attacks.tools import Scene
from tests.builders import House
from tests.postgres import Server

_NUMBERS = itertools.count(1)
LETS_GO_SECONDS = 3.0
ZEROBLOB = (
    "CREATE FUNCTION public.zeroblob(size int) RETURNS bytea LANGUAGE sql "
    "AS $$ SELECT decode(repeat('00', size), 'hex') $$"
)
"""SQLite's function, which statements of attacks use."""


def role_name(code: str) -> str:
    """Return somebody's login role, short enough for statements of attacks to name it."""
    return f"bo_{code}"


def password(code: str) -> str:
    """Return the password of somebody's login; what a passphrase derives is tested elsewhere."""
    return f"password of {code}"


def give_password(db: psycopg.Connection, code: str) -> None:
    """Give somebody's login the password that the tests know."""
    statement = sql.SQL("ALTER ROLE {} PASSWORD {}")
    db.execute(statement.format(sql.Identifier(role_name(code)), sql.Literal(verifier(code))))


@cache
def verifier(code: str) -> str:
    """Return what the server keeps of that password."""
    return scram_verifier(password(code), bytes(16))


@dataclass(frozen=True)
class MovedHouse(House):
    """An organisation whose shared database is one of a PostgreSQL server's."""

    server: Server = field(repr=False, kw_only=True)
    database: str = field(kw_only=True)

    def login(self, code: str) -> psycopg.Connection[Any]:
        """Connect as a person, for whoever goes past the program.

        She has five connections; the server lets go of those that were closed when it comes to it.
        """
        end = time.monotonic() + LETS_GO_SECONDS
        while True:
            try:
                return connect(self.server.where(self.database), role_name(code), password(code))
            except NotAllowed as refusal:
                if "too many connections" not in str(refusal.__cause__) or time.monotonic() > end:
                    raise
            time.sleep(0.02)

    def superuser(self) -> psycopg.Connection:
        """Connect as the administrator of the database."""
        return self.server.superuser(self.database)

    def as_(self, code: str) -> Workspace:
        shared = PostgresDatabase(self.login(code))
        try:
            return self._opened(shared, code)
        except BaseException:
            shared.close()
            raise

    def _opened(self, shared: PostgresDatabase, code: str) -> Workspace:
        org = shared.organisation()
        roster = verified_roster(self.home, org, shared)
        me = roster.person(code)
        owner = Owner(org, me.id, self.keys[code], roster.organisation.recovery)
        store = LocalStore(store_path(self.home, org, me.id), owner)
        return Workspace(self.home, self.location, org, me, self.keys[code], roster, shared, store)

    def copy(self, folder: Path) -> "MovedHouse":
        copied = super().copy(folder)
        name = f"copy_{next(_NUMBERS)}"
        statement = sql.SQL("CREATE DATABASE {} TEMPLATE {}")
        with self.server.superuser() as db:
            db.execute(statement.format(sql.Identifier(name), sql.Identifier(self.database)))
        with self.server.superuser(name) as db:
            for code in self.keys:  # logins are the server's: another test may have changed a password
                give_password(db, code)
            db.execute(sql.SQL("REVOKE ALL ON DATABASE {} FROM PUBLIC").format(sql.Identifier(name)))
            db.execute(sql.SQL("GRANT CONNECT ON DATABASE {} TO boapp_member").format(sql.Identifier(name)))
        return replace(self, folder=copied.folder, database=name)

    def drop(self) -> None:
        """Let the database go."""
        with self.server.superuser() as db:
            db.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(self.database)))


@dataclass
class MovedScene(Scene):
    """A test's copy of a project in PostgreSQL."""

    @property
    def moved(self) -> MovedHouse:
        """The organisation, as the one in PostgreSQL that it is."""
        assert isinstance(self.house, MovedHouse)
        return self.house

    def copy(self, folder: Path) -> "MovedScene":
        self.close()
        return MovedScene(self.house.copy(folder), self.project, self.documents)

    @contextmanager
    def boss(self) -> Iterator[psycopg.Connection]:
        """Give the database to its administrator, with every trigger off."""
        with self.moved.superuser() as db:
            db.execute("SET search_path = core, public")
            db.execute("SET session_replication_role = replica")
            yield db

    @contextmanager
    def sql(self) -> Iterator[Any]:
        with self.boss() as db:
            yield _Editor(db)
            queue_anew(db)

    @property
    def file(self) -> Path:
        raise AssertionError("there is no file")


def queue_anew(boss: psycopg.Connection) -> None:
    """Let the queue follow what was done to documents and claims past the functions."""
    boss.execute("DELETE FROM core.waiting")
    boss.execute("SELECT inner_api.queue_all()")


@dataclass
class _Editor:
    """What an attack calls to edit the database: statements with question marks, as for the file."""

    db: psycopg.Connection

    def execute(self, statement: str, parameters: Sequence[object] = ()) -> psycopg.Cursor:
        return self.db.execute(statement.replace("?", "%s").encode(), parameters or None)


def move(scene: Scene, server: Server, folder: Path) -> MovedScene:
    """Move a scene's shared database into a new one of the server."""
    scene.close()
    name = f"moved_{next(_NUMBERS)}"
    with server.superuser() as db:
        db.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
    set_up(lambda: server.superuser(name, autocommit=False))
    copied = scene.house.copy(folder)
    (copied.location / FILE_NAME).unlink()
    _copy_rows(scene, server, name)
    with server.superuser(name) as db:
        db.execute(ZEROBLOB)
        for person in _people(scene):
            add_login(db, Login(role_name(person.code), person.id, verifier(person.code)))
    house = MovedHouse(copied.folder, copied.keys, server=server, database=name)
    return MovedScene(house, scene.project, scene.documents)


def _people(scene: Scene) -> list[Any]:
    ws = scene.as_("admin")
    found = list(ws.roster.people.values())
    assert enrolment_of(ws.home, ws.org).org == ws.org
    scene.close()
    return found


def _copy_rows(scene: Scene, server: Server, name: str) -> None:
    org = scene.as_("admin").org
    scene.close()
    source = open_engine(scene.file)
    with reading(source) as old, server.superuser(name) as new:
        fill(new, org, partial(rows_of_file, old), lambda: None)
    source.dispose()
