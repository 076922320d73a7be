"""Sealing, boxes, commitments: another key, purpose, place or byte opens nothing."""

import pytest

from boapp.crypto.envelope import (
    BOX_BYTES,
    commitment,
    derive,
    digest,
    new_id,
    new_key,
    seal,
    seal_row,
    unseal,
    unseal_row,
    unwrap,
    wrap,
)
from boapp.crypto.metadata import (
    PagePlace,
    seal_dek,
    seal_meta,
    seal_page,
    unseal_dek,
    unseal_meta,
    unseal_page,
)
from boapp.domain.ids import DocumentId
from boapp.errors import Tampered
from tests.crypto.fixed import ADJ, DOCUMENT, KEYS, ORG, PDK, PROJECT, repeat

KEY = repeat(9, 32)


def test_what_was_sealed_opens() -> None:
    assert unseal(KEY, seal(KEY, b"a value", b"for this"), b"for this") == b"a value"


@pytest.mark.parametrize("position", [0, 1, 12, 13, 20, -1])
def test_one_bit_flipped_anywhere_opens_nothing(position: int) -> None:
    sealed = bytearray(seal(KEY, b"a value", b"for this"))
    sealed[position] ^= 1
    with pytest.raises(Tampered):
        unseal(KEY, bytes(sealed), b"for this")


@pytest.mark.parametrize("size", [0, 1, 5, 13, 28])
def test_a_sealed_message_cut_off_anywhere_opens_nothing(size: int) -> None:
    with pytest.raises(Tampered):
        unseal(KEY, seal(KEY, b"a value", b"for this")[:size], b"for this")


def test_another_key_or_purpose_opens_nothing() -> None:
    sealed = seal(KEY, b"a value", b"for this")
    for key, aad in (
        (new_key(), b"for this"),
        (KEY, b"for that"),
        (b"short", b"for this"),
        (b"", b"for this"),
    ):
        with pytest.raises(Tampered):
            unseal(key, sealed, aad)


def test_two_sealings_of_one_value_differ_and_are_of_one_size() -> None:
    # 41: equal bytes would tell that two values are equal.
    one, other = (seal(KEY, b"a value", b"") for _ in range(2))
    assert one != other
    assert len(one) == len(other)
    rows = [seal_row(KEY, b"draft", new_id(), b"a value", b"") for _ in range(2)]
    assert rows[0] != rows[1]


def test_a_row_opens_under_its_own_label_and_id_only() -> None:
    row = new_id()
    sealed = seal_row(KEY, b"draft", row, b"a value", b"")
    assert unseal_row(KEY, b"draft", row, sealed, b"") == b"a value"
    for label, other in ((b"outbox", row), (b"draft", new_id())):
        with pytest.raises(Tampered):
            unseal_row(KEY, label, other, sealed, b"")


def test_a_box_opens_for_its_holder_and_its_purpose_only() -> None:
    # 32: a box made for somebody else, or for another place, is foreign.
    box = wrap(KEYS["ann"].public.x25519, b"for this", KEY)
    assert len(box) == BOX_BYTES
    assert unwrap(KEYS["ann"].box_key, b"for this", box) == KEY
    for who, info in (("bob", b"for this"), ("ann", b"for that")):
        with pytest.raises(Tampered):
            unwrap(KEYS[who].box_key, info, box)


@pytest.mark.parametrize("size", [0, 1, 31, 32, 79, 81, 200])
def test_a_box_of_another_size_is_refused(size: int) -> None:
    # A box may hold a key of any length: a short one would break where it is used.
    with pytest.raises(Tampered):
        unwrap(KEYS["ann"].box_key, b"", bytes(size))


def test_a_box_that_holds_a_key_of_another_length_is_refused() -> None:
    with pytest.raises(Tampered):
        unwrap(KEYS["ann"].box_key, b"", wrap(KEYS["ann"].public.x25519, b"", KEY + b"!"))


def test_two_boxes_of_one_key_differ() -> None:
    assert wrap(KEYS["ann"].public.x25519, b"", KEY) != wrap(KEYS["ann"].public.x25519, b"", KEY)


def test_subkeys_and_commitments_differ_by_purpose_and_context() -> None:
    made = {
        derive(KEY, b"a"),
        derive(KEY, b"b"),
        derive(KEY, b"a", b"b"),
        derive(KEY, b"ab"),
        derive(KEY, b"a", salt=b"s"),
    }
    assert len(made) == 5
    commits = {
        commitment(b"a", b"", KEY),
        commitment(b"b", b"", KEY),
        commitment(b"a", b"c", KEY),
        digest(KEY),
    }
    assert len(commits) == 4


def test_a_name_opens_under_its_own_row_kind_epoch_and_project_only() -> None:
    # 31: a name moved to another row would rename somebody.
    sealed = seal_meta(ORG, PDK, b"batch", repeat(1), b"a name")
    assert unseal_meta(ORG, PDK, b"batch", repeat(1), sealed) == b"a name"
    other = type(PDK)(PROJECT, PDK.kind, 2, PDK.secret)
    foreign = type(PDK)(type(PROJECT)(repeat(9)), PDK.kind, 1, PDK.secret)
    attempts = ((PDK, b"form", repeat(1)), (PDK, b"batch", repeat(2)), (other, b"batch", repeat(1)))
    for key, kind, row in (*attempts, (foreign, b"batch", repeat(1)), (ADJ, b"batch", repeat(1))):
        with pytest.raises(Tampered):
            unseal_meta(ORG, key, kind, row, sealed)


def test_a_documents_key_and_pages_open_at_their_own_place_only() -> None:
    dek = new_key()
    sealed = seal_dek(ORG, PDK, DOCUMENT, dek)
    assert unseal_dek(ORG, PDK, DOCUMENT, sealed) == dek
    other = DocumentId(repeat(9))
    with pytest.raises(Tampered):
        unseal_dek(ORG, PDK, other, sealed)
    page = seal_page(dek, PagePlace(ORG, PROJECT, DOCUMENT, 1, 2), b"a picture")
    assert unseal_page(dek, PagePlace(ORG, PROJECT, DOCUMENT, 1, 2), page) == b"a picture"
    for place in ((DOCUMENT, 2, 2), (DOCUMENT, 1, 1), (other, 1, 2)):
        with pytest.raises(Tampered):
            unseal_page(dek, PagePlace(ORG, PROJECT, *place), page)
