"""`boapp move`: a folder's workspace goes into a PostgreSQL, and everything is as it was."""

from pathlib import Path

import pytest

from boapp import faultpoints
from boapp.domain.passes import Method
from boapp.domain.values import Address as Place
from boapp.domain.workflow import Mode
from boapp.doors import open_workspace
from boapp.errors import Unavailable
from boapp.services import keying, moving, queue, sealing
from boapp.services.syncing import send_waiting
from boapp.shareddb.protocol import Outcome
from tests.attacks.tools import Scene
from tests.builders import PASSPHRASE, RECEIPT_FORM, entries, receipt
from tests.commands.desk import Desk
from tests.filled import AGREED, FRESH, HELD, LATE, OPEN, PEOPLE, SECOND, SETTLED, UNSENT, Filled
from tests.postgres import SUPERUSER, Server
from tests.target import Target, at_server


def told(desk: Desk, mode: Mode) -> dict[str, object]:
    """Return what audit, report and export say of a project."""
    out = desk.folder / "out"
    found: dict[str, object] = {"audit": desk.run("audit", "verify", str(mode), "--json").json}
    desk.run("report", "discrepancies", str(mode), "--as", "sue", "--csv", out)
    found["report"] = out.read_bytes()
    for kind in ("csv", "jsonl"):
        desk.run("export", str(mode), "--as", "sue", "--format", kind, "-o", out)
        found[kind] = out.read_bytes()
    found["status"] = desk.status(str(mode), "sue")
    found["claims"] = desk.run("claims", str(mode), "--as", "sue", "--json").json
    return found


def test_audit_reports_and_records_are_the_same_before_and_after(filled: Filled, target: Target) -> None:
    desk = filled.desk
    before = {mode: told(desk, mode) for mode in Mode}
    said = desk.run("move", desk.workspace, target.url, "--json").json
    after = {mode: told(at_server(desk, target), mode) for mode in Mode}
    assert after == before
    assert all(before[mode]["audit"]["findings"] == [] for mode in Mode)  # type: ignore[index]
    assert before[Mode.STRICT]["csv"] != before[Mode.STRICT]["jsonl"]
    assert said["workspace"] == str(target.address)
    assert sorted(said["people"]) == sorted(PEOPLE)
    assert said["login"] is True
    assert said["tables"]["document"]["rows"] == said["tables"]["page"]["rows"] == 16
    assert said["tables"]["surplus_pass"]["rows"] == 2
    assert desk.run("doctor", "--db", target.url).out
    assert target.ask("SELECT count(*) FROM core.login") == len(PEOPLE)


def test_work_goes_on_at_the_server_with_drafts_and_what_was_not_sent(filled: Filled, target: Target) -> None:
    desk = filled.desk
    desk.run("move", desk.workspace, target.url)
    for mode in Mode:
        project, documents = filled.projects[mode], filled.documents[mode]
        ann = open_workspace(filled.house.home, target.address, "ann", PASSPHRASE)
        (work,) = queue.open_assignments(ann, project)
        assert work.claim.document == documents[HELD]
        assert keying.drafted(ann, work)[Place("company")].value.text == "DRAFTED"
        sealing.seal(ann, work, entries(receipt()), Method.KEYED)
        assert send_waiting(ann) == [Outcome.STORED]
        fresh = queue.claim(ann, project, second=False)
        assert fresh is not None
        assert fresh.claim.document == documents[LATE]
        ann.close()
        bob = open_workspace(filled.house.home, target.address, "bob", PASSPHRASE)
        assert len(bob.store.waiting()) == (2 if mode is Mode.RELEASE else 0)
        send_waiting(bob)
        second = queue.claim(bob, project, second=True)
        assert second is not None
        assert second.claim.document == documents[SECOND]
        bob.close()
        stages = [row.stage for row in _documents(filled, target, mode)]
        assert [stages[n] for n in (SETTLED, AGREED, UNSENT, FRESH)] == [
            "settled",
            "settled",
            "second",
            "first",
        ]
        assert stages[OPEN] in {"resolving", "adjudicating"}
        assert desk.run("audit", "verify", str(mode), "--json", BOAPP_WORKSPACE=None).json["findings"] == []


def _documents(filled: Filled, target: Target, mode: Mode) -> list:  # type: ignore[type-arg]
    ws = open_workspace(filled.house.home, target.address, "admin", PASSPHRASE)
    try:
        return ws.shared.documents(filled.projects[mode])
    finally:
        ws.close()


