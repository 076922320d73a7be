"""Facts in one SQLite file: which of them count, and what they move.

A fact is always kept; whether it counts is decided when it arrives. It does not when it is too late:
somebody else's comparison, decision or record stood first. What separation of duties forbids is
refused outright. The discrepancies and a document's stage follow from the facts that count.
"""

from collections.abc import Mapping
from typing import Any

import msgspec
from sqlalchemy import Connection, RowMapping, and_, func, insert, select, update

from boapp.crypto.facts import FactKind, SealedFact, Statement, read_clear
from boapp.domain.ids import PersonId
from boapp.domain.workflow import Mode, Stage
from boapp.errors import NotAllowed, NotFound
from boapp.shareddb.protocol import Outcome
from boapp.shareddb.tables import discrepancy, document, fact, project, sealed_pass


def store_fact(db: Connection, sealed: SealedFact, me: PersonId, now_us: int) -> Outcome:
    """Keep a fact, and let it count if it is in time."""
    statement = sealed.read_statement()
    if statement.subject.actor != me:
        raise NotAllowed("A fact is stored by its own author only.")
    known = db.scalar(select(fact.c.statement).where(fact.c.id == statement.id))
    if known is not None:
        return Outcome.ALREADY if bytes(known) == sealed.statement else Outcome.CONFLICT
    if statement.subject.kind not in _MOVES:
        raise NotAllowed("A document is taken in together with its row.")
    move = _MOVES[statement.subject.kind](db, statement, read_clear(statement))
    insert_fact(db, sealed, statement, now_us, counted=move is not None)
    for change in move or ():
        db.execute(change)
    return Outcome.STORED if move is not None else Outcome.SURPLUS


def insert_fact(
    db: Connection, sealed: SealedFact, statement: Statement, now_us: int, *, counted: bool
) -> None:
    """Insert the row of a fact."""
    subject = statement.subject
    db.execute(
        insert(fact).values(
            id=statement.id,
            project=subject.project,
            document=subject.document,
            kind=subject.kind,
            actor=subject.actor,
            counted=counted,
            statement=sealed.statement,
            signature=sealed.signature,
            content=sealed.content,
            box_adj=sealed.box_adj,
            box_own=sealed.box_own,
            stored_us=now_us,
        )
    )


Clear = Mapping[str, Any]
Move = list[Any] | None


def _document(db: Connection, statement: Statement) -> RowMapping:
    query = select(document, project.c.mode).join(project, project.c.id == document.c.project)
    named = (document.c.id == statement.subject.document, document.c.project == statement.subject.project)
    found = db.execute(query.where(*named)).mappings().first()
    if found is None:
        raise NotFound("This document is not in the shared database.")
    return found


def _update(statement: Statement, **values: object) -> Any:  # noqa: ANN401 - an SQL statement
    return update(document).where(document.c.id == statement.subject.document).values(**values)


def _comparison(db: Connection, statement: Statement, clear: Clear) -> Move:
    row = _document(db, statement)
    passes = list(
        db.scalars(select(sealed_pass.c.id).where(sealed_pass.c.document == row["id"]).order_by("slot"))
    )
    if list(statement.refs[: len(passes)]) != passes:
        return None
    overridden = statement.refs[len(passes) :]
    _refuse_comparing(db, statement, row["mode"], overridden)
    if overridden != (() if row["stage"] == Stage.COMPARING else (row["comparison"],)):
        return None
    stage = Stage.ADJUDICATING if clear["beyond"] or overridden else Stage.RESOLVING
    rows = [
        dict(
            zip(("field", "row", "first_row", "second_row", "kind"), found, strict=True),
            document=row["id"],
            comparison=statement.id,
        )
        for found in clear["discrepancies"]
    ]
    settled_again = _update(statement, stage=stage, comparison=statement.id, record=None, confirmation=None)
    return [settled_again, *([insert(discrepancy).values(rows)] if rows else [])]


def _refuse_comparing(db: Connection, statement: Statement, mode: str, overridden: tuple[bytes, ...]) -> None:
    """Refuse a keyer's comparison, but for a first one by the second keyer of a release project."""
    slot = _slot_of(db, statement)
    if slot is not None and (slot == 1 or mode != Mode.RELEASE or overridden):
        raise NotAllowed("You keyed this document, so somebody else compares it.")


