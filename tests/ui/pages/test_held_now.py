"""Discrepancies, the key C: who holds what, and taking it back with a reason."""

from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from boapp.domain.ids import ProjectId
from boapp.services.taking_back import open_claims
from tests.builders import House
from tests.ui.rooms import Room, hold, room, slipped
from ui.pages.supervising.claims import Claims
from ui.pages.supervising.page import ReportPage
from ui.widgets.overlay import Overlay


def report_of(made: Room) -> ReportPage:
    page = made.open("discrepancies")
    assert isinstance(page, ReportPage)
    return page


def overlay_of(page: ReportPage) -> Claims:
    assert isinstance(page._overlay, Claims)
    return page._overlay


def held(house: House, project: ProjectId) -> list[str]:
    sue = house.as_("sue")
    found = [one.person for one in open_claims(sue, project)]
    sue.close()
    return found


def test_a_supervisor_takes_a_document_back_by_keys_alone(qtbot: QtBot, house: House) -> None:
    project, _ = slipped(house)
    hold(house, project)
    with room(qtbot, house, "sue") as made:
        page = report_of(made)
        made.press("c")
        overlay = overlay_of(page)
        shown = [[overlay.table.words(row, column) for column in range(3)] for row in range(2)]
        assert shown == [["page-005.png", "Second", "cleo"], ["page-006.png", "First", "ann"]]
        made.press(Qt.Key.Key_Down)
        made.press(Qt.Key.Key_Return)
        made.press("she is ill")
        made.press(Qt.Key.Key_Return)
        assert page.banner.text() == "Took page-006.png back from ann."
        assert page.findChild(Overlay) is None or page._overlay is None
        assert page.table.hasFocus()
    assert held(house, project) == ["cleo"]


def test_the_arrows_choose_while_the_reason_is_typed_too(qtbot: QtBot, house: House) -> None:
    project, _ = slipped(house)
    hold(house, project)
    with room(qtbot, house, "sue") as made:
        overlay = overlay_of(_opened(made))
        overlay.reason.setFocus()
        made.press(Qt.Key.Key_Down)
        made.press(Qt.Key.Key_Down)
        assert overlay.chosen.person == "ann"
        made.press(Qt.Key.Key_Up)
        assert overlay.chosen.person == "cleo"


def _opened(made: Room) -> ReportPage:
    page = report_of(made)
    made.press("c")
    return page


def test_nothing_is_taken_back_without_a_reason_or_after_escape(qtbot: QtBot, house: House) -> None:
    project, _ = slipped(house)
    hold(house, project)
    with room(qtbot, house, "sue") as made:
        page = _opened(made)
        overlay = overlay_of(page)
        overlay.try_done()
        assert "Type why" in overlay._said.text()
        assert overlay.reason.hasFocus()
        made.press("x")
        made.press(Qt.Key.Key_Escape)
        assert page._overlay is None
        assert page.table.hasFocus()
    assert held(house, project) == ["cleo", "ann"]


def test_a_claim_that_ended_meanwhile_is_told_in_the_layer(qtbot: QtBot, house: House) -> None:
    project, _ = slipped(house)
    hold(house, project)
    with room(qtbot, house, "sue") as made:
        page = _opened(made)
        overlay = overlay_of(page)
        cleo = house.as_("cleo")
        cleo.shared.hand_back(cleo.shared.my_claims(project)[0].fence)
        cleo.close()
        made.press(Qt.Key.Key_Return)
        made.press("she is ill")
        made.press(Qt.Key.Key_Return)
        assert overlay._said.text().startswith("Nobody holds this document now.")
        assert overlay.reason.text() == "she is ill"


def test_where_nobody_holds_anything_the_page_says_so(qtbot: QtBot, house: House) -> None:
    slipped(house)
    with room(qtbot, house, "sue") as made:
        page = _opened(made)
        assert page._overlay is None
        assert page.banner.text() == "Nobody holds a document now."


def test_an_adjudicator_has_no_such_layer(qtbot: QtBot, house: House) -> None:
    project, _ = slipped(house)
    hold(house, project)
    with room(qtbot, house, "adj") as made:
        page = _opened(made)
        assert page._overlay is None
        assert not page.claims.isVisible()
