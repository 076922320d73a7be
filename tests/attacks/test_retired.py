"""Whoever has a key that ended, alone or with whoever owns the database; and what spoils its retirement.

A key is retired where its chains had come. What is in them stays believed, so nothing may be put there later,
and nobody else may say how far they came.
"""

import msgspec
import pytest

from boapp.crypto.envelope import new_id
from boapp.crypto.sealed_pass import (
    ChainPlace,
    Circumstances,
    PassContext,
    SealedPass,
    SealingKeys,
    seal_pass,
)
from boapp.domain.ids import ChainId, Fence, KeyId, PassId
from boapp.domain.passes import Asked, Method
from boapp.errors import Tampered
from boapp.services import retiring
from boapp.services.comparing import compare_waiting
from boapp.services.intake import document_names, take_in
from boapp.services.leaving import revoke
from boapp.services.people import list_people
from boapp.services.projects import grant_waiting, remove_member
from boapp.services.verifying import document_row, verified_intake, verified_pass
from boapp.shareddb.protocol import Outcome
from tests.attacks.tools import Scene, found, reset
from tests.builders import draw_pages, entries, receipt


def stored_first(scene: Scene) -> SealedPass:
    """Return the first pass of the first document."""
    (one,) = scene.as_("aud").shared.passes(scene.project, scene.documents[0])
    return one.sealed


def chains_of(scene: Scene, code: str) -> set[ChainId]:
    """Return the chains that the list of people names for the retired keys of somebody."""
    roster = scene.as_("sue").roster
    whose = roster.person(code).id
    return {chain for key in roster.retired.values() if key.person == whose for chain in key.chains}


def in_place_of(scene: Scene, old: SealedPass, place: ChainPlace, **values: str) -> SealedPass:
    """Seal with ann's old keys, under the same id, what she never keyed."""
    ann, manifest = scene.house.keys["ann"], old.read_manifest()
    adj = scene.as_("sue").roster.project(scene.project).adj_publics[manifest.context.adj_epoch]
    how = Circumstances(
        manifest.asked, Method.KEYED, manifest.app_version, manifest.fence, place, manifest.t_us
    )
    return seal_pass(manifest.context, entries(receipt(**values)), ann, SealingKeys(adj, None), how)


def put(scene: Scene, sealed: SealedPass) -> None:
    """Put a pass in the place of the first one, as whoever owns the database."""
    boxes = msgspec.msgpack.encode(sealed.boxes)
    statement = "UPDATE sealed_pass SET manifest = ?, signature = ?, blob = ?, boxes = ?"
    scene.edit(statement, sealed.manifest, sealed.signature, sealed.blob, boxes)
    scene.close()


def test_what_was_signed_before_stays_believed(strict: Scene) -> None:
    strict.key("ann")
    reset(strict, "ann")
    strict.key("bob", second=True)
    compare_waiting(strict.as_("sue"), strict.project)
    assert strict.findings("aud") == []


def test_a_pass_put_in_the_place_of_another_with_the_old_key_is_named(strict: Scene) -> None:
    # The thief of ann's key and the owner of the database would else change what she had keyed.
    strict.key("ann", total="9.00")
    old, place = stored_first(strict), stored_first(strict).read_manifest().place
    forged = in_place_of(strict, old, place, total="98.00")
    reset(strict, "ann")
    assert strict.findings("aud") == []
    put(strict, forged)
    assert found(strict.findings("aud"), "sealed_pass", "chain")


@pytest.mark.parametrize("number", [0, 2, 2**40])
def test_a_pass_signed_later_with_the_old_key_is_not_believed(strict: Scene, number: int) -> None:
    strict.key("ann")
    old = stored_first(strict)
    place = msgspec.structs.replace(old.read_manifest().place, seq=number)
    forged = in_place_of(strict, old, place)
    reset(strict, "ann")
    put(strict, forged)
    assert found(strict.findings("aud"), "sealed_pass", "signature")
    aud = strict.as_("aud")
    row = document_row(aud, strict.project, strict.documents[0])
    with pytest.raises(Tampered):
        verified_pass(aud, forged, strict.project, verified_intake(aud, row))


def test_a_message_dropped_before_a_key_is_retired_comes_back_as_nobodys(strict: Scene) -> None:
    # What the administrator was not shown then cannot be told from a forgery: it is named, never believed.
    strict.key("ann")
    old = stored_first(strict)
    with strict.sql() as db:
        db.execute("UPDATE sealed_pass SET manifest = ?", (old.manifest[:-1],))
    reset(strict, "ann")
    put(strict, old)
    assert found(strict.findings("aud"), "sealed_pass", "signature")


def naming(scene: Scene, code: str, other: str, place: ChainPlace) -> SealedPass:
    """Seal as one person a pass that says that it was signed with another one's key."""
    ws = scene.as_(code)
    intake = verified_intake(ws, document_row(ws, scene.project, scene.documents[0]))
    epoch, adj = ws.current_adj(scene.project)
    key_id: KeyId = ws.roster.person(other).keys.key_id
    parts = (ws.me.id, key_id, 1, epoch, intake.form_hash, intake.image_hash)
    context = PassContext(ws.org, scene.project, scene.documents[0], PassId(new_id()), *parts)
    how = Circumstances(Asked.ALL, Method.KEYED, "0", Fence(new_id()), place, ws.now_us())
    return seal_pass(context, entries(receipt()), ws.keys, SealingKeys(adj, None), how)


