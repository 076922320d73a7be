"""People: who left, revoking, new passphrases, workstations; in a folder, where there are no logins."""

import stat
import subprocess
import sys
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel
from pytestqt.qtbot import QtBot

from boapp.domain.passes import Method
from boapp.domain.workflow import Mode, Role
from boapp.doors import open_workspace
from boapp.errors import Refusal
from boapp.services import people, queue, sealing
from boapp.services.leaving import revoke
from boapp.services.provisioning import read_bundle, words_of
from tests.builders import PASSPHRASE, House, add_project, entries, receipt, take_in_pages
from tests.ui.pages.test_people import choose, people_of
from tests.ui.rooms import SMALL, Room, room
from tests.ui.seen import clipped_texts, unspoken
from ui.pages.people.enrolling import Enrol, TwelveWords
from ui.pages.people.leaving import Revoke
from ui.pages.people.page import PeoplePage
from ui.pages.people.resetting import NewPassphrase
from ui.pages.people.script_layer import ScriptLayer
from ui.theme import FIGURE, Look
from ui.widgets.overlay import Overlay

SHIFT = Qt.KeyboardModifier.ShiftModifier
NEXT = "another passphrase of hers"


def layer_of(page: PeoplePage) -> Overlay | None:
    return page.asking._overlay


def type_in(made: Room, *words: str) -> None:
    """Type into one box after the other, with Tab between them."""
    for number, typed in enumerate(words):
        if number:
            made.press(Qt.Key.Key_Tab)
        made.press(typed)


def leave_behind(house: House, code: str, reason: str) -> None:
    """Let somebody leave before the page is opened."""
    admin = house.as_("admin")
    revoke(admin, code, reason)
    admin.close()


def opens(house: House, code: str, passphrase: str) -> bool:
    try:
        open_workspace(house.home, house.location, code, passphrase).close()
    except Refusal:
        return False
    return True


def test_who_left_stands_last_and_grey_with_the_reason_and_nothing_can_be_done(
    qtbot: QtBot, house: House
) -> None:
    project = add_project(house, Mode.RELEASE)
    leave_behind(house, "ann", "moved to another town")
    with room(qtbot, house, "admin") as made:
        page = people_of(made)
        last = page.table.count() - 1
        assert page.table.words(last, 0) == "ann"
        assert page.table.words(last, 3) == "Left: moved to another town"
        assert {cell.hue for cell in page.table._rows.rows[last]} == {"text3"}
        assert "1 left" in page.words.text()
        choose(page, "ann")
        assert not page.card._actions.isVisible()
        assert any("moved to another town" in label.text() for label in page.card.findChildren(QLabel))
        for key, held in (("r", None), ("p", None), ("l", None), (Qt.Key.Key_Delete, SHIFT)):
            made.press(key, *([held] if held else []))
            assert layer_of(page) is None
        made.press(Qt.Key.Key_Return)
        assert layer_of(page) is None
        assert page._people is not None
        assert page._people.people[last].projects[project].roles == frozenset()


def test_whoever_may_not_read_reasons_reads_that_she_left_and_no_more(house: House) -> None:
    leave_behind(house, "ann", "moved to another town")
    bob = house.as_("bob")
    (ann,) = (person for person in people.list_people(bob) if person.code == "ann")
    bob.close()
    assert ann.left
    assert ann.reason is None


def test_revoking_asks_for_a_reason_and_the_code(qtbot: QtBot, house: House) -> None:
    with room(qtbot, house, "admin") as made:
        page = people_of(made)
        choose(page, "ann")
        made.press(Qt.Key.Key_Delete, SHIFT)
        asked = page.findChild(Revoke)
        assert asked is not None
        made.press(Qt.Key.Key_Return)
        assert "why" in asked._said.text()
        type_in(made, "moved away", "an")
        made.press(Qt.Key.Key_Return)
        assert "not her code" in asked._said.text()
        assert made.ws.roster.person("ann").left is None
        made.press("n")
        made.press(Qt.Key.Key_Return)
        assert made.ws.roster.person("ann").left is not None
        assert "stays readable to her if she kept copies" in page.banner.text()
        assert layer_of(page) is None
    assert not opens(house, "ann", PASSPHRASE)


def test_a_project_that_nobody_can_settle_any_more_is_named(qtbot: QtBot, house: House) -> None:
    add_project(house, Mode.STRICT, name="claims of may")
    leave_behind(house, "adj", "retired")
    with room(qtbot, house, "admin") as made:
        page = people_of(made)
        choose(page, "sue")
        made.press(Qt.Key.Key_Delete, SHIFT)
        type_in(made, "retired", "sue")
        made.press(Qt.Key.Key_Return)
        assert "Nobody holds the adjudication key of claims of may now" in page.banner.text()


def test_nobody_revokes_or_resets_herself(qtbot: QtBot, house: House) -> None:
    with room(qtbot, house, "admin") as made:
        page = people_of(made)
        choose(page, "admin")
        assert not page.card.revoke.isVisible()
        assert not page.card.passphrase.isVisible()
        made.press(Qt.Key.Key_Delete, SHIFT)
        made.press("p")
        assert layer_of(page) is None


def test_nothing_is_done_twice_while_it_is_being_done(qtbot: QtBot, house: House) -> None:
    with room(qtbot, house, "admin") as made:
        asked = Overlay(people_of(made), "Twice", "Do it")
        confirmed: list[None] = []
        asked.done.connect(lambda: confirmed.append(None))
        asked.try_done()
        asked.try_done()
        assert len(confirmed) == 1
        asked.refused(Refusal("No."))
        asked.try_done()
        assert len(confirmed) == 2


