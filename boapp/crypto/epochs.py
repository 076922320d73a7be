"""Keys that a group holds: made for an epoch, committed to in the roster, wrapped to each holder.

A box alone does not say who made it, so the roster does: an epoch entry carries a commitment to the
project key (or the public half of ADJ), and a key that does not fit it is refused. Whoever may write
into the database can therefore put nobody on a key of his own.

    info = LP("wrap-key", org, project, kind, epoch, person, key_id)
"""

from collections.abc import Iterable

import msgspec
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from boapp.crypto.envelope import commitment, digest, new_key, unwrap, wrap
from boapp.crypto.framing import lp, u32
from boapp.crypto.roster_entries import KeyKind
from boapp.domain.ids import KeyId, OrgId, PersonId, ProjectId
from boapp.errors import Tampered

WHOLE_ORGANISATION = ProjectId(bytes(16))
RECOVERY = (PersonId(bytes(16)), KeyId(bytes(16)))


class Wrap(msgspec.Struct, frozen=True, array_like=True):
    """One key of one epoch, boxed for one holder; an all-zero person is the recovery key."""

    project: ProjectId
    kind: KeyKind
    epoch: int
    person: PersonId
    key_id: KeyId
    box: bytes


class Recipient(msgspec.Struct, frozen=True, array_like=True):
    """Somebody a key is wrapped to."""

    person: PersonId
    key_id: KeyId
    x25519: bytes


class GroupKey(msgspec.Struct, frozen=True, array_like=True):
    """A key of one epoch: 32 bytes, for ADJ the private half."""

    project: ProjectId
    kind: KeyKind
    epoch: int
    secret: bytes

    def __repr__(self) -> str:
        return f"GroupKey({self.kind} {self.epoch})"


def new_group_key(project: ProjectId, kind: KeyKind, epoch: int) -> GroupKey:
    """Make the key of a new epoch."""
    return GroupKey(project, kind, epoch, new_key())


def adj_public(secret: bytes) -> bytes:
    """Return the public half of an ADJ key."""
    return X25519PrivateKey.from_private_bytes(secret).public_key().public_bytes_raw()


def commit_key(org: OrgId, key: GroupKey) -> bytes:
    """Return what the roster records of a project or directory key."""
    context = lp(org, key.project, key.kind.encode(), u32(key.epoch))
    return commitment(b"boapp1 epoch commit", context, key.secret)


def wrap_key(org: OrgId, key: GroupKey, recipients: Iterable[Recipient]) -> tuple[Wrap, ...]:
    """Box a key for each recipient."""
    return tuple(
        Wrap(
            key.project,
            key.kind,
            key.epoch,
            r.person,
            r.key_id,
            wrap(r.x25519, _info(org, key.project, key.kind, key.epoch, r.person, r.key_id), key.secret),
        )
        for r in recipients
    )


def unwrap_key(org: OrgId, boxed: Wrap, private: X25519PrivateKey) -> GroupKey:
    """Open one's own box; the caller holds it against the roster with `check_key`."""
    info = _info(org, boxed.project, boxed.kind, boxed.epoch, boxed.person, boxed.key_id)
    return GroupKey(boxed.project, boxed.kind, boxed.epoch, unwrap(private, info, boxed.box))


def check_key(org: OrgId, key: GroupKey, expected: bytes) -> None:
    """Refuse a key that is not the one the roster records (its commitment, or ADJ's public half)."""
    found = adj_public(key.secret) if key.kind is KeyKind.ADJ else commit_key(org, key)
    if found != expected:
        raise Tampered(
            "A project key is not the one that the signed list names.",
            "Somebody exchanged it: do not work in this project, call your administrator.",
        )


def wraps_digest(wraps: Iterable[Wrap]) -> bytes:
    """Return the digest of a set of wraps, whatever their order."""
    return digest(lp(*sorted(msgspec.msgpack.encode(w) for w in wraps)))


def _info(
    org: OrgId, project: ProjectId, kind: KeyKind, epoch: int, person: PersonId, key_id: KeyId
) -> bytes:
    return lp(b"wrap-key", org, project, kind.encode(), u32(epoch), person, key_id)
