"""LP: the one unambiguous way to join parts before they are hashed, signed or authenticated.

Each part is preceded by its length as an unsigned 32-bit big-endian number, so no two different
lists of parts give the same bytes. Nothing here encrypts.
"""

import struct
from collections.abc import Callable
from typing import TypeVar

import msgspec

from boapp.errors import Tampered

MAX_PARTS = 4096
_Read = TypeVar("_Read")
_LENGTH = struct.Struct(">I")


def lp(*parts: bytes) -> bytes:
    """Join parts, each with its length before it."""
    framed: list[bytes] = []
    for part in parts:
        framed.append(_LENGTH.pack(len(part)))
        framed.append(part)
    return b"".join(framed)


def unlp(data: bytes, count: int | None = None) -> tuple[bytes, ...]:
    """Split what `lp` joined; Tampered unless it is exactly that, with count parts when given."""
    parts: list[bytes] = []
    position = 0
    while position < len(data):
        end = position + 4
        if end > len(data) or len(parts) == MAX_PARTS:
            raise Tampered("A stored message is cut off or malformed.")
        (length,) = _LENGTH.unpack_from(data, position)
        position = end + length
        if position > len(data):
            raise Tampered("A stored message is cut off or malformed.")
        parts.append(data[end:position])
    if count is not None and len(parts) != count:
        raise Tampered("A stored message has the wrong number of parts.")
    return tuple(parts)


def unpack(decode: Callable[[bytes], _Read], data: bytes, limit: int) -> _Read:
    """Decode MessagePack that somebody else made; Tampered when it is too large, too deep or malformed."""
    try:
        if len(data) <= limit:
            return decode(data)
    except (msgspec.MsgspecError, RecursionError, ValueError) as error:
        raise Tampered("A stored message is malformed.") from error
    raise Tampered("A stored message is larger than boapp accepts.")


def sized(size: int, *parts: bytes) -> None:
    """Refuse parts that do not have just so many bytes: ids have 16, digests 32."""
    if any(len(part) != size for part in parts):
        raise Tampered("A stored message has a part of the wrong size.")


def u8(number: int) -> bytes:
    """Return one byte."""
    return struct.pack(">B", number)


def u32(number: int) -> bytes:
    """Return four bytes, big-endian."""
    return struct.pack(">I", number)


def u64(number: int) -> bytes:
    """Return eight bytes, big-endian."""
    return struct.pack(">Q", number)


def number(data: bytes) -> int:
    """Read back what u8, u32 or u64 wrote; Tampered when it is wider than any of them."""
    if len(data) not in {1, 4, 8}:
        raise Tampered("A stored message has a number of the wrong size.")
    return int.from_bytes(data, "big")
