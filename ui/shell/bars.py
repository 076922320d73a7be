"""The bars of a work screen: mode bar on top, key hints and status line at the foot, banner between."""

import enum
from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QBrush, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QProgressBar, QVBoxLayout, QWidget

from ui.assets import pixmap
from ui.i18n import tr
from ui.theme import theme
from ui.widgets.parts import clear, key_cap, picture, row, set_role, text

MODE_BAR, HINT_BAR, STATUS_LINE = 48, 36, 28
STRIPE, CHIP, BANNER_ICON = 12, 28, 18


class Work(enum.Enum):
    """The three kinds of work; each has a pattern, an icon, words and a hue of its own."""

    FIRST = "accent"
    SECOND = "second"
    RESOLVE = "resolve"

    @property
    def words(self) -> str:
        """Return what the chip says; the window's title and spoken name begin with it."""
        return {
            Work.FIRST: tr("First keying"),
            Work.SECOND: tr("Second keying · blind"),
            Work.RESOLVE: tr("Resolve mismatches"),
        }[self]

    @property
    def icon(self) -> str:
        """Return the chip's icon."""
        return {Work.FIRST: "keyboard", Work.SECOND: "eye-off", Work.RESOLVE: "unequal"}[self]


@dataclass(frozen=True, slots=True)
class Hint:
    """A key and what it does."""

    keys: str
    words: str


class _Chip(QFrame):
    def __init__(self, work: Work) -> None:
        super().__init__()
        self._work = work
        self.setFixedHeight(CHIP)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(10, 0, 12, 0)
        layout.setSpacing(6)
        words = text(work.words)
        words.setStyleSheet(f"color: {theme().tokens.on_solid}; font-weight: 600;")
        layout.addWidget(picture(work.icon, "on_solid", 16))
        layout.addWidget(words)

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(theme().colour(self._work.value))
        painter.drawRoundedRect(QRectF(self.rect()), self.height() / 2, self.height() / 2)


class Trail(QWidget):
    """Where one is, from the outermost place to the innermost; its labels are kept, their words change."""

    def __init__(self) -> None:
        super().__init__()
        self._layout = row(spacing=8)
        self._labels: list[QLabel] = []
        self.setLayout(self._layout)

    def say(self, places: Sequence[str]) -> None:
        """Show these places."""
        if len(places) != len(self._labels):
            self._lay_out(len(places))
        for label, words in zip(self._labels, places, strict=True):
            label.setText(words)

    def _lay_out(self, count: int) -> None:
        clear(self._layout)
        self._labels = [text("", "card-title" if n == count - 1 else "body2") for n in range(count)]
        for place, label in enumerate(self._labels):
            if place:
                self._layout.addWidget(picture("arrow", "text3", 14))
            self._layout.addWidget(label)


class ModeBar(QWidget):
    """What kind of work this is, where one is, help and lock, and who one is."""

    def __init__(self, work: Work, code: str, role: str) -> None:
        super().__init__()
        self._work = work
        self.setFixedHeight(MODE_BAR)
        self._trail = Trail()
        self._count = text("", "card-title")
        layout = QHBoxLayout(self)
        layout.setContentsMargins(12, 0, 14, 0)
        layout.setSpacing(10)
        who = row(text(code, "card-title"), text(role, "body2"), spacing=6)
        for part in (picture("logo", "accent", 22), _Chip(work)):
            layout.addWidget(part)
        layout.addWidget(self._trail)
        layout.addStretch(1)
        layout.addWidget(self._count)
        for keys, words in (("F1", tr("Keys & help")), ("Ctrl L", tr("Lock"))):
            layout.addLayout(row(key_cap(keys), text(words, "body2"), spacing=6))
        layout.addLayout(who)

    def say(self, trail: Sequence[str], count: str = "") -> None:
        """Show project, batch and document, and how many there are."""
        self._trail.say(trail)
        self._count.setText(count)

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter, colours = QPainter(self), theme()
        plain = self._work is Work.FIRST
        painter.fillRect(self.rect(), colours.colour("panel" if plain else f"{self._work.value}_tint"))
        foot = self.rect().adjusted(0, self.height() - (1 if plain else 2), 0, 0)
        if not plain:
            self._draw_stripes(painter)
        painter.fillRect(foot, colours.colour("hairline" if plain else self._work.value))

    def _draw_stripes(self, painter: QPainter) -> None:
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        stripe = theme().colour(self._work.value)
        stripe.setAlphaF(0.10)
        painter.setPen(QPen(QBrush(stripe), STRIPE / 3))
        for x in range(-self.height(), self.width(), STRIPE):
            painter.drawLine(x, self.height(), x + self.height(), 0)


