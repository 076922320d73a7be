"""One person's local store on one workstation.

Order of its promises: a draft is durable when `put_draft` returns; a signed message takes its place
in the author's chain, enters the outbox and ends its draft in one transaction; what is in the outbox
stays until the shared database acknowledged it. What another store of the same person signed may wait
here too (`take_over`): it has its place in that store's chain and moves none of this one's. The store key
is wrapped to its person and to the organisation's recovery key, nowhere else: a colleague who holds the
file holds only ciphertext.

    draft row = seal_row(store key, "draft", row id, padded MessagePack of the entry, AAD = LP("draft", …))

A store's key is signed by its person when it is made, so that nobody can put a store of his own in
its place and read what she drafts there.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import msgspec
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from sqlalchemy import Connection, Row, delete, func, insert, inspect, literal, null, select, update

from boapp import faultpoints
from boapp.crypto.envelope import commitment, digest, new_id, new_key, seal_row, unseal_row, unwrap, wrap
from boapp.crypto.framing import lp, unpack
from boapp.crypto.roster_entries import NO_HEAD
from boapp.crypto.sealed_pass import ChainPlace, pad, unpad
from boapp.crypto.signing import PersonKeys, PublicKeys, verify
from boapp.domain.ids import ChainId, DocumentId, Fence, OrgId, PersonId, ProjectId, StoreId
from boapp.domain.passes import Entry, decode, encode
from boapp.domain.values import Address
from boapp.errors import Refusal, Tampered, Unavailable
from boapp.localdb import tables as t
from boapp.localdb.pages import PageCache
from boapp.localdb.reserve import Reserve
from boapp.machine import folder_id, machine_id
from boapp.sqlitefile import driver_of, open_engine, reading, sound, writing, writing_plain

_PUT_DRAFT = (
    "INSERT INTO draft (document, field, row, project, id, data) VALUES (?, ?, ?, ?, ?, ?) "
    "ON CONFLICT (document, field, row) DO UPDATE SET id = excluded.id, data = excluded.data"
)

_PUT_CURSOR = (
    "INSERT INTO cursor (document, id, data) VALUES (?, ?, ?) "
    "ON CONFLICT (document) DO UPDATE SET id = excluded.id, data = excluded.data"
)
_CHAIN_OF = "SELECT id, seq, link FROM chain WHERE project = ?"
_MOVE_CHAIN = (
    "INSERT INTO chain (project, id, seq, link) VALUES (?, ?, ?, ?) "
    "ON CONFLICT (project) DO UPDATE SET id = excluded.id, seq = excluded.seq, link = excluded.link"
)
# A number is never given again: what was sent keeps its own, in case it has to be sent once more.
_ENQUEUE = (
    "INSERT INTO outbox (number, id, project, kind, data, since_us) VALUES ("
    "1 + max(coalesce((SELECT max(number) FROM outbox), 0), coalesce((SELECT max(number) FROM sent), 0)), "
    "?, ?, ?, ?, ?)"
)
_CARRIED = "carried "
"""Stands before the kind of a message that another store of the same person signed."""
_END_DRAFTS = ("DELETE FROM draft WHERE document = ?", "DELETE FROM cursor WHERE document = ?")
_END_CLAIM = "UPDATE reserved SET state = 'sealed' WHERE fence = ?"
"""Another claim on the same document stays: what was sealed under one that was lost does not count."""
_SETTLE = "INSERT INTO sent SELECT number, id, project, kind, ?, data FROM outbox WHERE id = ?"
_SEND_AGAIN = (
    "INSERT INTO outbox (number, id, project, kind, data, since_us) "
    "SELECT number, id, project, kind, data, sent_us FROM sent"
)


class Cursor(msgspec.Struct, frozen=True, array_like=True):
    """Where a keyer is: the field, its row, and the cursor in its text, counted in characters.

    finished says that the field's draft was left, not merely interrupted.
    """

    field: str
    row: int
    position: int
    finished: bool


_CURSOR = msgspec.msgpack.Decoder(Cursor)
PURPOSE = b"boapp1 local store"


@dataclass(frozen=True, slots=True)
class Owner:
    """Whose store it is and who could recover it."""

    org: OrgId
    person: PersonId
    keys: PersonKeys
    recovery: bytes

    @property
    def public(self) -> PublicKeys:
        """Return the public halves of her keys."""
        return self.keys.public


@dataclass(frozen=True, slots=True)
class Recovered:
    """Whose store it was when she last had the keys, and the organisation's recovery key that opens it."""

    org: OrgId
    person: PersonId
    public: PublicKeys
    secret: X25519PrivateKey = field(repr=False)


