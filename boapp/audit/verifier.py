"""Verifying everything in a project without opening a single value.

Rules, in this order, each finding naming the row and the rule:
1. signature: each pass and fact verifies under the key that the roster gives its author;
2. place: each stands where it was signed for, under its own id, document, author and slot;
3. role: the roster let its author state that;
4. exclusion: nobody keyed a document twice, nobody resolved what the mode kept from her;
5. order: comparisons rest on the passes, decisions on an own earlier reading, records on both;
6. chain: nothing is missing, doubled or moved in anybody's chain;
7. bookkeeping: the queue's rows say what the evidence says, the images are those taken in;
8. counting: what counts is what stood first (`counting`);
9. person key and boxes: keys are locked and boxed as the signed list says (`keys`).
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from boapp.audit.chains import Finding, Remembered, Signed, check_chains
from boapp.audit.counting import Counted, check_counting
from boapp.audit.keys import check_boxes, check_locked_keys
from boapp.crypto.envelope import digest
from boapp.crypto.epochs import Wrap
from boapp.crypto.facts import FactKind, Statement, read_clear, verify_fact
from boapp.crypto.metadata import image_hash
from boapp.crypto.roster import Project, Roster
from boapp.crypto.sealed_pass import Manifest, verify_pass
from boapp.domain.documents import decode_intake
from boapp.domain.ids import DocumentId, FactId, KeyId, OrgId, PersonId
from boapp.domain.passes import Asked
from boapp.domain.workflow import Mode, Role, Stage
from boapp.errors import NotFound, Tampered
from boapp.shareddb.protocol import DocumentRow, OpenDiscrepancy, PersonKey, StoredFact, StoredPass


@dataclass(frozen=True, slots=True)
class Evidence:
    """Everything of one project, as stored; page gives the ciphertext of a document's page."""

    org: OrgId
    roster: Roster
    project: Project
    documents: Sequence[DocumentRow]
    passes: Sequence[StoredPass]
    facts: Sequence[StoredFact]
    discrepancies: Sequence[OpenDiscrepancy]
    remembered: Sequence[Remembered]
    page: Callable[[DocumentId, int], bytes]
    person_keys: Sequence[PersonKey]
    boxes: Sequence[Wrap]


@dataclass(slots=True)
class _Known:
    """What verified: the signed parts by id."""

    manifests: dict[bytes, Manifest] = field(default_factory=dict)
    slots: dict[bytes, int] = field(default_factory=dict)
    statements: dict[bytes, Statement] = field(default_factory=dict)
    counted: dict[bytes, bool] = field(default_factory=dict)
    signed: list[Signed] = field(default_factory=list)

    by_document: dict[DocumentId, dict[int, Manifest]] = field(default_factory=lambda: defaultdict(dict))
    decided: set[tuple[bytes, str, int]] = field(default_factory=set)

    def keyed(self, document: DocumentId) -> Mapping[int, Manifest]:
        """Return the counted passes of a document by slot."""
        return self.by_document.get(document, {})


def verify_evidence(evidence: Evidence) -> list[Finding]:
    """Return everything that does not hold; an empty list when all does."""
    known = _Known()
    findings: list[Finding] = []
    findings += _check_passes(evidence, known)
    findings += _check_facts(evidence, known)
    findings += _check_exclusion(evidence, known)
    findings += _check_order(evidence, known)
    findings += check_chains(known.signed, evidence.remembered)
    findings += _check_documents(evidence, known)
    findings += _check_discrepancies(evidence, known)
    facts = [Counted(id_, s, known.counted[id_]) for id_, s in known.statements.items()]
    findings += check_counting(evidence.documents, evidence.discrepancies, facts)
    findings += check_locked_keys(evidence.org, evidence.roster, evidence.person_keys)
    findings += check_boxes(evidence.roster, evidence.project.id, evidence.boxes)
    return findings


def _key_of(evidence: Evidence, person: PersonId, key_id: KeyId) -> bytes:
    known = evidence.roster.people.get(person)
    if known is None or known.keys.key_id != key_id:
        raise Tampered("signed by a key that the signed list of people does not give its author")
    return known.keys.ed25519


