"""Who leaves, who forgot her passphrase, what two officers bring back: by command line, on both databases."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from boapp.crypto.roster_entries import KeyKind
from boapp.domain.workflow import Mode
from boapp.doors import open_workspace
from boapp.errors import Unavailable
from boapp.services.roster_editing import RosterEdit
from boapp.shareddb.postgres import PostgresDatabase
from tests.builders import PASSPHRASE, RECEIPT_FORM
from tests.commands.desk import Desk, receipt
from tests.site import Site, found_site, lent

NEXT = "a passphrase after that"
WHERE = ["in a folder", "on a server"]


@pytest.fixture(scope="module", params=WHERE)
def founded(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """Return an organisation with one strict project and five documents; tests copy it."""
    server = request.getfixturevalue("server") if request.param == "on a server" else None
    made = found_site(tmp_path_factory.mktemp("founded"), server, "founded_shop")
    made.desk().run("project", "add", "work", "--form", RECEIPT_FORM, "--mode", Mode.STRICT)
    made.desk().take_in("work", *(f"{n}.png" for n in range(5)))
    yield made
    made.drop()


@pytest.fixture
def site(founded: Site, tmp_path: Path) -> Iterator[Site]:
    with lent(founded, tmp_path / "site", "shop") as made:
        yield made


def verified(desk: Desk) -> object:
    """Return what the verifier finds."""
    return desk.run("audit", "verify", "work", "--json").json["findings"]


def test_whoever_left_is_let_in_nowhere_and_the_work_goes_on(site: Site) -> None:
    desk = site.desk()
    desk.key("work", "ann", [receipt("0.png")])
    said = desk.run("people", "revoke", "ann", "--reason", "moved to another town", *site.dba)
    assert "stays readable to her" in said.out
    refused = desk.refuses("key", "work", "--as", "ann", "--from", desk.csv("a.csv", [receipt("1.png")]))
    assert "do not open" in refused or "left" in refused
    listed = desk.run("people", "list").out
    assert "(left: moved to another town)" in listed
    assert "moved to another town" not in desk.run("people", "list", "--as", "bob").out
    desk.key("work", "bob", [receipt("0.png")])
    desk.run("settle", "work", "--as", "adj")
    desk.passphrase("amy")
    desk.run("people", "add", "amy", "--role", "operator", *site.dba)
    desk.run("project", "people", "work", "--add", "amy:operator")
    desk.key("work", "amy", [receipt("1.png")])
    assert verified(desk) == []
    again = ("people", "revoke", "ann", "--reason", "again", *site.dba)
    if site.server is None:
        assert "left already" in desk.refuses(*again)
    else:
        desk.run(*again)  # her login and its sessions are ended once more


def test_a_login_that_was_not_ended_is_ended_later(site: Site) -> None:
    # The script was lost, or the database's administrator was away: the person must not be let in for it.
    desk = site.desk()
    said = desk.run("people", "revoke", "ann", "--reason", "moved", "--json")
    assert said.json["closed"] is (site.server is None)
    again = desk.run("people", "login", "ann", *site.dba, "--json").json
    assert (again["login"], again["done"]) == (False, True)
    if site.server:
        with site.server.superuser(site.database) as db:
            query = "SELECT rolcanlogin FROM pg_roles WHERE rolname LIKE 'bo%_ann'"
            assert (False,) in db.execute(query).fetchall()
    refused = desk.refuses("people", "list", "--as", "ann")
    assert "do not open" in refused or "left" in refused


def test_the_last_administrator_does_not_leave(site: Site) -> None:
    assert "administer" in site.desk().refuses("people", "revoke", "admin", "--reason", "tired", *site.dba)


def test_a_forgotten_passphrase_costs_neither_drafts_nor_what_was_not_sent(site: Site) -> None:
    desk = site.desk()
    desk.key("work", "ann", [receipt("0.png"), receipt("1.png")])
    desk.key("work", "bob", [receipt("0.png")])
    desk.passphrase("ann.new", NEXT)
    said = desk.run("people", "reset", "ann", *site.parts, *site.dba)
    assert "new keys" in said.out
    assert "do not open" in desk.refuses("people", "list", "--as", "ann")
    desk.passphrase("ann", NEXT)
    desk.key("work", "ann", [receipt("2.png")])
    desk.key("work", "bob", [receipt("1.png"), receipt("2.png")])
    desk.run("settle", "work", "--as", "adj")
    assert desk.status("work", "sue")["stages"]["settled"] == 3
    assert verified(desk) == []


def test_without_the_parts_her_store_is_kept_aside_and_she_goes_on(site: Site) -> None:
    desk = site.desk()
    desk.key("work", "ann", [receipt("0.png")])
    desk.passphrase("ann.new", NEXT)
    desk.run("people", "reset", "ann", *site.dba)
    desk.passphrase("ann", NEXT)
    desk.key("work", "ann", [receipt("1.png")])
    assert len(list(desk.home.rglob("*-before-1.db"))) == 1
    assert verified(desk) == []


def test_a_holder_who_forgot_gets_her_key_from_another_holder(site: Site) -> None:
    desk = site.desk()
    desk.passphrase("adj.new", NEXT)
    desk.run("people", "reset", "adj", *site.dba)
    desk.passphrase("adj", NEXT)
    desk.key("work", "ann", [receipt("0.png")])
    desk.key("work", "bob", [receipt("0.png")])
    assert "hold no key" in desk.refuses("settle", "work", "--as", "adj")
    desk.run("people", "list", "--as", "sue")  # whoever holds it signs in
    desk.run("settle", "work", "--as", "adj")
    assert verified(desk) == []


def test_two_officers_bring_back_what_no_holder_can(site: Site) -> None:
    desk = site.desk()
    desk.run("project", "people", "work", "--remove", "adj")
    desk.key("work", "ann", [receipt("0.png", total="1.00")])
    desk.passphrase("sue.new", NEXT)
    desk.run("people", "reset", "sue", *site.dba)
    desk.passphrase("sue", NEXT)
    desk.key("work", "bob", [receipt("0.png")])
    desk.refuses("settle", "work", "--as", "sue")
    assert "sue" in desk.run("recover", *site.parts).out
    desk.run("settle", "work", "--as", "sue")
    assert desk.status("work", "sue")["mismatches"] == 1
    desk.key("work", "ann", [receipt("1.png")])
    assert verified(desk) == []


def test_one_officer_alone_recovers_nothing(site: Site) -> None:
    part = site.folder / "officers" / "recovery-1.txt"
    assert "do not belong together" in site.desk().refuses("recover", "--part", part, "--part", part)
    assert "two officers" in site.desk().misused("recover", "--part", part)


def test_nobody_holds_up_her_own_removal_by_a_change_that_she_never_ends(site: Site) -> None:
    if site.server is None:
        return  # a file has one writer at a time, and waits
    adj = open_workspace(site.enrol("hers").home, site.address, "adj", PASSPHRASE)
    assert isinstance(adj.shared, PostgresDatabase)
    project = next(iter(adj.roster.projects))
    edit = RosterEdit(adj)
    edit.grant(project, adj.roster.person("sue").id, KeyKind.ADJ, ())
    adj.shared._db.execute("BEGIN")
    edit.store()
    revoke = ("people", "revoke", "adj", "--reason", "moved")
    assert "Somebody else is working on this" in site.desk().refuses(*revoke)
    site.desk().run(*revoke, *site.dba)
    with pytest.raises(Unavailable):
        adj.shared.projects()
    adj.store.close()
    assert "adj " not in site.desk().run("status", "work", "--as", "sue").out