class CarriedHere(Tampered):
    """A local store that is a copy of one that was made elsewhere."""


@dataclass(frozen=True, slots=True)
class Message:
    """Something signed that goes to the shared database; link is what the next one names."""

    kind: str
    data: bytes = field(repr=False)
    link: bytes


@dataclass(frozen=True, slots=True)
class Waiting:
    """A message in the outbox, under the id of its own row.

    since_us: when it was signed. refused: what the shared database refused it for, or empty. carried: whether
    another store of the same person signed it.
    """

    id: bytes
    project: ProjectId
    kind: str
    data: bytes = field(repr=False)
    since_us: int = 0
    refused: str = ""
    carried: bool = False

    @property
    def digest(self) -> bytes:
        """Return by what the same message is recognised when it comes again."""
        return digest(lp(self.project, self.kind.encode(), self.data))

    @property
    def row_kind(self) -> str:
        """Return the kind as its row has it."""
        return f"{_CARRIED}{self.kind}" if self.carried else self.kind


@dataclass(frozen=True, slots=True)
class Backlog:
    """How much waits in the outbox: how many, since when the oldest (0: none), how many were refused."""

    count: int
    oldest_us: int
    refused: int


class LocalStore:
    """The open store. One thread uses it at a time."""

    def __init__(self, path: Path, owner: Owner | Recovered) -> None:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        self.engine = open_engine(path)
        self._owner = owner
        self._driver = driver_of(self.engine)
        with writing(self.engine) as db:
            self._prepare(db)
        with sound():
            self._key = self._unlocked(owner, path.parent)
        self.pages = PageCache(self.engine)
        self.reserve = Reserve(self.engine, self._key, lp(owner.org, owner.person, self.id))

    def _unlocked(self, owner: Owner | Recovered, folder: Path) -> bytes:
        """Return the store's key, once it is sure whose it is and that it was made here."""
        with reading(self.engine) as db:
            row = db.execute(select(t.store)).one()
        if (row.org, row.person) != (owner.org, owner.person):
            raise Tampered("This local store belongs to somebody else.")
        self.id = StoreId(row.id)
        if isinstance(owner, Owner):
            key = unwrap(owner.keys.box_key, self._box_info(b"own"), row.box_own)
        else:
            key = unwrap(owner.secret, self._box_info(b"recovery"), row.box_recovery)
        message = self._birth(owner, key, row.box_own, row.box_recovery)
        verify(owner.public.ed25519, PURPOSE, message, row.signature)
        if isinstance(owner, Owner):
            self._refuse_copy(folder, key, row.bound)
        return key

    def _prepare(self, db: Connection) -> None:
        version = db.exec_driver_sql("PRAGMA user_version").scalar_one()
        if version > t.SCHEMA_VERSION:
            raise Unavailable("This local store is of a newer boapp.", "Update boapp on this workstation.")
        if version == 0:
            if inspect(db).get_table_names():
                raise Tampered("This local store does not say what it is.", "Call your administrator.")
            if not isinstance(self._owner, Owner):
                raise Unavailable("There is no local store to recover here.", "Go to where she worked.")
            self._create(db, self._owner)
        if version == 1:
            _upgrade(db)

    def _refuse_copy(self, folder: Path, key: bytes, bound: bytes | None) -> None:
        """Refuse a store that was carried here: two of them would go on with one chain in two ways."""
        place = lp(self._owner.org, self._owner.person, self.id, machine_id(), folder_id(folder))
        here = commitment(b"boapp1 store place", place, key)
        if bound is None:
            with writing(self.engine) as db:
                db.execute(update(t.store).values(bound=here))
        elif bound != here:
            self.engine.dispose()
            raise CarriedHere(
                f"This local store ({self.id.hex()[:8]}) was made on another computer and copied here.",
                "Work where it was made, and send or export there what waits. If that computer is gone, call "
                "your administrator: set the file aside, and sign in again.",
            )

    def _create(self, db: Connection, owner: Owner) -> None:
        """Make the store: its key, wrapped to its person and to recovery, and her signature over both."""
        t.metadata.create_all(db)
        self.id, key = StoreId(new_id()), new_key()
        row = {"id": self.id, "org": owner.org, "person": owner.person} | self._boxes(owner, key)
        db.execute(insert(t.store).values(row))
        db.exec_driver_sql(f"PRAGMA user_version = {t.SCHEMA_VERSION}")

    def _boxes(self, owner: Owner, key: bytes) -> dict[str, bytes]:
        own = wrap(owner.public.x25519, self._box_info(b"own"), key)
        recovery = wrap(owner.recovery, self._box_info(b"recovery"), key)
        signature = owner.keys.sign(PURPOSE, self._birth(owner, key, own, recovery))
        return {"box_own": own, "box_recovery": recovery, "signature": signature}

    def hand_over(self, owner: Owner) -> None:
        """Put the store under the new keys of its person; drafts, outbox and chains stay as they are."""
        with writing(self.engine) as db:
            db.execute(update(t.store).values(self._boxes(owner, self._key)))

    def _birth(self, owner: Owner | Recovered, key: bytes, own: bytes, recovery: bytes) -> bytes:
        """Return what the person signs: a box alone does not say who made it."""
        place = lp(owner.org, owner.person, self.id, owner.public.key_id)
        return lp(place, commitment(b"boapp1 store commit", place, key), own, recovery)

    def _box_info(self, whom: bytes) -> bytes:
        return lp(b"wrap-store", whom, self._owner.org, self._owner.person, self.id)

    def close(self) -> None:
        """Close the file and forget the key."""
        self._key = b""
        self.engine.dispose()

    # --- drafts -------------------------------------------------------------------------------

    def put_draft(self, project: ProjectId, document: DocumentId, entry: Entry) -> None:
        """Keep one entry; durable when this returns."""
        row, aad = new_id(), self._draft_aad(project, document)
        data = seal_row(self._key, b"draft", row, pad(encode((entry,))), aad)
        field, number = entry.address
        faultpoints.reach("draft:sealed")
        with writing_plain(self._driver) as db:
            faultpoints.reach("draft:begun")
            db.execute(_PUT_DRAFT, (document, field, number, project, row, data))
            faultpoints.reach("draft:written")
        faultpoints.reach("draft:committed")

    def put_unfinished(
        self, project: ProjectId, document: DocumentId, where: Cursor, entry: Entry | None
    ) -> None:
        """Keep where the keyer is and what she typed so far there; durable when this returns.

        entry is None while the field is as it was: its draft, if there is one, stays.
        """
        row, aad = new_id(), self._draft_aad(project, document)
        place = seal_row(self._key, b"cursor", row, pad(msgspec.msgpack.encode(where)), lp(b"cursor", aad))
        with writing_plain(self._driver) as db:
            if entry is not None:
                draft = seal_row(self._key, b"draft", row, pad(encode((entry,))), aad)
                db.execute(_PUT_DRAFT, (document, *entry.address, project, row, draft))
            faultpoints.reach("cursor:begun")
            db.execute(_PUT_CURSOR, (document, row, place))
        faultpoints.reach("cursor:committed")

    @sound()
    def cursor(self, project: ProjectId, document: DocumentId) -> Cursor | None:
        """Return where the keyer was in a document."""
        with reading(self.engine) as db:
            row = db.execute(select(t.cursor).where(t.cursor.c.document == document)).first()
        if row is None:
            return None
        aad = self._draft_aad(project, document)
        data = unpad(unseal_row(self._key, b"cursor", row.id, row.data, lp(b"cursor", aad)))
        return unpack(_CURSOR.decode, data, len(data))

    def drop_draft(self, document: DocumentId, address: Address) -> None:
        """Forget one entry: its field is empty again."""
        where = (t.draft.c.document == document) & (t.draft.c.field == address.field)
        with writing(self.engine) as db:
            db.execute(delete(t.draft).where(where, t.draft.c.row == address.row))

    def drafted(self) -> list[tuple[ProjectId, DocumentId]]:
        """Return the documents of which something is kept."""
        with reading(self.engine) as db:
            rows = db.execute(select(t.draft.c.project, t.draft.c.document).distinct()).all()
        return [(ProjectId(row.project), DocumentId(row.document)) for row in rows]

    @sound()
    def drafts(self, document: DocumentId) -> dict[Address, Entry]:
        """Return the entries kept for a document."""
        with reading(self.engine) as db:
            rows = db.execute(select(t.draft).where(t.draft.c.document == document)).all()
        found = {}
        for row in rows:
            aad = self._draft_aad(row.project, document)
            found_entries = decode(unpad(unseal_row(self._key, b"draft", row.id, row.data, aad)))
            if len(found_entries) != 1:
                raise Tampered("A draft does not hold just one value.")
            (entry,) = found_entries
            if entry.address != Address(row.field, row.row):
                raise Tampered("A draft was moved to another field.")
            found[entry.address] = entry
        return found

    def _draft_aad(self, project: ProjectId, document: DocumentId) -> bytes:
        return lp(b"draft", self._owner.org, project, document, self._owner.person, self.id)

    # --- outbox -------------------------------------------------------------------------------

    def enqueue(
        self,
        project: ProjectId,
        seen_head: bytes,
        build: Callable[[ChainPlace], Message],
        ends: tuple[DocumentId, Fence] | None = None,
        now_us: int = 0,
    ) -> None:
        """Let build sign a message at its place in the chain, and keep it until it is acknowledged.

        One transaction: the outbox has it, the chain moved on, the drafts of the document and the claim in
        `ends` are done with, or nothing happened.
        """
        with writing_plain(self._driver) as db:
            place = self._next_place(project, seen_head)
            faultpoints.reach("seal:begun")
            message = build(place)
            faultpoints.reach("seal:signed")
            row = new_id()
            data = seal_row(self._key, b"outbox", row, message.data, self._outbox_aad(project, message.kind))
            db.execute(_ENQUEUE, (row, project, message.kind, data, now_us))
            faultpoints.reach("seal:queued")
            db.execute(_MOVE_CHAIN, (project, place.chain, place.seq, message.link))
            if ends is not None:
                document, fence = ends
                for words in _END_DRAFTS:
                    db.execute(words, (document,))
                db.execute(_END_CLAIM, (fence,))
            faultpoints.reach("seal:drafts-ended")
        faultpoints.reach("seal:committed")

    def _next_place(self, project: ProjectId, seen_head: bytes) -> ChainPlace:
        row = self._driver.execute(_CHAIN_OF, (project,)).fetchone()
        if row is None:
            return ChainPlace(ChainId(new_id()), 1, NO_HEAD, seen_head)
        chain, seq, link = row
        return ChainPlace(ChainId(chain), seq + 1, link, seen_head)

    def _outbox_aad(self, project: ProjectId, kind: str) -> bytes:
        return lp(b"outbox", self.id, project, kind.encode())

    @sound()
    def waiting(self) -> list[Waiting]:
        """Return the messages that nobody acknowledged yet, oldest first."""
        with reading(self.engine) as db:
            rows = db.execute(select(t.outbox).order_by(t.outbox.c.number)).all()
        return [self._opened(row) for row in rows]

    @sound()
    def head(self, count: int, size: int, others_before_us: int | None = None) -> list[Waiting]:
        """Return the oldest messages that were not refused: at most count, and of size bytes or just one.

        others_before_us: of what is no pass, only what was signed before that time.
        """
        found: list[Waiting] = []
        query = select(t.outbox).where(t.outbox.c.refused.is_(None)).order_by(t.outbox.c.number).limit(count)
        if others_before_us is not None:
            query = query.where((t.outbox.c.kind == "pass") | (t.outbox.c.since_us < others_before_us))
        with reading(self.engine) as db:
            for row in db.execute(query):
                size -= len(row.data)
                if found and size < 0:
                    break
                found.append(self._opened(row))
        return found

    def _opened(self, row: Row[Any]) -> Waiting:
        aad = self._outbox_aad(row.project, row.kind)
        data = unseal_row(self._key, b"outbox", row.id, row.data, aad)
        why = ""
        if row.refused is not None:
            why = unseal_row(self._key, b"refused", row.id, row.refused, aad).decode()
        kind: str = row.kind.removeprefix(_CARRIED)
        return Waiting(row.id, row.project, kind, data, row.since_us, why, kind != row.kind)

    def take_over(self, messages: Iterable[tuple[ProjectId, str, bytes, int]]) -> int:
        """Keep what another store of this person signed, as it is, until it is acknowledged; return how many.

        Each with its project, its kind, its bytes, and when it was signed. One transaction. What waits here
        already is recognised and not kept twice. No chain moves.
        """
        with writing(self.engine) as db:
            known = {self._opened(row).digest for row in db.execute(select(t.outbox))}
            before = len(known)
            for project, kind, data, since_us in messages:
                message = Waiting(new_id(), project, kind, data, since_us, carried=True)
                if message.digest not in known:
                    self._enqueue_carried(db, message)
                    known.add(message.digest)
            faultpoints.reach("carry:queued")
        faultpoints.reach("carry:committed")
        return len(known) - before

    def _enqueue_carried(self, db: Connection, message: Waiting) -> None:
        kind, aad = message.row_kind, self._outbox_aad(message.project, message.row_kind)
        sealed = seal_row(self._key, b"outbox", message.id, message.data, aad)
        db.exec_driver_sql(_ENQUEUE, (message.id, message.project, kind, sealed, message.since_us))

    def backlog(self) -> Backlog:
        """Return how much waits."""
        count, oldest = func.count(), func.coalesce(func.min(t.outbox.c.since_us), 0)
        with reading(self.engine) as db:
            return Backlog(*db.execute(select(count, oldest, func.count(t.outbox.c.refused))).one())

    def settle(
        self, done: Sequence[Waiting], refused: Sequence[tuple[Waiting, Refusal]] = (), now_us: int = 0
    ) -> None:
        """Let go of what the shared database has, for a while kept; mark what it refused. One transaction."""
        with writing_plain(self._driver) as db:
            for message in done:
                db.execute(_SETTLE, (now_us, message.id))
                db.execute("DELETE FROM outbox WHERE id = ?", (message.id,))
            for message, why in refused:
                aad = self._outbox_aad(message.project, message.row_kind)
                words = seal_row(self._key, b"refused", message.id, str(why).encode(), aad)
                db.execute("UPDATE outbox SET refused = ? WHERE id = ?", (words, message.id))
            faultpoints.reach("settle:written")
        faultpoints.reach("settle:committed")

    def acknowledge(self, message: Waiting) -> None:
        """Let a message go: the shared database has it."""
        self.settle((message,))

    def retry(self) -> None:
        """Let what was refused be sent once more."""
        with writing(self.engine) as db:
            db.execute(update(t.outbox).values(refused=None))

    # --- what was sent ------------------------------------------------------------------------

    @sound()
    def newest_sent(self) -> Waiting | None:
        """Return the message that was sent last; None when none is kept."""
        query = select(t.sent, literal(0).label("since_us"), null().label("refused"))
        with reading(self.engine) as db:
            row = db.execute(query.order_by(t.sent.c.number.desc()).limit(1)).first()
        return None if row is None else self._opened(row)

    def send_again(self) -> int:
        """Put every kept message back into the outbox, in its old place; return how many."""
        with writing(self.engine) as db:
            count: int = db.execute(select(func.count()).select_from(t.sent)).scalar_one()
            db.exec_driver_sql(_SEND_AGAIN)
            db.execute(delete(t.sent))
        return count

    def drop_sent(self, before_us: int) -> None:
        """Forget what was sent before a time, but for the newest."""
        newest = select(func.max(t.sent.c.number)).scalar_subquery()
        with writing(self.engine) as db:
            db.execute(delete(t.sent).where(t.sent.c.sent_us < before_us, t.sent.c.number < newest))

    # --- moments ------------------------------------------------------------------------------

    def moment(self, name: str) -> int:
        """Return when something was last so, in microseconds UTC; 0 when never."""
        with reading(self.engine) as db:
            return db.scalar(select(t.moment.c.us).where(t.moment.c.name == name)) or 0

    def put_moment(self, name: str, us: int) -> None:
        """Keep when something was last so."""
        with writing(self.engine) as db:
            db.execute(delete(t.moment).where(t.moment.c.name == name))
            db.execute(insert(t.moment).values(name=name, us=us))


