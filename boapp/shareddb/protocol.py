"""What boapp asks of the shared database: about a dozen operations, and the rows that they carry.

Whoever implements this keeps the same promises: an operation is one transaction; sending the same
message again changes nothing and says so; a message that comes too late, or that its author may not
have counted, is kept as surplus and moves nothing; nobody holds two passes of one document; nobody is
given a pass that is not hers to see. Refused is only what somebody else signed, or what is about a
document that is not there: a message that is refused stays in its author's outbox.

Messages that are sent together become what they would become one after the other; one that is refused
keeps no other back. Where a lock or the connection is in the way, none of them is stored.
"""

import enum
from collections.abc import Iterator, Mapping, Sequence
from typing import Protocol

import msgspec

from boapp.crypto.epochs import Wrap
from boapp.crypto.facts import SealedFact
from boapp.crypto.passphrase import KdfParameters
from boapp.crypto.roster_entries import SignedEntry
from boapp.crypto.sealed_pass import SealedPass
from boapp.domain.ids import BatchId, DocumentId, FactId, Fence, OrgId, PassId, PersonId, ProjectId
from boapp.domain.passes import Asked
from boapp.domain.settings import CLAIMS_AHEAD, LEASE_HOURS, OPEN_CLAIMS, SETTINGS
from boapp.domain.workflow import Mode, Role, Stage
from boapp.errors import NotAllowed, NotFound, Refusal, Tampered, Unavailable

MOST_AHEAD = 1000
"""So many documents are claimed, or claims renewed, at once at most."""

MOST_PART = 8 * 1024 * 1024
"""So many bytes of a page are given at once at most."""


def changed_meanwhile() -> Unavailable:
    """Return what is said when somebody else was quicker with the list of people."""
    return Unavailable("Somebody else changed the list of people at the same time.", "Do it again.")


def not_kept() -> Tampered:
    """Return what is said of a message that the tables themselves refuse: nobody may send it."""
    return Tampered(
        "The shared database cannot keep this message beside what it holds.",
        "Your work is kept in the outbox: call your administrator.",
    )


def refused() -> NotAllowed:
    """Return what is said of everything that is not for somebody, whatever the reason."""
    return NotAllowed(
        "The shared database refuses this.", "It is not yours to do or to see, or it is not there."
    )


def too_many_claims(held: int, most: int) -> NotAllowed:
    """Return what is said to somebody who holds as many open claims as her project allows."""
    return NotAllowed(
        f"You hold {held} open documents in this project; {most} is the most allowed.",
        "Seal or hand back one first.",
    )


def missing_page(number: int) -> NotFound:
    """Return what is said when a page is not there, or not for whoever asks."""
    return NotFound(f"Page {number} of this document is missing.", "Call your administrator.")


class Outcome(enum.StrEnum):
    """What became of something sent."""

    STORED = "stored"
    ALREADY = "already"
    SURPLUS = "surplus"
    CONFLICT = "conflict"


class PersonKey(msgspec.Struct, frozen=True):
    """A person's locked keys as stored; name is her full name under DIR, or None."""

    person: PersonId
    code: str
    blob: bytes
    kdf: KdfParameters
    scram: str
    set_by_administrator: bool
    signature: bytes
    name: bytes | None


class ProjectRow(msgspec.Struct, frozen=True):
    """A project; its name under the project key of that epoch, and what its settings are."""

    id: ProjectId
    mode: Mode
    epoch: int
    name: bytes
    open_claims: int = SETTINGS[OPEN_CLAIMS].default
    claims_ahead: int = SETTINGS[CLAIMS_AHEAD].default
    lease_hours: int = SETTINGS[LEASE_HOURS].default


class FormRow(msgspec.Struct, frozen=True):
    """A form's source under the project key of that epoch."""

    project: ProjectId
    hash: bytes
    epoch: int
    source: bytes


class BatchRow(msgspec.Struct, frozen=True):
    """A batch; its name under the project key of that epoch. due_us: in microseconds since 1970, UTC."""

    id: BatchId
    project: ProjectId
    epoch: int
    name: bytes
    due_us: int | None = None


