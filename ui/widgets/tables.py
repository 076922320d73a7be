"""The table of desk screens: rows of cells with words, icons, chips or a bar; one row is chosen at a time.

It scrolls by row, the chosen row is always fully visible, and every key that is no movement goes on to
the page. Words that do not fit are cut with … on purpose; a screen reader gets all of them.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import (
    QAbstractTableModel,
    QModelIndex,
    QPersistentModelIndex,
    QPointF,
    QRectF,
    Qt,
    Signal,
)
from PySide6.QtGui import QFont, QFontMetricsF, QKeyEvent, QPainter, QResizeEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHeaderView,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTableView,
)

from ui.assets import pixmap
from ui.theme import BODY, theme
from ui.widgets.chips import ChipWords, chip_width, draw_chip, letters

EDGE, GAP, ICON, BAR = 8, 6, 16, 8
MARK, RING = 4, 2
MOVES = {
    Qt.Key.Key_Up, Qt.Key.Key_Down, Qt.Key.Key_PageUp, Qt.Key.Key_PageDown, Qt.Key.Key_Home, Qt.Key.Key_End,
}  # fmt: skip
Index = QModelIndex | QPersistentModelIndex


@dataclass(frozen=True, slots=True)
class Column:
    """A column: its head, how wide it is at the least, and its part of the room that is left."""

    words: str
    least: int
    weight: int = 0
    right: bool = False


@dataclass(frozen=True, slots=True)
class Cell:
    """What one cell shows; `share` draws a bar from 0 to 1 before the words."""

    words: str = ""
    hue: str = "text"
    mono: bool = False
    bold: bool = False
    icon: str = ""
    chips: tuple[ChipWords, ...] = ()
    share: float | None = None

    @property
    def spoken(self) -> str:
        """Return all that the cell says."""
        return " ".join(filter(None, (*(chip.words for chip in self.chips), self.words)))


def spread(columns: Sequence[Column], width: int) -> list[int]:
    """Return the columns' widths: the least of each, what is left by weight, the odd pixels to the last."""
    left = max(width - sum(column.least for column in columns), 0)
    weights = sum(column.weight for column in columns) or 1
    widths = [column.least + left * column.weight // weights for column in columns]
    widths[-1] += max(width - sum(widths), 0)
    return widths


def row_height(window_height: int) -> int:
    """Return how high a row is in a window of this height."""
    return 32 if window_height < 800 else 34 if window_height < 1000 else 40


class _Rows(QAbstractTableModel):
    def __init__(self, columns: Sequence[Column]) -> None:
        super().__init__()
        self.columns = list(columns)
        self.rows: list[Sequence[Cell]] = []

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 - Qt's own default
        return 0 if parent.isValid() else len(self.rows)

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 - Qt's own default
        return 0 if parent.isValid() else len(self.columns)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        if role in {Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole}:
            return self.rows[index.row()][index.column()].spoken
        return None

    def headerData(
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> object:
        if orientation is not Qt.Orientation.Horizontal:
            return None
        if role == Qt.ItemDataRole.TextAlignmentRole and self.columns[section].right:
            return Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        return self.columns[section].words if role == Qt.ItemDataRole.DisplayRole else None

    def show(self, rows: Sequence[Sequence[Cell]]) -> None:
        """Show other rows."""
        self.beginResetModel()
        self.rows = list(rows)
        self.endResetModel()


class _Painter(QStyledItemDelegate):
    def __init__(self, rows: _Rows) -> None:
        super().__init__()
        self._rows = rows

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        box, colours = QRectF(option.rect), theme()
        chosen = bool(option.state & QStyle.StateFlag.State_Selected)
        painter.save()
        painter.fillRect(box, colours.colour("accent_tint" if chosen else "panel"))
        painter.fillRect(QRectF(box.left(), box.bottom() - 1, box.width(), 1), colours.colour("hairline"))
        if chosen:
            self._draw_mark(painter, box, index, focused=option.widget.hasFocus())
        painter.setClipRect(box)
        inside = box.adjusted(EDGE + (MARK if index.column() == 0 else 0), 0, -EDGE, -1)
        cell, column = self._rows.rows[index.row()][index.column()], self._rows.columns[index.column()]
        _draw_cell(painter, inside, cell, right=column.right)
        painter.restore()

    def _draw_mark(self, painter: QPainter, box: QRectF, index: Index, *, focused: bool) -> None:
        """Mark the chosen row: a bar at its left, and with the focus a line around it."""
        hue = theme().colour("accent")
        if index.column() == 0:
            painter.fillRect(QRectF(box.left(), box.top(), MARK if focused else MARK / 2, box.height()), hue)
        if not focused:
            return
        painter.fillRect(QRectF(box.left(), box.top(), box.width(), RING), hue)
        painter.fillRect(QRectF(box.left(), box.bottom() - RING, box.width(), RING), hue)
        if index.column() == len(self._rows.columns) - 1:
            painter.fillRect(QRectF(box.right() - RING, box.top(), RING, box.height()), hue)


def _draw_cell(painter: QPainter, box: QRectF, cell: Cell, *, right: bool) -> None:
    for chip in cell.chips:
        if box.width() >= chip_width(chip):
            box.setLeft(box.left() + draw_chip(painter, QPointF(box.left(), box.center().y()), chip) + GAP)
    if cell.icon:
        picture = pixmap(
            cell.icon, getattr(theme().tokens, cell.hue), ICON, painter.device().devicePixelRatioF()
        )
        painter.drawPixmap(QPointF(box.left(), box.center().y() - ICON / 2), picture)
        box.setLeft(box.left() + ICON + GAP)
    font = letters(BODY, QFont.Weight.DemiBold if cell.bold else QFont.Weight.Normal, mono=cell.mono)
    measure = QFontMetricsF(font)
    if cell.share is not None:
        box.setLeft(_draw_bar(painter, box, cell, measure.horizontalAdvance(cell.words)))
    painter.setFont(font)
    painter.setPen(theme().colour("text" if cell.share is not None else cell.hue))
    side = Qt.AlignmentFlag.AlignRight if right or cell.share is not None else Qt.AlignmentFlag.AlignLeft
    words = measure.elidedText(cell.words, Qt.TextElideMode.ElideRight, box.width())
    painter.drawText(box, side | Qt.AlignmentFlag.AlignVCenter, words)


def _draw_bar(painter: QPainter, box: QRectF, cell: Cell, words: float) -> float:
    """Draw the bar of a share, and return where the words may begin."""
    room = max(box.width() - max(words, 44) - GAP, 0)
    bed = QRectF(box.left(), box.center().y() - BAR / 2, room, BAR)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(theme().colour("hairline"))
    painter.drawRoundedRect(bed, BAR / 2, BAR / 2)
    painter.setBrush(theme().colour(cell.hue))
    painter.drawRoundedRect(QRectF(bed.left(), bed.top(), room * (cell.share or 0), BAR), BAR / 2, BAR / 2)
    return bed.right() + GAP


class RowTable(QTableView):
    """Rows that one walks with the arrow keys; Enter opens the chosen one."""

    chosen = Signal(int)
    """The number of the chosen row; -1 for none."""
    opened = Signal(int)

    def __init__(self, name: str, columns: Sequence[Column]) -> None:
        super().__init__()
        self.setAccessibleName(name)
        self._rows = _Rows(columns)
        self.setModel(self._rows)
        self._painter = _Painter(self._rows)
        self.setItemDelegate(self._painter)
        self.setShowGrid(False)
        self.setStyleSheet("QTableView:focus { border: none; }")  # the row is marked, not the whole table
        self.setTabKeyNavigation(False)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerItem)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.verticalHeader().hide()
        heads = self.horizontalHeader()
        heads.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        heads.setMinimumSectionSize(0)
        heads.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        heads.setHighlightSections(False)
        heads.setAccessibleName(name)
        self.selectionModel().currentRowChanged.connect(lambda now, _before: self.chosen.emit(now.row()))

    def show_rows(self, rows: Sequence[Sequence[Cell]], choose: int = 0) -> None:
        """Show other rows, and choose one of them."""
        self._rows.show(rows)
        if rows:
            self.choose(min(max(choose, 0), len(rows) - 1))
        else:
            self.chosen.emit(-1)

    def choose(self, row: int) -> None:
        """Choose a row."""
        self.setCurrentIndex(self._rows.index(row, 0))

    @property
    def row(self) -> int:
        """Return the number of the chosen row; -1 for none."""
        return self.currentIndex().row()

    def words(self, row: int, column: int) -> str:
        """Return what a cell says."""
        return self._rows.rows[row][column].spoken

    def count(self) -> int:
        """Return how many rows there are."""
        return len(self._rows.rows)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in {Qt.Key.Key_Return, Qt.Key.Key_Enter} and not event.modifiers() & _CHORD:
            if self.row >= 0:
                self.opened.emit(self.row)
            else:
                event.ignore()
        elif event.key() in MOVES and not event.modifiers() & _CHORD:
            super().keyPressEvent(event)
        else:
            event.ignore()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.verticalHeader().setDefaultSectionSize(row_height(self.window().height()))
        for number, width in enumerate(spread(self._rows.columns, self.viewport().width())):
            self.setColumnWidth(number, width)


_CHORD = Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.AltModifier
