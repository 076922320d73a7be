"""Somebody at a window: her workspaces, her courier's real process, and what it reported."""

import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Self

from boapp.domain.ids import DocumentId, ProjectId
from boapp.domain.passes import Method
from boapp.services import queue, sealing
from boapp.sync.light import Way
from boapp.sync.near import apart
from boapp.sync.process import CourierProcess
from boapp.sync.watch import Report
from tests.builders import entries, receipt
from tests.site import Site

PATIENCE_SECONDS = 60.0


def until(come: Callable[[], bool], seconds: float = PATIENCE_SECONDS) -> float:
    """Wait until something has come; return how long that took."""
    begun = time.monotonic()
    while not come():
        assert time.monotonic() - begun < seconds, "it did not come"
        time.sleep(0.02)
    return time.monotonic() - begun


def state_of(pid: int) -> str:
    """Return the letter that Linux has for what a process is at; empty when there is none of that number."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return ""


class Sitting:
    """One sign-in at a site's first workstation, from its first report on."""

    def __init__(self, site: Site, code: str) -> None:
        self.ws = site.as_(code)
        self.near = apart(self.ws)
        (self.project,) = (ProjectId(project) for project in self.ws.roster.projects)
        self.reports = list[Report]()
        self.courier = CourierProcess(self.ws, self.reports.append)
        self.courier.work_on(second=False)

    def __enter__(self) -> Self:
        until(lambda: self.reports[-1:] != [] and self.reports[-1].light.ready > 0)
        return self

    def __exit__(self, *_: object) -> None:
        self.courier.close()
        self.near.close()
        self.ws.close()

    @property
    def pid(self) -> int:
        """Return the number of the courier's process."""
        assert self.courier.pid is not None
        return self.courier.pid

    @property
    def way(self) -> Way:
        """Return where it stands by the last report."""
        return self.reports[-1].light.way

    def key(self, count: int = 1) -> list[DocumentId]:
        """Key and seal the next documents that are here; return them."""
        return [self._key() for _ in range(count)]

    def _key(self) -> DocumentId:
        work = queue.claim(self.near, self.project, second=False)
        assert work is not None, "nothing waits here"
        sealing.seal(self.near, work, entries(receipt()), Method.KEYED)
        return work.claim.document

    def waiting(self) -> int:
        """Return how many messages wait in the outbox."""
        return self.near.store.backlog().count

    def signal(self, number: int) -> int:
        """Send a signal to the courier; return the number of its process."""
        pid = self.pid
        os.kill(pid, number)
        return pid


def stored(site: Site) -> list[DocumentId]:
    """Return the documents of which the server has a pass, one for each pass, counted or not."""
    assert site.server is not None
    with site.server.superuser(site.database) as db:
        rows = db.execute(
            "SELECT document FROM core.sealed_pass UNION ALL SELECT document FROM core.surplus_pass"
        ).fetchall()
    return sorted(DocumentId(row[0]) for row in rows)
