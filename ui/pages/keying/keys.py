"""Which key does what while keying: one table for the keyboard and one for the number pad.

Letters never command. Nothing here is a key that input methods, screen readers or desktops use; a test
holds both tables against that list. The keys of the image are in `ui/widgets/image_tools`.
"""

import enum
from collections.abc import Mapping
from typing import Final

from PySide6.QtCore import QKeyCombination, Qt
from PySide6.QtGui import QKeyEvent, QKeySequence

from ui.i18n import tr


class Command(enum.Enum):
    """What a key asks for."""

    NEXT = enum.auto()
    BACK = enum.auto()
    ONWARD = enum.auto()
    RESTORE = enum.auto()
    REPEAT = enum.auto()
    LOOK_UP = enum.auto()
    BLANK = enum.auto()
    ILLEGIBLE = enum.auto()
    UNSURE = enum.auto()
    NOTE = enum.auto()
    NEXT_OPEN = enum.auto()
    LAST_OPEN = enum.auto()
    ACCEPT = enum.auto()
    PROBLEM = enum.auto()
    FINISH = enum.auto()
    LEAVE = enum.auto()
    PAUSE = enum.auto()
    HELP = enum.auto()
    PAD = enum.auto()
    SPEED = enum.auto()
    WIDER = enum.auto()
    NARROWER = enum.auto()
    ZONE = enum.auto()
    PAGE_BEFORE = enum.auto()
    PAGE_AFTER = enum.auto()


KEYS: Final[Mapping[str, Command]] = {
    "Return": Command.NEXT,
    "Enter": Command.NEXT,
    "Tab": Command.NEXT,
    "Shift+Return": Command.BACK,
    "Shift+Enter": Command.BACK,
    "Shift+Tab": Command.BACK,
    "Shift+Backtab": Command.BACK,
    "Backtab": Command.BACK,
    "Up": Command.BACK,
    "Down": Command.ONWARD,
    "Esc": Command.RESTORE,
    "F1": Command.HELP,
    "F3": Command.REPEAT,
    "F4": Command.LOOK_UP,
    "F5": Command.BLANK,
    "F6": Command.ILLEGIBLE,
    "F7": Command.UNSURE,
    "F8": Command.NOTE,
    "F9": Command.NEXT_OPEN,
    "Shift+F9": Command.LAST_OPEN,
    "Ctrl+G": Command.ACCEPT,
    "Ctrl+R": Command.PROBLEM,
    "Ctrl+Return": Command.FINISH,
    "Ctrl+Enter": Command.FINISH,
    "Ctrl+W": Command.LEAVE,
    "Pause": Command.PAUSE,
    "Ctrl+Shift+P": Command.PAUSE,
    "Ctrl+Shift+M": Command.PAD,
    "Ctrl+Shift+S": Command.SPEED,
    "Alt+Shift+Left": Command.WIDER,
    "Alt+Shift+Right": Command.NARROWER,
}

PAD: Final[Mapping[str, Command]] = {
    "7": Command.PAGE_BEFORE,
    "8": Command.ZONE,
    "9": Command.PAGE_AFTER,
    "4": Command.BLANK,
    "5": Command.ILLEGIBLE,
    "6": Command.UNSURE,
    "1": Command.BACK,
    "2": Command.ACCEPT,
    "3": Command.NEXT_OPEN,
    "0": Command.REPEAT,
    "-": Command.NOTE,
    "/": Command.PROBLEM,
    "+": Command.LOOK_UP,
    "Enter": Command.FINISH,
}

PORTABLE: Final = QKeySequence.SequenceFormat.PortableText
_KEYPAD: Final = Qt.KeyboardModifier.KeypadModifier


def command_of(event: QKeyEvent) -> Command | None:
    """Return what a key asks for; None when it types."""
    held = event.modifiers() & ~_KEYPAD
    return KEYS.get(QKeySequence(QKeyCombination(held, Qt.Key(event.key()))).toString(PORTABLE))


def on_number_pad(event: QKeyEvent) -> bool:
    """Say whether a key of the number pad was pressed alone."""
    return event.modifiers() == _KEYPAD


def pad_words(*, second: bool) -> dict[str, str]:
    """Return what each key of the marks pad does, as it is shown."""
    words = {
        "7": tr("Page before"),
        "8": tr("Zone"),
        "9": tr("Page after"),
        "4": tr("Blank"),
        "5": tr("Illegible"),
        "6": tr("Unsure char."),
        "1": tr("Back"),
        "2": tr("As printed"),
        "3": tr("Next open"),
        "0": tr("Repeat last"),
        "-": tr("Note"),
        "/": tr("Problem"),
        "+": tr("Look-up list"),
        "Enter": tr("Finish document"),
    }
    if second:
        del words["0"]
    return words


def help_groups(*, second: bool, far: bool = False) -> dict[str, list[tuple[str, str]]]:
    """Return every key with what it does, for the key list; far: whether there is a server to be tried."""
    typing = [
        ("Enter", tr("accept, next field")),
        ("Shift+Enter", tr("back one field")),
        ("Down", tr("next field without change")),
        ("Esc", tr("as it was; again: clear")),
        ("F3", tr("repeat value of last document")),
        ("F4", tr("look-up list, special characters")),
        ("F5", tr("blank on page")),
        ("F6", tr("illegible")),
        ("F7", tr("unsure character")),
        ("F8", tr("note on this field")),
        ("Ctrl+G", tr("accept warning as printed")),
        ("*", tr("marks, from the number pad")),
    ]
    work = [
        ("F9", tr("next open field")),
        ("Shift+F9", tr("last open field")),
        ("Ctrl+Enter", tr("finish document")),
        ("Ctrl+R", tr("problem document")),
        ("Ctrl+W", tr("leave, work kept")),
        ("Pause", tr("pause")),
        ("Ctrl+L", tr("lock")),
        ("Ctrl+Q", tr("sign out")),
        ("Ctrl+Shift+M", tr("marks pad")),
        ("Ctrl+Shift+S", tr("show or hide speed")),
        ("Alt+Shift+\u2190 \u2192", tr("wider or narrower form")),
    ]
    if second:
        del typing[4]
    if far:
        work.append(("Ctrl+T", tr("try the server now")))
    return {tr("Keying"): typing, tr("Work"): work, tr("Image"): _image_keys()}


def _image_keys() -> list[tuple[str, str]]:
    return [
        ("F2", tr("zone or page")),
        ("Ctrl+1 2 3 4", tr("width, zone, page, 100 %")),
        ("Ctrl+Plus", tr("zoom in")),
        ("Ctrl+Minus", tr("zoom out")),
        ("Alt+\u2190 \u2191 \u2193 \u2192", tr("move page or band")),
        ("PgUp PgDn", tr("page before, after")),
        ("Ctrl+[ ]", tr("rotate left, right")),
        ("Ctrl+I", tr("invert")),
        ("Ctrl+K", tr("contrast")),
        ("Ctrl+0", tr("all image changes back")),
    ]
