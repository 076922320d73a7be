"""A fact: anything but a pass that somebody signs about a document; insert-only, never edited.

    statement = LP(kind, org, project, doc, fact, refs, clear, H(content), commit, H(boxes),
                   actor, key_id, adj epoch, chain, seq, prev, seen_head, t, meaning)
    signature = Ed25519(actor).sign(LP("boapp1 " + kind, statement))
    content   = seal(KF, body, AAD = LP("fact", kind, org, project, doc, fact, actor, adj epoch))
    boxes     = KF to ADJ[e] and to the actor, info = LP("wrap-fact", …the same)

`clear` is deterministic MessagePack of what everyone with the database may read: ids, field keys,
kinds, counts. Values, reasons and notes are only ever in `content`, which a fact need not have.
"""

import enum
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any

import msgspec
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from boapp.crypto.envelope import commitment, digest, new_id, new_key, seal, unseal, unwrap, wrap
from boapp.crypto.framing import MAX_PARTS, lp, number, sized, u32, u64, unlp, unpack
from boapp.crypto.sealed_pass import ChainPlace, pad, unpad
from boapp.crypto.signing import PersonKeys, verify
from boapp.domain.documents import Intake
from boapp.domain.ids import ChainId, DocumentId, FactId, KeyId, OrgId, PersonId, ProjectId
from boapp.errors import Tampered


class FactKind(enum.StrEnum):
    """What is stated."""

    INTAKE = "intake"
    COMPARISON = "comparison"
    READING = "reading"
    RESOLUTION = "resolution"
    RECORD = "record"
    CONFIRMATION = "confirmation"
    TAKE_BACK = "take-back"
    REVIEW = "review"


MEANINGS = {
    FactKind.INTAKE: "taken in as received",
    FactKind.COMPARISON: "compared under the form's rules",
    FactKind.READING: "read from the image before seeing the readings",
    FactKind.RESOLUTION: "decided against the image",
    FactKind.RECORD: "settled from passes and decisions",
    FactKind.CONFIRMATION: "compared again and found the same",
    FactKind.TAKE_BACK: "taken back from its keyer, for the reason given",
    FactKind.REVIEW: "looked at again by somebody who had no part in it",
}

_ENCODER = msgspec.msgpack.Encoder(order="deterministic")
Clear = Mapping[str, object]
MAX_CLEAR = 16 * 1024 * 1024
MAX_CONTENT = 17 * 1024 * 1024
MAX_PASS_NO = 32_767


class _Compared(msgspec.Struct, frozen=True):
    rules: int
    asked: int
    discrepancies: tuple[tuple[str, int, int | None, int | None, str], ...]
    beyond: bool


class _Place(msgspec.Struct, frozen=True):
    field: str
    row: int


class _Decided(msgspec.Struct, frozen=True):
    field: str
    row: int
    choice: str
    charged: str
    cause: str
    method: str


class _Recorded(msgspec.Struct, frozen=True):
    values: int


class _Confirmed(msgspec.Struct, frozen=True):
    same: bool


class _TakenBack(msgspec.Struct, frozen=True):
    pass_no: Annotated[int, msgspec.Meta(ge=1, le=MAX_PASS_NO)]
    person: Annotated[bytes, msgspec.Meta(min_length=16, max_length=16)]
    fence: Annotated[bytes, msgspec.Meta(min_length=16, max_length=16)]


class _Reviewed(msgspec.Struct, frozen=True):
    accepted: bool


# What each kind says at the least in clear, and how many messages it names.
_SHAPES: dict[FactKind, tuple[type[msgspec.Struct], range]] = {
    FactKind.INTAKE: (Intake, range(1)),
    FactKind.COMPARISON: (_Compared, range(1, 4)),
    FactKind.READING: (_Place, range(1, 2)),
    FactKind.RESOLUTION: (_Decided, range(2, 3)),
    FactKind.RECORD: (_Recorded, range(1, MAX_PARTS)),
    FactKind.CONFIRMATION: (_Confirmed, range(1, 2)),
    FactKind.TAKE_BACK: (_TakenBack, range(1)),
    FactKind.REVIEW: (_Reviewed, range(1, 2)),
}


@dataclass(frozen=True, slots=True)
class Subject:
    """What a fact is about and who states it."""

    kind: FactKind
    org: OrgId
    project: ProjectId
    document: DocumentId
    actor: PersonId
    adj_epoch: int


@dataclass(frozen=True, slots=True)
class Statement:
    """The signed part of a fact; times in microseconds since 1970, UTC."""

    subject: Subject
    id: FactId
    refs: tuple[bytes, ...]
    clear: bytes
    content_hash: bytes
    commit: bytes
    boxes_hash: bytes
    key_id: KeyId
    place: ChainPlace
    t_us: int
    meaning: str

    def to_bytes(self) -> bytes:
        """Return the bytes that are signed."""
        s = self.subject
        return lp(
            s.kind.encode(),
            s.org,
            s.project,
            s.document,
            self.id,
            lp(*self.refs),
            self.clear,
            self.content_hash,
            self.commit,
            self.boxes_hash,
            s.actor,
            self.key_id,
            u32(s.adj_epoch),
            self.place.chain,
            u64(self.place.seq),
            self.place.prev,
            self.place.seen_head,
            u64(self.t_us),
            self.meaning.encode(),
        )

    @classmethod
    def from_bytes(cls, data: bytes) -> "Statement":
        """Read the signed bytes back; Tampered when malformed."""
        (kind, org, project, doc, fact, refs, clear, content, commit, boxes, actor, key_id, epoch) = unlp(
            data, 19
        )[:13]
        chain, seq, prev, seen, t, meaning = unlp(data, 19)[13:]
        try:
            subject = Subject(
                FactKind(kind.decode()),
                OrgId(org),
                ProjectId(project),
                DocumentId(doc),
                PersonId(actor),
                number(epoch),
            )
            place = ChainPlace(ChainId(chain), number(seq), prev, seen)
            hashes = (content, commit, boxes)
            sized(16, org, project, doc, fact, actor, key_id, chain)
            sized(32, prev, *filter(None, hashes))
            made = cls(
                subject,
                FactId(fact),
                unlp(refs),
                clear,
                *hashes,
                KeyId(key_id),
                place,
                number(t),
                meaning.decode(),
            )
        except ValueError as error:
            raise Tampered("A stored fact is malformed.") from error
        if made.to_bytes() != data:
            raise Tampered("A stored fact is malformed.")
        return made


