"""The life of the worker process: how it is started, ended and watched.

Here: the process and patience with it. Not here: what it is asked and what it answers (framing,
decode).

The order: a worker counts as started when it has said READY; while it works on a file a watch runs,
which kills it when it is silent for too long or at work for too long altogether. Killing it is what
ends a wait on its pipes, on every system.
"""

import os
import subprocess
import sys
import threading
import time
from typing import IO, Self

from boapp.errors import Unavailable
from boapp.images.framing import Limits, Severed, Tag, receive

Process = subprocess.Popen[bytes]

# A cold start behind a virus scanner takes its time; that is not the fault of any file.
_START_SECONDS = 60.0

# All else stays here: the environment may hold what a hostile file must not find.
_ENVIRONMENT = ("SYSTEMROOT", "LD_LIBRARY_PATH", "TMPDIR", "TEMP", "TMP")


def pipe(end: IO[bytes] | None) -> IO[bytes]:
    """Return one end of the worker's pipes, which `start` always makes."""
    if end is None:
        raise Severed
    return end


def start(limits: Limits) -> Process:
    """Return a worker that is ready; raises Unavailable when there is none to be had."""
    try:
        process = _launched(limits)
    except OSError as error:
        raise _no_worker() from error
    try:
        with Watch(process, _START_SECONDS, _START_SECONDS):
            _await_ready(process)
    except Severed as error:
        end(process)
        raise _no_worker() from error
    return process


def _await_ready(process: Process) -> None:
    if receive(pipe(process.stdout), 0).tag is not Tag.READY:
        raise Severed


def _launched(limits: Limits) -> Process:
    return subprocess.Popen(  # noqa: S603 - this program's own interpreter and module
        [sys.executable, "-P", "-m", "boapp.images.worker", limits.to_text()],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env=_environment(),
        creationflags=_creation_flags(),
    )


def _no_worker() -> Unavailable:
    return Unavailable(
        "The part of the program that opens scans does not start.",
        "Restart the program; if that does not help, install it again.",
    )


def _environment() -> dict[str, str]:
    kept = {name: os.environ[name] for name in _ENVIRONMENT if name in os.environ}
    return kept | {"PYTHONPATH": os.pathsep.join(folder for folder in sys.path if folder)}


def _creation_flags() -> int:
    """No black window on Windows, and never before the person's own typing."""
    if sys.platform == "win32":
        return subprocess.CREATE_NO_WINDOW | subprocess.BELOW_NORMAL_PRIORITY_CLASS
    return 0


def end(process: Process) -> None:
    """Kill a worker, collect it and close its pipes."""
    process.kill()
    process.wait()
    for one in (process.stdin, process.stdout):
        try:
            pipe(one).close()
        except OSError:
            continue  # what it had not yet read of a file goes with it


class Watch:
    """Kills a process that is silent for `seconds`, or at work for `in_all` seconds.

    `pat` it at every sign of life. `has_bitten` says whether it did kill.
    """

    def __init__(self, process: Process, seconds: float, in_all: float) -> None:
        self.has_bitten = False
        self._process = process
        self._seconds = seconds
        self._ends_at = time.monotonic() + in_all
        self._timer = self._new_timer()

    def __enter__(self) -> Self:
        self._timer.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._timer.cancel()
        self._timer.join()

    def pat(self) -> None:
        """Begin the wait again."""
        self._timer.cancel()
        self._timer = self._new_timer()
        self._timer.start()

    def _new_timer(self) -> threading.Timer:
        left = max(0.0, self._ends_at - time.monotonic())
        return threading.Timer(min(self._seconds, left), self._bite)

    def _bite(self) -> None:
        self.has_bitten = True
        self._process.kill()
