"""The shared database as one SQLite file, for a single workstation.

It keeps the promises of `protocol.py` against mistakes, not against somebody who edits the file:
that is what signatures, boxes and `boapp audit verify` are for. The claims and the facts have their
own files beside this one.
"""

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, TypeVar

import msgspec
from sqlalchemy import Connection, Row, Select, Table, insert, select, update
from sqlalchemy.exc import IntegrityError

from boapp.crypto.epochs import Wrap
from boapp.crypto.facts import SealedFact
from boapp.crypto.framing import unpack
from boapp.crypto.passphrase import KdfParameters
from boapp.crypto.roster import KeyKind, SignedEntry, continues
from boapp.crypto.sealed_pass import Boxes, SealedPass
from boapp.domain.ids import DocumentId, Fence, OrgId, PassId, PersonId, ProjectId
from boapp.domain.workflow import Mode, Stage
from boapp.errors import NotAllowed, NotFound, Tampered, Unavailable
from boapp.shareddb import tables as t
from boapp.shareddb.migrate import migrate
from boapp.shareddb.protocol import (
    BatchRow,
    Claim,
    DocumentRow,
    Epochs,
    FormRow,
    NewDocument,
    OpenDiscrepancy,
    Outcome,
    PersonKey,
    ProjectRow,
    RosterChange,
    StoredFact,
    StoredPass,
)
from boapp.shareddb.sqlite_facts import insert_fact, store_fact
from boapp.shareddb.sqlite_queue import Wanted, claims_of, claims_of_others, store_pass, take_claim
from boapp.sqlitefile import open_engine, reading, writing

FILE_NAME = "boapp.db"
_CHANGED_MEANWHILE = "Somebody else changed the list of people at the same time."
_MAX_ROW = 64 * 1024


_Row = TypeVar("_Row", bound=msgspec.Struct)


def _fields(table: Table, struct: type[msgspec.Struct]) -> list[Any]:
    return [table.c[name] for name in struct.__struct_fields__]


