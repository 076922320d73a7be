"""A decoded picture becomes a page: what a person sees, in a form that costs little to keep.

Here: colours, bit depths, the shape of pixels and the encoding of a page. Not here: any format that
comes in (rasters, tiff, pdf). Runs in the worker only.

The order for a picture: on white paper, then eight bits, then without colour if it shows none, then
square pixels, then encoded. PNG is written fast, not small: the highest level saves a few percent
of a scan and takes several times as long; bilevel pages are the exception, small and quick at every
level.
"""

import io

from PIL import Image, ImageChops

from boapp.images.framing import Fault, Frame, Media, Refused, Tag

_FAST, _SMALL = 1, 9
_CREDIBLE_DPI = (30, 4800)
_NEARLY_SQUARE, _FAX = 1.25, 3.0


def page(media: Media, size: tuple[int, int], dpi: int, body: bytes | memoryview) -> Frame:
    """Pack one page for its way to the program."""
    return Frame(Tag.PAGE, media, (*size, dpi), body)


def png_page(picture: Image.Image, dpi: int) -> Frame:
    """Encode the page without loss."""
    return page(Media.PNG, picture.size, dpi, _png(picture))


def lean_page(picture: Image.Image, dpi: int) -> Frame:
    """Encode the page without loss, unless that costs more than twice a JPEG of quality 90.

    For pages drawn from a PDF, whose pixels were made here: text and lines stay exact, since PNG is
    small for them, and a photographed sheet does not become several times the size of its file.
    All colour samples are kept: red stamps and blue ink are thin.
    """
    exact = _png(picture)
    lossy = io.BytesIO()
    picture.save(lossy, "JPEG", quality=90, subsampling=0)
    if 2 * lossy.tell() < len(exact):
        return page(Media.JPEG, picture.size, dpi, lossy.getbuffer())
    return page(Media.PNG, picture.size, dpi, exact)


def _png(picture: Image.Image) -> memoryview:
    written = io.BytesIO()
    picture.info.clear()  # PNG would carry profiles and notes of the file along
    picture.save(written, "PNG", compress_level=_SMALL if picture.mode == "1" else _FAST)
    return written.getbuffer()


def plain(picture: Image.Image) -> Image.Image:
    """Bring a picture to bilevel, grey or RGB of eight bits; raises Refused when that cannot be."""
    if picture.has_transparency_data:
        picture = _on_white(picture)
    match picture.mode:
        case "1" | "L":
            return picture
        case "I" | "I;16" | "I;16B" | "I;16L" | "I;16N":
            return _eight_bits(picture)
        case "RGB":
            return without_colour(picture)
        case "P" | "CMYK" | "YCbCr" | "RGBX":
            return without_colour(picture.convert("RGB"))
        case _:
            raise Refused(Fault.ODD_COLOURS)


def _on_white(picture: Image.Image) -> Image.Image:
    layer = picture.convert("RGBA")
    paper = Image.new("RGB", picture.size, "white")
    paper.paste(layer, mask=layer.getchannel("A"))
    return paper


def _eight_bits(picture: Image.Image) -> Image.Image:
    """Bring deep grey to eight bits, by the bits that are used.

    Scanners write ten, twelve or fourteen bits into sixteen; taking the upper eight would show
    such a page black.
    """
    wide = picture.convert("I")
    excess = max(0, int(wide.getextrema()[1]).bit_length() - 8)  # type: ignore[arg-type]
    return wide.point(lambda value: value * 0.5**excess).convert("L")


def without_colour(picture: Image.Image) -> Image.Image:
    """Make an RGB picture grey when no pixel has a colour, else return it as it is."""
    red, green, blue = picture.split()
    if ImageChops.difference(red, green).getbbox() or ImageChops.difference(green, blue).getbbox():
        return picture
    return red


def density(picture: Image.Image, *, sideways: bool) -> tuple[float, float]:
    """Read dots per inch across and down as the page is seen; zeros when unknown or not credible.

    sideways: the page will be turned by a quarter, so that across and down change places.
    """
    low, high = _CREDIBLE_DPI
    try:
        across, down = (float(value) for value in picture.info["dpi"])
    except (KeyError, TypeError, ValueError, ZeroDivisionError):
        return 0.0, 0.0
    if not (low <= across <= high and low <= down <= high):
        return 0.0, 0.0
    return (down, across) if sideways else (across, down)


def is_square(across: float, down: float) -> bool:
    """Say whether pixels may be shown as they are: nearly square, or of no credible shape."""
    ratio = max(across, down) / (min(across, down) or 1.0)
    return ratio < _NEARLY_SQUARE or ratio > _FAX


def squared(picture: Image.Image, across: float, down: float) -> Image.Image:
    """Show a fax of 204 by 98 dpi as the sheet it was, not half as high; leave others as they are."""
    if is_square(across, down):
        return picture
    fine = max(across, down)
    size = round(picture.width * fine / across), round(picture.height * fine / down)
    method = Image.Resampling.NEAREST if picture.mode == "1" else Image.Resampling.BICUBIC
    return picture.resize(size, method)
