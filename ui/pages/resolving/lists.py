"""The right side: what remains and what is settled, by field and document, never a value."""

from __future__ import annotations

from collections.abc import Iterable

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QLabel, QVBoxLayout, QWidget

from ui.i18n import tr
from ui.pages.resolving.own_step import hint
from ui.pages.resolving.presenter import Done, Item
from ui.theme import theme
from ui.widgets.mismatch_list import Line, MismatchList, Standing
from ui.widgets.parts import line, row, text


class Lists(QWidget):
    """Remaining above, settled below."""

    def __init__(self) -> None:
        super().__init__()
        self.setProperty("role", "panel")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self._remaining, self._settled = MismatchList(tr("Remaining")), MismatchList(tr("Settled"))
        self._remaining_count, self._settled_count = text("", "body2"), text("", "body2")
        skip = hint("F9", tr("Skip for now"))
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(_head(tr("Remaining"), self._remaining_count, skip))
        layout.addWidget(self._remaining, 3)
        layout.addWidget(line())
        layout.addWidget(_head(tr("Settled"), self._settled_count, None))
        layout.addWidget(self._settled, 2)

    def show_lines(self, remaining: Iterable[Item], now: Item | None, settled: Iterable[Done]) -> None:
        """Show both lists."""
        waiting = [
            Line(item.label, item.number, Standing.NOW if now and item.key == now.key else Standing.OPEN)
            for item in remaining
        ]
        done = [Line(one.label, one.number, Standing.SETTLED) for one in settled]
        self._remaining.show_lines(waiting)
        self._settled.show_lines(done)
        self._remaining_count.setText(str(len(waiting)))
        self._settled_count.setText(str(len(done)))

    def set_row_height(self, height: int) -> None:
        """Take the row height of this size of window."""
        self._remaining.set_row_height(height)
        self._settled.set_row_height(height)


def _head(title: str, count: QLabel, key: QWidget | None) -> QWidget:
    head = QWidget()
    head.setFixedHeight(40)
    parts = row(text(title, "card-title"), count, None, *([key] if key else []), spacing=8)
    parts.setContentsMargins(14, 0, 14, 0)
    head.setLayout(parts)
    return head


def upright_line() -> QFrame:
    """Return the hairline between the work and the lists."""
    frame = QFrame()
    frame.setFixedWidth(1)
    frame.setStyleSheet(f"background: {theme().tokens.hairline};")
    return frame
