"""Signing in while the server is away: with what this workstation remembers, verified as the server's."""

import shutil
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import msgspec
import pytest

from boapp.address import Address
from boapp.crypto.keychain import Keychain
from boapp.crypto.passphrase import derive_guard, open_keys
from boapp.domain.passes import Method
from boapp.doors import open_workspace
from boapp.enrolment import organisation_folder
from boapp.errors import NotAllowed, NotFound, Tampered, Unavailable
from boapp.remembered import remembered_entries, remembered_keys
from boapp.services import queue, sealing
from boapp.services.keying import page, put
from boapp.sync.near import apart
from boapp.sync.run import Courier
from boapp.workspace import Workspace
from tests.builders import PASSPHRASE, entries, receipt
from tests.site import Site
from tests.sync.sitting import stored

SECRET = "QUIVERING WOMBAT TRADING"
NOWHERE = 9
DAMAGED = "damaged. Sign in once while the server"


@contextmanager
def away(site: Site) -> Iterator[Address]:
    """Let the first workstation look for its server where there is none; give that address."""
    file = next(site.desk().home.rglob("enrolment.json"))
    before = file.read_text()
    file.write_text(before.replace(f'"port":{site.address.port}', f'"port":{NOWHERE}'))
    yield Address("127.0.0.1", NOWHERE, site.database)
    file.write_text(before)


@pytest.fixture
def known(site: Site) -> Site:
    """Return a site at whose first workstation ann signed in once and went a round."""
    with closing(site.as_("ann")) as ann:
        Courier(ann).round()
    return site


def sign_in(site: Site, place: Address, code: str = "ann", passphrase: str = PASSPHRASE) -> Workspace:
    return open_workspace(site.desk().home, place, code, passphrase)


def remembered(site: Site) -> Path:
    """Return the folder of what is remembered."""
    return next(site.desk().home.rglob("people.msgpack")).parent


def keys_of(site: Site, code: str) -> Path:
    return remembered(site) / f"{code.encode().hex()}.keys"


# --- working --------------------------------------------------------------------------------------


def test_a_document_is_keyed_without_the_server_and_sent_when_it_is_there_again(known: Site) -> None:
    with away(known) as place, closing(sign_in(known, place)) as ann, closing(apart(ann)) as near:
        (project,) = ann.roster.projects
        with pytest.raises(Unavailable, match="cannot be reached"):
            ann.shared.projects()
        with pytest.raises(Unavailable):
            Courier(ann).round()
        work = queue.claim(near, project, second=False)
        assert work is not None
        assert page(near, work, 1).startswith(b"\x89PNG")
        sealing.seal(near, work, entries(receipt()), Method.KEYED)
        assert near.store.backlog().count == 1
    assert stored(known) == []
    with closing(known.as_("ann")) as ann:
        Courier(ann).round()
        assert ann.store.backlog().count == 0
    assert stored(known) == [work.claim.document]


def test_a_wrong_passphrase_is_refused_in_the_same_words_as_by_the_server(known: Site) -> None:
    with pytest.raises(NotAllowed) as by_the_server:
        sign_in(known, known.address, passphrase="a wrong passphrase")
    with away(known) as place, pytest.raises(NotAllowed) as here:
        sign_in(known, place, passphrase="a wrong passphrase")
    assert here.value.title == by_the_server.value.title


@pytest.mark.parametrize("code", ["bob", "nobody"])
def test_who_never_worked_here_is_told_that_the_server_is_away(known: Site, code: str) -> None:
    with away(known) as place, pytest.raises(Unavailable, match="cannot be reached"):
        sign_in(known, place, code)


def test_who_was_ended_and_is_known_to_have_left_is_refused_without_the_server(known: Site) -> None:
    known.desk().run("people", "revoke", "ann", "--reason", "moved", *known.dba)
    with away(known) as place, pytest.raises(NotAllowed, match="left"):
        sign_in(known, place)


def test_without_the_site_secret_nothing_opens(known: Site) -> None:
    store = next(known.desk().home.rglob("stores/*.db"))
    before = store.read_bytes()
    shutil.rmtree(known.desk().home / "site-secrets")
    with away(known) as place, pytest.raises(NotFound, match="not enrolled"):
        sign_in(known, place)
    assert store.read_bytes() == before


# --- what is remembered was changed ---------------------------------------------------------------


def cut(file: Path) -> None:
    file.write_bytes(file.read_bytes()[:-7])


