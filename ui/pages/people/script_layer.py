"""The layer of a script: its text, a file to save it in, or a login to run it with now.

The login that is typed here is used at once and forgotten with its password.
"""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent, QTextOption
from PySide6.QtWidgets import QApplication, QLayout, QPlainTextEdit, QWidget

from boapp.errors import Refusal
from ui.i18n import tr
from ui.pages.people.boxes import label, line_box, wrapped
from ui.pages.people.scripts import Script
from ui.shell.sign_in import PassphraseBox
from ui.widgets.overlay import Overlay
from ui.widgets.parts import button, column, line, row, text

SCHEME, LOGIN = "postgresql://", "LOGIN"
WIDTH, LINE, MOST_LINES = 800, 16, 14


class ScriptLayer(Overlay):
    """Shows a script; saves it, or asks for a login with which it is run now."""

    save = Signal()
    """It is to be written into the file that is named."""
    put_off = Signal()
    """Somebody else runs it, at another time."""

    def __init__(self, over: QWidget, script: Script) -> None:
        super().__init__(over, script.title, tr("Run it now"), WIDTH, tr("Later"))
        self.script, self._finished = script, False
        self.words = _shown(script.words)
        self._path = line_box(tr("File"), str(script.file))
        self._save = button(tr("Save as file"), "Ctrl S")
        self._save.clicked.connect(self._try_save)
        self._url = line_box(tr("Login and database"), _with_login(script.address))
        self.password = PassphraseBox()
        self.password.setAccessibleName(tr("Password of this login"))
        self._ways = QWidget()
        self._build()
        self.begin(self._url)
        self._url.setSelection(len(SCHEME), len(LOGIN))

    def _build(self) -> None:
        ways: tuple[QWidget | QLayout, ...] = (
            row(label(tr("File")), self._path, self._save, spacing=10),
            line(),
            text(tr("Or run it now, with the login of the database's administrator"), "card-title"),
            row(label(tr("Login and database")), self._url, spacing=10),
            row(label(tr("Password of this login")), self.password, spacing=10),
            text(tr("Used once, from this computer, and never kept."), "small"),
        )
        self._ways.setLayout(column(*ways))
        for part in (wrapped(self.script.explained), self.words, self._ways):
            self.body.addWidget(part)

    @property
    def path(self) -> Path:
        """Return the file that is named."""
        return Path(self._path.text().strip()).expanduser()

    @property
    def url(self) -> str:
        """Return the login and the database that were typed."""
        return self._url.text().strip()

    def take_password(self) -> str:
        """Return the password that was typed, and forget it here."""
        typed = self.password.text()
        self.password.wipe()
        return typed

    def missing(self) -> str:
        """Return what keeps it from being run."""
        if not self.url.startswith(SCHEME) or f"{SCHEME}{LOGIN}@" in self.url:
            return tr("Type the login in place of LOGIN: postgresql://LOGIN@HOST/DATABASE. Or choose Later.")
        if _holds_password(self.url):
            return tr("Type the password into its own box: it is hidden there, and forgotten after use.")
        return ""

    def told(self, words: str) -> None:
        """Say that it was run; nothing is left to do here."""
        self._finished, self.working = True, False
        self._ways.hide()
        self.confirm.hide()
        self.other.setText(tr("Close   Esc"))
        self.other.setAccessibleName(tr("Close"))
        self.other.setFocus()
        self.say(words, "ok")

    def saved(self, path: Path) -> None:
        """Say where it was written."""
        self.working = False
        self.say(tr("Saved as {path}. Only you can read it: hand it to the administrator.", path=path), "ok")

    def refused(self, refusal: Refusal) -> None:
        """Say why it was not done; the password is typed again."""
        super().refused(refusal)
        if not self._saves:
            self.password.setFocus()

    @property
    def _saves(self) -> bool:
        return QApplication.focusWidget() in {self._path, self._save}

    def _try_save(self) -> None:
        if self.working:
            return
        if not self._path.text().strip():
            self.say(tr("Type where the file is to be written."))
            return
        self.working = True
        self.save.emit()

    def try_done(self) -> None:
        if self._finished:
            self.leave()
        else:
            super().try_done()

    def cancel(self) -> None:
        waits = not self._finished and not self.working
        self.leave()
        if waits:
            self.put_off.emit()

    def leave(self) -> None:
        self.password.wipe()
        super().leave()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key, control = event.key(), event.modifiers() & Qt.KeyboardModifier.ControlModifier
        enter = key in {Qt.Key.Key_Return, Qt.Key.Key_Enter}
        if (control and key == Qt.Key.Key_S) or (enter and QApplication.focusWidget() is self._path):
            self._try_save()
            event.accept()
        else:
            super().keyPressEvent(event)


def _with_login(address: str) -> str:
    """Return the address of a database with a place for the login in it."""
    return f"{SCHEME}{LOGIN}@{address.removeprefix(SCHEME)}"


def _holds_password(url: str) -> bool:
    way, _, settings = url.removeprefix(SCHEME).partition("/")
    return ":" in way.rpartition("@")[0] or "password=" in settings


def _shown(words: str) -> QPlainTextEdit:
    made = QPlainTextEdit(words.strip())
    made.setProperty("role", "script")
    made.setAccessibleName(tr("Script"))
    made.setReadOnly(True)
    made.setTextInteractionFlags(
        Qt.TextInteractionFlag.TextSelectableByKeyboard | Qt.TextInteractionFlag.TextSelectableByMouse
    )
    made.setWordWrapMode(QTextOption.WrapMode.WrapAtWordBoundaryOrAnywhere)
    lines = made.document().lineCount() + 1  # one more, should a long code make a line wrap
    made.setFixedHeight(min(lines, MOST_LINES) * LINE + 12)
    return made
