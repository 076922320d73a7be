"""SIGKILL while keys arrive at the real keying page: what was typed 300 ms before is there again.

The next child opens the page and tells what it shows: a state that was shown before, no older than the
promise, with document, field, text, cursor and all other fields. Then it types on, until it is killed too.
"""

import os
import random
import select
import signal
import subprocess
import sys
import time
from itertools import pairwise
from typing import Self

import msgspec
import pytest

from boapp.domain.workflow import Mode
from tests.builders import House, add_project, take_in_pages
from tests.faults.children import FULL, ROOT
from tests.faults.window_child import BACK, ERASE, LEFT, State, Told, WindowOrders, steps_of

PROMISE_SECONDS = 0.3
KILLS, DOCUMENTS = (30, 40) if FULL else (5, 8)
WHILE_STARTING = 5
"""One child in so many is killed before it shows anything, or soon after."""
STARTING_SECONDS, TYPING_SECONDS = (0.0, 2.0), (0.1, 3.0)
GAPS_MS = (5, 120)
QUICK_MS = 10
PATIENCE_SECONDS = 90
PERSON = "ann"
MOVES = (LEFT, BACK, ERASE) if FULL else (LEFT,)
"""Keys that add nothing to the text."""


class Ledger:
    """What the page may show when it is opened next."""

    def __init__(self, first: State) -> None:
        self.may = [first]
        self._heard: list[Told] = []

    def knows(self, state: State) -> bool:
        """Say whether the running child has told that it shows this."""
        return any(told.what != "press" and told.state == state for told in self._heard)

    @property
    def keys(self) -> int:
        """Return how many keys the running child pressed."""
        return sum(told.what == "pressed" for told in self._heard)

    def hear(self, told: Told) -> None:
        """Take what a child says; the page that it opens shows what it may."""
        if told.what == "open":
            assert told.state in self.may, f"{told.state} is none of {self.may}"
        self._heard.append(told)

    def killed(self, seconds: float) -> None:
        """Work out what may be shown after a kill: what was shown then, and what came later."""
        shown = [n for n, told in enumerate(self._heard) if told.what != "press"]
        due = [n for n in shown if self._heard[n].seconds <= seconds - PROMISE_SECONDS]
        since = self._heard[due[-1] if due else 0 :]
        # What a page showed when it was opened is on disk, so only a killed start adds to what may be.
        self.may = [told.state for told in since] or self.may
        self._heard = []


class WindowChild:
    """A running child; it gets its keys through a pipe, so nothing is derived."""

    def __init__(
        self, house: House, gaps: tuple[int, ...], until: State | None = None, dies_at: str = ""
    ) -> None:
        pipe = subprocess.PIPE
        words = [sys.executable, "-m", "tests.faults.window_child"]
        self._process = subprocess.Popen(words, cwd=ROOT, stdin=pipe, stdout=pipe)
        orders = WindowOrders(str(house.folder), PERSON, house.keys[PERSON].to_bytes(), gaps, until, dies_at)
        assert self._process.stdin is not None
        self._process.stdin.write(msgspec.json.encode(orders) + b"\n")
        self._process.stdin.flush()
        self._left = b""

    def hears(self, ledger: Ledger, seconds: float) -> bool:
        """Put what it says into the ledger until the time is over; say whether it still talks."""
        assert self._process.stdout is not None
        end = time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0:
            if select.select([self._process.stdout], [], [], left)[0] and not self._read(ledger):
                return False
        return True

    def reaches(self, state: State, ledger: Ledger) -> None:
        """Wait until it shows a state, and then for as long as a key may be at risk."""
        while not ledger.knows(state):
            assert self.hears(ledger, 0.05), "it ended too early"
        self.hears(ledger, PROMISE_SECONDS)

    def waits_for_window(self, ledger: Ledger) -> None:
        """Wait until it shows the page."""
        assert self._process.stdout is not None
        assert select.select([self._process.stdout], [], [], PATIENCE_SECONDS)[0], "no window came"
        assert self._read(ledger), "it ended without a window"

    def _read(self, ledger: Ledger) -> bool:
        assert self._process.stdout is not None
        data = os.read(self._process.stdout.fileno(), 65536)
        *whole, self._left = (self._left + data).split(b"\n")
        for line in whole:
            ledger.hear(msgspec.json.decode(line, type=Told))
        return data != b""

    def kill(self, ledger: Ledger) -> int:
        """End it where it stands; return how many keys it had pressed."""
        seconds = time.monotonic()
        self._process.send_signal(signal.SIGKILL)
        while self._read(ledger):
            pass
        assert self.end() == -signal.SIGKILL
        keys = ledger.keys
        ledger.killed(seconds)
        return keys

    def end(self) -> int:
        """Return how it ended, when it has."""
        with self._process:
            return self._process.wait(PATIENCE_SECONDS)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        """Leave nothing running when a test fails."""
        if self._process.poll() is None:
            self._process.kill()
            self._process.communicate()


