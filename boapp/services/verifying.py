"""Believing what the shared database says: nothing signed is used before it was verified here.

Order: the signature, by the key that the roster gives the person named; the digests; the place it
claims to stand (organisation, project, document); then what the roster lets that person state.
"""

from collections.abc import Iterable

from boapp.crypto.facts import FactKind, Statement, verify_fact
from boapp.crypto.roster import Roster
from boapp.crypto.sealed_pass import Manifest, SealedPass, verify_pass
from boapp.domain.documents import Intake, decode_intake
from boapp.domain.ids import DocumentId, KeyId, PersonId, ProjectId
from boapp.domain.workflow import Role
from boapp.errors import NotFound, Tampered
from boapp.shareddb.protocol import DocumentRow, StoredFact
from boapp.workspace import Workspace


def signing_key(ws: Workspace, person: PersonId, key_id: KeyId) -> bytes:
    """Return the Ed25519 key that the roster gives this person; Tampered for a stranger's."""
    known = ws.roster.people.get(person)
    if known is None or known.keys.key_id != key_id:
        raise Tampered("Something is signed by a key that is not in the signed list of people.")
    return known.keys.ed25519


def verified_fact(ws: Workspace, stored: StoredFact) -> Statement:
    """Return a fact's statement when it is what its author signed for this place."""
    claimed = stored.fact.read_statement()
    key = signing_key(ws, claimed.subject.actor, claimed.key_id)
    statement = verify_fact(stored.fact, key)
    subject = statement.subject
    placed = (statement.id, subject.document, subject.kind, subject.actor, subject.org)
    if placed != (stored.id, stored.document, stored.kind, stored.actor, ws.org):
        raise Tampered("A fact stands where it was not signed for.")
    return statement


def verified_pass(ws: Workspace, sealed: SealedPass, project: ProjectId, intake: Intake) -> Manifest:
    """Return a pass's manifest when its author signed it for this document, form and images."""
    claimed = sealed.read_manifest().context
    manifest = verify_pass(sealed, signing_key(ws, claimed.author, claimed.key_id))
    ctx = manifest.context
    bound = (ctx.org, ctx.project, ctx.form_hash, ctx.image_hash)
    if bound != (ws.org, project, intake.form_hash, intake.image_hash):
        raise Tampered("A pass was keyed for another document, form or image.")
    if not ws.roster.project(project).may_have_keyed(ctx.author, manifest.asked):
        raise Tampered("A pass was keyed by somebody who may not key it in this project.")
    return manifest


def fact_with_id(facts: Iterable[StoredFact], fact: bytes) -> StoredFact:
    """Return one fact of a list."""
    found = next((f for f in facts if f.id == fact), None)
    if found is None:
        raise NotFound("A fact that something rests on is missing.", "Run boapp audit verify.")
    return found


def verified_intake(ws: Workspace, row: DocumentRow) -> Intake:
    """Return what was signed when a document was taken in."""
    stored = fact_with_id(ws.shared.facts(row.project, row.id), row.intake)
    statement = verified_fact(ws, stored)
    if statement.subject.kind is not FactKind.INTAKE or statement.subject.project != row.project:
        raise Tampered("A document was not taken in as it seems.")
    if not may_have_taken_in(ws.roster, row.project, statement.subject.actor):
        raise Tampered("A document was taken in by somebody who may not take any in.")
    return decode_intake(statement.clear)


def may_have_taken_in(roster: Roster, project: ProjectId, person: PersonId) -> bool:
    """Say whether a person is an administrator, or was ever a supervisor of the project."""
    return Role.ADMINISTRATOR in roster.people[person].roles or person in roster.project(project).ever_held


def document_row(ws: Workspace, project: ProjectId, document: DocumentId) -> DocumentRow:
    """Return one document's row."""
    found = ws.shared.documents(project, document)
    if not found:
        raise NotFound("This document is not in the shared database.")
    return found[0]
