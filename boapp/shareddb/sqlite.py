"""The shared database as one SQLite file, for a single workstation.

It keeps the promises of `protocol.py` against mistakes, not against somebody who edits the file:
that is what signatures, boxes and `boapp audit verify` are for. The claims and the facts have their
own files beside this one.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, TypeVar, assert_never

import msgspec
from sqlalchemy import Connection, Row, Select, Table, insert, select, update
from sqlalchemy.exc import IntegrityError

from boapp.crypto.epochs import Wrap
from boapp.crypto.facts import SealedFact
from boapp.crypto.roster_entries import SignedEntry
from boapp.crypto.sealed_pass import SealedPass
from boapp.domain.ids import DocumentId, OrgId, PassId, PersonId, ProjectId
from boapp.domain.workflow import Stage
from boapp.errors import NotAllowed, Refusal, Unavailable
from boapp.shareddb import tables as t
from boapp.shareddb.migrate import migrate
from boapp.shareddb.protocol import (
    BatchRow,
    DocumentRow,
    FormRow,
    NewDocument,
    OpenDiscrepancy,
    Outcome,
    PersonKey,
    ProjectRow,
    RosterChange,
    Signed,
    StoredEvidence,
    StoredFact,
    StoredPass,
    TakenIn,
    changed_meanwhile,
    missing_page,
    not_kept,
)
from boapp.shareddb.rows import (
    blob_of,
    columns,
    person_row,
    read_all,
    read_as,
    read_discrepancy,
    read_document,
    read_fact,
    read_pass,
    read_person,
    read_wrap,
)
from boapp.shareddb.sqlite_ahead import (
    page_part,
    page_size,
)
from boapp.shareddb.sqlite_claims import SqliteClaims
from boapp.shareddb.sqlite_evidence import count_surplus, gather, shares
from boapp.shareddb.sqlite_facts import store_fact, store_intake
from boapp.shareddb.sqlite_moved import is_moved, moved_to, writing
from boapp.shareddb.sqlite_people import change_roster, read_roster_rows
from boapp.shareddb.sqlite_queue import (
    store_pass,
)
from boapp.sqlitefile import reading

FILE_NAME = "boapp.db"

_Read = TypeVar("_Read")


class SqliteDatabase(SqliteClaims):
    """One file, and all that is asked of it."""

    def close(self) -> None:
        """Close the file."""
        self._engine.dispose()

    def upgrade(self) -> None:
        """Bring the tables to this version."""
        migrate(self._engine)

    def moved_to(self) -> str | None:
        """Return the server's address that everything was moved to, if it was."""
        with reading(self._engine) as db:
            return moved_to(db)

    def act_for(self, me: PersonId) -> None:
        """Act on behalf of this person from now on."""
        self._me = me

    def connected(self) -> int:
        """Return 0: a file has no connection that could lead elsewhere."""
        return 0

    def was_reached(self) -> bool:
        """Say yes: it is a file of this computer."""
        return True

    def demand_version(self) -> None:
        """Refuse nothing: the tables were brought to this version when the file was opened."""

    def clock_us(self) -> int:
        """Return this computer's time in microseconds since 1970, UTC."""
        return self._now_us()

    def organisation(self) -> OrgId:
        """Return whose workspace this is."""
        with reading(self._engine) as db:
            row = db.execute(select(t.organisation.c.id)).first()
        found = blob_of(row, "The row of this workspace's organisation is malformed.")
        if found is None:
            raise Unavailable("This workspace was never finished.", "Run boapp init in an empty folder.")
        return OrgId(found)

    def found(self, org: OrgId) -> None:
        """Write whose workspace this is; once."""
        with writing(self._engine) as db:
            db.execute(insert(t.organisation).values(id=org))

    def roster(self, since: int = 1) -> Iterator[SignedEntry]:
        """Return the entries from a number on; Tampered where their numbers or kinds are wrong."""
        with reading(self._engine) as db:
            return iter(read_roster_rows(db, since))

    def change_roster(self, change: RosterChange) -> None:
        """Append entries and store the rows that they speak of."""
        try:
            with writing(self._engine) as db:
                change_roster(db, change)
        except IntegrityError as error:
            raise changed_meanwhile() from error

    def person_key(self, code: str) -> PersonKey | None:
        """Return a person's locked keys."""
        return next(iter(self._people(t.person_key.c.code == code)), None)

    def person_keys(self) -> list[PersonKey]:
        """Return everybody's locked keys."""
        return self._people()

    def _people(self, *where: Any) -> list[PersonKey]:  # noqa: ANN401 - SQL conditions
        query = select(*columns(t.person_key, PersonKey)).where(*where)
        return self._all(t.person_key, query, read_person)

    def logins(self) -> frozenset[PersonId]:
        """Return everybody: whoever reaches the file is let in to it."""
        with reading(self._engine) as db:
            return frozenset(db.scalars(select(t.person_key.c.person)))

    def change_passphrase(self, row: PersonKey) -> None:
        """Put a person's keys under another passphrase; only she does."""
        if row.person != self._me:
            raise NotAllowed("A passphrase is changed by its own person only.")
        with writing(self._engine) as db:
            db.execute(update(t.person_key).where(t.person_key.c.person == self._me).values(person_row(row)))

    def wraps(self, person: PersonId) -> list[Wrap]:
        """Return the keys that are wrapped to a person."""
        return self._all(t.key_wrap, select(t.key_wrap).where(t.key_wrap.c.person == person), read_wrap)

    def projects(self) -> list[ProjectRow]:
        """Return all projects."""
        return self._all(t.project, select(*columns(t.project, ProjectRow)), read_as(ProjectRow))

    def forms(self, project: ProjectId) -> list[FormRow]:
        """Return a project's published forms."""
        query = select(*columns(t.form, FormRow)).where(t.form.c.project == project)
        return self._all(t.form, query, read_as(FormRow))

    def batches(self, project: ProjectId) -> list[BatchRow]:
        """Return a project's batches."""
        query = select(*columns(t.batch, BatchRow)).where(t.batch.c.project == project)
        return self._all(t.batch, query, read_as(BatchRow))

    def _all(self, table: Table, query: Select[Any], read: Callable[[Row[Any]], _Read]) -> list[_Read]:
        """Return rows; Tampered when a cell is not of its column's kind: SQLite itself keeps anything."""
        return read_all(table, self._rows(query), read)

    def _rows(self, query: Select[Any]) -> Sequence[Row[Any]]:
        with reading(self._engine) as db:
            return db.execute(query).all()

    def add_batch(self, row: BatchRow) -> None:
        """Add a batch."""
        with writing(self._engine) as db:
            db.execute(insert(t.batch).values(msgspec.structs.asdict(row)))

    def put_page(self, document: DocumentId, number: int, data: bytes) -> None:
        """Store one encrypted page ahead of its document."""
        with writing(self._engine) as db:
            db.execute(insert(t.page).values(document=document, number=number, data=data))

    def page(self, document: DocumentId, number: int) -> bytes:
        """Return one encrypted page."""
        with reading(self._engine) as db:
            row = db.execute(select(t.page.c.data).filter_by(document=document, number=number)).first()
        found = blob_of(row, f"Page {number} of this document is not what was stored.")
        if found is None:
            raise missing_page(number)
        return found

    def page_size(self, document: DocumentId, number: int) -> int:
        """Return how many bytes an encrypted page has."""
        with reading(self._engine) as db:
            return page_size(db, document, number)

    def page_part(self, document: DocumentId, number: int, start: int, length: int) -> bytes:
        """Return a piece of an encrypted page, empty beyond its end."""
        with reading(self._engine) as db:
            return page_part(db, document, number, (start, length))

    @contextmanager
    def _storing(self) -> Iterator[Connection]:
        """Write a message; what the tables themselves refuse is told as something that nobody may send."""
        try:
            with writing(self._engine) as db:
                yield db
        except IntegrityError as error:
            raise not_kept() from error

    def add_document(self, fact: SealedFact, document: NewDocument) -> Outcome:
        """Put a document into the queue with its signed intake."""
        with self._storing() as db:
            return store_intake(db, fact, document, self._me, self._now_us())

    def documents(self, project: ProjectId, document: DocumentId | None = None) -> list[DocumentRow]:
        """Return a project's documents, or one of them, in the order in which they came."""
        query = select(*columns(t.document, DocumentRow)).where(t.document.c.project == project)
        if document:
            query = query.where(t.document.c.id == document)
        return self._all(t.document, query.order_by(t.document.c.position), read_document)

    def seal(self, sealed: SealedPass) -> Outcome:
        """Store a sealed pass."""
        with self._storing() as db:
            return store_pass(db, sealed, self._me, self._now_us())

    def own_pass(self, document: DocumentId) -> SealedPass:
        """Return this person's own stored pass."""
        found = self._passes(t.sealed_pass.c.document == document, t.sealed_pass.c.person == self._me)
        if not found:
            raise NotAllowed("You have no sealed pass of this document.")
        return found[0].sealed

    def awaiting_my_comparison(self, project: ProjectId) -> list[DocumentId]:
        """Return the documents that wait to be compared and that this person sealed second."""
        table = t.sealed_pass
        query = (
            select(t.document.c.id)
            .join(table, table.c.document == t.document.c.id)
            .where(t.document.c.project == project, t.document.c.stage == Stage.COMPARING)
            .where(table.c.person == self._me, table.c.slot > 1)
            .order_by(t.document.c.position)
        )
        return [DocumentId(row.id) for row in self._rows(query)]

    def reveal(self, document: DocumentId) -> SealedPass:
        """Return the first pass with its share to whoever sealed the second; refused to all others."""
        table = t.sealed_pass
        share = select(t.pass_share.c.k1).join(table, table.c.id == t.pass_share.c.sealed_pass)
        with reading(self._engine) as db:
            mine = db.scalar(select(table.c.slot).filter_by(document=document, person=self._me))
            row = db.execute(share.where(table.c.document == document, table.c.slot == 1)).first()
        k1 = blob_of(row, "The release share of this document is malformed.")
        if not isinstance(mine, int) or mine < 2 or k1 is None:
            raise NotAllowed("The first keying of this document is not yours to see.")
        first = self._passes(table.c.document == document, table.c.slot == 1)[0].sealed
        return msgspec.structs.replace(first, k1=k1)

    def state(self, facts: Sequence[SealedFact]) -> list[Outcome]:
        """Store facts in one transaction."""
        with self._storing() as db:
            return [store_fact(db, fact, self._me, self._now_us()) for fact in facts]

    def send(self, messages: Sequence[Signed]) -> list[Outcome | Refusal]:
        """Store signed messages in this order, in one transaction."""
        with writing(self._engine) as db:
            return [self._store(db, message) for message in messages]

    def try_out(self, message: Signed) -> Outcome | Refusal:
        """Return what would become of a message; nothing is stored."""
        with writing(self._engine) as db:
            tried = db.begin_nested()
            try:
                return self._store(db, message)
            finally:
                tried.rollback()

    def _store(self, db: Connection, message: Signed) -> Outcome | Refusal:
        """Store one message; where it is refused, nothing of it is kept and the others are."""
        try:
            with db.begin_nested():
                match message:
                    case SealedPass():
                        return store_pass(db, message, self._me, self._now_us())
                    case SealedFact():
                        return store_fact(db, message, self._me, self._now_us())
                    case TakenIn(fact, new):
                        return store_intake(db, fact, new, self._me, self._now_us())
                    case _:
                        assert_never(message)
        except IntegrityError as error:
            if is_moved(error):
                raise
            return not_kept()
        except Unavailable:
            raise
        except Refusal as refusal:
            return refusal

    def discrepancies(self, project: ProjectId, document: DocumentId | None = None) -> list[OpenDiscrepancy]:
        """Return the discrepancies of the comparisons that count, open and resolved."""
        query = (
            select(*columns(t.discrepancy, OpenDiscrepancy))
            .join(t.document, t.document.c.comparison == t.discrepancy.c.comparison)
            .where(t.document.c.project == project)
            .order_by(t.document.c.position, t.discrepancy.c.row, t.discrepancy.c.field)
        )
        if document:
            query = query.where(t.document.c.id == document)
        return self._all(t.discrepancy, query, read_discrepancy)

    def passes(self, project: ProjectId, document: DocumentId | None = None) -> list[StoredPass]:
        """Return sealed passes without their shares; surplus ones have slot 0."""
        counted, surplus = t.sealed_pass, t.surplus_pass
        known = self._passes(*_within(counted, project, document))
        return known + self._passes(*_within(surplus, project, document), table=surplus)

    def _passes(self, *where: Any, table: Table = t.sealed_pass) -> list[StoredPass]:  # noqa: ANN401
        query = select(table).where(*where).order_by(table.c.stored_us, table.c.id)
        return self._all(table, query, read_pass)

    def facts(self, project: ProjectId, document: DocumentId | None = None) -> list[StoredFact]:
        """Return facts in the order in which they were stored."""
        query = select(t.fact).where(t.fact.c.project == project).order_by(t.fact.c.stored_us, t.fact.c.id)
        if document:
            query = query.where(t.fact.c.document == document)
        return self._all(t.fact, query, read_fact)

    def surplus(self, project: ProjectId) -> int:
        """Return how many passes and facts were kept and do not count, without reading them."""
        with reading(self._engine) as db:
            return count_surplus(db, project)

    def shares(self, project: ProjectId) -> Mapping[PassId, bytes]:
        """Return the digest of each release share by its pass, never a share."""
        with reading(self._engine) as db:
            return shares(db, project)

    def evidence(self, project: ProjectId) -> StoredEvidence:
        """Return everything of a project at one moment; what cannot be read is told apart."""
        with reading(self._engine) as db:
            return gather(db, project)


def _within(table: Table, project: ProjectId, document: DocumentId | None) -> list[Any]:
    inside = select(t.document.c.id).where(t.document.c.project == project)
    return [table.c.document == document] if document else [table.c.document.in_(inside)]
