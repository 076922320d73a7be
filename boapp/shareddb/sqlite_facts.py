"""Facts in one SQLite file: which of them count, and what they move.

A fact that its own author sends about a document that is there is always kept; whether it counts is
decided when it arrives. It does not when it is too late, because somebody else's comparison, decision
or record stood first; nor when separation of duties keeps it from its author: whoever keyed, but for
the second keyer of a release project within her limit, and whoever neither holds ADJ in the project
now nor sealed the second pass. A take-back counts when a supervisor states it with a reason while the
claim that it names is open, and ends that claim. What does not count moves nothing. The discrepancies
and a document's stage follow from the facts that count.
"""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, RowMapping, and_, delete, exists, func, insert, select, update

from boapp.crypto.facts import FactKind, SealedFact, Statement, read_clear
from boapp.domain.ids import DocumentId, PersonId
from boapp.domain.workflow import HOLDS_ADJ, MAY, Mode, Role, Stage, Task
from boapp.errors import NotAllowed, NotFound, Tampered
from boapp.shareddb.protocol import NewDocument, Outcome
from boapp.shareddb.rows import read_all, read_member
from boapp.shareddb.sqlite_queue import is_retired, passes_wanted
from boapp.shareddb.tables import (
    batch,
    claim,
    discrepancy,
    document,
    fact,
    member,
    project,
    sealed_pass,
    surplus_pass,
)

MAX_FIELD_KEY = 40
DECIDES = frozenset({FactKind.READING, FactKind.RESOLUTION})
MAX_ROWS = 2**16

Move = list[Any] | None


@dataclass(frozen=True, slots=True)
class _Arrival:
    """A fact that came in, with the document that it is about and what its author is there.

    slot: the pass that she keyed, None when she keyed none. roles: hers in the project now.
    """

    db: Connection
    statement: Statement
    clear: Mapping[str, Any]
    document: RowMapping
    slot: int | None
    roles: Collection[Role]

    @property
    def compared(self) -> bytes | None:
        """Return the comparison that counts for the document."""
        found: bytes | None = self.document["comparison"]
        return found

    @property
    def on_current(self) -> bool:
        """Say whether it rests on the comparison that counts."""
        return self.compared == self.statement.refs[0]

    def update(self, **values: object) -> Any:  # noqa: ANN401 - an SQL statement
        """Return the change of the document's row."""
        return update(document).where(document.c.id == self.document["id"]).values(**values)


def store_fact(db: Connection, sealed: SealedFact, me: PersonId, now_us: int) -> Outcome:
    """Keep a fact, and let it count if it may."""
    statement = sealed.read_statement()
    known = _known(db, sealed, statement, me)
    if known is not None:
        return known
    if statement.subject.kind not in _MOVES:
        raise NotAllowed("A document is taken in together with its row.")
    arrival = _arrival(db, statement)
    counts = _may_count(arrival) and not is_retired(db, statement.key_id)
    move = _MOVES[statement.subject.kind](arrival) if counts else None
    insert_fact(db, sealed, statement, now_us, counted=move is not None)
    for change in move or ():
        db.execute(change)
    return Outcome.STORED if move is not None else Outcome.SURPLUS


def store_intake(db: Connection, sealed: SealedFact, new: NewDocument, me: PersonId, now_us: int) -> Outcome:
    """Keep an intake, and put its document into the queue unless it is there already."""
    statement = sealed.read_statement()
    known = _known(db, sealed, statement, me)
    if known is not None:
        return known
    subject = statement.subject
    if subject.kind is not FactKind.INTAKE:
        raise NotAllowed("Only an intake puts a document into the queue.")
    at = (batch.c.id == new.batch, batch.c.project == subject.project)
    if db.scalar(select(batch.c.id).where(*at)) is None:
        raise NotFound("This batch is not in the shared database.")
    there = db.scalar(select(document.c.position).where(document.c.id == subject.document)) is not None
    there = there or is_retired(db, statement.key_id)
    insert_fact(db, sealed, statement, now_us, counted=not there)
    if there:
        return Outcome.SURPLUS
    row = {"id": subject.document, "project": subject.project, "stage": Stage.FIRST, "intake": statement.id}
    queued = {"batch": new.batch, "meta_epoch": new.meta_epoch, "meta": new.meta}
    db.execute(insert(document).values(row | queued))
    return Outcome.STORED


