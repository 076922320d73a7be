"""A database that people worked in, of each earlier version: it is upgraded, and everything in it goes on."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from alembic import command
from sqlalchemy import Engine, inspect

from boapp.domain.workflow import Mode, Stage
from boapp.services.comparing import compare_waiting
from boapp.services.projects import change_setting
from boapp.services.verifying import document_row
from boapp.shareddb.migrate import REVISIONS, migrate, upgrade
from boapp.shareddb.postgres_setup import set_up
from boapp.sqlitefile import open_engine, writing
from tests.attacks.tools import Scene
from tests.builders import House, add_project, take_in_pages
from tests.moved import MovedScene, move
from tests.postgres import Server

BACK = {
    "0002": ("DROP TABLE retired_key",),
    "0003": ("ALTER TABLE project DROP COLUMN open_claims",),
    "0004": (
        "ALTER TABLE project DROP COLUMN claims_ahead",
        "ALTER TABLE project DROP COLUMN lease_hours",
        "ALTER TABLE batch DROP COLUMN due_us",
        "ALTER TABLE claim DROP COLUMN granted_us",
        "DROP INDEX ix_document_batch",
    ),
}
"""What takes a migration back; the program itself never does."""

FUNCTIONS = {
    "0002": ("DROP FUNCTION api.roster(int)",),
    "0003": (
        "DROP FUNCTION api.projects()",
        """
        CREATE FUNCTION api.projects() RETURNS TABLE (id bytea, mode varchar, epoch int, name bytea)
        LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
        AS $$ SELECT id, mode, epoch, name FROM core.project $$
        """,
    ),
    "0004": (
        "ALTER TABLE core.page ALTER COLUMN data SET STORAGE EXTENDED",
        "ALTER TABLE core.document DROP COLUMN passes, DROP CONSTRAINT ck_document_stage",
        "DROP TABLE core.waiting",
        "ALTER TABLE core.document ADD COLUMN claimed boolean NOT NULL DEFAULT false",
        "CREATE INDEX ix_document_waiting_first ON core.document (project) WHERE NOT claimed",
        "DROP FUNCTION api.projects(), api.hand_back_all(bytea[])",
        """
        CREATE FUNCTION api.projects() RETURNS TABLE (id bytea, mode varchar, epoch int, name bytea,
          open_claims smallint)
        LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
        AS $$ SELECT id, mode, epoch, name, open_claims FROM core.project $$
        """,
    ),
}
"""What people could call before a migration, and what was kept otherwise, where it had another shape."""

KEPT = "SELECT attstorage::text FROM pg_attribute WHERE attrelid = 'core.page'::regclass AND attname = 'data'"


def later(revision: str) -> list[str]:
    """Return the migrations after a revision, the newest first."""
    return [one for one in reversed(REVISIONS) if one > revision]


def schema(engine: Engine) -> dict[str, Any]:
    """Return everything that a database says of its tables, in an order of its own."""
    with engine.connect() as db:
        look = inspect(db)
        return {
            name: (
                [(c["name"], str(c["type"]), c["nullable"], c["default"]) for c in look.get_columns(name)],
                look.get_pk_constraint(name),
                sorted(map(str, look.get_foreign_keys(name))),
                sorted(map(str, look.get_unique_constraints(name))),
                sorted(map(str, look.get_check_constraints(name))),
                sorted(map(str, look.get_indexes(name))),
            )
            for name in look.get_table_names()
        }


@pytest.fixture(scope="session")
def filled(founded_house: House, tmp_path_factory: pytest.TempPathFactory) -> Scene:
    """Return a release project with a settled document, an open mismatch, and one that waits."""
    house = founded_house.copy(tmp_path_factory.mktemp("filled") / "house")
    project = add_project(house, Mode.RELEASE)
    scene = Scene(house, project, take_in_pages(house, project, 5))
    scene.key_both(0, first="9.00", second="98.00")
    scene.decide("bob")
    scene.key_both(1, first="9.00", second="98.00")
    scene.key("ann", 2)
    compare_waiting(scene.as_("sue"), project)
    scene.close()
    return scene


@pytest.fixture(scope="session")
def filled_in_postgres(filled: Scene, server: Server, tmp_path_factory: pytest.TempPathFactory) -> MovedScene:
    """Return the same in PostgreSQL."""
    return move(filled, server, tmp_path_factory.mktemp("filled") / "moved")


@pytest.fixture
def in_file(filled: Scene, tmp_path: Path) -> Iterator[Scene]:
    """Return this test's own copy of it."""
    copied = filled.copy(tmp_path / "scene")
    yield copied
    copied.close()


