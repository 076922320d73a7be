"""The page cache of a local store: pages as the shared database keeps them, encrypted under document keys.

Pages of claimed documents stay; of the others, those used longest ago make room. A large page comes in
parts; it is a page when all of it is there.
"""

from collections.abc import Collection

from sqlalchemy import Engine, delete, func, insert, select

from boapp import faultpoints
from boapp.domain.ids import DocumentId
from boapp.localdb import tables as t
from boapp.sqlitefile import reading, writing

FREE_PAGES = 200
"""So many pages of documents that are not claimed stay."""
_LET_GO = (
    "DELETE FROM cached_page WHERE used <= "
    "(SELECT used FROM cached_page WHERE document NOT IN (SELECT document FROM reserved) "
    "ORDER BY used DESC LIMIT 1 OFFSET ?) AND document NOT IN (SELECT document FROM reserved)"
)


class PageCache:
    """The pages that are here."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def get(self, document: DocumentId, number: int) -> bytes | None:
        """Return an encrypted page that is kept here."""
        page = t.cached_page
        with reading(self._engine) as db:
            return db.scalar(select(page.c.data).filter_by(document=document, number=number))

    def put(self, document: DocumentId, number: int, data: bytes) -> None:
        """Keep an encrypted page, and let the oldest of unclaimed documents go."""
        page = t.cached_page
        with writing(self._engine) as db:
            used = (db.exec_driver_sql("SELECT coalesce(max(used), 0) + 1 FROM cached_page")).scalar_one()
            db.execute(delete(page).filter_by(document=document, number=number))
            db.execute(delete(t.page_part).filter_by(document=document, number=number))
            db.execute(insert(page).values(document=document, number=number, used=used, data=data))
            db.exec_driver_sql(_LET_GO, (FREE_PAGES,))
            faultpoints.reach("page:written")

    def drop(self, document: DocumentId, number: int) -> None:
        """Forget a page that does not open."""
        with writing(self._engine) as db:
            db.execute(delete(t.cached_page).filter_by(document=document, number=number))

    def here(self, documents: Collection[DocumentId]) -> set[tuple[DocumentId, int]]:
        """Return which pages of these documents are here."""
        page = t.cached_page
        with reading(self._engine) as db:
            rows = db.execute(select(page.c.document, page.c.number)).all()
        return {(DocumentId(row.document), row.number) for row in rows if row.document in documents}

    def used_bytes(self) -> int:
        """Return how much room the pages take, in bytes."""
        size = func.coalesce(func.sum(func.length(t.cached_page.c.data)), 0)
        with reading(self._engine) as db:
            return int(db.execute(select(size)).scalar_one())

    # --- parts --------------------------------------------------------------------------------

    def arrived(self, document: DocumentId, number: int) -> int:
        """Return how many bytes of a page came so far, from its beginning without a gap."""
        part = t.page_part
        where = (part.c.document == document, part.c.number == number)
        with reading(self._engine) as db:
            rows = db.execute(
                select(part.c.start, func.length(part.c.data).label("size"))
                .where(*where)
                .order_by(part.c.start)
            ).all()
        end = 0
        for row in rows:
            if row.start != end:
                break
            end += row.size
        return end

    def put_part(self, document: DocumentId, number: int, start: int, data: bytes) -> None:
        """Keep one part of a page."""
        values = {"document": document, "number": number, "start": start, "data": data}
        with writing(self._engine) as db:
            db.execute(insert(t.page_part).prefix_with("OR REPLACE").values(values))
            faultpoints.reach("part:written")

    def joined(self, document: DocumentId, number: int) -> bytes:
        """Return the parts of a page, one after the other."""
        part = t.page_part
        where = (part.c.document == document, part.c.number == number)
        with reading(self._engine) as db:
            return b"".join(db.scalars(select(part.c.data).where(*where).order_by(part.c.start)))
