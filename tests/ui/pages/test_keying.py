"""The keying page, driven by keys alone."""

import threading
from collections.abc import Callable, Iterator

import pytest
from pytestqt.qtbot import QtBot

from boapp.domain.values import Address, State
from boapp.domain.workflow import Mode, Stage
from boapp.errors import Unavailable
from boapp.localdb.store import Cursor
from boapp.services import keying
from tests.builders import House, add_project, take_in_pages
from tests.ui.pages.keying_desk import CTRL, FORM, PAD, SHIFT, Desk, Key, open_desk, slips
from ui.app import prepare
from ui.shell.bars import Work
from ui.widgets.entry_box import UNSURE
from ui.widgets.state_marks import Mark

Open = Callable[..., Desk]


@pytest.fixture
def at_desk(qtbot: QtBot, house: House) -> Iterator[Open]:
    prepare()
    desks: list[Desk] = []

    def open_one(code: str = "ann", work: Work = Work.FIRST) -> Desk:
        desks.append(open_desk(qtbot, house, code, work))
        return desks[-1]

    yield open_one
    for desk in desks:
        desk.close()


def test_a_whole_document_is_keyed_with_the_keyboard_alone(at_desk: Open, house: House) -> None:
    project = slips(house, 2)
    desk = at_desk()
    first = desk.page.piece
    assert first is not None
    desk.enter("ACME", "9.00", "09/01/2019", "Leeds")
    desk.finish()
    desk.wait(lambda: desk.page.piece is not None and desk.page.piece.document != first.document)
    desk.settle()
    stages = {row.id: row.stage for row in desk.ws.shared.documents(project)}
    assert stages[first.document] is Stage.SECOND
    assert desk.at == "name"
    assert not desk.typed()


def test_the_number_pad_alone_keys_numbers_and_goes_on(at_desk: Open, house: House) -> None:
    slips(house, 1)
    desk = at_desk()
    desk.enter("ACME")
    for key in (Key.Key_1, Key.Key_2, Key.Key_Comma, Key.Key_5):
        desk.key(key, PAD)
    assert desk.typed() == "12.5"
    desk.key(Key.Key_Plus, PAD)
    assert desk.at == "day"


def test_the_number_pad_refuses_a_minus_where_none_can_be(at_desk: Open, house: House) -> None:
    slips(house, 1)
    desk = at_desk()
    desk.enter("ACME")
    desk.key(Key.Key_Minus, PAD)
    assert not desk.typed()
    assert desk.said == "info"
    desk.key(Key.Key_Slash, PAD)
    assert not desk.typed()
    desk.enter("9.00")
    for key in (Key.Key_9, Key.Key_Slash, Key.Key_1, Key.Key_Slash, Key.Key_1, Key.Key_9):
        desk.key(key, PAD)
    assert desk.typed() == "9/1/19"


def test_an_error_keeps_the_cursor_and_the_value(at_desk: Open, house: House) -> None:
    slips(house, 1)
    desk = at_desk()
    desk.enter("ACME", "9.00")
    desk.enter("32/01/2019")
    assert (desk.at, desk.typed(), desk.said) == ("day", "32/01/2019", "err")
    desk.key(Key.Key_Return)
    desk.key(Key.Key_Down)
    assert desk.at == "day"
    desk.key(Key.Key_Return, SHIFT)
    assert desk.at == "amount"
    assert desk.page.editor.work.mark(desk.page.editor.work.slots[2]) is Mark.ERROR


def test_a_warning_is_seen_before_it_is_left_and_accepted_with_its_key_only(
    at_desk: Open, house: House
) -> None:
    slips(house, 1)
    desk = at_desk()
    desk.enter("ACME", "900")
    assert (desk.at, desk.said) == ("amount", "warn")
    desk.key(Key.Key_Return)
    assert desk.at == "day"
    work = desk.page.editor.work
    assert work.is_open(work.slots[1])
    desk.key(Key.Key_Up)
    assert desk.said == "warn"
    desk.key(Key.Key_G, CTRL)
    assert desk.at == "day"
    assert desk.drafts()[Address("amount")].accepted == ("range",)
    assert desk.page.view.fields.rows()[1].reason == "accepted · checked on image"


def test_a_warning_that_was_not_shown_cannot_be_accepted(at_desk: Open, house: House) -> None:
    slips(house, 1)
    desk = at_desk()
    desk.enter("ACME")
    desk.type("900")
    desk.key(Key.Key_G, CTRL)
    assert (desk.at, desk.said) == ("amount", "warn")
    assert not desk.page.editor.work.entries[Address("amount")].accepted
    desk.type("0")
    desk.key(Key.Key_G, CTRL)
    assert desk.at == "amount"
    assert not desk.page.editor.work.entries[Address("amount")].accepted


