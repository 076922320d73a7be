"""A shared PostgreSQL from the side of its administrator: making it, renewing it, and people's logins.

The login of the database's administrator is given at the moment and never kept. Where it may not do
something, the script for somebody who may is handed to the caller, who prints it. psycopg is loaded when the
first of these is called: no other verb waits for it.
"""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from boapp import faultpoints
from boapp.address import Address, read_address
from boapp.crypto.keychain import Keychain
from boapp.crypto.private_files import write_beside
from boapp.domain.ids import OrgId
from boapp.enrolment import enrolments
from boapp.errors import BadInput, NotAllowed, Unavailable
from boapp.services.founding import FirstPerson, Founded, enrol_founder, found_on_server
from boapp.shareddb.protocol import PersonKey, RosterChange
from boapp.workspace import Workspace

if TYPE_CHECKING:
    import psycopg

Ask = Callable[[str], str]
MAX_CA = 1024 * 1024
ASKED = "Password of the database's administrator"


class ForSuperuser(NotAllowed):
    """Something that only a superuser of the server may do; script is what to run there."""

    def __init__(self, script: str) -> None:
        super().__init__(
            "This login may not make roles and schemas on the server.",
            "Let a superuser run the script above in this database, then give the same command again.",
        )
        self.script = script


def connect_administrator(url: str, ask: Ask) -> "psycopg.Connection[Any]":
    """Connect with the login of the database's administrator; asks for a password that is not to be found.

    The password comes from the URL, from PGPASSWORD or from ~/.pgpass. Raises BadInput and Unavailable.
    """
    import psycopg  # noqa: PLC0415 - 0.2 s

    words = _connection_words(url)
    try:
        return _pinned(psycopg.connect(words, autocommit=True))
    except psycopg.OperationalError as error:
        if error.pgconn is None or not error.pgconn.needs_password:
            raise _unreachable(error) from error
    try:
        return _pinned(psycopg.connect(words, autocommit=True, password=ask(ASKED)))
    except psycopg.OperationalError as error:
        raise _unreachable(error) from error


def _connection_words(url: str) -> str:
    import psycopg  # noqa: PLC0415
    from psycopg.conninfo import make_conninfo  # noqa: PLC0415

    from boapp.shareddb.postgres_way import SECONDS_TO_CONNECT, guarded  # noqa: PLC0415

    try:
        read_address(url)
        return make_conninfo(
            guarded(url), connect_timeout=SECONDS_TO_CONNECT, application_name="boapp set-up"
        )
    except (BadInput, psycopg.ProgrammingError):  # what libpq says of it may hold the password
        raise BadInput(
            "This names no login at a PostgreSQL database.",
            "Write it as postgresql://LOGIN@HOST/DATABASE; % and other signs of a URL as %25 and so on.",
        ) from None


def _pinned(db: "psycopg.Connection[Any]") -> "psycopg.Connection[Any]":
    """Let a connection look for names where only PostgreSQL's own are."""
    from boapp.shareddb.postgres_setup import PINNED  # noqa: PLC0415

    db.execute(PINNED.format("").encode())
    return db


def _unreachable(error: Exception) -> Unavailable:
    said = str(error).strip().splitlines()
    return Unavailable(
        f"The server does not let this login in: {said[-1] if said else 'no connection'}.",
        "Write it as postgresql://LOGIN@HOST/DATABASE, with a login that may make roles; the password is "
        "asked for, or comes from PGPASSWORD or ~/.pgpass.",
    )


def make_workspace(home: Path, url: str, first: FirstPerson, officers: Path | None, ask: Ask) -> Founded:
    """Make an organisation in an empty database; ForSuperuser when this login may not begin.

    The first administrator has no login yet: see `make_login`.
    """
    from boapp.shareddb import postgres_setup as setup  # noqa: PLC0415

    with connect_administrator(url, ask) as db:
        demand_able(db)
        if setup.is_founded(db):
            if setup.is_filled(db):
                raise Unavailable(
                    "A workspace was moved from a folder into this database.",
                    "If that was cut off, give boapp move again; else enrol this workstation with a bundle.",
                )
            return _finish(home, url, *setup.who_founded(db))
        password = db.info.password
        setup.set_up(lambda: connect_again(url, password))
        faultpoints.reach("server:set-up")

        def store(org: OrgId, change: RosterChange) -> None:
            setup.found(db, org, change)

        return found_on_server(home, read_address(url), ca_of(url), first, officers, store)


