"""The one byte form of a pass."""

from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from boapp.domain.passes import MAX_ENTRIES, MEANINGS, Entry, Method, by_address, decode, encode
from boapp.domain.values import BLANK, ILLEGIBLE, NOT_ON_FORM, Address, Value
from boapp.errors import BadInput, Tampered
from tests.domain.samples import few

keys = st.from_regex(r"[a-z][a-z0-9_]{0,39}", fullmatch=True)
addresses = st.builds(Address, keys, st.integers(0, 2_000))


@st.composite
def keyed(draw: st.DrawFn) -> Value:
    text = draw(st.text(min_size=1, max_size=40).filter(str.strip))
    edges = draw(st.lists(st.integers(0, len(text)), max_size=6, unique=True).map(sorted))
    return Value.keyed(text, zip(edges[::2], edges[1::2], strict=False))


values = st.one_of(st.sampled_from((BLANK, ILLEGIBLE, NOT_ON_FORM)), keyed())
entries = st.builds(
    Entry, addresses, values, st.text(max_size=20), st.lists(st.text(max_size=10), max_size=3).map(tuple)
)
passes = st.lists(entries, max_size=12, unique_by=lambda entry: entry.address)


def wire(*rows: object) -> bytes:
    return msgspec.msgpack.encode(list(rows))


@given(passes)
@few
def test_any_pass_comes_back_as_it_was_sorted_by_address(given_entries: list[Entry]) -> None:
    found = decode(encode(given_entries))
    assert found == tuple(sorted(given_entries, key=lambda e: (e.address.field.encode(), e.address.row)))


@given(passes, st.randoms())
@few
def test_the_bytes_do_not_depend_on_the_order_of_keying(given_entries: list[Entry], chance: Any) -> None:
    shuffled = given_entries.copy()
    chance.shuffle(shuffled)
    assert encode(shuffled) == encode(given_entries) == encode(decode(encode(given_entries)))


@given(passes, passes)
@few
def test_different_passes_have_different_bytes(one: list[Entry], other: list[Entry]) -> None:
    assert (encode(one) == encode(other)) is (sorted(one) == sorted(other))


def test_the_bytes_are_these_for_ever() -> None:
    body = encode(
        (
            Entry(Address("b"), Value.keyed("Bé", [(1, 2)]), "n", ("range",)),
            Entry(Address("a", 2), BLANK),
            Entry(Address("a", 1), ILLEGIBLE),
        )
    )
    assert body.hex() == (
        "93"
        "9692a16101a9696c6c656769626c65a090a090"
        "9692a16102a5626c616e6ba090a090"
        "9692a16200a56b65796564a342c3a991920102a16e91a572616e6765"
    )


def test_two_values_for_one_field_are_refused() -> None:
    with pytest.raises(BadInput, match="two values"):
        encode((Entry(Address("a"), BLANK), Entry(Address("a"), ILLEGIBLE)))


def test_a_pass_that_is_too_long_is_refused() -> None:
    with pytest.raises(BadInput, match="more values than one pass can carry"):
        encode(Entry(Address("a", row), BLANK) for row in range(MAX_ENTRIES + 1))
    text = Value.keyed("x" * 4_000)
    with pytest.raises(BadInput, match="more values than one pass can carry"):
        encode(Entry(Address("a", row), text) for row in range(4_300))


GOOD = (("a", 0), "keyed", "x", (), "", ())


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"\xc1",
        b"\x91",
        wire() + b"\0",
        msgspec.msgpack.encode({"a": 1}),
        wire("row"),
        wire(GOOD[:5]),
        wire((*GOOD, "more")),
        wire((("a", "0"), *GOOD[1:])),
        wire((GOOD[0], "typed", *GOOD[2:])),
        wire((GOOD[0], "keyed", "", *GOOD[3:])),
        wire((GOOD[0], "keyed", " ", *GOOD[3:])),
        wire((GOOD[0], "blank", "x", *GOOD[3:])),
        wire((*GOOD[:3], ((0, 2),), "", ())),
        wire((*GOOD[:3], ((1, 0),), "", ())),
        wire((GOOD[0], "keyed", "x" * 4_001, *GOOD[3:])),
        wire(GOOD, GOOD),
        wire((("b", 0), *GOOD[1:]), GOOD),
    ],
)
def test_a_malformed_body_is_refused(body: bytes) -> None:
    with pytest.raises(Tampered, match="malformed"):
        decode(body)


@given(st.binary(max_size=200))
@few
def test_no_bytes_break_the_reader(body: bytes) -> None:
    try:
        found = decode(body)
    except Tampered:
        return
    assert encode(found)


def test_values_are_found_by_their_address() -> None:
    found = by_address((Entry(Address("a"), BLANK, "note"), Entry(Address("a", 1), ILLEGIBLE)))
    assert found == {Address("a"): BLANK, Address("a", 1): ILLEGIBLE}


def test_every_method_has_its_meaning() -> None:
    assert MEANINGS.keys() == set(Method)