def emptied(file: Path) -> None:
    file.write_bytes(b"")


def zeroed(file: Path) -> None:
    file.write_bytes(bytes(file.stat().st_size))


def too_deep(file: Path) -> None:
    file.write_bytes(b"\x91" * 100_000)


def one_bit_turned(file: Path) -> None:
    data = bytearray(file.read_bytes())
    data[len(data) // 2] ^= 1
    file.write_bytes(data)


def one_entry_fewer(file: Path) -> None:
    """Put an older list in its place, as from a backup."""
    entries_ = msgspec.msgpack.decode(file.read_bytes())
    file.write_bytes(msgspec.msgpack.encode(entries_[:-1]))


def without_the_first_entry(file: Path) -> None:
    file.write_bytes(msgspec.msgpack.encode(msgspec.msgpack.decode(file.read_bytes())[1:]))


LIST = [cut, emptied, zeroed, too_deep, one_bit_turned, one_entry_fewer, without_the_first_entry, Path.unlink]


@pytest.mark.parametrize("change", LIST)
def test_a_list_of_people_that_is_not_as_it_was_kept_is_refused(
    known: Site, change: Callable[[Path], None]
) -> None:
    file = remembered(known) / "people.msgpack"
    change(file)
    with away(known) as place, pytest.raises(Tampered, match=DAMAGED):
        sign_in(known, place)
    with closing(known.as_("ann")) as ann:
        assert remembered_entries(ann.home, ann.org)
    with away(known) as place:
        sign_in(known, place).close()


@pytest.mark.parametrize("change", [cut, zeroed, too_deep, one_bit_turned])
def test_locked_keys_that_are_not_as_they_were_kept_are_refused(
    known: Site, change: Callable[[Path], None]
) -> None:
    change(keys_of(known, "ann"))
    with away(known) as place, pytest.raises(Tampered, match=DAMAGED):
        sign_in(known, place)
    known.as_("ann").close()
    with away(known) as place:
        sign_in(known, place).close()


def test_somebody_elses_locked_keys_under_her_name_open_nothing(known: Site) -> None:
    known.as_("bob").close()
    shutil.copy(keys_of(known, "bob"), keys_of(known, "ann"))
    with away(known) as place, pytest.raises(Tampered, match=DAMAGED):
        sign_in(known, place)


def test_somebody_elses_locked_keys_with_her_name_in_them_open_nothing(known: Site) -> None:
    with closing(known.as_("bob")) as bob:
        row = remembered_keys(bob.home, bob.org, "bob")
        ann = bob.roster.person("ann")
    assert row is not None
    renamed = msgspec.structs.replace(row, code="ann", person=ann.id)
    keys_of(known, "ann").write_bytes(msgspec.msgpack.encode(renamed))
    with away(known) as place, pytest.raises(Tampered, match=DAMAGED):
        sign_in(known, place)


# --- what a colleague finds -----------------------------------------------------------------------


def test_a_colleague_with_the_folder_and_the_site_secret_opens_nothing_of_hers(known: Site) -> None:
    with closing(known.as_("ann")) as ann, closing(apart(ann)) as near:
        (project,) = ann.roster.projects
        first, following = (queue.claim(near, project, second=False) for _ in range(2))
        assert first is not None
        assert following is not None
        sealing.seal(near, first, entries(receipt(company=SECRET)), Method.KEYED)
        put(near, following, entries(receipt(address=SECRET))[2])
        org, person, secrets = ann.org, ann.me, (ann.keys.to_bytes(), ann.db_password.encode())
    home = known.desk().home
    written = b"".join(file.read_bytes() for file in home.rglob("*") if file.is_file())
    sought = [SECRET.encode(), SECRET.encode("utf-16-le"), PASSPHRASE.encode(), b"\x89PNG", *secrets]
    sought += [first.description.name.encode(), following.description.name.encode()]
    assert not [words for words in sought if words in written]
    row = remembered_keys(home, org, "ann")
    assert row is not None
    site_secret = Keychain(home).get(org)
    for code, passphrase in (("ann", "a guess of mine"), ("bob", PASSPHRASE), ("admin", PASSPHRASE)):
        guard = derive_guard(passphrase, org, code, site_secret, row.kdf)
        with pytest.raises(NotAllowed):
            open_keys(guard, row.blob, person.keys, org, person.id, "ann", row.kdf)
    assert organisation_folder(home, org).stat().st_mode & 0o077 == 0
