"""Who joins a project and in which roles, through the services."""

import pytest

from boapp.domain.workflow import Mode, Role
from boapp.errors import BadInput, NotAllowed, NotFound
from boapp.services.people import check_code
from boapp.services.projects import Wanted, add_members, choose_members, remove_member, roles_for
from tests.builders import PEOPLE, House, add_project


def test_everybody_is_chosen_when_nobody_is_named_and_nobody_when_nobody_is(house: House) -> None:
    ws = house.as_("admin")
    members, left_out = choose_members(ws.roster, None)
    assert {m.code: m.roles for m in members} == {
        "admin": (Role.ADMINISTRATOR,),
        **{code: tuple(sorted(roles)) for code, roles in PEOPLE.items()},
    }
    assert left_out == []
    assert choose_members(ws.roster, []) == ([], [])
    ws.close()


def test_a_role_is_taken_once_and_only_from_those_she_has(house: House) -> None:
    ws = house.as_("admin")
    twice = Wanted("cleo", (Role.OPERATOR, Role.OPERATOR))
    assert roles_for(ws.roster, twice) == Wanted("cleo", (Role.OPERATOR,))
    with pytest.raises(NotAllowed, match="ann is not second-keyer"):
        roles_for(ws.roster, Wanted("ann", (Role.SECOND_KEYER,)))
    with pytest.raises(NotFound):
        roles_for(ws.roster, Wanted("nobody"))
    ws.close()


@pytest.mark.parametrize("code", ["ann", "A", "a.b-c_d9", "x" * 32, "new", "a.news"])
def test_a_person_code_is_a_short_word(code: str) -> None:
    check_code(code)


@pytest.mark.parametrize("code", ["", "9a", ".a", "a b", "a\n", "ä", "x" * 33, "a.new", "a/../b"])
def test_anything_else_is_no_person_code(code: str) -> None:
    with pytest.raises(BadInput, match="no person code"):
        check_code(code)


def test_nothing_is_stored_when_one_of_several_cannot_join(any_house: House) -> None:
    project = add_project(any_house, Mode.RELEASE)
    ws = any_house.as_("admin")
    remove_member(ws, project, "ann")
    before = (ws.roster.head, ws.roster.project(project).members.copy())
    with pytest.raises(NotFound):
        add_members(ws, project, [Wanted("ann"), Wanted("nobody")])
    assert (ws.roster.head, ws.roster.project(project).members) == before
    ws.refresh()
    assert ws.roster.head == before[0]
    ws.close()


def test_a_change_of_roles_ends_what_the_old_ones_held(any_house: House) -> None:
    project = add_project(any_house, Mode.RELEASE)
    ws = any_house.as_("admin")
    add_members(ws, project, [Wanted("cleo", (Role.OPERATOR,))])
    known = ws.roster.project(project)
    assert (known.pdk_epoch, known.adj_epoch) == (1, 1)
    assert known.roles(ws.roster.person("cleo").id) == {Role.OPERATOR}
    remove_member(ws, project, "cleo")
    assert ws.roster.project(project).pdk_epoch == 2
    ws.close()


def test_whoever_left_holds_no_newer_key(any_house: House) -> None:
    project = add_project(any_house, Mode.RELEASE)
    admin = any_house.as_("admin")
    for code in ("ann", "adj"):
        remove_member(admin, project, code)
    admin.close()
    ann, adj, bob, sue = (any_house.as_(code) for code in ("ann", "adj", "bob", "sue"))
    newest = sue.roster.project(project)
    for ws in (ann, adj):
        ws.pdk(project, 1)
        with pytest.raises(NotAllowed, match="no key"):
            ws.pdk(project, newest.pdk_epoch)
    with pytest.raises(NotAllowed, match="no key"):
        adj.adj(project, newest.adj_epoch)
    assert bob.pdk(project, newest.pdk_epoch).secret == sue.pdk(project, newest.pdk_epoch).secret
    sue.adj(project, newest.adj_epoch)
    for ws in (ann, adj, bob, sue):
        ws.close()