def _check_passes(evidence: Evidence, known: _Known) -> Iterator[Finding]:
    for stored in evidence.passes:
        where = f"{'sealed' if stored.slot else 'surplus'}_pass {stored.id.hex()}"
        try:
            claimed = stored.sealed.read_manifest().context
            manifest = verify_pass(stored.sealed, _key_of(evidence, claimed.author, claimed.key_id))
        except Tampered as error:
            yield Finding(where, "signature", error.title)
            continue
        ctx = manifest.context
        placed = (ctx.id, ctx.document, ctx.author, ctx.org, ctx.project)
        if placed != (stored.id, stored.document, stored.person, evidence.org, evidence.project.id):
            yield Finding(where, "place", "it stands where it was not signed for")
        if stored.slot and (manifest.asked is Asked.ALL) != (stored.slot == 1):
            yield Finding(where, "place", "it was not asked for in this slot")
        if not evidence.project.may_have_keyed(ctx.author, manifest.asked):
            yield Finding(where, "role", "the signed list never let its author key such a pass here")
        known.manifests[stored.id], known.slots[stored.id] = manifest, stored.slot
        if stored.slot:
            known.by_document[ctx.document][stored.slot] = manifest
        message = Signed(where, ctx.author, manifest.place, stored.sealed.manifest, stored.sealed.signature)
        known.signed.append(message)


def _check_facts(evidence: Evidence, known: _Known) -> Iterator[Finding]:
    for stored in evidence.facts:
        where = f"fact {stored.id.hex()}"
        try:
            claimed = stored.fact.read_statement()
            statement = verify_fact(stored.fact, _key_of(evidence, claimed.subject.actor, claimed.key_id))
        except Tampered as error:
            yield Finding(where, "signature", error.title)
            continue
        subject = statement.subject
        placed = (statement.id, subject.document, subject.kind, subject.actor, subject.org, subject.project)
        row = (stored.id, stored.document, stored.kind, stored.actor, evidence.org, evidence.project.id)
        if placed != row:
            yield Finding(where, "place", "it stands where it was not signed for")
        known.statements[stored.id], known.counted[stored.id] = statement, stored.counted
        if subject.kind is FactKind.RESOLUTION and stored.counted:
            known.decided.add(_place(statement)[1:])
        message = Signed(where, subject.actor, statement.place, stored.fact.statement, stored.fact.signature)
        known.signed.append(message)


def _check_exclusion(evidence: Evidence, known: _Known) -> Iterator[Finding]:
    authors: dict[tuple[DocumentId, PersonId], str] = {}
    for id_, manifest in known.manifests.items():
        place = (manifest.context.document, manifest.context.author)
        if known.slots[id_] and place in authors:
            yield Finding(f"sealed_pass {id_.hex()}", "exclusion", "one person keyed this document twice")
        authors[place] = id_.hex()
    for id_, statement in known.statements.items():
        yield from _check_actor(evidence, known, FactId(id_), statement)


def _check_actor(evidence: Evidence, known: _Known, id_: FactId, statement: Statement) -> Iterator[Finding]:
    where, actor = f"fact {id_.hex()}", statement.subject.actor
    keyed = known.keyed(statement.subject.document)
    holder = actor in evidence.project.ever_held
    second = 2 in keyed and keyed[2].context.author == actor
    hers = second and evidence.project.mode is Mode.RELEASE
    match statement.subject.kind:
        case FactKind.INTAKE:
            administrator = Role.ADMINISTRATOR in evidence.roster.people[actor].roles
            allowed = administrator or holder
        case FactKind.CONFIRMATION:
            allowed = holder
        case _:
            allowed = holder or hers
    again = statement.subject.kind is FactKind.COMPARISON and len(statement.refs) > len(keyed) > 0
    if not allowed or (again and not holder):
        yield Finding(where, "role", f"its author may not state a {statement.subject.kind} here")
    if statement.subject.kind is FactKind.INTAKE:
        return
    if any(m.context.author == actor for m in keyed.values()) and not hers:
        yield Finding(where, "exclusion", "its author keyed this document")


