"""What somebody with honest keys may exchange for something of her own: a description, a local store."""

import contextlib
from pathlib import Path

import msgspec
import pytest

from boapp.crypto.metadata import seal_meta
from boapp.crypto.signing import PersonKeys
from boapp.domain.documents import encode_description
from boapp.errors import Tampered
from boapp.localdb.store import LocalStore, Owner
from boapp.services.intake import describe
from boapp.services.queue import claim
from boapp.services.verifying import document_row
from tests.attacks.tools import Scene


@pytest.mark.parametrize("changed", [{"name": "another.png"}, {"index": {"month": "never"}}, {"pages": ()}])
def test_a_description_sealed_anew_with_the_project_key_is_refused(
    scene: Scene, changed: dict[str, object]
) -> None:
    bob, document = scene.as_("bob"), scene.documents[0]
    row = document_row(bob, scene.project, document)
    data = encode_description(msgspec.structs.replace(describe(bob, row), **changed))
    forged = seal_meta(bob.org, bob.pdk(scene.project, row.meta_epoch), b"document", document, data)
    with scene.sql() as sql:
        sql.execute("UPDATE document SET meta = ? WHERE id = ?", (forged, document))
    with pytest.raises(Tampered, match="not the one that was taken in"):
        claim(scene.as_("ann"), scene.project, second=False, document=document)
    assert scene.findings()


def test_a_local_store_that_somebody_else_made_for_her_is_refused(release: Scene, tmp_path: Path) -> None:
    # Its key is wrapped to her public key, so it opens for her; but its maker knows the key as well.
    ann, path = release.as_("ann"), tmp_path / "planted.db"
    bob = release.as_("bob").keys
    in_her_name = PersonKeys(bob.box_key, bob.sign_key, ann.keys.public)
    recovery = ann.roster.organisation.recovery
    with contextlib.suppress(Tampered):
        LocalStore(path, Owner(ann.org, ann.me.id, in_her_name, recovery))
    assert path.stat().st_size > 0
    with pytest.raises(Tampered, match="A signature does not fit"):
        LocalStore(path, Owner(ann.org, ann.me.id, ann.keys, recovery))
