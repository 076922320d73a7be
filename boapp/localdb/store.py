"""One person's local store on one workstation.

A draft is durable when `put_draft` returns; what is signed is the outbox's (`outbox`), what was claimed
ahead the reserve's, pages are the page cache's. The store key is wrapped to its person and to the
organisation's recovery key, nowhere else: a colleague who holds the file holds only ciphertext.

    draft row = seal_row(store key, "draft", row id, padded MessagePack of the entry, AAD = LP("draft", …))

A store's key is signed by its person when it is made, so that nobody can put a store of his own in
its place and read what she drafts there.
"""

from dataclasses import dataclass, field
from pathlib import Path

import msgspec
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from sqlalchemy import Connection, delete, insert, inspect, select, update

from boapp import faultpoints
from boapp.crypto.envelope import commitment, new_id, new_key, seal_row, unseal_row, unwrap, wrap
from boapp.crypto.framing import lp, unpack
from boapp.crypto.sealed_pass import pad, unpad
from boapp.crypto.signing import PersonKeys, PublicKeys, verify
from boapp.domain.ids import DocumentId, OrgId, PersonId, ProjectId, StoreId
from boapp.domain.passes import Entry, decode, encode
from boapp.domain.values import Address
from boapp.errors import Tampered, Unavailable
from boapp.localdb import tables as t
from boapp.localdb.outbox import Outbox
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


class LocalStore(Outbox):
    """The open store. One thread uses it at a time."""

    def __init__(self, path: Path, owner: Owner | Recovered) -> None:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        self.engine = open_engine(path)
        self._owner = owner
        self._driver = driver_of(self.engine)
        with writing(self.engine) as db:
            self._prepare(db)
        with sound():
            self._key = self._unlocked(owner, path)
        self.pages = PageCache(self.engine)
        self.reserve = Reserve(self.engine, self._key, lp(owner.org, owner.person, self.id))

    def _unlocked(self, owner: Owner | Recovered, path: Path) -> bytes:
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
            self._refuse_copy(path.parent, key, row.bound)
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
        elif version < t.SCHEMA_VERSION:
            _upgrade(db, version)

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


def _upgrade(db: Connection, version: int) -> None:
    """Make a store of an earlier version one of this."""
    columns = ["outbox ADD COLUMN again INTEGER NOT NULL DEFAULT 0"]
    if version == 1:
        columns.append("store ADD COLUMN bound BLOB")
        columns.append("outbox ADD COLUMN since_us INTEGER NOT NULL DEFAULT 0")
        columns.append("outbox ADD COLUMN refused BLOB")
        t.metadata.create_all(db, tables=list(t.ADDED_BY_2))
    else:
        columns.append("sent ADD COLUMN owed INTEGER NOT NULL DEFAULT 0")
    for column in columns:
        db.exec_driver_sql(f"ALTER TABLE {column}")
    t.owed_index.create(db, checkfirst=True)
    db.exec_driver_sql(f"PRAGMA user_version = {t.SCHEMA_VERSION}")
