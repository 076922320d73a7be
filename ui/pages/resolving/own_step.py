"""Step 1: an empty box under the crop, and the place where the readings will appear. It holds neither."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QSizePolicy, QVBoxLayout, QWidget

from boapp.domain.values import Value
from ui.i18n import tr
from ui.pages.resolving.reading_box import ReadingBox
from ui.widgets.message_line import Message, MessageLine
from ui.widgets.parts import key_cap, picture, row, text

GAP, SAID, LEAST_WAITING = 8, 32, 112


def hint(keys: str, words: str) -> QWidget:
    """Return a key and what it does."""
    both, cap = QWidget(), key_cap(keys)
    cap.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
    both.setLayout(row(cap, text(words, "body2"), spacing=6))
    return both


class OwnStep(QWidget):
    """The own reading."""

    def __init__(self) -> None:
        super().__init__()
        self.box = ReadingBox()
        self.message = MessageLine()
        self._said = _said()
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(GAP)
        layout.addWidget(self.box)
        layout.addWidget(self._said)
        layout.addWidget(self.message)
        layout.addWidget(_waiting(), 1)
        self.box.changed.connect(lambda: self.say(""))

    def needed_height(self) -> int:
        """Return the least height in which nothing is clipped."""
        return self.box.height() + self._said.height() + self.message.height() + LEAST_WAITING + 3 * GAP

    def ask(self, label: str, rule: str) -> None:
        """Ask for a field, with an empty box."""
        self.forget()
        self.box.ask(label, rule)

    def show_locked(self, value: Value) -> None:
        """Show the reading that was locked here earlier; it stays as it is."""
        self.box.put_value(value)
        self.hold()
        self.say(tr("You locked this reading earlier; it stays. Enter compares."))

    def hold(self) -> None:
        """Take no more text: the reading is locked, or is being locked."""
        self.box.box.setReadOnly(True)

    def go_on(self) -> None:
        """Take text again, with what stood in the box: locking did not succeed."""
        self.box.box.setReadOnly(False)
        self.box.setFocus()

    def say(self, words: str, kind: str = "info") -> None:
        """Say something under the box."""
        self.message.say(Message(words, kind) if words else Message())

    def forget(self) -> None:
        """Drop what was keyed."""
        self.box.box.setReadOnly(False)
        self.box.empty()
        self.say("")


def _waiting() -> QFrame:
    frame = QFrame()
    frame.setProperty("role", "card")
    layout = QVBoxLayout(frame)
    layout.setContentsMargins(16, 8, 16, 8)
    layout.setSpacing(4)
    words = tr("They appear here, in random order and without names, after your own reading.")
    said = text(words, "body2")
    said.setWordWrap(True)
    said.setAlignment(Qt.AlignmentFlag.AlignHCenter)
    layout.addStretch(1)
    for part in (picture("eye-off", "text2", 22), text(tr("Two readings differ"), "card-title")):
        layout.addWidget(part, 0, Qt.AlignmentFlag.AlignHCenter)
    layout.addWidget(said)
    layout.addStretch(1)
    return frame


def _said() -> QWidget:
    hidden = text(tr("Both earlier readings stay hidden until you press Enter."), "body2")
    hidden.setWordWrap(True)
    said = row(hidden, hint("Enter", tr("Lock my reading")), hint("F6", tr("Illegible")), spacing=14)
    said.setStretch(0, 1)
    widget = QWidget()
    widget.setFixedHeight(SAID)
    widget.setLayout(said)
    return widget