def test_a_changed_value_loses_what_was_accepted(at_desk: Open, house: House) -> None:
    slips(house, 1)
    desk = at_desk()
    desk.enter("ACME", "900")
    desk.key(Key.Key_G, CTRL)
    desk.key(Key.Key_Up)
    desk.enter("1")
    assert desk.said == "warn"
    assert not desk.page.editor.work.entries[Address("amount")].accepted


def test_blank_illegible_and_unsure_are_kept_as_such(at_desk: Open, house: House) -> None:
    slips(house, 1)
    desk = at_desk()
    desk.type("AC")
    desk.key(Key.Key_F7)
    desk.type("E")
    desk.key(Key.Key_F7)
    desk.key(Key.Key_F7)
    desk.key(Key.Key_Backspace)
    desk.key(Key.Key_Return)
    desk.key(Key.Key_F6)
    desk.key(Key.Key_Return)
    desk.type("overtyped")
    desk.key(Key.Key_F5)
    desk.key(Key.Key_Return)
    kept = desk.drafts()
    name = kept[Address("name")].value
    assert (name.text, name.uncertain) == (f"AC{UNSURE}E{UNSURE}", ((2, 3), (4, 5)))
    assert kept[Address("amount")].value.state is State.ILLEGIBLE
    assert kept[Address("day")].value.state is State.BLANK
    marks = [row.mark for row in desk.page.view.fields.rows()]
    assert marks[:3] == [Mark.UNSURE, Mark.ILLEGIBLE, Mark.BLANK]


def test_typing_over_a_mark_makes_it_a_value(at_desk: Open, house: House) -> None:
    slips(house, 1)
    desk = at_desk()
    desk.key(Key.Key_F6)
    desk.enter("ACME")
    assert desk.drafts()[Address("name")].value.text == "ACME"


def test_escape_restores_and_then_clears(at_desk: Open, house: House) -> None:
    slips(house, 1)
    desk = at_desk()
    desk.enter("ACME")
    desk.key(Key.Key_Up)
    desk.type("X")
    desk.key(Key.Key_Escape)
    assert desk.typed() == "ACME"
    desk.key(Key.Key_Escape)
    assert not desk.typed()


def test_blanks_around_a_value_are_trimmed_when_it_is_left(at_desk: Open, house: House) -> None:
    slips(house, 1)
    desk = at_desk()
    desk.enter("  ACME ")
    assert desk.drafts()[Address("name")].value.text == "ACME"


def test_finishing_goes_to_what_is_open_instead(at_desk: Open, house: House) -> None:
    slips(house, 1)
    desk = at_desk()
    desk.enter("ACME", "900")
    desk.key(Key.Key_Return)
    desk.enter("09/01/2019", "Leeds")
    desk.finish()
    assert (desk.at, desk.said) == ("amount", "warn")
    desk.key(Key.Key_G, CTRL)
    desk.finish()
    desk.wait_until_empty()


def test_next_open_field_goes_round_and_back(at_desk: Open, house: House) -> None:
    slips(house, 1)
    desk = at_desk()
    desk.key(Key.Key_Return)
    desk.enter("9.00")
    desk.key(Key.Key_Return)
    assert desk.at == "place"
    desk.key(Key.Key_F9)
    assert desk.at == "name"
    desk.key(Key.Key_F9, SHIFT)
    assert desk.at == "place"


def test_an_empty_queue_leads_home_with_one_key(at_desk: Open, house: House, qtbot: QtBot) -> None:
    slips(house, 1)
    desk = at_desk("bob", Work.SECOND)
    assert desk.page.view.stack.currentWidget() is desk.page.view.empty
    with qtbot.waitSignal(desk.page.go) as went:
        desk.key(Key.Key_Return)
    assert went.args == ["home"]


def test_leaving_and_coming_back_restores_field_text_and_cursor(at_desk: Open, house: House) -> None:
    slips(house, 3)
    desk = at_desk()
    document = desk.page.piece.document if desk.page.piece else None
    desk.enter("ACME")
    desk.type("12.50")
    desk.key(Key.Key_Left)
    desk.key(Key.Key_Left)
    desk.page.leave()
    desk.settle()
    again = at_desk()
    assert again.page.piece is not None
    assert again.page.piece.document == document
    assert (again.at, again.typed(), again.page.view.dock.box.cursorPosition()) == ("amount", "12.50", 3)
    assert again.page.view.fields.rows()[0].value == "ACME"


