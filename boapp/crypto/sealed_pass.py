"""A sealed pass: one encrypted message, the boxes of its key, and a signed manifest over all of it.

    ctx     = LP("boapp1", suite, org, project, doc, pass, author, key_id, pdk epoch, adj epoch, form, image)
    body    = length_u32 ‖ MessagePack of the entries ‖ zeros to a multiple of 256 bytes
    blob    = seal(KP, body, AAD = LP("pass", ctx))                 KP: 32 random bytes of this pass alone
    box_adj = HPKE to ADJ[e], box_own = HPKE to the author
    box_rel = seal(HKDF(PDK "release", salt k1, ctx), KP)           release mode, first pass only
    manifest, signed by the author, covers the digests of all of these, the key commitment and the chain.

A pass opens through exactly one of three doors: its author, a holder of ADJ, or (release mode) a
member who holds the project key and whom the shared database gave k1 after her own seal. Whoever
opens it checks the commitment, so one ciphertext cannot say two things to two readers.
"""

import itertools
import struct
from dataclasses import dataclass, field

import msgspec
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from boapp.crypto.envelope import (
    SUITE,
    commitment,
    derive,
    digest,
    new_key,
    seal,
    unseal,
    unwrap,
    wrap,
)
from boapp.crypto.framing import lp, number, sized, u8, u32, u64, unlp
from boapp.crypto.signing import PersonKeys, verify
from boapp.domain.ids import ChainId, DocumentId, Fence, KeyId, OrgId, PassId, PersonId, ProjectId
from boapp.domain.passes import (
    MAX_BODY,
    MAX_ENTRIES,
    MEANINGS,
    Asked,
    Entry,
    Method,
    decode,
    encode,
)
from boapp.errors import Tampered

PURPOSE = b"boapp1 pass"
STEP = 256
MAX_BLOB = MAX_BODY + 2 * STEP
_LONG_ARRAY = b"\xdd"  # MessagePack's array with a 32-bit count


@dataclass(frozen=True, slots=True)
class PassContext:
    """Everything that a pass is bound to; the same bytes stand in every AAD and info of it."""

    org: OrgId
    project: ProjectId
    document: DocumentId
    id: PassId
    author: PersonId
    key_id: KeyId
    pdk_epoch: int
    adj_epoch: int
    form_hash: bytes
    image_hash: bytes

    def to_bytes(self) -> bytes:
        """Return ctx."""
        ids = (self.org, self.project, self.document, self.id, self.author, self.key_id)
        epochs = (u32(self.pdk_epoch), u32(self.adj_epoch))
        return lp(b"boapp1", u8(SUITE), *ids, *epochs, self.form_hash, self.image_hash)

    @classmethod
    def from_bytes(cls, data: bytes) -> "PassContext":
        """Read ctx back; Tampered when it is of another suite or malformed."""
        tag, suite, org, project, document, pass_id, author, key_id, pdk, adj, form, image = unlp(data, 12)
        if tag != b"boapp1" or suite != u8(SUITE):
            raise Tampered("A stored pass is of an unknown suite.", "Update boapp on this workstation.")
        sized(16, org, project, document, pass_id, author, key_id)
        sized(32, form, image)
        return cls(
            OrgId(org),
            ProjectId(project),
            DocumentId(document),
            PassId(pass_id),
            PersonId(author),
            KeyId(key_id),
            number(pdk),
            number(adj),
            form,
            image,
        )


class ChainPlace(msgspec.Struct, frozen=True, array_like=True):
    """Where a signed message stands in its author's chain of this project and local store."""

    chain: ChainId
    seq: int
    prev: bytes
    seen_head: bytes


class Boxes(msgspec.Struct, frozen=True, array_like=True):
    """The boxes of one pass key; `released` is empty unless the pass may be released."""

    adj: bytes
    own: bytes
    released: bytes = b""

    @property
    def digest(self) -> bytes:
        """Return the digest that the manifest signs."""
        return digest(lp(self.adj, self.own, self.released))


