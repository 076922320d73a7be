"""A path becomes the bytes of a file of a known kind, or a refusal.

Here: what the program itself may do with an untrusted file, which is to read it whole and look at
its first bytes. Not here: any decoding; that happens in the worker, which never sees a path.

The order: it must be an ordinary file; its size is checked before reading and again by what was
read, since a file may grow; its kind is found by content. The name and its ending say nothing.
"""

import os
import re
import stat
from pathlib import Path

from boapp.errors import BadInput
from boapp.images.framing import MIB, Kind

AGAIN = "Scan it again, or ask for it again."
_CONVERT = "Save it as PDF, PNG, JPEG or TIFF, then add it again."

# Waiting for somebody to write into a named pipe would stop the intake for ever.
_FLAGS = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)

_KINDS = {
    b"\xff\xd8\xff": Kind.JPEG,
    b"\x89PNG\r\n\x1a\n": Kind.PNG,
    b"II*\0": Kind.TIFF,
    b"MM\0*": Kind.TIFF,
    b"II+\0": Kind.TIFF,
    b"MM\0+": Kind.TIFF,
}

# How other files that turn up among scans begin, and what people call them.
_OTHERS = {
    rb"GIF8": "GIF picture",
    rb"BM.{4}\x00{4}": "BMP picture",
    rb"RIFF.{4}WEBP": "WebP picture",
    rb"\x00\x00\x01\x00": "Windows icon",
    rb"8BPS": "Photoshop file",
    rb".{4}ftyp": "HEIC or AVIF photograph, or a video",
    rb".{4}jP  ": "JPEG 2000 picture",
    rb"AT&TFORM": "DjVu file",
    rb"PK\x03\x04": "ZIP archive or an office document",
    rb"\xd0\xcf\x11\xe0": "office document",
    rb"\{\\rtf": "text document",
    rb"%!PS": "PostScript file",
}


def read_whole(path: Path, limit: int) -> bytes:
    """Return the bytes of an ordinary file of at most `limit` bytes; raises BadInput for all else."""
    try:
        handle = os.open(path, _FLAGS)
        with open(handle, "rb") as file:  # noqa: PTH123 - a path could be exchanged in between
            _check_ordinary(os.fstat(handle), limit)
            data = file.read(limit + 1)
    except FileNotFoundError as error:
        raise BadInput("The file is not there any more.", "Choose it again.") from error
    except OSError as error:
        raise _unreadable(path) from error
    _check_size(len(data), limit)
    if not data:
        raise BadInput("The file is empty.", AGAIN)
    return data


def _check_ordinary(status: os.stat_result, limit: int) -> None:
    if not stat.S_ISREG(status.st_mode):
        raise BadInput("This is not an ordinary file.", "Choose a file on a disk.")
    _check_size(status.st_size, limit)


def _check_size(size: int, limit: int) -> None:
    if size > limit:
        raise BadInput(
            f"The file is larger than {limit // MIB} MB.",
            "Split it into smaller files, or scan it again at 300 dpi.",
        )


def _unreadable(path: Path) -> BadInput:
    if path.is_dir():
        return BadInput("This is a folder, not a file.", "Choose the files inside it.")
    return BadInput(
        "The file could not be read.",
        "Check that you may open it and that its disk or network is connected, then try again.",
    )


def recognise(data: bytes) -> Kind:
    """Name the kind of a file by its content; raises BadInput with what to do about any other."""
    for mark, kind in _KINDS.items():
        if data.startswith(mark):
            return kind
    # Readers of PDF have always allowed some bytes before its mark.
    if b"%PDF-" in data[:1024]:
        return Kind.PDF
    raise _other(data)


def _other(data: bytes) -> BadInput:
    for beginning, name in _OTHERS.items():
        if re.match(beginning, data, re.DOTALL):
            return BadInput(f"This is a {name}, which cannot be used here.", _CONVERT)
    return BadInput(
        "This is neither a picture nor a PDF.",
        "Check that the right file was chosen: PDF, PNG, JPEG and TIFF can be used.",
    )
