"""What the program and its decoding worker say to each other, and the limits both keep.

Here: the limits, the kinds of file, the reasons for a refusal, and frames on a pipe. Not here: words
for people (decode), pictures (rasters, tiff, pdf) or processes (worker, decode).

A talk is: the worker says READY; then for each file the program sends FILE, and the worker answers
with its PAGEs in order and END, or with REFUSED at any point. Whoever reads trusts nothing: the
length of a frame is checked against a limit before its body is read, and anything unexpected is
`Severed`, the same as a pipe that closed.
"""

import json
import struct
from dataclasses import asdict, dataclass
from enum import IntEnum
from typing import IO

MIB = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Limits:
    """How much one file from outside may cost before it is refused.

    `seconds` is the longest wait for the next page, `file_seconds` for all of them: 500 honest
    pages may take minutes, one hostile page may not. `pixels` holds for one page as it is stored:
    A3 at 600 dpi has 70 million, A0 at 200 dpi 60 million. `memory` is the worker's whole address
    space, and a colour page of more than some 80 million pixels meets it first.
    """

    file_bytes: int = 64 * MIB
    pages: int = 500
    pixels: int = 120_000_000
    page_bytes: int = 256 * MIB
    total_bytes: int = 512 * MIB
    memory: int = 1024 * MIB
    seconds: float = 10.0
    file_seconds: float = 300.0

    def to_text(self) -> str:
        """Write one line for the worker's command line."""
        return json.dumps(asdict(self))

    @classmethod
    def from_text(cls, text: str) -> "Limits":
        """Read what `to_text` wrote."""
        return cls(**json.loads(text))


STANDARD = Limits()


class Kind(IntEnum):
    """The kinds of file that can become pages."""

    JPEG = 1
    PNG = 2
    TIFF = 3
    PDF = 4


class Media(IntEnum):
    """The two forms in which a page is stored."""

    JPEG = 1
    PNG = 2


class Fault(IntEnum):
    """Why the worker refuses; the words for it are in decode."""

    CUT_SHORT = 1
    BROKEN = 2
    TOO_MANY_PIXELS = 3
    TOO_MANY_PAGES = 4
    NO_PAGES = 5
    LOCKED = 6
    TOO_MUCH_DATA = 7
    OUT_OF_MEMORY = 8
    ODD_COLOURS = 9


class Refused(Exception):  # noqa: N818 - what the worker does, not an error of it
    """Raised inside the worker for a file or page that breaks a rule."""

    def __init__(self, fault: Fault) -> None:
        super().__init__(fault.name)
        self.fault = fault


class Severed(Exception):  # noqa: N818 - a state of the pipe
    """The other side closed the pipe or said something that is not part of the talk."""


class Tag(IntEnum):
    """What a frame is about; `Frame` says which numbers each carries."""

    READY = 1
    FILE = 2
    PAGE = 3
    END = 4
    REFUSED = 5


@dataclass(frozen=True, slots=True)
class Frame:
    """One message.

    FILE: code is a Kind, body the file. PAGE: code is a Media, numbers are width, height and dpi,
    body the picture. END: the first number counts the pages. REFUSED: code is a Fault, the first
    number the page, counted from 1, or 0 for the whole file.
    """

    tag: Tag
    code: int = 0
    numbers: tuple[int, int, int] = (0, 0, 0)
    body: bytes | memoryview = b""


_HEADER = struct.Struct("!BBIIIQ")


def send(pipe: IO[bytes], frame: Frame) -> None:
    """Write one frame; raises Severed when nobody reads any more."""
    try:
        pipe.write(_HEADER.pack(frame.tag, frame.code, *frame.numbers, len(frame.body)))
        pipe.write(frame.body)
        pipe.flush()
    except OSError as error:
        raise Severed from error


def receive(pipe: IO[bytes], body_limit: int) -> Frame:
    """Read one frame whose body has at most `body_limit` bytes; raises Severed for all else."""
    try:
        tag, code, *numbers, length = _HEADER.unpack(pipe.read(_HEADER.size))
        if length > body_limit:
            raise Severed
        body = pipe.read(length)
        if len(body) < length:
            raise Severed
        return Frame(Tag(tag), code, (numbers[0], numbers[1], numbers[2]), body)
    except (OSError, struct.error, ValueError) as error:
        raise Severed from error
