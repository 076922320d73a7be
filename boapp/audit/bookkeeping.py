"""Bookkeeping: what the queue's rows say follows from the evidence, and the images are those taken in."""

from collections import defaultdict
from collections.abc import Iterator

from boapp.audit.chains import Finding
from boapp.audit.evidence import Evidence, Fact, Known
from boapp.crypto.envelope import digest
from boapp.crypto.facts import FactKind
from boapp.crypto.metadata import image_hash
from boapp.domain.documents import Intake, decode_intake
from boapp.domain.settings import SETTINGS, column
from boapp.domain.workflow import Stage
from boapp.errors import NotFound, Tampered
from boapp.shareddb.protocol import DocumentRow, OpenDiscrepancy

RULE = "bookkeeping"


def check_project(evidence: Evidence) -> Iterator[Finding]:
    """Hold the project's row and its people against the signed list."""
    project = evidence.project
    where = f"project {project.id.hex()}"
    if not evidence.stored.projects:
        yield Finding(where, RULE, "its row is missing")
    for row in evidence.stored.projects:
        if row.mode is not project.mode:
            yield Finding(where, RULE, f"it stands at mode {row.mode}, the signed list says {project.mode}")
        for key in SETTINGS:
            found, told = getattr(row, column(key)), project.setting(key)
            if found != told:
                yield Finding(where, RULE, f"its {key} is {found}, the signed list says {told}")
    signed = {person: frozenset(roles) for person, roles in project.members.items() if roles}
    copied = {row.person: frozenset(row.roles) for row in evidence.stored.members}
    for person in sorted(signed.keys() | copied.keys()):
        if signed.get(person) != copied.get(person):
            known = evidence.roster.people.get(person)
            words = "these are not the roles that the signed list gives"
            yield Finding(f"member {known.code if known else person.hex()}", RULE, words)


def check_documents(evidence: Evidence, known: Known) -> Iterator[Finding]:
    """Hold each document's row against the facts and passes that it speaks of."""
    for row in evidence.stored.documents:
        where = f"document {row.id.hex()}"
        fact = known.named(row.intake, FactKind.INTAKE, row.id)
        if fact is None:
            yield Finding(where, RULE, "it has no intake that verifies")
            continue
        intake = decode_intake(fact.statement.clear)
        for words in _not_as_taken_in(evidence, row, intake):
            yield Finding(where, RULE, words)
        if row.id not in known.withheld.firsts:
            for words in _not_as_it_stands(known, row):
                yield Finding(where, RULE, words)
    yield from _check_lost(evidence, known)


def _check_lost(evidence: Evidence, known: Known) -> Iterator[Finding]:
    queued = {row.id for row in evidence.stored.documents}
    for fact in known.facts.values():
        if fact.document not in queued:
            yield Finding(fact.where, RULE, "its document is missing from the queue")
    for one in known.passes.values():
        if one.manifest.context.document not in queued:
            yield Finding(one.where, RULE, "its document is missing from the queue")


def _not_as_taken_in(evidence: Evidence, row: DocumentRow, intake: Intake) -> Iterator[str]:
    if row.batch != intake.batch:
        yield "it stands in another batch than it was taken into"
    if intake.form_hash not in evidence.project.forms:
        yield "it was taken in for a form that was never published in this project"
    if digest(row.meta) != intake.meta_hash:
        yield "its description is not the one taken in"
    pages = (evidence.page(row.id, number) for number in range(1, intake.page_count + 1))
    try:
        found = image_hash([digest(page) for page in pages])
    except (NotFound, Tampered):
        found = b""
    if found != intake.image_hash:
        yield "its images are not those taken in"


def _not_as_it_stands(known: Known, row: DocumentRow) -> Iterator[str]:
    expected = _stage(known, row)
    if row.stage is not expected:
        yield f"it stands at {row.stage}, the evidence says {expected}"
    first = known.keyed(row.id).get(1)
    if row.first_by != (first.author if first else None):
        yield "its first keyer is not the one who sealed the first pass"
    pointers = (
        (row.comparison, FactKind.COMPARISON),
        (row.record, FactKind.RECORD),
        (row.confirmation, FactKind.CONFIRMATION),
    )
    for ref, kind in pointers:
        if ref is not None and known.named(ref, kind, row.id) is None:
            yield f"its {kind} does not verify"


def _stage(known: Known, row: DocumentRow) -> Stage:
    if row.record is not None:
        return Stage.SETTLED
    if row.comparison is not None:
        comparison = known.named(row.comparison, FactKind.COMPARISON, row.id)
        apart = comparison is not None and (comparison.clear["beyond"] or known.again(comparison))
        return Stage.ADJUDICATING if apart else Stage.RESOLVING
    passes = len(known.keyed(row.id))
    if passes >= (known.wanted(row.id) or 1):
        return Stage.COMPARING
    return Stage.SECOND if passes else Stage.FIRST


def check_discrepancies(evidence: Evidence, known: Known) -> Iterator[Finding]:
    """Hold the list of discrepancies against the comparisons that count, and its decisions against theirs."""
    listed: dict[bytes, list[OpenDiscrepancy]] = defaultdict(list)
    for row in evidence.stored.discrepancies:
        listed[bytes(row.comparison)].append(row)
        yield from _check_decided(known, row)
    for fact in known.facts.values():
        if fact.kind is FactKind.COMPARISON and fact.counts:
            rows = listed.pop(fact.id, [])
            if not _as_signed(fact, rows):
                where = f"document {fact.document.hex()}"
                yield Finding(where, RULE, "its discrepancies are not those that were signed")
    for rows in listed.values():
        yield from (Finding(_where(row), RULE, "no comparison that counts speaks of it") for row in rows)


def _as_signed(comparison: Fact, rows: list[OpenDiscrepancy]) -> bool:
    signed = {tuple(one) for one in comparison.clear["discrepancies"]}
    found = {(d.field, d.row, d.first_row, d.second_row, d.kind) for d in rows}
    return signed == found and all(d.document == comparison.document for d in rows)


def _check_decided(known: Known, row: OpenDiscrepancy) -> Iterator[Finding]:
    if row.resolution is None:
        return
    found = known.named(row.resolution, FactKind.RESOLUTION, row.document)
    if found is None or found.place != (bytes(row.comparison), row.field, row.row):
        yield Finding(_where(row), RULE, "its decision does not verify")


def _where(row: OpenDiscrepancy) -> str:
    return f"discrepancy {row.comparison.hex()} {row.field} {row.row}"
