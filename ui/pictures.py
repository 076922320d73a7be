"""A page's bytes become pictures for the screen, and pictures become prints at a zoom.

Here: what runs in the image pool, and the shelf of decoded pages. Not here: any widget, and checking a
file from outside, which intake did (boapp.images); what comes in was decrypted and verified, and is
bounded here all the same. The full page stays with the decoder: only what is seen of it is handed to
the screen, since handing over a whole one keeps the typist waiting. Every QImage made here owns its memory.
"""

import io
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field

from PIL import Image
from PySide6.QtCore import QRect, QSize
from PySide6.QtGui import QImage

from boapp.errors import BadInput
from boapp.images.framing import STANDARD

# The bound is ours, checked before any pixel is asked for; Pillow would warn below it.
Image.MAX_IMAGE_PIXELS = None

JPEG, PNG = b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n"
FULL_PIXELS = 24_000_000
"""A page of more is kept reduced: A3 at 600 dpi becomes A3 at 300."""
SHOWN_PIXELS = 12_000_000
THUMB = (96, 224)
SHEETS = 5
SHELF_BYTES = 160 * 2**20
GAP = 2.0
"""Pillow reduces by whole steps first, down to twice the wanted size: much faster, as sharp."""


@dataclass(frozen=True, slots=True)
class Sheet:
    """One decoded page: full (grey or RGB), and shown at the canvas's width (scale = shown / full width).

    whole: False for a `glance`, whose full picture may hold fewer pixels than the page has.
    """

    number: int
    full: Image.Image
    shown: QImage
    scale: float
    thumb: QImage = field(default_factory=QImage)
    whole: bool = True

    @property
    def size(self) -> QSize:
        """Return the size of the full page in pixels."""
        return QSize(*self.full.size)

    @property
    def size_in_bytes(self) -> int:
        """Return the memory that the pictures take."""
        full = self.full.width * self.full.height * (1 if self.full.mode == "L" else 4)
        return full + sum(image.sizeInBytes() for image in (self.shown, self.thumb))


@dataclass(frozen=True, slots=True)
class Tone:
    """How the view changes light and dark; the stored page never changes."""

    contrast: int = 0
    inverted: bool = False

    @property
    def is_plain(self) -> bool:
        """Say whether the page is shown as it is."""
        return self == Tone()

    def table(self) -> bytes:
        """Return what each of the 256 levels becomes."""
        levels = bytes(_CURVES[self.contrast](level) for level in range(256))
        return bytes(255 - level for level in levels) if self.inverted else levels


def _steeper(level: int, slope: float) -> int:
    return min(255, max(0, round(128 + slope * (level - 128))))


_CURVES: tuple[Callable[[int], int], ...] = (
    lambda level: level,
    lambda level: _steeper(level, 1.7),
    lambda level: round(255 * (level / 255) ** 3),  # faint print and pencil
    lambda level: _steeper(level, 5.0),
)
CONTRASTS = len(_CURVES)


def decode(picture: bytes, number: int, target_width: int) -> Sheet:
    """Return a page with all that zoom and snippet need; raises BadInput."""
    with _opened(picture) as image:
        full = _bounded(image)
    return _sheet(number, full, _scaled(full, target_width), whole=True)


def glance(picture: bytes, number: int, target_width: int) -> Sheet:
    """Return a page as fast as it can be shown, when it was not decoded ahead; `decode` then follows.

    A JPEG is decoded at a half or a quarter where that is still wide enough.
    """
    with _opened(picture) as image:
        width = image.width
        image.draft(image.mode, _shown_size(image, target_width))
        full = _bounded(image)
    return _sheet(number, full, _scaled(full, target_width), whole=full.width == width)


def _opened(picture: bytes) -> Image.Image:
    kind = "JPEG" if picture.startswith(JPEG) else "PNG" if picture.startswith(PNG) else None
    if kind is None:
        raise _unreadable()
    try:
        image = Image.open(io.BytesIO(picture), formats=(kind,))
    except (OSError, SyntaxError, ValueError) as error:
        raise _unreadable() from error
    if not 0 < image.width * image.height <= STANDARD.pixels:
        raise _unreadable()
    return image


def _bounded(image: Image.Image) -> Image.Image:
    """Decode to grey or RGB, and keep no more pixels than the bound."""
    try:
        image.load()
        plain = image if image.mode in ("L", "RGB") else image.convert("L" if image.mode == "1" else "RGB")
    except (OSError, SyntaxError, ValueError) as error:
        raise _unreadable() from error
    step = 1
    while plain.width * plain.height > FULL_PIXELS * step * step:
        step += 1
    return plain.reduce(step) if step > 1 else plain


