"""The list of fields: marks, numbers, labels, values, short reasons. It scrolls by row and has no focus.

Each row paints itself from a `FieldRow`; the row of the field being keyed shows the live text, and only
that row is painted while keys arrive. It never decides what a state is.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from PySide6.QtCore import (
    QAbstractTableModel,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    QRect,
    QSize,
    Qt,
)
from PySide6.QtGui import QColor, QFont, QFontMetrics, QPainter
from PySide6.QtWidgets import (
    QAbstractItemView,
    QFrame,
    QHeaderView,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTableView,
)

from ui.i18n import tr
from ui.theme import BODY, CARD, MONO, SANS, SMALL, theme
from ui.widgets.state_marks import Mark, paint_mark

ABOVE = 2
"""Filled rows that stay in sight above the current one."""
_MARK_AT, _NUMBER_AT, _LABEL_AT, _MARGIN = 12, 40, 70, 14
_Index = QModelIndex | QPersistentModelIndex


@dataclass(frozen=True, slots=True)
class FieldRow:
    """One line: a field, or a heading (mark None) with a count at the right."""

    label: str
    mark: Mark | None = None
    number: int = 0
    twice: bool = False
    value: str = ""
    is_text: bool = True
    reason: str = ""
    tone: str = "text3"

    @property
    def spoken(self) -> str:
        """Return the line as a screen reader says it."""
        if self.mark is None:
            return f"{self.label}, {self.reason}"
        twice = tr("keyed twice") if self.twice else ""
        parts = (str(self.number), self.label, twice, self.mark.words, self.value, self.reason)
        return ", ".join(part for part in parts if part)


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


class _Painter(QStyledItemDelegate):
    """Paints a row; holds the fonts, and what is live."""

    def __init__(self, model: _Rows, token: str) -> None:
        super().__init__(model)
        self._model, self._token = model, token
        self.now, self.text, self.cursor = -1, "", 0
        self.label_width = 150
        self._plain, self._bold = _font(SANS, BODY), _font(SANS, BODY, QFont.Weight.DemiBold)
        self._mono, self._small = _font(MONO, CARD), _font(SANS, SMALL)
        self._digits, self._badge = _font(MONO, SMALL), _font(SANS, 11)
        self._value_metrics = QFontMetrics(self._mono)

    def fit_labels(self) -> None:
        """Let the values begin right of the longest label, within bounds."""
        metrics = QFontMetrics(self._bold)
        wide = [
            metrics.horizontalAdvance(row.label) + (36 if row.twice else 0)
            for row in self._model.rows
            if row.mark is not None
        ]
        self.label_width = min(max([110, *wide]) + 14, 230)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: _Index) -> None:
        number, place = index.row(), option.rect
        row, current = self._model.rows[number], number == self.now
        painter.save()
        if current:
            painter.fillRect(place, theme().colour(f"{self._token}_tint"))
            painter.fillRect(QRect(place.left(), place.top(), 4, place.height()), theme().colour(self._token))
        else:
            line = QRect(place.left() + _MARK_AT, place.bottom(), place.width() - 2 * _MARK_AT, 1)
            painter.fillRect(line, theme().colour("hairline"))
        if row.mark is None:
            self._paint_heading(painter, place, row)
        else:
            self._paint_field(painter, place, row, current=current)
        painter.restore()

    def _paint_heading(self, painter: QPainter, place: QRect, row: FieldRow) -> None:
        room = place.adjusted(_MARGIN, 0, -_MARGIN, 0)
        _write(painter, room, row.label, self._bold, "text2")
        _write(painter, room, row.reason, self._small, "text3", right=True)

    def _paint_field(self, painter: QPainter, place: QRect, row: FieldRow, *, current: bool) -> None:
        mark = Mark.NOW if current else row.mark
        token = self._token if current else ""
        square = QRect(place.left() + _MARK_AT, place.top(), 20, place.height())
        paint_mark(painter, square, mark or Mark.EMPTY, token)
        digits = QRect(place.left() + _NUMBER_AT - 4, place.top(), 24, place.height())
        _write(painter, digits, str(row.number), self._digits, "text2", right=True)
        self._paint_label(painter, place, row, current=current)
        left = place.left() + _LABEL_AT + self.label_width
        room = QRect(left, place.top(), place.right() - _MARGIN - left, place.height())
        if current:
            self._paint_live(painter, room, row)
        else:
            self._paint_value(painter, room, row)

    def _paint_label(self, painter: QPainter, place: QRect, row: FieldRow, *, current: bool) -> None:
        font = self._bold if current else self._plain
        badge = 32 if row.twice else 0
        room = QRect(place.left() + _LABEL_AT, place.top(), self.label_width - 10 - badge, place.height())
        drawn = _write(painter, room, row.label, font, "text" if current else "text2")
        if row.twice:
            cap = QRect(room.left() + drawn + 8, place.center().y() - 8, 24, 17)
            painter.setPen(theme().colour("edge"))
            painter.drawRoundedRect(cap, 4, 4)
            _write(painter, cap, "2×", self._badge, "text2", centre=True)  # noqa: RUF001 - the sign itself

    def _paint_value(self, painter: QPainter, room: QRect, row: FieldRow) -> None:
        taken = _write(painter, room, row.reason, self._small, row.tone, right=True) if row.reason else 0
        left = room.adjusted(0, 0, -(taken + 12 if taken else 0), 0)
        font, token = (self._mono, "text") if row.is_text else (self._plain, "text2")
        _write(painter, left, row.value, font, token)

    def _paint_live(self, painter: QPainter, room: QRect, row: FieldRow) -> None:
        if not row.is_text and not self.text:
            _write(painter, room, row.value, self._plain, "text2")
            return
        metrics, words, at = self._value_metrics, self.text, self.cursor
        each = max(metrics.horizontalAdvance("0"), 1)
        fits = max(room.width() // each - 1, 1)
        start = max(0, min(at - fits + 1, len(words) - fits)) if len(words) > fits else 0
        _write(painter, room, words[start : start + fits], self._mono, "text")
        x = room.left() + metrics.horizontalAdvance(words[start:at])
        tall = metrics.height() - 2
        painter.fillRect(QRect(x, room.center().y() - tall // 2, 2, tall), theme().colour(self._token))


def _font(family: str, size: int, weight: QFont.Weight = QFont.Weight.Normal) -> QFont:
    font = QFont(family)
    font.setPixelSize(size)
    font.setWeight(weight)
    return font


def _write(
    painter: QPainter,
    room: QRect,
    words: str,
    font: QFont,
    token: str,
    *,
    right: bool = False,
    centre: bool = False,
) -> int:
    """Write words on one line, shortened to the room; return how wide they came out."""
    painter.setFont(font)
    painter.setPen(QColor(theme().colour(token)))
    metrics = painter.fontMetrics()
    wide = metrics.horizontalAdvance(words)
    if wide > room.width():
        words = metrics.elidedText(words, Qt.TextElideMode.ElideRight, room.width())
        wide = metrics.horizontalAdvance(words)
    side = Qt.AlignmentFlag.AlignRight if right else Qt.AlignmentFlag.AlignLeft
    side = Qt.AlignmentFlag.AlignHCenter if centre else side
    painter.drawText(room, side | Qt.AlignmentFlag.AlignVCenter | Qt.TextFlag.TextSingleLine, words)
    return wide


class FieldList(QTableView):
    """All fields of a pass, the current one in sight."""

    def __init__(self, token: str) -> None:
        super().__init__()
        self._model = _Rows(self)
        self._painter = _Painter(self._model, token)
        self.setModel(self._model)
        self.setItemDelegate(self._painter)
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

    def show_rows(self, rows: Sequence[FieldRow]) -> None:
        """Show these fields."""
        self._painter.now = -1
        self._model.put(rows)
        self._painter.fit_labels()

    def rows(self) -> list[FieldRow]:
        """Return what is shown."""
        return list(self._model.rows)

    def change(self, at: int, row: FieldRow) -> None:
        """Show another state of one row."""
        if self._model.rows[at] != row:
            self._model.rows[at] = row
            self._repaint(at)

    def go(self, at: int) -> None:
        """Make a row the current one and bring it into sight, with filled rows above it."""
        before, self._painter.now = self._painter.now, at
        self._repaint(before)
        self._repaint(at)
        self._bring(at)

    def show_live(self, text: str, cursor: int) -> None:
        """Show what is being typed in the current row."""
        self._painter.text, self._painter.cursor = text, cursor
        self._repaint(self._painter.now)

    def forget(self) -> None:
        """Let go of everything that was shown."""
        self._painter.text = ""
        self.show_rows(())

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


def heading(label: str, count: str) -> FieldRow:
    """Return a heading with its count."""
    return FieldRow(label, reason=count)


def with_live(row: FieldRow, text: str) -> FieldRow:
    """Return a row as it stands with this text in it."""
    return replace(row, value=text, is_text=True)
