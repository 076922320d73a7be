"""Founding, adding, revoking, new keys over a server, killed at each step: given again, all is there once."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.builders import RECEIPT_FORM
from tests.commands.desk import Desk, receipt
from tests.faults.command import IN_FOUNDING, IN_RESET, IN_ROSTER
from tests.postgres import Server
from tests.site import Site, found_site, lent, new_database

NEXT = "a passphrase after that"


def killed(desk: Desk, moment: str, *words: str | Path) -> None:
    """Give a command that ends at this moment."""
    ours = {name: value for name, value in desk.environment().items() if value is not None}
    command = [sys.executable, "-m", "tests.faults.command", moment, *map(str, words)]
    done = subprocess.run(command, env={**os.environ, **ours}, capture_output=True, timeout=60, check=False)
    assert done.returncode == -signal.SIGKILL, done


@pytest.fixture(scope="module")
def founded(server: Server, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    made = found_site(tmp_path_factory.mktemp("founded"), server, "founded_killed")
    made.desk().run("project", "add", "work", "--form", RECEIPT_FORM, "--mode", "strict")
    made.desk().take_in("work", "0.png", "1.png")
    made.desk().key("work", "ann", [receipt("0.png")])
    yield made
    made.drop()


@pytest.fixture
def site(founded: Site, tmp_path: Path) -> Iterator[Site]:
    with lent(founded, tmp_path / "site", "killed") as made:
        yield made


def findings(desk: Desk) -> object:
    return desk.run("audit", "verify", "work", "--json").json["findings"]


@pytest.mark.parametrize("moment", IN_FOUNDING)
def test_a_founding_is_finished_by_the_same_command(server: Server, tmp_path: Path, moment: str) -> None:
    new_database(server, "begun")
    site = Site(tmp_path, server, "begun")
    desk = site.desk()
    desk.passphrase("admin")
    killed(desk, moment, "init", site.url)
    desk.run("init", site.url)
    assert desk.run("people", "list").out.startswith("admin")
    assert "already" in desk.refuses("init", site.url)
    assert "already" in site.desk("elsewhere").refuses("init", site.url)
    site.drop()


@pytest.mark.parametrize("moment", IN_ROSTER)
def test_a_person_is_added_once(site: Site, moment: str) -> None:
    desk = site.desk()
    desk.passphrase("amy")
    add = ("people", "add", "amy", "--role", "operator", *site.dba)
    killed(desk, moment, *add)
    if moment == "roster:stored":
        assert "already" in desk.refuses(*add)
        desk.run("people", "login", "amy", *site.dba)
    else:
        desk.run(*add)
    assert desk.run("people", "list", "--as", "amy").out.count("amy") == 1
    assert findings(desk) == []


@pytest.mark.parametrize("moment", IN_ROSTER)
def test_whoever_leaves_is_out_at_once_and_her_login_is_ended_by_the_same_command(
    site: Site, moment: str
) -> None:
    desk = site.desk()
    revoke = ("people", "revoke", "ann", "--reason", "moved", *site.dba)
    killed(desk, moment, *revoke)
    if moment == "roster:stored":
        desk.refuses("people", "list", "--as", "ann")
    desk.run(*revoke)
    assert "do not open" in desk.refuses("people", "list", "--as", "ann")
    assert findings(desk) == []


@pytest.mark.parametrize("moment", [*IN_RESET, *IN_ROSTER])
def test_new_keys_come_with_the_same_command_and_nothing_is_lost(site: Site, moment: str) -> None:
    desk = site.desk()
    desk.passphrase("ann.new", NEXT)
    reset = ("people", "reset", "ann", *site.parts, *site.dba)
    killed(desk, moment, *reset)
    desk.run(*reset)
    desk.passphrase("ann", NEXT)
    desk.key("work", "ann", [receipt("1.png")])
    desk.key("work", "bob", [receipt("0.png"), receipt("1.png")])
    desk.run("settle", "work", "--as", "adj")
    assert desk.status("work", "sue")["stages"]["settled"] == 2
    assert findings(desk) == []
    assert not list(desk.home.rglob("*-before-*"))