class SqliteDatabase:
    """One file; `me` is the person for whom it acts, and `now_us` the clock it writes by."""

    def __init__(self, path: Path, me: PersonId, now_us: Callable[[], int]) -> None:
        self._engine = open_engine(path)
        self._me = me
        self._now_us = now_us

    def close(self) -> None:
        """Close the file."""
        self._engine.dispose()

    def upgrade(self) -> None:
        """Bring the tables to this version."""
        migrate(self._engine)

    def act_for(self, me: PersonId) -> None:
        """Act on behalf of this person from now on."""
        self._me = me

    def organisation(self) -> OrgId:
        """Return whose workspace this is."""
        with reading(self._engine) as db:
            found = db.scalar(select(t.organisation.c.id))
        if found is None:
            raise Unavailable("This workspace was never finished.", "Run boapp init in an empty folder.")
        return OrgId(found)

    def found(self, org: OrgId) -> None:
        """Write whose workspace this is; once."""
        with writing(self._engine) as db:
            db.execute(insert(t.organisation).values(id=org))

    def roster(self) -> Iterator[SignedEntry]:
        """Return every entry in order."""
        with reading(self._engine) as db:
            rows = db.execute(select(t.roster.c.data, t.roster.c.signature).order_by(t.roster.c.seq)).all()
        return (SignedEntry(data, signature) for data, signature in rows)

    def change_roster(self, change: RosterChange) -> None:
        """Append entries and store the rows that they speak of."""
        try:
            with writing(self._engine) as db:
                self._change_roster(db, change)
        except IntegrityError as error:
            raise Unavailable(_CHANGED_MEANWHILE, "Do it again.") from error

    def _change_roster(self, db: Connection, change: RosterChange) -> None:
        row = db.execute(select(t.roster).order_by(t.roster.c.seq.desc()).limit(1)).first()
        last = SignedEntry(row.data, row.signature) if row else None
        for seq, entry in enumerate(change.entries, start=row.seq + 1 if row else 1):
            if not continues(entry, last):
                raise Unavailable(_CHANGED_MEANWHILE, "Do it again.")
            db.execute(insert(t.roster).values(seq=seq, data=entry.data, signature=entry.signature))
            last = entry
        for wrapped in change.wraps:
            db.execute(insert(t.key_wrap).values(**msgspec.structs.asdict(wrapped)))
        for person in change.people:
            db.execute(insert(t.person_key).values(_person_row(person)))
        if change.project:
            db.execute(insert(t.project).values(msgspec.structs.asdict(change.project)))
        if change.form:
            db.execute(insert(t.form).values(msgspec.structs.asdict(change.form)))

    def person_key(self, code: str) -> PersonKey | None:
        """Return a person's locked keys."""
        return next(iter(self._people(t.person_key.c.code == code)), None)

    def person_keys(self) -> list[PersonKey]:
        """Return everybody's locked keys."""
        return self._people()

    def _people(self, *where: Any) -> list[PersonKey]:  # noqa: ANN401 - SQL conditions
        with reading(self._engine) as db:
            rows = db.execute(select(*_fields(t.person_key, PersonKey)).where(*where)).all()
        return [_read_person(row) for row in rows]

    def change_passphrase(self, row: PersonKey) -> None:
        """Put a person's keys under another passphrase; only she does."""
        if row.person != self._me:
            raise NotAllowed("A passphrase is changed by its own person only.")
        with writing(self._engine) as db:
            db.execute(update(t.person_key).where(t.person_key.c.person == self._me).values(_person_row(row)))

    def wraps(self, person: PersonId) -> list[Wrap]:
        """Return the keys that are wrapped to a person."""
        with reading(self._engine) as db:
            rows = db.execute(select(t.key_wrap).where(t.key_wrap.c.person == person)).all()
        return [Wrap(r.project, KeyKind(r.kind), r.epoch, r.person, r.key_id, r.box) for r in rows]

    def projects(self) -> list[ProjectRow]:
        """Return all projects."""
        rows = self._rows(select(*_fields(t.project, ProjectRow)))
        return [ProjectRow(ProjectId(r.id), Mode(r.mode), r.epoch, r.name) for r in rows]

    def forms(self, project: ProjectId) -> list[FormRow]:
        """Return a project's published forms."""
        return [
            _read(FormRow, r)
            for r in self._rows(select(*_fields(t.form, FormRow)).filter_by(project=project))
        ]

    def batches(self, project: ProjectId) -> list[BatchRow]:
        """Return a project's batches."""
        return [
            _read(BatchRow, r)
            for r in self._rows(select(*_fields(t.batch, BatchRow)).filter_by(project=project))
        ]

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
            found = db.scalar(select(t.page.c.data).filter_by(document=document, number=number))
        if found is None:
            raise NotFound(f"Page {number} of this document is missing.", "Call your administrator.")
        return bytes(found)

    def add_document(self, fact: SealedFact, document: NewDocument) -> Outcome:
        """Put a document into the queue with its signed intake."""
        statement = fact.read_statement()
        if statement.subject.actor != self._me:
            raise NotAllowed("A fact is stored by its own author only.")
        with writing(self._engine) as db:
            known = db.scalar(select(t.fact.c.statement).where(t.fact.c.id == statement.id))
            if known is not None:
                return Outcome.ALREADY if bytes(known) == fact.statement else Outcome.CONFLICT
            insert_fact(db, fact, statement, self._now_us(), counted=True)
            subject = statement.subject
            row = {"id": subject.document, "project": subject.project, "stage": Stage.FIRST}
            row |= msgspec.structs.asdict(document)
            db.execute(insert(t.document).values(row | {"intake": statement.id}))
        return Outcome.STORED

    def documents(self, project: ProjectId, document: DocumentId | None = None) -> list[DocumentRow]:
        """Return a project's documents, or one of them, in the order in which they came."""
        query = select(*_fields(t.document, DocumentRow)).where(t.document.c.project == project)
        if document:
            query = query.where(t.document.c.id == document)
        rows = self._rows(query.order_by(t.document.c.position))
        return [_read(DocumentRow, row, stage=Stage(row.stage)) for row in rows]

    def claim(
        self, project: ProjectId, epochs: Epochs, *, second: bool, document: DocumentId | None
    ) -> Claim | None:
        """Grant the next document, or the named one; None when there is none for this person."""
        with writing(self._engine) as db:
            return take_claim(db, Wanted(project, second, document), epochs, self._me, self._now_us())

    def my_claims(self, project: ProjectId) -> list[Claim]:
        """Return this person's open claims."""
        with reading(self._engine) as db:
            return claims_of(db, project, self._me)

    def held_by_others(self, project: ProjectId) -> list[DocumentId]:
        """Return the documents that somebody else holds a claim on."""
        with reading(self._engine) as db:
            return claims_of_others(db, project, self._me, self._now_us())

    def hand_back(self, fence: Fence) -> None:
        """End one's own claim; the document goes back to the queue."""
        with writing(self._engine) as db:
            db.execute(t.claim.delete().where(t.claim.c.fence == fence, t.claim.c.person == self._me))

    def drop_claims(self, project: ProjectId, person: PersonId) -> None:
        """End somebody's open claims in a project that she left."""
        inside = select(t.document.c.id).where(t.document.c.project == project)
        with writing(self._engine) as db:
            db.execute(t.claim.delete().where(t.claim.c.person == person, t.claim.c.document.in_(inside)))

    def seal(self, sealed: SealedPass) -> Outcome:
        """Store a sealed pass."""
        with writing(self._engine) as db:
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
        with reading(self._engine) as db:
            mine = db.scalar(select(table.c.slot).filter_by(document=document, person=self._me))
            share = db.scalar(
                select(t.pass_share.c.k1)
                .join(table, table.c.id == t.pass_share.c.sealed_pass)
                .where(table.c.document == document, table.c.slot == 1)
            )
        if mine is None or mine == 1 or share is None:
            raise NotAllowed("The first keying of this document is not yours to see.")
        first = self._passes(table.c.document == document, table.c.slot == 1)[0].sealed
        return msgspec.structs.replace(first, k1=bytes(share))

    def state(self, facts: Sequence[SealedFact]) -> list[Outcome]:
        """Store facts in one transaction."""
        with writing(self._engine) as db:
            return [store_fact(db, fact, self._me, self._now_us()) for fact in facts]

    def discrepancies(self, project: ProjectId, document: DocumentId | None = None) -> list[OpenDiscrepancy]:
        """Return the discrepancies of the comparisons that count, open and resolved."""
        query = (
            select(*_fields(t.discrepancy, OpenDiscrepancy))
            .join(t.document, t.document.c.comparison == t.discrepancy.c.comparison)
            .where(t.document.c.project == project)
            .order_by(t.document.c.position, t.discrepancy.c.row, t.discrepancy.c.field)
        )
        if document:
            query = query.where(t.document.c.id == document)
        return [_read(OpenDiscrepancy, row) for row in self._rows(query)]

    def passes(self, project: ProjectId, document: DocumentId | None = None) -> list[StoredPass]:
        """Return sealed passes without their shares; surplus ones have slot 0."""
        counted, surplus = t.sealed_pass, t.surplus_pass
        known = self._passes(*_within(counted, project, document))
        return known + self._passes(*_within(surplus, project, document), table=surplus)

    def _passes(self, *where: Any, table: Table = t.sealed_pass) -> list[StoredPass]:  # noqa: ANN401
        rows = self._rows(select(table).where(*where).order_by(table.c.stored_us, table.c.id))
        return [_read_pass(row) for row in rows]

    def facts(self, project: ProjectId, document: DocumentId | None = None) -> list[StoredFact]:
        """Return facts in the order in which they were stored."""
        query = select(t.fact).where(t.fact.c.project == project).order_by(t.fact.c.stored_us, t.fact.c.id)
        if document:
            query = query.where(t.fact.c.document == document)
        return [_read_fact(row) for row in self._rows(query)]


