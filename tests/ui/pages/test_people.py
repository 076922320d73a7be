"""People: who may do what and why not, and the changes an administrator makes."""

from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from boapp.domain.ids import ProjectId
from boapp.domain.workflow import Mode, Role, forbidden_pair
from tests.builders import RECEIPT_FORM, House, add_project
from tests.ui.rooms import Room, room
from ui.pages.people.overlays import AddPerson, AddProject, Remove, Roles
from ui.pages.people.page import PeoplePage
from ui.pages.people.presenter import Listed, Membership, forbidden, read, rights

HERE = ProjectId(bytes(16))


def people_of(made: Room) -> PeoplePage:
    page = made.open("people")
    assert isinstance(page, PeoplePage)
    return page


def choose(page: PeoplePage, code: str) -> None:
    page.table.choose([person.code for person in page._shown].index(code))


def may(roles: set[Role], mode: Mode) -> dict[str, bool]:
    return {right.what: right.may for right in rights(roles, mode)}


def test_a_second_keyer_resolves_in_release_and_not_in_strict() -> None:
    for mode, expected in ((Mode.RELEASE, True), (Mode.STRICT, False)):
        assert may({Role.SECOND_KEYER}, mode)["Resolve mismatches"] is expected


def test_a_supervisor_reads_reports_and_never_keys() -> None:
    found = may({Role.SUPERVISOR}, Mode.RELEASE)
    assert found["Read discrepancy reports"]
    assert not found["Key first"]
    assert not found["Key second, blind"]


@pytest.mark.parametrize("role", list(Role))
def test_every_right_that_one_has_not_says_why(role: Role) -> None:
    assert all(right.because for right in rights({role}, Mode.RELEASE))


def somebody(*roles: Role, ever_held: bool = False, keeps_recovery: bool = False) -> Listed:
    membership = Membership(frozenset(), waits_for_key=False, ever_held=ever_held)
    return Listed(
        "x",
        None,
        frozenset(roles),
        set_by_administrator=False,
        keeps_recovery=keeps_recovery,
        projects={HERE: membership},
    )


@pytest.mark.parametrize("role", list(Role))
@pytest.mark.parametrize("other", list(Role))
def test_exactly_the_forbidden_pairs_cannot_be_chosen(role: Role, other: Role) -> None:
    why = forbidden(role, {other}, somebody(role, other), HERE)
    assert bool(why) is forbidden_pair({role, other})


def test_who_held_the_adjudication_key_never_keys_here() -> None:
    assert forbidden(Role.OPERATOR, set(), somebody(Role.OPERATOR, ever_held=True), HERE)
    assert forbidden(Role.OPERATOR, set(), somebody(Role.OPERATOR, keeps_recovery=True), HERE)
    assert not forbidden(Role.AUDITOR, set(), somebody(Role.OPERATOR, ever_held=True), HERE)


def test_full_names_are_absent_for_whoever_may_not_read_them(house: House) -> None:
    ann, admin = house.as_("ann"), house.as_("admin")
    names = [{p.code: p.full_name for p in read(ws).people}["bob"] for ws in (ann, admin)]
    ann.close()
    admin.close()
    assert names == [None, "Full Name Of bob"]


def test_a_person_is_added_by_keys_alone_and_types_her_own_passphrase(qtbot: QtBot, house: House) -> None:
    with room(qtbot, house, "admin") as made:
        page = people_of(made)
        made.press(Qt.Key.Key_N, Qt.KeyboardModifier.ControlModifier)
        overlay = page.findChild(AddPerson)
        assert overlay is not None
        made.press("dora")
        made.press(Qt.Key.Key_Tab)
        made.press("Dora Example")
        made.press(Qt.Key.Key_Tab)
        made.press(Qt.Key.Key_Space)
        overlay.passphrase.setFocus()
        made.press("sesame of her own")
        made.press(Qt.Key.Key_Tab)
        made.press("sesame of her own")
        made.press(Qt.Key.Key_Return)
        added = next(person for person in read(made.ws).people if person.code == "dora")
        assert added.full_name == "Dora Example"
        assert added.roles == {Role.OPERATOR}
        assert not added.set_by_administrator
        assert "dora" in page.banner.text()


