"""From a passphrase to the keys that it guards.

Order: Argon2id over the passphrase, then HKDF over its result and the site secret. Two labels:
`blob` opens a person's private keys, `db-password` is her login at a shared PostgreSQL. Nothing is
stored to check a passphrase against: the blob's own authentication tag is the check. The salt
follows from organisation and login, so it is known before the first connection.
"""

import base64
import hashlib
import hmac
from dataclasses import dataclass

import msgspec
from cryptography.hazmat.primitives.kdf.argon2 import Argon2id

from boapp.crypto.envelope import derive, digest, seal, unseal
from boapp.crypto.framing import lp, u32
from boapp.crypto.signing import PersonKeys, PublicKeys
from boapp.domain.ids import OrgId, PersonId
from boapp.errors import NotAllowed, Tampered

FLOOR_KIB = 64 * 1024
FLOOR_ITERATIONS = 3
CAP_KIB = 1024 * 1024
CAP_ITERATIONS = 16
SCRAM_ITERATIONS = 4096


class KdfParameters(msgspec.Struct, frozen=True, array_like=True):
    """What Argon2id costs in one organisation; memory in KiB. Nothing lowers it below the floor."""

    version: int = 1
    memory_kib: int = 128 * 1024
    iterations: int = 3
    lanes: int = 4

    def check(self) -> "KdfParameters":
        """Refuse parameters that are too cheap to protect or too dear to run."""
        cheap = self.memory_kib < FLOOR_KIB or self.iterations < FLOOR_ITERATIONS
        dear = self.memory_kib > CAP_KIB or self.iterations > CAP_ITERATIONS
        if cheap or dear or not 1 <= self.lanes <= 16:
            raise Tampered(
                "The passphrase parameters on record are outside what boapp accepts.",
                "Somebody may have tried to weaken them: call your administrator.",
            )
        return self

    def to_bytes(self) -> bytes:
        """Return the form that stands in a blob's AAD."""
        return lp(u32(self.version), u32(self.memory_kib), u32(self.iterations), u32(self.lanes))


@dataclass(frozen=True, slots=True)
class Guard:
    """What one derivation gives: the key of the blob and the password of the database login."""

    blob_key: bytes
    db_password: str

    def __repr__(self) -> str:
        return "Guard(derived)"


def derive_guard(
    passphrase: str, org: OrgId, login: str, site_secret: bytes, parameters: KdfParameters
) -> Guard:
    """Run Argon2id once; takes about a third of a second and the memory that the parameters name."""
    parameters.check()
    stretched = Argon2id(
        salt=digest(lp(b"boapp1 salt", org, login.encode())),
        length=32,
        iterations=parameters.iterations,
        lanes=parameters.lanes,
        memory_cost=parameters.memory_kib,
    ).derive(passphrase.encode())
    root = stretched + site_secret
    return Guard(derive(root, b"blob"), base64.b64encode(derive(root, b"db-password")).decode())


def seal_keys(
    guard: Guard, keys: PersonKeys, org: OrgId, person: PersonId, login: str, parameters: KdfParameters
) -> bytes:
    """Return the blob that holds a person's private keys."""
    return seal(guard.blob_key, keys.to_bytes(), _blob_aad(keys.public, org, person, login, parameters))


def open_keys(
    guard: Guard,
    blob: bytes,
    public: PublicKeys,
    org: OrgId,
    person: PersonId,
    login: str,
    parameters: KdfParameters,
) -> PersonKeys:
    """Open a blob; one sentence for every reason, so that nobody learns which part was wrong."""
    try:
        data = unseal(guard.blob_key, blob, _blob_aad(public, org, person, login, parameters))
    except Tampered as error:
        raise NotAllowed(
            "This person and passphrase do not open the workspace on this workstation.",
            "Check the code and the passphrase, then try again.",
        ) from error
    return PersonKeys.from_bytes(data)


def _blob_aad(
    public: PublicKeys, org: OrgId, person: PersonId, login: str, parameters: KdfParameters
) -> bytes:
    return lp(b"blob", org, person, login.encode(), public.key_id, parameters.to_bytes())


def scram_verifier(password: str, salt: bytes) -> str:
    """Return PostgreSQL's SCRAM-SHA-256 verifier of a derived password (RFC 5802 and 7677).

    The password has 256 random bits, so the iteration count adds nothing to its strength.
    """
    salted = hashlib.pbkdf2_hmac("sha256", password.encode(), salt, SCRAM_ITERATIONS)
    stored = digest(hmac.digest(salted, b"Client Key", "sha256"))
    server = hmac.digest(salted, b"Server Key", "sha256")
    salt64, stored64, server64 = (base64.b64encode(x).decode() for x in (salt, stored, server))
    return f"SCRAM-SHA-256${SCRAM_ITERATIONS}:{salt64}${stored64}:{server64}"
