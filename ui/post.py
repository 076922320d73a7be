"""The way to the shared database as the windows see it: its light, its reports, and how it is nudged.

A folder has no way to go: nothing is started for it, and its light stays in step.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
from PySide6.QtCore import QObject, Qt, Signal, Slot

from boapp.errors import Unavailable
from boapp.sync.light import Light, Way
from boapp.sync.process import CourierProcess
from boapp.workspace import now_us
from ui.i18n import tr
from ui.way_words import is_away

if TYPE_CHECKING:
    from boapp.localdb.outbox import Backlog
    from boapp.sync.watch import Report
    from boapp.workspace import Workspace


class Post(QObject):
    """Tells what a courier reports, on the interface thread."""

    reported = Signal(object)
    """A Report: the light is the new one already."""
    turned = Signal()
    """The way stands otherwise than before, or is tried."""
    _arrived = Signal(object)

    def __init__(self, ws: Workspace | None) -> None:
        super().__init__()
        self.light = Light(Way.IN_STEP) if ws is None else Light(Way.STARTING, now_us())
        self.trying = False
        """Somebody asked for a round, and it has not been told yet."""
        self._arrived.connect(self._take, Qt.ConnectionType.QueuedConnection)
        self._courier = None if ws is None else CourierProcess(ws, self._arrived.emit)

    @property
    def pid(self) -> int | None:
        """Return the number of the courier's process."""
        return self._courier.pid if self._courier else None

    @property
    def away(self) -> bool:
        """Say whether the server could not be reached and nobody asked to try it now."""
        return self.light.way is Way.AWAY and not self.trying

    def demand_server(self) -> None:
        """Raise Unavailable at once where trying to reach the server would only take time; for any thread."""
        if self.away:
            title = self.light.title or tr("The shared database cannot be reached.")
            raise Unavailable(title, tr("Ctrl+T tries again; it is also tried by itself."))

    def sealed(self) -> None:
        """Say that something was sealed."""
        if self._courier:
            self._courier.sealed()

    def work_on(self, *, second: bool | None) -> None:
        """Say which kind of pass she works on now; None: she keys nothing."""
        if self._courier:
            self._courier.work_on(second=second)

    def sign_out(self) -> None:
        """Say that she signs out: what she did not begin is for others."""
        if self._courier:
            self._courier.sign_out()

    def count(self, backlog: Backlog) -> None:
        """Take in how much waits while the server is away: the courier may not tell for minutes."""
        if is_away(self.light):
            counts = {"waiting": backlog.count, "refused": backlog.refused, "oldest_us": backlog.oldest_us}
            self.light = msgspec.structs.replace(self.light, **counts)

    def try_now(self) -> None:
        """Ask for a round at once."""
        if self._courier:
            self.trying = True
            self._courier.try_now()
            self.turned.emit()

    def close(self) -> None:
        """End the courier; may take seconds, so not on the interface thread."""
        if self._courier:
            self._courier.close()

    @Slot(object)
    def _take(self, report: Report) -> None:
        before, self.light = (self.light.way, self.trying), report.light
        self.trying = False
        self.reported.emit(report)
        if before != (report.light.way, False):
            self.turned.emit()
