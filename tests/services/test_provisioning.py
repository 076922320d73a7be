"""A bundle: what it carries to another workstation, and what is not taken for one."""

import json
import stat
from pathlib import Path
from typing import Any

import pytest

from boapp.crypto.keychain import Keychain
from boapp.crypto.roster_entries import Head
from boapp.doors import open_workspace
from boapp.enrolment import enrolment_of, remember_head, remembered_head
from boapp.errors import BadInput, NotAllowed, Tampered, Unavailable
from boapp.services.provisioning import MAX_BUNDLE, enrol_workstation, read_bundle, words_of, write_bundle
from tests.builders import PASSPHRASE, House


@pytest.fixture
def bundle(house: House, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the bundle of a house's administrator; no keyring of this computer is met."""
    monkeypatch.setenv("DBUS_SESSION_BUS_ADDRESS", "disabled:")
    path = house.folder / "bundle"
    admin = house.as_("admin")
    assert len(write_bundle(admin, path).split()) == 12
    admin.close()
    return path


def changed(bundle: Path, **parts: Any) -> Path:
    known = json.loads(bundle.read_bytes())
    path = bundle.with_name("changed")
    path.write_text(json.dumps(known | parts))
    return path


def test_another_workstation_opens_what_the_bundle_was_made_for(bundle: Path, house: House) -> None:
    home = house.folder / "another home"
    taken = read_bundle(bundle)
    enrol_workstation(home, taken)
    assert enrolment_of(home, taken.org).roots == taken.roots
    open_workspace(home, house.location, "ann", PASSPHRASE).close()


def test_only_its_owner_reads_it_and_nothing_is_written_over(bundle: Path, house: House) -> None:
    assert stat.S_IMODE(bundle.stat().st_mode) == 0o600
    admin = house.as_("admin")
    with pytest.raises(Unavailable, match="cannot be written"):
        write_bundle(admin, bundle)
    admin.close()


def test_whoever_administers_nothing_makes_none(house: House) -> None:
    sue = house.as_("sue")
    with pytest.raises(NotAllowed, match="administrator"):
        write_bundle(sue, house.folder / "bundle")
    sue.close()
    assert not (house.folder / "bundle").exists()


def test_the_words_are_the_organisations_and_nobody_elses(bundle: Path) -> None:
    org = read_bundle(bundle).org
    others = {words_of(type(org)(bytes([n]) + bytes(org)[1:])) for n in range(256)}
    assert len(others) == 256
    assert words_of(org) in others


@pytest.mark.parametrize(
    "content",
    [b"", b"{}", b"[]", b"\xff" * 100, b"{" * 5000, b'{"boapp_bundle": 1}', b"x" * (MAX_BUNDLE + 9)],
)
def test_what_is_no_bundle_is_refused_in_words(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "bundle"
    path.write_bytes(content)
    with pytest.raises(BadInput, match="not a bundle"):
        read_bundle(path)


@pytest.mark.parametrize(
    "parts",
    [
        {"boapp_bundle": 2},
        {"org": "A" * 22 + "=="},
        {"head": [0, "A" * 43 + "="]},
        {"head": [3, "AAAA"]},
        {"site_secret": "AAAA"},
        {"kdf": [1, 1024, 3, 4]},
        {"kdf": [1, 128 * 1024, 1, 4]},
        {"kdf": [1, 64 * 1024 * 1024, 3, 4]},
        {"place": "postgresql://nothing"},
        {"more": 1},
    ],
)
def test_a_bundle_whose_parts_do_not_fit_is_refused(bundle: Path, parts: dict[str, Any]) -> None:
    # 35: neither a cheaper passphrase nor other roots come in by a bundle.
    with pytest.raises(BadInput):
        read_bundle(changed(bundle, **parts))


def test_the_roots_of_somebody_else_do_not_speak_for_this_organisation(bundle: Path) -> None:
    with pytest.raises(BadInput, match="do not belong together"):
        read_bundle(changed(bundle, roots=["A" * 43 + "=", "B" * 43 + "="]))


def test_an_older_bundle_does_not_set_the_remembered_head_back(bundle: Path, house: House) -> None:
    taken = read_bundle(bundle)
    newer = Head(taken.head[0] + 5, bytes(32))
    remember_head(house.home, taken.org, newer)
    enrol_workstation(house.home, taken)
    assert remembered_head(house.home, taken.org) == newer


def test_the_head_of_the_bundle_keeps_an_older_list_out_at_first_contact(bundle: Path, house: House) -> None:
    # Without it a newcomer would believe whatever old list she is shown first.
    taken = read_bundle(changed(bundle, head=[99, "A" * 43 + "="]))
    home = house.folder / "another home"
    enrol_workstation(home, taken)
    with pytest.raises(Tampered, match="older than"):
        open_workspace(home, house.location, "ann", PASSPHRASE)


def test_another_site_secret_is_not_put_over_the_one_that_is_kept(bundle: Path, house: House) -> None:
    secret = Keychain(house.home).get(read_bundle(bundle).org)
    with pytest.raises(BadInput, match="Another site secret"):
        enrol_workstation(house.home, read_bundle(changed(bundle, site_secret="A" * 43 + "=")))
    assert Keychain(house.home).get(read_bundle(bundle).org) == secret