@dataclass(frozen=True, slots=True)
class Manifest:
    """What the author of a pass signs; times in microseconds since 1970, UTC."""

    context: PassContext
    blob_hash: bytes
    commit: bytes
    boxes_hash: bytes
    k1_hash: bytes
    asked: Asked
    method: Method
    app_version: str
    fence: Fence
    place: ChainPlace
    t_us: int
    meaning: str

    def to_bytes(self) -> bytes:
        """Return the bytes that are signed."""
        return lp(
            self.context.to_bytes(),
            self.blob_hash,
            self.commit,
            self.boxes_hash,
            self.k1_hash,
            self.asked.encode(),
            self.method.encode(),
            self.app_version.encode(),
            self.fence,
            self.place.chain,
            u64(self.place.seq),
            self.place.prev,
            self.place.seen_head,
            u64(self.t_us),
            self.meaning.encode(),
        )

    @classmethod
    def from_bytes(cls, data: bytes) -> "Manifest":
        """Read the signed bytes back; Tampered when malformed."""
        ctx, blob, commit, boxes, k1, asked, method, app, fence, chain, seq, prev, seen, t, meaning = unlp(
            data, 15
        )
        sized(32, blob, commit, boxes, prev, *filter(None, (k1,)))
        sized(16, fence, chain)
        try:
            made = cls(
                PassContext.from_bytes(ctx),
                blob,
                commit,
                boxes,
                k1,
                Asked(asked.decode()),
                Method(method.decode()),
                app.decode(),
                Fence(fence),
                ChainPlace(ChainId(chain), number(seq), prev, seen),
                number(t),
                meaning.decode(),
            )
        except ValueError as error:
            raise Tampered("A stored manifest is malformed.") from error
        if made.to_bytes() != data:
            raise Tampered("A stored manifest is malformed.")
        return made


class SealedPass(msgspec.Struct, frozen=True, array_like=True):
    """A pass as it is stored and sent; k1 is empty where the pass may not be released."""

    manifest: bytes
    signature: bytes
    blob: bytes
    boxes: Boxes
    k1: bytes = b""

    def __repr__(self) -> str:
        return "SealedPass(sealed)"

    def read_manifest(self) -> Manifest:
        """Return the manifest, unverified."""
        return Manifest.from_bytes(self.manifest)


@dataclass(frozen=True, slots=True)
class SealingKeys:
    """What sealing needs: ADJ's public half and, where the pass may be released, the project key."""

    adj_public: bytes
    pdk: bytes | None = field(repr=False)


@dataclass(frozen=True, slots=True)
class Circumstances:
    """How and when a pass was keyed: the parts of its manifest that are not digests."""

    asked: Asked
    method: Method
    app_version: str
    fence: Fence
    place: ChainPlace
    t_us: int


def seal_pass(
    context: PassContext,
    entries: tuple[Entry, ...],
    author: PersonKeys,
    keys: SealingKeys,
    circumstances: Circumstances,
) -> SealedPass:
    """Encrypt and sign a pass; its key is made here and kept only inside the boxes."""
    kp, ctx = new_key(), context.to_bytes()
    k1 = new_key() if keys.pdk else b""
    blob = seal(kp, pad(encode(entries)), lp(b"pass", ctx))
    boxes = Boxes(
        wrap(keys.adj_public, lp(b"wrap-adj", ctx), kp),
        wrap(author.public.x25519, lp(b"wrap-own", ctx), kp),
        seal(_release_key(keys.pdk, k1, ctx), kp, lp(b"release", ctx)) if keys.pdk else b"",
    )
    c = circumstances
    manifest = Manifest(
        context,
        digest(blob),
        commitment(b"boapp1 key commit", ctx, kp),
        boxes.digest,
        digest(k1) if k1 else b"",
        c.asked,
        c.method,
        c.app_version,
        c.fence,
        c.place,
        c.t_us,
        MEANINGS[c.method],
    ).to_bytes()
    return SealedPass(manifest, author.sign(PURPOSE, manifest), blob, boxes, k1)


