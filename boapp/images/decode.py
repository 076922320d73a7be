"""An untrusted file becomes checked pages, or a refusal in words for the person who added it.

Here: the door to decoding for the rest of the program, the life of the worker process, patience and
words. Not here: decoding itself (worker), encryption (vault). Nothing is written to disk.

The order: the program reads the file and finds its kind (incoming), the worker decodes it, and a
file counts only when all its pages have come. A worker that refused, crashed, lied or was too slow
is killed with whatever the file did to it, and the next file meets a new one.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import IntEnum
from hashlib import sha256
from pathlib import Path
from typing import Literal, Self, TypeVar

from boapp.errors import BadInput
from boapp.images.framing import STANDARD, Fault, Frame, Limits, Media, Severed, Tag, receive, send
from boapp.images.incoming import AGAIN, read_whole, recognise
from boapp.images.process import Process, Watch, end, pipe, start

__all__ = ["CheckedFile", "CheckedPage", "Decoder", "Limits"]

MediaType = Literal["image/jpeg", "image/png"]
_Word = TypeVar("_Word", bound=IntEnum)
_MEDIA_TYPES: dict[Media, MediaType] = {Media.JPEG: "image/jpeg", Media.PNG: "image/png"}

_COARSER = "Scan it again at 300 dpi or less."
_SPLIT = "Split it into smaller files."

# What is wrong, to stand alone or after "Page 3 cannot be read:", and what to do.
_WORDS = {
    Fault.CUT_SHORT: ("the file ends too early", AGAIN),
    Fault.BROKEN: ("the file is damaged", AGAIN),
    Fault.TOO_MANY_PIXELS: ("the picture is too large", _COARSER),
    Fault.TOO_MANY_PAGES: ("the file has too many pages", _SPLIT),
    Fault.NO_PAGES: ("the file has no pages", AGAIN),
    Fault.LOCKED: ("the file is locked with a password", "Save it without a password, then add it again."),
    Fault.TOO_MUCH_DATA: ("the pages take too much space", f"{_COARSER} Or split it into smaller files."),
    Fault.OUT_OF_MEMORY: ("the picture is too large", _COARSER),
    Fault.ODD_COLOURS: ("its colours cannot be shown", "Save it as an ordinary grey or colour picture."),
}


@dataclass(frozen=True, slots=True)
class CheckedPage:
    """One upright page that was decoded to its last byte; dpi is 0 when unknown."""

    data: bytes
    media_type: MediaType
    width: int
    height: int
    dpi: int


@dataclass(frozen=True, slots=True)
class CheckedFile:
    """All pages of one file, and the SHA-256 of the file as it came."""

    pages: tuple[CheckedPage, ...]
    digest: bytes


class Decoder:
    """Owns one worker process, started at the first file. For one thread at a time.

    Use it in a `with`, or call `close`.
    """

    def __init__(self, limits: Limits = STANDARD) -> None:
        self._limits = limits
        self._process: Process | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def read(self, path: Path) -> CheckedFile:
        """Return all pages of the file at `path`; raises BadInput when even one of them cannot be had.

        Raises Unavailable when the worker cannot be started at all.
        """
        data = read_whole(path, self._limits.file_bytes)
        kind = recognise(data)
        try:
            pages = self._decoded(self._running(), Frame(Tag.FILE, kind, body=data))
        except BaseException:
            self.close()
            raise
        return CheckedFile(pages, sha256(data).digest())

    def close(self) -> None:
        """End the worker; the next `read` starts another."""
        if self._process is not None:
            end(self._process)
            self._process = None

    def _running(self) -> Process:
        if self._process is not None and self._process.poll() is not None:
            self.close()
        if self._process is None:
            self._process = start(self._limits)
        return self._process

    def _decoded(self, process: Process, request: Frame) -> tuple[CheckedPage, ...]:
        watch = Watch(process, self._limits.seconds, self._limits.file_seconds)
        try:
            with watch:
                send(pipe(process.stdin), request)
                pages = tuple(_answers(process, watch, self._limits))
        except Severed as error:
            raise (_too_slow() if watch.has_bitten else _unsafe()) from error
        if watch.has_bitten:
            raise _too_slow()  # in the very last moment; the worker is gone all the same
        return pages


def _answers(process: Process, watch: Watch, limits: Limits) -> Iterator[CheckedPage]:
    space = limits.total_bytes
    for count in range(limits.pages + 1):
        frame = receive(pipe(process.stdout), limits.page_bytes)
        watch.pat()
        match frame.tag:
            case Tag.PAGE:
                space -= len(frame.body)
                if space < 0:
                    raise _refusal(Fault.TOO_MUCH_DATA, 0)
                yield _checked(frame, limits)
            case Tag.END if frame.numbers[0] == count > 0:
                return
            case Tag.REFUSED:
                raise _refusal(_known(Fault, frame.code), frame.numbers[0])
            case _:
                raise Severed
    raise Severed


def _checked(frame: Frame, limits: Limits) -> CheckedPage:
    width, height, dpi = frame.numbers
    if not 0 < width * height <= limits.pixels:
        raise Severed
    return CheckedPage(bytes(frame.body), _MEDIA_TYPES[_known(Media, frame.code)], width, height, dpi)


def _known(words: type[_Word], code: int) -> _Word:
    try:
        return words(code)
    except ValueError as error:
        raise Severed from error


def _refusal(fault: Fault, page: int) -> BadInput:
    wrong, advice = _WORDS[fault]
    if page:
        return BadInput(f"Page {page} cannot be read: {wrong}.", advice)
    return BadInput(f"{wrong[0].upper()}{wrong[1:]}.", advice)


def _too_slow() -> BadInput:
    return BadInput("The file takes too long to open.", f"{_COARSER} Or split it into smaller files.")


def _unsafe() -> BadInput:
    return BadInput("The file could not be opened safely.", AGAIN)
