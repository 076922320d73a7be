"""A text drawn with its differences marked. It keeps the pieces and nothing made from them."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QFont, QPainter, QPaintEvent, QPen, QTextCharFormat, QTextLayout, QTextLine
from PySide6.QtWidgets import QSizePolicy, QWidget

from ui.theme import MONO, VALUE, theme
from ui.widgets.differences import Mark, Pieces, Span, on_screen, shown_spans, units

FOOT: Final = 3


class MarkedText(QWidget):
    """One value in the typeface of values, its differences tinted and underlined, its gaps hollow.

    A character of which the keyer was unsure stands in a dashed box.
    """

    def __init__(self) -> None:
        super().__init__()
        self._pieces: Pieces = ()
        self._unsure: tuple[Span, ...] = ()
        self._size = VALUE
        policy = QSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)

    def show_pieces(self, pieces: Pieces, unsure: Sequence[Span] = (), size: int = VALUE) -> None:
        """Show a text in a size: smaller when it is long, or stands beside a long one."""
        self._pieces, self._unsure, self._size = pieces, tuple(unsure), size
        self.updateGeometry()
        self.update()

    def clear(self) -> None:
        """Forget the text."""
        self.show_pieces(())

    @property
    def value_font(self) -> QFont:
        """Return the typeface of values, in the size of this text."""
        font = QFont(MONO)
        font.setPixelSize(self._size)
        font.setStyleStrategy(QFont.StyleStrategy.PreferDefault)
        return font

    def hasHeightForWidth(self) -> bool:
        return True

    def heightForWidth(self, width: int) -> int:
        return round(self._laid_out(width).boundingRect().height()) + 2 * FOOT

    def sizeHint(self) -> QSize:
        width = self.width() or 400
        return QSize(200, self.heightForWidth(width))

    def minimumSizeHint(self) -> QSize:
        return QSize(80, self.sizeHint().height())

    def _laid_out(self, width: int) -> QTextLayout:
        layout = QTextLayout("".join(map(on_screen, self._pieces)) or " ", self.value_font)
        option = layout.textOption()
        option.setWrapMode(option.WrapMode.WrapAnywhere)
        layout.setTextOption(option)
        layout.setFormats([self._ink(span) for span in self._spans_of(Mark.DIFFERENT)])
        layout.beginLayout()
        top = 0.0
        while (line := layout.createLine()).isValid():
            line.setLineWidth(max(width, 1))
            line.setPosition(QPointF(0, top))
            top += line.height() + 2 * FOOT
        layout.endLayout()
        return layout

    def _ink(self, span: Span) -> QTextLayout.FormatRange:
        ink = QTextLayout.FormatRange()
        ink.start, ink.length = span[0], span[1] - span[0]
        ink.format = QTextCharFormat()
        ink.format.setForeground(theme().colour("difference_text"))
        return ink

    def _spans_of(self, mark: Mark) -> Iterator[Span]:
        at = 0
        for piece in self._pieces:
            words = on_screen(piece)
            end = at + units(words, len(words))
            if piece.mark is mark:
                yield at, end
            at = end

    def _unsure_spans(self) -> Iterator[Span]:
        words = "".join(map(on_screen, self._pieces))
        for start, end in shown_spans(self._pieces, self._unsure):
            yield units(words, start), units(words, end)

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter, colours = QPainter(self), theme()
        layout = self._laid_out(self.width())
        painter.translate(0, max(0, (self.height() - layout.boundingRect().height()) / 2))
        foot = colours.colour("difference_text")
        for place in _places(layout, self._spans_of(Mark.DIFFERENT)):
            painter.fillRect(place, colours.colour("difference"))
            painter.fillRect(place.adjusted(1, place.height(), -1, FOOT), foot)
        for place in _places(layout, self._spans_of(Mark.MISSING)):
            painter.setPen(QPen(colours.colour("edge"), 1))
            painter.drawRect(place.adjusted(1, 2, -1, -1))
            painter.fillRect(place.adjusted(1, place.height(), -1, FOOT), foot)
        painter.setPen(colours.colour("text"))
        layout.draw(painter, QPointF(0, 0))
        painter.setPen(QPen(colours.colour("mark"), 1.5, Qt.PenStyle.DashLine))
        for place in _places(layout, self._unsure_spans()):
            painter.drawRoundedRect(place.adjusted(0, 1, 0, -1), 3, 3)


def _places(layout: QTextLayout, spans: Iterable[Span]) -> Iterator[QRectF]:
    lines = [layout.lineAt(number) for number in range(layout.lineCount())]
    for start, end in spans:
        for line in lines:
            first, last = max(start, line.textStart()), min(end, line.textStart() + line.textLength())
            if first < last:
                yield _place(line, first, last)


def _place(line: QTextLine, first: int, last: int) -> QRectF:
    """Return where characters stand; what has no width of its own still shows."""
    edges = sorted(_x(line, at) for at in (first, last))
    return QRectF(edges[0], line.y(), max(edges[1] - edges[0], 4), line.height())


def _x(line: QTextLine, at: int) -> float:
    place: object = line.cursorToX(at)
    x = place[0] if isinstance(place, tuple) else place
    assert isinstance(x, float)  # noqa: S101 - Qt gives the place, and with it the character
    return x
