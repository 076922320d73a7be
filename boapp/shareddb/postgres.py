"""The shared database in PostgreSQL: it calls the functions of `api` and nothing else.

A person has no right on any table; who she is, is her login. What the functions refuse is told in one way,
so that a refusal says nothing of what is there. What comes back is held against its struct, as from a file.
Each operation is one transaction. One thread uses a connection at a time.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, LiteralString, TypeVar

import msgspec
from psycopg import sql
from psycopg.types.json import Jsonb
from sqlalchemy import Table

from boapp.crypto.epochs import Wrap
from boapp.crypto.facts import SealedFact
from boapp.crypto.roster_entries import SignedEntry
from boapp.crypto.sealed_pass import SealedPass
from boapp.domain.ids import DocumentId, Fence, OrgId, PassId, PersonId, ProjectId
from boapp.errors import NotAllowed, Refusal
from boapp.shareddb import tables as t
from boapp.shareddb.postgres_ahead import PostgresAhead
from boapp.shareddb.postgres_refusals import nobody_here, spoken, storing
from boapp.shareddb.postgres_sending import SEND, cells_of_fact, cells_of_pass, result_of, sent
from boapp.shareddb.protocol import (
    BatchRow,
    Claim,
    DocumentRow,
    FormRow,
    Malformed,
    NewDocument,
    OpenClaim,
    OpenDiscrepancy,
    Outcome,
    PersonKey,
    ProjectRow,
    RosterChange,
    Signed,
    StoredEvidence,
    StoredFact,
    StoredPass,
    changed_meanwhile,
    missing_page,
)
from boapp.shareddb.rows import (
    Read,
    person_row,
    read_all,
    read_as,
    read_claim,
    read_discrepancy,
    read_document,
    read_entries,
    read_fact,
    read_member,
    read_open_claim,
    read_pass,
    read_person,
    read_wrap,
    sift,
)

FLUSHES_ITSELF = 170_000
"""From this version on a reveal brings to the disk what it waits for."""
_Struct = TypeVar("_Struct", bound=msgspec.Struct)
_Cells = Mapping[str, Any]


class PostgresDatabase(PostgresAhead):
    """The shared database as one person calls it."""

    # --- people -------------------------------------------------------------------------------

    def organisation(self) -> OrgId:
        """Return whose database this is."""
        found = self._one("SELECT api.organisation()")
        if not isinstance(found, bytes):
            raise nobody_here()
        return OrgId(found)

    def clock_us(self) -> int:
        """Return the server's time in microseconds since 1970, UTC."""
        return int(self._one("SELECT (extract(epoch FROM clock_timestamp()) * 1000000)::bigint"))

    def roster(self, since: int = 1) -> Iterator[SignedEntry]:
        """Return the entries from a number on; Tampered where their numbers or kinds are wrong."""
        return iter(read_entries(self._rows("SELECT * FROM api.roster(%s)", since), since))

    def change_roster(self, change: RosterChange) -> None:
        """Append entries and store the rows that they speak of."""
        if self._one("SELECT api.change_roster(%s, %s, %s)", *roster_arguments(change)) != "stored":
            raise changed_meanwhile()

    def person_key(self, code: str) -> PersonKey | None:
        """Return a person's locked keys; those of others without what unlocks them."""
        return next((row for row in self.person_keys() if row.code == code), None)

    def person_keys(self) -> list[PersonKey]:
        """Return everybody's keys; what unlocks those of others only to whoever audits."""
        return read_all(t.person_key, self._rows("SELECT * FROM api.person_keys()"), read_person)

    def logins(self) -> frozenset[PersonId]:
        """Return who may connect; to an administrator alone."""
        return frozenset(PersonId(row[0]) for row in self._rows("SELECT * FROM api.logins()"))

    def change_passphrase(self, row: PersonKey) -> None:
        """Put one's own keys and login under another passphrase, in one transaction."""
        kdf = msgspec.msgpack.encode(row.kdf)
        cells = (row.blob, kdf, row.scram, row.set_by_administrator, row.signature)
        with spoken(), self._db.transaction():
            self._db.execute("SELECT api.change_passphrase(%s, %s, %s, %s, %s)", cells)
            verifier = sql.Literal(row.scram)
            self._db.execute(sql.SQL("ALTER ROLE CURRENT_USER PASSWORD {}").format(verifier))

    def wraps(self, person: PersonId) -> list[Wrap]:
        """Return the keys that are wrapped to a person, as far as they are this person's to know."""
        return read_all(t.key_wrap, self._rows("SELECT * FROM api.wraps(%s)", person), read_wrap)

    # --- projects and documents ---------------------------------------------------------------

    def projects(self) -> list[ProjectRow]:
        """Return the projects that this person belongs to."""
        return read_all(t.project, self._rows("SELECT * FROM api.projects()"), read_as(ProjectRow))

    def forms(self, project: ProjectId) -> list[FormRow]:
        """Return a project's published forms."""
        return read_all(t.form, self._rows("SELECT * FROM api.forms(%s)", project), read_as(FormRow))

    def batches(self, project: ProjectId) -> list[BatchRow]:
        """Return a project's batches."""
        return read_all(t.batch, self._rows("SELECT * FROM api.batches(%s)", project), read_as(BatchRow))

    def add_batch(self, row: BatchRow) -> None:
        """Add a batch."""
        self._rows("SELECT api.add_batch(%s, %s, %s, %s, %s)", *msgspec.structs.astuple(row))

    def put_page(self, document: DocumentId, number: int, data: bytes) -> None:
        """Store one encrypted page ahead of its document."""
        self._rows("SELECT api.put_page(%s, %s, %s)", document, number, data)

    def page(self, document: DocumentId, number: int) -> bytes:
        """Return one encrypted page."""
        found = self._one("SELECT api.page(%s, %s)", document, number)
        if not isinstance(found, bytes):
            raise missing_page(number)
        return found

    def add_document(self, fact: SealedFact, document: NewDocument) -> Outcome:
        """Put a document into the queue with its signed intake."""
        cells = (*cells_of_fact(fact), document.batch, document.meta_epoch, document.meta)
        with storing():
            return Outcome(self._one("SELECT api.add_document(%s, %s, %s, %s, %s, %s, %s, %s)", *cells))

    def documents(self, project: ProjectId, document: DocumentId | None = None) -> list[DocumentRow]:
        """Return a project's documents, or one of them, in the order in which they came."""
        found = self._rows("SELECT * FROM api.documents(%s, %s)", project, document)
        return read_all(t.document, found, read_document)

    # --- passes -------------------------------------------------------------------------------

    def claim(self, project: ProjectId, *, second: bool, document: DocumentId | None) -> Claim | None:
        """Grant the next document, or the named one; None when there is none for this person."""
        found = self._rows("SELECT * FROM api.claim(%s, %s, %s)", project, second, document)
        return next(iter(read_all(t.claim, found, read_claim)), None)

    def my_claims(self, project: ProjectId) -> list[Claim]:
        """Return this person's open claims."""
        return read_all(t.claim, self._rows("SELECT * FROM api.my_claims(%s)", project), read_claim)

    def open_claims(self, project: ProjectId) -> list[OpenClaim]:
        """Return every open claim of a project to a supervisor of it, to nobody else."""
        found = self._rows("SELECT * FROM api.open_claims(%s)", project)
        return read_all(t.claim, found, read_open_claim)

    def held_by_others(self, project: ProjectId) -> list[DocumentId]:
        """Return the documents that somebody else holds a claim on, not who."""
        return [DocumentId(row[0]) for row in self._rows("SELECT * FROM api.held_by_others(%s)", project)]

    def put_aside(self, fence: Fence) -> None:
        """Let others have a document that was only looked at."""
        self.hand_back(fence)

    def drop_claims(self, project: ProjectId, person: PersonId) -> None:
        """End somebody's open claims in a project."""
        self._rows("SELECT api.drop_claims(%s, %s)", project, person)

    def seal(self, sealed: SealedPass) -> Outcome:
        """Store a sealed pass."""
        with storing():
            return Outcome(self._one("SELECT api.seal(%s, %s, %s, %s, %s)", *cells_of_pass(sealed)))

    def own_pass(self, document: DocumentId) -> SealedPass:
        """Return this person's own stored pass."""
        found = self._passes("SELECT * FROM api.own_pass(%s)", document)
        if not found:
            raise NotAllowed("You have no sealed pass of this document.")
        return found[0].sealed

    def awaiting_my_comparison(self, project: ProjectId) -> list[DocumentId]:
        """Return the documents that wait to be compared and that this person sealed second."""
        found = self._rows("SELECT * FROM api.awaiting_my_comparison(%s)", project)
        return [DocumentId(row[0]) for row in found]

    def reveal(self, document: DocumentId) -> SealedPass:
        """Return the first pass with its share to whoever sealed the second; refused to all others."""
        try:
            (row,) = self._rows("SELECT * FROM api.reveal(%s)", document)
        except NotAllowed:
            if self._db.info.server_version >= FLUSHES_ITSELF:
                raise
            # What an earlier look tidied may not be on the disk; a transaction of its own wakes the writer.
            self._rows("SELECT pg_current_xact_id()")
            (row,) = self._rows("SELECT * FROM api.reveal(%s)", document)
        (first,) = read_all(t.sealed_pass, [row], read_pass)
        return msgspec.structs.replace(first.sealed, k1=row.k1)

    # --- facts and evidence -------------------------------------------------------------------

    def state(self, facts: Sequence[SealedFact]) -> list[Outcome]:
        """Store facts in one transaction."""
        call: LiteralString = "SELECT api.state(%s, %s, %s, %s, %s)"
        with storing(), spoken(), self._db.transaction():
            return [Outcome(self._one(call, *cells_of_fact(fact))) for fact in facts]

    def send(self, messages: Sequence[Signed]) -> list[Outcome | Refusal]:
        """Store signed messages in this order, in one round trip and one transaction."""
        return [result_of(word) for word in self._one(SEND, *sent(messages))]

    def try_out(self, message: Signed) -> Outcome | Refusal:
        """Return what would become of a message; nothing is stored."""
        with spoken(), self._db.transaction(force_rollback=True):
            (came,) = self.send((message,))
        return came

    def discrepancies(self, project: ProjectId, document: DocumentId | None = None) -> list[OpenDiscrepancy]:
        """Return the discrepancies of the comparisons that count, open and resolved."""
        found = self._rows("SELECT * FROM api.discrepancies(%s, %s)", project, document)
        return read_all(t.discrepancy, found, read_discrepancy)

    def passes(self, project: ProjectId, document: DocumentId | None = None) -> list[StoredPass]:
        """Return sealed passes without their shares; surplus ones have slot 0."""
        return self._passes("SELECT * FROM api.passes(%s, %s)", project, document)

    def _passes(self, call: LiteralString, *arguments: object) -> list[StoredPass]:
        return read_all(t.sealed_pass, self._rows(call, *arguments), read_pass)

    def facts(self, project: ProjectId, document: DocumentId | None = None) -> list[StoredFact]:
        """Return facts in the order in which they were stored, as far as they are this person's to see."""
        found = self._rows("SELECT * FROM api.facts(%s, %s)", project, document)
        return read_all(t.fact, found, read_fact)

    def surplus(self, project: ProjectId) -> int:
        """Return how many passes and facts were kept and do not count."""
        rows = self._rows("SELECT api.surplus(%s)", project)
        return int(rows[0][0] or 0)

    def shares(self, project: ProjectId) -> Mapping[PassId, bytes]:
        """Return the digest of each release share by its pass, never a share."""
        return {PassId(row[0]): row[1] for row in self._rows("SELECT * FROM api.shares(%s)", project)}

    def evidence(self, project: ProjectId) -> StoredEvidence:
        """Return everything of a project at one moment; what cannot be read is told apart."""
        wrong: list[Malformed] = []

        def found(table: Table, call: LiteralString, read: Read[_Struct]) -> tuple[_Struct, ...]:
            return tuple(sift(table, self._rows(call, *(project,) * call.count("%s")), read, wrong))

        with spoken(), self._db.transaction():
            self._db.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
            return StoredEvidence(
                projects=tuple(row for row in self.projects() if row.id == project),
                documents=found(t.document, "SELECT * FROM api.documents(%s, NULL)", read_document),
                passes=found(t.sealed_pass, "SELECT * FROM api.passes(%s, NULL)", read_pass),
                shares=self.shares(project),
                facts=found(t.fact, "SELECT * FROM api.facts(%s, NULL)", read_fact),
                discrepancies=found(
                    t.discrepancy, "SELECT * FROM api.every_discrepancy(%s)", read_discrepancy
                ),
                members=found(t.member, "SELECT * FROM api.members(%s)", read_member),
                person_keys=found(t.person_key, "SELECT * FROM api.person_keys()", read_person),
                boxes=found(t.key_wrap, "SELECT * FROM api.boxes(%s)", read_wrap),
                malformed=tuple(wrong),
                surplus=self.surplus(project),
                withholds=True,
            )


def roster_arguments(change: RosterChange) -> tuple[list[bytes], list[bytes], Jsonb]:
    """Return entries, signatures, and the rows that they speak of as JSON with bytes as hexadecimal text."""
    rows = {
        "wraps": [list(_hexed(msgspec.structs.asdict(w)).values()) for w in change.wraps],
        "people": [_hexed(person_row(p)) for p in change.people],
        "projects": [_hexed(msgspec.structs.asdict(p)) for p in (change.project,) if p],
        "forms": [_hexed(msgspec.structs.asdict(f)) for f in (change.form,) if f],
        "drop_claims": [[cell.hex() for cell in gone] for gone in (change.drop_claims,) if gone],
    }
    return [e.data for e in change.entries], [e.signature for e in change.entries], Jsonb(rows)


def _hexed(cells: _Cells) -> dict[str, Any]:
    return {name: cell.hex() if isinstance(cell, bytes) else cell for name, cell in cells.items()}
