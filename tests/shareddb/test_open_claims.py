"""How many open claims one person may hold: a signed setting, held to by program and database."""

import pytest

from boapp.crypto.roster_entries import Setting
from boapp.domain.passes import Method
from boapp.domain.settings import OPEN_CLAIMS
from boapp.errors import BadInput, NotAllowed
from boapp.services.projects import change_setting
from boapp.services.queue import Assignment, claim
from boapp.services.roster_editing import RosterEdit
from boapp.services.sealing import seal
from boapp.services.syncing import send_waiting
from boapp.shareddb.protocol import Claim
from tests.attacks.tools import Scene, found
from tests.builders import add_project, entries, receipt, take_in_pages
from tests.shareddb.test_sqlite_plans import plan


def allow(scene: Scene, most: int) -> None:
    change_setting(scene.as_("admin"), scene.project, OPEN_CLAIMS, most)


def take(scene: Scene, code: str) -> Assignment:
    work = claim(scene.as_(code), scene.project, second=False)
    assert work is not None
    return work


def take_raw(scene: Scene, code: str) -> Claim | None:
    """Claim as a modified client does, past the program's own count."""
    return scene.as_(code).shared.claim(scene.project, second=False, document=None)


def refused(scene: Scene, code: str, words: str) -> None:
    with pytest.raises(NotAllowed, match=words) as refusal:
        claim(scene.as_(code), scene.project, second=False)
    assert refusal.value.advice == "Seal or hand back one first."
    with pytest.raises(NotAllowed):
        take_raw(scene, code)
    with pytest.raises(NotAllowed):
        scene.as_(code).shared.claim(scene.project, second=False, document=scene.documents[5])


def test_fifty_is_the_most_until_somebody_says_otherwise(scene: Scene) -> None:
    assert scene.as_("ann").roster.project(scene.project).setting(OPEN_CLAIMS) == 50
    assert scene.one("SELECT open_claims FROM project") == 50


def test_nobody_holds_more_than_the_project_allows_and_each_is_counted_by_herself(scene: Scene) -> None:
    # Else somebody claims them all and keys those that are easy.
    allow(scene, 2)
    for code in ("ann", "cleo"):
        take(scene, code)
        take(scene, code)
        refused(scene, code, "You hold 2 open documents in this project; 2 is the most allowed.")
    assert scene.one("SELECT count(*) FROM claim") == 4
    assert scene.findings() == []


def test_a_document_that_was_sealed_or_handed_back_makes_room(scene: Scene) -> None:
    allow(scene, 1)
    ann, work = scene.as_("ann"), take(scene, "ann")
    refused(scene, "ann", "You hold 1 open")
    seal(ann, work, entries(receipt()), Method.KEYED)
    send_waiting(ann)
    ann.shared.hand_back(take(scene, "ann").claim.fence)
    take(scene, "ann")


def test_leases_that_ran_out_are_not_counted(scene: Scene) -> None:
    allow(scene, 1)
    take(scene, "ann")
    scene.edit("UPDATE claim SET expires_us = 1")
    take(scene, "ann")
    refused(scene, "ann", "You hold 1 open")


def test_claims_in_another_project_are_not_counted(in_file: Scene) -> None:
    allow(in_file, 1)
    other = add_project(in_file.house, in_file.as_("admin").roster.project(in_file.project).mode, name="x")
    there = Scene(in_file.house, other, take_in_pages(in_file.house, other, 2))
    take(in_file, "ann")
    take(there, "ann")
    take(there, "ann")
    refused(in_file, "ann", "You hold 1 open")
    there.close()


def test_claims_in_another_project_are_not_counted_in_postgres(in_postgres: Scene) -> None:
    allow(in_postgres, 2)
    take(in_postgres, "ann")
    take(in_postgres, "ann")
    in_postgres.edit(
        "INSERT INTO project (id, mode, epoch, name) SELECT zeroblob(16), mode, epoch, name FROM project"
    )
    in_postgres.edit("UPDATE document SET project = zeroblob(16) WHERE id = ?", in_postgres.documents[0])
    assert take_raw(in_postgres, "ann") is not None
    with pytest.raises(NotAllowed):
        take_raw(in_postgres, "ann")


def test_a_lower_limit_ends_no_claim_and_a_higher_one_holds_at_once(scene: Scene) -> None:
    for _ in range(3):
        take(scene, "ann")
    allow(scene, 2)
    refused(scene, "ann", "You hold 3 open documents in this project; 2 is the most allowed.")
    assert len(scene.as_("ann").shared.my_claims(scene.project)) == 3
    allow(scene, 4)
    take(scene, "ann")
    assert scene.findings() == []


def test_a_limit_that_somebody_edited_is_named_and_the_program_holds_to_the_signed_one(scene: Scene) -> None:
    allow(scene, 1)
    scene.edit("UPDATE project SET open_claims = 1000")
    take(scene, "ann")
    with pytest.raises(NotAllowed, match="You hold 1 open"):
        claim(scene.as_("ann"), scene.project, second=False)
    assert found(scene.findings(), f"project {scene.project.hex()}", "bookkeeping")


@pytest.mark.parametrize("value", [0, -1, 1001])
def test_a_limit_that_nobody_can_have_is_refused(scene: Scene, value: int) -> None:
    with pytest.raises(BadInput, match=r"open-claims cannot be .*It is 1 to 1000"):
        allow(scene, value)
    assert scene.as_("ann").roster.project(scene.project).settings == {}


def test_a_setting_that_there_is_not_is_refused(scene: Scene) -> None:
    with pytest.raises(BadInput, match="has no setting closed-claims"):
        change_setting(scene.as_("admin"), scene.project, "closed-claims", 5)


@pytest.mark.parametrize("code", ["ann", "sue"])
def test_only_an_administrator_changes_a_setting(scene: Scene, code: str) -> None:
    with pytest.raises(NotAllowed):
        change_setting(scene.as_(code), scene.project, OPEN_CLAIMS, 5)


def test_nobody_else_has_the_database_take_one(in_postgres: Scene) -> None:
    # A modified client signs what it likes; the database asks who sends it.
    edit = RosterEdit(in_postgres.as_("admin"))
    edit.add(Setting(in_postgres.project, OPEN_CLAIMS, 1000))
    edit._ws = in_postgres.as_("sue")
    with pytest.raises(NotAllowed):
        edit.store()


def test_ones_claims_are_counted_by_their_index(in_file: Scene) -> None:
    # At 100,000 claims of others a walk over all of them would slow everybody.
    from boapp.shareddb.sqlite_queue import _held  # noqa: PLC0415 - beside the plan that it makes

    steps = plan(in_file, _held(in_file.project, in_file.as_("ann").me.id, 0))
    assert "ix_claim_person" in steps
    assert "SCAN" not in steps
