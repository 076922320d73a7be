"""What sealing and saving cost beside their floors: performance.md sections D and G.

The floor of a seal is its bare cryptography, called on ready bytes; that of a draft is a bare insert of
the same bytes into an SQLite file with WAL and synchronous FULL.
"""

import os
import sqlite3
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256, Hash
from cryptography.hazmat.primitives.hpke import AEAD, KDF, KEM, Suite
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from boapp.crypto.envelope import KEY_BYTES, new_id
from boapp.crypto.framing import lp
from boapp.crypto.sealed_pass import (
    ChainPlace,
    Circumstances,
    PassContext,
    SealingKeys,
    pad,
    seal_pass,
)
from boapp.crypto.signing import PersonKeys
from boapp.domain.ids import (
    ChainId,
    DocumentId,
    Fence,
    OrgId,
    PassId,
    PersonId,
    ProjectId,
)
from boapp.domain.passes import Asked, Entry, Method, encode
from boapp.domain.values import Address, Value
from boapp.localdb.store import LocalStore, Owner
from tests.benchmarks.ratios import Ratio, best_of, compare_ways

FULL = bool(os.environ.get("BOAPP_FULL"))
ROUNDS = 9 if FULL else 5
ENTRIES = tuple(Entry(Address(f"field_{n:02}"), Value.keyed(f"value {n} of it")) for n in range(30))
SUITE = Suite(KEM.X25519, KDF.HKDF_SHA256, AEAD.AES_256_GCM)


def sha256(data: bytes) -> bytes:
    done = Hash(SHA256())
    done.update(data)
    return done.finalize()


def derived(key: bytes, info: bytes) -> bytes:
    return HKDF(algorithm=SHA256(), length=KEY_BYTES, salt=None, info=info).derive(key)


def bare_cryptography(body: bytes, manifest: bytes) -> None:
    """Do what a seal needs of cryptography, with everything else ready made."""
    kp, k1, nonce = os.urandom(32), os.urandom(32), os.urandom(12)
    blob = AESGCM(kp).encrypt(nonce, body, manifest)
    for public in (ADJ_PUBLIC, OWN_PUBLIC):
        SUITE.encrypt(kp, public, info=manifest)
    AESGCM(derived(derived(PDK, b"release"), k1)).encrypt(nonce, kp, manifest)
    for part in (blob, kp, k1, manifest):
        sha256(part)
    SIGN.sign(manifest)


ADJ, OWN, SIGN = X25519PrivateKey.generate(), X25519PrivateKey.generate(), Ed25519PrivateKey.generate()
ADJ_PUBLIC, OWN_PUBLIC, PDK = ADJ.public_key(), OWN.public_key(), os.urandom(32)


def test_a_seal_costs_little_more_than_its_cryptography() -> None:
    author = PersonKeys.of(OWN, SIGN)
    org, project, document = OrgId(new_id()), ProjectId(new_id()), DocumentId(new_id())
    ids = (org, project, document, PassId(new_id()), PersonId(new_id()))
    context = PassContext(*ids, author.public.key_id, 1, 1, bytes(32), bytes(32))
    place = ChainPlace(ChainId(new_id()), 1, bytes(32), lp(bytes(32), b""))
    how = Circumstances(Asked.ALL, Method.KEYED, "0.1.0", Fence(new_id()), place, 1)
    keys = SealingKeys(ADJ_PUBLIC.public_bytes_raw(), PDK)
    body, manifest = pad(encode(ENTRIES)), seal_pass(context, ENTRIES, author, keys, how).manifest

    def measure() -> Ratio:
        return compare_ways(
            lambda: seal_pass(context, ENTRIES, author, keys, how),
            lambda: bare_cryptography(body, manifest),
            ROUNDS,
            400,
        )

    found = best_of(3, 1.2, measure)
    print(f"seal of 30 fields / its bare cryptography: {found}, goal 1.2")
    assert found.meets(1.2), found


def bare_store(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=FULL")
    connection.execute(
        "CREATE TABLE draft (document BLOB, field TEXT, row INT, data BLOB, "
        "PRIMARY KEY (document, field, row))"
    )
    return connection


def measure_saving(folder: Path) -> Ratio:
    folder.mkdir()
    org, person, project = OrgId(new_id()), PersonId(new_id()), ProjectId(new_id())
    owner = Owner(org, person, PersonKeys.generate(), ADJ_PUBLIC.public_bytes_raw())
    store, bare = LocalStore(folder / "store.db", owner), bare_store(folder / "bare.db")
    size = 64
    insert = "INSERT OR REPLACE INTO draft VALUES (?, ?, ?, ?)"
    try:
        return compare_ways(
            lambda: store.put_draft(project, DocumentId(new_id()), ENTRIES[0]),
            lambda: bare.execute(insert, (new_id(), "field_00", 0, os.urandom(size))),
            ROUNDS,
            300,
        )
    finally:
        bare.close()
        store.close()


def test_a_durable_save_costs_little_more_than_a_bare_insert(tmp_path: Path) -> None:
    places = iter(range(3))
    found = best_of(3, 1.5, lambda: measure_saving(tmp_path / str(next(places))))
    print(f"durable local save / bare FULL insert: {found}, goal 1.5")
    assert found.meets(1.5), found
