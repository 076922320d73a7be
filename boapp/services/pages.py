"""The pictures of a document for whoever works on it: keyer or resolver.

The order: the intake is verified, and with it what the document key is wrapped under; a page is
decrypted in memory, from the cache when it is there; then it is held against the digest that was
written when it was taken in. Nothing of anybody's pass is opened here.
"""

from dataclasses import dataclass

from boapp.crypto.envelope import digest
from boapp.crypto.metadata import PagePlace, unseal_dek, unseal_page
from boapp.domain.documents import Description, Intake
from boapp.domain.forms import Form
from boapp.domain.ids import DocumentId, ProjectId
from boapp.errors import NotFound, Tampered
from boapp.services.intake import describe
from boapp.services.projects import form_of
from boapp.services.verifying import document_row, verified_intake
from boapp.workspace import Workspace


@dataclass(frozen=True, slots=True)
class Source:
    """A source document as it was taken in: its form, how it is sealed, what its pages are."""

    project: ProjectId
    document: DocumentId
    form: Form
    intake: Intake
    description: Description


def source_of(ws: Workspace, project: ProjectId, document: DocumentId) -> Source:
    """Return a document for showing, with its verified intake."""
    row = document_row(ws, project, document)
    intake = verified_intake(ws, row)
    return Source(project, document, form_of(ws, project, intake.form_hash), intake, describe(ws, row))


def open_page(ws: Workspace, project: ProjectId, document: DocumentId, number: int) -> bytes:
    """Return one page's picture of any document whose project key this person holds."""
    source = source_of(ws, project, document)
    return picture_of(ws, source, number)


def picture_of(ws: Workspace, source: Source, number: int) -> bytes:
    """Return one page's picture, decrypted in memory, from the cache when it is there.

    Tampered where it is not what was taken in: it is not kept, and comes from the shared database next time.
    """
    intake, document = source.intake, source.document
    if not 1 <= number <= intake.page_count:
        raise NotFound(f"This document has no page {number}.", f"Its pages are 1 to {intake.page_count}.")
    sealed = ws.store.pages.get(document, number)
    if sealed is None:
        sealed = ws.shared.page(document, number)
        ws.store.pages.put(document, number, sealed)
    try:
        return _opened(ws, source, number, sealed)
    except Tampered:
        ws.store.pages.drop(document, number)
        raise


def _opened(ws: Workspace, source: Source, number: int, sealed: bytes) -> bytes:
    intake, document = source.intake, source.document
    dek = unseal_dek(ws.org, ws.pdk(source.project, intake.dek_epoch), document, intake.dek)
    place = PagePlace(ws.org, source.project, document, number, intake.page_count)
    picture = unseal_page(dek, place, sealed)
    if digest(picture) != source.description.pages[number - 1].digest:
        raise Tampered("A page is not the picture that was taken in.")
    return picture
