"""Import: in the background, in short turns, and nothing that is in is lost."""

from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from boapp.domain.ids import ProjectId
from boapp.domain.workflow import Mode
from boapp.services.intake import Refused, document_names
from tests.builders import House, add_project, draw_pages
from tests.ui.rooms import WAIT, Room, room
from ui.operations import Changes
from ui.pages.intake.page import IntakePage
from ui.pages.intake.presenter import Ledger, Order, Progress, Turns, pace_words, reason_words, typed_paths
from ui.pages.intake.running import run_of


def scans(folder: Path, count: int, *bad: str) -> Path:
    """Draw pages into a folder, and put files beside them that are no pictures."""
    draw_pages(folder, (f"s{n}.png" for n in range(count)))
    for name in bad:
        (folder / name).write_text("no picture")
    return folder


def begin(made: Room, folder: Path) -> IntakePage:
    page = made.open("intake")
    assert isinstance(page, IntakePage)
    page.form.batch.setText("monday")
    page.form.paths.setPlainText(str(folder))
    QTest.keyClick(page.form.paths, Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
    return page


def finish(made: Room) -> Progress:
    run = run_of(made.operations)
    assert run is not None
    made.qtbot.waitUntil(lambda: not run.running, timeout=WAIT)
    made.settle()
    assert run.progress is not None
    return run.progress


def test_files_become_documents_and_those_refused_say_what_to_do(
    qtbot: QtBot, house: House, tmp_path: Path
) -> None:
    project = add_project(house, Mode.RELEASE)
    with room(qtbot, house, "admin") as made:
        page = begin(made, scans(tmp_path / "in", 3, "notes.txt"))
        progress = finish(made)
        assert (progress.done, progress.documents, progress.pages) == (4, 3, 3)
        assert page.progress.table.words(0, 0) == "notes.txt"
        assert page.progress.table.words(0, 2)
        assert set(document_names(made.ws, project).values()) == {"s0.png", "s1.png", "s2.png"}


def test_it_goes_on_when_the_page_is_left_and_is_found_again(
    qtbot: QtBot, house: House, tmp_path: Path
) -> None:
    project = add_project(house, Mode.RELEASE)
    with room(qtbot, house, "admin") as made:
        begin(made, scans(tmp_path / "in", 4))
        made.window.open("home")
        finish(made)
        assert len(document_names(made.ws, project)) == 4
        page = made.open("intake")
        assert isinstance(page, IntakePage)
        assert page.progress.isVisible()


def test_other_verbs_get_their_turn_between(
    qtbot: QtBot, house: House, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    add_project(house, Mode.RELEASE)
    monkeypatch.setattr("ui.pages.intake.presenter.TURN_SECONDS", 0.0)
    with room(qtbot, house, "admin") as made:
        begin(made, scans(tmp_path / "in", 4))
        run, between = run_of(made.operations), list[int]()
        assert run is not None

        def look(progress: Progress) -> None:
            made.operations.run(lambda: None, lambda _nothing: between.append(progress.done))

        run.told.connect(look)
        finish(made)
        assert between[0] < 4


def test_stopping_keeps_what_is_in(
    qtbot: QtBot, house: House, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    project = add_project(house, Mode.RELEASE)
    monkeypatch.setattr("ui.pages.intake.presenter.TURN_SECONDS", 0.0)
    with room(qtbot, house, "admin") as made:
        page = begin(made, scans(tmp_path / "in", 6))
        run = run_of(made.operations)
        assert run is not None
        with qtbot.waitSignal(run.told, timeout=WAIT):
            pass
        QTest.keyClick(page, Qt.Key.Key_Delete)
        progress = finish(made)
        assert 0 < progress.done < 6
        assert len(document_names(made.ws, project)) == progress.documents == progress.done


def test_after_a_lock_it_goes_on_with_the_rest(house: House, tmp_path: Path) -> None:
    project = add_project(house, Mode.RELEASE)
    folder = scans(tmp_path / "in", 3)
    ledger = Ledger(Order(project, "receipts", "monday", (folder,), None))
    before = house.as_("admin")
    turns = Turns(before, ledger)
    turns._run.step()
    ledger.came_to.append("s0.png")
    turns.close()
    before.close()
    after = house.as_("admin")
    resumed = Turns(after, ledger)
    while not (progress := resumed.turn()).finished:
        pass
    names = sorted(document_names(after, project).values())
    after.close()
    assert names == ["s0.png", "s1.png", "s2.png"]
    assert (progress.total, progress.done, progress.refused) == (3, 3, ())


def test_home_hears_of_it_at_the_first_document_and_at_the_end(
    qtbot: QtBot, house: House, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    add_project(house, Mode.RELEASE)
    monkeypatch.setattr("ui.pages.intake.presenter.TURN_SECONDS", 0.0)
    with room(qtbot, house, "admin") as made:
        heard: list[Changes] = []
        made.operations.changed.connect(heard.append)
        begin(made, scans(tmp_path / "in", 4))
        finish(made)
        assert heard == [Changes.DOCUMENTS, Changes.DOCUMENTS]


def test_an_order_that_cannot_begin_keeps_what_was_typed(qtbot: QtBot, house: House, tmp_path: Path) -> None:
    add_project(house, Mode.RELEASE)
    with room(qtbot, house, "admin") as made:
        page = begin(made, tmp_path / "nowhere")
        qtbot.waitUntil(lambda: "nowhere" in page.banner.text(), timeout=WAIT)
        assert page.form.isVisible()
        assert page.form.batch.text() == "monday"


def test_paths_are_typed_one_a_line() -> None:
    assert typed_paths(" /a \n\n/b c\n") == (Path("/a"), Path("/b c"))


def test_a_reason_is_told_apart_from_what_to_do() -> None:
    assert reason_words(Refused("x", "It ends too early. Scan it again.")) == (
        "It ends too early.",
        "Scan it again.",
    )


def test_the_pace_is_told_once_it_is_known() -> None:
    order = Order(ProjectId(bytes(16)), "receipts", "monday", (), None)
    early = Progress(order, 100, 0, 0, 0, (), 0.5, finished=False)
    later = Progress(order, 100, 20, 20, 20, (), 60.0, finished=False)
    assert pace_words(early) == ""
    assert pace_words(later) == "about 4 min left · 20 documents a minute"