def test_a_forgotten_passphrase_is_replaced_by_keys_alone(qtbot: QtBot, house: House) -> None:
    with room(qtbot, house, "admin") as made:
        page = people_of(made)
        choose(page, "bob")
        made.press("p")
        asked = page.findChild(NewPassphrase)
        assert asked is not None
        type_in(made, NEXT, "something else")
        made.press(Qt.Key.Key_Return)
        assert "differ" in asked._said.text()
        asked._again.clear()
        made.press(NEXT)
        made.press(Qt.Key.Key_Return)
        assert page.banner.text() == "bob has new keys and a new passphrase."
        assert not next(p for p in people.list_people(made.ws) if p.code == "bob").set_by_administrator
    assert opens(house, "bob", NEXT)
    assert not opens(house, "bob", PASSPHRASE)


def test_one_officers_part_is_not_enough(qtbot: QtBot, house: House) -> None:
    with room(qtbot, house, "admin") as made:
        page = people_of(made)
        choose(page, "bob")
        made.press("p")
        asked = page.findChild(NewPassphrase)
        assert asked is not None
        type_in(made, NEXT, NEXT)
        made.press(Qt.Key.Key_Tab)
        type_in(made, " ", str(house.folder / "officers" / "recovery-1.txt"))
        made.press(Qt.Key.Key_Return)
        assert "two officers, or none" in asked._said.text()
        assert asked.isVisible()
        assert not asked.by_herself


def test_with_two_officers_parts_what_she_had_not_sent_is_sent(qtbot: QtBot, house: House) -> None:
    project = add_project(house, Mode.RELEASE)
    (document,) = take_in_pages(house, project, 1)
    ann = house.as_("ann")
    work = queue.claim(ann, project, second=False, document=document)
    assert work is not None
    sealing.seal(ann, work, entries(receipt()), Method.FILE)
    ann.close()
    with room(qtbot, house, "admin") as made:
        page = people_of(made)
        choose(page, "ann")
        made.press("p")
        type_in(made, NEXT, NEXT)
        made.press(Qt.Key.Key_Tab)
        made.press(Qt.Key.Key_Tab)
        type_in(made, *(str(house.folder / "officers" / f"recovery-{n}.txt") for n in (1, 3)))
        made.press(Qt.Key.Key_Return)
        assert "1 message of hers was sent" in page.banner.text()
        assert len(list(made.ws.shared.passes(project))) == 1
    assert opens(house, "ann", NEXT)


def test_a_workstation_is_enrolled_with_a_file_and_twelve_large_words(
    qtbot: QtBot, house: House, tmp_path: Path
) -> None:
    bundle = tmp_path / "for desk 4"
    with room(qtbot, house, "admin", SMALL) as made:
        page = people_of(made)
        made.press("w")
        asked = page.findChild(Enrol)
        assert asked is not None
        asked._path.selectAll()
        made.press(str(bundle))
        made.press(Qt.Key.Key_Return)
        shown = page.findChild(TwelveWords)
        assert shown is not None
        words = [label for label in shown.findChildren(QLabel) if label.property("role") == "aloud"]
        assert " ".join(label.text() for label in words) == words_of(made.ws.org)
        assert {label.fontInfo().pixelSize() for label in words} == {FIGURE}
        assert clipped_texts(page) == []
        assert stat.S_IMODE(bundle.stat().st_mode) == 0o600
        assert read_bundle(bundle).org == made.ws.org
        made.press(Qt.Key.Key_Return)
        assert layer_of(page) is None
        made.press("w")
        again = page.findChild(Enrol)
        assert again is not None
        again._path.setText(str(bundle))
        made.press(Qt.Key.Key_Return)
        assert "cannot be written" in again._said.text()


def test_in_a_folder_there_is_nothing_of_logins(qtbot: QtBot, house: House) -> None:
    with room(qtbot, house, "admin") as made:
        page = people_of(made)
        choose(page, "ann")
        assert not page.card.login.isVisible()
        made.press("l")
        page.asking.add_person()
        asked = layer_of(page)
        assert asked is not None
        asked.code.setText("dora")  # type: ignore[attr-defined]
        asked._roles[Role.OPERATOR].setChecked(True)  # type: ignore[attr-defined]
        for box in (asked.passphrase, asked._again):  # type: ignore[attr-defined]
            box.setText(NEXT)
        made.press(Qt.Key.Key_Return)
        assert "dora" in page.banner.text()
        assert layer_of(page) is None
        assert not page.findChildren(ScriptLayer)


@pytest.mark.parametrize("look", list(Look))
@pytest.mark.parametrize("key", [Qt.Key.Key_P, Qt.Key.Key_W, Qt.Key.Key_Delete])
def test_the_layers_have_room_and_names_in_both_looks(
    qtbot: QtBot, house: House, key: Qt.Key, look: Look
) -> None:
    add_project(house, Mode.RELEASE)
    with room(qtbot, house, "admin", SMALL, look) as made:
        page = people_of(made)
        choose(page, "adj")
        made.press(key, SHIFT if key == Qt.Key.Key_Delete else Qt.KeyboardModifier.NoModifier)
        layer = layer_of(page)
        assert layer is not None
        if isinstance(layer, Enrol):
            layer._path.clear()
        made.press(Qt.Key.Key_Return)  # a sentence more: something is missing
        assert layer._said.isVisible()
        assert clipped_texts(page) == []
        assert unspoken(layer) == []


def test_the_page_loads_neither_postgresql_nor_the_words() -> None:
    program = (
        "import sys, ui.desk, ui.app, ui.pages.people.page; "
        "print([name for name in ('psycopg', 'mnemonic') if name in sys.modules])"
    )
    root = Path(__file__).parents[3]
    ran = subprocess.run((sys.executable, "-c", program), cwd=root, capture_output=True, check=True)
    assert ran.stdout.strip() == b"[]"
