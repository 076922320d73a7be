"""Whoever administers the database, and whoever administers the organisation: more than is theirs to do.

The administrator of a database who is no superuser owns it all the same: he may put functions into it.
"""

from collections.abc import Iterator

import psycopg
import pytest
from psycopg import errors, sql

from boapp.crypto.envelope import new_id, wrap
from boapp.crypto.epochs import Wrap, wraps_digest
from boapp.crypto.roster_entries import Grant, KeyKind
from boapp.crypto.sealed_pass import Manifest
from boapp.domain.ids import PersonId
from boapp.errors import NotAllowed, Refusal, Tampered
from boapp.services import leaving
from boapp.services.projects import remove_member
from boapp.services.roster_editing import RosterEdit
from boapp.shareddb.postgres import PostgresDatabase
from boapp.shareddb.postgres_setup import (
    Login,
    closing_script,
    login_script,
    renewing_script,
    run_script,
    set_up,
    superuser_script,
)
from boapp.shareddb.protocol import RosterChange
from tests.attacks.tools import reset
from tests.crowd import BOXES, manifest
from tests.moved import MovedScene, role_name, verifier
from tests.postgres import Server
from tests.site import new_database

PLANTED = """
CREATE FUNCTION public.format(text, name) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
  IF (SELECT rolsuper FROM pg_catalog.pg_roles WHERE rolname = current_user) THEN
    ALTER ROLE keeper SUPERUSER;
  END IF;
  RETURN pg_catalog.format($1, VARIADIC ARRAY[$2::text]);
END
$$
"""
HERS = Login("bo_kept_ann", PersonId(bytes(16)), verifier("ann"))


def as_keeper(server: Server) -> psycopg.Connection:
    return psycopg.connect(server.where("kept"), user="keeper", password="kept", autocommit=True)


@pytest.fixture
def kept(server: Server) -> Iterator[Server]:
    """Return a server with an empty database whose owner is no superuser and may make roles."""
    new_database(server, "kept")
    with server.superuser() as db:
        db.execute("DROP ROLE IF EXISTS bo_kept_ann")
        db.execute("DROP ROLE IF EXISTS keeper")
        db.execute("CREATE ROLE keeper LOGIN CREATEROLE PASSWORD 'kept'")
        db.execute("ALTER DATABASE kept OWNER TO keeper")
    yield server
    with server.superuser() as db:
        db.execute("DROP DATABASE kept WITH (FORCE)")
        db.execute("DROP ROLE IF EXISTS bo_kept_ann")
        db.execute("DROP OWNED BY keeper")
        db.execute("DROP ROLE keeper")


def is_superuser(server: Server) -> object:
    with server.superuser() as db:
        return db.execute("SELECT rolsuper FROM pg_roles WHERE rolname = 'keeper'").fetchone()


@pytest.mark.parametrize("how", ["the printed script", "the set-up"])
def test_a_function_in_the_database_is_not_taken_for_postgresqls_own_by_a_superuser(
    kept: Server, how: str
) -> None:
    # format(text, name) fits better than PostgreSQL's: its author would be superuser of the whole server.
    with as_keeper(kept) as db:
        db.execute(PLANTED)
    if how == "the printed script":
        with kept.superuser("kept") as db:
            run_script(db, superuser_script("keeper"))
    else:
        set_up(lambda: kept.superuser("kept", autocommit=False))
    assert is_superuser(kept) == (False,)


def test_a_schema_of_somebody_elses_is_not_taken_for_boapps(kept: Server) -> None:
    # Whatever is in it would run as the owner of the tables.
    with as_keeper(kept) as db:
        db.execute("CREATE SCHEMA core")
    with kept.superuser("kept") as db, pytest.raises(errors.RaiseException, match="not of boapp"):
        run_script(db, superuser_script("keeper"))


def opened(server: Server) -> psycopg.Connection:
    """Make her login as its keeper, and connect with it."""
    with server.superuser("kept") as db:
        run_script(db, superuser_script("keeper"))
    set_up(lambda: psycopg.connect(server.where("kept"), user="keeper", password="kept"))
    with as_keeper(server) as db:
        run_script(db, login_script(HERS))
    return psycopg.connect(server.where("kept"), user=HERS.role, password="password of ann", autocommit=True)


@pytest.mark.parametrize("what", ["closed", "renewed"])
def test_an_open_session_ends_with_its_login_and_with_new_keys(kept: Server, what: str) -> None:
    # Whoever left would keep her login with it, whoever stole a passphrase what the new one was to end.
    session = opened(kept)
    script = closing_script(HERS.role) if what == "closed" else renewing_script(HERS)
    with as_keeper(kept) as db:
        run_script(db, script)
        member = db.execute("SELECT pg_has_role(%s, 'USAGE')", (HERS.role,)).fetchone()
        may = db.execute("SELECT rolcanlogin FROM pg_roles WHERE rolname = %s", (HERS.role,)).fetchone()
    with pytest.raises(psycopg.OperationalError):
        session.execute("SELECT 1")
    assert member == (False,)
    assert may == (what == "renewed",)