def test_new_rows_take_their_places_after_the_moved_ones(filled: Filled, target: Target) -> None:
    desk = filled.desk
    desk.run("move", desk.workspace, target.url)
    there = at_server(desk, target)
    there.run("intake", "strict", "--batch", "two", *desk.scans("another.png"))
    there.passphrase("eve")
    there.run("people", "add", "eve", "--role", "operator", "--dba", target.url)
    there.run("project", "people", "strict", "--add", "eve")
    assert target.ask("SELECT max(position) FROM core.document") == 17
    there.run("people", "list", "--as", "eve")


def test_nobody_opens_the_folder_any_more_nor_writes_to_it_who_has_it_open(
    filled: Filled, target: Target
) -> None:
    desk, project = filled.desk, filled.projects[Mode.RELEASE]
    ann, admin = filled.house.as_("ann"), filled.house.as_("admin")
    work = queue.claim(ann, project, second=False, document=filled.documents[Mode.RELEASE][FRESH])
    assert work is not None
    desk.run("move", desk.workspace, target.url)
    said = desk.refuses("status", "release")
    assert f"moved to {target.address}" in said
    sealing.seal(ann, work, entries(receipt()), Method.KEYED)
    with pytest.raises(Unavailable, match=str(target.address)):
        send_waiting(ann)
    with pytest.raises(Unavailable, match="moved to"):
        queue.claim(ann, project, second=False)
    with pytest.raises(Unavailable, match="moved to"):
        ann.shared.hand_back(work.claim.fence)
    with pytest.raises(Unavailable, match="moved to"):
        admin.shared.drop_claims(project, ann.me.id)
    ann.close()
    admin.close()
    there = open_workspace(filled.house.home, target.address, "ann", PASSPHRASE)
    assert send_waiting(there) == [Outcome.STORED]
    there.close()


def test_given_again_it_changes_nothing(filled: Filled, target: Target) -> None:
    desk = filled.desk
    desk.run("move", desk.workspace, target.url)
    at_server(desk, target).run("take-back", "strict", "page-004.png", "--reason", "x", "--as", "sue")
    desk.passphrase("ann.new", "a passphrase of her own")
    at_server(desk, target).run("passphrase", "--as", "ann")
    desk.passphrase("ann", "a passphrase of her own")
    desk.passphrase("eve")
    at_server(desk, target).run("people", "add", "eve", "--role", "operator", "--dba", target.url)
    said = desk.run("move", desk.workspace, target.url)
    assert "already" in said.out
    assert "Everybody's login is there" in said.out
    at_server(desk, target).run("people", "list", "--as", "ann")
    assert len(at_server(desk, target).run("claims", "strict", "--as", "sue", "--json").json) == 1


def test_a_login_that_is_missing_is_made_when_it_is_given_again(filled: Filled, target: Target) -> None:
    desk = filled.desk
    desk.run("move", desk.workspace, target.url)
    target.run("DELETE FROM core.login WHERE role_name LIKE '%\\_bob'")
    said = desk.run("move", desk.workspace, target.url, "--json").json
    assert said["people"] == ["bob"]
    at_server(desk, target).run("people", "list", "--as", "bob")


def test_it_goes_elsewhere_once(filled: Filled, target: Target, server: Server) -> None:
    desk, other = filled.desk, Target(server)
    desk.run("move", desk.workspace, target.url)
    assert str(target.address) in desk.refuses("move", desk.workspace, other.url)
    assert other.ask("SELECT to_regnamespace('core') IS NULL") is True
    other.drop()


def test_an_old_copy_of_the_folder_does_not_take_the_place_of_what_was_done_since(
    filled: Filled, target: Target, tmp_path: Path
) -> None:
    old = filled.copy(tmp_path / "old")
    filled.desk.run("move", filled.desk.workspace, target.url)
    before = target.ask("SELECT count(*) FROM core.roster")
    said = old.desk.refuses("move", old.desk.workspace, target.url)
    assert "people have logins there" in said
    assert target.ask("SELECT count(*) FROM core.roster") == before
    old.desk.run("status", "release")


def test_another_organisations_database_is_refused(filled: Filled, target: Target, tmp_path: Path) -> None:
    other = Desk(tmp_path, tmp_path / "home", tmp_path / "workspace")
    other.passphrase("admin")
    other.run("init", target.url)
    assert "another organisation" in filled.desk.refuses("move", filled.desk.workspace, target.url)
    filled.desk.run("status", "release")


@pytest.mark.parametrize(
    "there", ["CREATE TABLE public.theirs (id int)", "CREATE SCHEMA x CREATE VIEW v AS SELECT 1"]
)
def test_a_database_that_holds_something_else_is_refused(filled: Filled, target: Target, there: str) -> None:
    target.run(there)
    assert "something else already" in filled.desk.refuses("move", filled.desk.workspace, target.url)
    assert target.ask("SELECT to_regnamespace('core') IS NULL") is True


