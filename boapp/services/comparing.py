"""Comparing: on the second keyer's workstation (release mode) or that of a holder of ADJ.

Whoever compares opens both passes, compares under the document's own form, states addresses and
kinds, and forgets the values. When nothing differs the record follows at once. A holder of ADJ also
does again what second keyers compared and settled; where it comes out otherwise hers counts, the
record lapses, and the decision goes to a holder of ADJ.
"""

import dataclasses
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from boapp.crypto.facts import Draft, FactKind, Statement, Subject, encode_clear, read_clear
from boapp.domain.comparison import RULES_VERSION
from boapp.domain.ids import DocumentId, FactId, PersonId, ProjectId
from boapp.domain.workflow import Mode, Stage, Task, require
from boapp.errors import NotAllowed, NotFound, Refusal, Tampered
from boapp.services.opening import Opened, is_openable, open_as_holder, open_as_second
from boapp.services.settling import (
    clear_of,
    decisions,
    holds_adj,
    record_of,
    sealed_second,
    settle,
    stated_record,
)
from boapp.services.syncing import plain, send_waiting, state_fact
from boapp.services.verifying import document_row, fact_with_id, held_adj, verified_fact
from boapp.shareddb.protocol import DocumentRow, StoredFact
from boapp.workspace import Workspace

Progress = Callable[[int, int], None]


def no_progress(_done: int, _total: int) -> None:
    """Tell nobody."""


def compare_mine(ws: Workspace, project: ProjectId) -> list[DocumentId]:
    """Compare the documents that this person sealed second, where the project's mode lets her."""
    if ws.roster.project(project).mode is not Mode.RELEASE:
        return []
    waiting = [] if holds_adj(ws, project) else ws.shared.awaiting_my_comparison(project)
    first: Refusal | None = None
    for document in waiting:
        try:
            if is_openable(ws, ws.shared.own_pass(document)):
                state_comparison(ws, open_as_second(ws, document_row(ws, project, document)))
        except (Tampered, NotFound, NotAllowed) as trouble:  # what is not whole keeps nobody else waiting
            first = first or trouble
    if first is not None:
        raise first
    return waiting


@dataclass(frozen=True, slots=True)
class Trouble:
    """A document that cannot be worked on, and why; the others go on."""

    document: DocumentId
    refusal: Refusal


@dataclass(frozen=True, slots=True)
class Advanced:
    """What a holder's look at a project brought: what was compared, and what does not verify."""

    compared: tuple[DocumentId, ...]
    troubles: tuple[Trouble, ...]


def advance(ws: Workspace, project: ProjectId, progress: Progress = no_progress) -> Advanced:
    """Compare, settle and confirm whatever waits for a holder of ADJ."""
    require(Task.COMPARE, ws.roles(project))
    rows, facts = ws.shared.documents(project), facts_by_document(ws, project)
    compared: list[DocumentId] = []
    troubles: list[Trouble] = []
    for done, row in enumerate(rows, start=1):
        try:
            compared += _advance(ws, row, facts[row.id])
        except (Tampered, NotFound) as trouble:
            troubles.append(Trouble(row.id, trouble))
        progress(done, len(rows))
    return Advanced(tuple(compared), tuple(troubles))


def compare_waiting(ws: Workspace, project: ProjectId, progress: Progress = no_progress) -> list[DocumentId]:
    """Do the same, and raise the first trouble when everything else is done."""
    found = advance(ws, project, progress)
    if found.troubles:
        raise found.troubles[0].refusal
    return list(found.compared)


def facts_by_document(ws: Workspace, project: ProjectId) -> Mapping[DocumentId, list[StoredFact]]:
    """Return a project's facts under their documents; a document without any has none."""
    found: dict[DocumentId, list[StoredFact]] = defaultdict(list)
    for fact in ws.shared.facts(project):
        found[fact.document].append(fact)
    return found


def _advance(ws: Workspace, row: DocumentRow, facts: Sequence[StoredFact]) -> list[DocumentId]:
    """Bring one document a step further; return it when that was its comparison."""
    if row.stage in {Stage.FIRST, Stage.SECOND} or is_confirmed(ws, row, facts):
        return []
    document = open_as_holder(ws, row)
    if ws.me.id in document.authors:
        return []  # whoever keyed it before she held ADJ leaves it to another holder
    if row.stage is Stage.COMPARING:
        state_comparison(ws, document)
        return [row.id]
    if row.stage is Stage.SETTLED:
        _confirm(ws, document, facts)
    else:
        _go_on(ws, document, facts)
    return []


def state_comparison(ws: Workspace, document: Opened, overridden: tuple[bytes, ...] = ()) -> None:
    """State a comparison, and the record when nothing differs."""
    found = document.compare()
    subject = Subject(FactKind.COMPARISON, ws.org, document.row.project, document.row.id, ws.me.id, 0)
    state_fact(ws, Draft(subject, clear_of(found), (*document.ids, *overridden)), plain)
    send_waiting(ws)
    if found is None or not found.discrepancies:
        row = document_row(ws, document.row.project, document.row.id)
        settle(ws, dataclasses.replace(document, row=row))