class DocumentRow(msgspec.Struct, frozen=True):
    """A document as the queue sees it."""

    id: DocumentId
    project: ProjectId
    batch: BatchId
    stage: Stage
    first_by: PersonId | None
    intake: FactId
    meta_epoch: int
    meta: bytes
    comparison: FactId | None = None
    record: FactId | None = None
    confirmation: FactId | None = None


class NewDocument(msgspec.Struct, frozen=True, array_like=True):
    """What intake adds besides its signed fact: the queue's row. The pages are already stored."""

    batch: BatchId
    meta_epoch: int
    meta: bytes


class TakenIn(msgspec.Struct, frozen=True):
    """A signed intake with the queue's row that it adds."""

    fact: SealedFact
    document: NewDocument


Signed = SealedPass | SealedFact | TakenIn
"""A message that its author signed, as it is sent."""
MOST_SENT = 500
"""So many messages are sent at once at the most."""


class Claim(msgspec.Struct, frozen=True, array_like=True):
    """One person's exclusive, expiring right to key one document once; time in microseconds UTC."""

    document: DocumentId
    pass_no: int
    fence: Fence
    expires_us: int

    @property
    def asked(self) -> Asked:
        """Return which fields the pass is asked for."""
        return Asked.ALL if self.pass_no == 1 else Asked.VERIFY


class OpenClaim(msgspec.Struct, frozen=True):
    """A claim as a supervisor sees it: who holds what, since and until when, never what is keyed."""

    document: DocumentId
    pass_no: int
    person: PersonId
    fence: Fence
    granted_us: int
    expires_us: int


class StoredFact(msgspec.Struct, frozen=True):
    """A fact where it stands."""

    id: FactId
    document: DocumentId
    kind: str
    actor: PersonId
    counted: bool
    fact: SealedFact


class Assigned(msgspec.Struct, frozen=True):
    """A claim of one's own, with its document and that document's intake.

    number, total: which document of its batch it is, from 1, and how many the batch has.
    """

    claim: Claim
    document: DocumentRow
    intake: StoredFact
    number: int
    total: int


class OpenDiscrepancy(msgspec.Struct, frozen=True):
    """One discrepancy as the queue sees it: where and what kind, never a value."""

    document: DocumentId
    comparison: FactId
    field: str
    row: int
    first_row: int | None
    second_row: int | None
    kind: str
    resolution: FactId | None


class StoredPass(msgspec.Struct, frozen=True):
    """A sealed pass where it stands; slot 0 is surplus."""

    id: PassId
    document: DocumentId
    slot: int
    person: PersonId
    sealed: SealedPass


class MemberRow(msgspec.Struct, frozen=True):
    """A person's roles in a project as the queue keeps them, copied from the roster."""

    project: ProjectId
    person: PersonId
    roles: tuple[Role, ...]


class Malformed(msgspec.Struct, frozen=True):
    """A row that cannot be read as what it must be: where it stands, and which column is wrong."""

    table: str
    id: str
    why: str


class StoredEvidence(msgspec.Struct, frozen=True):
    """Everything of one project as it stood at one moment; what cannot be read is told apart.

    shares: the digest of each release share by its pass. boxes: those of the project's keys and of the
    directory's. surplus: how many passes and facts are kept and do not count, shown or not. withholds:
    whether passes are kept from whoever is not to see them yet (`workflow.sight_of_evidence`).
    """

    projects: tuple[ProjectRow, ...]
    documents: tuple[DocumentRow, ...]
    passes: tuple[StoredPass, ...]
    shares: Mapping[PassId, bytes]
    facts: tuple[StoredFact, ...]
    discrepancies: tuple[OpenDiscrepancy, ...]
    members: tuple[MemberRow, ...]
    person_keys: tuple[PersonKey, ...]
    boxes: tuple[Wrap, ...]
    malformed: tuple[Malformed, ...]
    surplus: int
    withholds: bool


