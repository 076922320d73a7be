"""What a window and its courier say to each other, through the courier's standard input and output.

    to the courier:   Orders, then a byte for each nudge; the end of the pipe ends the process
    from the courier: a Report after each round

Orders and Reports are frames: the length in 4 bytes, big-endian, and MessagePack.
"""

from typing import IO

import msgspec

MOST = 16 << 20
SEALED, NOW = b"s", b"n"
"""Something was sealed; go a round at once, whatever failed before."""
OVER = b"q"
"""She signed out: what she did not begin is for others."""
FIRST, SECOND, NEITHER = b"1", b"2", b"0"
"""Which kind of pass she works on from now on."""


class Orders(msgspec.Struct, frozen=True):
    """For whom the courier works, and with what: her unlocked keys and the password of her login."""

    home: str
    address: str
    code: str
    keys: bytes
    db_password: str

    def __repr__(self) -> str:
        return f"Orders({self.code})"


def write_frame(pipe: IO[bytes], message: msgspec.Struct) -> None:
    """Write one frame."""
    data = msgspec.msgpack.encode(message)
    pipe.write(len(data).to_bytes(4, "big") + data)
    pipe.flush()


def read_frame(pipe: IO[bytes]) -> bytes | None:
    """Read one frame; None at the end, or where what comes is none."""
    size = int.from_bytes(head, "big") if len(head := pipe.read(4)) == len(b"size") else MOST + 1
    if size > MOST:
        return None
    data = pipe.read(size)
    return data if len(data) == size else None