@pytest.fixture
def typed_at(house: House) -> House:
    """A house with documents that nobody has keyed."""
    take_in_pages(house, add_project(house, Mode.RELEASE), DOCUMENTS)
    return house


def look(house: House, ledger: Ledger) -> None:
    """Open the page once more, type nothing, and end."""
    with WindowChild(house, ()) as child:
        child.waits_for_window(ledger)
        assert child.end() == 0


def test_the_page_that_opens_after_a_kill_shows_what_was_typed_300_ms_before(typed_at: House) -> None:
    chance, ledger = random.Random(300), Ledger(State("page-001.png"))
    pressed = 0
    for turn in range(1, KILLS + 1):
        gaps = tuple(round(chance.uniform(*GAPS_MS)) for _ in range(50))
        with WindowChild(typed_at, gaps) as child:
            if turn % WHILE_STARTING:
                child.waits_for_window(ledger)
            seconds = chance.uniform(*(TYPING_SECONDS if turn % WHILE_STARTING else STARTING_SECONDS))
            assert child.hears(ledger, seconds), f"the child of turn {turn} ended by itself"
            pressed += child.kill(ledger)
    look(typed_at, ledger)
    print(f"{KILLS} kills, {pressed} keys")
    assert pressed > 5 * KILLS


def test_whatever_the_last_key_was_the_page_opens_as_it_was_left(typed_at: House) -> None:
    steps = steps_of("page-001.png")
    rests = [now.state for now, then in pairwise(steps[1:]) if (now.key in MOVES) is not (then.key in MOVES)]
    assert len(rests) >= 4
    ledger = Ledger(steps[0].state)
    for state in rests:
        with WindowChild(typed_at, (QUICK_MS,), until=state) as child:
            child.reaches(state, ledger)
            child.kill(ledger)
        assert ledger.may == [state]
    look(typed_at, ledger)


@pytest.mark.parametrize("moment", ["seal:begun", "seal:signed", "seal:queued", "seal:drafts-ended"])
def test_killed_before_the_seal_is_committed_the_document_is_there_again_and_comes_first(
    typed_at: House, moment: str
) -> None:
    steps = steps_of("page-001.png")
    ledger = Ledger(steps[0].state)
    with WindowChild(typed_at, (QUICK_MS,), dies_at=moment) as child:
        assert not child.hears(ledger, PATIENCE_SECONDS)
        assert child.end() == -signal.SIGKILL
    after = Ledger(steps[-1].state)
    look(typed_at, after)


def test_killed_after_the_seal_is_committed_the_next_document_comes(typed_at: House) -> None:
    ledger = Ledger(State("page-001.png"))
    with WindowChild(typed_at, (QUICK_MS,), dies_at="seal:committed") as child:
        assert not child.hears(ledger, PATIENCE_SECONDS)
        assert child.end() == -signal.SIGKILL
    look(typed_at, Ledger(State("page-002.png")))
