"""The sync light: an icon of its own shape for each state, its words, how much waits and since when.

It reads the light every few seconds, so that it never flickers and its age stays true. A screen reader
finds it in its place; it speaks by itself only when the way to the server has changed.
"""

import time

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QAccessible, QAccessibleEvent, QHideEvent, QShowEvent
from PySide6.QtWidgets import QLabel, QWidget

from boapp.sync.light import Way
from ui.assets import pixmap
from ui.i18n import tr
from ui.post import Post
from ui.theme import theme
from ui.way_words import advice_words, backlog_words, is_away, state_words, way_icon, way_role, way_words
from ui.widgets.parts import column, picture, row, set_role, text

TICK_MS = 3_000
SIZE = 16


class SyncLight(QWidget):
    """Shows how the way to the server stands; nothing at all for a folder.

    stacked: state and backlog one below the other, for the narrow place beside desk pages.
    """

    spoke = Signal(str)
    """It spoke by itself."""

    def __init__(self, post: Post, *, stacked: bool = False) -> None:
        super().__init__()
        self._post, self._stacked = post, stacked
        self._icon, self._state, self._backlog = (
            picture("sync", "ok", SIZE),
            text("", "ok"),
            text("", "small"),
        )
        self._count = text("", "small")
        self._way: Way | None = None
        self._drawn, self._was_away = "", False
        self._lay_out()
        self._tick = QTimer(self)
        self._tick.setInterval(TICK_MS)
        self._tick.timeout.connect(self.renew)
        post.turned.connect(self._turn)
        if not post.light.since_us:
            self.hide()  # never shown by word: before it has its place it would be a window of its own
        self.renew()

    def _lay_out(self) -> None:
        if not self._stacked:
            self._state.setStyleSheet("font-size: 12px;")
            self.setLayout(row(self._icon, self._state, spacing=6))
            return
        for label in (self._state, self._backlog):
            label.setWordWrap(True)
        self._count.setAlignment(Qt.AlignmentFlag.AlignHCenter)
        inside = row(
            column(self._icon, self._count, None, spacing=2), column(self._state, self._backlog, spacing=0)
        )
        inside.setStretch(1, 1)
        inside.setContentsMargins(12, 6, 4, 6)
        self.setLayout(inside)

    def fit(self, *, wide: bool) -> None:
        """Show words, or the icon alone with the number of what waits."""
        for label in (self._state, self._backlog):
            label.setVisible(wide)
        self._count.setVisible(not wide)

    def _turn(self) -> None:
        """Show at once that the server was found, went or came back; what is sent can wait its turn."""
        if self._was_away or is_away(self._post.light) or self._way is Way.STARTING:
            self.renew()

    def renew(self) -> None:
        """Show the light as it is now."""
        light, now, trying = self._post.light, time.time(), self._post.trying
        self._was_away = is_away(light)
        if not light.since_us:
            return
        self._draw(way_icon(light), way_role(light))
        if self._stacked:
            _set(self._state, state_words(light, trying=trying))
            _set(self._backlog, backlog_words(light, now) or tr("Nothing waits to be sent"))
            _set(self._count, str(light.waiting or ""))
        else:
            _set(self._state, way_words(light, now, trying=trying))
        self._speak(". ".join(filter(None, (way_words(light, now), advice_words(light)))))

    def _draw(self, icon: str, role: str) -> None:
        if (icon + role) == self._drawn:
            return
        self._drawn = icon + role
        set_role(self._state, role)
        colour = getattr(theme().tokens, role)
        self._icon.setPixmap(pixmap(icon, colour, SIZE, self._icon.devicePixelRatioF()))

    def _speak(self, words: str) -> None:
        """Give the words to whoever asks for them; say them aloud when the way has changed."""
        if words != self.accessibleName():
            self.setAccessibleName(words)
            self.setToolTip(words)
        before, self._way = self._way, self._post.light.way
        if before not in {None, self._way} and {before, self._way} & {Way.AWAY, Way.STOPPED}:
            QAccessible.updateAccessibility(QAccessibleEvent(self, QAccessible.Event.Alert))
            self.spoke.emit(words)

    def showEvent(self, event: QShowEvent) -> None:
        self._tick.start()
        self.renew()
        super().showEvent(event)

    def hideEvent(self, event: QHideEvent) -> None:
        self._tick.stop()
        super().hideEvent(event)


def _set(label: QLabel, words: str) -> None:
    if label.text() != words:
        label.setText(words)
