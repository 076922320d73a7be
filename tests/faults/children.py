"""The parent's side of the fault tests: real processes that are told what to do, listened to and killed."""

import json
import os
import select
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import msgspec

from boapp.domain.ids import ProjectId
from tests.builders import House
from tests.faults.work import Orders

ROOT = Path(__file__).resolve().parents[2]
FULL = os.environ.get("BOAPP_FULL") == "1"
Line = list[str]


def orders(house: House, person: str, project: ProjectId, task: str, *words: str) -> Orders:
    """Return the orders for somebody's task in a house."""
    return Orders(str(house.folder), person, house.keys[person].to_bytes(), task, project, words)


class Child:
    """A running child; it gets its keys through a pipe, so nothing is derived."""

    def __init__(self, told: Orders, inside: Sequence[str] = ()) -> None:
        words = [*inside, sys.executable, "-m", "tests.faults.child"]
        # No message bus: a child never meets the keyring of whoever runs the tests.
        environment = dict(os.environ) | {"DBUS_SESSION_BUS_ADDRESS": "disabled:"}
        pipe = subprocess.PIPE
        self._process = subprocess.Popen(words, cwd=ROOT, env=environment, stdin=pipe, stdout=pipe)
        self.tell(msgspec.json.encode(told))

    def tell(self, line: bytes) -> None:
        """Give it one more line."""
        assert self._process.stdin is not None
        self._process.stdin.write(line + b"\n")
        self._process.stdin.flush()

    def lines(self) -> Iterator[Line]:
        """Return what it says, as it says it; a line that was cut off was never said."""
        assert self._process.stdout is not None
        for line in self._process.stdout:
            if line.endswith(b"\n"):
                yield json.loads(line)

    def says_nothing_for(self, seconds: float) -> bool:
        """Wait for its next line, at most that long."""
        assert self._process.stdout is not None
        return not select.select([self._process.stdout], [], [], seconds)[0]

    def kill(self) -> None:
        """End it where it stands."""
        self._process.send_signal(signal.SIGKILL)

    def end(self) -> int:
        """Return how it ended, when it has."""
        with self._process:
            return self._process.wait(120)


def finish(told: Orders, inside: Sequence[str] = ()) -> list[Line]:
    """Let a child do all of its task; return what it said."""
    child = Child(told, inside)
    said = list(child.lines())
    assert child.end() == 0, said
    return said


def die_at(told: Orders, moment: str, occurrence: int) -> list[Line]:
    """Let a child kill itself at a moment; return what it said before."""
    child = Child(msgspec.structs.replace(told, kill_at=moment, occurrence=occurrence))
    said = list(child.lines())
    assert child.end() == -signal.SIGKILL, f"{moment} was not reached {occurrence} times"
    return said


def reached(told: Orders) -> dict[str, int]:
    """Let a child do its task unharmed; return how often it reached each moment."""
    *_, (_, *words) = finish(told)
    counts = dict(word.split(" ") for word in words)
    return {moment: int(counts[moment]) for moment in counts}
