"""The claims of one SQLite file, as one person makes, renews, lists and ends them."""

from collections.abc import Callable, Sequence
from pathlib import Path

from boapp.domain.ids import DocumentId, Fence, PersonId, ProjectId
from boapp.shareddb.protocol import Assigned, Claim, OpenClaim
from boapp.shareddb.sqlite_ahead import assigned_to, end_claims, renew_claims, take_ahead
from boapp.shareddb.sqlite_moved import writing
from boapp.shareddb.sqlite_queue import (
    Wanted,
    claims_of,
    claims_of_others,
    drop_claims_of,
    open_claims,
    take_claim,
)
from boapp.sqlitefile import open_engine, reading


class SqliteClaims:
    """One file; `me` is the person for whom it acts, and `now_us` the clock it writes by."""

    def __init__(self, path: Path, me: PersonId, now_us: Callable[[], int]) -> None:
        self._engine = open_engine(path)
        self._me = me
        self._now_us = now_us

    def claim(self, project: ProjectId, *, second: bool, document: DocumentId | None) -> Claim | None:
        """Grant the next document, or the named one; None when there is none for this person."""
        with writing(self._engine) as db:
            return take_claim(db, Wanted(project, second, document), self._me, self._now_us())

    def claim_ahead(self, project: ProjectId, *, second: bool, count: int) -> list[Claim]:
        """Grant up to so many next documents, as far as there is room for this person."""
        with writing(self._engine) as db:
            return take_ahead(db, Wanted(project, second, None), count, self._me, self._now_us())

    def renew(self, fences: Sequence[Fence]) -> list[Claim]:
        """Give one's own claims that still stand a new end; return them."""
        with writing(self._engine) as db:
            return renew_claims(db, fences, self._me, self._now_us())

    def assigned(self, project: ProjectId) -> list[Assigned]:
        """Return this person's open claims with their documents and intakes, in the order of the queue."""
        with reading(self._engine) as db:
            return assigned_to(db, project, self._me)

    def my_claims(self, project: ProjectId) -> list[Claim]:
        """Return this person's open claims."""
        with reading(self._engine) as db:
            return claims_of(db, project, self._me)

    def open_claims(self, project: ProjectId) -> list[OpenClaim]:
        """Return every open claim of a project."""
        with reading(self._engine) as db:
            return open_claims(db, project)

    def held_by_others(self, project: ProjectId) -> list[DocumentId]:
        """Return the documents that somebody else holds a claim on."""
        with reading(self._engine) as db:
            return claims_of_others(db, project, self._me, self._now_us())

    def hand_back(self, fence: Fence) -> None:
        """End one's own claim; the document goes back to the queue."""
        self.hand_back_all((fence,))

    def hand_back_all(self, fences: Sequence[Fence]) -> None:
        """End claims of one's own."""
        with writing(self._engine) as db:
            end_claims(db, fences, self._me)

    def put_aside(self, fence: Fence) -> None:
        """Let others have a document that was only looked at."""
        self.hand_back(fence)

    def drop_claims(self, project: ProjectId, person: PersonId) -> None:
        """End somebody's open claims in a project that she left."""
        with writing(self._engine) as db:
            drop_claims_of(db, project, person)
