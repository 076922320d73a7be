"""Layers of the keying screen: a note, a look-up list, a question, a pause. Each gives the focus back."""

from collections.abc import Sequence

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QLineEdit, QListWidget, QListWidgetItem, QWidget

from boapp.domain.fields import Choice
from ui.i18n import tr
from ui.widgets.key_help import Layer
from ui.widgets.parts import key_cap, row, text

_ENTER = frozenset({Qt.Key.Key_Return, Qt.Key.Key_Enter})
LONGEST_NOTE = 500
ITEM = 30
SPECIAL = "àáâãäåæçèéêëìíîïðñòóôõöøœßùúûüýþÿ£€¥$°ºª§¶†‡·–—…«»„“”’×÷±½¼¾²³µ№™©®"  # noqa: RUF001


class Question(Layer):
    """Asks before something is given up; Enter does it, Esc does not."""

    agreed = Signal()

    def __init__(self, parent: QWidget, title: str, words: str, act: str) -> None:
        super().__init__(parent, title)
        self.setAccessibleDescription(words)
        said = text(words, "body2")
        said.setWordWrap(True)
        self.inside.addWidget(said)
        keys = row(key_cap("Enter"), text(act), 12, key_cap("Esc"), text(tr("Go on keying")), None, spacing=6)
        self.inside.addLayout(keys)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in _ENTER and not event.isAutoRepeat():
            self.close_layer()
            self.agreed.emit()
            event.accept()
            return
        super().keyPressEvent(event)


class Rest(Layer):
    """The pause: the clock stands until Enter, Esc or Pause."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent, tr("Pause"))
        self.inside.addWidget(text(tr("Your work is saved and the clock stands."), "body2"))
        self.inside.addLayout(row(key_cap("Enter"), text(tr("Go on keying")), None, spacing=6))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in _ENTER | {Qt.Key.Key_Pause}:
            self.close_layer()
            event.accept()
            return
        super().keyPressEvent(event)


class Note(Layer):
    """A note on the field; Enter keeps it, Esc leaves it as it was."""

    kept = Signal(str)

    def __init__(self, parent: QWidget, field: str, words: str) -> None:
        super().__init__(parent, tr("Note on {field}", field=field))
        self._line = QLineEdit(words)
        self._line.setMaxLength(LONGEST_NOTE)
        self._line.setContextMenuPolicy(Qt.ContextMenuPolicy.PreventContextMenu)
        self._line.setAccessibleName(tr("Note on {field}", field=field))
        self._line.returnPressed.connect(self._keep)
        self.setFocusProxy(self._line)
        self.inside.addWidget(self._line)
        self.inside.addLayout(
            row(key_cap("Enter"), text(tr("Keep")), 12, key_cap("Esc"), text(tr("Back")), None, spacing=6)
        )
        self.inside.addStretch(1)

    def _keep(self) -> None:
        words = self._line.text().strip()
        self.close_layer()
        self.kept.emit(words)


class LookUp(Layer):
    """A list to take from: the field's choices in their own order, or special characters."""

    taken = Signal(str)

    def __init__(self, parent: QWidget, choices: Sequence[Choice], typed: str) -> None:
        super().__init__(parent, tr("Look-up list") if choices else tr("Special characters"))
        self._all = [(c.code, f"{c.code}   {c.label}", c.label) for c in choices]
        self._all = self._all or [(letter, letter, "") for letter in SPECIAL]
        self._typed, self._letters = typed if choices else "", not choices
        self._list = QListWidget()
        self._list.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._list.setAccessibleName(tr("Look-up list"))
        if not choices:
            self._list.setFlow(QListWidget.Flow.LeftToRight)
            self._list.setWrapping(True)
        self._said = text("", "value")
        self.inside.addWidget(self._said)
        self.inside.addWidget(self._list, 1)
        self.inside.addLayout(
            row(key_cap("Enter"), text(tr("Take")), 12, key_cap("Esc"), text(tr("Close")), None, spacing=6)
        )
        self._show()

    def _show(self) -> None:
        wanted = self._typed.casefold()
        self._list.clear()
        for code, words, label in self._all:
            if code.casefold().startswith(wanted) or wanted in label.casefold():
                item = QListWidgetItem(words)
                item.setData(Qt.ItemDataRole.UserRole, code)
                item.setSizeHint(QSize(36, ITEM) if self._letters else QSize(0, ITEM))
                self._list.addItem(item)
        self._said.setText(self._typed)
        exact = [n for n, (code, *_) in enumerate(self._shown()) if code.casefold() == wanted]
        self._list.setCurrentRow(exact[0] if exact else 0)

    def _shown(self) -> list[tuple[str, str]]:
        items = [self._list.item(n) for n in range(self._list.count())]
        return [(item.data(Qt.ItemDataRole.UserRole), item.text()) for item in items]

    def keyPressEvent(self, event: QKeyEvent) -> None:
        steps = {Qt.Key.Key_Down: 1, Qt.Key.Key_Up: -1, Qt.Key.Key_Right: 1, Qt.Key.Key_Left: -1}
        if event.key() in _ENTER:
            self._take()
        elif event.key() in steps:
            place = self._list.currentRow() + steps[Qt.Key(event.key())]
            self._list.setCurrentRow(max(0, min(place, self._list.count() - 1)))
        elif event.key() == Qt.Key.Key_Backspace:
            self._type(self._typed[:-1])
        elif event.key() != Qt.Key.Key_Escape and event.text().isprintable() and event.text():
            self._type(self._typed + event.text())
        else:
            super().keyPressEvent(event)
            return
        event.accept()

    def _type(self, words: str) -> None:
        self._typed = words
        self._show()

    def _take(self) -> None:
        item = self._list.currentItem()
        if item is not None:
            code = str(item.data(Qt.ItemDataRole.UserRole))
            self.close_layer()
            self.taken.emit(code)
