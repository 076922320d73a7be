"""The card of desk pages that lists things: a head with count, search and hints, and a table below."""

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QFrame, QLabel, QLineEdit

from ui.widgets.parts import card, key_cap, row, text
from ui.widgets.tables import RowTable

TO_TABLE = {Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Down}
Hint = tuple[str, str]
"""Keys with spaces between, and what they do."""


class Search(QLineEdit):
    """The line that narrows a table: hidden until asked for; Enter or Down goes to what is left."""

    def __init__(self, table: RowTable, name: str, placeholder: str = "", width: int = 300) -> None:
        super().__init__()
        self._table = table
        self.setAccessibleName(name)
        self.setPlaceholderText(placeholder)
        self.setFixedWidth(width)
        self.hide()

    def show_up(self) -> None:
        """Show the line and let it be typed into."""
        self.show()
        self.setFocus()

    def put_away(self) -> None:
        """Show everything again."""
        self.clear()
        self.hide()
        self._table.setFocus()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in TO_TABLE:
            self._table.setFocus()
        else:
            super().keyPressEvent(event)


def listing(title: str, count: QLabel, search: Search, hints: Sequence[Hint], table: RowTable) -> QFrame:
    """Return the card."""
    frame, inside = card()
    inside.setContentsMargins(0, 8, 0, 8)
    inside.setSpacing(6)
    head = row(text(title, "card-title"), count, None, search)
    for keys, words in hints:
        head.addLayout(row(*map(key_cap, keys.split()), text(words, "small"), spacing=4))
    head.setContentsMargins(14, 0, 14, 0)
    inside.addLayout(head)
    inside.addWidget(table, 1)
    return frame
