"""Checking a shared database's fences, by anybody who may connect to it."""

import psycopg

from boapp.errors import Unavailable
from boapp.shareddb.postgres_checks import Finding, check, check_way
from boapp.shareddb.postgres_setup import PINNED
from boapp.shareddb.postgres_way import SECONDS_TO_CONNECT


def check_database(where: str) -> list[Finding]:
    """Return what is not as it must be; where is a connection string. Raises Unavailable."""
    try:
        with psycopg.connect(
            where, connect_timeout=SECONDS_TO_CONNECT, application_name="boapp doctor"
        ) as db:
            db.execute(PINNED.format("").encode())
            return [*check(db), *check_way(where, db)]
    except psycopg.errors.Error as error:
        said = str(error).strip().splitlines()
        raise Unavailable(
            f"The database cannot be checked: {said[0] if said else 'no connection'}.",
            "Name it as postgresql://LOGIN@HOST/DATABASE; the password comes from PGPASSWORD or ~/.pgpass.",
        ) from error
