"""What is settled, and its byte form."""

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from boapp.domain.ids import FactId
from boapp.domain.records import Origin, Settled, decode_record, encode_record, settle
from boapp.domain.values import BLANK, ILLEGIBLE, NOT_ON_FORM, Address, State, Value
from boapp.errors import Tampered
from tests.domain.samples import AS_EXPECTED, a_form, a_pass, few

FORM = a_form(
    {"key": "company", "compare": AS_EXPECTED},
    {"key": "total"},
    {"key": "note", "policy": "none"},
)
FIRST = a_pass(company="ACME Ltd.", total="9.00", note="once")
FACT = FactId(b"f" * 16)

values = st.one_of(
    st.sampled_from((BLANK, ILLEGIBLE, NOT_ON_FORM)),
    st.text(min_size=1, max_size=20).filter(str.strip).map(Value.keyed),
)
addresses = st.builds(Address, st.from_regex(r"[a-z][a-z0-9_]{0,9}", fullmatch=True), st.integers(0, 99))
settled = st.builds(
    Settled,
    values,
    st.sampled_from(Origin),
    st.none() | st.binary(min_size=16, max_size=16).map(FactId),
)
records = st.dictionaries(addresses, settled, max_size=8)


def test_agreed_values_are_the_first_keyers_and_say_how_they_agreed() -> None:
    record = settle(FORM, FIRST, a_pass(company="acme ltd", total="9.00"), {})
    assert record == {
        Address("company"): Settled(Value.keyed("ACME Ltd."), Origin.BY_RULE),
        Address("total"): Settled(Value.keyed("9.00"), Origin.AGREED),
        Address("note"): Settled(Value.keyed("once"), Origin.SINGLE),
    }


def test_a_decision_stands_before_both_readings() -> None:
    decided = {Address("total"): (FACT, Value.keyed("8.00"))}
    record = settle(FORM, FIRST, a_pass(company="ACME Ltd.", total="9.80"), decided)
    assert record[Address("total")] == Settled(Value.keyed("8.00"), Origin.RESOLVED, FACT)
    assert record[Address("company")].origin is Origin.AGREED


def test_a_document_that_one_person_keyed_is_settled_as_she_keyed_it() -> None:
    record = settle(FORM, FIRST, None, {})
    assert {address: s.value for address, s in record.items()} == FIRST
    assert {s.origin for s in record.values()} == {Origin.SINGLE}


@given(records)
@few
def test_any_record_comes_back_as_it_was(record: dict[Address, Settled]) -> None:
    assert decode_record(encode_record(record)) == record


@given(records)
@few
def test_the_bytes_do_not_depend_on_the_order(record: dict[Address, Settled]) -> None:
    assert encode_record(dict(reversed(record.items()))) == encode_record(record)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\xc1",
        msgspec.msgpack.encode({"a": 1}),
        msgspec.msgpack.encode([(("a", 0), "keyed", "", (), "agreed", b"")]),
        msgspec.msgpack.encode([(("a", 0), "keyed", "x", (), "guessed", b"")]),
        msgspec.msgpack.encode([(("a", 0), State.BLANK, "x", (), "agreed", b"")]),
        msgspec.msgpack.encode([(("a", 0), "keyed", "x", (), "agreed")]),
    ],
)
def test_a_malformed_record_is_refused(data: bytes) -> None:
    with pytest.raises(Tampered, match="malformed"):
        decode_record(data)
