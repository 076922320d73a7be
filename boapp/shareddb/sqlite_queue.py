"""Claims and seals in one SQLite file.

Order inside a seal: the pass is looked up by id first (the same bytes again change nothing), then the
claim by its fence; without it the pass is surplus; with it the pass takes the claim's slot, its
share is put away, the claim ends and the document moves on, all in the caller's one transaction.
"""

from dataclasses import dataclass

import msgspec
from sqlalchemy import Connection, and_, delete, exists, insert, select, update

from boapp.crypto.envelope import new_id
from boapp.crypto.facts import Statement
from boapp.crypto.sealed_pass import Manifest, SealedPass
from boapp.domain.ids import DocumentId, Fence, PersonId, ProjectId
from boapp.domain.workflow import Stage
from boapp.errors import NotAllowed
from boapp.shareddb.protocol import Claim, Epochs, Outcome
from boapp.shareddb.tables import claim, document, fact, pass_share, sealed_pass, surplus_pass

LEASE_US = 8 * 3600 * 1_000_000


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which claim is asked for: a first or second pass, of the next document or a named one."""

    project: ProjectId
    second: bool
    document: DocumentId | None


def take_claim(db: Connection, ask: Wanted, epochs: Epochs, me: PersonId, now_us: int) -> Claim | None:
    """Grant the next document, or the named one, if this person may have it."""
    db.execute(delete(claim).where(claim.c.expires_us < now_us))
    pass_no = 2 if ask.second else 1
    taken = exists().where(and_(claim.c.document == document.c.id, claim.c.pass_no == pass_no))
    wanted = select(document.c.id).where(
        document.c.project == ask.project,
        document.c.stage == (Stage.SECOND if ask.second else Stage.FIRST),
        ~taken,
    )
    if ask.second:
        wanted = wanted.where(document.c.first_by != me)
    if ask.document:
        wanted = wanted.where(document.c.id == ask.document)
    found = db.scalar(wanted.order_by(document.c.priority, document.c.position).limit(1))
    if found is None:
        return None
    granted = Claim(DocumentId(found), pass_no, Fence(new_id()), now_us + LEASE_US, epochs.pdk, epochs.adj)
    db.execute(insert(claim).values(person=me, **msgspec.structs.asdict(granted)))
    return granted


def claims_of(db: Connection, project: ProjectId, me: PersonId) -> list[Claim]:
    """Return one's own open claims, so that a lost reply loses nothing."""
    columns = [claim.c[name] for name in Claim.__struct_fields__]
    rows = db.execute(
        select(*columns)
        .join(document, document.c.id == claim.c.document)
        .where(claim.c.person == me, document.c.project == project)
        .order_by(document.c.position)
    )
    return [Claim(*row) for row in rows]


def claims_of_others(db: Connection, project: ProjectId, me: PersonId, now_us: int) -> list[DocumentId]:
    """Return which documents somebody else holds a claim on now, not who."""
    rows = db.scalars(
        select(claim.c.document)
        .join(document, document.c.id == claim.c.document)
        .where(claim.c.person != me, claim.c.expires_us >= now_us, document.c.project == project)
    )
    return [DocumentId(row) for row in rows]


def store_pass(db: Connection, sealed: SealedPass, me: PersonId, now_us: int) -> Outcome:
    """Store a pass in its slot, or as surplus when its claim is no longer."""
    manifest = sealed.read_manifest()
    ctx = manifest.context
    if ctx.author != me:
        raise NotAllowed("A pass is stored by its own author only.")
    known = _known(db, manifest)
    if known is not None:
        return Outcome.ALREADY if known == sealed.manifest else Outcome.CONFLICT
    held = _slot(db, manifest, me)
    row = {
        "id": ctx.id,
        "document": ctx.document,
        "person": me,
        "manifest": sealed.manifest,
        "signature": sealed.signature,
        "blob": sealed.blob,
        "boxes": msgspec.msgpack.encode(sealed.boxes),
        "stored_us": now_us,
    }
    if held is None:
        db.execute(insert(surplus_pass).values(row))
        return Outcome.SURPLUS
    db.execute(insert(sealed_pass).values(row | {"slot": held}))
    if sealed.k1:
        db.execute(insert(pass_share).values(sealed_pass=ctx.id, k1=sealed.k1))
    db.execute(delete(claim).where(claim.c.fence == manifest.fence))
    _move_on(db, manifest, held, me)
    return Outcome.STORED


def _slot(db: Connection, manifest: Manifest, me: PersonId) -> int | None:
    """Return the slot that one's own open claim grants; None when it is gone, or she keyed it already."""
    target = manifest.context.document
    mine = select(sealed_pass.c.id).where(sealed_pass.c.document == target, sealed_pass.c.person == me)
    if db.scalar(mine) is not None:
        return None
    return db.scalar(
        select(claim.c.pass_no).where(
            claim.c.document == target, claim.c.fence == manifest.fence, claim.c.person == me
        )
    )


def _known(db: Connection, manifest: Manifest) -> bytes | None:
    for table in (sealed_pass, surplus_pass):
        stored = db.scalar(select(table.c.manifest).where(table.c.id == manifest.context.id))
        if stored is not None:
            return bytes(stored)
    return None


def _move_on(db: Connection, manifest: Manifest, slot: int, me: PersonId) -> None:
    target = document.c.id == manifest.context.document
    if slot > 1:
        db.execute(update(document).where(target).values(stage=Stage.COMPARING))
        return
    intake = db.scalar(select(fact.c.statement).join(document, document.c.intake == fact.c.id).where(target))
    stage = Stage.SECOND if twice(bytes(intake or b"")) else Stage.COMPARING
    db.execute(update(document).where(target).values(stage=stage, first_by=me))


def twice(intake_statement: bytes) -> bool:
    """Say whether a document's signed intake asks for a second pass."""
    clear = msgspec.msgpack.decode(Statement.from_bytes(intake_statement).clear)
    return bool(clear["verify"])
