"""A worker that is killed, stands still or lies, and what it is confined to."""

import io
import os
import signal
import struct
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from boapp.errors import Unavailable
from boapp.images import decode, process
from boapp.images.decode import Decoder
from boapp.images.framing import STANDARD, Fault, Frame, Limits, Media, Severed, Tag, receive, send
from tests.images.scan_files import (
    WHOLE,
    Arrived,
    bottomless_pdf,
    good,
    linux_only,
    pdf_of_pages,
    peak_mib,
    posix_only,
    refusal_of,
)

SHAM_SECRET = "BOAPP_SHAM_SECRET"


def test_a_file_that_never_ends_is_given_up_and_the_next_one_opens(arrived: Arrived) -> None:
    with Decoder(Limits(seconds=1.0)) as decoder:
        began = time.monotonic()
        refusal = refusal_of(decoder, arrived(bottomless_pdf()))
        assert 0.9 < time.monotonic() - began < 4
        assert refusal.title == "The file takes too long to open."
        assert decoder.read(arrived(good())).pages


def test_many_quick_pages_do_not_outlast_the_limit_of_a_file(arrived: Arrived) -> None:
    with Decoder(Limits(seconds=5.0, file_seconds=0.5)) as decoder:
        refusal = refusal_of(decoder, arrived(pdf_of_pages(400, box=b"0 0 1440 1440")))
    assert refusal.title == "The file takes too long to open."


@posix_only
def test_a_worker_that_stands_still_is_killed_and_replaced(arrived: Arrived) -> None:
    with Decoder(Limits(seconds=0.5)) as decoder:
        decoder.read(arrived(good()))
        stopped = worker_pid(decoder)
        os.kill(stopped, signal.SIGSTOP)
        assert "too long" in refusal_of(decoder, arrived(bytes(good() + bytes(5_000_000)))).title
        assert decoder.read(arrived(good())).pages
        assert worker_pid(decoder) != stopped


@linux_only
def test_a_worker_killed_in_the_middle_of_a_file_costs_that_file_only(arrived: Arrived) -> None:
    with Decoder() as decoder:
        decoder.read(arrived(good()))
        killer = threading.Thread(target=kill_when_busy, args=(worker_pid(decoder),))
        killer.start()
        refusal = refusal_of(decoder, arrived(bottomless_pdf()))
        killer.join()
        assert refusal.title == "The file could not be opened safely."
        assert decoder.read(arrived(good())).pages


def kill_when_busy(pid: int) -> None:
    def ticks() -> int:
        return int(Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[11])

    before, patience = ticks(), time.monotonic() + 20
    while ticks() < before + 20 and time.monotonic() < patience:
        os.sched_yield()
    os.kill(pid, signal.SIGKILL)


@posix_only
def test_a_worker_that_died_between_two_files_costs_none(arrived: Arrived) -> None:
    with Decoder() as decoder:
        decoder.read(arrived(good()))
        dead = decoder._process
        assert dead is not None
        dead.kill()
        dead.wait()
        assert decoder.read(arrived(good())).pages


def test_good_files_share_a_worker_and_a_refused_file_takes_it_along(arrived: Arrived) -> None:
    with Decoder() as decoder:
        decoder.read(arrived(good()))
        first = worker_pid(decoder)
        decoder.read(arrived(WHOLE["pdf"]))
        assert worker_pid(decoder) == first
        refusal_of(decoder, arrived(good()[:-40]))
        decoder.read(arrived(good()))
        assert worker_pid(decoder) != first


def worker_pid(decoder: Decoder) -> int:
    assert decoder._process is not None
    return decoder._process.pid


def framed(*frames: Frame) -> bytes:
    pipe = io.BytesIO()
    for frame in frames:
        send(pipe, frame)
    return pipe.getvalue()


