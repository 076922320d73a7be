"""A pass opens through its three doors only, says one thing to all, and is bound to its place."""

import time
from collections.abc import Callable
from typing import Any

import msgspec
import pytest

from boapp.crypto.envelope import commitment, digest, new_key, seal, wrap
from boapp.crypto.epochs import adj_public
from boapp.crypto.framing import lp, u32
from boapp.crypto.sealed_pass import (
    MAX_BLOB,
    PURPOSE,
    STEP,
    Boxes,
    Manifest,
    PassContext,
    SealedPass,
    open_as_adjudicator,
    open_as_author,
    open_released,
    pad,
    seal_pass,
    unpad,
    verify_pass,
)
from boapp.domain.passes import MAX_BODY, MAX_ENTRIES, MEANINGS, Entry, Method, encode
from boapp.domain.values import Address, Value
from boapp.errors import Tampered
from tests.crypto.fixed import ADJ, ENTRIES, KEYS, PDK, circumstances, context, repeat, sealing_keys


def sealed(*, released: bool = True, **changed: Any) -> SealedPass:
    keys = sealing_keys(released=released)
    return seal_pass(context(**changed), ENTRIES, KEYS["ann"], keys, circumstances())


def crafted(
    body: bytes | None = None, *, kp: bytes | None = None, boxed: tuple[bytes, bytes] | None = None
) -> SealedPass:
    """Seal as a malicious author does: any body, any keys in the boxes, all of it validly signed."""
    ctx = context().to_bytes()
    key = kp or new_key()
    for_adj, for_own = boxed or (key, key)
    blob = seal(key, pad(encode(ENTRIES)) if body is None else body, lp(b"pass", ctx))
    adj = wrap(adj_public(ADJ.secret), lp(b"wrap-adj", ctx), for_adj)
    boxes = Boxes(adj, wrap(KEYS["ann"].public.x25519, lp(b"wrap-own", ctx), for_own))
    c = circumstances()
    commit = commitment(b"boapp1 key commit", ctx, key)
    manifest = Manifest(
        context(),
        digest(blob),
        commit,
        boxes.digest,
        b"",
        c.asked,
        c.method,
        c.app_version,
        c.fence,
        c.place,
        c.t_us,
        MEANINGS[Method.KEYED],
    ).to_bytes()
    return SealedPass(manifest, KEYS["ann"].sign(PURPOSE, manifest), blob, boxes)


def test_its_three_doors_open_it() -> None:
    one = sealed()
    assert open_as_author(one, KEYS["ann"].box_key) == ENTRIES
    assert open_as_adjudicator(one, ADJ.secret) == ENTRIES
    assert open_released(one, PDK.secret) == ENTRIES
    verify_pass(one, KEYS["ann"].public.ed25519)


@pytest.mark.parametrize("released", [True, False])
def test_no_other_door_opens_it(*, released: bool) -> None:
    # 37, 38: the project key without the share, the share without the project key, other people's keys.
    one = sealed(released=released)
    without = msgspec.structs.replace(one, k1=b"")
    doors: list[Callable[[], object]] = [
        lambda: open_as_author(one, KEYS["bob"].box_key),
        lambda: open_as_adjudicator(one, PDK.secret),
        lambda: open_released(without, PDK.secret),
        lambda: open_released(msgspec.structs.replace(one, k1=new_key()), PDK.secret),
        lambda: open_released(one, ADJ.secret),
        lambda: open_released(one, one.k1 or bytes(32)),
    ]
    for door in doors:
        with pytest.raises(Tampered):
            door()


def test_a_strict_pass_has_no_share_and_no_released_box() -> None:
    # 36: what was never made cannot be asked for.
    one = sealed(released=False)
    assert (one.k1, one.boxes.released, one.read_manifest().k1_hash) == (b"", b"", b"")
    with pytest.raises(Tampered):
        open_released(msgspec.structs.replace(one, k1=new_key()), PDK.secret)