def _unreadable() -> BadInput:
    return BadInput("This page could not be opened.", "The file is damaged. Tell your supervisor.")


def _shown_size(image: Image.Image, target_width: int) -> tuple[int, int]:
    width = max(1, target_width)
    height = max(1, round(image.height * width / image.width))
    if width * height > SHOWN_PIXELS:
        width = max(1, int((SHOWN_PIXELS * image.width / image.height) ** 0.5))
        height = max(1, round(image.height * width / image.width))
    return width, height


def _scaled(full: Image.Image, target_width: int) -> Image.Image:
    size = _shown_size(full, target_width)
    return full if size == full.size else full.resize(size, Image.Resampling.BICUBIC, reducing_gap=GAP)


def _sheet(number: int, full: Image.Image, shown: Image.Image, *, whole: bool) -> Sheet:
    scale, least = shown.width / full.width, min(THUMB[0] / shown.width, THUMB[1] / shown.height, 1)
    size = max(1, round(shown.width * least)), max(1, round(shown.height * least))
    small = shown.resize(size, Image.Resampling.BOX)
    return Sheet(number, full, _picture(shown), scale, _picture(small), whole)


def _picture(image: Image.Image) -> QImage:
    """Hand a picture over to the screen, in the form that a pixmap takes over without work."""
    grey = image.mode == "L"
    kind = QImage.Format.Format_Grayscale8 if grey else QImage.Format.Format_RGB888
    stride = image.width * (1 if grey else 3)
    lent = QImage(image.tobytes(), image.width, image.height, stride, kind)
    return lent.convertToFormat(QImage.Format.Format_RGB32)


def develop(image: QImage, tone: Tone) -> QImage:
    """Return a picture that is on the screen already in a tone."""
    if tone.is_plain:
        return image
    flat = image.convertToFormat(QImage.Format.Format_RGB888)
    levels = bytes(flat.constBits()).translate(tone.table())
    made = QImage(levels, flat.width(), flat.height(), flat.bytesPerLine(), QImage.Format.Format_RGB888)
    return made.convertToFormat(QImage.Format.Format_RGB32)


_TURNED = {
    1: Image.Transpose.ROTATE_270,  # Pillow turns to the left
    2: Image.Transpose.ROTATE_180,
    3: Image.Transpose.ROTATE_90,
}


def enlarge(sheet: Sheet, region: QRect, size: QSize, turns: int, tone: Tone) -> QImage:
    """Return a region of the full page at a size, turned by quarters, in a tone; size is before turning."""
    left, top = region.x(), region.y()
    box = (left, top, left + region.width(), top + region.height())
    scaled = sheet.full.resize(size.toTuple(), Image.Resampling.BILINEAR, box, reducing_gap=GAP)
    toned = scaled if tone.is_plain else scaled.point(tone.table() * len(scaled.getbands()))
    turned = toned.transpose(_TURNED[turns % 4]) if turns % 4 else toned
    return _picture(turned)


class Shelf:
    """Decoded sheets of the current and the next documents; forgets everything at clear()."""

    def __init__(self) -> None:
        self._sheets: OrderedDict[tuple[bytes, int], Sheet] = OrderedDict()

    def get(self, document: bytes, number: int) -> Sheet | None:
        """Return a page that was put here, if it is still here."""
        key = (document, number)
        if key in self._sheets:
            self._sheets.move_to_end(key)
        return self._sheets.get(key)

    def put(self, document: bytes, sheet: Sheet) -> None:
        """Keep a page; those used longest ago go. A glance never takes the place of a whole page."""
        key = (document, sheet.number)
        held = self._sheets.get(key)
        if held is not None and held.whole and not sheet.whole:
            return
        self._sheets[key] = sheet
        self._sheets.move_to_end(key)
        while len(self._sheets) > 1 and self._is_too_full():
            self._sheets.popitem(last=False)

    def clear(self) -> None:
        """Forget all pages."""
        self._sheets.clear()

    def __len__(self) -> int:
        return len(self._sheets)

    def _is_too_full(self) -> bool:
        taken = sum(sheet.size_in_bytes for sheet in self._sheets.values())
        return len(self._sheets) > SHEETS or taken > SHELF_BYTES
