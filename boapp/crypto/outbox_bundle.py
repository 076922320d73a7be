"""An outbox in a file: what waits to be sent, carried by hand from one workstation to another.

    file      = "boapp outbox" ‖ version_u8 ‖ LP(head, signature, sealed)
    head      = LP(org, person, store, bundle, key_id, t_us, commit, box_own, box_recovery, H(sealed))
    signature = Ed25519(author).sign(LP("boapp1 outbox bundle", head))
    box_own, box_recovery = HPKE to the author and to the organisation's recovery key of KB, 32 random bytes;
                info = LP("wrap-outbox", "own" or "recovery", place)
    place     = LP(org, person, store, bundle, key_id)
    commit    = SHA-256(LP("boapp1 outbox commit", place, KB))
    sealed    = seal(KB, LP(message, …), AAD = LP("outbox-bundle", place))
    message   = LP(project, kind, data), in the order in which they were signed

This is version 1. `data` are the bytes of the outbox, signed when they were put there: nothing in them is
encrypted or signed anew. Nothing is in clear but random ids and a time. The key is wrapped as a local store's
is: to its author and to recovery, nowhere else.

A file is read in this order, and the first failure ends it: its size; name and version; number and sizes of
its parts; then, when it was looked up whose it is, the signature; the box, the commitment, the messages.
"""

from dataclasses import dataclass, field

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from boapp.crypto.envelope import (
    BOX_BYTES,
    VERSION,
    commitment,
    digest,
    new_id,
    new_key,
    seal,
    unseal,
    unwrap,
    wrap,
)
from boapp.crypto.framing import MAX_PARTS, lp, number, sized, u64, unlp
from boapp.crypto.signing import SIGNATURE_BYTES, PersonKeys, PublicKeys, verify
from boapp.domain.ids import KeyId, OrgId, PersonId, ProjectId, StoreId
from boapp.errors import BadInput, Tampered

MAGIC = b"boapp outbox"
PURPOSE = b"boapp1 outbox bundle"
MAX_MESSAGES = MAX_PARTS
MAX_FILE = 128 * 1024 * 1024
MAX_KIND = 16
_ADVICE = "Export it again where it was written; what it holds is still there."


@dataclass(frozen=True, slots=True)
class Carried:
    """One message as the outbox of its author keeps it."""

    project: ProjectId
    kind: str
    data: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Sender:
    """Whose messages they are, of which local store, and when they were put into the file."""

    org: OrgId
    person: PersonId
    store: StoreId
    t_us: int


@dataclass(frozen=True, slots=True)
class OutboxBundle:
    """A file that was read and of which nothing is believed yet."""

    sender: Sender
    id: bytes
    key_id: KeyId
    commit: bytes
    box_own: bytes
    box_recovery: bytes
    sealed: bytes = field(repr=False)
    head: bytes = field(repr=False)
    signature: bytes = field(repr=False)

    def open_as_author(self, keys: PersonKeys) -> tuple[Carried, ...]:
        """Open it with the keys under which it was written."""
        return self._open(keys.public, keys.box_key, b"own", self.box_own)

    def open_as_recovery(self, author: PublicKeys, secret: X25519PrivateKey) -> tuple[Carried, ...]:
        """Open it with the organisation's recovery key; author: the keys under which it was written."""
        return self._open(author, secret, b"recovery", self.box_recovery)

    def _open(
        self, author: PublicKeys, private: X25519PrivateKey, whom: bytes, box: bytes
    ) -> tuple[Carried, ...]:
        place = _place(self.sender, self.id, self.key_id)
        if author.key_id != self.key_id:
            raise Tampered("This outbox was written under other keys.")
        try:
            verify(author.ed25519, PURPOSE, self.head, self.signature)
            key = unwrap(private, _info(whom, place), box)
            if commitment(b"boapp1 outbox commit", place, key) != self.commit:
                raise _damaged()
            return _read_messages(unseal(key, self.sealed, _aad(place)))
        except Tampered as error:
            raise _damaged() from error


def _place(sender: Sender, bundle: bytes, key_id: KeyId) -> bytes:
    return lp(sender.org, sender.person, sender.store, bundle, key_id)


def _info(whom: bytes, place: bytes) -> bytes:
    return lp(b"wrap-outbox", whom, place)


def _aad(place: bytes) -> bytes:
    return lp(b"outbox-bundle", place)


def _damaged() -> Tampered:
    return Tampered("This outbox is damaged, or was changed by somebody else.", _ADVICE)


def write(sender: Sender, author: PersonKeys, recovery: bytes, messages: tuple[Carried, ...]) -> bytes:
    """Return the file of these messages; BadInput when they are more than one file holds."""
    body = lp(*(lp(m.project, m.kind.encode(), m.data) for m in messages))
    if len(messages) > MAX_MESSAGES or len(body) > MAX_FILE - 4096:
        raise BadInput(
            f"More waits than one file holds: {MAX_MESSAGES} messages, {MAX_FILE >> 20} MiB.",
            "Send it from this workstation.",
        )
    key, bundle, key_id = new_key(), new_id(), author.public.key_id
    place = _place(sender, bundle, key_id)
    sealed = seal(key, body, _aad(place))
    boxes = (
        wrap(author.public.x25519, _info(b"own", place), key),
        wrap(recovery, _info(b"recovery", place), key),
    )
    commit = commitment(b"boapp1 outbox commit", place, key)
    head = lp(*unlp(place), u64(sender.t_us), commit, *boxes, digest(sealed))
    return MAGIC + VERSION + lp(head, author.sign(PURPOSE, head), sealed)


def read(data: bytes) -> OutboxBundle:
    """Take a file apart; BadInput for what is no outbox, Tampered for one whose parts do not fit."""
    name, version = data[: len(MAGIC)], data[len(MAGIC) : len(MAGIC) + 1]
    if len(data) > MAX_FILE or name != MAGIC:
        raise BadInput("This file is no outbox of boapp.", "Name the file that boapp outbox export wrote.")
    if version != VERSION:
        raise BadInput("This outbox is of another version of boapp.", "Update boapp on this workstation.")
    try:
        head, signature, sealed = unlp(data[len(MAGIC) + 1 :], 3)
        org, person, store, bundle, key_id, t_us, commit, own, recovery, hashed = unlp(head, 10)
        sized(16, org, person, store, bundle, key_id)
        sized(32, commit, hashed)
        sized(BOX_BYTES, own, recovery)
        sized(SIGNATURE_BYTES, signature)
        sender = Sender(OrgId(org), PersonId(person), StoreId(store), number(t_us))
    except Tampered as error:
        raise _damaged() from error
    if digest(sealed) != hashed:
        raise _damaged()
    return OutboxBundle(sender, bundle, KeyId(key_id), commit, own, recovery, sealed, head, signature)


def _read_messages(body: bytes) -> tuple[Carried, ...]:
    return tuple(_read_message(*unlp(one, 3)) for one in unlp(body))


def _read_message(project: bytes, kind: bytes, data: bytes) -> Carried:
    sized(16, project)
    if not kind.isalpha() or len(kind) > MAX_KIND:
        raise _damaged()
    return Carried(ProjectId(project), kind.decode("ascii"), data)
