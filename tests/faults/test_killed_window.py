"""SIGKILL while keys arrive at the real keying page: what was typed 300 ms before is there again.

The next child opens the page and tells what it shows: a state that was shown before, no older than the
promise, with document, field, text, cursor and all other fields. Then it types on, until it is killed too.
"""

import random
import select
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field

import msgspec
import pytest

from boapp.domain.workflow import Mode
from tests.builders import House, add_project, take_in_pages
from tests.faults.children import FULL, ROOT
from tests.faults.window_child import State, Told, WindowOrders

PROMISE_SECONDS = 0.3
KILLS, DOCUMENTS = (30, 40) if FULL else (5, 8)
WHILE_STARTING = 5
"""Each so many-th child is killed before it has shown anything, or soon after."""
GAPS_MS = (5, 120)
LONGEST_SECONDS = 3.0
PATIENCE_SECONDS = 90
PERSON = "ann"


@dataclass
class Ledger:
    """What the page may show when it is opened next."""

    may: list[State]
    told: list[Told] = field(default_factory=list)

    def hear(self, told: Told) -> None:
        """Take what a child says; the page it opens must show what it may."""
        if told.what == "open":
            assert told.state in self.may, f"{told.state} is none of {self.may}"
            self.told = []
        self.told.append(told)

    def killed(self, seconds: float) -> None:
        """A child was killed then: work out what may be shown next."""
        if not self.told:
            return
        settled = [n for n, t in enumerate(self.told) if t.what != "press" and t.seconds <= seconds - PROMISE_SECONDS]
        if settled:
            self.may = [told.state for told in self.told[settled[-1] :]]
        else:
            self.may += [told.state for told in self.told]
        self.told = []


class WindowChild:
    """A running child; it gets its keys through a pipe, so nothing is derived."""

    def __init__(self, orders: WindowOrders) -> None:
        pipe = subprocess.PIPE
        words = [sys.executable, "-m", "tests.faults.window_child"]
        self._process = subprocess.Popen(words, cwd=ROOT, stdin=pipe, stdout=pipe)
