"""A pass: everything one person keyed for one document.

Here are its entries, how they are addressed, and their one deterministic byte form, which is what
gets sealed. A pass has exactly one entry per address; a sealed pass is never edited.
"""

import enum
import operator
from collections.abc import Iterable
from itertools import pairwise
from typing import NamedTuple

import msgspec

from boapp.domain.values import Address, State, Value
from boapp.errors import BadInput, Tampered

MAX_ENTRIES = 200_000
MAX_BODY = 16 * 1024 * 1024


class Asked(enum.StrEnum):
    """Which fields a pass is asked for: all of them, or those that are keyed twice."""

    ALL = "all"
    VERIFY = "verify"


class Method(enum.StrEnum):
    """How the values came in; it stands in the signed manifest and in every report."""

    KEYED = "keyed"
    FILE = "file"
    MACHINE = "machine"


MEANINGS = {
    Method.KEYED: "keyed from the image, independently",
    Method.FILE: "brought in from a file",
    Method.MACHINE: "read by a machine",
}


class Entry(NamedTuple):
    """One value at its address, with the note and the warnings that its keyer accepted."""

    address: Address
    value: Value
    note: str = ""
    accepted: tuple[str, ...] = ()


_WIRE = list[tuple[tuple[str, int], State, str, tuple[tuple[int, int], ...], str, tuple[str, ...]],]
_DECODER: msgspec.msgpack.Decoder[
    list[tuple[tuple[str, int], State, str, tuple[tuple[int, int], ...], str, tuple[str, ...]]]
] = msgspec.msgpack.Decoder(_WIRE)


_address = operator.attrgetter("address")


def by_address(entries: Iterable[Entry]) -> dict[Address, Value]:
    """Return the values by address."""
    return {entry.address: entry.value for entry in entries}


def encode(entries: Iterable[Entry]) -> bytes:
    """Return the deterministic MessagePack of the entries, sorted by (UTF-8 field key, row).

    Python orders texts by code point, which is the order of their UTF-8 bytes.
    """
    ordered = sorted(entries, key=_address)
    addresses = {entry.address for entry in ordered}
    if len(addresses) != len(ordered):
        raise BadInput("One field was given two values in one pass.")
    rows = [
        (tuple(e.address), e.value.state, e.value.text, e.value.uncertain, e.note, e.accepted)
        for e in ordered
    ]
    body = msgspec.msgpack.encode(rows)
    if len(ordered) > MAX_ENTRIES or len(body) > MAX_BODY:
        raise BadInput(
            "This document holds more values than one pass can carry.", "Split the document at intake."
        )
    return body


def decode(body: bytes) -> tuple[Entry, ...]:
    """Read back what `encode` wrote; Tampered unless it is well formed."""
    try:
        rows = _DECODER.decode(body)
        entries = tuple(
            Entry(Address(*address), Value(state, text, uncertain), note, accepted)
            for address, state, text, uncertain, note, accepted in rows
        )
    except (msgspec.MsgspecError, ValueError) as error:
        raise Tampered("A stored pass is malformed.") from error
    if any(one.address >= other.address for one, other in pairwise(entries)):
        raise Tampered("A stored pass is malformed.")
    return entries
