"""The second keyer with psql, before her own seal: statements, what each would leak, and what comes back.

Every statement runs on her own login beside a first pass that is sealed. It must be refused, or come back
with nothing of that pass; what came back is compared with every secret byte of it. The suite itself is
tested: with a weakness planted, some attack gets through.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager, nullcontext
from typing import Any, NamedTuple

import psycopg
import pytest

from tests.attacks.postgres.conftest import Target, prepare
from tests.moved import MovedScene


class Attack(NamedTuple):
    """Statements of one transaction; what the last one would give away; the SQLSTATEs that may come back."""

    number: str
    leak: str
    statements: Sequence[str]
    refused: Sequence[str] = ("42501",)


TABLES = (
    "sealed_pass",
    "pass_share",
    "surplus_pass",
    "fact",
    "claim",
    "document",
    "page",
    "key_wrap",
)
ATTACKS = [
    *(Attack(f"1 select {t}", "every row", (f"SELECT * FROM core.{t}",)) for t in TABLES),
    *(Attack(f"1 count {t}", "how many there are", (f"SELECT count(*) FROM core.{t}",)) for t in TABLES),
    Attack("1 join", "whose pass", ("SELECT * FROM core.sealed_pass JOIN core.pass_share ON true",)),
    Attack("1 whole row", "a pass as text", ("SELECT s FROM core.sealed_pass s",)),
    Attack("1 ctid", "rows by place", ("SELECT ctid FROM core.sealed_pass WHERE ctid = '(0,1)'",)),
    Attack("1 sample", "a part", ("SELECT * FROM core.sealed_pass TABLESAMPLE SYSTEM (100)",)),
    Attack("1 for update", "rows and a lock", ("SELECT * FROM core.sealed_pass FOR UPDATE",)),
    Attack("2 copy out", "the table", ("COPY core.sealed_pass TO STDOUT",)),
    Attack("2 copy program", "anything, and a shell", ("COPY (SELECT 1) TO PROGRAM 'cat'",)),
    Attack("2 copy file", "a file", ("COPY (SELECT 1) TO '/tmp/out'",)),
    Attack(
        "3 view", "a view of hers", ("CREATE VIEW v AS SELECT * FROM core.sealed_pass",), ("42501", "3F000")
    ),
    Attack("3 temp view", "a view", ("CREATE TEMP VIEW v AS SELECT * FROM core.sealed_pass",)),
    Attack("4 explain", "estimates", ("EXPLAIN SELECT * FROM core.sealed_pass",)),
    Attack("4 analyze", "rows removed by a filter", ("EXPLAIN ANALYZE SELECT * FROM core.sealed_pass",)),
    Attack(
        "4 explain call", "what a function reads", ("EXPLAIN ANALYZE SELECT * FROM api.passes('x', 'y')",), ()
    ),
    Attack("5 pg_statistic", "values kept as statistics", ("SELECT * FROM pg_statistic",)),
    Attack("5 pg_stats", "the same", ("SELECT * FROM pg_stats WHERE schemaname = 'core'",), ()),
    Attack("5 extended", "the same", ("SELECT * FROM pg_stats_ext WHERE schemaname = 'core'",), ()),
    Attack("6 division", "a bit by an error", ("SELECT 1 / (slot - 1) FROM core.sealed_pass",)),
    Attack("6 cast", "a value in an error", ("SELECT encode(blob, 'hex')::int FROM core.sealed_pass",)),
    Attack(
        "7 function",
        "a leaky function",
        ("CREATE FUNCTION f() RETURNS int LANGUAGE sql AS 'SELECT 1'",),
        ("42501", "3F000"),
    ),
    Attack("7 do", "a program", ("DO $$ BEGIN PERFORM * FROM core.sealed_pass; END $$",)),
    Attack(
        "7 operator",
        "a leaky operator",
        ("CREATE OPERATOR public.=== (FUNCTION = byteaeq, LEFTARG = bytea, RIGHTARG = bytea)",),
    ),
    Attack("7 cast", "a cast of hers", ("CREATE CAST (bytea AS int) WITHOUT FUNCTION",), ("42501", "42P17")),
    Attack("8 prepared", "rights of a plan", ("PREPARE p AS SELECT * FROM core.sealed_pass",)),
    Attack("8 cursor", "rows", ("DECLARE c CURSOR WITH HOLD FOR SELECT * FROM core.sealed_pass",)),
    *(
        Attack(f"8 set role {r}", "its rights", (f"SET ROLE {r}",))
        for r in ("boapp_api", "boapp_owner", "bo_ann", "boss")
    ),
    Attack("8 session", "her identity", ("SET SESSION AUTHORIZATION bo_ann",)),
    Attack("8 config role", "its rights", ("SELECT set_config('role', 'boapp_api', false)",)),
    Attack("8 replica role", "triggers off", ("SET session_replication_role = replica",)),
    *(
        Attack(f"9 alter {w}", "rights", (f"ALTER ROLE bo_bob {w}",))
        for w in ("BYPASSRLS", "SUPERUSER", "CREATEROLE", "REPLICATION")
    ),
    Attack("9 password of ann", "her login", ("ALTER ROLE bo_ann PASSWORD 'mine'",)),
    Attack("9 grant", "rights", ("GRANT boapp_api TO bo_bob",)),
    Attack("9 grant table", "rights", ("GRANT SELECT ON core.sealed_pass TO bo_bob",)),
    Attack("10 temp table", "a shadow of a table", ("CREATE TEMP TABLE sealed_pass (id bytea)",)),
    Attack(
        "10 search path", "rows", ("SET search_path = public, core", "SELECT * FROM sealed_pass"), ("42P01",)
    ),
    Attack(
        "11 overload",
        "a call meant for another",
        ("CREATE FUNCTION api.reveal(text) RETURNS int LANGUAGE sql AS 'SELECT 1'",),
    ),
    Attack(
        "11 replace",
        "the function itself",
        ("CREATE OR REPLACE FUNCTION api.organisation() RETURNS bytea LANGUAGE sql AS 'SELECT NULL'",),
    ),
    Attack("11 owner", "the function itself", ("ALTER FUNCTION api.organisation() OWNER TO bo_bob",)),
    Attack("11 reset", "its pinned path", ("ALTER FUNCTION api.organisation() RESET ALL",)),
    *(
        Attack(f"12 helper {c}", "what it knows", (f"SELECT inner_api.{c}",))
        for c in (
            "me()",
            "refuse()",
            "sealed_second('a', 'b')",
            "known_surplus('a')",
            "waiting('a', 'b', true)",
            "unpack('a')",
            "store_rows('{}', '{}')",
        )
    ),
    Attack("13 unique", "that a pass is there", ("INSERT INTO core.sealed_pass (id) VALUES ('a')",)),
    Attack(
        "13 conflict", "the same", ("INSERT INTO core.pass_share VALUES ('a', 'b') ON CONFLICT DO NOTHING",)
    ),
    Attack(
        "13 merge",
        "the same",
        ("MERGE INTO core.claim c USING (SELECT 1) x ON true WHEN MATCHED THEN DELETE",),
    ),
    Attack("14 update", "rows", ("UPDATE core.sealed_pass SET slot = 9 RETURNING *",)),
    Attack("14 delete", "rows", ("DELETE FROM core.sealed_pass RETURNING *",)),
    Attack("14 truncate", "an end", ("TRUNCATE core.fact",)),
    Attack("14 lock", "everybody's time", ("LOCK TABLE core.document IN ACCESS EXCLUSIVE MODE",)),
    Attack("15 row security off", "rows", ("SET row_security = off", "SELECT * FROM core.sealed_pass")),
    Attack("15 disable", "rows", ("ALTER TABLE core.sealed_pass DISABLE ROW LEVEL SECURITY",)),
    Attack("15 policy", "rows", ("CREATE POLICY p ON core.sealed_pass USING (true)",)),
    Attack(
        "15 trigger",
        "rows as they come",
        ("CREATE TRIGGER t BEFORE INSERT ON core.sealed_pass EXECUTE FUNCTION core.keep_evidence()",),
    ),
    Attack("15 rule", "rows", ("CREATE RULE r AS ON INSERT TO core.sealed_pass DO ALSO NOTHING",)),
    Attack("15 inherit", "rows", ("CREATE TABLE public.t () INHERITS (core.sealed_pass)",)),
    Attack("15 index", "an oracle", ("CREATE INDEX ON core.sealed_pass (blob)",)),
    Attack("16 xml", "rows", ("SELECT query_to_xml('SELECT * FROM core.sealed_pass', true, true, '')",)),
    Attack("16 ts_stat", "rows", ("SELECT * FROM ts_stat('SELECT blob FROM core.sealed_pass')",)),
    Attack("16 large object", "a full disk", ("SELECT lo_from_bytea(0, 'a')",)),
    Attack("16 export", "a file", ("SELECT lo_export(1, '/tmp/out')",)),
    Attack("16 read file", "a file", ("SELECT pg_read_file('pg_hba.conf')",)),
    Attack("16 list", "files", ("SELECT pg_ls_dir('.')",)),
    Attack(
        "16 extension",
        "pages as they are",
        ("CREATE EXTENSION pageinspect",),
        ("42501", "0A000", "58P01", "3F000"),
    ),
    Attack("16 load", "a library", ("LOAD 'auto_explain'",), ("42501", "58P01")),
    Attack("16 settings", "the server", ("ALTER SYSTEM SET log_statement = 'all'",)),
    Attack("17 slot", "every change", ("SELECT pg_create_logical_replication_slot('s', 'pgoutput')",)),
    Attack(
        "18 other queries",
        "what ann runs",
        ("SELECT query FROM pg_stat_activity WHERE usename = 'boss' AND query NOT LIKE '<insufficient%'",),
        (),
    ),
    Attack(
        "18 kill",
        "her work",
        ("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'boss'",),
        ("42501",),
    ),
    Attack("advisory lock", "everybody's time", ("SELECT pg_advisory_lock(1)",)),
    Attack("login", "another identity", ("INSERT INTO core.login VALUES ('bo_bob2', 'a')",)),
    Attack("remap", "another identity", ("UPDATE core.login SET person = 'a'",)),
]


def attempt(db: psycopg.Connection[Any], statements: Sequence[str]) -> tuple[str, list[Any]]:
    """Run statements in one transaction, roll it back, and return the SQLSTATE or nothing, and the rows."""
    rows: list[Any] = []
    try:
        with (
            nullcontext() if statements[0].startswith("ALTER SYSTEM") else db.transaction(force_rollback=True)
        ):
            for statement in statements:
                rows = run(db, statement)
    except psycopg.Error as error:
        diag = error.diag
        return error.sqlstate or "error", [str(error), diag.message_detail or "", diag.context or ""]
    return "", rows


def run(db: psycopg.Connection[Any], statement: str) -> list[Any]:
    """Run one statement and return what came back."""
    cursor = db.cursor()
    if statement.startswith("COPY"):
        with cursor.copy(statement.encode()) as copied:
            return [bytes(part) for part in copied]
    cursor.execute(statement.encode())
    return cursor.fetchall() if cursor.description else []


def gives_away(rows: list[Any], secrets: Sequence[bytes]) -> bool:
    """Say whether a secret stands in what came back, as bytes or in hexadecimal."""
    text = repr(rows).lower()
    return any(secret.hex() in text or repr(secret)[2:-1].lower() in text for secret in secrets)


@pytest.mark.parametrize("attack", ATTACKS, ids=lambda a: a.number)
def test_the_second_keyer_gets_nothing_out_of_a_statement(attack: Attack, attacked: Target) -> None:
    with attacked.as_bob() as db:
        state, came_back = attempt(db, attack.statements)
    assert not gives_away(came_back, attacked.secrets)
    if attack.refused:
        assert state in attack.refused, (attack.leak, came_back)
    elif "EXPLAIN" not in attack.statements[0]:
        assert not came_back, attack.leak


CALLS = (
    "reveal(%(document)s)",
    "own_pass(%(document)s)",
    "passes(%(project)s, NULL)",
    "passes(%(project)s, %(document)s)",
    "shares(%(project)s)",
    "facts(%(project)s, NULL)",
    "discrepancies(%(project)s, NULL)",
    "boxes(%(project)s)",
    "surplus(%(project)s)",
    "every_discrepancy(%(project)s)",
    "members(%(project)s)",
    "documents(%(project)s, NULL)",
    "person_keys()",
    "roster(1)",
    "revision()",
    "logins()",
    "projects()",
    "forms(%(project)s)",
    "batches(%(project)s)",
    "held_by_others(%(project)s)",
    "open_claims(%(project)s)",
    "awaiting_my_comparison(%(project)s)",
    "my_claims(%(project)s)",
    "wraps(%(ann)s)",
    "page(%(document)s, 1)",
    "organisation()",
    "hand_back_all(ARRAY['x'::bytea])",
    "claim(%(project)s, true, %(document)s)",
    "claim_ahead(%(project)s, true, 1000)",
    "renew(ARRAY['x'::bytea])",
    "assigned(%(project)s)",
    "page_size(%(document)s, 1)",
    "page_part(%(document)s, 1, 0, 8388608)",
)


@pytest.mark.parametrize("call", CALLS)
def test_no_function_gives_anything_of_the_first_pass_before_the_own_seal(
    call: str, attacked: Target
) -> None:
    scene = attacked.scene
    known = {"document": scene.documents[0], "project": scene.project, "ann": scene.as_("ann").me.id}
    with attacked.as_bob() as db:
        try:
            with db.transaction(force_rollback=True):
                came_back = db.execute(f"SELECT * FROM api.{call}".encode(), known).fetchall()
        except psycopg.errors.InsufficientPrivilege as error:
            came_back = [str(error)]
    assert not gives_away(came_back, attacked.secrets)


def test_every_function_that_people_may_call_is_attacked(attacked: Target) -> None:
    with attacked.scene.boss() as db:
        known = db.execute(
            "SELECT DISTINCT proname FROM pg_proc WHERE pronamespace = 'api'::regnamespace"
        ).fetchall()
    writes = {"seal", "send", "state", "add_document", "add_batch", "put_page", "change_roster",
              "change_passphrase", "drop_claims"}  # fmt: skip
    assert {name for (name,) in known} == {call.split("(")[0] for call in CALLS} | writes


def test_all_refusals_are_the_same_to_the_letter(attacked: Target) -> None:
    # 19: the line of the function that refused would tell which condition failed.
    scene, told = attacked.scene, set()
    with attacked.as_bob() as db:
        for document in (scene.documents[0], scene.documents[1], b"no such document"):
            with pytest.raises(psycopg.errors.InsufficientPrivilege) as caught:
                db.execute("SELECT * FROM api.reveal(%s)", (document,))
            diag = caught.value.diag
            told.add(
                (diag.sqlstate, diag.message_primary, diag.message_detail, diag.message_hint, diag.context)
            )
    assert len(told) == 1


# --- the suite can fail --------------------------------------------------------------------------


@contextmanager
def planted(scene: MovedScene, *statements: str) -> Iterator[psycopg.Connection[Any]]:
    """Plant a weakness as the administrator, and connect as bob."""
    with scene.moved.superuser() as boss:
        for statement in statements:
            boss.execute(statement.encode())
    with scene.moved.login("bob") as db:
        yield db


def getting_through(db: psycopg.Connection[Any]) -> set[str]:
    """Return the attacks that are no longer refused."""
    return {a.number for a in ATTACKS if a.refused and attempt(db, a.statements)[0] not in a.refused}


def test_a_planted_select_grant_behind_row_level_security_is_found(release: MovedScene) -> None:
    grants = (
        "GRANT USAGE ON SCHEMA core TO boapp_member",
        "GRANT SELECT ON core.sealed_pass TO boapp_member",
    )
    with planted(release, *grants) as db:
        assert {"1 select sealed_pass", "4 analyze", "8 cursor"} <= getting_through(db)


LEAKY_VIEW = "CREATE VIEW public.everything AS SELECT * FROM core.sealed_pass"
VISIBLE = (
    "SELECT c.oid::regclass::text FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace "
    "WHERE n.nspname NOT IN ('pg_catalog', 'information_schema', 'pg_toast') AND c.relkind <> 'i' "
    "AND has_schema_privilege(n.oid, 'USAGE') AND has_table_privilege(c.oid, 'SELECT')"
)


def test_nothing_but_the_catalogue_can_be_selected_from(attacked: Target) -> None:
    with attacked.as_bob() as db:
        assert db.execute(VISIBLE.encode()).fetchall() == []


def test_a_planted_view_is_found(release: MovedScene) -> None:
    target = prepare(release)
    grants = (
        LEAKY_VIEW,
        "GRANT USAGE ON SCHEMA public TO boapp_member",
        "GRANT SELECT ON public.everything TO PUBLIC",
    )
    with planted(release, *grants) as db:
        ((name,),) = db.execute(VISIBLE.encode()).fetchall()
        rows = db.execute(f"SELECT * FROM {name}".encode()).fetchall()
    assert gives_away(rows, target.secrets)


UNPINNED = (
    "SELECT p.oid::regprocedure::text FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace "
    "WHERE n.nspname = 'api' AND (NOT p.prosecdef OR NOT coalesce("
    "'search_path=pg_catalog, pg_temp' = ANY (p.proconfig), false))"
)


def test_every_function_has_a_pinned_path(attacked: Target) -> None:
    with attacked.as_bob() as db:
        assert db.execute(UNPINNED.encode()).fetchall() == []


def test_a_planted_function_without_a_pinned_path_is_found_and_leaks(release: MovedScene) -> None:
    query = "SELECT s.blob FROM sealed_pass s JOIN allowed a ON a.id = s.document"
    weak_body = f"LANGUAGE plpgsql SECURITY DEFINER AS $$ BEGIN RETURN QUERY {query}; END $$"
    weak = (
        "GRANT TEMP ON DATABASE " + release.moved.database + " TO boapp_member",
        "CREATE TABLE core.allowed (id bytea)",
        "GRANT SELECT ON core.allowed TO boapp_api",
        "SET ROLE boapp_api",
        f"CREATE FUNCTION api.weak() RETURNS SETOF bytea {weak_body}",
        "GRANT EXECUTE ON FUNCTION api.weak() TO boapp_member",
    )
    target = prepare(release)
    with planted(release, *weak) as db:
        assert db.execute(UNPINNED.encode()).fetchall() == [("api.weak()",)]
        db.execute("CREATE TEMP TABLE allowed (id bytea)")
        db.execute("INSERT INTO allowed VALUES (%s)", (release.documents[0],))
        db.execute("GRANT SELECT ON allowed TO PUBLIC")
        db.execute("SET search_path = pg_temp, core")
        rows = db.execute("SELECT * FROM api.weak()").fetchall()
    assert gives_away(rows, target.secrets)
