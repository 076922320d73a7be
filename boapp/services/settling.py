"""Settling: from passes and decisions to the signed, encrypted record of a document.

A record is stated by whoever brought the last decision, or by a holder of ADJ who finds that one is
missing. A decision is believed only when its author signed it, may decide on this document, and read
the field from the image first.
"""

from boapp.crypto.facts import (
    Draft,
    FactKind,
    Statement,
    Subject,
    open_as_actor,
    open_as_adjudicator,
)
from boapp.domain.ids import FactId, PersonId, ProjectId
from boapp.domain.passes import decode
from boapp.domain.records import Decided, Settled, decode_record, encode_record
from boapp.domain.records import settle as settle_values
from boapp.domain.values import Address, Value
from boapp.domain.workflow import HOLDS_ADJ, Mode
from boapp.errors import NotAllowed, Tampered
from boapp.services.opening import Opened
from boapp.services.syncing import plain, send_waiting, state_fact
from boapp.services.verifying import fact_with_id, verified_fact
from boapp.shareddb.protocol import DocumentRow, StoredFact
from boapp.workspace import Workspace


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
        (entry,) = decode(open_content(ws, row.project, stored))
        found[entry.address] = (statement.id, entry.value)
    return found


def _refuse_unfit_decision(
    ws: Workspace, document: Opened, statement: Statement, facts: list[StoredFact]
) -> None:
    reading = verified_fact(ws, fact_with_id(facts, statement.refs[1]))
    if (reading.subject.kind, reading.subject.actor) != (FactKind.READING, statement.subject.actor):
        raise Tampered("A decision does not rest on its author's own reading.")
    if not may_decide(ws, document, statement.subject.actor):
        raise Tampered("A decision was made by somebody who may not decide on this document.")


def may_decide(ws: Workspace, document: Opened, person: PersonId) -> bool:
    """Say whether a person was allowed to decide on this document.

    A holder of ADJ who keyed neither pass was, and in release mode whoever sealed the second pass.
    """
    known = ws.roster.project(document.row.project)
    if person in document.authors:
        return known.mode is Mode.RELEASE and person == document.authors[-1] != document.authors[0]
    return person in known.ever_held


def record_of(document: Opened, decided: Decided) -> dict[Address, Settled]:
    """Return the record that follows from passes and decisions."""
    return settle_values(document.form, document.first, document.second, decided)


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
    epoch, _ = ws.current_adj(row.project)
    subject = Subject(FactKind.RECORD, ws.org, row.project, row.id, ws.me.id, epoch)
    record = record_of(document, decided)
    draft = Draft(subject, {"values": len(record)}, (bytes(row.comparison),), encode_record(record))
    state_fact(ws, draft, plain)
    send_waiting(ws)
    return True


def stated_record(ws: Workspace, row: DocumentRow, stored: StoredFact) -> dict[Address, Settled]:
    """Return the record that somebody stated for a document."""
    statement = verified_fact(ws, stored)
    if statement.subject.kind is not FactKind.RECORD or statement.refs != (row.comparison,):
        raise Tampered("The record of a document does not rest on its comparison.")
    return decode_record(open_content(ws, row.project, stored))


def holds_adj(ws: Workspace, project: ProjectId) -> bool:
    """Say whether this person holds the project's ADJ now."""
    return bool(ws.roles(project) & HOLDS_ADJ)
