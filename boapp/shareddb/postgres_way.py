"""The way to a shared PostgreSQL: a server elsewhere shows its certificate, or no password is sent to it.

This computer's own server, by socket or loopback address, needs none: nobody stands between.
"""

import os
import time
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import psycopg
from psycopg.abc import RV, PQGen
from psycopg.conninfo import conninfo_to_dict, make_conninfo
from psycopg.rows import namedtuple_row
from psycopg.waiting import Ready

from boapp.address import Address
from boapp.domain.ids import OrgId
from boapp.errors import NotAllowed, Unavailable

SECONDS_TO_CONNECT = 10
PATIENCE, LITTLE_PATIENCE = 300.0, 30.0
"""Seconds that a server may be silent before the connection is dropped; few where nobody waits for it."""
_KEEP_ALIVE = {"keepalives_idle": 10, "keepalives_interval": 5, "keepalives_count": 3}
_FROM_ENVIRONMENT = {"host": "PGHOST", "hostaddr": "PGHOSTADDR", "service": "PGSERVICE"}
_BY_ITSELF = ("channel binding", "authentication method requirement")
"""What can be at fault though there is TLS: how the server asks who this is."""
_IN_WORDS = (
    (
        ("root certificate", "must be specified"),
        "This computer cannot check the certificate of the shared database's server.",
        "The connection string must name the server, and by sslrootcert the file of your organisation's CA.",
    ),
    (
        ("certificate",),
        "The certificate of the shared database's server was not accepted.",
        "It may be another server than yours: call your administrator.",
    ),
    (
        ("does not support SSL", "SSL error", "SSL SYSCALL", *_BY_ITSELF),
        "There is no safe way to the shared database's server.",
        "TLS must be on there, and nobody may stand between: call your administrator.",
    ),
)
"""What libpq says, in order; the title and the advice."""


def guarded(where: str) -> str:
    """Return a connection string that asks a server elsewhere for its certificate, whatever it asked before.

    It rests on the CA that the string names, else on those of this computer. Kerberos would be tried before
    TLS and encrypt without a certificate: it is not used.
    """
    if is_here(where):
        return where
    trusted = conninfo_to_dict(where).get("sslrootcert") or os.environ.get("PGSSLROOTCERT") or "system"
    demanded = {"sslmode": "verify-full", "channel_binding": "require", "gssencmode": "disable"}
    return make_conninfo(where, sslrootcert=str(trusted), **demanded)


def is_here(where: str) -> bool:
    """Whether this computer's own server is meant. A name is what a resolver says it is: no name is here.

    What the string leaves out may come from the environment; a service may name any host.
    """
    outside = {name: os.environ.get(variable) for name, variable in _FROM_ENVIRONMENT.items()}
    settings = {**outside, **conninfo_to_dict(where)}
    hosts = str(settings["hostaddr"] or settings["host"] or "/").split(",")
    return not settings["service"] and all(_is_own(host) for host in hosts)


def _is_own(host: str) -> bool:
    try:
        return host.startswith("/") or ip_address(host).is_loopback
    except ValueError:
        return False


def not_safe(where: str, error: psycopg.OperationalError) -> Unavailable | None:
    """Return in words why no safe way came about; None when there was one, or none was needed.

    libpq tells it by its text alone. Once TLS is there, only how the server asks who this is can be at fault.
    """
    said = str(error)
    there = error.pgconn is not None and error.pgconn.ssl_in_use
    if is_here(where) or (there and not any(part in said for part in _BY_ITSELF)):
        return None
    for parts, title, advice in _IN_WORDS:
        if any(part in said for part in parts):
            return Unavailable(title, f"What you keyed is kept here, and no password was sent. {advice}")
    return None


def role_name(org: OrgId, code: str) -> str:
    """Return the login role of a person's first login; a server may serve several organisations."""
    return f"bo_{org.hex()[:16]}_{code}"


def where_of(address: Address, ca: Path | None) -> str:
    """Return the connection string of a database; ca is a file of certificates, None for this computer's."""
    given = {"host": address.host or None, "sslrootcert": None if ca is None else str(ca)}
    return make_conninfo("", port=address.port, dbname=address.database, **given)


class Patient(psycopg.Connection[Any]):
    """A connection that waits for an answer, but not for ever: a line can be dead without saying so."""

    patience = PATIENCE

    def wait(self, gen: PQGen[RV], interval: float = 0.1, timeout: float | None = None) -> RV:
        """Run what was asked; OperationalError, and the connection is closed, when the server is silent."""
        try:
            return super().wait(self._watched(gen), interval, timeout)
        except _Silent:
            self.pgconn.finish()
            raise

    def _watched(self, gen: PQGen[RV]) -> PQGen[RV]:
        """Pass on what happens on the line, and end it when nothing did for too long."""
        heard = time.monotonic()
        try:
            wanted = next(gen)
            while True:
                ready = yield wanted
                now = time.monotonic()
                if ready is not Ready.NONE:
                    heard = now
                elif now - heard > self.patience:
                    raise _Silent("the server is silent")
                wanted = gen.send(ready)
        except StopIteration as end:
            result: RV = end.value
            return result


class _Silent(psycopg.OperationalError):
    """Nothing came for too long."""


def connect(where: str, login: str, password: str, patience: float = PATIENCE) -> psycopg.Connection[Any]:
    """Open a connection as a person; where is a connection string without a login.

    The server must know the password, and is never given it: whoever took its port on this computer would
    else ask for it in clear.

    Raises NotAllowed when the server does not let this login in, Unavailable when it does not answer.
    """
    words = make_conninfo(
        guarded(where),
        user=login,
        password=password,
        require_auth="scram-sha-256",
        connect_timeout=SECONDS_TO_CONNECT,
        application_name="boapp",
        **_KEEP_ALIVE,
    )
    try:
        made = Patient.connect(words, autocommit=True, row_factory=namedtuple_row)
    except psycopg.OperationalError as error:
        if unsafe := not_safe(where, error):
            raise unsafe from error
        if error.pgconn is not None and error.pgconn.used_password:  # it answered, and asked who this is
            raise NotAllowed(
                "This person and passphrase do not open the workspace on this workstation.",
                "Check the code and the passphrase. If they are right, ask your administrator whether the "
                "login is there and not ended, and close other sessions of yours.",
            ) from error
        raise Unavailable(
            "The shared database cannot be reached.",
            "What you keyed is kept here. Check the network, then try again.",
        ) from error
    made.patience = patience
    return made