def _known(db: Connection, sealed: SealedFact, statement: Statement, me: PersonId) -> Outcome | None:
    """Return what became of the same fact before; refuse one that somebody else signed."""
    if statement.subject.actor != me:
        raise NotAllowed("A fact is stored by its own author only.")
    stored = db.scalar(select(fact.c.statement).where(fact.c.id == statement.id))
    if stored is None:
        return None
    return Outcome.ALREADY if stored == sealed.statement else Outcome.CONFLICT


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


def _arrival(db: Connection, statement: Statement) -> _Arrival:
    subject = statement.subject
    query = select(document, project.c.mode).join(project, project.c.id == document.c.project)
    named = (document.c.id == subject.document, document.c.project == subject.project)
    row = db.execute(query.where(*named)).mappings().first()
    if row is None:
        raise NotFound("This document is not in the shared database.")
    mine = (sealed_pass.c.document == subject.document, sealed_pass.c.person == subject.actor)
    slot = db.scalar(select(sealed_pass.c.slot).where(*mine))
    return _Arrival(db, statement, read_clear(statement), row, slot, _roles(db, statement))


def _roles(db: Connection, statement: Statement) -> frozenset[Role]:
    """Return a fact's author's roles in its project now."""
    subject = statement.subject
    hers = select(member).where(member.c.project == subject.project, member.c.person == subject.actor)
    found = read_all(member, db.execute(hers), read_member)
    return frozenset(role for row in found for role in row.roles)


def _may_count(arrival: _Arrival) -> bool:
    """Say whether separation of duties lets this fact count."""
    kind = arrival.statement.subject.kind
    if kind is FactKind.TAKE_BACK:
        return bool(MAY[Task.TAKE_BACK] & set(arrival.roles))
    if (kind is FactKind.REVIEW and _took_part(arrival)) or (
        kind in DECIDES and _facts(arrival, {FactKind.REVIEW})
    ):
        return False
    if arrival.slot is None:
        return bool(HOLDS_ADJ & set(arrival.roles))
    again = kind is FactKind.COMPARISON and arrival.document["stage"] != Stage.COMPARING
    hers = arrival.slot == 2 and arrival.document["mode"] == Mode.RELEASE
    beyond = arrival.document["stage"] == Stage.ADJUDICATING
    return hers and not again and not beyond and kind is not FactKind.CONFIRMATION


def _took_part(arrival: _Arrival) -> bool:
    """Say whether its author keyed the document, whether it counts or not, read in it or decided on it."""
    late = select(surplus_pass.c.id).where(
        surplus_pass.c.document == arrival.document["id"],
        surplus_pass.c.person == arrival.statement.subject.actor,
    )
    keyed = arrival.slot is not None or arrival.db.scalar(late) is not None
    return keyed or bool(_facts(arrival, DECIDES, counted=False))


def _facts(arrival: _Arrival, kinds: Collection[FactKind], *, counted: bool = True) -> list[Statement]:
    """Return what its author stated before about the document, of these kinds."""
    mine = (fact.c.document == arrival.document["id"], fact.c.actor == arrival.statement.subject.actor)
    found = select(fact.c.statement).where(*mine, fact.c.kind.in_(kinds))
    return [_read(stored) for stored in arrival.db.scalars(found.where(fact.c.counted) if counted else found)]


def _comparison(arrival: _Arrival) -> Move:
    db, statement, row, clear = arrival.db, arrival.statement, arrival.document, arrival.clear
    of_document = select(sealed_pass.c.id).where(sealed_pass.c.document == row["id"])
    passes = list(db.scalars(of_document.order_by(sealed_pass.c.slot)))
    wanted = passes_wanted(db, DocumentId(row["id"]))
    if len(passes) != wanted or list(statement.refs[:wanted]) != passes:
        return None
    overridden = statement.refs[wanted:]
    if overridden != (() if row["stage"] == Stage.COMPARING else (arrival.compared,)):
        return None
    found = clear["discrepancies"]
    if not _are_places(found):
        return None
    stage = Stage.ADJUDICATING if clear["beyond"] or overridden else Stage.RESOLVING
    rows = [
        dict(
            zip(("field", "row", "first_row", "second_row", "kind"), one, strict=True),
            document=row["id"],
            comparison=statement.id,
        )
        for one in found
    ]
    settled_again = arrival.update(stage=stage, comparison=statement.id, record=None, confirmation=None)
    return [settled_again, *([insert(discrepancy).values(rows)] if rows else [])]


