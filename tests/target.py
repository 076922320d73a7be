"""An empty database of a server's, into which a workspace is moved."""

import itertools
from dataclasses import replace

from psycopg import sql

from boapp.address import Address
from tests.commands.desk import Desk
from tests.postgres import SUPERUSER, Server
from tests.site import new_database

_NUMBERS = itertools.count(1)


class Target:
    """An empty database of a server's."""

    def __init__(self, server: Server) -> None:
        self.server, self.name = server, f"target_{next(_NUMBERS)}"
        new_database(server, self.name)

    @property
    def address(self) -> Address:
        """Where it is."""
        return Address("127.0.0.1", self.server.port, self.name)

    @property
    def url(self) -> str:
        """The URL of its administrator."""
        return str(self.address).replace("//", f"//{SUPERUSER}:{self.server.password}@")

    def ask(self, question: str) -> object:
        """Return one cell."""
        with self.server.superuser(self.name) as db:
            return db.execute(question.encode()).fetchall()[0][0]

    def run(self, statement: str) -> None:
        """Run one statement as the superuser."""
        with self.server.superuser(self.name) as db:
            db.execute(statement.encode())

    def drop(self) -> None:
        """Let it go, with the logins that were made for it."""
        with self.server.superuser() as db:
            db.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(self.name)))
            for (role,) in db.execute(
                "SELECT rolname FROM pg_roles WHERE starts_with(rolname, 'bo_')"
            ).fetchall():
                if len(role) > 20:  # those of other tests are short
                    db.execute(sql.SQL("DROP ROLE {}").format(sql.Identifier(role)))


def at_server(desk: Desk, target: Target) -> Desk:
    """Return the same desk whose workspace is there."""
    return replace(desk, server=str(target.address))