def test_two_different_passphrases_are_not_taken(qtbot: QtBot, house: House) -> None:
    with room(qtbot, house, "admin") as made:
        page = people_of(made)
        page.asking.add_person()
        overlay = page.findChild(AddPerson)
        assert overlay is not None
        overlay.code.setText("dora")
        overlay._roles[Role.OPERATOR].setChecked(True)
        overlay.passphrase.setText("sesame of her own")
        overlay._again.setText("sesame of her awn")
        overlay.try_done()
        assert "differ" in overlay._said.text()


def test_roles_that_may_not_meet_say_so_while_a_person_is_added(qtbot: QtBot, house: House) -> None:
    with room(qtbot, house, "admin") as made:
        page = people_of(made)
        page.asking.add_person()
        overlay = page.findChild(AddPerson)
        assert overlay is not None
        for role in (Role.OPERATOR, Role.SUPERVISOR):
            overlay._roles[role].setChecked(True)
        assert overlay._apart.isVisible()


def test_somebody_is_added_to_a_project_with_roles_chosen_by_keys(qtbot: QtBot, house: House) -> None:
    project = add_project(house, Mode.RELEASE)
    with room(qtbot, house, "admin") as made:
        page = people_of(made)
        choose(page, "cleo")
        made.press("r")
        assert page.findChild(Roles) is not None
        made.press("1")
        made.press(Qt.Key.Key_Return)
        known = made.ws.roster
        assert known.project(project).roles(known.person("cleo").id) == {Role.SECOND_KEYER}


def test_removing_asks_for_the_code(qtbot: QtBot, house: House) -> None:
    project = add_project(house, Mode.RELEASE)
    with room(qtbot, house, "admin") as made:
        page = people_of(made)
        choose(page, "ann")
        made.press(Qt.Key.Key_Delete)
        assert page.findChild(Remove) is not None
        made.press("an")
        made.press(Qt.Key.Key_Return)
        known = made.ws.roster
        assert known.project(project).roles(known.person("ann").id)
        made.press("n")
        made.press(Qt.Key.Key_Return)
        assert not known.project(project).roles(known.person("ann").id)


def test_a_project_is_added_with_a_form_file(qtbot: QtBot, house: House) -> None:
    with room(qtbot, house, "admin") as made:
        page = people_of(made)
        made.press(Qt.Key.Key_N, Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier)
        overlay = page.findChild(AddProject)
        assert overlay is not None
        overlay.name.setText("monday")
        overlay.form.setText(str(RECEIPT_FORM))
        overlay.people.setText("ann, cleo:second-keyer, sue")
        made.press(Qt.Key.Key_Return)
        (project,) = made.ws.roster.projects.values()
        members = {made.ws.roster.people[p].code: r for p, r in project.members.items()}
        assert members == {"ann": {Role.OPERATOR}, "cleo": {Role.SECOND_KEYER}, "sue": {Role.SUPERVISOR}}


def test_a_refusal_stays_in_the_overlay_with_what_was_typed(
    qtbot: QtBot, house: House, tmp_path: Path
) -> None:
    with room(qtbot, house, "admin") as made:
        page = people_of(made)
        page.asking.add_project()
        overlay = page.findChild(AddProject)
        assert overlay is not None
        overlay.name.setText("monday")
        overlay.form.setText(str(tmp_path / "none.toml"))
        made.press(Qt.Key.Key_Return)
        assert "cannot be read" in overlay._said.text()
        assert overlay.isVisible()


def test_the_page_belongs_to_administrators(qtbot: QtBot, house: House) -> None:
    with room(qtbot, house, "sue") as made:
        assert not isinstance(made.open("people"), PeoplePage)
