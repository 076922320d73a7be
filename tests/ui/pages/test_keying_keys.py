"""No key of ours is one that input methods, screen readers or desktops need."""

import pytest
from PySide6.QtGui import QKeySequence, QShortcut
from pytestqt.qtbot import QtBot

from tests.builders import House
from tests.ui.pages.keying_desk import open_desk, slips
from ui.app import prepare
from ui.pages.keying.keys import KEYS, PAD, Command, help_groups, pad_words

FORBIDDEN = (
    "Ctrl+Alt+", "Alt+Ctrl+", "Meta+", "Num+", "F10", "F11", "F12", "Ctrl+Space", "Shift+Space", "Alt+`",
    "Ctrl+.", "Ctrl+;", "Ctrl+Shift+U", "Ctrl+Shift+E", "Ins", "CapsLock", "Scroll",
)  # fmt: skip


def name(keys: QKeySequence) -> str:
    return keys.toString(QKeySequence.SequenceFormat.PortableText)


def forbidden(keys: str) -> bool:
    return any(keys.startswith(bad) or keys.endswith(bad) for bad in FORBIDDEN)


@pytest.mark.parametrize("keys", ["Ctrl+Alt+X", "F11", "Shift+F10", "Ctrl+Shift+U", "Shift+Ins", "Ctrl+."])
def test_the_list_of_forbidden_keys_is_known(keys: str) -> None:
    assert forbidden(keys)


@pytest.mark.parametrize("keys", list(KEYS))
def test_a_key_is_allowed_and_is_named_as_qt_names_it(keys: str) -> None:
    assert not forbidden(keys)
    assert name(QKeySequence(keys)) == keys


def test_no_letter_commands() -> None:
    assert not [keys for keys in KEYS if len(keys) == 1 or (keys.startswith("Shift+") and len(keys) == 7)]


def test_no_shortcut_of_the_page_is_forbidden_or_is_a_key_of_the_table(qtbot: QtBot, house: House) -> None:
    prepare()
    slips(house, 1)
    desk = open_desk(qtbot, house, "ann")
    used = [name(keys) for cut in desk.page.findChildren(QShortcut) for keys in QShortcut.keys(cut)]
    desk.close()
    assert used
    assert not [keys for keys in used if forbidden(keys)]
    assert not set(used) & set(KEYS)


def test_every_command_has_a_key_and_every_key_of_the_pad_is_shown() -> None:
    assert {*KEYS.values(), *PAD.values()} == set(Command)
    assert set(pad_words(second=False)) == set(PAD)
    assert set(PAD) - set(pad_words(second=True)) == {"0"}


def test_the_key_list_of_the_second_pass_does_not_name_repeat_last() -> None:
    shown = [keys for group in help_groups(second=True).values() for keys, _ in group]
    assert "F3" not in shown
    assert "F5" in shown
