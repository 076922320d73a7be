"""An outbox in a file: it opens for its author and for recovery alone, whole and as it was written."""

import struct

import pytest
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from boapp.crypto.envelope import VERSION
from boapp.crypto.framing import lp, unlp
from boapp.crypto.outbox_bundle import (
    MAGIC,
    MAX_FILE,
    MAX_MESSAGES,
    PURPOSE,
    Carried,
    Sender,
    read,
    write,
)
from boapp.domain.ids import StoreId
from boapp.errors import BadInput, Refusal, Tampered
from tests.crypto.fixed import KEYS, ORG, OTHER_PROJECT, PEOPLE, PROJECT, repeat

ANN = KEYS["ann"]
RECOVERY = X25519PrivateKey.from_private_bytes(repeat(0x77, 32))
SENDER = Sender(ORG, PEOPLE["ann"], StoreId(repeat(6)), 1_700_000_000_000_000)
MESSAGES = (
    Carried(PROJECT, "pass", b"a sealed pass"),
    Carried(OTHER_PROJECT, "fact", b""),
    Carried(PROJECT, "intake", b"\0" * 300),
)


def written(messages: tuple[Carried, ...] = MESSAGES, sender: Sender = SENDER) -> bytes:
    return write(sender, ANN, RECOVERY.public_key().public_bytes_raw(), messages)


def opened(data: bytes) -> tuple[Carried, ...]:
    return read(data).open_as_author(ANN)


def test_its_author_and_recovery_open_it_and_the_order_stays() -> None:
    bundle = read(written())
    assert (bundle.sender, bundle.key_id) == (SENDER, ANN.public.key_id)
    assert bundle.open_as_author(ANN) == bundle.open_as_recovery(ANN.public, RECOVERY) == MESSAGES


@pytest.mark.parametrize("name", ["bob", "sue", "admin"])
def test_nobody_elses_keys_open_it(name: str) -> None:
    with pytest.raises(Tampered):
        read(written()).open_as_author(KEYS[name])
    with pytest.raises(Tampered):
        read(written()).open_as_recovery(ANN.public, KEYS[name].box_key)


def test_the_same_outbox_never_gives_the_same_bytes_twice() -> None:
    one, other = (read(written()) for _ in range(2))
    parts = ("id", "commit", "box_own", "box_recovery", "sealed", "signature")
    assert all(getattr(one, part) != getattr(other, part) for part in parts)
    assert b"a sealed pass" not in written()


def test_one_changed_bit_anywhere_is_refused() -> None:
    data = written()
    for place in range(len(data)):
        changed = bytearray(data)
        changed[place] ^= 1 << place % 8
        with pytest.raises(Refusal):
            opened(bytes(changed))


def test_a_file_that_was_cut_or_lengthened_is_refused() -> None:
    data = written()
    for length in range(len(data)):
        with pytest.raises(Refusal):
            opened(data[:length])
    for more in (b"\0", lp(b""), data, bytes(5000)):
        with pytest.raises(Tampered):
            opened(data + more)


@pytest.mark.parametrize("data", [b"", b"PK\3\4", b"{}", b"boapp outbo", bytes(4096), b"BOAPP OUTBOX\1"])
def test_what_is_no_outbox_is_told_apart_from_a_damaged_one(data: bytes) -> None:
    with pytest.raises(BadInput, match="no outbox of boapp"):
        read(data)


@pytest.mark.parametrize("version", [b"\0", b"\2", b"\xff"])
def test_another_version_is_told_as_that(version: bytes) -> None:
    with pytest.raises(BadInput, match="another version"):
        read(MAGIC + version + written()[len(MAGIC) + 1 :])


@pytest.mark.parametrize("length", [0, 2**31, 2**32 - 1])
@pytest.mark.parametrize("place", [0, 1])
def test_a_length_that_promises_more_than_there_is_takes_no_memory(length: int, place: int) -> None:
    data, at = bytearray(written()), len(MAGIC) + 1 + 4 * place
    data[at : at + 4] = struct.pack(">I", length)
    with pytest.raises(Tampered, match="damaged"):
        read(bytes(data))
    with pytest.raises(Tampered):
        read(MAGIC + VERSION + lp() + bytes(4 * 5000))


def test_more_than_one_file_holds_is_neither_written_nor_read() -> None:
    with pytest.raises(BadInput, match="More waits"):
        written(MESSAGES * (MAX_MESSAGES // 3 + 1))
    with pytest.raises(BadInput):
        read(MAGIC + VERSION + bytes(MAX_FILE))


def parts_of(data: bytes) -> tuple[bytes, bytes, bytes]:
    head, signature, sealed = unlp(data[len(MAGIC) + 1 :], 3)
    return head, signature, sealed


def joined(head: bytes, signature: bytes, sealed: bytes) -> bytes:
    return MAGIC + VERSION + lp(head, signature, sealed)


def test_parts_of_two_files_do_not_go_together() -> None:
    one, other = parts_of(written()), parts_of(written(MESSAGES[:1]))
    assert opened(joined(*one)) == MESSAGES
    for choice in range(1, 7):
        mixed = [(one, other)[choice >> place & 1][place] for place in range(3)]
        with pytest.raises(Tampered):
            opened(joined(mixed[0], mixed[1], mixed[2]))


@pytest.mark.parametrize("place", range(10))
def test_no_part_of_a_head_is_exchanged_even_by_whoever_signs_it_anew(place: int) -> None:
    # Who could sign as the author puts another file's box, commitment, id or digest into this one.
    other = Sender(ORG, PEOPLE["bob"], StoreId(repeat(8)), 5)
    own, alien = (list(unlp(parts_of(one)[0])) for one in (written(), written(MESSAGES[:1], other)))
    if place in {0, 4}:
        alien[place] = repeat(9)
    own[place] = alien[place]
    head = lp(*own)
    data = joined(head, ANN.sign(PURPOSE, head), parts_of(written())[2])
    with pytest.raises(Tampered):
        opened(data)


def test_a_signature_for_another_purpose_is_none() -> None:
    head, _, sealed = parts_of(written())
    with pytest.raises(Tampered):
        opened(joined(head, ANN.sign(b"boapp1 pass", head), sealed))
