"""What a keyer sees whose claim a supervisor took back: plain words, her draft, and other work first."""

from collections.abc import Callable, Iterator

import pytest
from pytestqt.qtbot import QtBot

from boapp.domain.ids import ProjectId
from boapp.domain.workflow import Stage
from boapp.services.taking_back import open_claims, take_back
from tests.builders import House
from tests.ui.pages.keying_desk import Desk, open_desk, slips
from ui.app import prepare

Open = Callable[[], Desk]


@pytest.fixture
def at_desk(qtbot: QtBot, house: House) -> Iterator[Open]:
    prepare()
    desks: list[Desk] = []

    def open_one() -> Desk:
        desks.append(open_desk(qtbot, house, "ann"))
        return desks[-1]

    yield open_one
    for desk in desks:
        desk.close()


def taken_back(house: House, project: ProjectId) -> None:
    """Have sue take back the document that ann keys."""
    sue = house.as_("sue")
    take_back(sue, project, open_claims(sue, project)[0].claim.document, "she is ill")
    sue.close()


def banner(desk: Desk) -> str:
    found = desk.page.view.frame.banner
    return found.text() if found.isVisible() else ""


def test_a_document_taken_back_while_it_is_keyed_is_told_when_it_is_finished(
    at_desk: Open, house: House
) -> None:
    project = slips(house, 3)
    desk = at_desk()
    desk.wait_for_document(ahead=True)
    desk.enter("ACME", "9.00", "09/01/2019", "Leeds")
    taken_back(house, project)
    desk.finish()
    desk.wait_for_banner()
    desk.settle()
    assert banner(desk) == (
        "page-001.png: It was taken back by your supervisor, sue. What you keyed is kept, and does not count."
    )
    (row, *_) = desk.ws.shared.documents(project)
    assert row.stage is Stage.FIRST
    assert desk.ws.shared.surplus(project) == 1
    assert desk.page.document_name == "page-002.png"


def test_a_draft_that_was_taken_back_is_told_at_the_next_look_and_other_work_comes_first(
    at_desk: Open, house: House
) -> None:
    project = slips(house, 2)
    desk = at_desk()
    desk.wait_for_document(ahead=True)
    desk.enter("ACME")
    desk.settle()
    desk.page.leave()
    desk.settle()
    taken_back(house, project)
    again = at_desk()
    again.wait_for_banner()
    assert banner(again) == "page-001.png: It was taken back by your supervisor, sue. Your draft is kept."
    assert again.page.document_name == "page-002.png"
    again.enter("ACME", "9.00", "09/01/2019", "Leeds")
    again.finish()
    again.wait(lambda: again.page.document_name == "page-001.png")
    assert [e.value.text for e in again.drafts().values()] == ["ACME"]