def _are_places(found: list[Any]) -> bool:
    """Say whether each discrepancy stands at a place that can be, and at one of its own."""
    places = {(field, row) for field, row, *_ in found}
    rows = [row for _, *rows, _ in found for row in rows if row is not None]
    fit = all(0 < len(field) <= MAX_FIELD_KEY for field, _ in places)
    return fit and len(places) == len(found) and all(0 <= row < MAX_ROWS for row in rows)


def _reading(arrival: _Arrival) -> Move:
    if not _is_open(arrival):
        return None
    mine, others = _where(arrival.statement, arrival.clear), _facts(arrival, {FactKind.READING})
    return None if any(_where(other, read_clear(other)) == mine for other in others) else []


def _read(stored: object) -> Statement:
    if not isinstance(stored, bytes):
        raise Tampered("A row of fact holds what does not belong there.", "Run boapp audit verify.")
    return Statement.from_bytes(stored)


def _where(statement: Statement, clear: Mapping[str, Any]) -> tuple[bytes, str, int]:
    """Return which comparison, field and row a reading or a decision is of."""
    return statement.refs[0], clear["field"], clear["row"]


def _resolution(arrival: _Arrival) -> Move:
    if not _is_open(arrival) or not _rests_on_own_reading(arrival):
        return None
    return [update(discrepancy).where(_place(arrival)).values(resolution=arrival.statement.id)]


def _rests_on_own_reading(arrival: _Arrival) -> bool:
    statement = arrival.statement
    stored = arrival.db.scalar(select(fact.c.statement).where(fact.c.id == statement.refs[1], fact.c.counted))
    if stored is None:
        return False
    reading = _read(stored)
    found = (reading.subject.kind, reading.subject.actor)
    if found != (FactKind.READING, statement.subject.actor):
        return False
    return _where(reading, read_clear(reading)) == _where(statement, arrival.clear)


def _record(arrival: _Arrival) -> Move:
    row, db = arrival.document, arrival.db
    if row["record"] or not arrival.on_current:
        return None
    found = list(
        db.scalars(select(discrepancy.c.resolution).where(discrepancy.c.comparison == arrival.compared))
    )
    named = list(arrival.statement.refs[1:])
    if None in found or set(found) != set(named) or sorted(set(named)) != named:
        return None
    return [arrival.update(stage=Stage.SETTLED, record=arrival.statement.id)]


def _confirmation(arrival: _Arrival) -> Move:
    row = arrival.document
    if row["confirmation"] or not row["record"] or arrival.statement.refs[0] != row["record"]:
        return None
    return [arrival.update(confirmation=arrival.statement.id)]


def _review(arrival: _Arrival) -> Move:
    record, mine = arrival.statement.refs[0], _facts(arrival, {FactKind.REVIEW})
    if arrival.document["record"] != record or any(other.refs[0] == record for other in mine):
        return None
    return []


def _take_back(arrival: _Arrival) -> Move:
    clear, statement = arrival.clear, arrival.statement
    named = and_(
        claim.c.document == arrival.document["id"],
        claim.c.fence == clear["fence"],
        claim.c.pass_no == clear["pass_no"],
        claim.c.person == clear["person"],
    )
    if not statement.content_hash or not arrival.db.scalar(select(exists().where(named))):
        return None
    return [delete(claim).where(named)]


def _place(arrival: _Arrival) -> Any:  # noqa: ANN401 - an SQL condition
    comparison, field, row = _where(arrival.statement, arrival.clear)
    return and_(
        discrepancy.c.comparison == comparison,
        discrepancy.c.field == field,
        discrepancy.c.row == row,
        discrepancy.c.resolution.is_(None),
    )


def _is_open(arrival: _Arrival) -> bool:
    """Say whether the place that a fact names waits for a decision under the comparison that counts."""
    if not arrival.on_current or not 0 <= arrival.clear["row"] < MAX_ROWS:
        return False
    waits = select(func.count()).select_from(discrepancy).where(_place(arrival))
    return bool(arrival.db.scalar(waits))


_MOVES: dict[FactKind, Callable[[_Arrival], Move]] = {
    FactKind.COMPARISON: _comparison,
    FactKind.READING: _reading,
    FactKind.RESOLUTION: _resolution,
    FactKind.RECORD: _record,
    FactKind.CONFIRMATION: _confirmation,
    FactKind.TAKE_BACK: _take_back,
    FactKind.REVIEW: _review,
}
