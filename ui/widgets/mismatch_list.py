"""A list of places: a state mark, the field's name and the document's number; never a value.

It is read, not worked in: the queue decides what comes next. Letters and digits typed here reach the
page, so that its keys go on working.
"""

import enum
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRectF, QSize, Qt
from PySide6.QtGui import QFont, QKeyEvent, QPainter
from PySide6.QtWidgets import QListWidget, QListWidgetItem, QStyledItemDelegate, QStyleOptionViewItem

from ui.assets import pixmap
from ui.i18n import tr
from ui.theme import BODY, MONO, SANS, SMALL, theme

_LINE: Final = Qt.ItemDataRole.UserRole
_STEPS: Final = {
    Qt.Key.Key_Up, Qt.Key.Key_Down, Qt.Key.Key_PageUp, Qt.Key.Key_PageDown, Qt.Key.Key_Home, Qt.Key.Key_End,
}  # fmt: skip


class Standing(enum.Enum):
    """How a place stands; each has a shape of its own."""

    NOW = "now"
    OPEN = "mismatch"
    SETTLED = "check"


@dataclass(frozen=True, slots=True)
class Line:
    """One row of the list."""

    label: str
    number: int
    standing: Standing


class MismatchList(QListWidget):
    """Rows of one height; the current one is always fully visible."""

    def __init__(self, name: str, row_height: int = 34) -> None:
        super().__init__()
        self.setAccessibleName(name)
        self._delegate = _Row(row_height)
        self.setItemDelegate(self._delegate)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollMode(QListWidget.ScrollMode.ScrollPerItem)
        self.setEditTriggers(QListWidget.EditTrigger.NoEditTriggers)
        self.setUniformItemSizes(True)

    def show_lines(self, lines: Sequence[Line]) -> None:
        """Show these rows."""
        self.clear()
        for line in lines:
            item = QListWidgetItem()
            item.setData(_LINE, line)
            item.setData(Qt.ItemDataRole.AccessibleTextRole, _spoken(line))
            self.addItem(item)
            if line.standing is Standing.NOW:
                self.setCurrentItem(item)
                self.scrollToItem(item)

    def set_row_height(self, height: int) -> None:
        """Take this row height."""
        self._delegate.height = height
        self.scheduleDelayedItemsLayout()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in _STEPS and not event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier:
            super().keyPressEvent(event)
        else:
            event.ignore()


def _spoken(line: Line) -> str:
    words = {
        Standing.NOW: tr("{field}, document {n}, you are here", field=line.label, n=line.number),
        Standing.OPEN: tr("{field}, document {n}, mismatch", field=line.label, n=line.number),
        Standing.SETTLED: tr("{field}, document {n}, settled", field=line.label, n=line.number),
    }
    return words[line.standing]


class _Row(QStyledItemDelegate):
    def __init__(self, height: int) -> None:
        super().__init__()
        self.height = height

    def sizeHint(self, _option: QStyleOptionViewItem, _index: QModelIndex | QPersistentModelIndex) -> QSize:
        return QSize(120, self.height)

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        line = index.data(_LINE)
        box = QRectF(option.rect)
        now = line.standing is Standing.NOW
        colours = theme()
        if now:
            painter.fillRect(box, colours.colour("resolve_tint"))
        token = "ok" if line.standing is Standing.SETTLED else "resolve"
        mark = pixmap(
            line.standing.value, getattr(colours.tokens, token), 16, painter.device().devicePixelRatioF()
        )
        painter.drawPixmap(round(box.left()) + 14, round(box.center().y() - 8), mark)
        inside = box.adjusted(42, 0, -16, 0)
        number = tr("doc {n}", n=line.number)
        painter.setFont(_font(MONO, SMALL))
        room = painter.fontMetrics().horizontalAdvance(number) + 10
        painter.setPen(colours.colour("text3" if not now else "text2"))
        painter.drawText(inside, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight, number)
        painter.setFont(_font(SANS, BODY, QFont.Weight.DemiBold if now else QFont.Weight.Normal))
        painter.setPen(colours.colour("text2" if line.standing is Standing.SETTLED else "text"))
        words = painter.fontMetrics().elidedText(
            line.label, Qt.TextElideMode.ElideRight, round(inside.width() - room)
        )
        painter.drawText(inside, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, words)


def _font(family: str, size: int, weight: QFont.Weight = QFont.Weight.Normal) -> QFont:
    font = QFont(family)
    font.setPixelSize(size)
    font.setWeight(weight)
    return font
