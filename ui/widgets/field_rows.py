"""How a line of the field list is drawn: mark, number, label, badge, value, short reason.

Widths come from the longest label; the list decides which line is the current one.
"""

from dataclasses import dataclass

from PySide6.QtCore import QRect, Qt
from PySide6.QtGui import QFont, QFontMetrics, QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget

from ui.i18n import tr
from ui.theme import BODY, CARD, MONO, SANS, SMALL, theme
from ui.widgets.state_marks import Mark, paint_mark

# Joined once: Python joins flags slowly, and a list is painted with several hundred texts.
_ONE_LINE = Qt.AlignmentFlag.AlignVCenter | Qt.TextFlag.TextSingleLine
LEFT = _ONE_LINE | Qt.AlignmentFlag.AlignLeft
RIGHT = _ONE_LINE | Qt.AlignmentFlag.AlignRight
CENTRE = _ONE_LINE | Qt.AlignmentFlag.AlignHCenter
_MARK_AT, _NUMBER_AT, _LABEL_AT, _MARGIN = 12, 40, 70, 14


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


def heading(label: str, count: str) -> FieldRow:
    """Return a heading with its count."""
    return FieldRow(label, reason=count)


class RowPainter:
    """Draws lines; holds the fonts and where values begin."""

    def __init__(self, token: str) -> None:
        self.token = token
        self._label_width = 150
        self._fitted: frozenset[tuple[str, bool]] = frozenset()
        self._plain, self._bold = _font(SANS, BODY), _font(SANS, BODY, QFont.Weight.DemiBold)
        self._mono, self._small = _font(MONO, CARD), _font(SANS, SMALL)
        self._digits, self._badge = _font(MONO, SMALL), _font(SANS, 11)

    def fit_labels(self, rows: list[FieldRow]) -> None:
        """Let the values begin right of the longest label, within bounds."""
        labels = frozenset((row.label, row.twice) for row in rows if row.mark is not None)
        if labels == self._fitted:
            return  # the next document of the same form
        self._fitted, metrics = labels, QFontMetrics(self._bold)
        wide = [metrics.horizontalAdvance(label) + (36 if twice else 0) for label, twice in labels]
        self._label_width = min(max([110, *wide]) + 14, 230)

    def value_room(self, place: QRect) -> QRect:
        """Return where the value of a line stands."""
        left = place.left() + _LABEL_AT + self._label_width
        return QRect(left, place.top(), place.right() - _MARGIN - left, place.height())

    def paint(self, painter: QPainter, place: QRect, row: FieldRow, *, current: bool) -> None:
        """Draw a line; the value of the current one is drawn by `LiveValue`."""
        painter.save()
        if current:
            painter.fillRect(place, theme().colour(f"{self.token}_tint"))
            painter.fillRect(QRect(place.left(), place.top(), 4, place.height()), theme().colour(self.token))
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
        _write(painter, room, row.reason, self._small, "text3", RIGHT)

    def _paint_field(self, painter: QPainter, place: QRect, row: FieldRow, *, current: bool) -> None:
        mark = Mark.NOW if current else row.mark
        square = QRect(place.left() + _MARK_AT, place.top(), 20, place.height())
        paint_mark(painter, square, mark or Mark.EMPTY, self.token if current else "")
        digits = QRect(place.left() + _NUMBER_AT - 4, place.top(), 24, place.height())
        _write(painter, digits, str(row.number), self._digits, "text2", RIGHT)
        self._paint_label(painter, place, row, current=current)
        if not current:
            self._paint_value(painter, self.value_room(place), row)

    def _paint_label(self, painter: QPainter, place: QRect, row: FieldRow, *, current: bool) -> None:
        font = self._bold if current else self._plain
        badge = 32 if row.twice else 0
        room = QRect(place.left() + _LABEL_AT, place.top(), self._label_width - 10 - badge, place.height())
        drawn = _write(painter, room, row.label, font, "text" if current else "text2")
        if row.twice:
            cap = QRect(room.left() + drawn + 8, place.center().y() - 8, 24, 17)
            painter.setPen(theme().colour("edge"))
            painter.drawRoundedRect(cap, 4, 4)
            _write(painter, cap, "2×", self._badge, "text2", CENTRE)  # noqa: RUF001 - the sign itself

    def _paint_value(self, painter: QPainter, room: QRect, row: FieldRow) -> None:
        taken = _write(painter, room, row.reason, self._small, row.tone, RIGHT) if row.reason else 0
        left = room.adjusted(0, 0, -(taken + 12 if taken else 0), 0)
        font, token = (self._mono, "text") if row.is_text else (self._plain, "text2")
        _write(painter, left, row.value, font, token)


class LiveValue(QWidget):
    """The value of the current line, as it is typed. With each key it alone is painted."""

    def __init__(self, parent: QWidget, token: str) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self._token, self._mono, self._plain = token, _font(MONO, CARD), _font(SANS, BODY)
        metrics = QFontMetrics(self._mono)
        self._each, self._tall = max(metrics.horizontalAdvance("0"), 1), metrics.height() - 2
        self.text, self.mark, self._cursor = "", "", 0
        self.hide()

    def show_text(self, text: str, cursor: int) -> None:
        """Show what is typed, and where the cursor is in it."""
        self.text, self._cursor = text, cursor
        self.update()

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter, colours, tall = QPainter(self), theme(), self.height()
        painter.fillRect(self.rect(), colours.colour(f"{self._token}_tint"))
        if self.mark and not self.text:
            painter.setFont(self._plain)
            painter.setPen(colours.colour("text2"))
            painter.drawText(self.rect(), Qt.AlignmentFlag.AlignVCenter, self.mark)
            return
        fits, at = max(self.width() // self._each - 1, 1), self._cursor
        start = max(0, min(at - fits + 1, len(self.text) - fits))
        painter.setFont(self._mono)
        painter.setPen(colours.colour("text"))
        painter.drawText(self.rect(), Qt.AlignmentFlag.AlignVCenter, self.text[start : start + fits])
        x = painter.fontMetrics().horizontalAdvance(self.text[start:at])
        painter.fillRect(x, (tall - self._tall) // 2, 2, self._tall, colours.colour(self._token))


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
    side: Qt.AlignmentFlag = LEFT,
) -> int:
    """Write words on one line, shortened to the room; return how wide they came out."""
    painter.setFont(font)
    painter.setPen(theme().colour(token))
    metrics = painter.fontMetrics()
    wide = metrics.horizontalAdvance(words)
    if wide > room.width():
        words = metrics.elidedText(words, Qt.TextElideMode.ElideRight, room.width())
        wide = metrics.horizontalAdvance(words)
    painter.drawText(room, side, words)
    return wide
