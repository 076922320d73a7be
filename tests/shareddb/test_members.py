"""Who is in a project, copied from the list; what a change of it ends; what is counted without reading."""

import msgspec
import pytest

from boapp.crypto.roster_entries import Member, SignedEntry
from boapp.domain.passes import Method
from boapp.domain.workflow import Role
from boapp.errors import Refusal
from boapp.services.projects import Wanted, add_members, remove_member
from boapp.services.queue import claim
from boapp.services.roster_editing import RosterEdit
from boapp.services.sealing import seal
from boapp.services.syncing import send_waiting
from boapp.shareddb.protocol import RosterChange
from tests.attacks.tools import Scene
from tests.builders import entries, receipt


def roles(scene: Scene) -> dict[str, set[Role]]:
    """Return the copied roles by code."""
    people = scene.as_("sue").roster.people
    return {
        people[row.person].code: set(row.roles)
        for row in scene.as_("sue").shared.evidence(scene.project).members
    }


def test_the_roles_in_a_project_are_copied_from_the_list(scene: Scene) -> None:
    known = scene.as_("sue").roster.project(scene.project)
    people = scene.as_("sue").roster.people
    assert roles(scene) == {people[p].code: set(r) for p, r in known.members.items()}


def test_a_change_of_roles_is_copied_and_a_removal_too(scene: Scene) -> None:
    add_members(scene.as_("admin"), scene.project, [Wanted("cleo", (Role.OPERATOR,))])
    remove_member(scene.as_("admin"), scene.project, "bob")
    found = roles(scene)
    assert found["cleo"] == {Role.OPERATOR}
    assert "bob" not in found
    assert scene.findings() == []


def entries_of(edit: RosterEdit) -> tuple[SignedEntry, ...]:
    return tuple(edit._entries)


def test_open_claims_end_in_the_same_step_as_the_role(scene: Scene) -> None:
    # Killed between the two, she would go on keying in a project that she left.
    ann = scene.as_("ann")
    assert claim(ann, scene.project, second=False) is not None
    admin = scene.as_("admin")
    edit = RosterEdit(admin)
    edit.add(Member(scene.project, ann.me.id, ()))
    change = RosterChange(entries_of(edit), drop_claims=(scene.project, ann.me.id))
    admin.shared.change_roster(change)
    assert ann.shared.my_claims(scene.project) == []


def test_claims_stay_where_the_change_is_refused(scene: Scene) -> None:
    ann, admin = scene.as_("ann"), scene.as_("admin")
    assert claim(ann, scene.project, second=False) is not None
    edit = RosterEdit(admin)
    edit.add(Member(scene.project, ann.me.id, ()))
    broken = tuple(msgspec.structs.replace(e, data=e.data + b"x") for e in entries_of(edit))
    with pytest.raises(Refusal):
        admin.shared.change_roster(RosterChange(broken, drop_claims=(scene.project, ann.me.id)))
    assert len(ann.shared.my_claims(scene.project)) == 1


def test_surplus_is_counted_without_reading_it(in_file: Scene) -> None:
    ann = in_file.as_("ann")
    work = claim(ann, in_file.project, second=False)
    assert work is not None
    ann.shared.hand_back(work.claim.fence)
    seal(ann, work, entries(receipt()), Method.FILE)
    send_waiting(ann)
    assert ann.shared.surplus(in_file.project) == 1
    in_file.edit("UPDATE surplus_pass SET manifest = 7")
    assert ann.shared.surplus(in_file.project) == 1