def test_a_damaged_folder_is_not_moved(filled: Filled, target: Target) -> None:
    scene = Scene(filled.house, filled.projects[Mode.STRICT], filled.documents[Mode.STRICT])
    scene.edit("UPDATE sealed_pass SET signature = zeroblob(64) WHERE slot = 2")
    said = filled.desk.refuses("move", filled.desk.workspace, target.url)
    assert "damaged" in said
    assert "signature" in said
    assert target.ask("SELECT to_regnamespace('core') IS NULL") is True
    filled.desk.run("status", "release")


@pytest.mark.parametrize(
    ("edit", "column"),
    [
        ("UPDATE claim SET expires_us = 'soon'", "claim holds in expires_us"),
        ("UPDATE claim SET fence = 'no bytes' WHERE pass_no = 1", "claim holds in fence"),
        ("UPDATE document SET priority = 1 << 20", "document holds in priority"),
        ("UPDATE form SET source = 5", "form holds in source"),
        ("UPDATE discrepancy SET field = CAST(x'ff' AS TEXT)", "discrepancy holds in field"),
    ],
)
def test_what_postgresql_would_not_keep_is_refused_and_nothing_is_moved(
    filled: Filled, target: Target, edit: str, column: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    scene = Scene(filled.house, filled.projects[Mode.STRICT], filled.documents[Mode.STRICT])
    scene.edit(edit)
    monkeypatch.setattr(moving, "_demand_whole", lambda _ws: None)  # it finds some of these first
    assert column in filled.desk.refuses("move", filled.desk.workspace, target.url)
    assert target.ask("SELECT count(*) FROM core.organisation") == 0
    assert target.ask("SELECT count(*) FROM core.claim") == 0


def test_whoever_is_no_administrator_moves_nothing(filled: Filled, target: Target) -> None:
    assert "administrator" in filled.desk.refuses("move", filled.desk.workspace, target.url, "--as", "sue")
    assert target.ask("SELECT to_regnamespace('core') IS NULL") is True


def test_wrong_words_are_explained(filled: Filled, target: Target, tmp_path: Path) -> None:
    desk = filled.desk
    assert "There is no boapp workspace" in desk.refuses("move", tmp_path / "nowhere", target.url)
    assert "names no PostgreSQL database" in desk.refuses("move", desk.workspace, "somewhere")
    assert "postgresql://" in desk.refuses("move", desk.workspace, "postgresql://host")
    assert "folder first" in desk.misused("move", target.url, desk.workspace)


def test_the_officers_papers_go_along(bare: Desk, target: Target) -> None:
    bare.run("init", bare.workspace)
    bare.run("project", "add", "x", "--form", RECEIPT_FORM)
    bare.run("move", bare.workspace, target.url)
    assert not (bare.workspace / "officers.sealed").exists()
    there = at_server(bare, target)
    there.run("officers", bare.folder / "papers")
    assert len(list((bare.folder / "papers").iterdir())) == 5


def test_a_login_that_may_not_make_roles_gets_the_scripts_to_hand_on(filled: Filled, target: Target) -> None:
    desk = filled.desk
    target.run("CREATE ROLE half LOGIN PASSWORD 'half'")
    target.run(f"ALTER DATABASE {target.name} OWNER TO half")
    half = target.url.replace(f"{SUPERUSER}:{target.server.password}", "half:half")
    refused = desk.run("move", desk.workspace, half, status=1)
    assert "superuser" in refused.err
    desk.run("status", "release")
    target.run(refused.out)
    made = desk.run("move", desk.workspace, half, "--json")
    assert made.json["login"] is False
    script = made.err[made.err.index("BEGIN;") : made.err.rindex("COMMIT;") + 7]
    desk.refuses("status", "release")
    at_server(desk, target).refuses("status", "release")
    target.run(script)
    at_server(desk, target).run("status", "release")
    at_server(desk, target).run("people", "list", "--as", "bob")
    target.run(f"ALTER DATABASE {target.name} OWNER TO {SUPERUSER}; DROP ROLE half")


def test_a_server_that_goes_away_leaves_the_folder_as_it_was(
    filled: Filled, target: Target, monkeypatch: pytest.MonkeyPatch
) -> None:
    def cut(name: str) -> None:
        if name == "move:copied":
            target.run(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                "WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )

    desk = filled.desk
    monkeypatch.setattr(faultpoints, "_planted", [cut])
    assert "server does not go on" in desk.refuses("move", desk.workspace, target.url)
    monkeypatch.setattr(faultpoints, "_planted", [])
    desk.run("status", "release")
    desk.run("move", desk.workspace, target.url)
