"""The child program of the fault tests: does one task, and may kill itself at a named moment.

    python -m tests.faults.child    with one line of Orders on standard input

A moment is a fault point of the program, or "commit": the nth transaction since the task began is durable
and nothing after it was done; or "statement": the nth SQL statement is about to run.
"""

import os
import signal
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import msgspec
from sqlalchemy import Engine, event

from boapp import faultpoints
from boapp.crypto.signing import PersonKeys
from boapp.services.founding import found
from tests.builders import PASSPHRASE, House
from tests.faults.rounds import AT_A_SERVER, station_of
from tests.faults.work import TASKS, Orders, say


class Moments:
    """Counts the moments that are reached, and ends the process at the one it was told."""

    def __init__(self, orders: Orders) -> None:
        self._fatal = (orders.kill_at, orders.occurrence)
        self.reached: Counter[str] = Counter()

    def reach(self, name: str) -> None:
        """Count one; never returns from the fatal one."""
        self.reached[name] += 1
        if (name, self.reached[name]) == self._fatal:
            os.kill(os.getpid(), signal.SIGKILL)

    def watch(self) -> None:
        """Begin to count."""
        faultpoints.plant(self.reach)
        event.listen(Engine, "before_cursor_execute", self._before)
        event.listen(Engine, "after_cursor_execute", self._after)

    def _before(self, *_parts: Any) -> None:
        self.reach("statement")

    def _after(self, _connection: object, _cursor: object, statement: str, *_parts: Any) -> None:
        if statement == "COMMIT":
            self.reach("commit")


def main() -> None:
    """Do what the parent orders."""
    orders = msgspec.json.decode(sys.stdin.buffer.readline(), type=Orders)
    moments = Moments(orders)
    if orders.task == "found":
        moments.watch()
        folder = Path(orders.folder)
        found(folder / "home", folder / "workspace", PASSPHRASE, chosen=True, officers=None)
    elif orders.database:
        station = station_of(orders)
        moments.watch()
        AT_A_SERVER[orders.task](station, orders)
    else:
        house = House(Path(orders.folder), {orders.person: PersonKeys.from_bytes(orders.keys)})
        ws = house.as_(orders.person)
        if orders.waits_for_go:
            say("ready")
            sys.stdin.buffer.readline()
        moments.watch()
        TASKS[orders.task](ws, orders)
    say("reached", *(f"{name} {count}" for name, count in moments.reached.items()))


if __name__ == "__main__":
    main()