def test_boxes_with_different_keys_fail_at_the_commitment() -> None:
    # 33: otherwise the adjudicator and the second keyer could be shown two different values.
    key, other = new_key(), new_key()
    one = crafted(kp=key, boxed=(other, key))
    verify_pass(one, KEYS["ann"].public.ed25519)
    assert open_as_author(one, KEYS["ann"].box_key) == ENTRIES
    with pytest.raises(Tampered, match="committed"):
        open_as_adjudicator(one, ADJ.secret)


CHANGES = {
    "org": repeat(9),
    "project": repeat(9),
    "document": repeat(9),
    "id": repeat(9),
    "pdk_epoch": 2,
    "adj_epoch": 2,
    "form_hash": repeat(9, 32),
    "image_hash": repeat(9, 32),
}


@pytest.mark.parametrize("part", CHANGES)
def test_nothing_of_a_pass_opens_under_another_context(part: str) -> None:
    # 31: a pass moved to another document, project, epoch, form or image opens nothing there.
    one = sealed()
    manifest = one.read_manifest()
    moved = Manifest(*(context(**{part: CHANGES[part]}), *list(fields(manifest))[1:])).to_bytes()  # type: ignore[arg-type]
    other = msgspec.structs.replace(one, manifest=moved)
    with pytest.raises(Tampered):
        verify_pass(other, KEYS["ann"].public.ed25519)
    resigned = msgspec.structs.replace(other, signature=KEYS["ann"].sign(PURPOSE, moved))
    verify_pass(resigned, KEYS["ann"].public.ed25519)
    for door in doors_of(resigned):
        with pytest.raises(Tampered):
            door()


def fields(manifest: Manifest) -> list[object]:
    return [getattr(manifest, name) for name in manifest.__dataclass_fields__]


def doors_of(one: SealedPass) -> list[Callable[[], object]]:
    return [
        lambda: open_as_author(one, KEYS["ann"].box_key),
        lambda: open_as_adjudicator(one, ADJ.secret),
        lambda: open_released(one, PDK.secret),
    ]


