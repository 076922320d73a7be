"""The only file that knows threads: it runs a verb off the interface thread and delivers the result.

One lane for the databases, so that verbs never overlap; where the shared database is a server, a lane of its
own for what is here, so that keying never waits behind a network; one small pool for images. A result is
delivered on the interface thread, and not at all once `forget` was called since: after a lock nothing
of the time before it arrives. What a verb changed is announced by `changed`; screens refresh from it alone.
"""

import enum
import sys
from collections.abc import Callable
from concurrent.futures import Executor, ThreadPoolExecutor
from typing import Any, TypeVar

from PySide6.QtCore import QObject, Qt, Signal, Slot
from shiboken6 import isValid

from boapp.errors import Refusal
from boapp.faults import report_fault
from ui.i18n import tr

Result = TypeVar("Result")
Fetched = TypeVar("Fetched")
HAND_OVER_SECONDS = 0.0002


class Changes(enum.Flag):
    """What a verb may have changed."""

    NOTHING = 0
    DOCUMENTS = enum.auto()
    MISMATCHES = enum.auto()
    PEOPLE = enum.auto()
    PROJECTS = enum.auto()


class Operations(QObject):
    """Runs verbs and delivers what they return."""

    changed = Signal(object)
    _arrived = Signal(object)

    def __init__(self) -> None:
        super().__init__()
        # A thread of pure Python holds the typist up for as long as this; the default is 25 times it.
        sys.setswitchinterval(HAND_OVER_SECONDS)
        self._lane = ThreadPoolExecutor(1, "databases")
        self._near = ThreadPoolExecutor(1, "here")
        self._pool = ThreadPoolExecutor(2, "images")
        self._era = self._under_way = 0
        self._arrived.connect(self._deliver, Qt.ConnectionType.QueuedConnection)

    def run(
        self,
        verb: Callable[[], Result],
        done: Callable[[Result], None] = lambda _result: None,
        failed: Callable[[Refusal], None] = lambda _refusal: None,
        changes: Changes = Changes.NOTHING,
        *,
        near: bool = False,
    ) -> None:
        """Run a verb on the databases' lane, or on that of what is here; announce what it changed."""
        self._start(self._near if near else self._lane, verb, done, failed, changes)

    def draw(
        self,
        work: Callable[[], Result],
        done: Callable[[Result], None],
        failed: Callable[[Refusal], None] = lambda _refusal: None,
    ) -> None:
        """Run a piece of image work in the pool."""
        self._start(self._pool, work, done, failed, Changes.NOTHING)

    def fetch_and_draw(
        self,
        fetch: Callable[[], Fetched],
        work: Callable[[Fetched], Result],
        done: Callable[[Result], None],
        failed: Callable[[Refusal], None],
        *,
        near: bool = False,
    ) -> None:
        """Fetch on a lane of the databases, then run image work on it in the pool without a stop."""
        era = self._era
        self._under_way += 1

        def hand_over() -> None:
            took, fetched, _ = _outcome(fetch, _nothing, failed, Changes.NOTHING)
            if took is failed:
                self._arrived.emit((era, failed, fetched, Changes.NOTHING))
            else:
                self._pool.submit(
                    lambda: self._arrived.emit(
                        (era, *_outcome(lambda: work(fetched), done, failed, Changes.NOTHING))
                    )
                )

        (self._near if near else self._lane).submit(hand_over)

    @property
    def idle(self) -> bool:
        """Say whether everything that was started has been delivered."""
        return self._under_way == 0

    def forget(self) -> None:
        """Deliver nothing of what is under way."""
        self._era += 1

    def close(self) -> None:
        """Finish what is queued and stop."""
        self.forget()
        self._near.shutdown()
        self._lane.shutdown()
        self._pool.shutdown(cancel_futures=True)

    def _start(
        self,
        where: Executor,
        verb: Callable[[], Any],
        done: Callable[[Any], None],
        failed: Callable[[Refusal], None],
        changes: Changes,
    ) -> None:
        era = self._era
        self._under_way += 1

        def work() -> None:
            self._arrived.emit((era, *_outcome(verb, done, failed, changes)))

        where.submit(work)

    @Slot(object)
    def _deliver(self, arrived: tuple[int, Callable[[Any], None], Any, Changes]) -> None:
        era, take, result, changes = arrived
        self._under_way -= 1
        owner = getattr(take, "__self__", None)
        if era != self._era or (isinstance(owner, QObject) and not isValid(owner)):
            return  # a page that was left meanwhile hears nothing any more
        take(result)
        if changes:
            self.changed.emit(changes)


def _nothing(_result: object) -> None:
    pass


def _outcome(
    verb: Callable[[], Any],
    done: Callable[[Any], None],
    failed: Callable[[Refusal], None],
    changes: Changes,
) -> tuple[Callable[[Any], None], Any, Changes]:
    try:
        return done, verb(), changes
    except Refusal as refusal:
        return failed, refusal, Changes.NOTHING
    except Exception:  # noqa: BLE001 - the last line before the thread: reported, never swallowed
        from boapp.enrolment import default_home

        place = report_fault(default_home(), sys.exc_info())
        words = tr("Something went wrong in the program. Your work is kept.")
        return (
            failed,
            Refusal(words, tr("Call your supervisor: the report is {place}.", place=place)),
            Changes.NOTHING,
        )
