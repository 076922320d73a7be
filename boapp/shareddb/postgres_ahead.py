"""The part of a shared PostgreSQL that a workstation uses to work ahead: each call is one round trip."""

from collections.abc import Sequence

from boapp.domain.ids import DocumentId, Fence, ProjectId
from boapp.shareddb import tables as t
from boapp.shareddb.postgres_connection import PostgresConnection
from boapp.shareddb.protocol import Assigned, Claim, missing_page
from boapp.shareddb.rows import read_all, read_assigned, read_claim


class PostgresAhead(PostgresConnection):
    """Many claims at once, their renewal and their end, what is claimed, and pages in parts."""

    def claim_ahead(self, project: ProjectId, *, second: bool, count: int) -> list[Claim]:
        """Grant up to so many next documents, as far as there is room for this person."""
        found = self._rows("SELECT * FROM api.claim_ahead(%s, %s, %s)", project, second, count)
        return read_all(t.claim, found, read_claim)

    def renew(self, fences: Sequence[Fence]) -> list[Claim]:
        """Give one's own claims that still stand a new end; return them."""
        return read_all(t.claim, self._rows("SELECT * FROM api.renew(%s)", list(fences)), read_claim)

    def hand_back(self, fence: Fence) -> None:
        """End one's own claim; the document goes back to the queue."""
        self.hand_back_all((fence,))

    def hand_back_all(self, fences: Sequence[Fence]) -> None:
        """End claims of one's own."""
        self._rows("SELECT api.hand_back_all(%s)", list(fences))

    def assigned(self, project: ProjectId) -> list[Assigned]:
        """Return this person's open claims with their documents and intakes, in the order of the queue."""
        return read_all(t.claim, self._rows("SELECT * FROM api.assigned(%s)", project), read_assigned)

    def page_size(self, document: DocumentId, number: int) -> int:
        """Return how many bytes an encrypted page has."""
        found = self._rows("SELECT api.page_size(%s, %s)", document, number)[0][0]
        if not isinstance(found, int):
            raise missing_page(number)
        return found

    def page_part(self, document: DocumentId, number: int, start: int, length: int) -> bytes:
        """Return a piece of an encrypted page, empty beyond its end."""
        found = self._rows("SELECT api.page_part(%s, %s, %s, %s)", document, number, start, length)[0][0]
        if not isinstance(found, bytes):
            raise missing_page(number)
        return found
