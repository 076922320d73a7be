"""LP: joined in one way only, and bounded when it is taken apart."""

import time

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from boapp.crypto.framing import MAX_PARTS, lp, number, sized, u8, u32, u64, unlp, unpack
from boapp.errors import Tampered

parts = st.lists(st.binary(max_size=40), max_size=12)


@given(parts)
def test_what_was_joined_is_split_into_the_same_parts(some: list[bytes]) -> None:
    assert unlp(lp(*some)) == tuple(some)


@given(parts, parts)
def test_different_parts_never_join_to_the_same_bytes(one: list[bytes], other: list[bytes]) -> None:
    # Two meanings of one signed message would be two messages under one signature.
    assert (lp(*one) == lp(*other)) == (one == other)


@given(parts.filter(bool), st.data())
def test_a_message_cut_off_or_drawn_out_is_refused(some: list[bytes], data: st.DataObject) -> None:
    joined = lp(*some)
    cut = data.draw(st.integers(1, len(joined)))
    for bent in (joined[:-cut], joined + b"\x00" * (cut % 4 or 1)):
        if bent:
            try:
                assert unlp(bent) != tuple(some)
            except Tampered:
                continue


def test_a_length_that_runs_past_the_end_is_refused_at_once() -> None:
    before = time.monotonic()
    for bent in (b"\xff\xff\xff\xff", b"\x00", u32(5) + b"four", b"\x00\x00\x00\x01"):
        with pytest.raises(Tampered):
            unlp(bent)
    assert time.monotonic() - before < 1


def test_too_many_parts_are_refused() -> None:
    assert len(unlp(u32(0) * MAX_PARTS)) == MAX_PARTS
    with pytest.raises(Tampered):
        unlp(u32(0) * (MAX_PARTS + 1))


def test_another_number_of_parts_than_wanted_is_refused() -> None:
    for count in (0, 1, 3):
        with pytest.raises(Tampered):
            unlp(lp(b"a", b"b"), count)


def test_numbers_come_back() -> None:
    assert [number(u8(7)), number(u32(7)), number(u64(7))] == [7, 7, 7]
    assert [len(u8(0)), len(u32(0)), len(u64(0))] == [1, 4, 8]


@pytest.mark.parametrize(
    "bomb",
    [
        b"\x91" * 200_000,
        b"\xdd\xff\xff\xff\xff",
        b"\xdf\xff\xff\xff\xff",
        b"\xc6\xff\xff\xff\xff",
        b"\xc1",
        b"",
    ],
    ids=["deep", "long list", "long map", "long bytes", "no such byte", "empty"],
)
def test_a_messagepack_bomb_is_refused_quickly(bomb: bytes) -> None:
    before = time.monotonic()
    with pytest.raises(Tampered):
        unpack(msgspec.msgpack.decode, bomb, 1_000_000)
    assert time.monotonic() - before < 1


def test_more_than_the_limit_is_refused_before_it_is_read() -> None:
    with pytest.raises(Tampered):
        unpack(lambda _: pytest.fail("it was read"), bytes(11), 10)


def test_parts_of_another_size_are_refused() -> None:
    sized(16, bytes(16), bytes(16))
    with pytest.raises(Tampered):
        sized(16, bytes(16), bytes(17))
