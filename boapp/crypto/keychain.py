"""Where a workstation keeps the site secret of an organisation: the operating system's keyring, or a file.

Here: putting and getting these 32 bytes. Not here: what the secret is good for (key derivation), who
brings it (the provisioning bundle), which keyrings are accepted (`native_keyring`), and the one line that
tells the person that a file is used (the caller prints it).

The rules, in this order:

1. A file of the organisation in HOME/site-secrets decides: the secret lies there, no keyring is asked.
2. Else the operating system's own keyring keeps it. A mark in the same folder remembers that it does.
3. Only where no keyring is accepted and no such mark stands, `put` makes the file.

So a keyring that is locked, silent or gone never moves a secret into a file behind the person's back,
and a keyring that turns up later does not hide the file. A kept secret is never overwritten by another
one: without it nobody's passphrase opens anything any more.
"""

import base64
import binascii
import enum
import os
from pathlib import Path
from typing import TYPE_CHECKING

from boapp.crypto import native_keyring
from boapp.crypto.private_files import read_private, write_new_private
from boapp.errors import BadInput, NotFound, Unavailable

if TYPE_CHECKING:
    from keyring.backend import KeyringBackend

SECRET_SIZE = 32
SERVICE = "boapp"
_FILE_LIMIT = 256


class Keeper(enum.StrEnum):
    """The two ways a secret is kept."""

    KEYRING = "keyring"
    FILE = "file"


class Keychain:
    """The site secrets kept for this user of this computer.

    Made from the home folder of boapp; nothing is read or asked before the first question.
    """

    def __init__(self, home: Path) -> None:
        self._folder = home / "site-secrets"

    @property
    def keeper(self) -> Keeper:
        """What would keep a new secret here and now. Raises Unavailable when the keyring is silent."""
        return Keeper.FILE if native_keyring.find() is None else Keeper.KEYRING

    def where(self, org: bytes) -> Keeper | None:
        """Tell which of the two this home folder remembers, without asking a keyring; None: neither."""
        if os.path.lexists(self._file(org)):
            return Keeper.FILE
        return Keeper.KEYRING if os.path.lexists(self._mark(org)) else None

    def put(self, org: bytes, secret: bytes) -> Keeper:
        """Keep a secret and tell where; keeping the same one again changes nothing.

        Raises BadInput for a wrong size, for another secret already kept and for a keeper that does not
        give back what it took; Unavailable when the keyring or the disk refuses.
        """
        if len(secret) != SECRET_SIZE:
            raise BadInput(f"A site secret has {SECRET_SIZE} bytes, not {len(secret)}.")
        if self.where(org) is not Keeper.FILE and self._put_into_keyring(org, secret):
            return Keeper.KEYRING
        if self.where(org) is None:
            write_new_private(self._file(org), _encoded(secret).encode() + b"\n")
        _demand_same(secret, self._from_file(org))
        return Keeper.FILE

    def get(self, org: bytes) -> bytes:
        """Give the secret of an organisation.

        Raises NotFound when this workstation holds none, BadInput for one that is damaged or open to
        others, Unavailable when the keyring that holds it cannot be asked.
        """
        if self.where(org) is Keeper.FILE:
            return self._from_file(org)
        held = self._from_keyring(org)
        if held is None:
            raise NotFound(
                "This workstation is not enrolled for this organisation.",
                "Enrol it with the bundle that your administrator gives you: boapp enrol BUNDLE.",
            )
        return held

    def _put_into_keyring(self, org: bytes, secret: bytes) -> bool:
        ring = self._ring(org)
        if ring is None:
            return False
        user = org.hex()
        if (held := native_keyring.read(ring, SERVICE, user)) is None:
            native_keyring.write(ring, SERVICE, user, _encoded(secret))
            held = native_keyring.read(ring, SERVICE, user)
        _demand_same(secret, _decoded(held or "", "The keyring"))
        # After the secret: a mark without one would lock the person out of both ways.
        if self.where(org) is None:
            write_new_private(self._mark(org), b"")
        return True

    def _from_keyring(self, org: bytes) -> bytes | None:
        ring = self._ring(org)
        held = None if ring is None else native_keyring.read(ring, SERVICE, org.hex())
        return None if held is None else _decoded(held, "The keyring")

    def _ring(self, org: bytes) -> "KeyringBackend | None":
        ring = native_keyring.find()
        if ring is None and self.where(org) is Keeper.KEYRING:
            raise Unavailable(
                "The site secret lies in this computer's keyring, and the keyring is not there now.",
                "Sign in to the desktop session whose keyring was used, then try again.",
            )
        return ring

    def _from_file(self, org: bytes) -> bytes:
        path = self._file(org)
        content = read_private(path, _FILE_LIMIT)
        return _decoded(content.decode("ascii", "replace").removesuffix("\n"), str(path))

    def _file(self, org: bytes) -> Path:
        return self._folder / org.hex()

    def _mark(self, org: bytes) -> Path:
        return self._folder / f"{org.hex()}.keyring"


def _encoded(secret: bytes) -> str:
    return base64.b64encode(secret).decode()


def _decoded(text: str, keeper: str) -> bytes:
    try:
        secret = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        secret = b""
    if len(secret) != SECRET_SIZE:
        raise BadInput(
            f"{keeper} holds no usable site secret for this organisation.",
            "Remove that entry and enrol this workstation again.",
        )
    return secret


def _demand_same(given: bytes, kept: bytes) -> None:
    if given != kept:
        raise BadInput(
            "Another site secret is already kept for this organisation.",
            "Ask your administrator for the current bundle; remove the kept secret only if it is void.",
        )
