"""The organisation's recovery key, split so that any two of three officers can bring it back.

Three independent two-of-two splits (officers 1+2, 1+3, 2+3): one half of each is random, the other
is the key XOR that half. One officer alone holds only random bytes. A part is text that can be
printed: hexadecimal in groups, and a checksum, because people copy it by hand.
"""

import itertools
import os

from boapp.crypto.envelope import digest
from boapp.errors import BadInput

OFFICERS = (1, 2, 3)
CHECK_BYTES = 4


def split(secret: bytes) -> dict[int, str]:
    """Return the printed part of each officer."""
    halves: dict[int, list[str]] = {officer: [] for officer in OFFICERS}
    for first, second in itertools.combinations(OFFICERS, 2):
        noise = os.urandom(len(secret))
        halves[first].append(_line(first, second, noise))
        halves[second].append(_line(second, first, _xor(secret, noise)))
    return {officer: "\n".join(lines) + "\n" for officer, lines in halves.items()}


def join(one: str, other: str) -> bytes:
    """Return the key from the parts of two different officers."""
    ours, theirs = _read(one), _read(other)
    for (mine, partner), half in ours.items():
        if (partner, mine) in theirs:
            return _xor(half, theirs[partner, mine])
    raise BadInput("These two parts do not belong together.", "Take the parts of two different officers.")


def _line(mine: int, partner: int, half: bytes) -> str:
    check = digest(bytes((mine, partner)) + half)[:CHECK_BYTES]
    return f"officer {mine} with {partner}: {half.hex(' ', 8)} check {check.hex()}"


def _read(part: str) -> dict[tuple[int, int], bytes]:
    found = {}
    for line in filter(str.strip, part.splitlines()):
        try:
            who, rest = line.split(":")
            _, mine, _, partner = who.split()
            numbers, check = rest.split("check")
            key, half = (int(mine), int(partner)), bytes.fromhex(numbers)
        except ValueError as error:
            raise BadInput("This is not an officer's recovery part.") from error
        if digest(bytes(key) + half)[:CHECK_BYTES] != bytes.fromhex(check.strip()):
            raise BadInput("A recovery part was copied wrongly.", "Compare it with the paper, line by line.")
        found[key] = half
    return found


def _xor(one: bytes, other: bytes) -> bytes:
    return bytes(a ^ b for a, b in zip(one, other, strict=True))
