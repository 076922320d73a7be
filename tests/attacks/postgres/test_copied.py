"""37 to 39 and 41: whoever has a copy of the whole database, with and without somebody's keys.

Beside each attack stands what it would bring; what comes back is that no door opens.
"""

import itertools
from collections.abc import Callable
from functools import partial

import msgspec
import pytest

from boapp.crypto.epochs import Wrap, unwrap_key
from boapp.crypto.keychain import Keychain
from boapp.crypto.sealed_pass import (
    Boxes,
    SealedPass,
)
from boapp.domain.workflow import Mode
from boapp.services import leaving
from boapp.services.projects import remove_member
from boapp.workspace import Workspace
from tests.attacks.tools import (
    SECRET_NAME,
    Scene,
    opened_by,
    refusal_of,
)
from tests.moved import MovedScene

COLUMNS = "manifest, signature, blob, boxes"


@pytest.fixture(params=list(Mode))
def scene(request: pytest.FixtureRequest, copies: Callable[[Mode], Scene]) -> Scene:
    """Return this test's own project, once in each mode."""
    return copies(request.param)


def dump(scene: MovedScene) -> list[bytes]:
    """Return every cell of every table that holds bytes, as a stolen backup gives them."""
    with scene.boss() as db:
        query = "SELECT tablename FROM pg_tables WHERE schemaname = 'core'"
        names = [name for (name,) in db.execute(query)]
        rows = [row for name in names for row in db.execute(f"SELECT * FROM core.{name}".encode())]
    return [cell for row in rows for cell in row if isinstance(cell, bytes)]


def first_pass(scene: MovedScene) -> SealedPass:
    """Return the first pass, with its share if there is one, as the database holds it."""
    with scene.boss() as db:
        row = db.execute(f"SELECT {COLUMNS} FROM sealed_pass WHERE slot = 1".encode()).fetchone()
        share = db.execute("SELECT k1 FROM pass_share").fetchone()
    assert row is not None
    boxes = msgspec.msgpack.decode(row[3], type=Boxes)
    return SealedPass(row[0], row[1], row[2], boxes, share[0] if share else b"")


def keys_of(ws: Workspace) -> list[bytes]:
    """Return every secret that somebody's own keys open."""
    found_keys = [ws.keys.box_key.private_bytes_raw(), ws.keys.sign_key.private_bytes_raw()]
    found_keys += [Keychain(ws.home).get(ws.org)]
    return found_keys + [unwrap_key(ws.org, box, ws.keys.box_key).secret for box in ws.shared.wraps(ws.me.id)]


def small(cells: list[bytes]) -> list[bytes]:
    """Return what could be a key."""
    return sorted({cell for cell in cells if len(cell) == 32})


# --- 37, 38, 41: a copy of the database -----------------------------------------------------------


def test_a_copy_of_the_database_opens_no_pass(scene: MovedScene) -> None:
    # 38: a stolen backup, share and all; aud's keys only stand for anybody's who holds no key of the project.
    scene.key_secret()
    aud = scene.as_("aud")
    cells = dump(scene)
    assert opened_by(first_pass(scene), small(cells), aud) == set()
    assert SECRET_NAME.encode() not in b"".join(cells)


def test_a_copy_of_the_database_and_the_second_keyers_keys_open_no_strict_pass(strict: MovedScene) -> None:
    # 37: she and whoever owns the database together.
    strict.key_secret()
    bob = strict.as_("bob")
    assert opened_by(first_pass(strict), keys_of(bob) + small(dump(strict)), bob) == set()


def test_a_copy_of_the_database_and_the_second_keyers_keys_open_a_release_pass(release: MovedScene) -> None:
    # The documented limit of release mode; and what shows that these doors do open.
    release.key_secret()
    bob = release.as_("bob")
    assert opened_by(first_pass(release), keys_of(bob) + small(dump(release)), bob) == {"released"}


def test_equal_values_give_bytes_that_have_nothing_in_common_but_their_size(strict: MovedScene) -> None:
    # 41: equality of what two people keyed would be told to whoever owns the database.
    strict.key("ann", 0)
    strict.key("ann", 1)
    strict.key("ann", 2, company="ACME AND SONS, OF THE OTHER SIDE OF THE RIVER")
    with strict.boss() as db:
        rows = db.execute("SELECT blob, boxes, manifest FROM sealed_pass").fetchall()
    assert len({len(blob) for blob, _, _ in rows}) == len({len(boxes) for _, boxes, _ in rows}) == 1
    for one, other in itertools.combinations(rows, 2):
        for part in (0, 1):
            pieces = {one[part][at : at + 16] for at in range(16, len(one[part]) - 16, 16)}
            assert not any(piece in other[part] for piece in pieces)


# --- 39: who left --------------------------------------------------------------------------------


@pytest.mark.parametrize("how", ["the project", "the organisation"])
def test_whoever_left_opens_nothing_of_the_next_epochs(release: MovedScene, how: str) -> None:
    # With a copy of the whole database, now and later, and every key that she had.
    bob, adj = release.as_("bob"), release.as_("adj")
    keys, secrets = {"bob": bob.keys, "adj": adj.keys}, keys_of(bob) + keys_of(adj)
    release.close()
    for code in keys:
        admin = release.as_("admin")
        if how == "the project":
            remove_member(admin, release.project, code)
        else:
            leaving.revoke(admin, code, "moved away")
        release.close()
    release.key("ann", company=SECRET_NAME)
    sealed, sue = first_pass(release), release.as_("sue")
    assert sealed.read_manifest().context.pdk_epoch == sue.roster.project(release.project).pdk_epoch == 3
    with release.boss() as db:
        boxes = [Wrap(*row) for row in db.execute("SELECT * FROM key_wrap WHERE epoch > 1")]
    opened = [
        unwrap_key(sue.org, box, one.box_key).epoch
        for box in boxes
        for one in keys.values()
        if refusal_of(partial(unwrap_key, sue.org, box, one.box_key)) != "Tampered"
    ]
    assert set(opened) <= {2}
    with_two = secrets + [
        unwrap_key(sue.org, box, one.box_key).secret
        for box in boxes
        for one in keys.values()
        if refusal_of(partial(unwrap_key, sue.org, box, one.box_key)) != "Tampered"
    ]
    assert opened_by(sealed, with_two + small(dump(release)), bob) == set()
