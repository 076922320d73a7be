"""Signing in and unlocking: who, and the passphrase.

A wrong entry gets one sentence, never which part was wrong, and the next try waits longer. The window
is up before the program's own libraries are loaded.
"""

from collections.abc import Callable

from PySide6.QtCore import QEvent, QObject, Qt, QTimer, Signal
from PySide6.QtGui import QInputEvent, QKeyEvent
from PySide6.QtWidgets import QLineEdit, QVBoxLayout, QWidget

from ui.i18n import tr
from ui.widgets.parts import button, card, centred, line, picture, row, set_role, text

FIRST_WAIT_MS = 1000
LONGEST_WAIT_MS = 64_000
LOOKING_MS = 1000
_DOINGS = frozenset({QEvent.Type.KeyPress, QEvent.Type.MouseButtonPress, QEvent.Type.Wheel})


class PassphraseBox(QLineEdit):
    """A passphrase that is being typed; Ctrl+E shows or hides it."""

    caps = Signal(bool)

    def __init__(self) -> None:
        super().__init__()
        self.setEchoMode(QLineEdit.EchoMode.Password)
        self.setAccessibleName(tr("Passphrase"))
        self.setInputMethodHints(
            Qt.InputMethodHint.ImhHiddenText
            | Qt.InputMethodHint.ImhSensitiveData
            | Qt.InputMethodHint.ImhNoPredictiveText
        )
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.NoContextMenu)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_E and event.modifiers() == Qt.KeyboardModifier.ControlModifier:
            hidden = self.echoMode() is QLineEdit.EchoMode.Password
            self.setEchoMode(QLineEdit.EchoMode.Normal if hidden else QLineEdit.EchoMode.Password)
            return
        letter = event.text()
        if letter.isalpha():
            shifted = bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
            self.caps.emit(letter.isupper() != shifted)
        super().keyPressEvent(event)

    def wipe(self) -> None:
        """Forget what was typed, and the undo stack with it."""
        self.clear()
        self.setEchoMode(QLineEdit.EchoMode.Password)


class SignIn(QWidget):
    """The card in the middle of an empty window."""

    entered = Signal(str, str)
    """Code and passphrase."""
    other = Signal()
    """At the lock: somebody else wants to sign in."""

    def __init__(self, place: str, code: str = "", waiting: str = "", *, far: bool = False) -> None:
        """Make it; far: whether the workspace is at a server, which may have to be waited for."""
        super().__init__()
        self._far = far
        self.setProperty("role", "window")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self._wait = FIRST_WAIT_MS
        self._locked = bool(code)
        self._code = QLineEdit(code)
        self._code.setAccessibleName(tr("Person code"))
        self._code.setReadOnly(self._locked)
        self._passphrase = PassphraseBox()
        self._message = text("", "message-none")
        self._message.setWordWrap(True)
        self._caps = text(tr("Caps Lock is on"), "message-warn")
        self._caps.hide()
        words = tr("Unlock") if self._locked else tr("Sign in")
        self._enter = button(words, "Enter", "primary")
        self._build(place, waiting)
        self._passphrase.caps.connect(self._caps.setVisible)
        self._passphrase.returnPressed.connect(self._submit)
        self._code.returnPressed.connect(self._passphrase.setFocus)
        self._enter.clicked.connect(self._submit)
        self.setFocusProxy(self._passphrase if self._locked else self._code)

    def _build(self, place: str, waiting: str) -> None:
        frame, inside = card()
        frame.setFixedWidth(440)
        inside.setContentsMargins(32, 28, 32, 24)
        inside.setSpacing(10)
        if self._locked:
            self._head_of_lock(inside, waiting)
        else:
            self._head_of_sign_in(inside, place)
        for part in (text(tr("Passphrase"), "label"), self._passphrase, self._caps, self._message):
            inside.addWidget(part)
        inside.addLayout(row(self._enter, None, *self._aside()))
        inside.addSpacing(6)
        inside.addWidget(line())
        foot = text(self._foot(), "small")
        foot.setWordWrap(True)
        inside.addWidget(foot)
        self.setLayout(centred(frame))

    def _head_of_sign_in(self, inside: QVBoxLayout, place: str) -> None:
        inside.addLayout(row(picture("logo", "accent", 28), text("boapp", "title"), None))
        where = text(tr("Sign in to {place}", place=place), "body2")
        where.setWordWrap(True)
        inside.addWidget(where)
        inside.addSpacing(8)
        inside.addWidget(text(tr("Person code"), "label"))
        inside.addWidget(self._code)

    def _head_of_lock(self, inside: QVBoxLayout, waiting: str) -> None:
        inside.addLayout(row(None, picture("lock", "text2", 36), None))
        inside.addLayout(row(None, text(tr("{code} · locked", code=self._code.text()), "dialog-title"), None))
        if waiting:
            inside.addLayout(row(None, text(waiting, "body2"), None))
        inside.addLayout(row(None, text(tr("Everything you keyed is saved"), "message-ok"), None))

    def _aside(self) -> list[QWidget]:
        if not self._locked:
            return [text(tr("Ctrl+E shows the passphrase"), "small")]
        other = button(tr("Sign in as someone else"))
        other.clicked.connect(self.other)
        return [other]

    def _foot(self) -> str:
        if self._locked:
            return tr("Locked after five minutes without a key, or with Ctrl+L. The pause is not counted.")
        return tr(
            "The workspace opens only on an enrolled workstation. Nothing leaves this computer unencrypted."
        )

    def _submit(self) -> None:
        if not self._enter.isEnabled():
            return
        self._enter.setEnabled(False)
        self.say(tr("Working…"), "none")
        if self._far:
            QTimer.singleShot(LOOKING_MS, self, self._looking)
        self.entered.emit(self._code.text().strip(), self._passphrase.text())
        self._passphrase.wipe()

    def _looking(self) -> None:
        """Say why it takes so long."""
        if self._message.property("role") == "message-none" and not self._enter.isEnabled():
            self.say(tr("Looking for the server…"), "none")

    def say(self, words: str, kind: str) -> None:
        """Show a sentence under the boxes."""
        set_role(self._message, f"message-{kind}")
        self._message.setText(words)

    def refuse(self, words: str) -> None:
        """Say that it did not open; the next try waits twice as long as this one."""
        self.say(words, "err")
        QTimer.singleShot(self._wait, self._ready)
        self._wait = min(self._wait * 2, LONGEST_WAIT_MS)

    def _ready(self) -> None:
        self._enter.setEnabled(True)
        self._passphrase.setFocus()


def on_any_input(target: QObject, called: Callable[[], None]) -> QObject:
    """Return a filter that calls whenever a person does something in the program."""

    class _Filter(QObject):
        def eventFilter(self, _watched: QObject, event: QEvent) -> bool:
            # It sees every event of the program: the kind is asked only of the few that a person made.
            if isinstance(event, QInputEvent) and event.type() in _DOINGS:
                called()
            return False

    return _Filter(target)
