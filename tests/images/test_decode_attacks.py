"""Files made to hang, fill, crash or deceive the program, and a worker that is killed or lies."""

import io
import os
import random
import signal
import struct
import subprocess
import sys
import threading
import time
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PIL import Image

from boapp.errors import BadInput, Unavailable
from boapp.images import decode, process
from boapp.images.decode import CheckedFile, Decoder
from boapp.images.framing import STANDARD, Fault, Frame, Limits, Media, Severed, Tag, receive, send
from tests.images.scan_files import (
    FULL,
    PeakMemory,
    bottomless_pdf,
    encoded,
    endless_tiff,
    folder,
    outcome,
    pdf_of_pages,
    peak_mib,
    png_of_size,
    refusal_of,
    sheet,
    tiff,
)

linux_only = pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")
posix_only = pytest.mark.skipif(sys.platform == "win32", reason="uses POSIX signals or files")

SHAM_SECRET = "BOAPP_SHAM_SECRET"


@pytest.fixture(scope="module")
def decoder() -> Iterator[Decoder]:
    with Decoder() as one:
        yield one


@pytest.fixture
def arrived(tmp_path: Path) -> Callable[[bytes], Path]:
    def write(data: bytes) -> Path:
        path = tmp_path / f"arrived-{len(list(tmp_path.iterdir()))}.jpg"
        path.write_bytes(data)
        return path

    return write


Arrived = Callable[[bytes], Path]


def good() -> bytes:
    return encoded(sheet(), "JPEG")