def _check_order(evidence: Evidence, known: _Known) -> Iterator[Finding]:
    for id_, statement in known.statements.items():
        words = _ORDER[statement.subject.kind](known, statement)
        if words and known.counted[id_]:
            yield Finding(f"fact {id_.hex()}", "order", words)
    beyond = {
        id_
        for id_, s in known.statements.items()
        if s.subject.kind is FactKind.COMPARISON and _clear(s)["beyond"]
    }
    for id_, statement in known.statements.items():
        resolves = statement.subject.kind in {FactKind.READING, FactKind.RESOLUTION}
        actor = statement.subject.actor
        if resolves and statement.refs[0] in beyond and actor not in evidence.project.ever_held:
            words = "the second pass was too far from the first for its keyer to resolve"
            yield Finding(f"fact {id_.hex()}", "exclusion", words)


def _clear(statement: Statement) -> Mapping[str, Any]:
    return read_clear(statement)


def _place(statement: Statement) -> tuple[DocumentId, bytes, str, int]:
    clear = _clear(statement)
    return (statement.subject.document, statement.refs[0], clear["field"], clear["row"])


def _no_order(_known: _Known, _statement: Statement) -> str:
    return ""


def _order_of_comparison(known: _Known, statement: Statement) -> str:
    keyed = known.keyed(statement.subject.document)
    passes = [bytes(keyed[slot].context.id) for slot in sorted(keyed)]
    if list(statement.refs[: len(passes)]) != passes or not passes:
        return "it does not rest on the passes of its document"
    return ""


def _referred(known: _Known, ref: bytes, kind: FactKind) -> Statement | None:
    found = known.statements.get(ref)
    return found if found is not None and found.subject.kind is kind else None


def _order_of_reading(known: _Known, statement: Statement) -> str:
    found = _referred(known, statement.refs[0], FactKind.COMPARISON)
    fits = found is not None and found.subject.document == statement.subject.document
    return "" if fits else "it does not rest on a comparison of its document"


def _order_of_resolution(known: _Known, statement: Statement) -> str:
    reading = _referred(known, statement.refs[1], FactKind.READING)
    if reading is None or reading.subject.actor != statement.subject.actor:
        return "it does not rest on its author's own reading"
    if _place(reading) != _place(statement):
        return "its reading is of another place"
    same_chain = reading.place.chain == statement.place.chain
    if same_chain and reading.place.seq >= statement.place.seq:
        return "its reading was signed after it"
    return _order_of_reading(known, statement)


def _order_of_record(known: _Known, statement: Statement) -> str:
    comparison = _referred(known, statement.refs[0], FactKind.COMPARISON)
    if comparison is None:
        return "it does not rest on a comparison"
    places = {(statement.refs[0], d[0], d[1]) for d in _clear(comparison)["discrepancies"]}
    return "" if places <= known.decided else "a discrepancy of its comparison was never decided"


def _order_of_confirmation(known: _Known, statement: Statement) -> str:
    found = _referred(known, statement.refs[0], FactKind.RECORD)
    return "" if found else "it does not confirm a record"


_ORDER: dict[FactKind, Callable[[_Known, Statement], str]] = {
    FactKind.INTAKE: _no_order,
    FactKind.COMPARISON: _order_of_comparison,
    FactKind.READING: _order_of_reading,
    FactKind.RESOLUTION: _order_of_resolution,
    FactKind.RECORD: _order_of_record,
    FactKind.CONFIRMATION: _order_of_confirmation,
}


def _check_documents(evidence: Evidence, known: _Known) -> Iterator[Finding]:
    for row in evidence.documents:
        where = f"document {row.id.hex()}"
        statement = _referred(known, row.intake, FactKind.INTAKE)
        if statement is None or statement.subject.document != row.id:
            yield Finding(where, "bookkeeping", "it has no intake that verifies")
            continue
        yield from _check_images(evidence, row, statement)
        yield from _check_bindings(known, row, statement)
        yield from _check_row(known, row, statement)
    queued = {row.id for row in evidence.documents}
    for id_, statement in known.statements.items():
        if statement.subject.kind is FactKind.INTAKE and statement.subject.document not in queued:
            yield Finding(f"fact {id_.hex()}", "bookkeeping", "its document is missing from the queue")