class HintBar(QWidget):
    """The keys that matter here; at a small height the first six."""

    def __init__(self) -> None:
        super().__init__()
        self.setFixedHeight(HINT_BAR)
        self.setProperty("role", "side")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self._layout = QHBoxLayout(self)
        self._layout.setContentsMargins(14, 0, 14, 0)
        self._layout.setSpacing(18)

    def say(self, hints: Sequence[Hint], last: Hint | None = None) -> None:
        """Show these hints from the left, and the one that finishes the work at the right."""
        clear(self._layout)
        few = self.window().height() < 800
        for hint in hints[:6] if few else hints:
            self._layout.addLayout(self._one(hint))
        self._layout.addStretch(1)
        if last:
            self._layout.addLayout(self._one(last))

    def _one(self, hint: Hint) -> QHBoxLayout:
        return row(*(key_cap(k) for k in hint.keys.split(" ")), text(hint.words, "body2"), spacing=5)


class StatusLine(QWidget):
    """Position, speed, saved, in step: quiet, and never a value."""

    def __init__(self) -> None:
        super().__init__()
        self.setFixedHeight(STATUS_LINE)
        self.setProperty("role", "side")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.position = text("", "card-title")
        self.bar = QProgressBar()
        self.bar.setTextVisible(False)
        self.bar.setFixedWidth(118)
        self.bar.setAccessibleName(tr("Progress of the batch"))
        self.speed, self.saved, self.step = text("", "small"), text("", "small"), text("", "ok")
        self.step.setStyleSheet("font-size: 12px;")
        self.keys = text("", "small")
        layout = QHBoxLayout(self)
        layout.setContentsMargins(14, 0, 14, 0)
        layout.setSpacing(12)
        for part in (self.position, self.bar, self.speed, self.saved, self.step):
            layout.addWidget(part)
        layout.addStretch(1)
        layout.addWidget(self.keys)

    def put_after_step(self, part: QWidget) -> None:
        """Put one more part where it is said how sending stands."""
        layout = self.layout()
        if isinstance(layout, QHBoxLayout):
            layout.insertWidget(layout.indexOf(self.step) + 1, part)

    def count(self, done: int, total: int, words: str) -> None:
        """Show how far the work is."""
        self.position.setText(words)
        # A progress bar paints the window at once when its value changes; this one can wait its turn.
        self.bar.setVisible(bool(total))
        self.bar.setUpdatesEnabled(False)
        self.bar.setMaximum(max(total, 1))
        self.bar.setValue(done)
        self.bar.setUpdatesEnabled(True)


BANNER_ICONS = {
    "info": ("info", "accent"),
    "ok": ("check", "ok"),
    "warn": ("warning", "warn"),
    "err": ("error", "err"),
}


class Banner(QLabel):
    """What happened, what it means, what to do: pushes the content down once, never covers it."""

    def __init__(self) -> None:
        super().__init__()
        self._kind = "info"
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setWordWrap(True)
        self.setProperty("role", "banner-info")  # from the start: a padding that comes later is not heeded
        self.hide()

    def say(self, words: str, kind: str = "info") -> None:
        """Show words of a kind (info, ok, warn, err); empty words hide the banner."""
        self._kind = kind
        set_role(self, f"banner-{kind}")
        self.setText(words)
        self.setVisible(bool(words))

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        icon, token = BANNER_ICONS[self._kind]
        drawn = pixmap(icon, getattr(theme().tokens, token), BANNER_ICON, self.devicePixelRatioF())
        with QPainter(self) as painter:
            painter.drawPixmap(16, (self.height() - BANNER_ICON) // 2, drawn)


class WorkFrame(QWidget):
    """A work screen: its bars, and the content between them."""

    def __init__(self, work: Work, code: str, role: str, content: QWidget) -> None:
        super().__init__()
        self.setProperty("role", "panel")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.work = work
        self.mode_bar, self.banner = ModeBar(work, code, role), Banner()
        self.hints, self.status = HintBar(), StatusLine()
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        for part in (self.mode_bar, self.banner):
            layout.addWidget(part)
        layout.addWidget(content, 1)
        layout.addWidget(self.hints)
        layout.addWidget(self.status)