class SealedFact(msgspec.Struct, frozen=True, array_like=True):
    """A fact as it is stored and sent; content and boxes are empty when it has no content."""

    statement: bytes
    signature: bytes
    content: bytes = b""
    box_adj: bytes = b""
    box_own: bytes = b""

    def read_statement(self) -> Statement:
        """Return the statement, unverified."""
        return Statement.from_bytes(self.statement)


def purpose(kind: FactKind) -> bytes:
    """Return the purpose that a fact of this kind is signed for."""
    return b"boapp1 " + kind.encode()


def encode_clear(clear: Clear) -> bytes:
    """Return the deterministic MessagePack of a fact's clear fields."""
    return _ENCODER.encode(clear)


def read_clear(statement: Statement) -> Mapping[str, Any]:
    """Return the clear fields; Tampered unless they, and the references, are what this kind must have."""
    shape, refs = _SHAPES[statement.subject.kind]
    unpack(lambda data: msgspec.msgpack.decode(data, type=shape), statement.clear, MAX_CLEAR)
    if len(statement.refs) not in refs:
        raise Tampered("A stored fact names the wrong number of others.")
    found: Mapping[str, Any] = unpack(msgspec.msgpack.decode, statement.clear, MAX_CLEAR)
    return found


@dataclass(frozen=True, slots=True)
class Draft:
    """What somebody is about to state: the parts of a fact that are hers to choose."""

    subject: Subject
    clear: Clear
    refs: tuple[bytes, ...] = ()
    content: bytes | None = None


def seal_fact(draft: Draft, adj_public: bytes, actor: PersonKeys, place: ChainPlace, t_us: int) -> SealedFact:
    """Encrypt the content, if there is one, and sign the fact."""
    fact, subject = FactId(new_id()), draft.subject
    context = _context(subject, fact)
    content = box_adj = box_own = commit = b""
    if draft.content is not None:
        key = new_key()
        content = seal(key, pad(draft.content), lp(b"fact", context))
        box_adj = wrap(adj_public, lp(b"wrap-fact", context), key)
        box_own = wrap(actor.public.x25519, lp(b"wrap-fact", context), key)
        commit = commitment(b"boapp1 fact commit", context, key)
    statement = Statement(
        subject,
        fact,
        draft.refs,
        encode_clear(draft.clear),
        digest(content) if content else b"",
        commit,
        digest(lp(box_adj, box_own)) if content else b"",
        actor.public.key_id,
        place,
        t_us,
        MEANINGS[subject.kind],
    ).to_bytes()
    return SealedFact(statement, actor.sign(purpose(subject.kind), statement), content, box_adj, box_own)


def verify_fact(fact: SealedFact, actor_ed25519: bytes) -> Statement:
    """Return the statement when signature, digests and meaning hold; Tampered otherwise."""
    statement = fact.read_statement()
    if len(fact.content) > MAX_CONTENT:
        raise Tampered("A stored fact is larger than boapp accepts.")
    verify(actor_ed25519, purpose(statement.subject.kind), fact.statement, fact.signature)
    content_hash = digest(fact.content) if fact.content else b""
    boxes_hash = digest(lp(fact.box_adj, fact.box_own)) if fact.content else b""
    if content_hash != statement.content_hash or boxes_hash != statement.boxes_hash:
        raise Tampered("A stored fact is not the one that was signed.")
    if statement.meaning != MEANINGS[statement.subject.kind]:
        raise Tampered("A stored fact was signed with words that boapp does not use.")
    read_clear(statement)
    return statement


def open_as_actor(fact: SealedFact, box_key: X25519PrivateKey) -> bytes:
    """Open the content of one's own fact."""
    return _open(fact, box_key, fact.box_own)


def open_as_adjudicator(fact: SealedFact, adj_private: bytes) -> bytes:
    """Open the content of a fact with the private half of its ADJ epoch."""
    return _open(fact, X25519PrivateKey.from_private_bytes(adj_private), fact.box_adj)


def _open(fact: SealedFact, private: X25519PrivateKey, box: bytes) -> bytes:
    statement = fact.read_statement()
    context = _context(statement.subject, statement.id)
    key = unwrap(private, lp(b"wrap-fact", context), box)
    if commitment(b"boapp1 fact commit", context, key) != statement.commit:
        raise Tampered("A fact holds another key than its author committed to.")
    return unpad(unseal(key, fact.content, lp(b"fact", context)))


def _context(subject: Subject, fact: FactId) -> bytes:
    ids = (subject.org, subject.project, subject.document, fact, subject.actor)
    return lp(subject.kind.encode(), *ids, u32(subject.adj_epoch))
