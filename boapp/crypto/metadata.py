"""What the project key guards: names and labels, document keys, page images.

meta  = seal_row(HKDF(PDK "meta"), "meta", row, …, AAD = LP("meta", org, project, kind, row, epoch))
dek   = seal_row(HKDF(PDK "dek"), "dek", doc, …,  AAD = LP("dek", org, project, doc, epoch))
page  = seal(DEK, image bytes, AAD = LP("page", org, project, doc, page number, page count))
image hash = SHA-256(LP("boapp1 image", digest of each page's ciphertext…))
"""

from collections.abc import Sequence
from dataclasses import dataclass

from boapp.crypto.envelope import derive, digest, seal, seal_row, unseal, unseal_row
from boapp.crypto.epochs import GroupKey
from boapp.crypto.framing import lp, u32
from boapp.domain.ids import DocumentId, OrgId, ProjectId


def seal_meta(org: OrgId, key: GroupKey, kind: bytes, row: bytes, data: bytes) -> bytes:
    """Encrypt a name or label of a project, or (under DIR) of the organisation."""
    return seal_row(derive(key.secret, b"meta"), b"meta", row, data, _meta_aad(org, key, kind, row))


def unseal_meta(org: OrgId, key: GroupKey, kind: bytes, row: bytes, sealed: bytes) -> bytes:
    """Decrypt what `seal_meta` made."""
    return unseal_row(derive(key.secret, b"meta"), b"meta", row, sealed, _meta_aad(org, key, kind, row))


def _meta_aad(org: OrgId, key: GroupKey, kind: bytes, row: bytes) -> bytes:
    return lp(b"meta", org, key.project, kind, row, u32(key.epoch))


def seal_dek(org: OrgId, key: GroupKey, document: DocumentId, dek: bytes) -> bytes:
    """Put a document's key under the project key."""
    return seal_row(derive(key.secret, b"dek"), b"dek", document, dek, _dek_aad(org, key, document))


def unseal_dek(org: OrgId, key: GroupKey, document: DocumentId, sealed: bytes) -> bytes:
    """Return a document's key."""
    return unseal_row(derive(key.secret, b"dek"), b"dek", document, sealed, _dek_aad(org, key, document))


def _dek_aad(org: OrgId, key: GroupKey, document: DocumentId) -> bytes:
    return lp(b"dek", org, key.project, document, u32(key.epoch))


@dataclass(frozen=True, slots=True)
class PagePlace:
    """Which page of which document; pages count from 1."""

    org: OrgId
    project: ProjectId
    document: DocumentId
    number: int
    count: int

    @property
    def aad(self) -> bytes:
        """Return what binds a page's ciphertext to its place."""
        return lp(b"page", self.org, self.project, self.document, u32(self.number), u32(self.count))


def seal_page(dek: bytes, place: PagePlace, image: bytes) -> bytes:
    """Encrypt one page image in one message."""
    return seal(dek, image, place.aad)


def unseal_page(dek: bytes, place: PagePlace, sealed: bytes) -> bytes:
    """Decrypt one page image."""
    return unseal(dek, sealed, place.aad)


def image_hash(page_digests: Sequence[bytes]) -> bytes:
    """Return the hash that passes are bound to; over ciphertext, so that no known page can be confirmed."""
    return digest(lp(b"boapp1 image", *page_digests))