def _release_key(pdk: bytes, k1: bytes, ctx: bytes) -> bytes:
    return derive(derive(pdk, b"release"), b"release", ctx, salt=k1)


def verify_pass(sealed: SealedPass, author_ed25519: bytes) -> Manifest:
    """Return the manifest when signature, digests and meaning hold; Tampered otherwise."""
    if len(sealed.blob) > MAX_BLOB:
        raise Tampered("A stored pass is larger than boapp accepts.")
    verify(author_ed25519, PURPOSE, sealed.manifest, sealed.signature)
    manifest = sealed.read_manifest()
    if digest(sealed.blob) != manifest.blob_hash or sealed.boxes.digest != manifest.boxes_hash:
        raise Tampered("A stored pass is not the one that its keyer signed.")
    if sealed.k1 and digest(sealed.k1) != manifest.k1_hash:
        raise Tampered("A stored release share is not the one that its keyer signed.")
    if manifest.meaning != MEANINGS[manifest.method]:
        raise Tampered("A stored pass was signed with words that boapp does not use.")
    return manifest


def open_as_author(sealed: SealedPass, box_key: X25519PrivateKey) -> tuple[Entry, ...]:
    """Open one's own pass."""
    ctx = sealed.read_manifest().context.to_bytes()
    return _open(sealed, unwrap(box_key, lp(b"wrap-own", ctx), sealed.boxes.own))


def open_as_adjudicator(sealed: SealedPass, adj_private: bytes) -> tuple[Entry, ...]:
    """Open a pass with the private half of the ADJ epoch that it was sealed to."""
    ctx = sealed.read_manifest().context.to_bytes()
    private = X25519PrivateKey.from_private_bytes(adj_private)
    return _open(sealed, unwrap(private, lp(b"wrap-adj", ctx), sealed.boxes.adj))


def open_released(sealed: SealedPass, pdk: bytes) -> tuple[Entry, ...]:
    """Open a released pass with the project key and the k1 that came with it."""
    if not sealed.k1 or not sealed.boxes.released:
        raise Tampered("This pass was never meant to be released.")
    ctx = sealed.read_manifest().context.to_bytes()
    key = _release_key(pdk, sealed.k1, ctx)
    return _open(sealed, unseal(key, sealed.boxes.released, lp(b"release", ctx)))


def _open(sealed: SealedPass, kp: bytes) -> tuple[Entry, ...]:
    manifest = sealed.read_manifest()
    ctx = manifest.context.to_bytes()
    if commitment(b"boapp1 key commit", ctx, kp) != manifest.commit:
        raise Tampered("A pass holds another key than its keyer committed to.")
    return _read_body(unpad(unseal(kp, sealed.blob, lp(b"pass", ctx))))


def _read_body(body: bytes) -> tuple[Entry, ...]:
    """Decode a body; its entries must be few enough, and stand in their one order, each address once."""
    if body[:1] == _LONG_ARRAY and number(body[1:5]) > MAX_ENTRIES:
        raise Tampered("A stored pass holds more values than boapp accepts.")
    entries = decode(body)
    if any(one.address >= next_.address for one, next_ in itertools.pairwise(entries)):
        raise Tampered("A stored pass names a field twice, or out of order.")
    return entries


def pad(body: bytes) -> bytes:
    """Put the length before a body and zeros after it, so that its size says little."""
    framed = struct.pack(">I", len(body)) + body
    return framed + bytes(-len(framed) % STEP)


def unpad(padded: bytes) -> bytes:
    """Undo `pad`; Tampered when lengths or zeros are wrong."""
    length = number(padded[:4])
    body, rest = padded[4 : 4 + length], padded[4 + length :]
    if length > MAX_BODY or len(body) != length or len(rest) >= STEP or any(rest):
        raise Tampered("A stored message is malformed.")
    return body
