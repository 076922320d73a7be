"""What moving a workspace promises at each step, also where the database or another program changes rows."""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import psycopg
import pytest

from boapp import faultpoints
from boapp.errors import Refusal, Tampered, Unavailable
from boapp.services import moving
from boapp.services.moving import Moved, move, open_to_move
from boapp.shareddb.copying import TABLES, Content, Row, Tally
from boapp.shareddb.sqlite import FILE_NAME
from boapp.shareddb.tables import batch
from boapp.workspace import Workspace
from tests.builders import PASSPHRASE
from tests.filled import Filled
from tests.target import Target


def no_password(_sentence: str) -> str:
    raise AssertionError("a password was asked for")


@contextmanager
def opened(filled: Filled) -> Iterator[Workspace]:
    ws = open_to_move(filled.house.home, filled.house.location, "admin", PASSPHRASE)
    try:
        yield ws
    finally:
        ws.close()


def moved(filled: Filled, target: Target) -> Moved:
    with opened(filled) as ws:
        return move(ws, target.url, no_password)


@pytest.fixture
def when(monkeypatch: pytest.MonkeyPatch) -> Callable[[str, Callable[[], None]], None]:
    """Return what lets something happen at a moment of the move."""

    def plant(moment: str, happens: Callable[[], None]) -> None:
        monkeypatch.setattr(faultpoints, "_planted", [lambda name: happens() if name == moment else None])

    return plant


When = Callable[[str, Callable[[], None]], None]


def test_nobody_writes_to_the_folder_while_it_is_copied_and_nobody_has_a_login_there(
    filled: Filled, target: Target, when: When
) -> None:
    file, seen = filled.house.location / FILE_NAME, []
    logins = "SELECT count(*) FROM pg_roles WHERE starts_with(rolname, 'bo_')"
    before = target.ask(logins)  # of other databases of the server

    def look() -> None:
        other = sqlite3.connect(file, timeout=0)
        with pytest.raises(sqlite3.OperationalError, match="locked"):
            other.execute("BEGIN IMMEDIATE")
        seen.append(other.execute("SELECT count(*) FROM fact").fetchone())
        other.close()
        assert target.ask("SELECT count(*) FROM core.login") == 0
        assert target.ask(logins) == before

    when("move:stored", look)
    moved(filled, target)
    assert len(seen) == 1


def test_after_it_no_statement_writes_to_any_table_of_the_folder(filled: Filled, target: Target) -> None:
    moved(filled, target)
    file = sqlite3.connect(filled.house.location / FILE_NAME)
    for table in TABLES:
        column = next(iter(table.c)).name
        rows = file.execute(f"SELECT count(*) FROM {table.name}").fetchone()[0]
        assert rows > 0, table.name
        for statement in (
            f"INSERT INTO {table.name} SELECT * FROM {table.name} LIMIT 1",
            f"UPDATE {table.name} SET {column} = {column}",
            f"DELETE FROM {table.name}",
        ):
            with pytest.raises(sqlite3.IntegrityError, match=r"moved to|evidence|never changed"):
                file.execute(statement)
        assert file.execute(f"SELECT count(*) FROM {table.name}").fetchone()[0] == rows
    file.close()


def test_both_sides_hold_the_same_bytes_in_every_table(filled: Filled, target: Target) -> None:
    contents = {content.table: content for content in moved(filled, target).contents}
    assert set(contents) == {table.name for table in TABLES}
    file = sqlite3.connect(filled.house.location / FILE_NAME)
    with target.server.superuser(target.name) as db:
        for table in TABLES:
            names = ", ".join(f'"{column.name}"' for column in table.c)
            ours = file.execute(f"SELECT {names} FROM {table.name}").fetchall()
            theirs = db.execute(f"SELECT {names} FROM core.{table.name}".encode()).fetchall()
            assert set(ours) == set(theirs), table.name
            assert len(ours) == len(theirs) == contents[table.name].rows > 0, table.name
    file.close()


def test_what_the_functions_keep_beside_the_rows_is_there(filled: Filled, target: Target) -> None:
    moved(filled, target)
    assert target.ask("SELECT count(*) = (SELECT count(*) FROM core.roster) FROM core.appended") is True
    with opened(filled) as ws:
        people = list(ws.roster.people.values())
    with target.server.superuser(target.name) as db:
        found: dict[bytes, str] = dict(db.execute("SELECT person, roles FROM core.person").fetchall())
        held = set(db.execute("SELECT document FROM core.claim").fetchall())
        assert held
        open_ = set(db.execute("SELECT id FROM core.document WHERE stage IN ('first', 'second')").fetchall())
        assert set(db.execute("SELECT document FROM core.waiting").fetchall()) == open_ - held
        assert db.execute("SELECT DISTINCT passes FROM core.document").fetchall() == [(2,)]
    assert found == {p.id: "" if p.left else " ".join(sorted(p.roles)) for p in people}