def test_unfinished_text_is_durable_while_keys_still_come(at_desk: Open, house: House) -> None:
    slips(house, 1)
    desk = at_desk()
    desk.type("AC")
    desk.wait(lambda: bool(desk.drafts()))
    assert desk.drafts()[Address("name")].value.text == "AC"
    desk.type("ME")
    desk.wait(lambda: desk.drafts()[Address("name")].value.text == "ACME")


def test_text_that_was_taken_back_does_not_return(at_desk: Open, house: House) -> None:
    slips(house, 1)
    desk = at_desk()
    desk.type("A")
    desk.wait(lambda: bool(desk.drafts()))
    desk.key(Key.Key_Backspace)
    desk.wait(lambda: not desk.drafts())


def test_text_that_was_taken_back_does_not_return_when_the_field_is_left_at_once(
    at_desk: Open, house: House
) -> None:
    slips(house, 1)
    desk = at_desk()
    desk.type("A")
    desk.wait(lambda: bool(desk.drafts()))
    desk.key(Key.Key_Backspace)
    desk.key(Key.Key_Return)
    assert desk.at == "amount"
    assert not desk.drafts()


def test_where_the_keyer_went_without_a_change_is_kept(at_desk: Open, house: House) -> None:
    slips(house, 1)
    desk = at_desk()
    desk.key(Key.Key_Down)
    desk.key(Key.Key_Down)
    piece = desk.page.piece
    assert piece is not None

    def here() -> bool:
        cursor = desk.ask(lambda: keying.cursor(desk.ws, piece.assignment))
        return isinstance(cursor, Cursor) and cursor.field == "day"

    desk.wait(here)


def test_the_next_document_is_claimed_ahead_and_never_a_third(at_desk: Open, house: House) -> None:
    project = slips(house, 4)
    desk = at_desk()
    desk.wait_for_document(ahead=True)
    assert len(desk.claims(project)) == 2
    ahead = desk.page.ahead
    assert ahead is not None
    desk.wait(lambda: desk.page._pages.get(ahead.assignment, 1) is not None)
    desk.enter("ACME", "9.00", "09/01/2019", "Leeds")
    desk.finish()
    desk.wait(lambda: desk.page.piece is ahead)
    assert desk.page.view.canvas.sheet is not None
    desk.wait_for_document(ahead=True)
    assert len(desk.claims(project)) == 2
    desk.page.leave()
    desk.settle()
    assert len(desk.claims(project)) == 1


def test_repeat_last_is_barred_in_high_stakes_fields(at_desk: Open, house: House) -> None:
    slips(house, 2)
    desk = at_desk()
    desk.enter("ACME", "9.00", "09/01/2019", "Leeds")
    first = desk.page.piece
    desk.finish()
    desk.wait(lambda: desk.page.piece is not None and desk.page.piece is not first)
    desk.key(Key.Key_F3)
    assert not desk.typed()
    assert desk.page.view.dock.line.message.words == "Repeat last is off here: this field is keyed twice."
    desk.enter("BETA", "8.00")
    desk.key(Key.Key_F3)
    assert desk.typed() == "09/01/2019"


def test_a_note_is_kept_with_its_field(at_desk: Open, house: House) -> None:
    slips(house, 1)
    desk = at_desk()
    desk.key(Key.Key_F8)
    assert desk.page.overlays.layer is None
    desk.type("ACME")
    desk.key(Key.Key_F8)
    desk.type("smudged")
    desk.key(Key.Key_Return)
    desk.key(Key.Key_Return)
    assert desk.drafts()[Address("name")].note == "smudged"
    assert desk.at == "amount"


def test_layers_take_the_keys_and_give_the_focus_back(at_desk: Open, house: House) -> None:
    slips(house, 1)
    desk = at_desk()
    for key, held in (
        (Key.Key_F1, CTRL & ~CTRL),
        (Key.Key_Pause, CTRL & ~CTRL),
        (Key.Key_M, CTRL | SHIFT),
        (Key.Key_F4, CTRL & ~CTRL),
        (Key.Key_R, CTRL),
    ):
        desk.key(key, held)
        assert desk.page.overlays.layer is not None
        desk.key(Key.Key_F5)
        desk.key(Key.Key_Escape)
        assert desk.page.overlays.layer is None
        assert desk.page.view.dock.box.hasFocus()
    assert not desk.page.editor.work.entries


def test_the_pad_of_marks_opens_from_the_number_pad_and_does_one_thing(at_desk: Open, house: House) -> None:
    slips(house, 1)
    desk = at_desk()
    desk.key(Key.Key_Asterisk, PAD)
    assert desk.typed() == "*"
    desk.key(Key.Key_Escape)
    desk.enter("ACME")
    desk.key(Key.Key_Asterisk, PAD)
    assert desk.page.overlays.layer is not None
    desk.type("4")
    assert desk.page.overlays.layer is None
    desk.wait(lambda: desk.page.editor.work.mark(desk.page.editor.work.slot) is Mark.BLANK)


