"""Claims and seals in one SQLite file.

A claim takes the head of the queue by its index and sorts nothing: for a first pass the first row that
nobody keyed, for a second pass the best of the heads of everybody else's rows. A lease that has
expired still holds for its owner until somebody else is granted the document.

Order inside a seal: the pass is looked up by id first (the same bytes again change nothing), then the
claim by its fence; without it, or where pass and share are not what its slot asks for, the pass is
surplus; with it the pass takes the claim's slot, its share is put away, the claim ends and the document
moves on, all in the caller's one transaction.
"""

from dataclasses import dataclass
from typing import Any

import msgspec
from sqlalchemy import Connection, FromClause, Select, and_, delete, exists, func, insert, or_, select, update

from boapp.crypto.envelope import digest, new_id
from boapp.crypto.facts import Statement, read_clear
from boapp.crypto.sealed_pass import Manifest, SealedPass
from boapp.domain.ids import DocumentId, Fence, KeyId, PersonId, ProjectId
from boapp.domain.leases import lease_end
from boapp.domain.settings import LEASE_HOURS, OPEN_CLAIMS, SETTINGS
from boapp.domain.workflow import Stage
from boapp.errors import NotAllowed, NotFound
from boapp.shareddb.protocol import Claim, OpenClaim, Outcome, too_many_claims
from boapp.shareddb.rows import columns, read_all, read_as, read_claim, read_open_claim
from boapp.shareddb.tables import claim, document, fact, pass_share, retired_key, sealed_pass, surplus_pass
from boapp.shareddb.tables import project as projects


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which claim is asked for: a first or second pass, of the next document or a named one."""

    project: ProjectId
    second: bool
    document: DocumentId | None

    @property
    def pass_no(self) -> int:
        """Return the number of the pass."""
        return 2 if self.second else 1

    @property
    def stage(self) -> Stage:
        """Return where a document must stand."""
        return Stage.SECOND if self.second else Stage.FIRST


class Allowed(msgspec.Struct, frozen=True):
    """What a project's row says of claims."""

    open_claims: int = SETTINGS[OPEN_CLAIMS].default
    lease_hours: int = SETTINGS[LEASE_HOURS].default


def take_claim(db: Connection, ask: Wanted, me: PersonId, now_us: int) -> Claim | None:
    """Grant the next document, or the named one, if this person may have it and holds not too many."""
    allowed, held = allowed_in(db, ask.project), count_held(db, ask.project, me, now_us)
    if held >= allowed.open_claims:
        raise too_many_claims(held, allowed.open_claims)
    found = find_next(db, ask, me, now_us)
    if found is None:
        return None
    return grant(db, ask, found, me, (now_us, lease_end(now_us, allowed.lease_hours)))


def find_next(db: Connection, ask: Wanted, me: PersonId, now_us: int) -> DocumentId | None:
    """Return the next document for this person, or the named one; None when she may have none."""
    if ask.document:
        found = db.scalar(_named(ask, me, now_us))
    elif ask.second:
        found = _best_head(db, ask, me, now_us)
    else:
        found = db.scalar(_next_first(ask, me, now_us))
    return None if found is None else DocumentId(found)


def grant(db: Connection, ask: Wanted, found: DocumentId, me: PersonId, times_us: tuple[int, int]) -> Claim:
    """Grant a document that was found for this person; times_us: from when until when."""
    now_us, expires_us = times_us
    granted = Claim(found, ask.pass_no, Fence(new_id()), expires_us)
    expired = (claim.c.document == found, claim.c.pass_no == ask.pass_no, claim.c.expires_us < now_us)
    db.execute(delete(claim).where(*expired))
    db.execute(insert(claim).values(person=me, granted_us=now_us, **msgspec.structs.asdict(granted)))
    return granted


def allowed_in(db: Connection, asked: ProjectId) -> Allowed:
    """Return what a project's row allows."""
    rows = db.execute(select(*columns(projects, Allowed)).where(projects.c.id == asked))
    return next(iter(read_all(projects, rows, read_as(Allowed))), Allowed())


def count_held(db: Connection, asked: ProjectId, me: PersonId, now_us: int) -> int:
    """Return how many leases of a person's in a project run still."""
    return db.scalar(_held(asked, me, now_us)) or 0


def _held(asked: ProjectId, me: PersonId, now_us: int) -> Select[Any]:
    """Return the query for how many leases of a person's in a project run still."""
    inside = select(func.count()).select_from(claim).join(document, document.c.id == claim.c.document)
    return inside.where(claim.c.person == me, claim.c.expires_us >= now_us, document.c.project == asked)


def _waiting(rows: FromClause, ask: Wanted, me: PersonId, now_us: int) -> tuple[Any, ...]:
    """Return the conditions that a row waits at this stage and no lease stands in the way.

    A claim of one's own does though it ran out: a new fence would make what she sealed under it surplus.
    """
    held = or_(claim.c.expires_us >= now_us, claim.c.person == me)
    lease = (claim.c.document == rows.c.id, claim.c.pass_no == ask.pass_no, held)
    return rows.c.project == ask.project, rows.c.stage == ask.stage, ~exists().where(and_(*lease))


def _named(ask: Wanted, me: PersonId, now_us: int) -> Select[Any]:
    query = select(document.c.id).where(*_waiting(document, ask, me, now_us), document.c.id == ask.document)
    return query.where(document.c.first_by != me) if ask.second else query


def _next_first(ask: Wanted, me: PersonId, now_us: int) -> Select[Any]:
    """Return the query for the next document to be keyed first; the index gives it without sorting."""
    return (
        select(document.c.id)
        .where(*_waiting(document, ask, me, now_us), document.c.first_by.is_(None))
        .order_by(document.c.priority, document.c.position)
        .limit(1)
    )