@pytest.mark.parametrize("part", ["blob", "signature", "manifest", "k1"])
def test_a_changed_part_does_not_verify(part: str) -> None:
    one = sealed()
    changed = bytearray(getattr(one, part))
    changed[len(changed) // 2] ^= 1
    with pytest.raises(Tampered):
        verify_pass(msgspec.structs.replace(one, **{part: bytes(changed)}), KEYS["ann"].public.ed25519)


@pytest.mark.parametrize("box", ["adj", "own", "released"])
def test_boxes_of_another_pass_do_not_verify(box: str) -> None:
    one, other = sealed(), sealed(id=repeat(9))
    boxes = msgspec.structs.replace(one.boxes, **{box: getattr(other.boxes, box)})
    with pytest.raises(Tampered):
        verify_pass(msgspec.structs.replace(one, boxes=boxes), KEYS["ann"].public.ed25519)


def test_somebody_elses_signature_does_not_verify() -> None:
    one = sealed()
    with pytest.raises(Tampered):
        verify_pass(one, KEYS["bob"].public.ed25519)
    for_a_fact = msgspec.structs.replace(one, signature=KEYS["ann"].sign(b"boapp1 fact", one.manifest))
    with pytest.raises(Tampered):
        verify_pass(for_a_fact, KEYS["ann"].public.ed25519)


def test_two_sealings_of_one_pass_have_nothing_in_common_but_their_size() -> None:
    one, other = sealed(), sealed()
    assert len(one.blob) == len(other.blob)
    assert not {one.blob, one.k1, *msgspec.structs.astuple(one.boxes)} & {
        other.blob,
        other.k1,
        *msgspec.structs.astuple(other.boxes),
    }


@pytest.mark.parametrize("size", [0, 1, STEP - 5, STEP - 4, STEP - 3, 2 * STEP])
def test_a_padded_body_comes_back_in_steps(size: int) -> None:
    padded = pad(bytes(range(256)) * 2 + b"x" if size > STEP else b"x" * size)
    assert len(padded) % STEP == 0
    assert pad(unpad(padded)) == padded


@pytest.mark.parametrize(
    "bent",
    [
        b"",
        b"\x00\x00\x00",
        u32(5) + b"four",
        u32(4) + b"four" + b"\x01",
        u32(4) + b"four" + bytes(STEP),
        u32(MAX_BODY + 1) + bytes(10),
        u32(0xFFFFFFFF),
    ],
)
def test_a_body_that_is_not_padded_as_it_must_be_is_refused(bent: bytes) -> None:
    with pytest.raises(Tampered):
        unpad(bent)


ROW = msgspec.msgpack.encode([(("a", 1), "blank", "", (), "", ())])[1:]
BOMBS = {
    "cut off": encode(ENTRIES)[:-3],
    "deep": b"\x91" * 100_000,
    "a list longer than its bytes": b"\xdd\xff\xff\xff\xff",
    "more entries than boapp accepts": b"\xdd" + u32(MAX_ENTRIES + 1) + ROW * (MAX_ENTRIES + 1),
    "no list": b"\x07",
    "a map": b"\x80",
    "an entry too short": b"\x91\x91\xa1a",
    "an unknown state": msgspec.msgpack.encode([(("a", 0), "perhaps", "", (), "", ())]),
    "a blank with a text": msgspec.msgpack.encode([(("a", 0), "blank", "text", (), "", ())]),
    "an empty keyed text": msgspec.msgpack.encode([(("a", 0), "keyed", " ", (), "", ())]),
    "an uncertain span outside the text": msgspec.msgpack.encode(
        [(("a", 0), "keyed", "t", ((0, 9),), "", ())]
    ),
    "one field twice": b"\x92" + ROW * 2,
    "fields out of order": encode(ENTRIES[1:2])[:0]
    + b"\x92"
    + encode(ENTRIES[3:])[1:]
    + encode(ENTRIES[:1])[1:],
    "no text but bytes": msgspec.msgpack.encode([((b"a", 0), "keyed", "t", (), "", ())]),
    "letters that are none": b"\x91\x96\x92\xa2\xed\xa0\x00\xa5blank\xa0\x90\xa0\x90",
}


@pytest.mark.parametrize("what", BOMBS)
def test_a_bad_body_with_a_good_signature_is_refused_quickly(what: str) -> None:
    # A keyer with a modified client sends what she likes; whoever opens it must not stand still.
    one = crafted(pad(BOMBS[what]))
    before = time.monotonic()
    with pytest.raises(Tampered):
        open_as_adjudicator(one, ADJ.secret)
    assert time.monotonic() - before < 3


def test_an_oversized_blob_is_refused_before_it_is_hashed() -> None:
    one = sealed()
    with pytest.raises(Tampered, match="larger"):
        verify_pass(msgspec.structs.replace(one, blob=bytes(MAX_BLOB + 1)), KEYS["ann"].public.ed25519)


def test_a_context_of_another_suite_or_with_bent_parts_is_refused() -> None:
    good = context().to_bytes()
    assert PassContext.from_bytes(good) == context()
    for bent in (
        good[:-1],
        good + b"\x00",
        good.replace(b"boapp1", b"boapp2"),
        good.replace(lp(b"\x01"), lp(b"\x02"), 1),
    ):
        with pytest.raises(Tampered):
            PassContext.from_bytes(bent)
    short = context(document=repeat(4, 15)).to_bytes()
    with pytest.raises(Tampered):
        PassContext.from_bytes(short)


@pytest.mark.parametrize("meaning", ["", "keyed by me, truly"])
def test_words_that_boapp_does_not_sign_are_refused(meaning: str) -> None:
    one = sealed()
    parts = fields(one.read_manifest())
    manifest = Manifest(*(*parts[:-1], meaning)).to_bytes()  # type: ignore[arg-type]
    other = msgspec.structs.replace(one, manifest=manifest, signature=KEYS["ann"].sign(PURPOSE, manifest))
    with pytest.raises(Tampered):
        verify_pass(other, KEYS["ann"].public.ed25519)


def test_entries_come_back_in_their_one_order() -> None:
    shuffled = (Entry(Address("z"), Value.of("1")), Entry(Address("a"), Value.of("2")))
    one = seal_pass(context(), shuffled, KEYS["ann"], sealing_keys(released=False), circumstances())
    assert [e.address.field for e in open_as_author(one, KEYS["ann"].box_key)] == ["a", "z"]
