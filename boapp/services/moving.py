"""Moving a workspace from a folder into a PostgreSQL, with all of its evidence.

In this order, and a move that was cut off is finished by the same command:
1. the folder's evidence is verified, and everybody's locked keys, with which the passwords of logins come;
2. the database is set up as `boapp init` does it, if it is empty or an earlier attempt left it unused;
3. nobody writes to the folder until this ends; everything is copied and compared in one transaction of the
   database, in which nobody has a login yet;
4. the folder is marked: nobody writes to it again, not even whoever has it open;
5. this workstation is enrolled at the server; its local stores stay as they are, so that drafts are there and
   what was not sent goes there;
6. people get their logins, by a script that the caller runs or prints.
Until 4 the folder is what it was, from 4 on all of it is in the database: never can both be written to.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlalchemy import Engine
from sqlalchemy.exc import DBAPIError

from boapp import faultpoints
from boapp.address import Address, read_address
from boapp.crypto.private_files import write_new_private
from boapp.doors import database_file, open_door
from boapp.enrolment import officers_file
from boapp.errors import BadInput, NotAllowed, Tampered, Unavailable
from boapp.services import servers
from boapp.services.auditing import verify_project
from boapp.services.founding import OFFICERS_FILE, enrol_founder
from boapp.services.people import require_administrator
from boapp.shareddb.copying import Content, Tell, count_rows, rows_of_file
from boapp.shareddb.locked_keys import verify_locked_keys
from boapp.shareddb.protocol import PersonKey
from boapp.shareddb.sqlite_moved import mark_moved, moved_to, refusal, writing
from boapp.sqlitefile import open_engine, reading
from boapp.workspace import Workspace

if TYPE_CHECKING:
    import psycopg

_CALL = "Call your administrator, who has its backup. Nothing was moved."


@dataclass(frozen=True, slots=True)
class Moved:
    """What was moved where, and whose logins are still to be made.

    contents: every table, the same on both sides; none where an earlier command had moved them.
    """

    address: Address
    contents: Sequence[Content]
    people: Sequence[PersonKey]


def open_to_move(home: Path, folder: Path, code: str, passphrase: str) -> Workspace:
    """Unlock a folder for the administrator who moves it, also where that was begun before."""
    door = open_door(home, folder, even_moved=True)
    try:
        return door.unlock(code, passphrase)
    except BaseException:
        door.shared.close()
        raise


def rows_to_move(ws: Workspace) -> int:
    """Return how many rows there are to move."""
    with _file_of(ws) as engine, reading(engine) as db:
        return count_rows(db)


def move(ws: Workspace, url: str, ask: servers.Ask, tell: Tell = lambda: None) -> Moved:
    """Move a folder's workspace into the database that a URL names, with a login of its administrator.

    tell: is called for each row that is copied, and for each that is compared. Raises ForSuperuser when this
    login may not set the database up.
    """
    require_administrator(ws)
    address = read_address(url)
    place = _moved_to(ws)
    if place not in {None, str(address)}:
        raise refusal(str(place))
    people = _people(ws)
    if place is None:
        _demand_whole(ws)
    with servers.connect_administrator(url, ask) as db, _spoken():
        servers.demand_able(db)
        contents = _fill(ws, db, url, tell) if place is None else []
        _demand_there(ws, db, address)
        _enrol(ws, address, servers.ca_of(url))
        return Moved(address, contents, _without_login(db, people))


def logins_script(ws: Workspace, people: Sequence[PersonKey]) -> str:
    """Return what makes the logins of these people."""
    return "\n".join(servers.login_script(ws.org, row) for row in people)


def _moved_to(ws: Workspace) -> str | None:
    with _file_of(ws) as engine, reading(engine) as db:
        return moved_to(db)


@contextmanager
def _file_of(ws: Workspace) -> Iterator[Engine]:
    """Give the folder's file beside the workspace that is open."""
    if isinstance(ws.location, Address):
        raise BadInput("This workspace is in a PostgreSQL already.", "Name a folder.")
    engine = open_engine(database_file(ws.location))
    try:
        yield engine
    finally:
        engine.dispose()