def _best_head(db: Connection, ask: Wanted, me: PersonId, now_us: int) -> bytes | None:
    """Return the best of the heads of what others keyed first."""
    heads = db.execute(_heads(ask, me, now_us)).all()
    return min(heads, key=lambda row: (row.priority, row.position)).id if heads else None


def _heads(ask: Wanted, me: PersonId, now_us: int) -> Select[Any]:
    """Return the query for the first waiting row of each other first keyer, by jumps along the index."""
    first, later, rows = document.alias("first"), document.alias("later"), document.alias("rows")
    at = (first.c.project == ask.project, first.c.stage == ask.stage)
    keyers = select(func.min(first.c.first_by).label("person")).where(*at).cte("keyer", recursive=True)
    after = (later.c.project == ask.project, later.c.stage == ask.stage, later.c.first_by > keyers.c.person)
    following = select(func.min(later.c.first_by)).where(*after).scalar_subquery()
    keyers = keyers.union_all(select(following).where(keyers.c.person.is_not(None)))
    head = (
        select(rows.c.position)
        .where(*_waiting(rows, ask, me, now_us), rows.c.first_by == keyers.c.person)
        .order_by(rows.c.priority, rows.c.position)
        .limit(1)
        .scalar_subquery()
    )
    others = select(head).where(keyers.c.person != me)
    return select(document.c.id, document.c.priority, document.c.position).where(
        document.c.position.in_(others)
    )


def claims_of(db: Connection, project: ProjectId, me: PersonId) -> list[Claim]:
    """Return one's own open claims, so that a lost reply loses nothing."""
    columns = [claim.c[name] for name in Claim.__struct_fields__]
    rows = db.execute(
        select(*columns)
        .join(document, document.c.id == claim.c.document)
        .where(claim.c.person == me, document.c.project == project)
        .order_by(document.c.position)
    )
    return read_all(claim, rows, read_claim)


def open_claims(db: Connection, project: ProjectId) -> list[OpenClaim]:
    """Return every open claim of a project in the queue's order, leases that ran out among them."""
    rows = db.execute(
        select(*columns(claim, OpenClaim))
        .join(document, document.c.id == claim.c.document)
        .where(document.c.project == project)
        .order_by(document.c.position, claim.c.pass_no)
    )
    return read_all(claim, rows, read_open_claim)


def claims_of_others(db: Connection, project: ProjectId, me: PersonId, now_us: int) -> list[DocumentId]:
    """Return which documents somebody else holds a claim on now, not who."""
    rows = db.scalars(
        select(claim.c.document)
        .join(document, document.c.id == claim.c.document)
        .where(claim.c.person != me, claim.c.expires_us >= now_us, document.c.project == project)
    )
    return [DocumentId(row) for row in rows]


def drop_claims_of(db: Connection, project: ProjectId, person: PersonId) -> None:
    """End somebody's open claims in a project."""
    inside = select(document.c.id).where(document.c.project == project)
    db.execute(delete(claim).where(claim.c.person == person, claim.c.document.in_(inside)))


def store_pass(db: Connection, sealed: SealedPass, me: PersonId, now_us: int) -> Outcome:
    """Store a pass in its slot, or as surplus when its claim is no longer."""
    manifest = sealed.read_manifest()
    ctx = manifest.context
    if ctx.author != me:
        raise NotAllowed("A pass is stored by its own author only.")
    known = _known(db, manifest)
    if known is not None:
        return Outcome.ALREADY if known == sealed.manifest else Outcome.CONFLICT
    _refuse_unknown(db, manifest)
    held = _slot(db, manifest, me) if _fits(sealed, manifest) else None
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


def _refuse_unknown(db: Connection, manifest: Manifest) -> None:
    ctx = manifest.context
    there = (document.c.id == ctx.document, document.c.project == ctx.project)
    if db.scalar(select(document.c.position).where(*there)) is None:
        raise NotFound("This document is not in the shared database.")


def _fits(sealed: SealedPass, manifest: Manifest) -> bool:
    """Say whether the share that came is the one that was signed, or there is none and none was."""
    return (digest(sealed.k1) if sealed.k1 else b"") == manifest.k1_hash


def _slot(db: Connection, manifest: Manifest, me: PersonId) -> int | None:
    """Return the slot that one's own claim grants; None when it is gone, or she keyed it already."""
    target = manifest.context.document
    mine = select(sealed_pass.c.id).where(sealed_pass.c.document == target, sealed_pass.c.person == me)
    if db.scalar(mine) is not None or is_retired(db, manifest.context.key_id):
        return None
    return db.scalar(
        select(claim.c.pass_no).where(
            claim.c.document == target, claim.c.fence == manifest.fence, claim.c.person == me
        )
    )


def is_retired(db: Connection, key_id: KeyId) -> bool:
    """Say whether nobody has this key any more."""
    return db.scalar(select(retired_key.c.key_id).where(retired_key.c.key_id == key_id)) is not None


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
    stage = Stage.SECOND if passes_wanted(db, DocumentId(manifest.context.document)) > 1 else Stage.COMPARING
    db.execute(update(document).where(target).values(stage=stage, first_by=me))


def passes_wanted(db: Connection, target: DocumentId) -> int:
    """Return how many passes a document's signed intake asks for."""
    taken_in = select(fact.c.statement).join(document, document.c.intake == fact.c.id)
    statement = db.scalar(taken_in.where(document.c.id == target))
    if not isinstance(statement, bytes):
        raise NotFound("The intake of this document is missing.", "Run boapp audit verify.")
    return 2 if read_clear(Statement.from_bytes(statement))["verify"] else 1