@pytest.fixture
def in_postgres(filled_in_postgres: MovedScene, tmp_path: Path) -> Iterator[MovedScene]:
    """Return this test's own copy of it in PostgreSQL."""
    copied = filled_in_postgres.copy(tmp_path / "moved")
    yield copied
    copied.close()
    copied.moved.drop()


def set_back(scene: Scene, revision: str) -> None:
    """Make the tables, and what people may call, as they were at a revision."""
    scene.close()
    with scene.boss() if isinstance(scene, MovedScene) else scene.sql() as db:
        for one in later(revision):
            for statement in (*BACK[one], *(FUNCTIONS[one] if isinstance(scene, MovedScene) else ())):
                db.execute(statement)
        db.execute(f"UPDATE alembic_version SET version_num = '{revision}'")
        if isinstance(scene, MovedScene):
            db.execute("ALTER FUNCTION api.projects() OWNER TO boapp_api")


def renew(scene: Scene) -> None:
    """Upgrade as the administrator of a PostgreSQL does; a file is upgraded by whoever opens it."""
    if isinstance(scene, MovedScene):
        set_up(lambda: scene.moved.server.superuser(scene.moved.database, autocommit=False))


def go_on(scene: Scene) -> None:
    """Do a bit of everything with what was there before."""
    scene.decide("bob")
    scene.key("bob", 2, second=True)
    scene.key_both(3)
    compare_waiting(scene.as_("sue"), scene.project)
    change_setting(scene.as_("admin"), scene.project, "open-claims", 3)
    change_setting(scene.as_("admin"), scene.project, "lease-hours", 9)
    for document in scene.documents[:4]:
        assert document_row(scene.as_("sue"), scene.project, document).stage is Stage.SETTLED
    for code in ("sue", "aud"):
        assert scene.findings(code) == []


@pytest.mark.parametrize("kind", ["in_file", "in_postgres"])
@pytest.mark.parametrize("revision", REVISIONS[:-1])
def test_a_database_that_people_worked_in_is_upgraded_and_goes_on(
    kind: str, revision: str, request: pytest.FixtureRequest
) -> None:
    scene: Scene = request.getfixturevalue(kind)
    cleo = scene.as_("cleo").shared.claim(scene.project, second=False, document=scene.documents[4])
    assert cleo is not None
    since = scene.one("SELECT granted_us FROM claim")
    set_back(scene, revision)
    renew(scene)
    for code in ("sue", "aud"):
        assert scene.findings(code) == []
    assert scene.as_("cleo").shared.my_claims(scene.project) == [cleo]
    (held,) = scene.as_("sue").shared.open_claims(scene.project)
    assert held.granted_us == since
    if kind == "in_postgres":
        assert scene.one(KEPT) == "e"  # a page is read in parts
        assert scene.one("SELECT count(*) FROM document WHERE passes IS NULL") == 0
        waiting = "SELECT count(*) FROM document d {} JOIN waiting w ON w.document = d.id WHERE {}"
        assert scene.one(waiting.format("", f"d.id = '\\x{cleo.document.hex()}'")) == 0
        open_ = "d.stage IN ('first', 'second') AND w.document IS NULL"
        assert scene.one(waiting.format("LEFT", open_)) == 1, "all but cleo's wait"
    go_on(scene)


@pytest.mark.parametrize("revision", REVISIONS[:-1])
def test_an_upgraded_file_has_the_tables_of_a_new_one(in_file: Scene, revision: str, tmp_path: Path) -> None:
    set_back(in_file, revision)
    old, fresh = open_engine(in_file.file), open_engine(tmp_path / "fresh.db")
    with writing(fresh) as db:
        upgrade(db, revision)
    assert schema(old) == schema(fresh)  # what was taken back is what there was
    migrate(old)
    migrate(fresh)
    assert schema(old) == schema(fresh)
    for engine in (old, fresh):
        engine.dispose()


@pytest.mark.parametrize("revision", REVISIONS[:-1])
def test_an_upgrade_that_fails_leaves_everything_as_it_was(
    in_file: Scene, revision: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    set_back(in_file, revision)
    engine, run = open_engine(in_file.file), command.upgrade
    before = schema(engine)

    def break_off(*words: Any) -> None:
        run(*words)
        raise ZeroDivisionError

    with monkeypatch.context() as patched:
        patched.setattr(command, "upgrade", break_off)
        with pytest.raises(ZeroDivisionError):
            migrate(engine)
    assert schema(engine) == before
    engine.dispose()
    go_on(in_file)
