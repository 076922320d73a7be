"""The entries of the roster: what each says, its one byte form, how it is signed and linked.

What follows from a list of them, and who may sign which, is in `roster`.
"""

import enum
from typing import NamedTuple

import msgspec

from boapp.crypto.envelope import digest
from boapp.crypto.framing import lp, unpack
from boapp.crypto.passphrase import KdfParameters
from boapp.crypto.signing import PersonKeys
from boapp.domain.ids import ChainId, KeyId, OrgId, PersonId, ProjectId
from boapp.domain.workflow import Mode, Role

PURPOSE = b"boapp1 roster"
MAX_ENTRY = 64 * 1024
NO_HEAD = bytes(32)


class KeyKind(enum.StrEnum):
    """The keys that are wrapped to people."""

    PDK = "pdk"
    ADJ = "adj"
    DIR = "dir"


class Init(msgspec.Struct, frozen=True, omit_defaults=True, tag="init", tag_field="op"):
    """The organisation: its roots, its recovery key, what a passphrase costs, where secrets lie."""

    org: OrgId
    roots: tuple[bytes, bytes]
    recovery: bytes
    directory_commit: bytes
    kdf: KdfParameters
    officers_here: bool
    secret_in_keyring: bool


class Add(msgspec.Struct, frozen=True, omit_defaults=True, tag="add", tag_field="op"):
    """A person: her code, her roles in the organisation and her public keys."""

    person: PersonId
    code: str
    roles: tuple[Role, ...]
    x25519: bytes
    ed25519: bytes
    set_by_administrator: bool
    not_after: int | None = None


class AddProject(msgspec.Struct, frozen=True, omit_defaults=True, tag="project", tag_field="op"):
    """A project and its mode, which never changes."""

    project: ProjectId
    mode: Mode


class Member(msgspec.Struct, frozen=True, omit_defaults=True, tag="member", tag_field="op"):
    """A person's roles in a project from now on; none means she left it."""

    project: ProjectId
    person: PersonId
    roles: tuple[Role, ...]


class AddForm(msgspec.Struct, frozen=True, omit_defaults=True, tag="form", tag_field="op"):
    """A published form version, by the digest of its source."""

    project: ProjectId
    form_hash: bytes


class Setting(msgspec.Struct, frozen=True, omit_defaults=True, tag="setting", tag_field="op"):
    """A setting of a project from now on; which there are is in `domain.settings`."""

    project: ProjectId
    key: str
    value: int


class Epoch(msgspec.Struct, frozen=True, omit_defaults=True, tag="epoch", tag_field="op"):
    """A new project key: what it is committed to and the digest of its wraps made then."""

    project: ProjectId
    number: int
    commit: bytes
    wraps: bytes


class AdjEpoch(msgspec.Struct, frozen=True, omit_defaults=True, tag="adj-epoch", tag_field="op"):
    """A new adjudication key: its public half and the digest of its wraps made then."""

    project: ProjectId
    number: int
    public: bytes
    wraps: bytes


class Request(msgspec.Struct, frozen=True, omit_defaults=True, tag="request", tag_field="op"):
    """A new holder of ADJ waits for somebody who holds it to wrap it to her."""

    project: ProjectId
    person: PersonId


class Grant(msgspec.Struct, frozen=True, omit_defaults=True, tag="grant", tag_field="op"):
    """Existing epochs were wrapped to a newcomer; the digest is of those wraps."""

    project: ProjectId
    person: PersonId
    kind: KeyKind
    epochs: tuple[int, ...]
    wraps: bytes


class Remove(msgspec.Struct, frozen=True, omit_defaults=True, tag="remove", tag_field="op"):
    """A person left the organisation: her roles end everywhere, and so does what her keys may sign.

    reason: under DIR, as a full name is. chains: how far each chain of her key had come, as at a rotation:
    what it signs beyond them is not hers, whatever list it names as seen.
    """

    person: PersonId
    reason: bytes
    chains: tuple[tuple[ChainId, int, bytes], ...]


class RotateKey(msgspec.Struct, frozen=True, omit_defaults=True, tag="rotate-key", tag_field="op"):
    """A person has new keys, as after a forgotten passphrase.

    chains: how far each chain of the old key had come, in the order of their ids, with the link of the
    message that stood there; what it signed beyond them, or in place of them, is not hers.
    """

    person: PersonId
    old: KeyId
    x25519: bytes
    ed25519: bytes
    set_by_administrator: bool
    chains: tuple[tuple[ChainId, int, bytes], ...]


class Recovery(msgspec.Struct, frozen=True, omit_defaults=True, tag="recovery", tag_field="op"):
    """Two officers put the recovery key together; new epochs of every key follow."""


class Freshness(msgspec.Struct, frozen=True, omit_defaults=True, tag="freshness", tag_field="op"):
    """An administrator saw the list as it stands: its time says how old it is."""


class HandedOut(msgspec.Struct, frozen=True, omit_defaults=True, tag="handed-out", tag_field="op"):
    """Root keys and recovery parts lie no more beside the workspace: officers have them."""


Op = (
    Init
    | Add
    | AddProject
    | Member
    | AddForm
    | Setting
    | Epoch
    | AdjEpoch
    | Request
    | Grant
    | Remove
    | RotateKey
    | Recovery
    | Freshness
    | HandedOut
)


class Entry(msgspec.Struct, frozen=True, omit_defaults=True):
    """One entry before it is signed; t in microseconds since 1970, UTC. Roots sign with their key id."""

    seq: int
    prev: bytes
    signer: KeyId
    t_us: int
    what: Op


class SignedEntry(msgspec.Struct, frozen=True, array_like=True):
    """One entry as stored."""

    data: bytes
    signature: bytes


_ENCODER = msgspec.msgpack.Encoder(order="deterministic")
_DECODER = msgspec.msgpack.Decoder(Entry)


class Head(NamedTuple):
    """The end of a list: how many entries, and the digest that the next one continues."""

    seq: int
    digest: bytes


FIRST = Head(0, NO_HEAD)


def read_entry(signed: SignedEntry) -> Entry:
    """Return an entry, unverified; Tampered when it is too large or malformed."""
    return unpack(_DECODER.decode, signed.data, MAX_ENTRY)


def continues(signed: SignedEntry, last: SignedEntry | None) -> bool:
    """Say whether an entry names the one that is stored last, as number and digest."""
    entry = read_entry(signed)
    if last is None:
        return (entry.seq, entry.prev) == (1, NO_HEAD)
    return (entry.seq, entry.prev) == (read_entry(last).seq + 1, link(last))


def org_id(roots: tuple[bytes, bytes]) -> OrgId:
    """Return the id of the organisation that these roots found: nobody else's roots have it."""
    return OrgId(digest(lp(b"boapp1 org", *roots))[:16])


def root_id(public: bytes) -> KeyId:
    """Return the key id under which a root signs."""
    return KeyId(digest(lp(b"boapp1 root", public))[:16])


def link(signed: SignedEntry) -> bytes:
    """Return the digest by which the next entry names this one."""
    return digest(lp(b"boapp1 roster link", signed.data, signed.signature))


def sign_entry(entry: Entry, keys: PersonKeys) -> SignedEntry:
    """Sign an entry with a person's or a root's key."""
    data = _ENCODER.encode(entry)
    return SignedEntry(data, keys.sign(PURPOSE, data))


def encode_entry(entry: Entry) -> bytes:
    """Return the one canonical encoding of an entry."""
    return _ENCODER.encode(entry)
