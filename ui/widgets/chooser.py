"""A list of which one entry is chosen, with the key that opens it; what the entries stand for is data."""

from collections.abc import Sequence

from PySide6.QtCore import QPointF, Qt, Signal
from PySide6.QtGui import QPainter, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QComboBox, QWidget

from ui.theme import theme
from ui.widgets.parts import key_cap, row, text

LEAST, MOST = 140, 220
"""Width of the list, and of the words in it; longer ones are shortened."""


class _List(QComboBox):
    """A list whose arrow is drawn from tokens."""

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        painter, middle = QPainter(self), self.height() / 2
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(theme().colour("text2"), 1.8))
        right = self.width() - 12.0
        at = [QPointF(right - 8, middle - 2), QPointF(right - 4, middle + 2), QPointF(right, middle - 2)]
        painter.drawPolyline(QPolygonF(at))


class Chooser(QWidget):
    """A name, the list, its key. Silent while it is filled; `chosen` speaks when a person chooses."""

    chosen = Signal(object)

    def __init__(self, name: str, keys: str) -> None:
        super().__init__()
        self.list = _List()
        self.list.setAccessibleName(name)
        self.list.setMinimumWidth(LEAST)
        self.list.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToContents)
        self.list.activated.connect(lambda at: self.chosen.emit(self.list.itemData(at)))
        self.list.setStyleSheet("QComboBox::drop-down { border: none; }")
        inside = row(text(name, "label"), self.list, spacing=6)
        inside.addWidget(key_cap(keys), 0, Qt.AlignmentFlag.AlignVCenter)
        self.setLayout(inside)
        self.setFocusProxy(self.list)

    def show_choices(self, choices: Sequence[tuple[object, str]], current: object) -> None:
        """Show what there is to choose from."""
        self.list.clear()
        shorten = self.list.fontMetrics().elidedText
        for data, words in choices:
            self.list.addItem(shorten(words, Qt.TextElideMode.ElideMiddle, MOST), data)
            if data == current:
                self.list.setCurrentIndex(self.list.count() - 1)
        self.setVisible(len(choices) > 1)

    @property
    def current(self) -> object:
        """Return what the chosen entry stands for; None without entries."""
        return self.list.currentData()

    def drop_down(self) -> None:
        """Open the list, if there is something to choose."""
        if self.list.count() > 1:
            self.list.setFocus()
            self.list.showPopup()
