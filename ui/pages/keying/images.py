"""Pages on their way to the screen: decrypted on the databases' lane, decoded in the image pool, shelved."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QTimer

from boapp.errors import Refusal
from boapp.services import keying
from boapp.services.queue import Assignment
from ui.pictures import Sheet, Shelf, decode, glance
from ui.session import Session

Shown = Callable[[Assignment, Sheet], None]

AFTER_PAINT_MS = 25
"""What is needed only later begins when what is needed now has been on the screen for so long."""


class Pages:
    """Fetches pages; each is fetched once, however often it is wanted meanwhile."""

    def __init__(self, session: Session, arrived: Shown, refused: Callable[[Refusal], None]) -> None:
        self._ws, self._operations, self._near = session.near, session.operations, session.apart
        self._arrived, self._refused = arrived, refused
        self._shelf = Shelf()
        self._under_way: set[tuple[bytes, int]] = set()

    def get(self, work: Assignment, number: int) -> Sheet | None:
        """Return a page that is decoded already."""
        return self._shelf.get(work.claim.document, number)

    def want(self, work: Assignment, number: int, width: int, *, soon: bool) -> None:
        """Fetch a page; `soon` shows a quick picture of it before the fine one."""
        key = (work.claim.document, number)
        if key in self._under_way or self._shelf.get(*key) is not None:
            return
        self._under_way.add(key)

        def failed(refusal: Refusal) -> None:
            self._under_way.discard(key)
            self._refused(refusal)

        def glanced(found: tuple[bytes, Sheet]) -> None:
            picture, sheet = found
            self._arrived(work, sheet)
            QTimer.singleShot(AFTER_PAINT_MS, lambda: whole(picture))

        def whole(picture: bytes) -> None:
            if key in self._under_way:
                self._operations.draw(lambda: decode(picture, number, width), put, failed)

        def put(sheet: Sheet) -> None:
            self._put(work, sheet)

        def fetch() -> bytes:
            return keying.page(self._ws, work, number)

        if soon:
            self._operations.fetch_and_draw(
                fetch,
                lambda picture: (picture, glance(picture, number, width)),
                glanced,
                failed,
                near=self._near,
            )
        else:
            self._operations.fetch_and_draw(
                fetch, lambda picture: decode(picture, number, width), put, failed, near=self._near
            )

    def _put(self, work: Assignment, sheet: Sheet) -> None:
        self._under_way.discard((work.claim.document, sheet.number))
        self._shelf.put(work.claim.document, sheet)
        self._arrived(work, sheet)

    def clear(self) -> None:
        """Forget every page."""
        self._shelf.clear()
        self._under_way.clear()