PAGE = Frame(Tag.PAGE, Media.PNG, (10, 10, 0), b"x")
ONE = Frame(Tag.END, numbers=(1, 0, 0))
LIES = {
    "nothing": b"",
    "noise": bytes(range(200)),
    "an endless page": framed(PAGE)[:14] + struct.pack("!Q", 2**60),
    "fewer pages than counted": framed(PAGE, Frame(Tag.END, numbers=(2, 0, 0))),
    "no page at all": framed(Frame(Tag.END)),
    "a page of no known kind": framed(Frame(Tag.PAGE, 99, (10, 10, 0), b"x"), ONE),
    "a page without size": framed(Frame(Tag.PAGE, Media.PNG, (0, 10, 0), b"x"), ONE),
    "a page of all pixels": framed(Frame(Tag.PAGE, Media.PNG, (2**32 - 1, 2**32 - 1, 0), b"x"), ONE),
    "an unknown fault": framed(Frame(Tag.REFUSED, 200)),
    "ready once more": framed(Frame(Tag.READY)),
    "a page cut short": framed(PAGE)[:-1],
    "more pages than allowed": framed(*[PAGE] * 600),
}


PAGE = Frame(Tag.PAGE, Media.PNG, (10, 10, 0), b"x")
ONE = Frame(Tag.END, numbers=(1, 0, 0))
LIES = {
    "nothing": b"",
    "noise": bytes(range(200)),
    "an endless page": framed(PAGE)[:14] + struct.pack("!Q", 2**60),
    "fewer pages than counted": framed(PAGE, Frame(Tag.END, numbers=(2, 0, 0))),
    "no page at all": framed(Frame(Tag.END)),
    "a page of no known kind": framed(Frame(Tag.PAGE, 99, (10, 10, 0), b"x"), ONE),
    "a page without size": framed(Frame(Tag.PAGE, Media.PNG, (0, 10, 0), b"x"), ONE),
    "a page of all pixels": framed(Frame(Tag.PAGE, Media.PNG, (2**32 - 1, 2**32 - 1, 0), b"x"), ONE),
    "an unknown fault": framed(Frame(Tag.REFUSED, 200)),
    "ready once more": framed(Frame(Tag.READY)),
    "a page cut short": framed(PAGE)[:-1],
    "more pages than allowed": framed(*[PAGE] * 600),
}


PAGE = Frame(Tag.PAGE, Media.PNG, (10, 10, 0), b"x")
ONE = Frame(Tag.END, numbers=(1, 0, 0))
LIES = {
    "nothing": b"",
    "noise": bytes(range(200)),
    "an endless page": framed(PAGE)[:14] + struct.pack("!Q", 2**60),
    "fewer pages than counted": framed(PAGE, Frame(Tag.END, numbers=(2, 0, 0))),
    "no page at all": framed(Frame(Tag.END)),
    "a page of no known kind": framed(Frame(Tag.PAGE, 99, (10, 10, 0), b"x"), ONE),
    "a page without size": framed(Frame(Tag.PAGE, Media.PNG, (0, 10, 0), b"x"), ONE),
    "a page of all pixels": framed(Frame(Tag.PAGE, Media.PNG, (2**32 - 1, 2**32 - 1, 0), b"x"), ONE),
    "an unknown fault": framed(Frame(Tag.REFUSED, 200)),
    "ready once more": framed(Frame(Tag.READY)),
    "a page cut short": framed(PAGE)[:-1],
    "more pages than allowed": framed(*[PAGE] * 600),
}


@pytest.mark.parametrize("lie", LIES)
def test_a_worker_that_lies_is_not_believed(
    lie: str, arrived: Arrived, monkeypatch: pytest.MonkeyPatch
) -> None:
    script = "import sys; sys.stdin.buffer.read(30); sys.stdout.buffer.write(bytes.fromhex(sys.argv[1]))"

    def liar(_: Limits) -> process.Process:
        return subprocess.Popen(
            [sys.executable, "-c", script, LIES[lie].hex()], stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )

    monkeypatch.setattr(decode, "start", liar)
    with Decoder() as decoder:
        assert refusal_of(decoder, arrived(good())).title == "The file could not be opened safely."


def test_every_fault_has_words() -> None:
    assert set(decode._WORDS) == set(Fault)


def test_a_frame_longer_than_its_limit_is_not_read(tmp_path: Path) -> None:
    path = tmp_path / "talk"
    path.write_bytes(framed(Frame(Tag.FILE, 1, body=bytes(100))))
    with path.open("rb") as pipe, pytest.raises(Severed):
        receive(pipe, 99)


