"""A person's connection to a shared PostgreSQL: opened when needed, held against this program's version.

One thread uses it at a time; another one may only break off what is asked.
"""

import os
import socket
from collections.abc import Callable
from contextlib import suppress
from typing import Any, LiteralString

import psycopg
from psycopg import errors

from boapp.errors import OtherVersion, Refusal
from boapp.shareddb.migrate import REVISION, refuse_newer
from boapp.shareddb.postgres_refusals import away, nobody_here, spoken


class PostgresConnection:
    """One person's connection; again opens one when it is needed first, and another after it was lost."""

    def __init__(
        self,
        connection: psycopg.Connection[Any] | None,
        again: Callable[[], psycopg.Connection[Any]] | None = None,
    ) -> None:
        self._connection = connection
        self._again = again
        self._opened = 0

    @property
    def _db(self) -> psycopg.Connection[Any]:
        """Return the connection. What found it lost was refused; what comes next gets a new one."""
        if self._again is not None and (self._connection is None or self._connection.closed):
            self._connection = self._again()
            self._opened += 1
            self._demand_version_or_close(self._connection)
        if self._connection is None:
            raise away()
        return self._connection

    def _demand_version_or_close(self, connection: psycopg.Connection[Any]) -> None:
        """Refuse as `demand_version` does, and what comes next, too: it would not ask for the version."""
        try:
            self.demand_version()
        except Refusal:
            connection.close()
            raise

    def connected(self) -> int:
        """Connect where that is to be done; return how often it was: each time it may be another database."""
        _ = self._db
        return self._opened

    def was_reached(self) -> bool:
        """Say whether it ever answered; nothing is asked for that."""
        return self._connection is not None

    def before_connecting(self, ask: Callable[[], None]) -> None:
        """Call this before each connection is opened; what it raises is raised in its place."""
        again = self._again

        def asked() -> psycopg.Connection[Any]:
            ask()
            assert again is not None  # noqa: S101 - it is asked for only where one is opened
            return again()

        self._again = asked if again else None

    def break_off(self) -> None:
        """End what is asked at this moment: who waits for it on another thread is told so."""
        connection = self._connection
        if connection is not None and not connection.closed:
            with suppress(OSError), socket.socket(fileno=os.dup(connection.pgconn.socket)) as line:
                line.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        """Close the connection, for good."""
        self._again = None
        if self._connection is not None:
            self._connection.close()

    def _rows(self, call: LiteralString, *arguments: object) -> list[Any]:
        with spoken():
            return self._db.execute(call, arguments).fetchall()

    def _one(self, call: LiteralString, *arguments: object) -> Any:  # noqa: ANN401 - a cell
        return self._rows(call, *arguments)[0][0]

    def demand_version(self) -> None:
        """Refuse a database whose tables are of another version than this program."""
        with spoken():
            try:
                found = self._one("SELECT api.revision()")
            except errors.UndefinedFunction:
                found = ""
        if found is None:
            raise nobody_here()
        refuse_newer(found)
        if found != REVISION:
            raise OtherVersion(
                "The shared database is of an older boapp than this one.",
                "Ask the database's administrator to run boapp upgrade URL once.",
            )
