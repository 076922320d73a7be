"""31 to 33, 35, 36: whoever owns the database and puts things where they do not belong.

Beside each attack stands what it would bring; what comes back is that nothing opens, or the client refuses.
"""

import msgspec
import pytest

from boapp.crypto.envelope import commitment, derive, digest, new_key, seal, wrap
from boapp.crypto.epochs import Wrap, unwrap_key
from boapp.crypto.framing import lp
from boapp.crypto.keychain import Keychain
from boapp.crypto.passphrase import Guard, KdfParameters, derive_guard, open_keys
from boapp.crypto.roster_entries import KeyKind
from boapp.crypto.sealed_pass import (
    PURPOSE,
    Boxes,
    SealedPass,
)
from boapp.domain.ids import ProjectId
from boapp.domain.passes import Asked
from boapp.doors import open_locked
from boapp.errors import NotAllowed, Refusal, Tampered
from boapp.services.comparing import compare_mine, compare_waiting
from boapp.services.opening import open_as_holder, open_as_second
from boapp.services.projects import remove_member
from boapp.services.verifying import document_row
from boapp.workspace import Workspace
from tests.attacks.postgres.test_copied import COLUMNS, first_pass
from tests.attacks.tools import (
    claim_raw,
    forged_pass,
    found,
)
from tests.builders import PASSPHRASE
from tests.moved import MovedScene

CHEAP = KdfParameters(1, 1024, 1, 1)


# --- 31, 32: things put elsewhere ----------------------------------------------------------------

SWAPS = {
    "passes of two documents": (
        "UPDATE sealed_pass s SET ({c}) = (SELECT {o} FROM sealed_pass o WHERE o.document <> s.document "
        "AND o.slot = s.slot)"
    ),
    "the two passes of a document": (
        "UPDATE sealed_pass s SET ({c}) = (SELECT {o} FROM sealed_pass o WHERE o.document = s.document "
        "AND o.slot <> s.slot)"
    ),
    "the boxes of two passes": (
        "UPDATE sealed_pass s SET boxes = (SELECT o.boxes FROM sealed_pass o WHERE o.document <> s.document "
        "AND o.slot = s.slot)"
    ),
    "the blobs of two passes": (
        "UPDATE sealed_pass s SET blob = (SELECT o.blob FROM sealed_pass o WHERE o.document <> s.document "
        "AND o.slot = s.slot)"
    ),
    "the documents' intakes": (
        "UPDATE document d SET intake = (SELECT o.intake FROM document o WHERE o.id <> d.id "
        "AND o.position < 3) WHERE d.position < 3"
    ),
}


@pytest.mark.parametrize("what", SWAPS)
def test_what_was_put_elsewhere_is_opened_by_nobody(release: MovedScene, what: str) -> None:
    # Ann's values would settle another document than she keyed.
    for number in (0, 1):
        release.key("ann", number, total=f"{number}.00")
        release.key("bob", number, second=True, total="9.00")
    names = COLUMNS.split(", ")
    release.edit(SWAPS[what].format(c=COLUMNS, o=", ".join(f"o.{name}" for name in names)))
    release.close()
    for code, opens in (("sue", open_as_holder), ("bob", open_as_second)):
        ws = release.as_(code)
        for document in release.documents[:2]:
            with pytest.raises(Refusal):
                opens(ws, document_row(ws, release.project, document))
    assert release.findings() != []


def test_a_project_that_stands_for_another_opens_nothing(release: MovedScene) -> None:
    # Its documents under the key of a project whose people may see more.
    release.key("ann")
    sue = release.as_("sue")
    other = ProjectId(bytes(16))
    with release.boss() as db:
        for table in ("document", "fact", "member"):
            db.execute(f"UPDATE {table} SET project = %s".encode(), (other,))
    with pytest.raises(Refusal):
        open_as_holder(sue, document_row(sue, other, release.documents[0]))


