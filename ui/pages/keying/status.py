"""The status line while keying: position, speed, saved, in step. It changes at most every few seconds."""

import time

from PySide6.QtCore import QObject, QTimer
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QLabel

from ui.i18n import tr
from ui.pages.keying.pace import Pace
from ui.session import Session
from ui.shell.bars import StatusLine
from ui.shell.sync_light import SyncLight

TICK_MS = 5_000
JUST_NOW = 5


class Status(QObject):
    """Fills a status line; never with a value."""

    def __init__(self, line: StatusLine, session: Session) -> None:
        super().__init__(line)
        self._line, self._pace = line, Pace()
        self._saved: float | None = None
        self._speed_shown = True
        self._tick = QTimer(self)
        self._tick.setInterval(TICK_MS)
        self._tick.timeout.connect(self._renew)
        self._tick.start()
        language = QGuiApplication.inputMethod().locale().name()[:2].upper()
        line.keys.setText("" if language == "C" else language)
        line.keys.setAccessibleName(tr("Input language"))
        if session.apart:
            line.put_after_step(SyncLight(session.post))

    def document(self, number: int, total: int) -> None:
        """Show which document of the batch this is."""
        words = tr("Document {n} of {total}", n=number, total=total)
        self._line.count(number - 1, total, words)
        self._renew()

    def key(self, now: float) -> None:
        """Count a key."""
        self._pace.key(now)

    def pause(self) -> None:
        """Let the clock stand."""
        self._pace.pause()

    def saved(self, now: float) -> None:
        """Say that everything so far is on this computer's disk."""
        first, self._saved = self._saved is None, now
        if first or self._line.saved.text() != tr("Saved here"):
            self._line.saved.setText(tr("Saved here"))

    def in_step(self, clock: str) -> None:
        """Say that everything sealed has been sent."""
        self._line.step.setText(tr("In step {time}", time=clock))

    def waiting(self) -> None:
        """Say that something sealed could not be sent yet."""
        self._line.step.setText(tr("Sealed work waits to be sent"))

    def show_speed(self) -> None:
        """Show the speed, or hide it."""
        self._speed_shown = not self._speed_shown
        self._renew()

    def _renew(self) -> None:
        speed = self._pace.per_hour() if self._speed_shown else None
        words = "" if speed is None else tr("{speed} keys/h", speed=f"{speed:,}")
        _set(self._line.speed, words)
        if self._saved is not None:
            _set(self._line.saved, _age(time.monotonic() - self._saved))


def _set(label: QLabel, words: str) -> None:
    if label.text() != words:
        label.setText(words)


def _age(seconds: float) -> str:
    if seconds < JUST_NOW:
        return tr("Saved here")
    if seconds < 60:
        return tr("Saved here {n} s ago", n=round(seconds / 5) * 5)
    return tr("Saved here {n} min ago", n=round(seconds / 60))
