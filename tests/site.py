"""An organisation with several workstations, made by commands: in a folder, or on a server.

Making one is dear, since everybody's passphrase is derived: tests share one and work in copies of it. Logins
are the server's, not the database's, so each copy gives them the passwords that it knows.
"""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from psycopg import sql

from boapp.address import Address
from boapp.domain.ids import PersonId
from boapp.doors import open_workspace
from boapp.shareddb.postgres_setup import Login, add_login
from boapp.workspace import Workspace
from tests.builders import PASSPHRASE
from tests.commands.desk import Desk
from tests.postgres import SUPERUSER, Server

PEOPLE = {
    "ann": "operator",
    "bob": "second-keyer",
    "sue": "supervisor",
    "adj": "adjudicator",
    "aud": "auditor",
}
_ROLES = """
SELECT l.role_name, l.person, k.scram FROM core.login l JOIN core.person_key k ON k.person = l.person
"""


@dataclass(frozen=True)
class Site:
    """An organisation; database is that of the server, where there is one."""

    folder: Path
    server: Server | None
    database: str

    @property
    def address(self) -> Address:
        """Where the shared database is."""
        assert self.server is not None
        return Address("127.0.0.1", self.server.port, self.database)

    @property
    def url(self) -> str:
        """The URL of the database's administrator."""
        assert self.server is not None
        return str(self.address).replace("//", f"//{SUPERUSER}:{self.server.password}@")

    @property
    def dba(self) -> tuple[str, ...]:
        """The option that names the login of the database's administrator."""
        return ("--dba", self.url) if self.server else ()

    @property
    def parts(self) -> tuple[str | Path, ...]:
        """The options that name two officers' parts."""
        papers = (self.folder / "officers" / f"recovery-{n}.txt" for n in (1, 3))
        return tuple(word for paper in papers for word in ("--part", paper))

    def desk(self, name: str = "first") -> Desk:
        """Return a workstation; all of them read passphrases from one folder."""
        where = str(self.address) if self.server else None
        return Desk(self.folder, self.folder / f"home of {name}", self.folder / "workspace", where)

    def as_(self, code: str) -> Workspace:
        """Open the workspace as a person, at the first workstation; close it when done."""
        desk = self.desk()
        return open_workspace(desk.home, self.address if self.server else desk.workspace, code, PASSPHRASE)

    def enrol(self, name: str) -> Desk:
        """Enrol a further workstation with a bundle that the first one wrote."""
        bundle = self.folder / f"bundle for {name}"
        words = self.desk().run("bundle", bundle, "--json").json["words"]
        made = self.desk(name)
        made.run("enrol", bundle, "--words", words)
        bundle.unlink()
        return made

    def copy(self, folder: Path, database: str) -> "Site":
        """Return a copy of the organisation that a test may change."""
        shutil.copytree(self.folder, folder)
        made = replace(self, folder=folder, database=database)
        if self.server is None:
            return made
        with self.server.superuser() as db:
            statement = sql.SQL("CREATE DATABASE {} TEMPLATE {}")
            db.execute(statement.format(sql.Identifier(database), sql.Identifier(self.database)))
            grant = sql.SQL("GRANT CONNECT ON DATABASE {} TO boapp_member")
            db.execute(grant.format(sql.Identifier(database)))
        with self.server.superuser(database) as db:
            for role, person, scram in db.execute(_ROLES).fetchall():
                add_login(db, Login(role, PersonId(person), scram))
        for file in folder.rglob("enrolment.json"):
            words = file.read_text()
            file.write_text(words.replace(f'"database":"{self.database}"', f'"database":"{database}"'))
        return made

    def drop(self) -> None:
        """Let the database go."""
        if self.server is not None:
            with self.server.superuser() as db:
                name = sql.Identifier(self.database)
                db.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(name))


def new_database(server: Server, name: str) -> None:
    """Make an empty database."""
    with server.superuser() as db:
        db.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))
        db.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))


def found_site(folder: Path, server: Server | None, database: str) -> Site:
    """Found an organisation with officers elsewhere and the people of PEOPLE."""
    if server is not None:
        new_database(server, database)
    made = Site(folder, server, database)
    desk = made.desk()
    for name in ("admin", *PEOPLE):
        desk.passphrase(name)
    place = made.url if server else desk.workspace
    desk.run("init", place, "--officers", folder / "officers")
    for name, role in PEOPLE.items():
        desk.run("people", "add", name, "--role", role, *made.dba)
    return made


@contextmanager
def lent(founded: Site, folder: Path, database: str) -> Iterator[Site]:
    """Give a test its own copy of an organisation, and take it away afterwards."""
    made = founded.copy(folder, database)
    yield made
    made.drop()
