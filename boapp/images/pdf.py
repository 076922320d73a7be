"""PDF becomes pages.

Here: everything that pdfium does, in the worker only. Not here: forms of the trade; a PDF's own form
fields and notes are drawn as they were filled in, and its scripts do not run.

The order: the end of the file must be there, then it must open without a password, then its pages
are counted, then each is drawn when asked for. pdfium repairs what it can, and a file that lost its
end would be shown with empty pages; so the end is looked for where every PDF reader looks.
"""

from typing import Any

import pypdfium2
import pypdfium2.raw

from boapp.images.framing import Fault, Frame, Limits, Refused
from boapp.images.pixels import lean_page, without_colour
from boapp.images.rasters import Pages

_POINTS_PER_INCH = 72
_DPI = 200
# Drawing takes about ten bytes a pixel: this is A1 at 200 dpi, and larger sheets are drawn coarser.
_PIXELS = 40_000_000
_SIDE = 30_000


def open_pdf(data: bytes, limits: Limits) -> Pages:
    """Draw the pages of a PDF at 200 dpi."""
    if b"%%EOF" not in data.rstrip(b"\0\r\n\t ")[-1024:]:
        raise Refused(Fault.CUT_SHORT)
    document = _document(data)
    document.init_forms()
    count = len(document)
    if count > limits.pages:
        raise Refused(Fault.TOO_MANY_PAGES)
    return Pages(count, (_page(document, number, limits) for number in range(count)))


def _document(data: bytes) -> Any:  # noqa: ANN401 - the library has no types
    try:
        return pypdfium2.PdfDocument(data)
    except pypdfium2.PdfiumError as error:
        match error.err_code:
            case pypdfium2.raw.FPDF_ERR_PASSWORD | pypdfium2.raw.FPDF_ERR_SECURITY:
                raise Refused(Fault.LOCKED) from error
            case pypdfium2.raw.FPDF_ERR_SUCCESS:
                raise Refused(Fault.NO_PAGES) from error
            case _:
                raise Refused(Fault.BROKEN) from error


def _page(document: Any, number: int, limits: Limits) -> Frame:  # noqa: ANN401 - as above
    sheet = document[number]
    width, height = sheet.get_size()
    dpi = fitting_dpi(width, height, min(limits.pixels, _PIXELS))
    drawn = sheet.render(scale=dpi / _POINTS_PER_INCH, rev_byteorder=True).to_pil()
    sheet.close()
    return lean_page(without_colour(drawn), dpi)


def fitting_dpi(width: float, height: float, pixels: int) -> int:
    """Return 200, or as many dots per inch as fit; width and height are in points.

    Raises Refused for a page without a size, and for one that would be smaller than its dots.
    """
    if not (width > 0 and height > 0):
        raise Refused(Fault.BROKEN)
    by_area = _POINTS_PER_INCH * (pixels / width / height) ** 0.5
    by_side = _POINTS_PER_INCH * _SIDE / max(width, height)
    dpi = int(min(_DPI, by_area, by_side))
    if dpi < 1:
        raise Refused(Fault.TOO_MANY_PIXELS)
    return dpi
