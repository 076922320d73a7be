"""boapp sync and boapp status of a workstation: in a folder, with a server, and while the server is away."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.builders import RECEIPT_FORM
from tests.commands.desk import Desk
from tests.postgres import Server
from tests.site import Site, found_site

PROJECT = "receipts"


@pytest.fixture(scope="module")
def site(server: Server, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """Return a site with seven documents that wait for their first keying."""
    made = found_site(tmp_path_factory.mktemp("syncing"), server, "syncing")
    first = made.desk()
    first.run("project", "add", PROJECT, "--form", RECEIPT_FORM)
    first.take_in(PROJECT, *(f"{letter}.png" for letter in "abcdefg"))
    yield made
    made.drop()


@contextmanager
def away(desk: Desk) -> Iterator[None]:
    """Let the server be out of reach of a workstation: nobody listens where it looks."""
    (file,) = desk.home.rglob("enrolment.json")
    words = file.read_text()
    assert desk.server is not None
    port = desk.server.rpartition(":")[2].partition("/")[0]
    file.write_text(words.replace(f'"port":{port}', '"port":1'))
    yield
    file.write_text(words)


def moved(desk: Desk) -> Desk:
    """Return the workstation as it names a server that is away."""
    assert desk.server is not None
    head, _, rest = desk.server.rpartition(":")
    return Desk(desk.folder, desk.home, desk.workspace, f"{head}:1/{rest.partition('/')[2]}")


def test_sync_brings_documents_here_and_says_how_many(site: Site) -> None:
    ann = site.enrol("ann")
    assert ann.run("status", "--as", "ann", "--json").json["ready"] == 0
    said = ann.run("sync", "--as", "ann", "--json").json
    assert (said["light"]["way"], said["light"]["ready"], said["light"]["waiting"]) == ("in-step", 5, 0)
    again = ann.run("sync", "--as", "ann").out
    assert "In step with the shared database." in again
    assert "5 documents are ready here to be keyed." in again
    assert "Last in step: 20" in ann.run("status", "--as", "ann").out


def test_while_the_server_is_away_status_works_from_what_is_here(site: Site) -> None:
    ann = site.enrol("ann elsewhere")
    ann.run("sync", "--as", "ann")
    with away(ann):
        there = moved(ann)
        found = there.run("status", "--as", "ann")
        assert "The shared database is away." in found.out
        assert "documents are ready here to be keyed." in found.out
        said = there.run("sync", "--as", "ann", "--json", status=1)
        assert said.json["light"]["way"] == "away"
        assert said.json["light"]["ready"] == 5
    assert ann.run("sync", "--as", "ann", "--json").json["light"]["way"] == "in-step"


def test_who_never_worked_here_is_told_that_the_server_is_away(site: Site) -> None:
    bob = site.enrol("bob")
    with away(bob):
        assert "cannot be reached" in moved(bob).refuses("status", "--as", "bob")


def test_a_wrong_passphrase_is_refused_while_the_server_is_away(site: Site, tmp_path: Path) -> None:
    ann = site.enrol("ann at a third place")
    ann.run("status", "--as", "ann")
    folder = tmp_path / "other passphrases"
    folder.mkdir(mode=0o700)
    (folder / "ann").touch(mode=0o600)
    (folder / "ann").write_text("some other passphrase\n")
    with away(ann):
        said = moved(ann).refuses("status", "--as", "ann", BOAPP_PASSPHRASES=str(folder))
    assert "do not open" in said


def test_a_folder_needs_no_sync(desk: Desk) -> None:
    assert "A folder needs no sync" in desk.run("sync").out
