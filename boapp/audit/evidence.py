"""Evidence as the rules look at it: what is stored, and what of it verified.

Nothing here judges. `Known` holds what `signatures` let through, and answers what several rules ask:
which passes a document has, how many it was taken in for, what a message names.
"""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from boapp.audit.chains import Remembered, Signed, Withheld
from boapp.crypto.facts import FactKind, Statement
from boapp.crypto.roster import Roster
from boapp.crypto.roster_contents import Project
from boapp.crypto.sealed_pass import Manifest
from boapp.domain.documents import Intake, decode_intake
from boapp.domain.ids import DocumentId, OrgId, PersonId
from boapp.domain.workflow import HOLDS_ADJ, Mode, Role
from boapp.shareddb.protocol import StoredEvidence

RESOLVES = frozenset({FactKind.READING, FactKind.RESOLUTION})

Place = tuple[bytes, str, int]


@dataclass(frozen=True, slots=True)
class Evidence:
    """Everything of one project; page gives the ciphertext of a document's page.

    withholds: whether passes of documents that are still to be keyed are kept from whoever verifies.
    """

    org: OrgId
    roster: Roster
    project: Project
    stored: StoredEvidence
    remembered: Sequence[Remembered]
    page: Callable[[DocumentId, int], bytes]
    withholds: bool


@dataclass(frozen=True, slots=True)
class Pass:
    """A pass that verified. slot: 0 is surplus. seen: how many entries the roster had for its author."""

    where: str
    slot: int
    manifest: Manifest
    released: bool
    seen: int

    @property
    def id(self) -> bytes:
        """Return the id that was signed."""
        return bytes(self.manifest.context.id)

    @property
    def author(self) -> PersonId:
        """Return who signed it."""
        return self.manifest.context.author


@dataclass(frozen=True, slots=True)
class Fact:
    """A fact that verified. seen: how many entries the roster had for its author."""

    id: bytes
    statement: Statement
    clear: Mapping[str, Any]
    counts: bool
    seen: int

    @property
    def where(self) -> str:
        """Return how a finding names it."""
        return f"fact {self.id.hex()}"

    @property
    def kind(self) -> FactKind:
        """Return what is stated."""
        return self.statement.subject.kind

    @property
    def actor(self) -> PersonId:
        """Return who states it."""
        return self.statement.subject.actor

    @property
    def document(self) -> DocumentId:
        """Return which document it is about."""
        return self.statement.subject.document

    @property
    def refs(self) -> tuple[bytes, ...]:
        """Return the messages that it names."""
        return self.statement.refs

    @property
    def place(self) -> Place:
        """Return comparison, field and row of a reading or a decision."""
        return self.refs[0], self.clear["field"], self.clear["row"]


@dataclass(slots=True)
class Known:
    """What verified, by the id under which it is stored."""

    project: Project
    passes: dict[bytes, Pass] = field(default_factory=dict)
    facts: dict[bytes, Fact] = field(default_factory=dict)
    signed: list[Signed] = field(default_factory=list)
    keyed_by_slot: dict[DocumentId, dict[int, Pass]] = field(default_factory=lambda: defaultdict(dict))
    intakes: dict[DocumentId, Intake] = field(default_factory=dict)
    withheld: Withheld = field(default_factory=Withheld)
    taken_in: dict[DocumentId, int] = field(default_factory=dict)
    """How many entries the roster had for whoever took a document in."""

    def keyed(self, document: DocumentId) -> Mapping[int, Pass]:
        """Return the counted passes of a document by slot."""
        return self.keyed_by_slot.get(document, {})

    def passes_of(self, document: DocumentId) -> list[bytes]:
        """Return the ids of the counted passes of a document in the order of their slots."""
        return [one.id for _, one in sorted(self.keyed(document).items())]

    def wanted(self, document: DocumentId) -> int | None:
        """Return how many passes a document was taken in for; None when its intake is not known."""
        intake = self.intakes.get(document)
        return None if intake is None else (2 if intake.verify else 1)

    def named(self, ref: bytes | None, kind: FactKind, document: DocumentId) -> Fact | None:
        """Return the fact with this id, if it is of this kind and document."""
        found = self.facts.get(ref or b"")
        return found if found and (found.kind, found.document) == (kind, document) else None

    def again(self, comparison: Fact) -> bool:
        """Say whether a comparison took the place of an earlier one."""
        return len(comparison.refs) > (self.wanted(comparison.document) or len(comparison.refs))

    def holder(self, fact: Fact) -> bool:
        """Say whether a fact's author held ADJ when she signed it."""
        return bool(self.roles(fact) & HOLDS_ADJ)

    def roles(self, fact: Fact) -> frozenset[Role]:
        """Return the roles that a fact's author had in the project when she signed it."""
        return self.project.roles_at(fact.actor, fact.seen)

    def is_second(self, fact: Fact) -> bool:
        """Say whether a fact's author sealed the second pass in a release project."""
        second = self.keyed(fact.document).get(2)
        return self.project.mode is Mode.RELEASE and second is not None and second.author == fact.actor

    def took_part(self, fact: Fact) -> bool:
        """Say whether a fact's author keyed its document, read one of its places or decided on it."""
        mine = (f for f in self.facts.values() if (f.document, f.actor) == (fact.document, fact.actor))
        late = (p.manifest.context for p in self.passes.values())
        keyed = any((c.document, c.author) == (fact.document, fact.actor) for c in late)
        return keyed or any(f.kind in RESOLVES for f in mine)

    def has_keyed(self, fact: Fact) -> bool:
        """Say whether a fact's author keyed its document."""
        return any(one.author == fact.actor for one in self.keyed(fact.document).values())

    def learn_intakes(self, evidence: Evidence) -> None:
        """Take each document's intake: the one that its row names, or else one that counts."""
        pointed = {
            row.id: self.named(row.intake, FactKind.INTAKE, row.id) for row in evidence.stored.documents
        }
        for fact in self.facts.values():
            if fact.kind is FactKind.INTAKE and fact.counts:
                self.intakes.setdefault(fact.document, decode_intake(fact.statement.clear))
                self.taken_in.setdefault(fact.document, fact.seen)
        for document, found in pointed.items():
            if found is not None:
                self.intakes[document] = decode_intake(found.statement.clear)
                self.taken_in[document] = found.seen
