"""Comparing: on the second keyer's workstation (release mode) or that of a holder of ADJ.

Whoever compares opens both passes, compares under the document's own form, states addresses and
kinds, and forgets the values. When nothing differs the record follows at once. A holder of ADJ also
does again what second keyers compared and settled; where it comes out otherwise hers counts, the
record lapses, and the decision goes to a holder of ADJ.
"""

import dataclasses
from collections.abc import Callable, Mapping

from boapp.crypto.facts import Draft, FactKind, Subject, encode_clear
from boapp.domain.comparison import RULES_VERSION, Comparison
from boapp.domain.ids import DocumentId, FactId, ProjectId
from boapp.domain.workflow import Mode, Stage, Task, beyond_sight_limit, require
from boapp.services.opening import Opened, open_as_holder, open_as_second
from boapp.services.settling import decisions, record_of, settle, stated_record
from boapp.services.syncing import plain, send_waiting, state_fact
from boapp.services.verifying import document_row, fact_with_id, verified_fact
from boapp.shareddb.protocol import DocumentRow, StoredFact
from boapp.workspace import Workspace

Progress = Callable[[int, int], None]


def no_progress(_done: int, _total: int) -> None:
    """Tell nobody."""


def compare_mine(ws: Workspace, project: ProjectId) -> list[DocumentId]:
    """Compare the documents that this person sealed second, where the project's mode lets her."""
    if ws.roster.project(project).mode is not Mode.RELEASE:
        return []
    waiting = ws.shared.awaiting_my_comparison(project)
    for document in waiting:
        state_comparison(ws, open_as_second(ws, document_row(ws, project, document)))
    return waiting


def compare_waiting(ws: Workspace, project: ProjectId, progress: Progress = no_progress) -> list[DocumentId]:
    """Compare, settle and confirm whatever waits for a holder of ADJ; return what was compared."""
    require(Task.COMPARE, ws.roles(project))
    rows = ws.shared.documents(project)
    compared = []
    for done, row in enumerate(rows, start=1):
        if row.stage is Stage.COMPARING:
            state_comparison(ws, open_as_holder(ws, row))
            compared.append(row.id)
        elif row.stage in {Stage.RESOLVING, Stage.ADJUDICATING}:
            settle(ws, open_as_holder(ws, row))
        elif row.confirmation is None:
            _confirm(ws, row)
        progress(done, len(rows))
    return compared


def clear_of(found: Comparison | None) -> dict[str, object]:
    """Return the clear fields of a comparison: counts, addresses and kinds, never a value."""
    if found is None:
        return {"rules": RULES_VERSION, "asked": 0, "discrepancies": [], "beyond": False}
    rows = [(d.field, d.row, d.first_row, d.second_row, d.kind) for d in found.discrepancies]
    return {
        "rules": RULES_VERSION,
        "asked": found.asked,
        "agreed": found.agreed,
        "by_rule": found.agreed_by_rule,
        "blank": found.agreed_blank,
        "illegible": found.agreed_illegible,
        "missing": [tuple(address) for address in found.missing],
        "discrepancies": rows,
        "beyond": beyond_sight_limit(found.asked, len(rows), len(found.missing)),
    }


def state_comparison(ws: Workspace, document: Opened, overridden: tuple[bytes, ...] = ()) -> None:
    """State a comparison, and the record when nothing differs."""
    found = document.compare()
    subject = Subject(FactKind.COMPARISON, ws.org, document.row.project, document.row.id, ws.me.id, 0)
    state_fact(ws, Draft(subject, clear_of(found), (*document.ids, *overridden)), plain)
    send_waiting(ws)
    if found is None or not found.discrepancies:
        row = document_row(ws, document.row.project, document.row.id)
        settle(ws, dataclasses.replace(document, row=row))


def is_confirmed(ws: Workspace, row: DocumentRow, facts: Mapping[FactId, StoredFact]) -> bool:
    """Say whether a holder of ADJ compared and settled a document, or found it right again.

    facts: those of the document, by id.
    """
    if row.record is None or row.comparison is None:
        return False
    held = ws.roster.project(row.project).ever_held
    by_holders = {facts[row.comparison].actor, facts[row.record].actor} <= held
    return by_holders or row.confirmation is not None


def _confirm(ws: Workspace, row: DocumentRow) -> None:
    """Do again what a second keyer compared and settled; a holder's own work needs no confirmation."""
    facts = {fact.id: fact for fact in ws.shared.facts(row.project, row.id)}
    if is_confirmed(ws, row, facts):
        return
    comparison = fact_with_id(facts.values(), row.comparison or b"")
    record = fact_with_id(facts.values(), row.record or b"")
    document = open_as_holder(ws, row)
    stated = verified_fact(ws, comparison).clear == encode_clear(clear_of(document.compare()))
    if stated and stated_record(ws, row, record) == record_of(document, decisions(ws, document)):
        subject = Subject(FactKind.CONFIRMATION, ws.org, row.project, row.id, ws.me.id, 0)
        state_fact(ws, Draft(subject, {"same": True}, (bytes(record.id),)), plain)
        send_waiting(ws)
    else:
        state_comparison(ws, document, overridden=(bytes(comparison.id),))
