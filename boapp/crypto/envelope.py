"""The only place where boapp encrypts: AES-256-GCM, HPKE, HKDF and key commitments (suite 1).

Every ciphertext names its purpose: through its AAD (AES-GCM), its info (HPKE) or its label (HKDF),
always built with LP. A key that lives long never encrypts itself: `seal_row` takes a subkey per row,
so that a restored machine image that repeats its random numbers never repeats a key and nonce.
These labels and forms are suite 1; another suite takes labels of its own.

    sealed = version_u8 ‖ nonce12 ‖ AES-256-GCM(key).encrypt(plaintext, aad)
    box    = HPKE Base(X25519, HKDF-SHA256, AES-256-GCM).seal(public, info, 32 bytes)      80 bytes
"""

import hashlib
import os

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.hpke import AEAD, KDF, KEM, Suite
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from boapp.crypto.framing import lp
from boapp.errors import Tampered

SUITE = 1
VERSION = b"\x01"
KEY_BYTES = 32
BOX_BYTES = 80
NONCE_BYTES = 12

_HPKE = Suite(KEM.X25519, KDF.HKDF_SHA256, AEAD.AES_256_GCM)


def new_key() -> bytes:
    """Return 32 random bytes."""
    return os.urandom(KEY_BYTES)


def new_id() -> bytes:
    """Return 16 random bytes."""
    return os.urandom(16)


def digest(data: bytes) -> bytes:
    """Return SHA-256 of data, 32 bytes."""
    return hashlib.sha256(data).digest()


def derive(key: bytes, *info: bytes, salt: bytes = b"") -> bytes:
    """Return the 32-byte HKDF-SHA256 subkey of key for the purpose that info spells out."""
    return HKDF(algorithm=SHA256(), length=KEY_BYTES, salt=salt or None, info=lp(*info)).derive(key)


def seal(key: bytes, plaintext: bytes, aad: bytes) -> bytes:
    """Encrypt under a key that is fresh for this one message."""
    nonce = os.urandom(NONCE_BYTES)
    return b"".join((VERSION, nonce, AESGCM(key).encrypt(nonce, plaintext, aad)))


def unseal(key: bytes, sealed: bytes, aad: bytes) -> bytes:
    """Decrypt what `seal` made; Tampered when key, purpose or bytes are not the very same."""
    if sealed[:1] != VERSION:
        raise Tampered("A stored message is of an unknown version.", "Update boapp on this workstation.")
    view = memoryview(sealed)
    try:
        return AESGCM(key).decrypt(view[1:13], view[13:], aad)
    except (InvalidTag, ValueError) as error:
        raise Tampered("A stored message does not open with this key.") from error


def seal_row(key: bytes, label: bytes, row: bytes, plaintext: bytes, aad: bytes) -> bytes:
    """Encrypt one row under a long-lived key: the message key is derived for label and row alone."""
    return seal(derive(key, label, row), plaintext, aad)


def unseal_row(key: bytes, label: bytes, row: bytes, sealed: bytes, aad: bytes) -> bytes:
    """Decrypt what `seal_row` made."""
    return unseal(derive(key, label, row), sealed, aad)


def wrap(public: bytes, info: bytes, key: bytes) -> bytes:
    """Return the 80-byte HPKE box of a 32-byte key for the holder of an X25519 public key."""
    return _HPKE.encrypt(key, X25519PublicKey.from_public_bytes(public), info=info)


def unwrap(private: X25519PrivateKey, info: bytes, box: bytes) -> bytes:
    """Open a box made for this private key and this info; Tampered otherwise."""
    if len(box) != BOX_BYTES:
        raise Tampered("A key box has the wrong size.")
    try:
        return _HPKE.decrypt(box, private, info=info)
    except (InvalidTag, ValueError) as error:
        raise Tampered("A key box does not open: it is damaged or made for somebody else.") from error


def commitment(purpose: bytes, context: bytes, key: bytes) -> bytes:
    """Bind a 32-byte random key to its context: AES-GCM alone would let one ciphertext open two ways."""
    return digest(lp(purpose, context, key))
