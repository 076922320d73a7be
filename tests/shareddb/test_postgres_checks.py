"""Each grant or setting that is deliberately broken is found, and a sound database has no finding."""

import pytest

from boapp.shareddb.postgres_checks import _version, check
from boapp.shareddb.postgres_setup import set_up
from tests.moved import MovedScene

BROKEN = {
    "a select grant": ("GRANT SELECT ON core.sealed_pass TO boapp_member", "table or view core.sealed_pass"),
    "a grant to everybody": ("GRANT SELECT ON core.fact TO PUBLIC", "table or view core.fact"),
    "a grant to one login": ("GRANT INSERT ON core.claim TO bo_bob", "table or view core.claim"),
    "a column": ("GRANT SELECT (stage) ON core.document TO boapp_member", "a column of core.document"),
    "a view": (
        "CREATE VIEW public.v AS SELECT 1; GRANT SELECT ON public.v TO PUBLIC",
        "table or view public.v",
    ),
    "a schema": ("GRANT USAGE ON SCHEMA core TO boapp_member", "schema core"),
    "the public schema": ("GRANT USAGE ON SCHEMA public TO PUBLIC", "schema public"),
    "temp": ("GRANT TEMP ON DATABASE {db} TO boapp_member", "temporary tables"),
    "languages": ("GRANT USAGE ON LANGUAGE plpgsql TO PUBLIC", "language plpgsql"),
    "an unpinned function": (
        "ALTER FUNCTION api.reveal(bytea) RESET search_path",
        "reveal(p_document bytea)",
    ),
    "an invoker's function": ("ALTER FUNCTION api.roster(int) SECURITY INVOKER", "roster("),
    "a function of somebody else": ("ALTER FUNCTION api.roster(int) OWNER TO boss", "does not belong"),
    "a public function": (
        "GRANT EXECUTE ON FUNCTION api.roster(int) TO PUBLIC",
        "Everybody may call api.roster(",
    ),
    "a helper": ("GRANT EXECUTE ON FUNCTION inner_api.me() TO boapp_member", "helper inner_api.me()"),
    "large objects": ("GRANT EXECUTE ON FUNCTION lo_creat(int) TO PUBLIC", "lo_creat"),
    "row level security off": ("ALTER TABLE core.fact NO FORCE ROW LEVEL SECURITY", "in force on core.fact"),
    "a policy": ("CREATE POLICY p ON core.fact TO boapp_member USING (true)", "policy p on core.fact"),
    "a trigger off": ("ALTER TABLE core.fact DISABLE TRIGGER keep_rows", "core.fact"),
    "a trigger gone": ("DROP TRIGGER keep_table ON core.roster", "core.roster"),
    "a login's attribute": ("ALTER ROLE bo_bob CREATEROLE", "bo_bob may do more"),
    "a login that sees past policies": ("ALTER ROLE bo_bob BYPASSRLS", "bo_bob may do more"),
    "a login in another role": ("GRANT boapp_api TO bo_bob", "bo_bob belongs"),
    "a login that reads everything": ("GRANT pg_read_all_data TO bo_bob", "bo_bob belongs"),
    "evidence that functions may delete": ("GRANT DELETE ON core.fact TO boapp_api", "rows of core.fact"),
}
MEND = "ALTER ROLE bo_bob NOCREATEROLE NOBYPASSRLS; REVOKE boapp_api, pg_read_all_data FROM bo_bob"


def findings(scene: MovedScene, code: str = "ann") -> list[str]:
    with scene.moved.login(code) as db:
        return [found.what for found in check(db)]


def test_a_database_as_it_was_set_up_has_no_finding(in_postgres: MovedScene) -> None:
    assert findings(in_postgres) == []


@pytest.mark.parametrize("name", BROKEN)
def test_what_is_broken_is_found_by_anybody(in_postgres: MovedScene, name: str) -> None:
    statement, words = BROKEN[name]
    with in_postgres.moved.superuser() as boss:
        boss.execute(statement.format(db=in_postgres.moved.database).encode())
        try:
            found = findings(in_postgres)
        finally:
            boss.execute(MEND.encode())
    assert any(words in what for what in found), found


def test_setting_up_again_mends_what_it_says_it_mends(in_postgres: MovedScene) -> None:
    with in_postgres.moved.superuser() as boss:
        for name in ("languages", "an unpinned function", "a public function", "a helper", "a trigger gone"):
            boss.execute(BROKEN[name][0].encode())
    assert len(findings(in_postgres)) >= 5
    moved = in_postgres.moved
    set_up(lambda: moved.server.superuser(moved.database, autocommit=False))
    assert findings(in_postgres) == []


@pytest.mark.parametrize(
    ("number", "old"), [(150013, False), (150012, True), (180000, False), (130020, True)]
)
def test_an_old_minor_version_is_found(number: int, *, old: bool) -> None:
    assert bool(list(_version(number))) is old
