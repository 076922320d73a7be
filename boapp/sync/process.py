"""The courier as the window sees it: started with the keys, nudged, heard, ended, begun anew when it died."""

import os
import random
import subprocess
import sys
import threading
from collections.abc import Callable
from contextlib import suppress

import msgspec

from boapp.crypto.framing import unpack
from boapp.errors import Tampered
from boapp.sync.backoff import pause
from boapp.sync.light import Light, Way
from boapp.sync.talk import FIRST, MOST, NEITHER, NOW, OVER, SEALED, SECOND, Orders, read_frame, write_frame
from boapp.sync.watch import Report
from boapp.workspace import Workspace, now_us

END_SECONDS = 5.0
_REPORT = msgspec.msgpack.Decoder(Report)


class CourierProcess:
    """One courier; tell is called with each Report, on a thread of its own."""

    def __init__(self, ws: Workspace, tell: Callable[[Report], None]) -> None:
        keys = ws.keys.to_bytes()
        self._orders: Orders | None = Orders(str(ws.home), str(ws.location), ws.me.code, keys, ws.db_password)
        self._tell = tell
        self._work = NEITHER
        self._process: subprocess.Popen[bytes] | None = None
        self._starting = threading.Lock()
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._run, name="courier", daemon=True)
        self._thread.start()

    def sealed(self) -> None:
        """Say that something was sealed."""
        self._say(SEALED)

    def work_on(self, *, second: bool | None) -> None:
        """Say which kind of pass she works on now; None: she keys nothing."""
        work = NEITHER if second is None else SECOND if second else FIRST
        if work != self._work:
            self._work = work
            self._say(work)

    def sign_out(self) -> None:
        """Say that she signs out: what she did not begin is for others."""
        self._say(OVER)

    def try_now(self) -> None:
        """Ask for a round at once, whatever failed before."""
        self._say(NOW)

    def close(self) -> None:
        """End it: what it is at comes to its end or is found again by the next one."""
        self._orders = None
        self._ended.set()
        with self._starting:
            process = self._process
        if process is None:
            return
        with suppress(OSError):
            assert process.stdin is not None  # noqa: S101 - it was started with a pipe
            process.stdin.close()
        try:
            process.wait(END_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()

    @property
    def pid(self) -> int | None:
        """Return the number of its process."""
        return self._process.pid if self._process else None

    def _say(self, byte: bytes) -> None:
        process = self._process
        if process is not None and process.stdin is not None:
            with suppress(OSError, ValueError):
                process.stdin.write(byte)
                process.stdin.flush()

    def _run(self) -> None:
        failures = 0
        while (orders := self._orders) is not None and not self._ended.is_set():
            last = self._one_life(orders)
            stopped = last is not None and last.light.way is Way.STOPPED
            failures = failures + 1 if last is None or stopped else 0
            if self._ended.is_set():
                return
            if not stopped:  # else what it told last says more
                words = "The part of the program that sends has ended. It is started again."
                self._tell(Report(Light(Way.AWAY, now_us(), title=words)))
            self._ended.wait(pause(max(failures, 1), random.random()))  # noqa: S311 - spreads load

    def _one_life(self, orders: Orders) -> Report | None:
        """Start a courier and listen until it ends, or says what is no Report; return the last of those."""
        last = None
        process = self._started(orders)
        if process is None:
            return None
        try:
            while (report := self._heard(process)) is not None:
                last = report
                if not self._ended.is_set():
                    self._tell(report)
        finally:
            _gone(process)
        return last

    def _started(self, orders: Orders) -> subprocess.Popen[bytes] | None:
        """Return a courier that has its orders; nobody nudges it before."""
        with self._starting:
            if self._ended.is_set():
                return None
            try:
                process = _launched()
            except OSError:
                return None
            assert process.stdin is not None  # noqa: S101 - it was started with a pipe
            try:
                write_frame(process.stdin, orders)
                process.stdin.write(self._work)
                process.stdin.flush()
            except OSError:
                _gone(process)
                return None
            self._process = process
            return process

    def _heard(self, process: subprocess.Popen[bytes]) -> Report | None:
        assert process.stdout is not None  # noqa: S101 - it was started with a pipe
        frame = read_frame(process.stdout)
        try:
            return None if frame is None else unpack(_REPORT.decode, frame, MOST)
        except Tampered:
            return None


def _gone(process: subprocess.Popen[bytes]) -> None:
    """End a process that is no longer listened to, if it has not ended, and leave nothing of it."""
    process.kill()
    process.wait()
    for pipe in (process.stdin, process.stdout):
        with suppress(OSError):
            assert pipe is not None  # noqa: S101 - it was started with pipes
            pipe.close()


def _launched() -> subprocess.Popen[bytes]:
    flags = 0
    if sys.platform == "win32":
        flags = subprocess.CREATE_NO_WINDOW | subprocess.BELOW_NORMAL_PRIORITY_CLASS
    return subprocess.Popen(
        [sys.executable, "-P", "-m", "boapp.sync.worker"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env=os.environ | {"PYTHONPATH": os.pathsep.join(folder for folder in sys.path if folder)},
        creationflags=flags,
    )
