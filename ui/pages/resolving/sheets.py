"""The page of the mismatch at hand: fetched on the databases' lane, decoded in the pool, kept on a shelf.

A page that arrives after its mismatch was left goes on the shelf or nowhere, never on the screen.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from boapp.errors import Refusal
from ui.pages.resolving.presenter import Item, picture
from ui.pictures import Sheet, Shelf, decode
from ui.session import Session
from ui.shell.bars import Work
from ui.widgets.document_canvas import DocumentCanvas
from ui.widgets.image_tools import ImageTools
from ui.widgets.snippet import Snippet

if TYPE_CHECKING:
    from PySide6.QtCore import QRectF

MARKER = "≠"
Place = tuple[bytes, str]


class Sheets:
    """Puts pages on the canvas and their crops into the snippet."""

    def __init__(
        self,
        session: Session,
        parts: tuple[DocumentCanvas, Snippet, ImageTools],
        failed: Callable[[Refusal], None],
    ) -> None:
        self._session, self._failed = session, failed
        self._canvas, self._snippet, self._tools = parts
        self._shelf = Shelf()
        self._item: Item | None = None
        self._number = 0
        self._bands: dict[Place, QRectF] = {}
        self._canvas.band_changed.connect(self._band_moved)
        self._tools.page_wanted.connect(self.turn_to)
        self._snippet.follow(self._canvas)

    def show(self, item: Item) -> None:
        """Show the page and the crop of a mismatch."""
        if self._item is None or self._item.document != item.document:
            self._canvas.clear()
        self._item = item
        zone = item.field.zone
        self.turn_to(min(zone.page, item.pages) if zone else 1)

    def turn_to(self, number: int) -> None:
        """Show another page of the document at hand."""
        item = self._item
        if item is None:
            return
        self._number = number
        self._tools.show_pages(number, item.pages)
        kept = self._shelf.get(item.document, number)
        if kept is not None:
            self._put(kept)
            return
        self._canvas.show_sheet(None)
        self._snippet.clear()
        self._fetch(item, number)

    def prepare(self, item: Item) -> None:
        """Decode the page of the mismatch that comes next."""
        zone = item.field.zone
        number = min(zone.page, item.pages) if zone else 1
        if self._shelf.get(item.document, number) is None:
            self._fetch(item, number)

    def clear(self) -> None:
        """Drop every page."""
        self._item = None
        self._shelf.clear()
        self._canvas.clear()
        self._snippet.clear()

    def _fetch(self, item: Item, number: int) -> None:
        ws, operations, width = self._session.ws, self._session.operations, self._canvas.wanted_width

        def arrived(data: bytes) -> None:
            operations.draw(lambda: decode(data, number, width), decoded, self._failed)

        def decoded(sheet: Sheet) -> None:
            if self._item is None:
                return
            self._shelf.put(item.document, sheet)
            if (self._item.document, self._number) == (item.document, number):
                self._put(sheet)

        operations.run(lambda: picture(ws, item, number), arrived, self._failed)

    def _put(self, sheet: Sheet) -> None:
        item = self._item
        if item is None:
            return
        zone = item.field.zone
        here = zone if zone and min(zone.page, item.pages) == sheet.number else None
        self._canvas.show_sheet(sheet)
        self._canvas.show_zone(here, MARKER, Work.RESOLVE, item.label)
        kept = self._bands.get(self._place(item))
        if here is None and kept is not None:
            self._canvas.set_band(kept)
        self._snippet.show_part(sheet, self._canvas.part, Work.RESOLVE, boxed=here is not None)

    def _band_moved(self, band: QRectF) -> None:
        item, sheet = self._item, self._canvas.sheet
        if item is None or sheet is None:
            return
        self._bands[self._place(item)] = band
        self._snippet.show_part(sheet, band, Work.RESOLVE, boxed=False)

    def _place(self, item: Item) -> Place:
        return item.document, item.field.key
