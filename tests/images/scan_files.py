"""Files for the tests of decoding: real ones where they are at hand, made ones for the rest."""

import csv
import io
import os
import struct
import sys
import threading
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from PIL import Image, ImageDraw

from boapp.errors import BadInput
from boapp.images.decode import CheckedFile, CheckedPage, Decoder

linux_only = pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")
posix_only = pytest.mark.skipif(sys.platform == "win32", reason="uses POSIX signals or files")

Arrived = Callable[[bytes], Path]

FULL = os.environ.get("BOAPP_FULL") == "1"
_DATA = Path(__file__).resolve().parents[2].parent / "shared" / "data"


def folder(name: str) -> Path:
    found = _DATA / name
    if not found.is_dir():
        pytest.skip(f"the shared test material {name} is not on this machine")
    return found


def manifest(name: str) -> dict[str, dict[str, str]]:
    with (folder(name) / "MANIFEST.csv").open(newline="") as lines:
        return {row["file"]: row for row in csv.DictReader(lines)}


def picture(page: CheckedPage) -> Image.Image:
    shown = Image.open(io.BytesIO(page.data))
    shown.load()
    return shown


def encoded(image: Image.Image, kind: str, **options: object) -> bytes:
    written = io.BytesIO()
    image.save(written, kind, **options)
    return written.getvalue()


def sheet(mode: str = "L", size: tuple[int, int] = (200, 280)) -> Image.Image:
    """A page whose top left corner is dark, so that its way up can be told."""
    page = Image.new("L", size, 255)
    ImageDraw.Draw(page).rectangle((0, 0, size[0] // 3, size[1] // 5), fill=0)
    return page.convert(mode)


def tiff(pages: list[Image.Image], **options: object) -> bytes:
    return encoded(pages[0], "TIFF", save_all=True, append_images=pages[1:], **options)


def endless_tiff(directories: int) -> bytes:
    """A chain of directories, each with one entry."""
    entry = struct.pack("<HHII", 256, 4, 1, 1)
    chain = b"".join(
        struct.pack("<H", 1) + entry + struct.pack("<I", 8 + 18 * (number + 1))
        for number in range(directories)
    )
    return b"II*\0" + struct.pack("<I", 8) + chain


def png_of_size(width: int, height: int, data: bytes = b"") -> bytes:
    """A PNG that claims to be this large, in colour."""

    def chunk(name: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", data) + chunk(b"IEND", b"")


def pdf(objects: list[bytes], trailer: bytes = b"") -> bytes:
    """A PDF of these objects, numbered from 1; the first is the catalogue."""
    body, places = b"%PDF-1.7\n", []
    for number, content in enumerate(objects, 1):
        places.append(len(body))
        body += b"%d 0 obj\n%s\nendobj\n" % (number, content)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    size = len(objects) + 1
    return body + (
        b"xref\n0 %d\n0000000000 65535 f \n%strailer\n<< /Size %d /Root 1 0 R %s >>\nstartxref\n%d\n%%%%EOF\n"
        % (size, table, size, trailer, len(body))
    )


def stream(content: bytes, entries: bytes = b"") -> bytes:
    return b"<< /Length %d %s >>\nstream\n%s\nendstream" % (len(content), entries, content)


def pdf_of_pages(count: int, box: bytes = b"0 0 144 144", trailer: bytes = b"") -> bytes:
    kids = b" ".join(b"%d 0 R" % (3 + number) for number in range(count))
    page = b"<< /Type /Page /Parent 2 0 R /MediaBox [%s] >>" % box
    tree = b"<< /Type /Pages /Count %d /Kids [%s] >>" % (count, kids)
    return pdf([b"<< /Type /Catalog /Pages 2 0 R >>", tree, *[page] * count], trailer)


def bottomless_pdf(depth: int = 9) -> bytes:
    """A page that draws a form which draws the next ten times over, and so on: 10 ** depth squares."""
    forms = []
    for number in range(depth):
        name = 5 + number + 1
        forms.append(
            stream(
                b"/F Do " * 10 if number < depth - 1 else b"0 0 9 9 re f",
                b"/Type /XObject /Subtype /Form /BBox [0 0 99 99] "
                b"/Resources << /XObject << /F %d 0 R >> >>" % name,
            )
        )
    page = (
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 99 99] /Contents 4 0 R "
        b"/Resources << /XObject << /F 5 0 R >> >> >>"
    )
    tree = b"<< /Type /Pages /Count 1 /Kids [3 0 R] >>"
    return pdf([b"<< /Type /Catalog /Pages 2 0 R >>", tree, page, stream(b"/F Do"), *forms])


def refusal_of(decoder: Decoder, path: Path) -> BadInput:
    with pytest.raises(BadInput) as caught:
        decoder.read(path)
    return caught.value


def outcome(decoder: Decoder, path: Path) -> CheckedFile | BadInput:
    try:
        return decoder.read(path)
    except BadInput as refusal:
        return refusal


class PeakMemory:
    """The most memory any worker of one decoder has held, in MiB, as Linux keeps count of it."""

    def __init__(self, decoder: Decoder) -> None:
        self.mib = 0
        self._decoder = decoder
        self._over = threading.Event()

    @contextmanager
    def measured(self) -> Iterator["PeakMemory"]:
        thread = threading.Thread(target=self._follow)
        thread.start()
        try:
            yield self
        finally:
            self._over.set()
            thread.join()

    def _follow(self) -> None:
        while not self._over.wait(0.002):
            process = self._decoder._process
            if process is not None:
                self.mib = max(self.mib, peak_mib(process.pid))


def peak_mib(pid: int) -> int:
    try:
        status = Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return 0
    held = [line.split()[1] for line in status.splitlines() if line.startswith("VmHWM")]
    return int(held[0]) // 1024 if held else 0


def good() -> bytes:
    return encoded(sheet(), "JPEG")


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