def test_a_worker_that_cannot_start_is_not_the_fault_of_the_file(
    arrived: Arrived, monkeypatch: pytest.MonkeyPatch
) -> None:
    for interpreter in ("/bin/false", "/nowhere/python"):
        monkeypatch.setattr(sys, "executable", interpreter)
        with Decoder() as decoder, pytest.raises(Unavailable, match="does not start"):
            decoder.read(arrived(good()))


@linux_only
def test_the_worker_has_its_limits_before_the_first_file(arrived: Arrived) -> None:
    with Decoder() as decoder:
        decoder.read(arrived(good()))
        limits = Path(f"/proc/{worker_pid(decoder)}/limits").read_text()
        assert peak_mib(worker_pid(decoder)) < 200
    soft = {line[:25].strip(): line[25:].split()[:2] for line in limits.splitlines()[1:]}
    assert soft["Max address space"] == [str(STANDARD.memory)] * 2
    assert soft["Max file size"] == ["0", "0"]
    assert soft["Max core file size"] == ["0", "0"]


@linux_only
def test_the_worker_sees_no_secret_and_no_path(arrived: Arrived, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(SHAM_SECRET, "sham")
    path = arrived(good())
    with Decoder() as decoder:
        decoder.read(path)
        own = Path(f"/proc/{worker_pid(decoder)}")
        assert SHAM_SECRET.encode() not in (own / "environ").read_bytes()
        assert path.name.encode() not in (own / "cmdline").read_bytes()


@linux_only
def test_no_file_is_written_by_the_program_or_its_worker(
    arrived: Arrived, tmp_path_factory: pytest.TempPathFactory
) -> None:
    watched = tmp_path_factory.mktemp("watched")
    unchanged = watched.stat().st_mtime_ns
    paths = [str(arrived(data)) for data in WHOLE.values()]
    run = subprocess.run(
        [sys.executable, "-c", READ_ALL_AND_REPORT_WRITES, *paths],
        env=os.environ | {"TMPDIR": str(watched), "PYTHONPATH": os.pathsep.join(sys.path)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert run.stdout.split() == ["read", str(len(paths))]
    assert watched.stat().st_mtime_ns == unchanged  # a file made and removed again would change it


READ_ALL_AND_REPORT_WRITES = """
import os, sys
from pathlib import Path
from boapp.images.decode import Decoder

def watch(event, details):
    if event == "open":
        path, mode, flags = details
        writes = flags & (os.O_WRONLY | os.O_RDWR | os.O_CREAT)
        if writes and path != os.devnull and not isinstance(path, int):
            print("wrote", path)

sys.addaudithook(watch)
with Decoder() as decoder:
    print("read", sum(bool(decoder.read(Path(name)).pages) for name in sys.argv[1:]))
"""


@linux_only
def test_the_worker_goes_when_the_program_is_gone(arrived: Arrived) -> None:
    script = (
        "import os, sys; from pathlib import Path; from boapp.images.decode import Decoder; d = Decoder(); "
        "d.read(Path(sys.argv[1])); print(d._process.pid, flush=True); os._exit(1)"
    )
    run = subprocess.run(
        [sys.executable, "-c", script, str(arrived(good()))],
        env=os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)},
        capture_output=True,
        text=True,
        check=False,
    )
    left = Path("/proc", run.stdout.strip(), "cmdline")
    patience = time.monotonic() + 10
    while time.monotonic() < patience and left.exists() and left.read_bytes():
        os.sched_yield()
    assert not left.exists() or not left.read_bytes()


@pytest.mark.parametrize(
    ("module", "absent"),
    [
        ("boapp.images.decode", ["PIL", "pypdfium2", "PySide6", "numpy"]),
        ("boapp.images.worker", ["pypdfium2", "PySide6", "cryptography", "sqlalchemy", "PIL.GifImagePlugin"]),
    ],
)
def test_each_side_loads_only_what_it_needs(module: str, absent: list[str]) -> None:
    script = f"import sys, {module}; print([name for name in {absent!r} if name in sys.modules])"
    run = subprocess.run(
        [sys.executable, "-c", script],
        env=os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert run.stdout.strip() == "[]"
