"""What a person signs about her own locked keys, so that nobody exchanges them or their marks."""

from boapp.crypto.framing import lp
from boapp.crypto.signing import PersonKeys, PublicKeys, verify
from boapp.domain.ids import OrgId
from boapp.shareddb.protocol import PersonKey

PURPOSE = b"boapp1 locked keys"


def sign_locked_keys(row: PersonKey, org: OrgId, keys: PersonKeys) -> bytes:
    """Return a person's signature over her row."""
    return keys.sign(PURPOSE, _message(row, org))


def verify_locked_keys(row: PersonKey, org: OrgId, keys: PublicKeys) -> None:
    """Raise Tampered unless the row is as its person signed it."""
    verify(keys.ed25519, PURPOSE, _message(row, org), row.signature)


def _message(row: PersonKey, org: OrgId) -> bytes:
    mark = b"administrator" if row.set_by_administrator else b"person"
    return lp(org, row.person, row.code.encode(), row.blob, row.scram.encode(), row.kdf.to_bytes(), mark)