def some_cuts(data: bytes) -> list[bytes]:
    chance = random.Random(len(data))  # noqa: S311 - places to cut, not secrets
    places = {len(data) - 1, len(data) - 9, len(data) // 2, 20}
    places |= {chance.randrange(12, len(data)) for _ in range(60 if FULL else 6)}
    return [data[:place] for place in sorted(places)]


NOISE = Image.effect_noise((160, 120), 60)
WHOLE = {
    "jpeg": encoded(NOISE, "JPEG"),
    "progressive jpeg": encoded(NOISE, "JPEG", progressive=True),
    "png": encoded(NOISE, "PNG"),
    "raw tiff": tiff([NOISE] * 3),
    "packed tiff": tiff([NOISE] * 3, compression="tiff_lzw"),
    "jpeg tiff": tiff([NOISE] * 3, compression="jpeg"),
    "fax tiff": tiff([NOISE.convert("1")] * 3, compression="group4"),
    "pdf": encoded(NOISE, "PDF"),
}


@pytest.mark.parametrize("kind", WHOLE)
def test_a_file_that_was_cut_short_is_never_shown_in_part(
    kind: str, decoder: Decoder, arrived: Arrived
) -> None:
    whole = decoder.read(arrived(WHOLE[kind]))
    for cut in some_cuts(WHOLE[kind].rstrip(b"\r\n")):
        result = outcome(decoder, arrived(cut))
        # A few bytes behind the last page may be missing: then every page is the same.
        assert isinstance(result, BadInput) or result.pages == whole.pages


@pytest.mark.parametrize("name", ["662260-color.tif", "g4-multi.tiff", "multipage-mmap.tiff", "rotation.pdf"])
def test_a_real_scan_that_was_cut_short_is_refused(name: str, decoder: Decoder, arrived: Arrived) -> None:
    for cut in some_cuts((folder("multipage") / name).read_bytes().rstrip()[:-3]):
        assert isinstance(outcome(decoder, arrived(cut)), BadInput), len(cut)


def test_a_fax_without_its_length_must_end_like_a_fax(decoder: Decoder, arrived: Arrived) -> None:
    data = fax_without_length()
    assert len(decoder.read(arrived(data)).pages) == 1
    for place in (len(data) - 4, len(data) - 200, len(data) // 2):
        assert "ends too early" in refusal_of(decoder, arrived(data[:place])).title


def fax_without_length() -> bytes:
    """One G4 page whose data reach to the end of the file and whose length is given as none."""
    with Image.open(io.BytesIO(tiff([NOISE.convert("1")], compression="group4"))) as opened:
        start, length = opened.tag_v2[273][0], opened.tag_v2[279][0]  # type: ignore[attr-defined]
        opened.fp.seek(start)  # type: ignore[union-attr]
        page = opened.fp.read(length)  # type: ignore[union-attr]
    begins = 8 + 2 + 9 * 12 + 4
    size = ((256, 160), (257, 120), (278, 120))
    kind = ((258, 1), (259, 4), (262, 0), (277, 1))
    entries = sorted((*size, *kind, (273, begins), (279, 0)))
    directory = b"".join(struct.pack("<HHII", tag, 4, 1, value) for tag, value in entries)
    return b"II*\0" + struct.pack("<IH", 8, len(entries)) + directory + bytes(4) + page


def test_a_broken_third_page_refuses_the_file_and_is_named(decoder: Decoder, arrived: Arrived) -> None:
    data = bytearray(tiff([NOISE] * 4, compression="tiff_adobe_deflate"))
    with Image.open(arrived(bytes(data))) as opened:
        opened.seek(2)
        start = opened.tag_v2[273][0]  # type: ignore[attr-defined]
    data[start : start + 200] = bytes(200)
    assert refusal_of(decoder, arrived(bytes(data))).title == "Page 3 cannot be read: the file is damaged."


def test_a_picture_of_enormous_size_is_refused_before_it_is_decoded(
    decoder: Decoder, arrived: Arrived
) -> None:
    zeros = zlib.compress(bytes(10_000_000))
    began = time.monotonic()
    for width, height in ((50_000, 50_000), (2**31 - 1, 2**31 - 1), (120_000_001, 1)):
        assert "picture is too large" in refusal_of(decoder, arrived(png_of_size(width, height, zeros))).title
    assert time.monotonic() - began < 5


@linux_only
def test_a_picture_just_inside_the_size_limit_stays_inside_the_memory_limit(arrived: Arrived) -> None:
    side = 10_900
    data = zlib.compress(bytes((3 * side + 1) * side), 1)
    with Decoder() as decoder, PeakMemory(decoder).measured() as memory:
        result = outcome(decoder, arrived(png_of_size(side, side, data)))
    assert isinstance(result, CheckedFile) or "too large" in result.title
    assert 300 < memory.mib < 1024


@pytest.mark.parametrize("make", [endless_tiff, pdf_of_pages])
def test_ten_thousand_pages_are_refused_at_once(
    make: Callable[[int], bytes], decoder: Decoder, arrived: Arrived
) -> None:
    began = time.monotonic()
    refusal = refusal_of(decoder, arrived(make(10_000)))
    assert refusal.title == "The file has too many pages."
    assert time.monotonic() - began < 3


def test_a_tiff_whose_directories_go_round_has_an_end(decoder: Decoder, arrived: Arrived) -> None:
    data = bytearray(tiff([sheet()]))
    (first,) = struct.unpack_from("<I", data, 4)
    (entries,) = struct.unpack_from("<H", data, first)
    struct.pack_into("<I", data, first + 2 + 12 * entries, first)
    assert len(decoder.read(arrived(bytes(data))).pages) == 1


def test_as_many_pages_as_allowed_are_read(arrived: Arrived) -> None:
    with Decoder(Limits(pages=40)) as decoder:
        assert len(decoder.read(arrived(pdf_of_pages(40))).pages) == 40
        assert "too many pages" in refusal_of(decoder, arrived(pdf_of_pages(41))).title


def test_pages_that_together_take_too_much_space_are_refused(arrived: Arrived) -> None:
    with Decoder(Limits(total_bytes=50_000)) as decoder:
        assert "too much space" in refusal_of(decoder, arrived(tiff([NOISE] * 9))).title
        assert decoder.read(arrived(good())).pages


def test_a_page_that_alone_takes_too_much_space_is_refused_by_the_worker(arrived: Arrived) -> None:
    with Decoder(Limits(page_bytes=2_000)) as decoder:
        assert "too much space" in refusal_of(decoder, arrived(encoded(NOISE, "PNG"))).title


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


OTHER_FILES = {
    "GIF picture": encoded(sheet(), "GIF"),
    "BMP picture": encoded(sheet(), "BMP"),
    "WebP picture": encoded(sheet(), "WEBP"),
    "Windows icon": encoded(sheet(size=(32, 32)), "ICO"),
    "JPEG 2000 picture": encoded(sheet(), "JPEG2000"),
    "HEIC or AVIF photograph": encoded(sheet("RGB"), "AVIF"),
    "Photoshop file": b"8BPS\0\1" + bytes(30),
    "ZIP archive": b"PK\3\4" + bytes(30),
}


@pytest.mark.parametrize("name", OTHER_FILES)
def test_other_formats_are_named_and_what_to_save_them_as_is_said(
    name: str, decoder: Decoder, arrived: Arrived
) -> None:
    refusal = refusal_of(decoder, arrived(OTHER_FILES[name]))
    assert refusal.title.startswith(f"This is a {name}")
    assert "Save it as PDF, PNG, JPEG or TIFF" in refusal.advice


def test_a_text_called_jpg_is_refused(decoder: Decoder, arrived: Arrived) -> None:
    for text in (b"BMI of the patient\n", b"\0" * 50, b"x"):
        assert refusal_of(decoder, arrived(text)).title == "This is neither a picture nor a PDF."


def test_an_empty_file_a_folder_and_a_missing_file_are_refused(
    decoder: Decoder, arrived: Arrived, tmp_path: Path
) -> None:
    assert refusal_of(decoder, arrived(b"")).title == "The file is empty."
    assert refusal_of(decoder, tmp_path / "gone.png").title == "The file is not there any more."
    assert "not a" in refusal_of(decoder, tmp_path).title


@posix_only
def test_a_named_pipe_and_a_device_are_refused_without_waiting(decoder: Decoder, tmp_path: Path) -> None:
    pipe = tmp_path / "pipe.tif"
    os.mkfifo(pipe)
    for path in (pipe, Path("/dev/zero")):
        assert refusal_of(decoder, path).title == "This is not an ordinary file."


def test_a_file_over_the_size_limit_is_refused_unread(arrived: Arrived) -> None:
    with Decoder(Limits(file_bytes=1024 * 1024)) as decoder:
        assert refusal_of(decoder, arrived(bytes(1024 * 1024 + 1))).title == "The file is larger than 1 MB."
        assert decoder._process is None


def test_a_pdf_with_a_password_is_refused_with_advice(decoder: Decoder, arrived: Arrived) -> None:
    marks = b"<%s>" % (b"5a" * 32)
    locked = b"/Encrypt << /Filter /Standard /V 1 /R 2 /P -4 /O %s /U %s >> /ID [<00> <00>]" % (marks, marks)
    refusal = refusal_of(decoder, arrived(pdf_of_pages(1, trailer=locked)))
    assert refusal.title == "The file is locked with a password."
    assert refusal.advice.startswith("Save it without a password")


def test_pdf_pages_of_no_size_or_of_no_end_are_refused_or_shown(decoder: Decoder, arrived: Arrived) -> None:
    for box in (b"0 0 0 0", b"0 0 1e30 1e30", b"0 0 1e9 0.0001", b"-1 -1 -1 -1", b"0 0 nan 9"):
        result = outcome(decoder, arrived(pdf_of_pages(1, box=box)))
        assert isinstance(result, BadInput) or result.pages[0].width < 40_000


def test_files_with_changed_bytes_open_or_are_refused(arrived: Arrived) -> None:
    chance = random.Random(7)  # noqa: S311 - places to damage, not secrets
    with Decoder(Limits(seconds=10)) as decoder:
        for data in WHOLE.values():
            for _ in range(60 if FULL else 5):
                damaged = bytearray(data)
                for _ in range(chance.choice((1, 3, 20))):
                    damaged[chance.randrange(len(data))] = chance.randrange(256)
                result = outcome(decoder, arrived(bytes(damaged)))
                assert isinstance(result, BadInput) or result.pages


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
        if flags & (os.O_WRONLY | os.O_RDWR | os.O_CREAT) and path != os.devnull:
            if not isinstance(path, int): print("wrote", path)

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
