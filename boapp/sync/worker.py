"""The courier's process. Run as `python -m boapp.sync.worker` by a window only; it ends with its input.

It has the keys of one person, given through its pipe, and a workspace of its own. Nothing of it is written
anywhere but into her local store and the shared database.
"""

import os
import sys
import threading
import time
from pathlib import Path
from typing import IO

import msgspec

from boapp.address import Address, read_place
from boapp.crypto.signing import PersonKeys
from boapp.doors import unlocked_again
from boapp.errors import Refusal
from boapp.faults import report_fault
from boapp.hardening import keep_memory_private
from boapp.sync.light import Light, Way
from boapp.sync.talk import FIRST, NEITHER, NOW, OVER, SECOND, Orders, read_frame, write_frame
from boapp.sync.watch import Report, watch
from boapp.workspace import now_us

GRACE_SECONDS = 3.0
"""So long may what is under way take once the window is gone."""

NICE = 5


class Pipe:
    """Hears the nudges of the window, and when it is gone."""

    def __init__(self, pipe: IO[bytes]) -> None:
        self._pipe = pipe
        self._heard = threading.Condition()
        self._sealed = self._now = self._gone = False
        self._work, self._over = NEITHER, False
        threading.Thread(target=self._listen, daemon=True).start()

    def _listen(self) -> None:
        while byte := self._pipe.read(1):
            with self._heard:
                self._over |= byte == OVER
                if byte in {FIRST, SECOND, NEITHER}:
                    self._work = byte
                self._sealed, self._now = True, self._now or byte == NOW
                self._heard.notify()
        with self._heard:
            self._gone = True
            self._heard.notify()
        time.sleep(GRACE_SECONDS)
        os._exit(0)

    def wait(self, seconds: float, *, heeds_nudges: bool) -> bool:
        """Wait at most so many seconds, less when the window asks; False when it is gone."""
        with self._heard:
            self._heard.wait_for(
                lambda: self._gone or self._now or (heeds_nudges and self._sealed), timeout=seconds
            )
            self._sealed = self._now = False
            return not self._gone

    def is_over(self) -> bool:
        """Say whether she signed out."""
        return self._over

    def kinds(self) -> frozenset[bool]:
        """Return the kinds of pass that are claimed ahead: whether second."""
        return {FIRST: frozenset({False}), SECOND: frozenset({True})}.get(self._work, frozenset())

    def rings(self) -> bool:
        """Say whether the window waits for a round."""
        return self._sealed or self._now or self._gone


def be_nice() -> None:
    """Give way to the window, which somebody types in; a process on Windows is started so."""
    if sys.platform != "win32":
        os.nice(NICE)


def main() -> None:
    """Carry one person's work until her window is gone."""
    keep_memory_private()
    be_nice()
    inbox, outbox = sys.stdin.buffer, sys.stdout.buffer
    frame = read_frame(inbox)
    if frame is None:
        return
    orders = msgspec.msgpack.decode(frame, type=Orders)
    try:
        place = read_place(orders.address)
        assert isinstance(place, Address)  # noqa: S101 - a folder needs no courier
        keys = PersonKeys.from_bytes(orders.keys)
        ws = unlocked_again(Path(orders.home), place, orders.code, keys, orders.db_password)
    except Refusal as refusal:
        light = Light(Way.STOPPED, now_us(), title=refusal.title, advice=refusal.advice)
        write_frame(outbox, Report(light))
        return
    del frame, orders, keys
    try:
        watch(ws, Pipe(inbox), lambda report: write_frame(outbox, report))
    except BrokenPipeError:
        return
    except Exception:  # noqa: BLE001 - the window says that it ended; the report says where
        report_fault(ws.home, sys.exc_info())
        sys.exit(1)
    finally:
        ws.close()


if __name__ == "__main__":
    main()