def _people(ws: Workspace) -> list[PersonKey]:
    """Return the locked keys of everybody who did not leave; refuse what would not let her in afterwards."""
    rows = {row.person: row for row in ws.shared.person_keys()}
    staying = [person for person in ws.roster.people.values() if person.left is None]
    for person in staying:
        row = rows.get(person.id)
        if row is None:
            raise Tampered(f"The locked keys of {person.code} are missing.", _CALL)
        verify_locked_keys(row, ws.org, person.keys)
        if row.code != person.code or row.kdf != ws.roster.organisation.kdf:
            raise Tampered(f"The locked keys of {person.code} are not as the list of people says.", _CALL)
    return [rows[person.id] for person in staying]


def _demand_whole(ws: Workspace) -> None:
    """Refuse to move evidence that does not verify: nobody could tell afterwards where it was damaged."""
    for project in ws.roster.projects:
        findings = verify_project(ws, project).findings
        if findings:
            first = findings[0]
            raise Tampered(
                f"This workspace is damaged: {len(findings)} findings in project {project.hex()}, "
                f"the first of them {first.where}: {first.rule}: {first.words}.",
                f"boapp audit verify {project.hex()} names them all. {_CALL}",
            )


def _fill(ws: Workspace, db: "psycopg.Connection[Any]", url: str, tell: Tell) -> list[Content]:
    """Set the database up, copy everything into it, and mark the folder."""
    from boapp.shareddb import postgres_setup as setup  # noqa: PLC0415
    from boapp.shareddb.postgres_filling import demand_free, fill  # noqa: PLC0415

    demand_free(db, ws.org)
    password = db.info.password
    setup.set_up(lambda: servers.connect_again(url, password))
    faultpoints.reach("move:set-up")
    with _file_of(ws) as engine, writing(engine) as file:
        if (place := moved_to(file)) is not None:  # by another command at the same time
            raise refusal(place)
        contents = fill(db, ws.org, lambda table: rows_of_file(file, table), tell)
        faultpoints.reach("move:stored")
        mark_moved(file, str(read_address(url)))
    faultpoints.reach("move:marked")
    return contents


def _demand_there(ws: Workspace, db: "psycopg.Connection[Any]", address: Address) -> None:
    from boapp.shareddb.postgres_filling import belongs_to  # noqa: PLC0415

    if not belongs_to(db, ws.org):
        raise Unavailable(
            f"This workspace was moved to {address}, but is not there.",
            "Somebody exchanged or dropped the database: call its administrator, who has its backup.",
        )


def _enrol(ws: Workspace, address: Address, ca: str) -> None:
    """Let this workstation work at the server, and take the officers' papers out of the folder."""
    assert isinstance(ws.location, Path)  # noqa: S101 - the file was just read there
    papers, here = ws.location / OFFICERS_FILE, officers_file(ws.home, ws.org)
    if papers.exists():
        here.unlink(missing_ok=True)
        write_new_private(here, papers.read_bytes())
    enrol_founder(ws.home, ws.org, address, ca, ws.roster.organisation.kdf)
    faultpoints.reach("move:enrolled")
    papers.unlink(missing_ok=True)


def _without_login(db: "psycopg.Connection[Any]", people: Sequence[PersonKey]) -> list[PersonKey]:
    """Return who has no login yet; who got other keys since the move gets hers by `boapp people login`."""
    from boapp.shareddb.postgres_filling import without_login  # noqa: PLC0415

    lacking = without_login(db)
    return [row for row in people if lacking.get(row.person) == row.signature]


@contextmanager
def _spoken() -> Iterator[None]:
    """Say in words what the server refuses, or that it went away."""
    import psycopg  # noqa: PLC0415

    try:
        yield
    except (psycopg.Error, DBAPIError) as error:
        cause = error.orig if isinstance(error, DBAPIError) else error
        said = (str(cause).strip().splitlines() or ["the connection was lost"])[0]
        match cause:
            case psycopg.OperationalError() | psycopg.InterfaceError():
                title, advice = "The server does not go on", "Nothing is lost: give the same command again."
                raise Unavailable(f"{title}: {said}.", advice) from error
            case psycopg.DataError() | psycopg.IntegrityError():
                raise Tampered(f"The database does not keep what the folder holds: {said}.", _CALL) from error
            case psycopg.Error():
                title, advice = (
                    "The server refuses this to the login",
                    "Give the one that set this database up.",
                )
                raise NotAllowed(f"{title}: {said}.", advice) from error
            case _:
                raise