def _reading(db: Connection, statement: Statement, clear: Clear) -> Move:
    if not _is_current(db, statement):
        return None
    _refuse_keyer(db, statement)
    earlier = db.scalars(
        select(fact.c.statement).where(
            fact.c.document == statement.subject.document,
            fact.c.kind == FactKind.READING,
            fact.c.actor == statement.subject.actor,
            fact.c.counted,
        )
    )
    for stored in earlier:
        other = Statement.from_bytes(bytes(stored))
        if other.refs == statement.refs and msgspec.msgpack.decode(other.clear) == dict(clear):
            return None
    return [] if _open(db, statement, clear) else None


def _resolution(db: Connection, statement: Statement, clear: Clear) -> Move:
    if not _open(db, statement, clear):
        return None
    _refuse_keyer(db, statement)
    if not _rests_on_own_reading(db, statement, clear):
        raise NotAllowed("A decision needs the resolver's own reading first.")
    return [update(discrepancy).where(_place(statement, clear)).values(resolution=statement.id)]


def _rests_on_own_reading(db: Connection, statement: Statement, clear: Clear) -> bool:
    stored = db.scalar(select(fact.c.statement).where(fact.c.id == statement.refs[1], fact.c.counted))
    if stored is None:
        return False
    reading = Statement.from_bytes(bytes(stored))
    place = {"field": clear["field"], "row": clear["row"]}
    found = (reading.subject.kind, reading.subject.actor, reading.refs[0])
    wanted = (FactKind.READING, statement.subject.actor, statement.refs[0])
    return found == wanted and msgspec.msgpack.decode(reading.clear) == place


def _record(db: Connection, statement: Statement, _clear: Clear) -> Move:
    row = _document(db, statement)
    still_open = db.scalar(
        select(func.count())
        .select_from(discrepancy)
        .where(discrepancy.c.comparison == row["comparison"], discrepancy.c.resolution.is_(None))
    )
    if row["record"] or still_open or statement.refs[0] != row["comparison"]:
        return None
    _refuse_keyer(db, statement)
    return [_update(statement, stage=Stage.SETTLED, record=statement.id)]


def _confirmation(db: Connection, statement: Statement, _clear: Clear) -> Move:
    row = _document(db, statement)
    if _slot_of(db, statement) is not None:
        raise NotAllowed("You keyed this document, so somebody else confirms it.")
    if row["confirmation"] or statement.refs[0] != row["record"]:
        return None
    return [_update(statement, confirmation=statement.id)]


def _place(statement: Statement, clear: Clear) -> Any:  # noqa: ANN401 - an SQL condition
    return and_(
        discrepancy.c.comparison == statement.refs[0],
        discrepancy.c.field == clear["field"],
        discrepancy.c.row == clear["row"],
        discrepancy.c.resolution.is_(None),
    )


def _open(db: Connection, statement: Statement, clear: Clear) -> bool:
    return (
        _is_current(db, statement)
        and db.scalar(select(discrepancy.c.kind).where(_place(statement, clear))) is not None
    )


def _is_current(db: Connection, statement: Statement) -> bool:
    return bool(_document(db, statement)["comparison"] == statement.refs[0])


def _slot_of(db: Connection, statement: Statement) -> int | None:
    """Return which pass of the document the fact's author keyed."""
    subject = statement.subject
    mine = (sealed_pass.c.document == subject.document, sealed_pass.c.person == subject.actor)
    return db.scalar(select(sealed_pass.c.slot).where(*mine))


def _refuse_keyer(db: Connection, statement: Statement) -> None:
    """Refuse a resolver who keyed, but for the second keyer of a release project within her limit."""
    row = _document(db, statement)
    slot = _slot_of(db, statement)
    if slot is None:
        return
    if slot == 1 or row["mode"] == Mode.STRICT or row["stage"] == Stage.ADJUDICATING:
        raise NotAllowed("You keyed this document, so somebody else resolves and settles it.")


_MOVES = {
    FactKind.COMPARISON: _comparison,
    FactKind.READING: _reading,
    FactKind.RESOLUTION: _resolution,
    FactKind.RECORD: _record,
    FactKind.CONFIRMATION: _confirmation,
}
