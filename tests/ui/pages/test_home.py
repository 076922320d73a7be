"""Home: the next piece of work, the lanes, the batches."""

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from boapp.domain.workflow import Mode
from boapp.services import queue
from boapp.services.batches import Work
from tests.builders import House, add_project, key_document, receipt, take_in_pages
from tests.ui.rooms import Room, room, slipped
from ui.pages.home.page import HomePage
from ui.pages.home.presenter import State, read, state_of
from ui.widgets.overlay import Overlay


def home_of(made: Room) -> HomePage:
    assert isinstance(made.page, HomePage)
    return made.page


def column(page: HomePage, number: int) -> list[str]:
    return [page.table.words(row, number) for row in range(page.table.count())]


def test_what_is_nearest_to_being_finished_comes_first(house: House) -> None:
    slipped(house)
    for code, lane in (("ann", "first"), ("cleo", "second"), ("bob", "resolve"), ("sue", "resolve")):
        ws = house.as_(code)
        found = read(ws).next
        ws.close()
        assert found is not None
        assert (code, found.lane) == (code, lane)


def test_the_lanes_say_whether_they_are_in_ones_role(house: House) -> None:
    slipped(house)
    ann, sue = house.as_("ann"), house.as_("sue")
    assert [lane.may for lane in read(ann).lanes.values()] == [True, False, False]
    assert [lane.may for lane in read(sue).lanes.values()] == [False, False, True]
    ann.close()
    sue.close()


def test_a_batch_that_she_keyed_first_is_not_for_her(house: House) -> None:
    project = add_project(house, Mode.RELEASE)
    (document,) = take_in_pages(house, project, 1)
    cleo = house.as_("cleo")
    key_document(cleo, project, document, receipt())
    states = {line.lane: line.state for line in read(cleo).lines}
    cleo.close()
    assert states["second"] is State.HERS
    assert states["first"] is State.DONE


def test_a_batch_whose_documents_others_hold_says_so(house: House) -> None:
    project = add_project(house, Mode.RELEASE)
    take_in_pages(house, project, 1)
    ann, bob = house.as_("ann"), house.as_("cleo")
    assert queue.claim(ann, project, second=False) is not None
    theirs = next(line for line in read(bob).lines if line.lane == "first")
    hers = next(line for line in read(ann).lines if line.lane == "first")
    ann.close()
    bob.close()
    assert (theirs.state, theirs.can_start) == (State.HELD, False)
    assert (hers.state, hers.can_start) == (State.STARTED, True)


def test_what_one_can_take_outweighs_what_one_cannot() -> None:
    assert state_of(Work(done=0, waits=1, held=3, hers=2), 6) is State.FREE
    assert state_of(Work(done=2, waits=0), 6) is State.WAITS


def test_enter_starts_the_next_piece_of_work(qtbot: QtBot, house: House) -> None:
    slipped(house)
    with room(qtbot, house, "bob") as made:
        page = home_of(made)
        page.go.disconnect()
        with qtbot.waitSignal(page.go) as gone:
            QTest.keyClick(page.table, Qt.Key.Key_Return)
        assert gone.args == ["resolve"]


def test_a_lane_opens_with_its_number_and_a_foreign_one_does_not(qtbot: QtBot, house: House) -> None:
    slipped(house)
    with room(qtbot, house, "ann") as made:
        page, gone = home_of(made), list[str]()
        page.go.disconnect()
        page.go.connect(gone.append)
        for key in "231":
            QTest.keyClicks(page.table, key)
        assert gone == ["first"]


def test_enter_on_a_line_that_cannot_be_started_says_why(qtbot: QtBot, house: House) -> None:
    project = add_project(house, Mode.RELEASE)
    (document,) = take_in_pages(house, project, 1)
    ann = house.as_("ann")
    key_document(ann, project, document, receipt())
    ann.close()
    with room(qtbot, house, "ann") as made:
        made.press(Qt.Key.Key_Return)
        assert home_of(made).banner.text().startswith("Done")


def test_search_narrows_the_lines_and_escape_clears_it(qtbot: QtBot, house: House) -> None:
    slipped(house)
    with room(qtbot, house, "cleo") as made:
        page = home_of(made)
        every = page.table.count()
        made.press("/")
        made.press("second keying")
        assert set(column(page, 3)) == {"Second keying"}
        made.press(Qt.Key.Key_Escape)
        assert page.table.count() == every


def test_without_work_home_says_so_and_how_to_look_again(qtbot: QtBot, house: House) -> None:
    with room(qtbot, house, "ann") as made:
        page = home_of(made)
        assert page._home is not None
        assert page._home.next is None
        assert page.table.count() == 0


def test_a_passphrase_is_changed_only_with_the_old_one(qtbot: QtBot, house: House) -> None:
    with room(qtbot, house, "ann") as made:
        made.press("p")
        overlay = made.page.findChild(Overlay)
        assert overlay is not None
        for typed in ("not the old one", "a longer one now", "a longer one now"):
            made.press(typed)
            made.press(Qt.Key.Key_Tab)
        QTest.keyClick(overlay, Qt.Key.Key_Return)
        made.settle()
        assert "passphrase" in overlay._said.text().lower()
        row = made.ws.shared.person_key("ann")
        assert row is not None
        assert row.set_by_administrator
