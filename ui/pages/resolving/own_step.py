"""Step 1: an empty box under the crop, and the place where the readings will appear. It holds neither."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QVBoxLayout, QWidget

from ui.i18n import tr
from ui.pages.resolving.reading_box import ReadingBox
from ui.widgets.message_line import Message, MessageLine
from ui.widgets.parts import key_cap, picture, row, text


def hint(keys: str, words: str) -> QWidget:
    """Return a key and what it does."""
    both = QWidget()
    both.setLayout(row(key_cap(keys), text(words, "body2"), spacing=6))
    return both


class OwnStep(QWidget):
    """The own reading."""

    def __init__(self) -> None:
        super().__init__()
        self.box = ReadingBox()
        self.message = MessageLine()
        self._hidden = text(tr("Both earlier readings stay hidden until you press Enter."), "body2")
        self._lock = hint("Enter", tr("Lock my reading"))
        self._marks = (hint("F6", tr("Illegible")), hint("F5", tr("Blank on page")))
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(8)
        layout.addWidget(self.box)
        layout.addLayout(row(self._hidden, None, self._lock, *self._marks, spacing=14))
        layout.addWidget(self.message)
        layout.addWidget(_waiting(), 1)
        self.box.changed.connect(lambda: self.say(""))

    def ask(self, label: str, rule: str) -> None:
        """Ask for a field, with an empty box."""
        self.box.ask(label, rule)
        self.forget()
        self.box.setEnabled(True)

    def hold(self) -> None:
        """Take no more keys: the reading is being locked."""
        self.box.setEnabled(False)

    def go_on(self) -> None:
        """Take keys again, with what stood in the box: locking did not succeed."""
        self.box.setEnabled(True)
        self.box.setFocus()

    def say(self, words: str, kind: str = "info") -> None:
        """Say something under the box."""
        self.message.say(Message(words, kind) if words else Message())

    def forget(self) -> None:
        """Drop what was keyed."""
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
