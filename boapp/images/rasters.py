"""JPEG and PNG become a page; what every picture goes through on the way to being one.

Here: what Pillow decodes, in the worker only. Not here: files of many pages (tiff, pdf), or what a
picture looks like once decoded (pixels).

The order: the size is checked before the pixels are asked for; the picture is decoded to its last
byte before it counts, since a page that is cut short is refused, never half shown; then it is
turned upright.
"""

import io
import struct
from collections.abc import Iterator
from dataclasses import dataclass

# The formats are named, so that Pillow never loads its forty others.
from PIL import Image, JpegImagePlugin, PngImagePlugin

from boapp.images.framing import Fault, Frame, Limits, Media, Refused
from boapp.images.pixels import density, is_square, page, plain, png_page, squared

_JPEG = JpegImagePlugin.JpegImageFile.format
_PNG = PngImagePlugin.PngImageFile.format

_ORIENTATION = 0x0112
SIDEWAYS = (5, 6, 7, 8)
_TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}


@dataclass(frozen=True, slots=True)
class Pages:
    """How many pages a file has, and the pages, each decoded when asked for."""

    total: int
    frames: Iterator[Frame]


def open_jpeg(data: bytes, limits: Limits) -> Pages:
    """Read the one page of a JPEG; of a camera's several pictures in one file, the first."""
    picture = Image.open(io.BytesIO(data), formats=(_JPEG,))
    check_pixels(picture.size, limits)
    return Pages(1, iter([_jpeg_page(picture, data, limits)]))


def _jpeg_page(picture: Image.Image, data: bytes, limits: Limits) -> Frame:
    """Keep the file's own bytes when they show an upright page, else encode the page as PNG."""
    turn = orientation(picture)
    across, down = density(picture, sideways=turn in SIDEWAYS)
    if turn in _TURNS or picture.mode not in ("L", "RGB") or not is_square(across, down):
        return _upright_page(picture, turn, limits)
    size = picture.size
    # At one eighth every byte is still read and checked, for a fraction of the time and memory.
    picture.draft(None, (1, 1))
    picture.load()
    return page(Media.JPEG, size, round(across), data)


def open_png(data: bytes, limits: Limits) -> Pages:
    """Read the one page of a PNG; of a moving one, the still picture that stands for it."""
    picture = Image.open(io.BytesIO(data), formats=(_PNG,))
    check_pixels(picture.size, limits)
    return Pages(1, iter([_upright_page(picture, orientation(picture), limits)]))


def _upright_page(picture: Image.Image, turn: object, limits: Limits) -> Frame:
    picture.load()
    across, down = density(picture, sideways=turn in SIDEWAYS)
    seen = plain(picture)
    return seen_page(seen.transpose(_TURNS[turn]) if turn in _TURNS else seen, across, down, limits)


def seen_page(picture: Image.Image, across: float, down: float, limits: Limits) -> Frame:
    """Encode a page that is upright already, with the dots per inch that the file gives."""
    seen = squared(picture, across, down)
    check_pixels(seen.size, limits)
    return png_page(seen, round(max(across, down)))


def check_pixels(size: tuple[int, int], limits: Limits) -> None:
    """Refuse a page of more pixels than the limits allow."""
    if size[0] * size[1] > limits.pixels:
        raise Refused(Fault.TOO_MANY_PIXELS)


def orientation(picture: Image.Image) -> object:
    """Read what the file says about its top: 1 to 8, or anything else, which means upright.

    Broken notes of a camera do not make a page unreadable.
    """
    try:
        return picture.getexif().get(_ORIENTATION)
    except (SyntaxError, TypeError, ValueError, KeyError, struct.error):
        return None
