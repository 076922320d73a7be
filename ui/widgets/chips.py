"""Chips: short words on a tint, fully round, with an outline so that they show on any row.

`draw_chip` is for whoever paints rows; `Chip` is the widget.
"""

from dataclasses import dataclass

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QFont, QFontMetricsF, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from ui.assets import pixmap
from ui.theme import MONO, SANS, SMALL, theme

HEIGHT, PADDING, GAP, ICON = 22, 9, 5, 14
OUTLINE = 0.35


@dataclass(frozen=True, slots=True)
class ChipWords:
    """What a chip says and in which hue's colour."""

    words: str
    hue: str = "mark"
    icon: str = ""


def letters(size: int, weight: QFont.Weight = QFont.Weight.Normal, *, mono: bool = False) -> QFont:
    """Return the interface's typeface, or that of values, at a size in pixels."""
    font = QFont(MONO if mono else SANS)
    font.setPixelSize(size)
    font.setWeight(weight)
    return font


def chip_width(chip: ChipWords) -> float:
    """Return how wide a chip is drawn."""
    words = QFontMetricsF(letters(SMALL, QFont.Weight.Medium)).horizontalAdvance(chip.words)
    return words + 2 * PADDING + (ICON + GAP if chip.icon else 0)


def draw_chip(painter: QPainter, at: QPointF, chip: ChipWords) -> float:
    """Draw a chip whose left edge and middle height are given; return its width."""
    width = chip_width(chip)
    box = QRectF(at.x() + 0.5, at.y() - HEIGHT / 2 + 0.5, width - 1, HEIGHT - 1)
    outline = theme().colour(chip.hue)
    outline.setAlphaF(OUTLINE)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(QPen(outline, 1))
    painter.setBrush(theme().colour(f"{chip.hue}_tint"))
    painter.drawRoundedRect(box, HEIGHT / 2, HEIGHT / 2)
    left = box.left() + PADDING
    if chip.icon:
        ratio = painter.device().devicePixelRatioF()
        picture = pixmap(chip.icon, getattr(theme().tokens, chip.hue), ICON, ratio)
        painter.drawPixmap(QPointF(left, box.center().y() - ICON / 2), picture)
        left += ICON + GAP
    painter.setFont(letters(SMALL, QFont.Weight.Medium))
    painter.setPen(theme().colour(chip.hue))
    painter.drawText(QRectF(left, box.top(), width, box.height()), Qt.AlignmentFlag.AlignVCenter, chip.words)
    return width


class Chip(QWidget):
    """One chip; a screen reader hears its words."""

    def __init__(self, words: str = "", hue: str = "mark", icon: str = "") -> None:
        super().__init__()
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self._chip = ChipWords(words, hue, icon)
        self.say(words, hue, icon)

    def say(self, words: str, hue: str = "mark", icon: str = "") -> None:
        """Show other words."""
        self._chip = ChipWords(words, hue, icon)
        self.setAccessibleName(words)
        if self.parentWidget() is not None:  # without one it would become a window of its own
            self.setVisible(bool(words))
        self.updateGeometry()
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(round(chip_width(self._chip)) + 1, HEIGHT)

    def paintEvent(self, _event: QPaintEvent) -> None:
        draw_chip(QPainter(self), QPointF(0, self.height() / 2), self._chip)
