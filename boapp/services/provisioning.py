"""Enrolling a workstation: the bundle that an administrator makes and hands over, and taking it in.

A bundle carries the site secret, so whoever holds it and a copy of the database may guess passphrases: it is
handed over in person and then deleted. It also pins the roots from which everything is verified; that it is
the administrator's own is seen from twelve words, read out by one and compared by the other.
"""

from pathlib import Path

import msgspec
from mnemonic import Mnemonic

from boapp.address import Address, read_address, read_place
from boapp.crypto.keychain import SECRET_SIZE, Keeper, Keychain
from boapp.crypto.passphrase import KdfParameters
from boapp.crypto.private_files import write_beside
from boapp.crypto.roster_entries import Head, org_id
from boapp.domain.ids import OrgId
from boapp.enrolment import Enrolment, Server, enrol, enrolment_of, remember_head
from boapp.errors import BadInput, Refusal, Unavailable
from boapp.services.people import require_administrator
from boapp.workspace import Workspace

MAX_BUNDLE = 2 * 1024 * 1024
VERSION = 1


class Bundle(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a workstation must know before it can open anything.

    place: a URL or a folder. ca: certificates in PEM, or empty. head: number and digest of the newest entry
    of the list of people.
    """

    boapp_bundle: int
    org: OrgId
    roots: tuple[bytes, bytes]
    place: str
    ca: str
    kdf: KdfParameters
    head: tuple[int, bytes]
    site_secret: bytes

    def __repr__(self) -> str:
        return f"Bundle({self.place})"


def write_bundle(ws: Workspace, path: Path) -> str:
    """Write the bundle of this organisation into a new file; return the words to be compared."""
    require_administrator(ws)
    enrolment = enrolment_of(ws.home, ws.org)
    bundle = Bundle(
        VERSION,
        ws.org,
        enrolment.roots,
        str(ws.location if isinstance(ws.location, Address) else ws.location.absolute()),
        enrolment.server.ca if enrolment.server else "",
        ws.roster.organisation.kdf,
        (ws.roster.head.seq, ws.roster.head.digest),
        Keychain(ws.home).get(ws.org),
    )
    write_beside(path, msgspec.json.encode(bundle))
    return words_of(ws.org)


def words_of(org: OrgId) -> str:
    """Return twelve words for an organisation's id, which is a digest of its roots (BIP 39, English)."""
    return str(Mnemonic("english").to_mnemonic(bytes(org)))


def read_bundle(path: Path) -> Bundle:
    """Read a bundle from a file; BadInput when it is none, or its parts do not belong together."""
    try:
        with path.open("rb") as file:
            data = file.read(MAX_BUNDLE + 1)
    except OSError as error:
        raise Unavailable(f"{path} cannot be read: {error.strerror}.", "Name the bundle's file.") from error
    try:
        bundle = msgspec.json.decode(data, type=Bundle)
        bundle.kdf.check()
        read_place(bundle.place)
    except (msgspec.MsgspecError, Refusal) as error:
        raise BadInput(f"{path} is not a bundle of boapp.", "Ask your administrator for it again.") from error
    number, digest = bundle.head
    sizes = (len(bundle.site_secret), len(digest), *map(len, bundle.roots))
    whole = sizes == (SECRET_SIZE, 32, 32, 32) and number > 0
    if bundle.boapp_bundle != VERSION or not whole or bundle.org != org_id(bundle.roots):
        raise BadInput(
            f"The parts of {path} do not belong together, or it is of another version.",
            "Update boapp on this workstation, or ask your administrator for the bundle again.",
        )
    return bundle


def enrol_workstation(home: Path, bundle: Bundle) -> Keeper:
    """Take a bundle in: pin the roots, keep the site secret, remember the newest head; tell who keeps it.

    Doing it again changes nothing but the place and the certificates; the head never goes back.
    """
    keeper = Keychain(home).put(bundle.org, bundle.site_secret)
    server = None
    if "://" in bundle.place:
        server = Server(read_address(bundle.place), bundle.ca, bundle.kdf)
    enrol(home, Enrolment(bundle.org, bundle.roots, server))
    number, digest = bundle.head
    remember_head(home, bundle.org, Head(number, digest))
    return keeper
