"""A screen and a keyboard for real key events: Xvfb on a free display, xdotool for keys, looking by pixels.

What lives here: the X server and what a person's hands and eyes do at it. Nothing of boapp. There is no
window manager, so a window gets the keyboard when it is told to. Only who holds the cookie may connect.
"""

import os
import secrets
import shutil
import struct
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from PIL import Image, ImageChops

PROGRAMS = ("Xvfb", "xauth", "xdotool")
SIZE = (1440, 900)
PATIENCE, LOOK_EVERY, REST = 40.0, 0.03, 0.4
BLINK = 40 * 80
"""A text cursor that blinks changes no more pixels than these."""
KEY_DELAY_MS = "4"


def missing_programs() -> list[str]:
    """Name what is needed here and is not on this machine."""
    return [name for name in PROGRAMS if shutil.which(name) is None]


def wait(come: Callable[[], object], what: str, patience: float = PATIENCE) -> None:
    """Look again and again until something has come; give up after a while."""
    end = time.monotonic() + patience
    while not come():
        assert time.monotonic() < end, f"{what} did not come"
        time.sleep(LOOK_EVERY)


@dataclass(frozen=True)
class Screen:
    """A running X server."""

    folder: Path
    environment: Mapping[str, str]

    # --- hands --------------------------------------------------------------------------------

    def focus(self, window: str) -> None:
        """Give a window the keyboard, as a window manager would."""
        self._do("windowfocus", "--sync", window)

    def type(self, words: str) -> None:
        """Type a text, key by key, into whatever has the keyboard."""
        self._do("type", "--delay", KEY_DELAY_MS, "--", words)

    def enter(self, words: str) -> None:
        """Type a text and press Enter."""
        self.type(words)
        self.press("Return")

    def press(self, *keys: str) -> None:
        """Press keys, one after the other."""
        self._do("key", "--delay", KEY_DELAY_MS, *keys)

    def press_until(self, key: str, come: Callable[[], object], what: str) -> None:
        """Press a key when the screen is at rest; once more when nothing came of it."""
        for _ in range(3):
            self.wait_for_rest()
            self.press(key)
            end = time.monotonic() + PATIENCE / 4
            while time.monotonic() < end:
                if come():
                    return
                time.sleep(LOOK_EVERY)
        raise AssertionError(f"{what} did not come after {key}")

    # --- eyes ---------------------------------------------------------------------------------

    def titles(self) -> dict[str, str]:
        """Return the titles of all windows that are seen, by window."""
        found = self._ask("search", "--onlyvisible", "--name", "boapp")
        return {window: self._ask("getwindowname", window).strip() for window in found.split()}

    def window(self, title: str) -> str:
        """Wait for a window whose title begins so, and return it."""
        found: list[str] = []

        def seen() -> bool:
            found[:] = [window for window, name in self.titles().items() if name.startswith(title)]
            return bool(found)

        wait(seen, f"the window {title}")
        return found[0]

    def shows(self, title: str) -> bool:
        """Say whether a window is seen whose title begins so."""
        return any(name.startswith(title) for name in self.titles().values())

    def pid_of(self, window: str) -> int:
        """Return the process whose window it is."""
        return int(self._ask("getwindowpid", window))

    def picture(self) -> Image.Image:
        """Return what is on the screen: the X server keeps it in a file, an X window dump."""
        data = (self.folder / "Xvfb_screen0").read_bytes()
        header = struct.unpack(">25I", data[:100])
        size, wide, high, line, colours = header[0], header[4], header[5], header[12], header[19]
        pixels = data[size + 12 * colours :]
        return Image.frombuffer("RGB", (wide, high), pixels, "raw", "BGRX", line, 1)

    def wait_for_rest(self) -> None:
        """Wait until nothing moves on the screen for a while but a text cursor."""
        seen, since = self.picture(), time.monotonic()

        def rests() -> bool:
            nonlocal seen, since
            now = self.picture()
            box = ImageChops.difference(seen, now).getbbox()
            if box is not None and (box[2] - box[0]) * (box[3] - box[1]) > BLINK:
                since = time.monotonic()
            seen = now
            return time.monotonic() - since > REST

        wait(rests, "rest on the screen")

    def _do(self, *words: str) -> None:
        done = self._xdotool(*words)
        assert done.returncode == 0, (words[0], done.stderr)

    def _ask(self, *words: str) -> str:
        """Return the answer; none when there is no such window, or no longer."""
        return self._xdotool(*words).stdout

    def _xdotool(self, *words: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            ["xdotool", *words], env=self.environment, capture_output=True, text=True, timeout=60, check=False
        )


@contextmanager
def screen(folder: Path) -> Iterator[Screen]:
    """Start an X server on a free display, and end it, by its own id, when all is done."""
    folder.mkdir(parents=True)
    cookie, allowed = secrets.token_hex(16), folder / "allowed"
    _let_in(allowed, ":0", cookie)  # the server takes a cookie of any display
    read, write = os.pipe()
    size = f"{SIZE[0]}x{SIZE[1]}x24"
    words = ["-displayfd", str(write), "-screen", "0", size, "-fbdir", str(folder), "-auth", str(allowed)]
    server = subprocess.Popen(
        ["Xvfb", *words, "-nolisten", "tcp", "-noreset"], pass_fds=[write], stderr=subprocess.DEVNULL
    )
    os.close(write)
    try:
        with os.fdopen(read) as told:
            display = f":{told.readline().strip()}"
        assert display != ":", "Xvfb did not start"
        _let_in(allowed, display, cookie)
        gone = {"WAYLAND_DISPLAY", "XDG_SESSION_TYPE"}
        outer = {name: value for name, value in os.environ.items() if name not in gone}
        yield Screen(folder, {**outer, "DISPLAY": display, "XAUTHORITY": str(allowed), "LC_ALL": "C.UTF-8"})
    finally:
        end(server)


def _let_in(allowed: Path, display: str, cookie: str) -> None:
    words = ["xauth", "-q", "-f", str(allowed), "add", display, ".", cookie]
    subprocess.run(words, check=True, timeout=30, stderr=subprocess.DEVNULL)


def end(process: subprocess.Popen[bytes]) -> None:
    """Ask a process to end, and see that it does."""
    process.terminate()
    try:
        process.wait(10)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait(10)
