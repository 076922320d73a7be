"""The page image follows the field: the right page, its zone or band, the snippet; and the next page early.

A field without a zone has a band instead, which its keyer moves by key; where she left it is remembered
for each field of this document.
"""

from PySide6.QtCore import QObject, QRectF

from boapp.domain.values import Address
from boapp.services.queue import Assignment
from ui.pages.keying.images import Pages
from ui.pages.keying.presenter import Slot
from ui.pages.keying.screen import Screen
from ui.pictures import Sheet


class Following(QObject):
    """Shows of one document what its current field needs."""

    def __init__(self, view: Screen, pages: Pages) -> None:
        super().__init__(view)
        self._view, self._pages = view, pages
        self._work: Assignment | None = None
        self._slot: Slot | None = None
        self._ahead: tuple[Assignment, Slot] | None = None
        self._bands: dict[Address, QRectF] = {}
        self._number = 0
        view.tools.page_wanted.connect(self.show_page)
        view.canvas.band_changed.connect(self._band_moved)

    def begin(self, work: Assignment | None) -> None:
        """Follow another document, or none."""
        self._work, self._slot, self._number, self._ahead = work, None, 0, None
        self._bands.clear()

    def follow(self, slot: Slot) -> None:
        """Show page and zone of a field."""
        if self._work is None:
            return
        self._slot, canvas, zone = slot, self._view.canvas, slot.field.zone
        canvas.show_zone(zone, str(slot.number), self._view.work, slot.field.label)
        if zone is None and slot.address in self._bands:
            canvas.set_band(self._bands[slot.address])
        self.show_page(zone.page if zone else self._number or 1)
        self._show_snippet()

    def show_page(self, number: int) -> None:
        """Show a page of the document; one that it does not have is no page."""
        work = self._work
        if work is None or not 1 <= number <= work.intake.page_count:
            return
        self._view.tools.show_pages(number, work.intake.page_count)
        self._view.minimap.show_pages(number, work.intake.page_count)
        if number != self._number:
            self._number = number
            sheet = self._pages.get(work, number)
            self._view.canvas.show_sheet(sheet)
            self._want(work, number, soon=True)
        if number < work.intake.page_count and self._pages.get(work, number) is not None:
            self._want(work, number + 1, soon=False)

    def page_by(self, step: int) -> None:
        """Show the page before or after."""
        self.show_page(self._number + step)

    def prepare(self, work: Assignment, slot: Slot) -> None:
        """Decode the page on which another document begins, and draw its first snippet."""
        self._ahead = (work, slot)
        number = slot.field.zone.page if slot.field.zone else 1
        self._want(work, number, soon=False)
        sheet = self._pages.get(work, number)
        if sheet is not None:
            self._expect(work, sheet)

    def arrived(self, work: Assignment, sheet: Sheet) -> None:
        """Show a page that was on its way, if it is still the one on view."""
        here = self._work is not None and self._work.claim.document == work.claim.document
        if here and sheet.number == self._number:
            self._view.canvas.show_sheet(sheet)
            self._show_snippet()
        else:
            self._expect(work, sheet)

    def _expect(self, work: Assignment, sheet: Sheet) -> None:
        """Draw the first snippet of the next document, if this is its page."""
        if self._ahead is None or self._ahead[0].claim.document != work.claim.document:
            return
        zone = self._ahead[1].field.zone
        if zone is not None and zone.page == sheet.number:
            self._view.dock.snippet.expect(sheet, QRectF(zone.x, zone.y, zone.w, zone.h))

    def _want(self, work: Assignment, number: int, *, soon: bool) -> None:
        self._pages.want(work, number, self._view.canvas.wanted_width, soon=soon)

    def _show_snippet(self) -> None:
        canvas = self._view.canvas
        self._view.dock.snippet.show_part(canvas.sheet, canvas.part, self._view.work)

    def _band_moved(self, band: QRectF) -> None:
        if self._slot is not None:
            self._bands[self._slot.address] = band
            self._show_snippet()