def _check_images(evidence: Evidence, row: DocumentRow, statement: Statement) -> Iterator[Finding]:
    intake = decode_intake(statement.clear)
    where = f"document {row.id.hex()}"
    if digest(row.meta) != intake.meta_hash:
        yield Finding(where, "bookkeeping", "its description is not the one taken in")
    pages = (evidence.page(row.id, number) for number in range(1, intake.page_count + 1))
    try:
        found = image_hash([digest(page) for page in pages])
    except NotFound:
        found = b""
    if found != intake.image_hash:
        yield Finding(where, "bookkeeping", "its images are not those taken in")


def _check_bindings(known: _Known, row: DocumentRow, statement: Statement) -> Iterator[Finding]:
    intake = decode_intake(statement.clear)
    for manifest in known.keyed(row.id).values():
        ctx = manifest.context
        if (ctx.form_hash, ctx.image_hash) != (intake.form_hash, intake.image_hash):
            where = f"sealed_pass {ctx.id.hex()}"
            yield Finding(where, "place", "it was keyed from another form or other images")


def _check_row(known: _Known, row: DocumentRow, intake: Statement) -> Iterator[Finding]:
    where, keyed = f"document {row.id.hex()}", known.keyed(row.id)
    expected = _stage(known, row, intake)
    if row.stage is not expected:
        yield Finding(where, "bookkeeping", f"it stands at {row.stage}, the evidence says {expected}")
    first = keyed[1].context.author if 1 in keyed else None
    if row.first_by != first:
        yield Finding(where, "bookkeeping", "its first keyer is not the one who sealed the first pass")
    pointers = ((row.comparison, FactKind.COMPARISON), (row.record, FactKind.RECORD))
    for ref, kind in (*pointers, (row.confirmation, FactKind.CONFIRMATION)):
        found = _referred(known, ref, kind) if ref else None
        if ref and (found is None or found.subject.document != row.id):
            yield Finding(where, "bookkeeping", f"its {kind} does not verify")


def _stage(known: _Known, row: DocumentRow, intake: Statement) -> Stage:
    passes = len(known.keyed(row.id))
    if row.record:
        return Stage.SETTLED
    if row.comparison:
        comparison = _referred(known, row.comparison, FactKind.COMPARISON)
        beyond = comparison is not None and _clear(comparison)["beyond"]
        again = comparison is not None and len(comparison.refs) > passes
        return Stage.ADJUDICATING if beyond or again else Stage.RESOLVING
    wanted = 2 if decode_intake(intake.clear).verify else 1
    if passes >= wanted:
        return Stage.COMPARING
    return Stage.SECOND if passes else Stage.FIRST


def _check_discrepancies(evidence: Evidence, known: _Known) -> Iterator[Finding]:
    stored: dict[bytes, list[OpenDiscrepancy]] = defaultdict(list)
    for row in evidence.discrepancies:
        stored[row.comparison].append(row)
    for document in evidence.documents:
        comparison = known.statements.get(document.comparison or b"")
        if comparison is None:
            continue
        rows = stored.get(document.comparison or b"", [])
        signed = {tuple(d) for d in _clear(comparison)["discrepancies"]}
        listed = {(d.field, d.row, d.first_row, d.second_row, d.kind) for d in rows}
        if signed != listed:
            where = f"document {document.id.hex()}"
            yield Finding(where, "bookkeeping", "its discrepancies are not those that were signed")
        yield from _check_decided(known, rows)


def _check_decided(known: _Known, rows: Iterable[OpenDiscrepancy]) -> Iterator[Finding]:
    for row in rows:
        found = _referred(known, row.resolution, FactKind.RESOLUTION) if row.resolution else None
        place = (row.document, row.comparison, row.field, row.row)
        if row.resolution and (found is None or _place(found) != place):
            where = f"discrepancy {row.comparison.hex()} {row.field} {row.row}"
            yield Finding(where, "bookkeeping", "its decision does not verify")
