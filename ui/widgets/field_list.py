"""The list of fields: marks, numbers, labels, values, short reasons. It scrolls by row and has no focus.

Which lines there are and what state each is in is decided elsewhere; how a line is drawn is in
`field_rows`. While keys arrive, only the live value of the current line is painted.
"""

from collections.abc import Sequence
from typing import Any

from PySide6.QtCore import (
    QAbstractTableModel,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    QSize,
    Qt,
)
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import (
    QAbstractItemView,
    QFrame,
    QHeaderView,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTableView,
)

from ui.i18n import tr
from ui.widgets.field_rows import FieldRow, LiveValue, RowPainter, heading

__all__ = ["FieldList", "FieldRow", "heading"]

ABOVE = 2
"""Filled rows that stay in sight above the current one."""
_Index = QModelIndex | QPersistentModelIndex


class _Rows(QAbstractTableModel):
    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self.rows: list[FieldRow] = []

    def rowCount(self, parent: _Index = QModelIndex()) -> int:  # noqa: B008 - Qt's signature
        return 0 if parent.isValid() else len(self.rows)

    def columnCount(self, parent: _Index = QModelIndex()) -> int:  # noqa: B008 - Qt's signature
        return 0 if parent.isValid() else 1

    def data(self, index: _Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:  # noqa: ANN401 - Qt's
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return self.rows[index.row()].spoken
        return None

    def flags(self, _index: _Index) -> Qt.ItemFlag:
        return Qt.ItemFlag.ItemIsEnabled

    def put(self, rows: Sequence[FieldRow]) -> None:
        self.beginResetModel()
        self.rows = list(rows)
        self.endResetModel()


class _Delegate(QStyledItemDelegate):
    def __init__(self, model: _Rows, painter: RowPainter) -> None:
        super().__init__(model)
        self._model, self._painter = model, painter
        self.now = -1

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: _Index) -> None:
        row, current = self._model.rows[index.row()], index.row() == self.now
        self._painter.paint(painter, option.rect, row, current=current)


class FieldList(QTableView):
    """All fields of a pass, the current one in sight."""

    def __init__(self, token: str) -> None:
        super().__init__()
        self._model = _Rows(self)
        self._painter = RowPainter(token)
        self._delegate = _Delegate(self._model, self._painter)
        self._live = LiveValue(self.viewport(), token)
        self.setModel(self._model)
        self.setItemDelegate(self._delegate)
        self.setAccessibleName(tr("Fields"))
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setSelectionMode(QAbstractItemView.SelectionMode.NoSelection)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setShowGrid(False)
        self.horizontalHeader().hide()
        self.verticalHeader().hide()
        self.horizontalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Stretch)
        self.verticalHeader().setMinimumSectionSize(28)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerItem)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.set_row_height(34)

    def sizeHint(self) -> QSize:
        return QSize(480, 240)

    def set_row_height(self, height: int) -> None:
        """Give every row this height."""
        self.verticalHeader().setDefaultSectionSize(height)
        self.updateGeometries()

    def updateGeometries(self) -> None:
        """Let only whole rows have room, so that none is cut through at either end."""
        super().updateGeometries()
        rest = self.height() % max(self.verticalHeader().defaultSectionSize(), 1)
        if self.viewportMargins().bottom() != rest:
            self.setViewportMargins(0, 0, 0, rest)
        self._place_live()

    def show_rows(self, rows: Sequence[FieldRow]) -> None:
        """Show these fields."""
        self._delegate.now = -1
        self._model.put(rows)
        self._painter.fit_labels(self._model.rows)
        self._place_live()

    def rows(self) -> list[FieldRow]:
        """Return what is shown."""
        return list(self._model.rows)

    @property
    def live(self) -> str:
        """Return the text that is shown as being typed."""
        return self._live.text

    def change(self, at: int, row: FieldRow) -> None:
        """Show another state of one row."""
        if self._model.rows[at] != row:
            self._model.rows[at] = row
            self._repaint(at)
            self._place_live()

    def go(self, at: int) -> None:
        """Make a row the current one and bring it into sight, with filled rows above it."""
        before, self._delegate.now = self._delegate.now, at
        self._repaint(before)
        self._repaint(at)
        self._bring(at)
        self._place_live()

    def show_live(self, text: str, cursor: int) -> None:
        """Show what is being typed in the current row."""
        self._live.show_text(text, cursor)

    def forget(self) -> None:
        """Let go of everything that was shown."""
        self._live.show_text("", 0)
        self._live.mark = ""
        self.show_rows(())

    def _place_live(self) -> None:
        """Put the live value into the current row, wherever that is scrolled to."""
        now = self._delegate.now
        self._live.setVisible(0 <= now < len(self._model.rows))
        if 0 <= now < len(self._model.rows):
            row = self._model.rows[now]
            self._live.mark = "" if row.is_text else row.value
            place = self.visualRect(self._model.index(now, 0))
            self._live.setGeometry(self._painter.value_room(place))

    def _repaint(self, at: int) -> None:
        if 0 <= at < len(self._model.rows):
            self.viewport().update(self.visualRect(self._model.index(at, 0)))

    def _bring(self, at: int) -> None:
        """Scroll by whole rows, and as little as needed."""
        bar = self.verticalScrollBar()
        fits = max(self.viewport().height() // self.verticalHeader().defaultSectionSize(), 1)
        top = bar.value()
        above = min(ABOVE, fits - 1)
        if at - above < top:
            bar.setValue(max(at - above, 0))
        elif at >= top + fits - 1:
            bar.setValue(at - fits + 2)