def test_a_document_handed_back_goes_to_somebody_else(at_desk: Open, house: House) -> None:
    project = slips(house, 2)
    desk = at_desk()
    first = desk.page.piece
    assert first is not None
    desk.enter("ACME")
    desk.key(Key.Key_R, CTRL)
    desk.key(Key.Key_Return)
    desk.wait(lambda: desk.page.piece is not None and desk.page.piece.document != first.document)
    desk.settle()
    assert first.document not in desk.claims(project)
    desk.enter("BETA", "9.00", "09/01/2019", "Leeds")
    desk.finish()
    desk.wait_until_empty()
    other = at_desk("cleo")
    assert other.page.piece is not None
    assert other.page.piece.document == first.document
    assert not other.page.editor.work.entries


def test_a_refused_seal_says_why_and_loses_nothing(
    at_desk: Open, house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    slips(house, 1)
    desk = at_desk()
    desk.enter("ACME", "9.00", "09/01/2019", "Leeds")

    def refuse(*_parts: object) -> None:
        raise Unavailable("This disk is full.", "Call your supervisor.")

    monkeypatch.setattr("ui.pages.keying.flow.sealing.seal", refuse)
    desk.finish()
    desk.wait_for_banner()
    assert "This disk is full." in desk.page.view.frame.banner.text()
    assert len(desk.drafts()) == 4
    monkeypatch.undo()
    desk.finish()
    desk.wait_until_empty()


def test_a_pass_that_could_not_be_sealed_comes_back_and_what_was_begun_comes_after_it(
    at_desk: Open, house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    slips(house, 2)
    desk, may_fail = at_desk(), threading.Event()
    desk.wait_for_document(ahead=True)
    first = desk.page.piece
    assert first is not None
    desk.enter("ACME", "9.00", "09/01/2019", "Leeds")

    def refuse(*_parts: object) -> None:
        may_fail.wait(5)
        raise Unavailable("This disk is full.", "Call your supervisor.")

    monkeypatch.setattr("ui.pages.keying.flow.sealing.seal", refuse)
    desk.finish()
    second = desk.page.piece
    assert second is not None
    assert second.document != first.document
    desk.enter("BETA", "7.00", "10/01/2019", "York")
    desk.finish()
    assert "still being sealed" in desk.page.view.dock.line.message.words
    assert desk.page.piece is second
    desk.type("shire")
    may_fail.set()
    desk.wait_for_banner()
    assert desk.page.piece is not None
    assert desk.page.piece.document == first.document
    assert len(desk.drafts()) == 4
    monkeypatch.undo()
    desk.finish()
    desk.wait(lambda: desk.page.piece is not None and desk.page.piece.document == second.document)
    assert desk.typed() == "Yorkshire"
    assert desk.page.editor.work.entries[Address("name")].value.text == "BETA"


def test_a_draft_that_could_not_be_written_is_written_with_the_next(
    at_desk: Open, house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    slips(house, 1)
    desk = at_desk()

    def refuse(*_parts: object) -> None:
        raise Unavailable("This disk is full.")

    monkeypatch.setattr("ui.pages.keying.drafts.keying.put_unfinished", refuse)
    desk.enter("ACME")
    desk.wait_for_banner()
    monkeypatch.undo()
    desk.enter("9.00")
    assert set(desk.drafts()) == {Address("name"), Address("amount")}


def test_rows_of_a_group_appear_with_their_number(at_desk: Open, house: House) -> None:
    form = (
        FORM
        + b"""
[[fields]]
key = "item"
label = "Item"
type = "text"
policy = "double"
group = "items"

[[groups]]
key = "items"
label = "Items"
max_rows = 5
"""
    )
    project = add_project(house, Mode.RELEASE, form, "lists")
    take_in_pages(house, project, 1)
    desk = at_desk()
    desk.enter("ACME", "9.00", "09/01/2019", "Leeds", "2", "bolt", "nut")
    assert {a.row for a in desk.drafts() if a.field == "item"} == {1, 2}
    desk.finish()
    desk.wait_until_empty()


def test_focus_and_names_serve_a_screen_reader(at_desk: Open, house: House) -> None:
    slips(house, 1)
    desk = at_desk()
    box = desk.page.view.dock.box
    assert box.hasFocus()
    assert box.accessibleName() == "Name, keyed twice"
    assert "As printed" in box.accessibleDescription()
    desk.enter("ACME", "900")
    assert desk.page.view.dock.line.message.words.rstrip(".") in box.accessibleDescription()
    desk.key(Key.Key_Tab)
    assert box.hasFocus()
