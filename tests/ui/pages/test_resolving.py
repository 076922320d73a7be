"""Resolving by keyboard alone, with real services: from the empty box to the settled record."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager

import pytest
from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from boapp.crypto.facts import FactKind
from boapp.domain.ids import ProjectId
from boapp.domain.passes import decode
from boapp.domain.records import Origin
from boapp.domain.values import ILLEGIBLE, Value
from boapp.domain.values import State as Seen
from boapp.domain.workflow import Mode, Role
from boapp.services.own_decisions import own_decisions
from boapp.services.reporting import discrepancies
from boapp.services.resolving import readings
from boapp.services.settling import open_content
from tests.builders import House, add_project, take_in_pages
from tests.ui.pages.resolving_desk import Keyed, Resolver, key_twice, record, resolving
from ui.pages.resolving.page import State
from ui.places import places
from ui.shell.window import HOME

Desk = Callable[..., AbstractContextManager[Resolver]]
ENTER = Qt.Key.Key_Return


def prepare(house: House, mode: Mode, *pairs: tuple[Keyed, Keyed]) -> ProjectId:
    """Take in and key documents twice; return their project."""
    project = add_project(house, mode)
    key_twice(house, project, take_in_pages(house, project, len(pairs)), pairs)
    return project


@pytest.fixture
def desk(qtbot: QtBot, house: House) -> Desk:
    """Return a desk in a strict project whose documents were keyed so, with adj before it."""

    @contextmanager
    def at(*pairs: tuple[Keyed, Keyed], turned: bool = False) -> Iterator[Resolver]:
        prepare(house, Mode.STRICT, *pairs)
        with resolving(qtbot, house, "adj", turned=turned) as person:
            person.until(State.KEYING)
            yield person

    return at


@pytest.mark.parametrize(("mode", "code"), [(Mode.RELEASE, "bob"), (Mode.STRICT, "adj")])
def test_a_mismatch_is_settled_by_keyboard_only(qtbot: QtBot, house: House, mode: Mode, code: str) -> None:
    project = prepare(house, mode, ({"total": "9.00"}, {"total": "9.80"}))
    with resolving(qtbot, house, code) as person:
        person.read("9.00")
        person.key(ENTER)
        person.until(State.EMPTY)
        assert person.page.lists.isHidden() or not person.page.lists.isVisible()
    total = record(house, project)["total"]
    assert (total.value.text, total.origin) == ("9.00", Origin.RESOLVED)


def test_the_own_reading_is_stored_before_the_readings_are_opened(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    stored: list[int] = []

    def watched(ws, mismatch, reading):  # type: ignore[no-untyped-def] # noqa: ANN001, ANN202 - passed through
        facts = ws.shared.facts(mismatch.project, mismatch.place.document)
        stored.append(sum(fact.kind == FactKind.READING and fact.counted for fact in facts))
        return readings(ws, mismatch, reading)

    monkeypatch.setattr("ui.pages.resolving.presenter.readings", watched)
    with desk(({"total": "9.00"}, {"total": "9.80"})) as person:
        assert stored == []
        person.read("9.00")
        assert stored == [1]


@pytest.mark.parametrize(("turned", "first"), [(False, "9.00"), (True, "9.80")])
def test_chance_decides_which_reading_is_shown_first(desk: Desk, turned: bool, first: str) -> None:  # noqa: FBT001
    with desk(({"total": "9.00"}, {"total": "9.80"}), turned=turned) as person:
        person.read("7.00")
        assert first in person.readings[0]
        assert first not in person.readings[1]


def test_the_reading_that_is_the_same_as_the_own_one_is_selected(desk: Desk) -> None:
    with desk(({"total": "9.00"}, {"total": "9.80"})) as person:
        person.read("RM9.80")
        assert "Same as yours" in person.readings[1]
        assert "9.80" in person.selected


def test_nothing_is_selected_when_the_own_reading_is_another_and_enter_settles_nothing(desk: Desk) -> None:
    with desk(({"total": "9.00"}, {"total": "9.80"})) as person:
        person.read("7.00")
        assert person.selected == ""
        assert "Look again" in person.said
        person.key(ENTER)
        assert person.page.state is State.DECIDING
        assert "Nothing is selected" in person.said


def test_a_reading_is_taken_with_its_digit(house: House, desk: Desk) -> None:
    with desk(({"total": "9.00"}, {"total": "9.80"})) as person:
        project = person.page._item.mismatch.project  # type: ignore[union-attr]
        person.read("7.00")
        person.type("2")
        person.key(ENTER)
        person.until(State.EMPTY)
    assert record(house, project)["total"].value.text == "9.80"


def test_a_third_value_is_keyed_twice(house: House, desk: Desk) -> None:
    with desk(({"total": "9.00"}, {"total": "9.80"})) as person:
        project = person.page._item.mismatch.project  # type: ignore[union-attr]
        person.read("7.00")
        person.type("3")
        person.type("1.23")
        person.key(ENTER)
        assert "once more" in person.said
        assert not person.page.dock.compare.confirm.isVisible()
        person.type("1.23")
        person.key(ENTER)
        assert person.page.state is State.DECIDING
        assert person.page.dock.compare.confirm.isVisible()
        person.key(ENTER)
        person.until(State.EMPTY)
    assert record(house, project)["total"].value.text == "1.23"


def test_two_typings_that_differ_settle_nothing(desk: Desk) -> None:
    with desk(({"total": "9.00"}, {"total": "9.80"})) as person:
        person.read("7.00")
        person.type("3")
        for words in ("1.23", "1.32", "1.23"):
            person.type(words)
            person.key(ENTER)
            assert "once more" in person.said
        assert not person.page.dock.compare.confirm.isVisible()


def test_the_own_reading_is_the_first_of_the_two_typings(house: House, desk: Desk) -> None:
    with desk(({"total": "9.00"}, {"total": "9.80"})) as person:
        project = person.page._item.mismatch.project  # type: ignore[union-attr]
        person.read("7.00")
        person.type("3")
        person.type("7.00")
        person.key(ENTER)
        person.key(ENTER)
        person.until(State.EMPTY)
    assert record(house, project)["total"].value.text == "7.00"


def test_a_value_that_was_changed_after_it_counted_counts_no_more(desk: Desk) -> None:
    with desk(({"total": "9.00"}, {"total": "9.80"})) as person:
        person.read("7.00")
        person.type("3")
        person.type("7.00")
        person.key(ENTER)
        assert person.page.dock.compare.confirm.isVisible()
        person.key(Qt.Key.Key_End)
        person.type("1")
        assert not person.page.dock.compare.confirm.isVisible()


def test_escape_closes_the_box_and_leaves_nothing_selected(desk: Desk) -> None:
    with desk(({"total": "9.00"}, {"total": "9.80"})) as person:
        person.read("9.00")
        person.type("3")
        person.key(Qt.Key.Key_Escape)
        assert person.selected == ""
        person.type("1")
        assert "9.00" in person.selected


def test_illegible_is_settled_with_its_digit(house: House, desk: Desk) -> None:
    with desk(({"total": "9.00"}, {"total": "9.80"})) as person:
        project = person.page._item.mismatch.project  # type: ignore[union-attr]
        person.key(Qt.Key.Key_F6)
        person.lock()
        person.type("4")
        person.key(ENTER)
        person.until(State.EMPTY)
    assert record(house, project)["total"].value == ILLEGIBLE


def test_a_blank_reading_is_said_in_words_and_can_be_taken(house: House, desk: Desk) -> None:
    with desk(({"total": "9.00"}, {"total": ""})) as person:
        project = person.page._item.mismatch.project  # type: ignore[union-attr]
        person.key(Qt.Key.Key_F5)
        person.lock()
        assert person.readings == ["Reading ▲: 9.00", "Reading ■: Blank on page. Same as yours"]
        person.key(ENTER)
        person.until(State.EMPTY)
    assert record(house, project)["total"].value.state is Seen.BLANK


def test_an_unsure_reading_says_so_and_is_not_taken(desk: Desk) -> None:
    unsure = Value.keyed("9.▢0", [(2, 3)])
    with desk(({"total": "9.80"}, {"total": unsure})) as person:
        person.read("7.00")
        assert "1 character unsure" in person.readings[1]
        person.type("2")
        assert person.selected == ""
        assert "unsure" in person.said
        person.key(ENTER)
        assert person.page.state is State.DECIDING


def test_an_own_reading_may_hold_an_unsure_character_and_what_is_settled_may_not(desk: Desk) -> None:
    with desk(({"total": "9.00"}, {"total": "9.80"})) as person:
        person.type("9.")
        person.key(Qt.Key.Key_F7)
        person.lock()
        assert person.selected == ""
        person.type("3")
        person.type("9.")
        person.key(Qt.Key.Key_F7)
        person.key(ENTER)
        assert "unsure" in person.said


def test_an_empty_box_is_not_locked(desk: Desk) -> None:
    with desk(({"total": "9.00"}, {"total": "9.80"})) as person:
        person.key(ENTER)
        assert person.page.state is State.KEYING
        assert "F5" in person.said


def test_skipping_goes_on_and_what_was_locked_stays_locked(desk: Desk) -> None:
    with desk(({"total": "9.00"}, {"total": "9.80"}), ({"company": "ACME"}, {"company": "ACNE"})) as person:
        person.read("7.00")
        person.key(Qt.Key.Key_F9)
        person.until(State.KEYING)
        assert person.page._item is not None
        assert person.page._item.label == "Company"
        person.key(Qt.Key.Key_F9)
        own = person.page.dock.own.box
        person.qtbot.waitUntil(own.box.isReadOnly)
        person.type("1")
        assert own.value == Value.keyed("7.00")
        person.lock()
        assert "7.00" in _own_reading(person)


def _own_reading(person: Resolver) -> str:
    return person.page.dock.compare._own_label.accessibleName()


def test_two_quick_enters_settle_nothing(desk: Desk) -> None:
    with desk(({"total": "9.00"}, {"total": "9.80"})) as person:
        person.type("9.00")
        person.key(ENTER)
        person.key(ENTER)
        person.until(State.DECIDING)
        person.clock.now += 0.29
        person.key(ENTER)
        assert person.page.state is State.DECIDING
        assert "too quick" in person.said
        person.clock.now += 0.02
        person.key(ENTER)
        person.until(State.EMPTY)


def test_a_held_enter_settles_nothing(desk: Desk) -> None:
    with desk(({"total": "9.00"}, {"total": "9.80"})) as person:
        person.read("9.00")
        focus = QApplication.focusWidget()
        assert focus is not None
        held = QKeyEvent(QEvent.Type.KeyPress, ENTER, Qt.KeyboardModifier.NoModifier, "\r", autorep=True)
        QApplication.sendEvent(focus, held)
        assert person.page.state is State.DECIDING


def test_another_cause_is_chosen_from_the_list(house: House, desk: Desk) -> None:
    with desk(({"total": "15.68"}, {"total": "15.86"})) as person:
        project = person.page._item.mismatch.project  # type: ignore[union-attr]
        person.read("15.68")
        assert person.page.dock.compare._cause.text() == "Two characters swapped"
        person.type("c")
        person.type("L")
        person.key(ENTER)
        assert person.page.dock.compare._cause.text() == "Look-alike characters"
        person.key(ENTER)
        person.until(State.EMPTY)
    sue = house.as_("sue")
    (row,) = discrepancies(sue, project)
    assert (row.cause, row.settled) == ("look-alike", "15.68")
    sue.close()


def test_the_likely_cause_is_not_said_before_the_own_reading(desk: Desk) -> None:
    with desk(({"total": "15.68"}, {"total": "15.86"})) as person:
        assert person.page.dock.compare._cause.text() == ""
        assert not person.page.dock.compare.isVisible()


def test_what_is_too_far_apart_is_not_offered_to_the_second_keyer(qtbot: QtBot, house: House) -> None:
    junk = {"company": "X", "date": "01/01/2001", "address": "NOWHERE AT ALL", "total": "1.00"}
    prepare(house, Mode.RELEASE, ({}, junk))
    with resolving(qtbot, house, "bob") as person:
        person.until(State.EMPTY)
        assert person.page.nothing.accessibleName() == "No mismatches left"
        person.key(ENTER)
        assert person.gone_to == [HOME]


def test_the_lists_name_field_and_document_and_the_status_line_counts(desk: Desk) -> None:
    with desk(({"total": "9.00"}, {"total": "9.80"}), ({"company": "ACME"}, {"company": "ACNE"})) as person:
        status = person.page.frame.status
        assert status.position.text() == "0 of 2 settled"
        assert status.step.text() == "You keyed neither pass"
        person.read("9.00")
        person.key(ENTER)
        person.until(State.KEYING)
        assert status.position.text() == "1 of 2 settled"
        names = [
            line.data(Qt.ItemDataRole.AccessibleTextRole)
            for line in (person.page.lists._remaining.item(0), person.page.lists._settled.item(0))
        ]
        assert names == ["Company, document 2, you are here", "Total, document 1, settled"]


def test_the_order_in_which_they_were_shown_is_kept_with_the_decision(desk: Desk, house: House) -> None:
    with desk(({"total": "9.00"}, {"total": "9.80"}), turned=True) as person:
        project = person.page._item.mismatch.project  # type: ignore[union-attr]
        person.read("9.00")
        person.key(ENTER)
        person.until(State.EMPTY)
    adj = house.as_("adj")
    (stored,) = [fact for fact in adj.shared.facts(project) if fact.kind == FactKind.RESOLUTION]
    (entry,) = decode(open_content(adj, project, stored))
    assert entry.note == "Shown first: second pass."
    assert len(own_decisions(adj, project)) == 1
    adj.close()


def test_the_page_is_given_to_those_who_may_resolve() -> None:
    (place,) = [one for one in places() if one.name == "resolve"]
    assert place.roles is not None
    assert place.roles() == {Role.SECOND_KEYER, Role.ADJUDICATOR, Role.SUPERVISOR}
    assert place.area is None
