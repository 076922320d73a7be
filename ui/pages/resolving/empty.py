"""Nothing to resolve, or not yet known: one icon, one sentence, one key."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QWidget

from ui.i18n import tr, tr_n
from ui.widgets.parts import button, card, centred, picture, text

WIDTH, EDGE = 420, 24


class Nothing(QWidget):
    """Stands where the work stands."""

    home = Signal()

    def __init__(self) -> None:
        super().__init__()
        frame, inside = card()
        frame.setFixedWidth(WIDTH)
        inside.setContentsMargins(EDGE, 22, EDGE, 22)
        inside.setSpacing(10)
        self._title, self._words = text("", "card-title"), text("", "body2")
        self._words.setWordWrap(True)
        self._words.setAlignment(Qt.AlignmentFlag.AlignHCenter)
        self._back = button(tr("Back to work"), "Enter")
        self._back.clicked.connect(self.home)
        inside.addWidget(picture("unequal", "text2", 28), 0, Qt.AlignmentFlag.AlignHCenter)
        inside.addWidget(self._title, 0, Qt.AlignmentFlag.AlignHCenter)
        inside.addWidget(self._words)
        inside.addWidget(self._back, 0, Qt.AlignmentFlag.AlignHCenter)
        self.setLayout(centred(frame))
        self.show_waiting()

    def show_waiting(self) -> None:
        """Say that it is being looked up."""
        self._say(tr("Working…"), tr("Comparing what waits to be compared."))
        self._back.hide()

    def show_away(self, words: str) -> None:
        """Say that the server cannot be reached."""
        self._say(tr("The server is away"), words)
        self._back.show()

    def show_empty(self, rows: int) -> None:
        """Say that nothing waits; rows: mismatches of whole rows, which need a grid."""
        words = tr("Everything that you may resolve is settled. New mismatches appear here.")
        if rows:
            words = tr_n(
                "{n} mismatch is about a whole row and waits for the row grid.",
                "{n} mismatches are about whole rows and wait for the row grid.",
                rows,
            )
        self._say(tr("No mismatches left"), words)
        self._back.show()

    def _say(self, title: str, words: str) -> None:
        self._title.setText(title)
        self._words.setText(words)
        self.setAccessibleName(title)
        self.setAccessibleDescription(words)
