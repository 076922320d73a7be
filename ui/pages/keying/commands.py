"""What each key does while a document is open, and what the number pad may type.

Decided in this order: a command of the table; the number pad's own keys; else the key types.
"""

import sys
from collections.abc import Callable, Mapping

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QApplication

from boapp.domain.fields import FieldType
from boapp.domain.values import State
from ui.i18n import tr
from ui.pages.keying.editor import Editor
from ui.pages.keying.keys import Command, command_of, on_number_pad
from ui.pages.keying.presenter import NUMBERS
from ui.widgets.entry_box import types

_TYPES_SLASH = frozenset({FieldType.DATE, FieldType.TEXT})
_NUM_LOCK_OFF = frozenset(
    {
        Qt.Key.Key_Home, Qt.Key.Key_End, Qt.Key.Key_Up, Qt.Key.Key_Down, Qt.Key.Key_Left, Qt.Key.Key_Right,
        Qt.Key.Key_PageUp, Qt.Key.Key_PageDown, Qt.Key.Key_Clear, Qt.Key.Key_Insert, Qt.Key.Key_Delete,
    }
)  # fmt: skip


class Commands:
    """Carries out keys: those of the field on the editor, the others as the page says."""

    def __init__(self, editor: Editor, of_page: Mapping[Command, Callable[[], None]]) -> None:
        self._editor = editor
        self._acts: dict[Command, Callable[[], None]] = {
            Command.NEXT: editor.next,
            Command.BACK: editor.back,
            Command.ONWARD: editor.onward,
            Command.RESTORE: editor.restore,
            Command.REPEAT: editor.repeat,
            Command.BLANK: lambda: editor.mark(State.BLANK),
            Command.ILLEGIBLE: lambda: editor.mark(State.ILLEGIBLE),
            Command.UNSURE: editor.unsure,
            Command.NEXT_OPEN: editor.go_open,
            Command.LAST_OPEN: lambda: editor.go_open(back=True),
            Command.ACCEPT: editor.accept,
            **of_page,
        }

    def key(self, event: QKeyEvent) -> bool:
        """Carry out a key; False lets it type."""
        if on_number_pad(event) and self._number_pad(event):
            return True
        command = None if types(event) else command_of(event)
        if command is None:
            return False
        if not (event.isAutoRepeat() and command in ONCE):
            self.do(command)
        return True

    def do(self, command: Command) -> None:
        """Carry out a command."""
        self._acts[command]()

    def _number_pad(self, event: QKeyEvent) -> bool:
        """Carry out or refuse what has its own meaning on the number pad."""
        field = self._editor.work.slot.field
        if event.key() in _NUM_LOCK_OFF and sys.platform != "darwin":
            self._editor.say(tr("Num Lock is off. Press Num Lock to key digits."))
            return True
        match event.key():
            case Qt.Key.Key_Plus:
                self._editor.next()
            case Qt.Key.Key_Asterisk if field.type is not FieldType.TEXT:
                self.do(Command.PAD)
            case Qt.Key.Key_Minus if not self._editor.work.slot.takes_minus:
                self._refuse(tr("This number has no minus."))
            case Qt.Key.Key_Slash if field.type not in _TYPES_SLASH:
                self._refuse(tr("Nothing with / belongs here."))
            case Qt.Key.Key_Period | Qt.Key.Key_Comma if field.type in NUMBERS:
                self._editor.insert(field.numbers.decimal)
            case _:
                return False
        return True

    def _refuse(self, words: str) -> None:
        QApplication.beep()
        self._editor.say(words)


ONCE = frozenset({Command.FINISH, Command.ACCEPT, Command.PROBLEM, Command.LEAVE, Command.PAUSE})
"""What a key that is held down does once."""
