"""The process in which untrusted files are decoded.

Here: its own confinement, its loop and the translation of what goes wrong. Not here: decoding
(rasters, tiff, pdf), words for people and patience (decode). Run as `python -m boapp.images.worker`
by decode only.

The order: it confines itself before it reads its first byte; it answers one file after another; it
ends when its input ends. It knows no path and no key, and writes to its pipe and nowhere else.
Whatever a library raises for a file is a fault of that file; whatever kills this process is noticed
by the other side.
"""

import os
import signal
import sys
import warnings
from collections.abc import Callable
from typing import IO

from PIL import Image

from boapp.images.framing import Fault, Frame, Kind, Limits, Refused, Severed, Tag, receive, send
from boapp.images.rasters import Pages, open_jpeg, open_png
from boapp.images.tiff import open_tiff

# The program's own watch ends sooner; this one is for a worker whose program has gone.
_ALONE_SECONDS = 5


def main() -> None:
    """Answer files until the program goes away."""
    limits = Limits.from_text(sys.argv[1])
    inbox, outbox = sys.stdin.buffer, _private_output()
    confine(limits)
    try:
        send(outbox, Frame(Tag.READY))
        while True:
            answer(receive(inbox, limits.file_bytes), outbox, limits)
    except Severed:
        return


def _private_output() -> IO[bytes]:
    """Move the pipe to a number of its own: a library that prints must not end up in the talk."""
    private = os.fdopen(os.dup(1), "wb")
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 1)
    os.close(nowhere)
    return private


def confine(limits: Limits) -> None:
    """Give up what decoding does not need, as far as this system can take it away.

    Windows has none of these limits, and macOS does not hold the one on memory: there the time and
    the sizes are all that bounds a file.
    """
    sys.dont_write_bytecode = True
    warnings.simplefilter("ignore")
    warnings.simplefilter("error", Image.DecompressionBombWarning)
    Image.MAX_IMAGE_PIXELS = limits.pixels
    if sys.platform == "win32":
        return
    import resource  # noqa: PLC0415 - this system may not have it

    _lower(resource.RLIMIT_AS, limits.memory)
    _lower(resource.RLIMIT_CORE, 0)
    _lower(resource.RLIMIT_FSIZE, 0)
    os.nice(5)


def _lower(which: int, wanted: int) -> None:
    import resource  # noqa: PLC0415 - as above

    _, ceiling = resource.getrlimit(which)
    bound = wanted if ceiling == resource.RLIM_INFINITY else min(wanted, ceiling)
    resource.setrlimit(which, (bound, bound))


def answer(request: Frame, outbox: IO[bytes], limits: Limits) -> None:
    """Send the pages of one file, or why there are none."""
    _end_alone_after(limits.file_seconds)
    several, done = False, 0
    try:
        pages = opener(Kind(request.code))(bytes(request.body), limits)
        several = pages.total > 1
        for frame in pages.frames:
            _send_page(outbox, frame, limits)
            done += 1
    except Severed:
        raise
    except Exception as error:  # noqa: BLE001 - foreign decoders raise anything on a broken file
        page = done + 1 if several else 0
        send(outbox, Frame(Tag.REFUSED, fault_of(error), (page, 0, 0)))
    else:
        send(outbox, Frame(Tag.END, numbers=(done, 0, 0)))


def _end_alone_after(seconds: float) -> None:
    if sys.platform != "win32":
        signal.setitimer(signal.ITIMER_REAL, seconds + _ALONE_SECONDS)


def _send_page(outbox: IO[bytes], frame: Frame, limits: Limits) -> None:
    if len(frame.body) > limits.page_bytes:
        raise Refused(Fault.TOO_MUCH_DATA)
    send(outbox, frame)


def opener(kind: Kind) -> Callable[[bytes, Limits], Pages]:
    """Choose what decodes this kind of file."""
    match kind:
        case Kind.JPEG:
            return open_jpeg
        case Kind.PNG:
            return open_png
        case Kind.TIFF:
            return open_tiff
        case Kind.PDF:
            from boapp.images.pdf import open_pdf  # noqa: PLC0415 - most intakes never need pdfium

            return open_pdf


def fault_of(error: Exception) -> Fault:
    """Find the reason for a refusal in whatever a decoder raised."""
    match error:
        case Refused():
            return error.fault
        case MemoryError():
            return Fault.OUT_OF_MEMORY
        case Image.DecompressionBombError() | Image.DecompressionBombWarning():
            return Fault.TOO_MANY_PIXELS
        case _ if "truncated" in str(error).lower():
            return Fault.CUT_SHORT
        case _:
            return Fault.BROKEN


if __name__ == "__main__":
    main()
