"""TIFF becomes pages.

Here: how many pages a TIFF has and whether all of each is there. Not here: what pictures of every
format go through (rasters). Runs in the worker only.

The order: the directories are counted by the file's own chain before Pillow sees it; then, page by
page, the size is checked, then that the data of the page lies inside the file, and only then is it
decoded. Pillow and libtiff are kind to files that were cut short: they show fewer pages, or half a
page of white, without a word. So it is looked at here.
"""

import io
import struct

from PIL import Image, TiffImagePlugin

from boapp.images.framing import Fault, Frame, Limits, Refused
from boapp.images.pixels import density, plain
from boapp.images.rasters import SIDEWAYS, Pages, check_pixels, orientation, seen_page

_TIFF = TiffImagePlugin.TiffImageFile.format

_COMPRESSION = 259
_STARTS = (273, 324)  # of strips, of tiles
_LENGTHS = (279, 325)
# CCITT in its three ways and JPEG, whose decoders fill up what is missing.
_SILENT = (2, 3, 4, 7)
_END_OF_FAX = 0x001001


def open_tiff(data: bytes, limits: Limits) -> Pages:
    """Read the pages of a TIFF, which all must be there."""
    total = count_directories(data, limits.pages)
    picture = Image.open(io.BytesIO(data), formats=(_TIFF,))
    if not isinstance(picture, TiffImagePlugin.TiffImageFile):
        raise Refused(Fault.BROKEN)
    return Pages(total, (_page(picture, number, data, limits) for number in range(total)))


def count_directories(data: bytes, limit: int) -> int:
    """Count the pages that a TIFF announces; raises Refused when it stops before its last one.

    Pillow takes a missing directory for the end of the file, and would show fewer pages than were
    scanned without a word. A directory that points back is the end: it adds no page.
    """
    order = "<" if data[:1] == b"I" else ">"
    big = 43 in data[2:4]
    entries, entry_bytes, following = ("Q", 20, "Q") if big else ("H", 12, "I")
    seen: set[int] = set()
    try:
        (offset,) = struct.unpack_from(order + following, data, 8 if big else 4)
        while offset and offset not in seen:
            seen.add(offset)
            if len(seen) > limit:
                raise Refused(Fault.TOO_MANY_PAGES)
            (count,) = struct.unpack_from(order + entries, data, offset)
            place = offset + struct.calcsize(order + entries) + count * entry_bytes
            (offset,) = struct.unpack_from(order + following, data, place)
    except (struct.error, OverflowError) as error:
        raise Refused(Fault.CUT_SHORT) from error
    if not seen:
        raise Refused(Fault.NO_PAGES)
    return len(seen)


def _page(picture: TiffImagePlugin.TiffImageFile, number: int, data: bytes, limits: Limits) -> Frame:
    picture.seek(number)
    check_pixels(picture.size, limits)
    _check_whole(picture.tag_v2, data)
    across, down = density(picture, sideways=orientation(picture) in SIDEWAYS)
    picture.load()  # turns a TIFF upright by itself
    return seen_page(plain(picture), across, down, limits)


def _check_whole(tags: TiffImagePlugin.ImageFileDirectory_v2, data: bytes) -> None:
    starts, lengths = _first(tags, _STARTS), _first(tags, _LENGTHS)
    if any(start + length > len(data) for start, length in zip(starts, lengths, strict=False)):
        raise Refused(Fault.CUT_SHORT)
    known = lengths and all(lengths)
    if tags.get(_COMPRESSION) in _SILENT and not known and not _ends_as_fax(data):
        raise Refused(Fault.CUT_SHORT)


def _first(tags: TiffImagePlugin.ImageFileDirectory_v2, names: tuple[int, int]) -> tuple[int, ...]:
    return tuple(tags.get(names[0]) or tags.get(names[1]) or ())


def _ends_as_fax(data: bytes) -> bool:
    """Say whether the last bits, but for the zeros that fill the last byte, end a fax page.

    Some programs leave out the length of a page that reaches to the end of the file.
    """
    last = int.from_bytes(data[-16:], "big")
    zeros = max(0, (last & -last).bit_length() - 1)
    return (last >> zeros) & 0xFFFFFF == _END_OF_FAX