def test_a_login_script_that_is_run_after_its_person_left_makes_no_way_in(release: MovedScene) -> None:
    # It was printed when she came, and lay about since.
    cleo = release.as_("cleo").me.id
    release.close()
    with release.boss() as boss:
        boss.execute("DELETE FROM core.login WHERE person = %s", (cleo,))
    leaving.revoke(release.as_("admin"), "cleo", "moved away")
    with release.moved.superuser() as boss:
        run_script(boss, login_script(Login(role_name("cleo"), cleo, verifier("cleo"))))
    with release.moved.login("cleo") as db:
        found = db.execute("SELECT api.organisation(), (SELECT count(*) FROM api.roster(1))").fetchone()
    assert found == (None, 0)


def test_whoever_left_does_nothing_more_in_an_open_session(release: MovedScene) -> None:
    with release.moved.login("cleo") as db:
        leaving.revoke(release.as_("admin"), "cleo", "moved away")
        shared = PostgresDatabase(db)
        assert list(shared.roster()) == []
        for attempt in (
            lambda: shared.claim(release.project, second=False, document=None),
            shared.organisation,
            lambda: shared.page(release.documents[0], 1),
        ):
            with pytest.raises(Refusal):
                attempt()


def test_a_pass_that_nobody_can_read_keeps_nobodys_key_from_being_retired(release: MovedScene) -> None:
    # Any keyer may leave one as surplus; then nobody in the organisation could be given new keys.
    bob = release.as_("bob")
    signed = manifest(release.project, bob.me.id, release.documents[0], bytes(16)).replace(b"all", b"odd")
    with release.moved.login("bob") as db:
        db.execute("SELECT api.seal(%s, %s, %s, %s, NULL)", (signed, bytes(64), b"blob", BOXES))
    with pytest.raises(Tampered):
        Manifest.from_bytes(signed)
    release.key("ann")
    release.close()
    old = release.house.keys["ann"].public.key_id
    reset(release, "ann")
    assert len(release.as_("aud").roster.retired[old].chains) == 1


def test_nobody_lets_herself_out(release: MovedScene) -> None:
    with pytest.raises(NotAllowed):
        leaving.revoke(release.as_("admin"), "admin", "tired")


# --- a holder of ADJ who changes the list ---------------------------------------------------------


def planted(scene: MovedScene, epoch: int, named: tuple[int, ...], whose: str = "adj") -> RosterChange:
    """Return a grant that sue signs, with a box of nothing for somebody at that epoch."""
    sue = scene.as_("sue")
    person = sue.roster.person(whose)
    box = wrap(person.keys.x25519, b"nothing", bytes(32))
    one = Wrap(scene.project, KeyKind.ADJ, epoch, person.id, person.keys.key_id, box)
    edit = RosterEdit(sue)
    other = sue.roster.person("adj").id
    edit.add(Grant(scene.project, other, KeyKind.ADJ, named, wraps_digest([one])))
    return RosterChange(tuple(edit._entries), (one,), ())


def test_a_holder_does_not_take_the_places_of_a_coming_epoch(release: MovedScene) -> None:
    # The next epoch could not be stored, and she never be removed from the project.
    with pytest.raises(NotAllowed):
        release.as_("sue").shared.change_roster(planted(release, 2, (2,)))
    release.close()
    remove_member(release.as_("admin"), release.project, "sue")
    assert release.as_("admin").roster.project(release.project).adj_epoch == 2


@pytest.mark.parametrize(("named", "whose"), [((), "adj"), ((1,), "aud")])
def test_a_holder_plants_no_box_that_her_entry_does_not_speak_of(
    release: MovedScene, named: tuple[int, ...], whose: str
) -> None:
    with pytest.raises(NotAllowed):
        release.as_("sue").shared.change_roster(planted(release, 1, named, whose))


def test_logins_are_told_to_administrators_alone(release: MovedScene) -> None:
    assert release.as_("admin").shared.logins()
    for code in ("ann", "bob", "sue", "aud", "adj"):
        assert release.as_(code).shared.logins() == frozenset()


def test_a_role_that_is_not_boapps_is_not_taken_over(kept: Server) -> None:
    name = f"bo_kept_{new_id().hex()[:8]}"
    with kept.superuser("kept") as db:
        run_script(db, superuser_script("keeper"))
    set_up(lambda: kept.superuser("kept", autocommit=False))
    with kept.superuser("kept") as db:
        db.execute(sql.SQL("CREATE ROLE {}").format(sql.Identifier(name)))
        with pytest.raises(errors.RaiseException, match="not of boapp"):
            run_script(db, login_script(Login(name, HERS.person, HERS.scram)))
        db.execute(sql.SQL("DROP ROLE {}").format(sql.Identifier(name)))
