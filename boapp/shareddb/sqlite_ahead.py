"""Working ahead in one SQLite file: many claims at once, their renewal, what is claimed, pages in parts.

Each claim ahead is granted as a single one is, one after another in the caller's one transaction.
"""

from collections import Counter
from collections.abc import Sequence
from typing import Any

import msgspec
from sqlalchemy import ColumnElement, Connection, Select, delete, func, select, update

from boapp.domain.ids import DocumentId, Fence, PersonId, ProjectId
from boapp.domain.leases import lease_end
from boapp.errors import NotAllowed
from boapp.shareddb.protocol import MOST_AHEAD, MOST_PART, Assigned, Claim, missing_page
from boapp.shareddb.rows import ASSIGNED, blob_of, read_all, read_as, read_assigned
from boapp.shareddb.sqlite_queue import Wanted, allowed_in, count_held, find_next, grant
from boapp.shareddb.tables import batch, claim, document, fact, page


def take_ahead(db: Connection, ask: Wanted, count: int, me: PersonId, now_us: int) -> list[Claim]:
    """Grant up to so many next documents, as far as the project leaves this person room."""
    _refuse_more_than(MOST_AHEAD, count)
    allowed = allowed_in(db, ask.project)
    room = allowed.open_claims - count_held(db, ask.project, me, now_us)
    granted: list[Claim] = []
    while len(granted) < min(count, room) and (found := find_next(db, ask, me, now_us)) is not None:
        end_us = lease_end(now_us, allowed.lease_hours, _due_us(db, found))
        granted.append(grant(db, ask, found, me, (now_us, end_us)))
    return granted


def _refuse_more_than(most: int, count: int) -> None:
    if not 1 <= count <= most:
        raise NotAllowed(f"1 to {most} may be asked for at once, not {count}.")


class _Due(msgspec.Struct, frozen=True):
    due_us: int | None


def _due_us(db: Connection, target: DocumentId) -> int | None:
    query = select(batch.c.due_us).join(document, document.c.batch == batch.c.id)
    rows = db.execute(query.where(document.c.id == target))
    return read_all(batch, rows, read_as(_Due))[0].due_us


class _Held(msgspec.Struct, frozen=True):
    """A claim of somebody's own, with what its renewal rests on."""

    document: DocumentId
    pass_no: int
    fence: Fence
    expires_us: int
    project: ProjectId

    def until(self, expires_us: int) -> Claim:
        """Return the claim with this end."""
        return Claim(self.document, self.pass_no, self.fence, expires_us)


def renew_claims(db: Connection, fences: Sequence[Fence], me: PersonId, now_us: int) -> list[Claim]:
    """Give one's own claims that still stand a new end, never an earlier one; return them all.

    One whose lease ran out begins anew while the project leaves her room for it.
    """
    if len(fences) > MOST_AHEAD:
        _refuse_more_than(MOST_AHEAD, len(fences))
    held = read_all(claim, db.execute(_of(fences, me)), read_as(_Held))
    room = Counter({p: _room(db, p, me, now_us) for p in {one.project for one in held}})
    renewed = []
    for one in held:
        ran_out = one.expires_us < now_us
        end_us = one.expires_us
        if not ran_out or room[one.project] > 0:
            room[one.project] -= ran_out
            end_us = max(end_us, _end(db, one, now_us))
            db.execute(update(claim).where(claim.c.fence == one.fence).values(expires_us=end_us))
        renewed.append(one.until(end_us))
    return renewed


def _of(fences: Sequence[Fence], me: PersonId) -> Select[Any]:
    return (
        select(*(claim.c[name] for name in Claim.__struct_fields__), document.c.project)
        .join(document, document.c.id == claim.c.document)
        .where(claim.c.person == me, claim.c.fence.in_(fences))
        .order_by(document.c.priority, document.c.position)
    )


def _room(db: Connection, project: ProjectId, me: PersonId, now_us: int) -> int:
    return allowed_in(db, project).open_claims - count_held(db, project, me, now_us)


def _end(db: Connection, held: _Held, now_us: int) -> int:
    return lease_end(now_us, allowed_in(db, held.project).lease_hours, _due_us(db, held.document))


def end_claims(db: Connection, fences: Sequence[Fence], me: PersonId) -> None:
    """End claims of one's own; their documents go back to the queue."""
    db.execute(delete(claim).where(claim.c.fence.in_(fences), claim.c.person == me))


def assigned_to(db: Connection, project: ProjectId, me: PersonId) -> list[Assigned]:
    """Return one's own claims with their documents and intakes, in the order of the queue."""
    return read_all(claim, db.execute(_assigned(project, me)), read_assigned)


def _assigned(project: ProjectId, me: PersonId) -> Select[Any]:
    """Return the query; an intake that is missing is told, not passed over with its claim."""
    cells = [c.label(f"{part}_{name}") for part, names in ASSIGNED.items() for name, c in names.items()]
    others = document.alias()
    batch_of_it = select(func.count()).where(others.c.batch == document.c.batch)
    number = batch_of_it.where(others.c.position <= document.c.position).scalar_subquery()
    return (
        select(*cells, number.label("number"), batch_of_it.scalar_subquery().label("total"))
        .select_from(claim)
        .join(document, document.c.id == claim.c.document)
        .outerjoin(fact, fact.c.id == document.c.intake)
        .where(claim.c.person == me, document.c.project == project)
        .order_by(document.c.priority, document.c.position)
    )


def page_size(db: Connection, target: DocumentId, number: int) -> int:
    """Return how many bytes an encrypted page has."""
    found = db.scalar(_page(func.length(page.c.data), target, number))
    if found is None:
        raise missing_page(number)
    return int(found)


def page_part(db: Connection, target: DocumentId, number: int, piece: tuple[int, int]) -> bytes:
    """Return a piece of an encrypted page, empty beyond its end; piece: where it begins, how many bytes."""
    start, length = piece
    _refuse_more_than(MOST_PART, length)
    if start < 0:
        raise NotAllowed("A piece of a page begins at its first byte or later.")
    row = db.execute(_page(func.substr(page.c.data, start + 1, length), target, number)).first()
    found = blob_of(row, f"Page {number} of this document is not what was stored.")
    if found is None:
        raise missing_page(number)
    return found


def _page(cell: ColumnElement[Any], target: DocumentId, number: int) -> Select[Any]:
    return select(cell).where(page.c.document == target, page.c.number == number)