def _read(struct: type[_Row], row: Row[Any], **instead: object) -> _Row:
    """Return a row of the database as the protocol's struct of the same columns."""
    return struct(**(row._asdict() | instead))


def _within(table: Table, project: ProjectId, document: DocumentId | None) -> list[Any]:
    inside = select(t.document.c.id).where(t.document.c.project == project)
    return [table.c.document == document] if document else [table.c.document.in_(inside)]


def _person_row(person: PersonKey) -> dict[str, Any]:
    return msgspec.structs.asdict(person) | {"kdf": msgspec.msgpack.encode(person.kdf)}


def _read_person(row: Row[Any]) -> PersonKey:
    kdf = unpack(lambda data: msgspec.msgpack.decode(data, type=KdfParameters), row.kdf, _MAX_ROW)
    return _read(PersonKey, row, kdf=kdf)


def _read_pass(row: Row[Any]) -> StoredPass:
    try:
        boxes = unpack(lambda data: msgspec.msgpack.decode(data, type=Boxes), row.boxes, _MAX_ROW)
    except Tampered as error:
        raise Tampered(f"The boxes of pass {row.id.hex()} are malformed.") from error
    sealed = SealedPass(row.manifest, row.signature, row.blob, boxes)
    slot = getattr(row, "slot", 0)
    return StoredPass(PassId(row.id), DocumentId(row.document), slot, PersonId(row.person), sealed)


def _read_fact(row: Row[Any]) -> StoredFact:
    sealed = SealedFact(row.statement, row.signature, row.content, row.box_adj, row.box_own)
    return StoredFact(row.id, row.document, row.kind, row.actor, row.counted, sealed)
