"""`boapp move` killed at each step: the folder works on, or the move is finished; never are both writable."""

import pytest

from boapp.domain.workflow import Mode, Stage
from boapp.doors import open_workspace
from boapp.services.syncing import send_waiting
from boapp.shareddb.copying import TABLES
from tests.builders import PASSPHRASE, key_document, receipt
from tests.faults.command import IN_MOVE
from tests.faults.test_killed_on_a_server import killed
from tests.filled import FRESH, PEOPLE, UNSENT, Filled
from tests.target import Target, at_server

MOMENTS = [*IN_MOVE, "move:copied*9", f"move:copied*{len(TABLES)}"]
MARKED = {"move:marked", "move:enrolled"}


@pytest.mark.parametrize("moment", MOMENTS)
def test_the_folder_works_on_or_the_move_is_finished_and_all_is_there_once(
    filled: Filled, target: Target, moment: str
) -> None:
    desk = filled.desk
    killed(desk, moment, "move", desk.workspace, target.url)
    assert target.ask("SELECT count(*) FROM core.login") == 0  # so nobody writes there
    if moment in MARKED:
        assert str(target.address) in desk.refuses("status", "strict")
    else:
        _key_fresh(filled)
    said = desk.run("move", desk.workspace, target.url, "--json").json
    assert sorted(said["people"]) == sorted(PEOPLE)
    stages = _stages_after_sending(filled, target)
    assert stages[UNSENT] is Stage.SECOND
    assert stages[FRESH] is (Stage.FIRST if moment in MARKED else Stage.SECOND)
    there = at_server(desk, target)
    for mode in Mode:
        assert there.run("audit", "verify", str(mode), "--json").json["findings"] == []
    assert target.ask("SELECT count(*) FROM core.surplus_pass") == len(Mode)
    assert there.run("doctor", "--db", target.url).out == "Everything is as it must be.\n"
    assert "already" in desk.run("move", desk.workspace, target.url).out


def test_a_founding_does_not_open_the_copy_while_the_folder_works_on(filled: Filled, target: Target) -> None:
    desk = filled.desk
    killed(desk, "move:stored", "move", desk.workspace, target.url)
    assert "boapp move" in desk.refuses("init", target.url)
    assert target.ask("SELECT count(*) FROM core.login") == 0
    desk.run("status", "strict")


def _key_fresh(filled: Filled) -> None:
    """Let ann key one more document in the folder."""
    ann = filled.house.as_("ann")
    key_document(ann, filled.projects[Mode.STRICT], filled.documents[Mode.STRICT][FRESH], receipt())
    ann.close()


def _stages_after_sending(filled: Filled, target: Target) -> list[Stage]:
    """Let bob send what he had not sent; return where the documents of the strict project stand."""
    bob = open_workspace(filled.house.home, target.address, "bob", PASSPHRASE)
    send_waiting(bob)
    found = [row.stage for row in bob.shared.documents(filled.projects[Mode.STRICT])]
    bob.close()
    return found
