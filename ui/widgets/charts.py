"""Bar charts, painted; each is a table as well (`T`), and its numbers are reached with the arrow keys.

A chart is given words and numbers; what they count is decided elsewhere.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import (
    QAccessible,
    QAccessibleEvent,
    QFocusEvent,
    QFont,
    QFontMetricsF,
    QKeyEvent,
    QPainter,
    QPaintEvent,
    QPen,
)
from PySide6.QtWidgets import QFrame, QSizePolicy, QStackedWidget, QVBoxLayout, QWidget

from ui.i18n import tr
from ui.theme import SMALL, theme
from ui.widgets.chips import letters
from ui.widgets.parts import key_cap, row, text
from ui.widgets.tables import Cell, Column, RowTable

LINE, BAR, GAP = 22, 13, 8
MOST_LABEL = 0.4
FAINT = 0.6


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar: its label, what it counts, the share in words, and whether it is one of the great ones."""

    label: str
    count: int
    share: str
    strong: bool = True

    @property
    def spoken(self) -> str:
        """Return the bar in words."""
        return tr("{label}, {count}, {share}", label=self.label, count=self.count, share=self.share)


def window_of(count: int, room: int, current: int) -> range:
    """Return which bars are shown where `room` of them fit, the current one always among them."""
    first = max(0, min(current - room + 1, count - room))
    return range(max(first, 0), min(max(first, 0) + max(room, 1), count))


class BarChart(QWidget):
    """Bars under each other; ↑ and ↓ move a mark that is read aloud."""

    def __init__(self, name: str, hue: str) -> None:
        super().__init__()
        self.setAccessibleName(name)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self._hue, self._bars, self._current = hue, list[Bar](), 0

    def show_bars(self, bars: Sequence[Bar]) -> None:
        """Show other bars."""
        self._bars = list(bars)
        self._move(0)

    def sizeHint(self) -> QSize:
        return QSize(260, LINE * 7)

    def minimumSizeHint(self) -> QSize:
        return QSize(200, LINE * 4)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        step = {Qt.Key.Key_Up: -1, Qt.Key.Key_Down: 1}.get(Qt.Key(event.key()))
        if step is None:
            event.ignore()
        else:
            self._move(self._current + step)

    def _move(self, to: int) -> None:
        self._current = max(0, min(to, len(self._bars) - 1))
        words = self._bars[self._current].spoken if self._bars else tr("Nothing to count yet")
        self.setAccessibleDescription(words)
        QAccessible.updateAccessibility(QAccessibleEvent(self, QAccessible.Event.DescriptionChanged))
        self.update()

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        self.update()

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        shown = window_of(len(self._bars), self.height() // LINE, self._current)
        label = min(max(map(self._label_width, self._bars), default=0), self.width() * MOST_LABEL)
        most = max((bar.count for bar in self._bars), default=1)
        for place, number in enumerate(shown):
            box = QRectF(0, place * LINE, self.width(), LINE)
            self._draw_bar(painter, box, self._bars[number], label, most)
            if number == self._current and self.hasFocus():
                painter.setPen(QPen(theme().colour("accent"), 2))
                painter.setBrush(Qt.BrushStyle.NoBrush)
                painter.drawRoundedRect(box.adjusted(1, 1, -1, -1), 4, 4)

    def _label_width(self, bar: Bar) -> float:
        return QFontMetricsF(letters(SMALL)).horizontalAdvance(bar.label) + 6

    def _draw_bar(self, painter: QPainter, box: QRectF, bar: Bar, label: float, most: int) -> None:
        plain, strong = letters(SMALL), letters(SMALL, QFont.Weight.DemiBold)
        share = QFontMetricsF(plain).horizontalAdvance("100 %") + 6
        number = QFontMetricsF(strong).horizontalAdvance(str(most))
        room = box.width() - label - number - share - 3 * GAP
        painter.setFont(plain)
        painter.setPen(theme().colour("text2"))
        words = QFontMetricsF(plain).elidedText(bar.label, Qt.TextElideMode.ElideRight, label)
        painter.drawText(box.adjusted(4, 0, 0, 0), Qt.AlignmentFlag.AlignVCenter, words)
        painter.drawText(
            box.adjusted(0, 0, -4, 0), Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight, bar.share
        )
        length = max(room * bar.count / most, 2)
        drawn = QRectF(box.left() + label + GAP, box.center().y() - BAR / 2, length, BAR)
        colour = theme().colour(self._hue)
        colour.setAlphaF(1 if bar.strong else FAINT)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(colour)
        painter.drawRoundedRect(drawn, 3, 3)
        painter.setFont(strong)
        painter.setPen(theme().colour("text"))
        count = QRectF(drawn.right() + GAP, box.top(), box.width(), box.height())
        painter.drawText(count, Qt.AlignmentFlag.AlignVCenter, str(bar.count))


class ChartCard(QFrame):
    """A chart with its title; `T` shows the same as a table, and the chart again."""

    def __init__(self, title: str, about: str, hue: str, heads: tuple[str, str, str]) -> None:
        super().__init__()
        self.setProperty("role", "card")
        name = tr("{title}: {about}", title=title, about=about)
        self.chart = BarChart(name, hue)
        numbers = (Column(heads[1], 104, right=True), Column(heads[2], 110, right=True))
        self.table = RowTable(name, (Column(heads[0], 90, 1), *numbers))
        self._both = QStackedWidget()
        self._both.addWidget(self.chart)
        self._both.addWidget(self.table)
        head = row(text(title, "card-title"), text(about, "small"), None)
        head.addLayout(row(key_cap("T"), text(tr("Table"), "small"), spacing=4))
        layout = QVBoxLayout(self)
        layout.setContentsMargins(14, 10, 14, 10)
        layout.setSpacing(6)
        layout.addLayout(head)
        layout.addWidget(self._both, 1)
        self.setFocusProxy(self.chart)

    def show_bars(self, bars: Sequence[Bar]) -> None:
        """Show other bars, in the chart and in the table."""
        self.chart.show_bars(bars)
        self.table.show_rows(
            [(Cell(bar.label), Cell(str(bar.count), bold=True), Cell(bar.share, "text2")) for bar in bars]
        )

    @property
    def as_table(self) -> bool:
        """Say whether the table is shown."""
        return self._both.currentWidget() is self.table

    def turn(self) -> None:
        """Show the table for the chart, or the chart for the table; the focus stays in this card."""
        had = self.chart.hasFocus() or self.table.hasFocus()
        shown: QWidget = self.chart if self.as_table else self.table
        self._both.setCurrentWidget(shown)
        self.setFocusProxy(shown)
        if had:
            shown.setFocus()
