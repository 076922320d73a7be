"""Believing what the shared database says: nothing signed is used before it was verified here.

Order: the signature, by the key that the roster gives the person named; the digests; the place it
claims to stand (organisation, project, document); then what the roster let that person state, at the
head that she names as seen. Roles of today decide nothing about what was signed before.
"""

from collections.abc import Iterable, Sequence

from boapp.crypto.facts import FactKind, Statement, verify_fact
from boapp.crypto.roster_entries import KeyKind
from boapp.crypto.sealed_pass import ChainPlace, Manifest, SealedPass, verify_pass
from boapp.domain.documents import Intake, decode_intake
from boapp.domain.ids import DocumentId, KeyId, PersonId, ProjectId
from boapp.domain.passes import Asked
from boapp.domain.workflow import HOLDS_ADJ, MAY, Mode, Task
from boapp.errors import NotFound, Tampered
from boapp.shareddb.protocol import DocumentRow, StoredFact
from boapp.workspace import Workspace

MANY = 20


def signing_key(ws: Workspace, person: PersonId, key_id: KeyId, place: ChainPlace) -> bytes:
    """Return the Ed25519 key that the roster gives this person; Tampered for a stranger's.

    A key that she had before is hers for what it had signed by then.
    """
    known = ws.roster.signing_key(person, key_id, place.chain, place.seq)
    if known is None:
        ws.refresh()
        known = ws.roster.signing_key(person, key_id, place.chain, place.seq)
    if known is None:
        raise Tampered("Something is signed by a key that is not in the signed list of people.")
    return known


def seen(ws: Workspace, seen_head: bytes) -> int:
    """Return how long the roster was that a message names as seen; looks again when it is a newer one."""
    try:
        return ws.roster.seen(seen_head)
    except Tampered:
        ws.refresh()
    return ws.roster.seen(seen_head)


def verified_fact(ws: Workspace, stored: StoredFact) -> Statement:
    """Return a fact's statement when it is what its author signed for this place."""
    claimed = stored.fact.read_statement()
    key = signing_key(ws, claimed.subject.actor, claimed.key_id, claimed.place)
    statement = verify_fact(stored.fact, key)
    subject = statement.subject
    placed = (statement.id, subject.document, subject.kind, subject.actor, subject.org)
    if placed != (stored.id, stored.document, stored.kind, stored.actor, ws.org):
        raise Tampered("A fact stands where it was not signed for.")
    seen(ws, statement.place.seen_head)
    return statement


def held_adj(ws: Workspace, statement: Statement) -> bool:
    """Say whether a fact's author held ADJ in its project when she signed it."""
    known = ws.roster.project(statement.subject.project)
    roles = known.roles_at(statement.subject.actor, seen(ws, statement.place.seen_head))
    return bool(roles & HOLDS_ADJ)


def verified_pass(ws: Workspace, sealed: SealedPass, project: ProjectId, intake: Intake) -> Manifest:
    """Return a pass's manifest when its author signed it for this document, form and images."""
    claimed = sealed.read_manifest()
    author, key_id = claimed.context.author, claimed.context.key_id
    manifest = verify_pass(sealed, signing_key(ws, author, key_id, claimed.place))
    ctx = manifest.context
    bound = (ctx.org, ctx.project, ctx.form_hash, ctx.image_hash)
    if bound != (ws.org, project, intake.form_hash, intake.image_hash):
        raise Tampered("A pass was keyed for another document, form or image.")
    _refuse_unfit_pass(ws, project, manifest, sealed)
    return manifest


def _refuse_unfit_pass(ws: Workspace, project: ProjectId, manifest: Manifest, sealed: SealedPass) -> None:
    """Refuse a pass by somebody who might not key it then, under keys of another time, or openable twice.

    Whoever keys looks at the list when she claims. Whoever left names the one that she saw last: it is older
    than what was taken in since.
    """
    known, seq = ws.roster.project(project), seen(ws, manifest.place.seen_head)
    ctx, first = manifest.context, manifest.asked is Asked.ALL
    if seq < ws.taken_in.get(ctx.document, 0):
        raise Tampered("A pass was signed under an older list of people than its document's intake.")
    task = Task.FIRST if first else Task.SECOND
    if not known.roles_at(ctx.author, seq) & MAY[task] or known.held_by(ctx.author, seq):
        raise Tampered("A pass was keyed by somebody who may not key it in this project.")
    epochs = (known.epoch_at(KeyKind.PDK, seq), known.epoch_at(KeyKind.ADJ, seq))
    if (ctx.pdk_epoch, ctx.adj_epoch) != epochs:
        raise Tampered("A pass was sealed to keys that were not the project's own then.")
    released = first and known.mode is Mode.RELEASE
    if bool(sealed.boxes.released) != released or bool(manifest.k1_hash) != released:
        raise Tampered("A pass can be opened by others than its project's mode allows.")


def fact_with_id(facts: Iterable[StoredFact], fact: bytes) -> StoredFact:
    """Return one fact of a list."""
    found = next((f for f in facts if f.id == fact), None)
    if found is None:
        raise NotFound("A fact that something rests on is missing.", "Run boapp audit verify.")
    return found


def verified_intake(ws: Workspace, row: DocumentRow) -> Intake:
    """Return what was signed when a document was taken in; verified once for each fact."""
    if row.intake not in ws.intakes:
        _verify_intake(ws, row, fact_with_id(ws.shared.facts(row.project, row.id), row.intake))
    document, intake = ws.intakes[row.intake]
    if document != row.id or intake.batch != row.batch:
        raise Tampered("A document was not taken in as it seems.")
    return intake


def verify_intakes(ws: Workspace, project: ProjectId, rows: Sequence[DocumentRow]) -> None:
    """Verify the intakes of many documents with one look at the facts."""
    unknown = [row for row in rows if row.intake not in ws.intakes]
    if len(unknown) < MANY:
        return
    facts = {fact.id: fact for fact in ws.shared.facts(project)}
    for row in unknown:
        _verify_intake(ws, row, fact_with_id((facts[row.intake],) if row.intake in facts else (), row.intake))


def _verify_intake(ws: Workspace, row: DocumentRow, stored: StoredFact) -> None:
    statement = verified_fact(ws, stored)
    subject = statement.subject
    if subject.kind is not FactKind.INTAKE or subject.project != row.project:
        raise Tampered("A document was not taken in as it seems.")
    seq = seen(ws, statement.place.seen_head)
    here = ws.roster.project(row.project).roles_at(subject.actor, seq)
    if not (here | ws.roster.roles_at(subject.actor, seq)) & MAY[Task.INTAKE]:
        raise Tampered("A document was taken in by somebody who may not take any in.")
    ws.intakes[row.intake] = subject.document, decode_intake(statement.clear)
    ws.taken_in[subject.document] = seq


def document_row(ws: Workspace, project: ProjectId, document: DocumentId) -> DocumentRow:
    """Return one document's row."""
    found = ws.shared.documents(project, document)
    if not found:
        raise NotFound("This document is not in the shared database.")
    return found[0]