class RosterChange(msgspec.Struct, frozen=True):
    """Roster entries with the rows that they speak of, stored together or not at all.

    drop_claims: whose open claims in which project end with it.
    """

    entries: tuple[SignedEntry, ...]
    wraps: tuple[Wrap, ...] = ()
    people: tuple[PersonKey, ...] = ()
    project: ProjectRow | None = None
    form: FormRow | None = None
    drop_claims: tuple[ProjectId, PersonId] | None = None


class SharedDatabase(Protocol):
    """The operations; the person on whose behalf they act is fixed when it is opened."""

    def connected(self) -> int: ...
    def was_reached(self) -> bool: ...
    def demand_version(self) -> None: ...
    def organisation(self) -> OrgId: ...
    def clock_us(self) -> int: ...
    def roster(self, since: int = 1) -> Iterator[SignedEntry]: ...
    def change_roster(self, change: RosterChange) -> None: ...
    def person_key(self, code: str) -> PersonKey | None: ...
    def person_keys(self) -> list[PersonKey]: ...
    def logins(self) -> frozenset[PersonId]: ...
    def change_passphrase(self, row: PersonKey) -> None: ...
    def wraps(self, person: PersonId) -> list[Wrap]: ...
    def projects(self) -> list[ProjectRow]: ...
    def forms(self, project: ProjectId) -> list[FormRow]: ...
    def batches(self, project: ProjectId) -> list[BatchRow]: ...
    def add_batch(self, row: BatchRow) -> None: ...
    def put_page(self, document: DocumentId, number: int, data: bytes) -> None: ...
    def page(self, document: DocumentId, number: int) -> bytes: ...
    def page_size(self, document: DocumentId, number: int) -> int: ...
    def page_part(self, document: DocumentId, number: int, start: int, length: int) -> bytes: ...
    def add_document(self, fact: SealedFact, document: NewDocument) -> Outcome: ...
    def documents(self, project: ProjectId, document: DocumentId | None = None) -> list[DocumentRow]: ...
    def claim(self, project: ProjectId, *, second: bool, document: DocumentId | None) -> Claim | None: ...
    def claim_ahead(self, project: ProjectId, *, second: bool, count: int) -> list[Claim]: ...
    def renew(self, fences: Sequence[Fence]) -> list[Claim]: ...
    def my_claims(self, project: ProjectId) -> list[Claim]: ...
    def assigned(self, project: ProjectId) -> list[Assigned]: ...
    def open_claims(self, project: ProjectId) -> list[OpenClaim]: ...
    def held_by_others(self, project: ProjectId) -> list[DocumentId]: ...
    def hand_back(self, fence: Fence) -> None: ...
    def put_aside(self, fence: Fence) -> None: ...
    def hand_back_all(self, fences: Sequence[Fence]) -> None: ...
    def drop_claims(self, project: ProjectId, person: PersonId) -> None: ...
    def seal(self, sealed: SealedPass) -> Outcome: ...
    def own_pass(self, document: DocumentId) -> SealedPass: ...
    def awaiting_my_comparison(self, project: ProjectId) -> list[DocumentId]: ...
    def reveal(self, document: DocumentId) -> SealedPass: ...
    def state(self, facts: Sequence[SealedFact]) -> list[Outcome]: ...
    def send(self, messages: Sequence[Signed]) -> list[Outcome | Refusal]: ...
    def try_out(self, message: Signed) -> Outcome | Refusal: ...
    def discrepancies(
        self, project: ProjectId, document: DocumentId | None = None
    ) -> list[OpenDiscrepancy]: ...
    def passes(self, project: ProjectId, document: DocumentId | None = None) -> list[StoredPass]: ...
    def facts(self, project: ProjectId, document: DocumentId | None = None) -> list[StoredFact]: ...
    def surplus(self, project: ProjectId) -> int: ...
    def shares(self, project: ProjectId) -> Mapping[PassId, bytes]: ...
    def evidence(self, project: ProjectId) -> StoredEvidence: ...
    def close(self) -> None: ...
