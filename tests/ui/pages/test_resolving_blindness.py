"""No reading anywhere before the own one is locked, and none after the mismatch is left."""

import gc
import secrets
from collections.abc import Iterator

import msgspec
import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QLabel, QLineEdit, QListWidget, QPushButton, QWidget
from pytestqt.qtbot import QtBot

from boapp.domain.values import Value
from boapp.domain.workflow import Mode
from tests.builders import House, add_project, take_in_pages
from tests.ui.pages.resolving_desk import Resolver, key_twice, resolving
from ui.pages.resolving.page import State

ROLES = (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole, Qt.ItemDataRole.ToolTipRole)


class Planted:
    """Two company names that nobody else has; kept reversed, so that the search does not find itself."""

    def __init__(self) -> None:
        self._backwards = [f"ZQ{secrets.token_hex(6).upper()} LTD"[::-1] for _ in range(2)]

    @property
    def first(self) -> str:
        return self._backwards[0][::-1]

    @property
    def second(self) -> str:
        return self._backwards[1][::-1]

    def on_screen(self) -> bool:
        """Say whether any widget shows or speaks one of them."""
        needles = (self.first, self.second)
        return any(
            n in words for widget in QApplication.allWidgets() for words in _said(widget) for n in needles
        )

    def in_memory(self) -> bool:
        """Say whether any Python object that lives holds one of them."""
        return bool(self.holders())

    def holders(self) -> list[str]:
        """Return what kinds of object hold one of them."""
        gc.collect()
        needles = (self.first, self.second)
        own = {id(needle) for needle in needles}
        return [
            type(holder).__name__
            for words, holder in _texts()
            if id(words) not in own and any(needle in words for needle in needles)
        ]


def _said(widget: QWidget) -> Iterator[str]:
    yield from (widget.accessibleName(), widget.accessibleDescription(), widget.toolTip())
    yield from (widget.windowTitle(), widget.statusTip(), widget.whatsThis())
    if isinstance(widget, QLabel | QPushButton | QLineEdit):
        yield widget.text()
    if isinstance(widget, QLineEdit):
        yield widget.placeholderText()
    if isinstance(widget, QListWidget):
        for row in range(widget.count()):
            yield from (str(widget.item(row).data(role)) for role in ROLES)


def _texts() -> Iterator[tuple[str, object]]:
    """Give every text that lives, and what holds it, through everything that refers to anything."""
    seen: set[int] = set()
    waiting: list[tuple[object, object]] = [(one, None) for one in gc.get_objects()]
    while waiting:
        one, holder = waiting.pop()
        if id(one) in seen or one is waiting:
            continue
        seen.add(id(one))
        if isinstance(one, str):
            yield one, holder
        elif isinstance(one, bytes | bytearray):
            yield one.decode("utf-8", "replace"), holder
        elif isinstance(one, msgspec.Struct):
            waiting += [(getattr(one, name, None), one) for name in one.__struct_fields__]
        else:
            waiting += [(inner, one) for inner in gc.get_referents(one)]


@pytest.fixture
def planted(house: House) -> Planted:
    names = Planted()
    project = add_project(house, Mode.RELEASE)
    documents = take_in_pages(house, project, 2)
    key_twice(
        house,
        project,
        documents,
        [({"company": names.first}, {"company": names.second}), ({"total": "9.00"}, {"total": "9.80"})],
    )
    return names


def opened(person: Resolver) -> None:
    person.until(State.KEYING)
    person.qtbot.waitUntil(lambda: person.page.canvas.sheet is not None)


@pytest.mark.parametrize("code", ["bob", "adj"])
def test_no_reading_is_anywhere_before_the_own_one_is_locked(
    qtbot: QtBot, house: House, planted: Planted, code: str
) -> None:
    with resolving(qtbot, house, code) as person:
        opened(person)
        person.type("SOMETHING ELSE")
        assert not planted.on_screen()
        assert not planted.in_memory()


def test_a_planted_leak_is_found(qtbot: QtBot, house: House, planted: Planted) -> None:
    with resolving(qtbot, house, "adj") as person:
        opened(person)
        person.page.leak = {"values": (Value.keyed(planted.second),)}  # type: ignore[attr-defined]
        assert planted.in_memory()
        del person.page.leak  # type: ignore[attr-defined]
        assert not planted.in_memory()
        person.page.lists.setAccessibleDescription(planted.first)
        assert planted.on_screen()


def test_the_readings_are_there_after_the_own_one_was_locked(
    qtbot: QtBot, house: House, planted: Planted
) -> None:
    with resolving(qtbot, house, "adj") as person:
        person.read("SOMETHING ELSE")
        assert planted.on_screen()
        assert planted.in_memory()


@pytest.mark.parametrize("how", ["confirm", "skip", "leave"])
def test_nothing_is_left_of_the_readings_after(
    qtbot: QtBot, house: House, planted: Planted, how: str
) -> None:
    with resolving(qtbot, house, "adj") as person:
        person.read("SOMETHING ELSE")
        if how == "leave":
            person.page.leave()
        else:
            person.type("1")
            person.key(Qt.Key.Key_Return if how == "confirm" else Qt.Key.Key_F9)
            opened(person)
            person.qtbot.waitUntil(lambda: "Total" in person.page.dock._name.text())
        person.qtbot.waitUntil(lambda: not planted.in_memory(), timeout=20_000)
        assert not planted.on_screen()


def test_readings_that_arrive_after_she_left_are_dropped_unseen(
    qtbot: QtBot, house: House, planted: Planted
) -> None:
    with resolving(qtbot, house, "adj") as person:
        opened(person)
        person.type("SOMETHING ELSE")
        person.key(Qt.Key.Key_Return)
        person.page.leave()
        arrived: list[None] = []
        person.page.session.operations.run(lambda: None, arrived.append)
        person.qtbot.waitUntil(lambda: bool(arrived))
        assert person.page.state is State.LOADING
        assert not planted.on_screen()
        assert not planted.in_memory()