BOXED = {
    "an older epoch's box": "UPDATE key_wrap k SET box = (SELECT o.box FROM key_wrap o WHERE o.epoch = 1 "
    "AND (o.project, o.kind, o.person, o.key_id) = (k.project, k.kind, k.person, k.key_id)) WHERE epoch = 2",
    "an older epoch as the newer": "UPDATE key_wrap SET epoch = "
    "CASE epoch WHEN 1 THEN -2 WHEN 2 THEN -1 ELSE -epoch END WHERE kind <> 'dir'; "
    "UPDATE key_wrap SET epoch = -epoch WHERE epoch < 0",
    "another person's box": "UPDATE key_wrap k SET box = (SELECT o.box FROM key_wrap o WHERE o.person <> "
    "k.person AND (o.project, o.kind, o.epoch) = (k.project, k.kind, k.epoch) LIMIT 1)",
    "a box of nothing": "UPDATE key_wrap SET box = zeroblob(80)",
}


@pytest.mark.parametrize("what", BOXED)
def test_a_box_from_elsewhere_gives_nobody_a_key(release: MovedScene, what: str) -> None:
    # 31, 32: what is sealed next would be sealed to a key that somebody who left still holds.
    remove_member(release.as_("admin"), release.project, "cleo")
    remove_member(release.as_("admin"), release.project, "adj")
    for statement in BOXED[what].split("; "):
        release.edit(statement)
    release.close()
    bob, sue = release.as_("bob"), release.as_("sue")
    with pytest.raises(Tampered):
        bob.pdk(release.project, 2)
    with pytest.raises(Tampered):
        sue.adj(release.project, 2)
    assert found(release.findings(), "key_wrap", "boxes")


def test_a_key_of_the_owners_own_in_a_persons_box_is_refused(release: MovedScene) -> None:
    # 32: he boxes a key that he knows, to bob's public key, which anybody may do.
    bob = release.as_("bob")
    public, key_id = bob.keys.public.x25519, bob.keys.public.key_id
    info = lp(b"wrap-key", bob.org, release.project, b"pdk", (1).to_bytes(4, "big"), bob.me.id, key_id)
    planted = wrap(public, info, new_key())
    boxed = Wrap(release.project, KeyKind.PDK, 1, bob.me.id, key_id, planted)
    assert unwrap_key(bob.org, boxed, bob.keys.box_key).secret
    statement = "UPDATE key_wrap SET box = ? WHERE kind = 'pdk' AND person = ?"
    release.edit(statement, planted, bob.me.id)
    release.close()
    with pytest.raises(Tampered, match="not the one"):
        release.as_("bob").pdk(release.project, 1)


# --- 33: one ciphertext, two keys ----------------------------------------------------------------


def equivocating(ann: Workspace, honest: SealedPass) -> SealedPass:
    """Box another key to holders of ADJ than is released to the second keyer, and sign that."""
    manifest = honest.read_manifest()
    ctx = manifest.context.to_bytes()
    project, k1 = manifest.context.project, honest.k1
    secret = ann.pdk(project, 1).secret
    one, other = new_key(), new_key()
    adj = ann.roster.project(project).adj_publics[1]
    blob = seal(other, bytes(4) + bytes(252), lp(b"pass", ctx))
    release_key = derive(derive(secret, b"release"), b"release", ctx, salt=k1)
    own = wrap(ann.keys.public.x25519, lp(b"wrap-own", ctx), one)
    released = seal(release_key, other, lp(b"release", ctx))
    boxes = Boxes(wrap(adj, lp(b"wrap-adj", ctx), one), own, released)
    commit = commitment(b"boapp1 key commit", ctx, one)
    parts = {"blob_hash": digest(blob), "commit": commit, "boxes_hash": boxes.digest}
    signed = type(manifest)(**{name: getattr(manifest, name) for name in FIELDS} | parts).to_bytes()
    return SealedPass(signed, ann.keys.sign(PURPOSE, signed), blob, boxes, k1)


FIELDS = (
    "context",
    "blob_hash",
    "commit",
    "boxes_hash",
    "k1_hash",
    "asked",
    "method",
    "app_version",
    "fence",
    "place",
    "t_us",
    "meaning",
)


