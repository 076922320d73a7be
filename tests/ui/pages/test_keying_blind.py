"""The second pass: nothing of the first is on the screen, in the widget tree, or anywhere near it."""

import gc
from collections.abc import Iterator
from contextlib import suppress

import msgspec
import pytest
from PySide6.QtCore import QAbstractItemModel, QObject, Qt
from PySide6.QtGui import QAccessible, QAccessibleInterface, QClipboard, QGuiApplication
from PySide6.QtWidgets import QApplication, QLabel, QLineEdit, QTableView, QWidget
from pytestqt.qtbot import QtBot

from boapp.domain.passes import Method
from boapp.domain.values import Address
from boapp.domain.workflow import Mode, Stage
from boapp.services import queue, sealing
from boapp.services.syncing import send_waiting
from tests.builders import House, entries
from tests.ui.pages.keying_desk import CTRL, SHIFT, Desk, Key, open_desk, slips
from ui.app import prepare
from ui.pages.keying.words import blind_words
from ui.shell.bars import Work

PLANTED = {"name": "Quetzalcoatl & Sons", "amount": "87.31", "day": "17/11/2021", "place": "Ouagadougou"}


@pytest.fixture(params=list(Mode))
def second(request: pytest.FixtureRequest, qtbot: QtBot, house: House) -> Iterator[Desk]:
    """Return bob's second pass over a document that ann keyed first with PLANTED values."""
    prepare()
    project = slips(house, 2, request.param)
    ann = house.as_("ann")
    while work := queue.claim(ann, project, second=False):
        sealing.seal(ann, work, entries(PLANTED), Method.FILE)
    send_waiting(ann)
    ann.close()
    desk = open_desk(qtbot, house, "bob", Work.SECOND)
    yield desk
    desk.close()


def test_only_the_asked_fields_are_there_numbered_and_empty(second: Desk) -> None:
    rows = [row for row in second.page.view.fields.rows() if row.mark is not None]
    assert [(row.number, row.label, row.value) for row in rows] == [(1, "Name", ""), (2, "Amount", "")]
    assert not any(row.twice for row in rows)
    assert second.page.view.dock.box.accessibleName() == "Name"


def test_at_a_server_it_is_the_server_that_keeps_the_first_keying_from_her() -> None:
    assert "by the server until you seal" in blind_words(strict=False, at_server=True)
    assert "hidden from you" in blind_words(strict=True, at_server=True)


def test_the_quiet_card_says_how_well_the_first_keying_is_hidden(second: Desk) -> None:
    words = " ".join(label.text() for label in second.page.view.blind.findChildren(QLabel))
    piece = second.page.piece
    assert piece is not None
    hidden = "hidden from you" if piece.strict else "hidden by this program only"
    assert hidden in words
    assert second.page.view.blind.isVisible()


def test_a_second_pass_is_finished_sent_and_where_allowed_compared(second: Desk) -> None:
    piece = second.page.piece
    assert piece is not None
    second.enter(PLANTED["name"], PLANTED["amount"])
    second.finish()
    second.wait(lambda: second.page.piece is not None and second.page.piece is not piece)
    second.settle()
    (row,) = second.ws.shared.documents(piece.assignment.project, piece.document)
    assert row.stage is (Stage.COMPARING if piece.strict else Stage.SETTLED)


def test_repeat_copy_and_paste_are_off(second: Desk) -> None:
    clipboard = QGuiApplication.clipboard()
    clipboard.setText("from elsewhere")
    second.key(Key.Key_F3)
    second.key(Key.Key_V, CTRL)
    second.key(Key.Key_Insert, SHIFT)
    assert not second.typed()
    second.type("SECRET")
    second.page.view.dock.box.selectAll()
    second.key(Key.Key_C, CTRL)
    second.key(Key.Key_X, CTRL)
    second.key(Key.Key_Insert, CTRL)
    second.key(Key.Key_Delete, SHIFT)
    assert "SECRET" not in clipboard.text()
    assert second.typed() == "SECRET"


def test_the_clipboard_holds_nothing_of_ours_when_a_pass_opens_or_closes(
    second: Desk, qtbot: QtBot, house: House
) -> None:
    QGuiApplication.clipboard().setText(PLANTED["name"])
    second.page.leave()
    assert not QGuiApplication.clipboard().text()
    QGuiApplication.clipboard().setText(PLANTED["name"])
    again = open_desk(qtbot, house, "bob", Work.SECOND)
    assert not QGuiApplication.clipboard().text()
    again.close()


