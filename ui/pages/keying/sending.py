"""What was sealed on the page, on its way to the shared database: sent by the page, or by a courier."""

import time
from collections.abc import Callable

from boapp.domain.ids import ProjectId
from boapp.errors import Refusal
from boapp.services.taking_back import Lost
from ui.operations import Changes
from ui.pages.keying.flow import Queue
from ui.pages.keying.status import Status
from ui.pages.keying.telling import Telling
from ui.session import Session

Run = Callable[
    [Callable[[], list[Lost]], Callable[[list[Lost]], None], Callable[[Refusal], None], Changes], None
]
"""How a page runs a verb: nothing arrives after it was left."""


class Sending:
    """Remembers in which projects something was sealed, and sends it when the page has a moment."""

    def __init__(self, session: Session, queue: Queue, run: Run, status: Status, telling: Telling) -> None:
        self._session, self._queue, self._run = session, queue, run
        self._status, self._telling = status, telling
        self._unsent: list[ProjectId] = []

    def add(self, project: ProjectId) -> None:
        """Remember that something is being sealed in a project."""
        self._unsent.append(project)

    def go(self) -> None:
        """Send what waits in the outbox, and compare in the projects where something was sealed."""
        projects, self._unsent = tuple(dict.fromkeys(self._unsent)), []
        if self._session.apart:
            self._session.post.sealed()
            return
        for project in projects:
            self._send(project)

    def _send(self, project: ProjectId) -> None:
        queue, changes = self._queue, Changes.DOCUMENTS | Changes.MISMATCHES
        self._run(lambda: queue.send(project), self._sent, self._telling.not_sent, changes)

    def _sent(self, lost: list[Lost]) -> None:
        self._status.in_step(time.strftime("%H:%M"))
        self._telling.lost(lost)
