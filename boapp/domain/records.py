"""A record: the settled values of a document, each with where it comes from.

Built from the passes, their comparison and the decisions; the same inputs always give the same
record, so whoever holds the keys can build it again and compare. Every value of the first pass is in
it: verified ones as agreed or decided, the others as the first keyer keyed them. Documents with
repeating rows are settled once their rows can be resolved.
"""

import enum
from collections.abc import Mapping
from typing import NamedTuple

import msgspec

from boapp.domain.forms import Form
from boapp.domain.ids import FactId
from boapp.domain.values import Address, State, Value
from boapp.errors import Tampered


class Origin(enum.StrEnum):
    """Where a settled value comes from."""

    AGREED = "agreed"
    BY_RULE = "agreed-by-rule"
    SINGLE = "keyed-once"
    RESOLVED = "resolved"


class Settled(NamedTuple):
    """One settled value; resolution names the decision where there was one."""

    value: Value
    origin: Origin
    resolution: FactId | None = None


Record = Mapping[Address, Settled]
Decided = Mapping[Address, tuple[FactId, Value]]

_WIRE = tuple[tuple[str, int], State, str, tuple[tuple[int, int], ...], Origin, bytes]
_DECODER = msgspec.msgpack.Decoder(list[_WIRE])


def settle(
    form: Form,
    first: Mapping[Address, Value],
    second: Mapping[Address, Value] | None,
    decided: Decided,
) -> dict[Address, Settled]:
    """Return the record; second is None for a document that one person keyed."""
    verified = set(form.double) if second is not None else set()
    return {
        address: _settled(address, value, (second or {}).get(address), decided)
        if address.field in verified
        else Settled(value, Origin.SINGLE)
        for address, value in first.items()
    }


def _settled(address: Address, first: Value, second: Value | None, decided: Decided) -> Settled:
    if address in decided:
        resolution, value = decided[address]
        return Settled(value, Origin.RESOLVED, resolution)
    return Settled(first, Origin.AGREED if first == second else Origin.BY_RULE)


def encode_record(record: Record) -> bytes:
    """Return the deterministic MessagePack of a record, sorted by (UTF-8 field key, row)."""
    ordered = sorted(record.items(), key=lambda item: (item[0].field.encode(), item[0].row))
    return msgspec.msgpack.encode(
        [
            (tuple(address), s.value.state, s.value.text, s.value.uncertain, s.origin, s.resolution or b"")
            for address, s in ordered
        ]
    )


def decode_record(data: bytes) -> dict[Address, Settled]:
    """Read a record back; Tampered when malformed."""
    try:
        return {
            Address(*address): Settled(Value(state, text, spans), origin, FactId(by) if by else None)
            for address, state, text, spans, origin, by in _DECODER.decode(data)
        }
    except (msgspec.MsgspecError, ValueError) as error:
        raise Tampered("A stored record is malformed.") from error