def test_undo_ends_with_the_field_and_with_the_document(second: Desk) -> None:
    box = second.page.view.dock.box
    second.type("ACME")
    assert box.isUndoAvailable()
    second.key(Key.Key_Return)
    assert not box.isUndoAvailable()
    second.type("9.00")
    piece = second.page.piece
    second.finish()
    second.wait(lambda: second.page.piece is not piece)
    assert not box.isUndoAvailable()
    second.key(Key.Key_Z, CTRL)
    assert not second.typed()


def test_the_box_is_hardened(second: Desk) -> None:
    box = second.page.view.dock.box
    hints = box.inputMethodHints()
    assert hints & Qt.InputMethodHint.ImhSensitiveData
    assert hints & Qt.InputMethodHint.ImhNoPredictiveText
    assert box.completer() is None
    assert box.contextMenuPolicy() is Qt.ContextMenuPolicy.PreventContextMenu
    assert not box.acceptDrops()
    assert not box.dragEnabled()


def test_nothing_that_can_be_reached_holds_a_first_value(second: Desk) -> None:
    second.enter("ACME")
    assert not leaks(second.page)


def test_a_planted_leak_is_found(second: Desk) -> None:
    second.page.view.dock.box.setToolTip(PLANTED["place"])
    assert leaks(second.page)
    second.page.view.dock.box.setToolTip("")
    assert not leaks(second.page)
    second.page.view.fields.setAccessibleDescription(f"was {PLANTED['name']}")
    assert leaks(second.page)
    second.page.view.fields.setAccessibleDescription("")
    second.page.editor.work.entries[Address("amount")] = entries(PLANTED)[1]
    assert leaks(second.page)


def leaks(page: QWidget) -> list[str]:
    """Return where a planted value is found: widgets, accessibility, clipboards, objects of the page."""
    found = [where for where, words in texts(page) if any(v in words for v in PLANTED.values())]
    return found + objects_with_values()


def texts(page: QWidget) -> Iterator[tuple[str, str]]:
    """Give every text that the screen, a screen reader or another program could get hold of."""
    widgets: list[QObject] = [page, *page.findChildren(QObject)]
    for thing in widgets:
        name = type(thing).__name__
        with suppress(RuntimeError):  # Qt has properties of kinds that Python cannot read
            for key in thing.dynamicPropertyNames():
                yield name, str(thing.property(bytes(key.data()).decode()))
        if isinstance(thing, QAbstractItemModel):
            yield from ((name, words) for words in model_texts(thing))
        if isinstance(thing, QWidget):
            yield from ((name, words) for words in widget_texts(thing))
            yield from accessible_texts(QAccessible.queryAccessibleInterface(thing))
    clipboard = QGuiApplication.clipboard()
    for mode in (QClipboard.Mode.Clipboard, QClipboard.Mode.Selection):
        yield "clipboard", clipboard.text(mode)
    yield from (("title", w.windowTitle()) for w in QApplication.topLevelWidgets())


def widget_texts(widget: QWidget) -> Iterator[str]:
    yield from (widget.toolTip(), widget.statusTip(), widget.whatsThis(), widget.objectName())
    yield from (widget.accessibleName(), widget.accessibleDescription(), widget.windowTitle())
    if isinstance(widget, QLabel | QLineEdit):
        yield widget.text()
    if isinstance(widget, QLineEdit):
        yield widget.placeholderText()
    if isinstance(widget, QTableView):
        yield from model_texts(widget.model())


def model_texts(model: QAbstractItemModel) -> Iterator[str]:
    for row in range(model.rowCount()):
        for role in Qt.ItemDataRole:
            yield str(model.index(row, 0).data(role))


def accessible_texts(interface: QAccessibleInterface | None) -> Iterator[tuple[str, str]]:
    if interface is None or interface.isValid() is False:
        return
    for kind in QAccessible.Text:
        if kind is not QAccessible.Text.UserText:
            yield "accessible", interface.text(kind)
    for place in range(interface.childCount()):
        child = interface.child(place)
        if child.object() is None:
            yield from accessible_texts(child)


def objects_with_values() -> list[str]:
    """Return kinds of objects of ours, anywhere in the process, in which a planted value stands."""
    gc.collect()
    found = []
    for thing in gc.get_objects():
        if thing is PLANTED or not str(type(thing).__module__).startswith(("ui.", "boapp.")):
            continue
        if isinstance(thing, QObject | msgspec.Struct | type):
            continue
        inside = repr(getattr(thing, "__dict__", "")) if hasattr(thing, "__dict__") else repr(thing)
        if any(value in inside for value in PLANTED.values()):
            found.append(type(thing).__name__)
    return found