def _finish(home: Path, url: str, org: OrgId, admin: PersonKey, logins: int) -> Founded:
    """Finish a founding from here that was cut off before admin had a login; Unavailable for any other."""
    keeper = Keychain(home).where(org)
    if logins or keeper is None or all(e.org != org for e in enrolments(home)):
        raise Unavailable(
            "There is a workspace in this database already.",
            "Enrol this workstation in it with boapp enrol BUNDLE, or name an empty database.",
        )
    enrol_founder(home, org, read_address(url), ca_of(url), admin.kdf)
    return Founded(org, keeper, admin)


def renew(url: str, ask: Ask) -> None:
    """Bring a database's tables and functions to this version of boapp."""
    from boapp.shareddb import postgres_setup as setup  # noqa: PLC0415

    with connect_administrator(url, ask) as db:
        demand_able(db)
        if not setup.is_founded(db):
            raise Unavailable("There is no workspace in this database.", "Make one with boapp init URL.")
        password = db.info.password
        setup.set_up(lambda: connect_again(url, password))


def connect_again(url: str, password: str) -> "psycopg.Connection[Any]":
    """Connect once more with a login that was let in, and the password that let it in."""
    import psycopg  # noqa: PLC0415

    from boapp.shareddb.postgres_way import guarded  # noqa: PLC0415

    return psycopg.connect(guarded(url), password=password)


def demand_able(db: "psycopg.Connection[Any]") -> None:
    """Refuse a login that may not set up; ForSuperuser holds what somebody runs who may."""
    from boapp.shareddb import postgres_setup as setup  # noqa: PLC0415

    if not setup.is_superuser(db) and not setup.may_set_up(db):
        raise ForSuperuser(setup.superuser_script(db.info.user))


def ca_of(url: str) -> str:
    """Return the certificates that the URL names, to be handed to every workstation."""
    from psycopg.conninfo import conninfo_to_dict  # noqa: PLC0415

    named = conninfo_to_dict(url).get("sslrootcert")
    if not named or named == "system":
        return ""
    try:
        path = Path(str(named))
        if path.stat().st_size > MAX_CA:
            raise Unavailable(f"{path} is no file of certificates.", "Name the CA's certificate in PEM.")
        return path.read_text("ascii")
    except (OSError, UnicodeDecodeError) as error:
        raise Unavailable(f"{named} cannot be read.", "Name the CA's certificate in PEM.") from error


def login_script(org: OrgId, row: PersonKey) -> str:
    """Return what makes a person's login, or gives it the password of her new passphrase."""
    from boapp.shareddb.postgres_setup import Login, login_script  # noqa: PLC0415
    from boapp.shareddb.postgres_way import role_name  # noqa: PLC0415

    return login_script(Login(role_name(org, row.code), row.person, row.scram))


def renewing_script(org: OrgId, row: PersonKey) -> str:
    """Return what gives a person's login the password of her new keys, and ends its sessions."""
    from boapp.shareddb.postgres_setup import Login, renewing_script  # noqa: PLC0415
    from boapp.shareddb.postgres_way import role_name  # noqa: PLC0415

    return renewing_script(Login(role_name(org, row.code), row.person, row.scram))


def closing_script(org: OrgId, code: str) -> str:
    """Return what ends a person's login and her sessions."""
    from boapp.shareddb.postgres_setup import closing_script  # noqa: PLC0415
    from boapp.shareddb.postgres_way import role_name  # noqa: PLC0415

    return closing_script(role_name(org, code))


def save_script(path: Path, script: str) -> None:
    """Write one of these scripts into a new file, for the database's administrator to run."""
    write_beside(path, script.encode())


def run_script(url: str, script: str, ask: Ask) -> None:
    """Run one of these scripts with the login of the database's administrator."""
    import psycopg  # noqa: PLC0415

    from boapp.shareddb.postgres_setup import run_script  # noqa: PLC0415

    with connect_administrator(url, ask) as db:
        try:
            run_script(db, script)
        except psycopg.Error as error:
            said = str(error).strip().splitlines()[0]
            raise NotAllowed(
                f"The server refuses this to the login: {said}.",
                "Give one that may make roles, or let somebody run the script who may.",
            ) from error


def is_on_server(ws: Workspace) -> bool:
    """Say whether people need logins here."""
    return isinstance(ws.location, Address)