def test_a_pass_that_says_two_things_to_two_readers_is_read_by_neither(release: MovedScene) -> None:
    ann = release.as_("ann")
    granted = claim_raw(ann, release, second=False)
    assert granted is not None
    honest = forged_pass(ann, release, granted.fence, asked=Asked.ALL, k1=True)
    ann.shared.seal(equivocating(ann, honest))
    release.key_second_regardless("bob")
    for code, opens in (("bob", open_as_second), ("sue", open_as_holder)):
        ws = release.as_(code)
        with pytest.raises(Tampered):
            opens(ws, document_row(ws, release.project, release.documents[0]))


# --- 35: cheaper passphrases ---------------------------------------------------------------------


def test_parameters_in_the_row_of_somebodys_keys_are_not_what_she_derives_with(release: MovedScene) -> None:
    # Whoever owns the database would have her derive for a dictionary's price.
    bob = release.as_("bob")
    row = bob.shared.person_key("bob")
    assert row is not None
    with pytest.raises(Refusal):
        derive_guard(PASSPHRASE, bob.org, "bob", Keychain(bob.home).get(bob.org), CHEAP)
    guard = derive_guard(PASSPHRASE, bob.org, "bob", Keychain(bob.home).get(bob.org), row.kdf)
    release.edit("UPDATE person_key SET kdf = ? WHERE code = 'bob'", msgspec.msgpack.encode(CHEAP))
    with pytest.raises(Refusal):
        opened_with(bob, guard)
    with pytest.raises(Refusal):
        open_keys(guard, row.blob, bob.me.keys, bob.org, bob.me.id, "bob", KdfParameters(1, 65536, 3, 1))


def opened_with(ws: Workspace, guard: Guard) -> object:
    """Open the locked keys that the database holds now, as the door does."""
    return open_locked(ws.shared.person_key(ws.me.code), ws.org, ws.me, guard)


# --- 36: strict is strict ------------------------------------------------------------------------


def test_a_strict_project_is_strict_whatever_the_database_says(strict: MovedScene) -> None:
    # With one word edited, its functions ask for k1, and reveal; the client goes by the signed list.
    strict.edit("UPDATE project SET mode = 'release'")
    strict.key("ann")
    sealed = first_pass(strict)
    assert (sealed.k1, sealed.boxes.released, sealed.read_manifest().k1_hash) == (b"", b"", b"")
    strict.key("bob", second=True, total="98.00")
    with strict.boss() as db:
        db.execute("INSERT INTO pass_share SELECT id, %s FROM sealed_pass WHERE slot = 1", (bytes(32),))
    bob = strict.as_("bob")
    assert bob.shared.reveal(strict.documents[0]).k1 == bytes(32)
    with pytest.raises(Refusal):
        open_as_second(bob, document_row(bob, strict.project, strict.documents[0]))
    assert compare_mine(bob, strict.project) == []
    with pytest.raises(NotAllowed):
        strict.mismatches("bob")
    compare_waiting(strict.as_("sue"), strict.project)
    assert [m.place.field for m in strict.mismatches("adj")] == ["total"]


def test_a_pass_that_a_keyer_offers_for_release_in_a_strict_project_is_read_by_nobody(
    strict: MovedScene,
) -> None:
    # Ann and whoever owns the database: he takes the share, bob's client must not open with it.
    strict.edit("UPDATE project SET mode = 'release'")
    ann = strict.as_("ann")
    granted = claim_raw(ann, strict, second=False)
    assert granted is not None
    ann.shared.seal(forged_pass(ann, strict, granted.fence, asked=Asked.ALL, k1=True))
    strict.key_second_regardless("bob")
    for code, opens in (("bob", open_as_second), ("sue", open_as_holder)):
        ws = strict.as_(code)
        with pytest.raises(Tampered):
            opens(ws, document_row(ws, strict.project, strict.documents[0]))
    strict.edit("UPDATE project SET mode = 'strict'")
    assert found(strict.findings(), "sealed_pass", "place")