def test_evidence_in_the_database_is_kept_as_it_is_and_closed_to_people(
    filled: Filled, target: Target
) -> None:
    with opened(filled) as ws:
        result = move(ws, target.url, no_password)
        target.run(moving.logins_script(ws, result.people))
    for table in ("roster", "fact", "sealed_pass", "surplus_pass", "pass_share"):
        with pytest.raises(psycopg.errors.InsufficientPrivilege, match="is evidence"):
            target.run(f"DELETE FROM core.{table}")
        with pytest.raises(psycopg.errors.InsufficientPrivilege, match="is evidence"):
            target.run(f"TRUNCATE core.{table} CASCADE")
    forced = "SELECT bool_and(relrowsecurity AND relforcerowsecurity) FROM pg_class "
    assert target.ask(forced + "WHERE relnamespace = 'core'::regnamespace AND relkind = 'r'") is True


def test_a_database_that_changes_what_it_is_given_gets_nothing(
    filled: Filled, target: Target, when: When
) -> None:
    def plant() -> None:
        target.run(
            "CREATE FUNCTION core.change() RETURNS trigger LANGUAGE plpgsql AS "
            "$$ BEGIN NEW.epoch := NEW.epoch + 1; RETURN NEW; END $$;"
            "GRANT EXECUTE ON FUNCTION core.change() TO boapp_owner;"
            "CREATE TRIGGER change BEFORE INSERT ON core.batch FOR EACH ROW EXECUTE FUNCTION core.change()"
        )

    when("move:set-up", plant)
    with pytest.raises(Tampered, match="table batch does not hold"):
        moved(filled, target)
    assert target.ask("SELECT count(*) FROM core.organisation") == 0
    filled.desk.run("status", "strict")
    target.run("DROP TRIGGER change ON core.batch")
    when("nothing", plant)
    assert len(moved(filled, target).contents) == len(TABLES)


def test_another_command_that_moved_it_meanwhile_is_noticed(
    filled: Filled, target: Target, when: When, server_target: Target
) -> None:
    def meanwhile() -> None:
        when("nothing", lambda: None)
        moved(filled, server_target)

    when("move:set-up", meanwhile)
    with pytest.raises(Unavailable, match=server_target.name):
        moved(filled, target)
    assert target.ask("SELECT count(*) FROM core.organisation") == 0


def test_a_database_that_was_exchanged_after_the_move_is_named(filled: Filled, target: Target) -> None:
    moved(filled, target)
    target.run("DROP SCHEMA core CASCADE")
    with pytest.raises(Refusal, match="is not there"):
        moved(filled, target)


def test_locked_keys_that_were_exchanged_are_not_made_into_a_login(filled: Filled, target: Target) -> None:
    with sqlite3.connect(filled.house.location / FILE_NAME) as file:
        file.execute(
            "UPDATE person_key SET scram = (SELECT scram FROM person_key WHERE code = 'ann') "
            "WHERE code = 'bob'"
        )
    with pytest.raises(Refusal):
        moved(filled, target)
    assert target.ask("SELECT to_regnamespace('core') IS NULL") is True


def test_a_file_with_a_stage_that_there_is_not_is_not_moved(filled: Filled, target: Target) -> None:
    with sqlite3.connect(filled.house.location / FILE_NAME) as file:
        file.execute("PRAGMA ignore_check_constraints = ON")
        file.execute("UPDATE document SET stage = 'nowhere'")
    with pytest.raises(Tampered, match="its column stage holds"):
        moved(filled, target)
    assert target.ask("SELECT to_regnamespace('core') IS NULL") is True


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ([(b"a", b"b")], [(b"ab", b"")]),
        ([(b"a",)], [("a",)]),
        ([(None,)], [(b"",)]),
        ([(1,)], [("1",)]),
        ([(b"a",), (b"b",)], [(b"b",), (b"a",)]),
        ([(12, 3)], [(1, 23)]),
        ([(-1,)], [(1,)]),
    ],
)
def test_rows_that_differ_have_other_digests(one: list[Row], other: list[Row]) -> None:
    assert digest(one).digest != digest(other).digest


def test_yes_and_no_are_the_same_on_both_sides() -> None:
    assert digest([(True, False)]) == digest([(1, 0)])


def digest(rows: list[Row]) -> Content:
    tally = Tally(batch, lambda: None)
    assert list(tally.past(rows)) == rows
    return tally.content()


@pytest.fixture
def server_target(target: Target) -> Iterator[Target]:
    """Return another empty database of the same server."""
    other = Target(target.server)
    yield other
    other.drop()