def test_nobody_else_says_how_far_somebodys_key_had_come(strict: Scene) -> None:
    # Kept as surplus, it would let ann's old key sign as much as its thief likes, in a chain of his own.
    bob = strict.as_("bob")
    place = ChainPlace(ChainId(new_id()), 2**40, bytes(32), bob.seen_head)
    assert bob.shared.seal(naming(strict, "bob", "ann", place)) is Outcome.SURPLUS
    strict.key("ann")
    reset(strict, "ann")
    own = stored_chain(strict)
    assert chains_of(strict, "ann") == {own}


def stored_chain(scene: Scene) -> ChainId:
    """Return the chain of the one pass that counts."""
    passes = scene.as_("aud").shared.passes(scene.project, scene.documents[0])
    return next(p.sealed.read_manifest().place.chain for p in passes if p.slot)


def test_a_thief_who_begins_chains_without_end_does_not_keep_his_key_from_being_retired(
    strict: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Each surplus pass in a chain of its own: an entry that names them all would be too large to be read.
    monkeypatch.setattr(retiring, "MOST_CHAINS", 2)
    strict.key("ann")
    ann = strict.as_("ann")
    for _ in range(4):
        place = ChainPlace(ChainId(new_id()), 1, bytes(32), ann.seen_head)
        assert ann.shared.seal(naming(strict, "ann", "ann", place)) is Outcome.SURPLUS
    own = stored_chain(strict)
    reset(strict, "ann")
    assert own in chains_of(strict, "ann")
    assert len(chains_of(strict, "ann")) == 2


def test_an_administrator_who_takes_an_adjudicators_place_is_in_the_list_for_good(strict: Scene) -> None:
    # Whoever resets a holder and chooses her passphrase gets ADJ from the next holder who signs in. What
    # shows it: an entry with the administrator's signature, and a key of hers that was retired.
    before = strict.as_("adj").keys.public.key_id
    reset(strict, "adj")
    grant_waiting(strict.as_("sue"))
    strict.close()
    roster = strict.as_("aud").roster
    assert roster.retired[before].person == roster.person("adj").id
    assert roster.person("adj").set_by_administrator
    listed = {one.code: [r.by for r in one.renewed] for one in list_people(strict.as_("bob"))}
    assert listed["adj"] == ["admin"]
    assert listed["ann"] == []


@pytest.mark.parametrize(
    ("how_she_went", "words", "rule"),
    [("left", "not in the signed list", "signature"), ("was taken out", "older list", "role")],
)
def test_whoever_went_keys_nothing_that_came_since(
    strict: Scene, how_she_went: str, words: str, rule: str
) -> None:
    # With the owner of the database, and naming the list that she saw last: she keyed there then.
    cleo = strict.as_("cleo")
    older = cleo.seen_head
    strict.close()
    admin = strict.as_("admin")
    if how_she_went == "left":
        revoke(admin, "cleo", "moved away")
    else:
        remove_member(admin, strict.project, "cleo")
    files = draw_pages(strict.house.folder, ["late.png"])
    assert not take_in(admin, strict.project, "late", files, None).refused
    (document,) = set(document_names(admin, strict.project)) - set(strict.documents)
    ws = strict.as_("aud")
    row = document_row(ws, strict.project, document)
    intake, gone = verified_intake(ws, row), ws.roster.person("cleo")
    parts = (gone.id, gone.keys.key_id, 1, 1, intake.form_hash, intake.image_hash)
    context = PassContext(ws.org, strict.project, document, PassId(new_id()), *parts)
    place = ChainPlace(ChainId(new_id()), 1, bytes(32), older)
    how = Circumstances(Asked.ALL, Method.KEYED, "0", Fence(new_id()), place, ws.now_us())
    adj = ws.roster.project(strict.project).adj_publics[1]
    sealed = seal_pass(context, entries(receipt()), strict.house.keys["cleo"], SealingKeys(adj, None), how)
    with pytest.raises(Tampered, match=words):
        verified_pass(ws, sealed, strict.project, intake)
    names = "id, document, slot, person, manifest, signature, blob, boxes, stored_us"
    cells = (sealed.manifest, sealed.signature, sealed.blob, msgspec.msgpack.encode(sealed.boxes))
    statement = f"INSERT INTO sealed_pass ({names}) VALUES (?, ?, 1, ?, ?, ?, ?, ?, 1)"
    strict.edit(statement, context.id, document, gone.id, *cells)
    assert found(strict.findings("aud"), f"sealed_pass {context.id.hex()}", rule)


def test_what_somebody_had_signed_when_she_left_stays_hers_and_nothing_is_put_in_its_place(
    strict: Scene,
) -> None:
    strict.key("ann")
    old = stored_first(strict)
    admin = strict.as_("admin")
    revoke(admin, "ann", "moved away")
    assert strict.findings("aud") == []
    put(strict, in_place_of(strict, old, old.read_manifest().place, total="1.00"))
    assert found(strict.findings("aud"), f"sealed_pass {old.read_manifest().context.id.hex()}", "chain")
