"""Two readings in equal size, weight and marking, named ▲ and ■; one of them can be selected.

The pair knows nothing of who keyed what. It keeps the texts only while it shows them: `forget` leaves
no text, no spoken name and no marked piece behind.
"""

from dataclasses import dataclass
from typing import Final

from PySide6.QtCore import QRectF, Qt, Signal
from PySide6.QtGui import QMouseEvent, QPainter, QPaintEvent, QPen, QResizeEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QSizePolicy, QVBoxLayout, QWidget

from ui.assets import pixmap
from ui.i18n import tr
from ui.theme import CARD, DIALOG, VALUE, theme
from ui.widgets.differences import Pieces, Span, mark_differences, plain_pieces, shortened
from ui.widgets.marked_text import MarkedText
from ui.widgets.parts import key_cap, picture, text

SIGNS: Final = ("▲", "■")
SIZES: Final = ((26, VALUE), (60, DIALOG))
"""Up to how many characters a value is drawn in which size; beyond, in the smallest."""
TOO_LONG: Final = 160
"""Characters from which the middle of equal stretches is left out."""
NAME, LEAST_HEIGHT, GAP = 84, 56, 8


@dataclass(frozen=True, slots=True)
class Shown:
    """One reading to show: its text with the characters that were unsure, or what it says in words.

    icon: the state mark beside the words. words beside a text say how much of it was unsure.
    """

    text: str = ""
    unsure: tuple[Span, ...] = ()
    words: str = ""
    icon: str = ""


def size_of(length: int) -> int:
    """Return the size in which a value of that many characters is drawn."""
    return next((size for most, size in SIZES if length <= most), CARD)


class ReadingPair(QWidget):
    """Both readings, one under the other."""

    chosen = Signal(int)
    """A reading was clicked: 0 or 1."""
    fitted = Signal()
    """Both readings have another height."""

    def __init__(self) -> None:
        super().__init__()
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAccessibleName(tr("Two readings"))
        self.is_shortened = False
        self._rows = (_Reading("1", SIGNS[0]), _Reading("2", SIGNS[1]))
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(GAP)
        for place, one in enumerate(self._rows):
            layout.addWidget(one)
            one.clicked.connect(lambda place=place: self.chosen.emit(place))

    def show_readings(self, one: Shown, other: Shown, same: int | None = None) -> None:
        """Show two readings; same is the one that says the same as the own reading."""
        longest = max(len(one.text), len(other.text))
        pieces = plain_pieces(one.text), plain_pieces(other.text)
        if one.text and other.text:
            pieces = mark_differences(one.text, other.text)
        self.is_shortened = longest > TOO_LONG and not one.unsure and not other.unsure
        if self.is_shortened:
            pieces = shortened(pieces[0]), shortened(pieces[1])
        for place, (line, shown) in enumerate(zip(self._rows, (one, other), strict=True)):
            line.show_reading(shown, pieces[place], same=place == same, size=size_of(longest))
        names = [one.accessibleName() for one in self._rows]
        self.setAccessibleName(tr("Two readings. {first}. {second}", first=names[0], second=names[1]))
        self.fit()

    def fit(self) -> None:
        """Give both readings the height that the taller one needs."""
        width = self.width() or 600
        height = max(one.wanted_height(width) for one in self._rows)
        if height != self._rows[0].height():
            for one in self._rows:
                one.setFixedHeight(height)
            self.fitted.emit()

    def needed_height(self) -> int:
        """Return the height of both readings with the gap between them."""
        return sum(one.height() for one in self._rows) + GAP

    def select(self, place: int | None) -> None:
        """Outline one reading, or none."""
        for at, one in enumerate(self._rows):
            one.select(selected=at == place)
        names = [one.accessibleName() for one in self._rows]
        chosen = "" if place is None else tr("Selected: {reading}", reading=names[place])
        self.setAccessibleDescription(chosen)

    def forget(self) -> None:
        """Drop both readings."""
        for one in self._rows:
            one.forget()
        self.setAccessibleName(tr("Two readings"))
        self.setAccessibleDescription("")

    def resizeEvent(self, _event: QResizeEvent) -> None:
        self.fit()


class _Reading(QFrame):
    clicked = Signal()

    def __init__(self, key: str, sign: str) -> None:
        super().__init__()
        self._selected = False
        self._sign = sign
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self._mark = picture("blank", "mark", 22)
        self._value = MarkedText()
        self._words, self._same = text("", "body2"), text(tr("Same as yours"))
        self._same.setStyleSheet(f"color: {theme().tokens.resolve}; font-weight: 600;")
        label, cap = text(tr("Reading {sign}", sign=sign), "label"), key_cap(key)
        label.setMinimumWidth(NAME)
        cap.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(14, 8, 16, 8)
        layout.setSpacing(10)
        for part in (cap, label, self._mark):
            layout.addWidget(part)
        layout.addWidget(self._value, 1)
        layout.addWidget(self._words)
        layout.addStretch()
        layout.addWidget(self._same)
        self.forget()

    def show_reading(self, shown: Shown, pieces: Pieces, *, same: bool, size: int) -> None:
        """Show one reading."""
        self._value.show_pieces(pieces, shown.unsure, size)
        self._value.setVisible(bool(shown.text))
        self._words.setText(shown.words)
        self._words.setVisible(bool(shown.words))
        self._mark.setVisible(bool(shown.icon))
        if shown.icon:
            tokens = theme().tokens
            self._mark.setPixmap(pixmap(shown.icon, tokens.mark, 22, self.devicePixelRatioF()))
        self._same.setVisible(same)
        said = ", ".join(part for part in (shown.text, shown.words) if part)
        spoken = tr("Reading {sign}: {value}", sign=self._sign, value=said)
        same_words = tr("{reading}. Same as yours", reading=spoken)
        self.setAccessibleName(same_words if same else spoken)

    def wanted_height(self, width: int) -> int:
        """Return the height this reading needs when the pair is this wide."""
        beside = (
            NAME + 80 + sum(w.sizeHint().width() + 10 for w in (self._words, self._same) if not w.isHidden())
        )
        needed = 0 if self._value.isHidden() else self._value.heightForWidth(max(80, width - beside))
        return max(LEAST_HEIGHT, needed + 16)

    def select(self, *, selected: bool) -> None:
        """Outline this reading, or not."""
        self._selected = selected
        self.update()

    def forget(self) -> None:
        """Drop the reading."""
        self._value.clear()
        self._words.clear()
        self.setAccessibleName(tr("Reading {sign}", sign=self._sign))
        for part in (self._mark, self._words, self._same):
            part.hide()
        self.select(selected=False)

    def mousePressEvent(self, _event: QMouseEvent) -> None:
        self.clicked.emit()

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter, colours = QPainter(self), theme()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        wide = 2.5 if self._selected else 1.0
        painter.setPen(QPen(colours.colour("resolve" if self._selected else "edge"), wide))
        painter.setBrush(colours.colour("resolve_tint" if self._selected else "panel"))
        box = QRectF(self.rect()).adjusted(wide / 2, wide / 2, -wide / 2, -wide / 2)
        painter.drawRoundedRect(box, 8, 8)
