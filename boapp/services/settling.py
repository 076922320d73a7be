"""Settling: from passes and decisions to the signed, encrypted record of a document.

A record is stated by whoever brought the last decision, or by a holder of ADJ who finds that one is
missing. A decision is believed only when its author signed it, may decide on this document, and read
the field from the image first.
"""

from typing import Any

from boapp.crypto.facts import (
    Draft,
    FactKind,
    Statement,
    Subject,
    open_as_actor,
    open_as_adjudicator,
    read_clear,
)
from boapp.domain.comparison import RULES_VERSION, Comparison
from boapp.domain.ids import FactId, PersonId, ProjectId
from boapp.domain.passes import Entry, decode
from boapp.domain.records import Decided, Origin, Settled, decode_record, encode_record
from boapp.domain.records import settle as settle_values
from boapp.domain.values import Address, Value
from boapp.domain.workflow import HOLDS_ADJ, Mode, beyond_sight_limit
from boapp.errors import NotAllowed, Tampered
from boapp.services.opening import Opened
from boapp.services.syncing import plain, send_waiting, state_fact
from boapp.services.verifying import (
    fact_with_id,
    held_adj,
    verified_fact,
    verified_intake,
    verified_pass,
)
from boapp.shareddb.protocol import DocumentRow, StoredFact
from boapp.workspace import Workspace

MISSING = "missing"


def clear_of(found: Comparison | None) -> dict[str, Any]:
    """Return the clear fields of a comparison: counts, addresses and kinds, never a value.

    What a pass lacks though it was asked is a place to be decided like any other.
    """
    if found is None:
        return {"rules": RULES_VERSION, "asked": 0, "discrepancies": [], "beyond": False}
    differing = [(d.field, d.row, d.first_row, d.second_row, str(d.kind)) for d in found.discrepancies]
    missing = [(field, row, *_as_keyed(row), MISSING) for field, row in found.missing]
    return {
        "rules": RULES_VERSION,
        "asked": found.asked,
        "agreed": found.agreed,
        "by_rule": found.agreed_by_rule,
        "blank": found.agreed_blank,
        "illegible": found.agreed_illegible,
        "discrepancies": differing + missing,
        "beyond": beyond_sight_limit(found.asked, len(differing), len(missing)),
    }


def _as_keyed(row: int) -> tuple[int | None, int | None]:
    return (None, None) if row else (0, 0)


def open_content(ws: Workspace, project: ProjectId, stored: StoredFact) -> bytes:
    """Open a fact's content: as its author, or as a holder of the ADJ epoch it was sealed to."""
    statement = verified_fact(ws, stored)
    if statement.subject.actor == ws.me.id:
        return open_as_actor(stored.fact, ws.keys.box_key)
    return open_as_adjudicator(stored.fact, ws.adj(project, statement.subject.adj_epoch).secret)


def decisions(ws: Workspace, document: Opened) -> dict[Address, tuple[FactId, Value]]:
    """Return the decisions that count for a document, by place; NotAllowed when one is not hers to open."""
    row = document.row
    facts = ws.shared.facts(row.project, row.id)
    found = {}
    for stored in facts:
        if stored.kind != FactKind.RESOLUTION or not stored.counted:
            continue
        statement = verified_fact(ws, stored)
        if statement.refs[0] != row.comparison:
            continue
        _refuse_unfit_decision(ws, document, statement, facts)
        entry = one_entry(open_content(ws, row.project, stored))
        if tuple(entry.address) != place_of(statement)[1:]:
            raise Tampered("A decision names another field than its author signed for.")
        found[entry.address] = (statement.id, entry.value)
    return found


def place_of(statement: Statement) -> tuple[bytes, str, int]:
    """Return which comparison, field and row a reading or a decision is of."""
    clear = read_clear(statement)
    return statement.refs[0], clear["field"], clear["row"]