def is_confirmed(ws: Workspace, row: DocumentRow, facts: Sequence[StoredFact]) -> bool:
    """Say whether a holder of ADJ compared and settled a document, or found it right again.

    facts: those of the document. Only signatures count: what a row says of its author, or which
    confirmation the queue names, is not believed. Whoever keyed the document confirms nothing.
    """
    if row.record is None or row.comparison is None:
        return False
    by_id = {f.id: f for f in facts}
    done = _by_holders(ws, row, by_id)
    again = any(_confirms(ws, row, f) for f in facts if f.kind == FactKind.CONFIRMATION)
    return done or again


def _by_holders(ws: Workspace, row: DocumentRow, by_id: Mapping[FactId, StoredFact]) -> bool:
    comparison = by_id.get(row.comparison or FactId(b""))
    record = by_id.get(row.record or FactId(b""))
    if comparison is None or record is None:
        return False
    compared = _refs(ws, comparison, FactKind.COMPARISON)
    rests = _refs(ws, record, FactKind.RECORD) or (b"",)
    fit = compared is not None and rests[0] == comparison.id
    return fit and not {comparison.actor, record.actor} & _keyers(ws, row)


def _confirms(ws: Workspace, row: DocumentRow, stored: StoredFact) -> bool:
    named = _refs(ws, stored, FactKind.CONFIRMATION)
    return named == (row.record,) and stored.actor not in _keyers(ws, row)


def _refs(ws: Workspace, stored: StoredFact, kind: FactKind) -> tuple[bytes, ...] | None:
    """Return what a holder's fact names; None when it does not verify or is another's: audit tells why."""
    try:
        statement = verified_fact(ws, stored)
        fit = statement.subject.kind is kind and held_adj(ws, statement)
    except Tampered:
        return None
    return statement.refs if fit else None


def _keyers(ws: Workspace, row: DocumentRow) -> set[PersonId]:
    """Return who keyed a document, as signed; asked only where somebody who holds ADJ ever keyed."""
    known = ws.roster.project(row.project)
    if not known.ever_held & known.ever_keyed:
        return set()
    passes = ws.shared.passes(row.project, row.id)
    return {p.sealed.read_manifest().context.author for p in passes if p.slot}


def _go_on(ws: Workspace, document: Opened, facts: Sequence[StoredFact]) -> None:
    """Settle a document whose comparison stands and that is decided; compare it again where it does not."""
    try:
        stands = _comparison_stands(ws, document, facts)
        if stands:
            settle(ws, document)
    except (Tampered, NotFound):
        stands = False
    if not stands:
        state_comparison(ws, document, overridden=(bytes(document.row.comparison or b""),))


def _confirm(ws: Workspace, document: Opened, facts: Sequence[StoredFact]) -> None:
    """Do again what was compared and settled; where it comes out otherwise the record lapses."""
    row = document.row
    if _record_stands(ws, document, facts):
        subject = Subject(FactKind.CONFIRMATION, ws.org, row.project, row.id, ws.me.id, 0)
        state_fact(ws, Draft(subject, {"same": True}, (bytes(row.record or b""),)), plain)
        send_waiting(ws)
    else:
        state_comparison(ws, document, overridden=(bytes(row.comparison or b""),))


def _record_stands(ws: Workspace, document: Opened, facts: Sequence[StoredFact]) -> bool:
    row = document.row
    try:
        if not _comparison_stands(ws, document, facts):
            return False
        record = fact_with_id(facts, row.record or b"")
        return stated_record(ws, row, record) == record_of(document, decisions(ws, document))
    except (Tampered, NotFound):
        return False


def _comparison_stands(ws: Workspace, document: Opened, facts: Sequence[StoredFact]) -> bool:
    """Say whether the comparison on record is a signed one of these passes that comes out the same."""
    row = document.row
    statement = verified_fact(ws, fact_with_id(facts, row.comparison or b""))
    rests = statement.refs[: len(document.ids)] == document.ids
    if statement.subject.kind is not FactKind.COMPARISON or not rests:
        return False
    holder = held_adj(ws, statement) and statement.subject.actor not in document.authors
    hers = sealed_second(ws, row, statement.subject.actor)
    return holder or (hers and _same(statement, document))


def _same(statement: Statement, document: Opened) -> bool:
    """Say whether a comparison comes out the same again; under older rules, at least at the same places."""
    stated, found = read_clear(statement), clear_of(document.compare())
    if stated["rules"] == RULES_VERSION:
        return statement.clear == encode_clear(found)
    return [list(d) for d in stated["discrepancies"]] == [list(d) for d in found["discrepancies"]]
