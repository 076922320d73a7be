"""While a second pass is keyed, no value of the first is anywhere in the second keyer's process.

Another process seals the first pass and then reads all of the window's memory, as Linux shows it to whoever
may trace that process. That the search can find anything is shown by a value that is planted there.
"""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from boapp.domain.passes import Method
from boapp.domain.workflow import Mode
from boapp.services import queue, sealing
from boapp.services.syncing import send_waiting
from tests.builders import House, entries
from tests.ui.pages.keying_desk import slips

ROOT = Path(__file__).resolve().parents[2]
MARKERS = {
    "name": "Philippopolis & Northrop",
    "amount": "93.17",
    "day": "23/04/1987",
    "place": "Tenkodogo-Ouahigouya 4471",
}
LONG = [words for words in MARKERS.values() if len(words) >= 16]
"""Short values stand in any memory by chance; these two do not."""
CODES = ("utf-8", "utf-16-le", "utf-32-le")


@dataclass
class Watched:
    """The second keyer's process, with its page open and some keys typed."""

    process: subprocess.Popen[str]

    def ask(self, *command: str) -> Any:
        """Let it do something and return what it answers."""
        return self._say(list(command))

    def open(self, house: House) -> Any:
        """Open the page; return what stands in its entry box."""
        return self._say({"folder": str(house.folder), "keys": house.keys["bob"].to_bytes().hex()})

    def _say(self, words: object) -> Any:
        assert self.process.stdin
        assert self.process.stdout
        self.process.stdin.write(json.dumps(words) + "\n")
        self.process.stdin.flush()
        return json.loads(self.process.stdout.readline())

    def memory(self) -> Iterator[bytes]:
        """Give every region of its memory that can be read."""
        here = Path("/proc") / str(self.process.pid)
        with (here / "mem").open("rb", buffering=0) as memory:
            for line in (here / "maps").read_text().splitlines():
                place, rights, *_ = line.split()
                if not rights.startswith("r") or "[v" in line:
                    continue
                begin, end = (int(part, 16) for part in place.split("-"))
                memory.seek(begin)
                yield memory.read(end - begin)

    def hits(self) -> set[tuple[str, str]]:
        """Return which marker stands in its memory, and in which encoding."""
        wanted = {(words, code): words.encode(code) for words in LONG for code in CODES}
        found: set[tuple[str, str]] = set()
        for region in self.memory():
            found |= {key for key, needle in wanted.items() if needle in region}
        return found


@pytest.fixture(params=list(Mode))
def watched(request: pytest.FixtureRequest, house: House) -> Iterator[Watched]:
    """Return bob's process at the second pass of what ann keyed here with MARKERS."""
    project = slips(house, 2, request.param)
    ann = house.as_("ann")
    while work := queue.claim(ann, project, second=False):
        sealing.seal(ann, work, entries(MARKERS), Method.FILE)
    send_waiting(ann)
    ann.close()
    environment = {
        **os.environ,
        "QT_QPA_PLATFORM": "offscreen",
        "PYTHONPATH": str(ROOT),
        "BOAPP_HOME": str(house.home),
    }
    program = Path(__file__).with_name("second_keyer.py")
    with subprocess.Popen(
        [sys.executable, program],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env=environment,
        text=True,
    ) as process:
        try:
            made = Watched(process)
            assert made.open(house) == "12"
            yield made
        finally:
            process.kill()


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux shows the memory of a process as a file")
def test_no_value_of_the_first_pass_is_in_the_memory_and_a_planted_one_is_found(watched: Watched) -> None:
    try:
        found = watched.hits()
    except PermissionError:
        pytest.skip("this machine does not let a process look into its own child")
    assert not found
    assert watched.ask("hold", LONG[1][::-1]) == "held"
    assert watched.hits() == {(LONG[1], code) for code in CODES}


def test_no_text_that_can_be_reached_holds_a_value_of_the_first_pass_and_a_planted_one_is_found(
    watched: Watched,
) -> None:
    told = watched.ask("tell")
    assert any("Cornwallis" in words for words in told)
    assert not [words for words in told if any(value in words for value in MARKERS.values())]
    watched.ask("hold", LONG[0][::-1])
    assert [words for words in watched.ask("tell") if LONG[0] in words]