def _refuse_unfit_decision(
    ws: Workspace, document: Opened, statement: Statement, facts: list[StoredFact]
) -> None:
    reading = verified_fact(ws, fact_with_id(facts, statement.refs[1]))
    found = (reading.subject.kind, reading.subject.actor, *place_of(reading))
    if found != (FactKind.READING, statement.subject.actor, *place_of(statement)):
        raise Tampered("A decision does not rest on its author's own reading.")
    comparison = verified_fact(ws, fact_with_id(facts, statement.refs[0]))
    held = held_adj(ws, statement)
    if not may_decide(ws, document, comparison, statement.subject.actor, held=held):
        raise Tampered("A decision was made by somebody who may not decide on this document.")


def may_decide(
    ws: Workspace, document: Opened, comparison: Statement, person: PersonId, *, held: bool
) -> bool:
    """Say whether a person was allowed to decide on this document; held: she held ADJ when she did.

    A holder of ADJ who keyed neither pass was. So was, in release mode, whoever sealed the second pass,
    if it was near enough to the first and no holder of ADJ had to compare again.
    """
    known = ws.roster.project(document.row.project)
    if person not in document.authors:
        return held
    second = person == document.authors[-1] != document.authors[0]
    beyond = bool(clear_of(document.compare())["beyond"])
    again = len(comparison.refs) > len(document.ids)
    return known.mode is Mode.RELEASE and second and not beyond and not again


def record_of(document: Opened, decided: Decided) -> dict[Address, Settled] | None:
    """Return the record that follows from passes and decisions; None while a decision is missing.

    What is decided is asked of the passes themselves, not of the list of discrepancies in the queue.
    """
    places = {Address(field, row) for field, row, *_ in clear_of(document.compare())["discrepancies"]}
    if not places <= decided.keys():
        return None
    agreed = settle_values(document.form, document.first, document.second, decided)
    keyed_once = {a: d for a, d in decided.items() if a not in agreed and a in places}
    return agreed | {a: Settled(value, Origin.RESOLVED, fact) for a, (fact, value) in keyed_once.items()}


def settle(ws: Workspace, document: Opened) -> bool:
    """State the record if nothing is open any more; say whether that was so."""
    row = document.row
    open_ones = [d for d in ws.shared.discrepancies(row.project, row.id) if d.resolution is None]
    if open_ones or row.comparison is None or row.record is not None:
        return False
    try:
        decided = decisions(ws, document)
    except NotAllowed:
        return False  # somebody else decided a part: a holder of ADJ settles it
    record = record_of(document, decided)
    if record is None:
        return False
    epoch, _ = ws.current_adj(row.project)
    subject = Subject(FactKind.RECORD, ws.org, row.project, row.id, ws.me.id, epoch)
    refs = (bytes(row.comparison), *sorted(bytes(fact) for fact, _ in decided.values()))
    draft = Draft(subject, {"values": len(record)}, refs, encode_record(record))
    state_fact(ws, draft, plain)
    send_waiting(ws)
    return True


def stated_record(ws: Workspace, row: DocumentRow, stored: StoredFact) -> dict[Address, Settled]:
    """Return the record that somebody stated for a document."""
    statement = verified_fact(ws, stored)
    if statement.subject.kind is not FactKind.RECORD or statement.refs[0] != row.comparison:
        raise Tampered("The record of a document does not rest on its comparison.")
    if not held_adj(ws, statement) and not sealed_second(ws, row, statement.subject.actor):
        raise Tampered("The record of a document was stated by somebody who may not state any.")
    return decode_record(open_content(ws, row.project, stored))


def sealed_second(ws: Workspace, row: DocumentRow, person: PersonId) -> bool:
    """Say whether a person sealed the second pass of a document of a release project."""
    if ws.roster.project(row.project).mode is not Mode.RELEASE:
        return False
    second = [p for p in ws.shared.passes(row.project, row.id) if p.slot == 2]
    intake = verified_intake(ws, row)
    return any(verified_pass(ws, p.sealed, row.project, intake).context.author == person for p in second)


def one_entry(body: bytes) -> Entry:
    """Return the one entry of a reading or a decision; Tampered when there is not just one."""
    found = decode(body)
    if len(found) != 1:
        raise Tampered("A reading or decision does not hold just one value.")
    return found[0]


def holds_adj(ws: Workspace, project: ProjectId) -> bool:
    """Say whether this person holds the project's ADJ now."""
    return bool(ws.roles(project) & HOLDS_ADJ)
