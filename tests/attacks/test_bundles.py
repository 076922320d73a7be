"""35 and its kin: a bundle in other hands than the administrator's, on its way to a workstation."""

from pathlib import Path

import msgspec
import pytest

from boapp.crypto.keychain import Keychain
from boapp.crypto.passphrase import KdfParameters, derive_guard
from boapp.crypto.roster_entries import Head
from boapp.domain.ids import OrgId
from boapp.enrolment import Enrolment, Server, enrol, enrolment_at, remembered_head
from boapp.errors import BadInput, Tampered, Unavailable
from boapp.services.provisioning import (
    MAX_BUNDLE,
    Bundle,
    enrol_workstation,
    read_bundle,
    words_of,
)
from tests.crypto.fixed import ORG, ROOT_PUBLICS, repeat

PLACE = "postgresql://db.example/work"
CHEAP = KdfParameters(1, 1024, 1, 1)
MADE = Bundle(1, ORG, ROOT_PUBLICS, PLACE, "", KdfParameters(), (7, repeat(1, 32)), repeat(2, 32))
BENT: dict[str, dict[str, object]] = {
    "passphrases made cheap": {"kdf": CHEAP},
    "passphrases made endless": {"kdf": KdfParameters(1, 2**24, 3, 4)},
    "roots of somebody else under the same name": {"roots": (repeat(8, 32), repeat(9, 32))},
    "the name of somebody else": {"org": OrgId(repeat(8))},
    "a site secret that is none": {"site_secret": b""},
    "no head": {"head": (0, bytes(32))},
    "half a head": {"head": (7, bytes(31))},
    "another version": {"boapp_bundle": 2},
    "no place": {"place": "postgresql://db.example"},
}


def written(folder: Path, data: bytes) -> Path:
    path = folder / "bundle"
    path.write_bytes(data)
    return path


@pytest.mark.parametrize("what", BENT)
def test_a_bent_bundle_is_not_taken(tmp_path: Path, what: str) -> None:
    path = written(tmp_path, msgspec.json.encode(MADE))
    assert read_bundle(path) == MADE
    path = written(tmp_path, msgspec.json.encode(msgspec.structs.replace(MADE, **BENT[what])))
    with pytest.raises(BadInput):
        read_bundle(path)


@pytest.mark.parametrize("data", [b"", b"{}", b"[" * 100_000, bytes(MAX_BUNDLE + 2), b'{"boapp_bundle": 1}'])
def test_what_is_no_bundle_is_not_taken(tmp_path: Path, data: bytes) -> None:
    with pytest.raises(BadInput):
        read_bundle(written(tmp_path, data))
    with pytest.raises(Unavailable):
        read_bundle(tmp_path / "nothing")


def test_other_roots_have_other_words_and_a_bundle_shows_no_secret() -> None:
    assert words_of(ORG) != words_of(OrgId(repeat(8)))
    assert len(words_of(ORG).split()) == 12
    assert repeat(2, 32).hex() not in repr(MADE)


def test_an_older_bundle_sets_nothing_back(tmp_path: Path) -> None:
    # A list from before somebody left would be believed again.
    enrol_workstation(tmp_path, MADE)
    enrol_workstation(tmp_path, msgspec.structs.replace(MADE, head=(3, repeat(4, 32))))
    assert remembered_head(tmp_path, ORG) == Head(7, repeat(1, 32))


def test_a_bundle_with_another_site_secret_locks_nobody_out(tmp_path: Path) -> None:
    enrol_workstation(tmp_path, MADE)
    with pytest.raises(BadInput):
        enrol_workstation(tmp_path, msgspec.structs.replace(MADE, site_secret=repeat(5, 32)))
    assert Keychain(tmp_path).get(ORG) == repeat(2, 32)


def test_cheap_parameters_in_a_workstations_file_are_not_derived_with(tmp_path: Path) -> None:
    enrol_workstation(tmp_path, MADE)
    file = next(tmp_path.rglob("enrolment.json"))
    enrolment = msgspec.json.decode(file.read_bytes(), type=Enrolment)
    assert enrolment.server is not None
    cheap = Server(enrolment.server.address, "", CHEAP)
    enrol(tmp_path, msgspec.structs.replace(enrolment, server=cheap))
    _, server = enrolment_at(tmp_path, cheap.address)
    with pytest.raises(Tampered):
        derive_guard("a passphrase", ORG, "ann", repeat(2, 32), server.kdf)
