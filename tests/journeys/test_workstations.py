"""Three workstations and one PostgreSQL: founding, enrolling, the main job, in both modes, by command line.

Each workstation has a home of its own. Nothing of another person's ever lies in it.
"""

from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from boapp.address import Address
from boapp.domain.passes import Method
from boapp.domain.workflow import Mode
from boapp.doors import open_workspace
from boapp.errors import Unavailable
from boapp.services.projects import find_project
from boapp.services.queue import claim
from boapp.services.sealing import seal
from boapp.shareddb.postgres_setup import run_script
from tests import builders
from tests.builders import PASSPHRASE, RECEIPT_FORM, entries
from tests.commands.desk import read_csv, receipt
from tests.postgres import SUPERUSER, Server
from tests.site import Site, found_site, new_database


@pytest.fixture(scope="module")
def site(server: Server, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """Return a site that the tests of this file share; each takes workstations of its own."""
    made = found_site(tmp_path_factory.mktemp("site"), server, "site")
    yield made
    made.drop()


@pytest.mark.parametrize(("mode", "resolver"), [(Mode.RELEASE, "bob"), (Mode.STRICT, "adj")])
def test_the_main_job_between_three_workstations(site: Site, mode: Mode, resolver: str) -> None:
    first, ann, bob = site.desk("first"), site.enrol(f"ann, {mode}"), site.enrol(f"bob, {mode}")
    at = {"bob": bob, "adj": first}[resolver]
    first.run("project", "add", mode, "--form", RECEIPT_FORM, "--mode", mode)
    first.take_in(mode, "a.png", "b.png")
    ann.key(mode, "ann", [receipt("a.png"), receipt("b.png")])
    bob.key(mode, "bob", [receipt("a.png"), receipt("b.png", total="8.00")])
    first.run("settle", mode, "--as", "adj")
    assert first.status(mode, "sue")["mismatches"] == 1
    at.resolve(mode, resolver, [receipt("b.png")])
    first.run("settle", mode, "--as", "sue")
    out = site.folder / "out.csv"
    first.run("export", mode, "--as", "sue", "--format", "csv", "-o", out)
    assert [row["total"] for row in read_csv(out)] == ["9.00", "9.00"]
    for person in ("admin", "sue", "adj"):
        assert first.run("audit", "verify", mode, "--as", person, "--json").json["findings"] == []
    assert "not shown the evidence" in bob.refuses("audit", "verify", mode, "--as", "bob")
    stores = {desk.home.name: len(list(desk.home.rglob("stores/*.db"))) for desk in (ann, bob)}
    assert set(stores.values()) == {1}


def test_a_workstation_that_is_not_enrolled_says_so(site: Site) -> None:
    assert "not enrolled" in site.desk("stray").refuses("status", "receipts")


def test_a_bundle_with_other_words_is_not_taken(site: Site) -> None:
    site.desk("first").run("bundle", site.folder / "bundle")
    stray = site.desk("stray")
    assert "not the same" in stray.refuses("enrol", site.folder / "bundle", "--words", "one two three")
    assert not stray.home.exists()
    assert "--words" in stray.misused("enrol", site.folder / "bundle")


def test_the_one_server_needs_no_name(site: Site) -> None:
    ann = site.enrol("desk 1")
    assert ann.run("people", "list", "--as", "ann", BOAPP_WORKSPACE=None).out.startswith("admin")


def test_a_wrong_passphrase_is_told_in_one_sentence(site: Site) -> None:
    ann = site.enrol("desk 2")
    ann.passphrase("ann", "a wrong passphrase")
    assert "do not open the workspace" in ann.refuses("people", "list", "--as", "ann")
    ann.passphrase("ann")


def test_a_server_that_is_away_is_told_as_that(site: Site) -> None:
    ann = site.enrol("desk 3")
    enrolled = next(ann.home.rglob("enrolment.json"))
    away = Address("127.0.0.1", 9, "site")
    enrolled.write_text(enrolled.read_text().replace(f'"port":{site.address.port}', '"port":9'))
    said = ann.refuses("people", "list", "--as", "ann", BOAPP_WORKSPACE=str(away))
    assert "cannot be reached" in said


def test_what_was_sealed_before_the_server_went_away_is_carried_to_another_workstation(site: Site) -> None:
    first, ann, elsewhere = site.desk("first"), site.enrol("ann, cut off"), site.enrol("ann, elsewhere")
    first.run("project", "add", "carried", "--form", RECEIPT_FORM)
    first.take_in("carried", "c.png")
    ws = open_workspace(ann.home, site.address, "ann", PASSPHRASE)
    work = claim(ws, find_project(ws, "carried"), second=False)
    assert work is not None
    seal(ws, work, entries(builders.receipt()), Method.KEYED)
    ws.close()
    enrolled = next(ann.home.rglob("enrolment.json"))
    there = enrolled.read_text()
    enrolled.write_text(there.replace(f'"port":{site.address.port}', '"port":9'))
    away, file = str(Address("127.0.0.1", 9, "site")), site.folder / "carried"
    (listed,) = ann.run("outbox", "list", "--as", "ann", "--json", BOAPP_WORKSPACE=away).json
    assert (listed["kind"], listed["document"]) == ("pass", work.claim.document.hex())
    tried = ann.run("outbox", "retry", "--as", "ann", "--json", status=1, BOAPP_WORKSPACE=away).json
    assert [one["outcome"] for one in tried["tried"]] == ["not sent"]
    ann.run("outbox", "export", file, "--as", "ann", BOAPP_WORKSPACE=away)
    assert "c.png  sent" in elsewhere.run("outbox", "import", file, "--as", "ann").out
    enrolled.write_text(there)
    assert "c.png  was there already" in ann.run("outbox", "retry", "--as", "ann").out
    assert first.status("carried")["stages"]["second"] == 1
    assert first.run("audit", "verify", "carried", "--json").json["findings"] == []


def test_a_connection_that_was_lost_is_opened_again(site: Site) -> None:
    ann = site.enrol("desk of one who stays")
    ws = open_workspace(ann.home, site.address, "ann", PASSPHRASE)
    with psycopg.connect(site.url, autocommit=True) as boss:
        boss.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename LIKE 'bo%ann'")
    with pytest.raises(Unavailable):
        ws.shared.projects()
    ws.shared.projects()
    ws.close()


def test_a_changed_passphrase_opens_keys_and_login(site: Site) -> None:
    aud = site.enrol("desk 4")
    aud.passphrase("aud.new", "another passphrase")
    aud.run("passphrase", "--as", "aud")
    assert "do not open" in aud.refuses("people", "list", "--as", "aud")
    aud.passphrase("aud", "another passphrase")
    aud.run("people", "list", "--as", "aud")


def test_a_login_that_may_make_no_roles_gets_the_scripts_to_hand_on(server: Server, tmp_path: Path) -> None:
    new_database(server, "handed")
    with server.superuser() as db:
        db.execute("DROP ROLE IF EXISTS keeper")
        db.execute("CREATE ROLE keeper LOGIN PASSWORD 'kept'")
        db.execute("ALTER DATABASE handed OWNER TO keeper")
    site = Site(tmp_path, server, "handed")
    keeper = site.url.replace(f"{SUPERUSER}:{server.password}", "keeper:kept")
    desk = site.desk()
    desk.passphrase("admin")
    refused = desk.run("init", keeper, status=1)
    assert "superuser" in refused.err
    with psycopg.connect(site.url, autocommit=True) as boss:
        run_script(boss, refused.out)
    made = desk.run("init", keeper)
    assert "login of admin is not there yet" in made.out
    assert "do not open" in desk.refuses("people", "list")
    script = made.err[made.err.index("BEGIN;") : made.err.index("COMMIT;") + 7]
    with psycopg.connect(site.url, autocommit=True) as boss:
        run_script(boss, script)
    assert desk.run("people", "list").out.startswith("admin")
    desk.run("upgrade", keeper)
    assert desk.run("doctor", "--db", site.url).out == "Everything is as it must be.\n"
    site.drop()


def test_a_workspace_is_not_made_twice(site: Site) -> None:
    assert "already" in site.desk("other").refuses("init", site.url)
    assert not (site.folder / "home of other" / "organisations").exists()