def _upgrade(db: Connection) -> None:
    """Make a store of version 1 one of version 2."""
    db.exec_driver_sql("ALTER TABLE store ADD COLUMN bound BLOB")
    for column in ("since_us INTEGER NOT NULL DEFAULT 0", "refused BLOB"):
        db.exec_driver_sql(f"ALTER TABLE outbox ADD COLUMN {column}")
    t.metadata.create_all(db, tables=list(t.ADDED_BY_2))
    db.exec_driver_sql("PRAGMA user_version = 2")


def acknowledged_chains(path: Path) -> list[tuple[ProjectId, ChainId, int]]:
    """Return how far each chain of a store was acknowledged; needs no key, since it opens no value.

    Tampered when a row holds what does not belong there.
    """
    engine = open_engine(path)
    try:
        with reading(engine) as db:
            chains = db.execute(select(t.chain)).all()
            own = t.outbox.c.kind.not_like(f"{_CARRIED}%")
            counts = select(t.outbox.c.project, func.count()).where(own).group_by(t.outbox.c.project)
            waiting: dict[bytes, int] = {row[0]: row[1] for row in db.execute(counts)}
    finally:
        engine.dispose()
    for row in chains:
        if not (isinstance(row.project, bytes) and isinstance(row.id, bytes) and isinstance(row.seq, int)):
            raise Tampered("A local store holds what does not belong there.")
    return [(row.project, row.id, row.seq - waiting.get(row.project, 0)) for row in chains]
