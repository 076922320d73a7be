"""A certificate authority for the tests, and what it issues."""

import datetime as dt
from dataclasses import dataclass, field
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID


def _key() -> ec.EllipticCurvePrivateKey:
    return ec.generate_private_key(ec.SECP256R1())


def _name(common: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common)])


@dataclass(frozen=True)
class Authority:
    """Somebody whose signature under a certificate may be believed."""

    name: str
    key: ec.EllipticCurvePrivateKey = field(default_factory=_key, repr=False)

    def write(self, file: Path) -> Path:
        """Write the certificate that clients are given."""
        made = self._sign(self.name, self.key.public_key(), x509.BasicConstraints(ca=True, path_length=0))
        file.write_bytes(made.public_bytes(Encoding.PEM))
        return file

    def issue(self, host: str) -> tuple[bytes, bytes]:
        """Return a certificate for a server of this name, and its key."""
        secret = _key()
        names = x509.SubjectAlternativeName([x509.DNSName(host)])
        made = self._sign(host, secret.public_key(), names)
        key = secret.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        return made.public_bytes(Encoding.PEM), key

    def _sign(
        self, subject: str, key: ec.EllipticCurvePublicKey, extension: x509.ExtensionType
    ) -> x509.Certificate:
        now = dt.datetime.now(dt.UTC)
        return (
            x509.CertificateBuilder()
            .subject_name(_name(subject))
            .issuer_name(_name(self.name))
            .public_key(key)
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - dt.timedelta(hours=1))
            .not_valid_after(now + dt.timedelta(hours=1))
            .add_extension(extension, critical=isinstance(extension, x509.BasicConstraints))
            .sign(self.key, hashes.SHA256())
        )
