"""A person's keys and what they sign.

One person has one X25519 key (boxes are made for it) and one Ed25519 key (it signs). The private
halves exist unlocked only in memory. Every signature covers LP(purpose, message), so that a
signature for one purpose never passes for another.
"""

from dataclasses import dataclass

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from boapp.crypto.envelope import digest
from boapp.crypto.framing import lp
from boapp.domain.ids import KeyId
from boapp.errors import Tampered

SIGNATURE_BYTES = 64


@dataclass(frozen=True, slots=True)
class PublicKeys:
    """The public halves, 32 bytes each, under an id that is a digest of both."""

    x25519: bytes
    ed25519: bytes

    @property
    def key_id(self) -> KeyId:
        """Return the first 16 bytes of a digest of both halves."""
        return KeyId(digest(lp(b"boapp1 key id", self.x25519, self.ed25519))[:16])


@dataclass(frozen=True, slots=True)
class PersonKeys:
    """One person's unlocked private keys; never shown, never stored but inside a sealed blob."""

    box_key: X25519PrivateKey
    sign_key: Ed25519PrivateKey
    public: PublicKeys

    def __repr__(self) -> str:
        return "PersonKeys(unlocked)"

    @classmethod
    def of(cls, box_key: X25519PrivateKey, sign_key: Ed25519PrivateKey) -> "PersonKeys":
        """Take two private keys, with their public halves worked out once."""
        halves = box_key.public_key().public_bytes_raw(), sign_key.public_key().public_bytes_raw()
        return cls(box_key, sign_key, PublicKeys(*halves))

    @classmethod
    def generate(cls) -> "PersonKeys":
        """Make new keys."""
        return cls.of(X25519PrivateKey.generate(), Ed25519PrivateKey.generate())

    @classmethod
    def from_bytes(cls, data: bytes) -> "PersonKeys":
        """Read the 64 bytes that `to_bytes` gave."""
        box_key = X25519PrivateKey.from_private_bytes(data[:32])
        return cls.of(box_key, Ed25519PrivateKey.from_private_bytes(data[32:64]))

    def to_bytes(self) -> bytes:
        """Return both private halves, 64 bytes, for sealing only."""
        return self.box_key.private_bytes_raw() + self.sign_key.private_bytes_raw()

    def sign(self, purpose: bytes, message: bytes) -> bytes:
        """Sign message for this purpose, 64 bytes."""
        return self.sign_key.sign(lp(purpose, message))


def verify(public: bytes, purpose: bytes, message: bytes, signature: bytes) -> None:
    """Raise Tampered unless the holder of this Ed25519 key signed message for this purpose."""
    try:
        Ed25519PublicKey.from_public_bytes(public).verify(signature, lp(purpose, message))
    except (InvalidSignature, ValueError) as error:
        raise Tampered("A signature does not fit what it stands under.") from error


def link(message: bytes, signature: bytes) -> bytes:
    """Return the 32 bytes by which the next signed message of a chain names this one."""
    return digest(lp(b"boapp1 link", message, signature))
