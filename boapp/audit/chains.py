"""Author chains: nothing that somebody signed was left out, put in or moved.

Every signed message names its place: a chain (one for each author, project and local store), a number
from 1, the digest of the message before it, and the head of the list of people that its author had
seen. That head never goes back along a chain. What a workstation remembers of its own chains shows
whether the newest messages are missing.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import msgspec

from boapp.crypto.roster_entries import NO_HEAD
from boapp.crypto.sealed_pass import ChainPlace
from boapp.crypto.signing import link
from boapp.domain.ids import ChainId, PersonId


class Finding(msgspec.Struct, frozen=True):
    """One thing that does not hold: which row, which rule, and what it means."""

    where: str
    rule: str
    words: str


@dataclass(frozen=True, slots=True)
class Signed:
    """A signed message as the chains see it. seen: entries of the list of people, 0 where it is unknown."""

    where: str
    author: PersonId
    place: ChainPlace
    message: bytes
    signature: bytes
    seen: int = 0


@dataclass(frozen=True, slots=True)
class Remembered:
    """How far a local store says that its chain has been acknowledged."""

    chain: ChainId
    seq: int


def check_chains(messages: Iterable[Signed], remembered: Iterable[Remembered]) -> Iterator[Finding]:
    """Find gaps, doubles, breaks, shared chains, lists set back and missing ends."""
    chains: dict[ChainId, list[Signed]] = defaultdict(list)
    for message in messages:
        chains[message.place.chain].append(message)
    for chain in chains.values():
        ordered = sorted(chain, key=lambda m: m.place.seq)
        yield from _check_chain(ordered)
        yield from _check_seen(ordered)
    for memory in remembered:
        found = max((m.place.seq for m in chains.get(memory.chain, [])), default=0)
        if found < memory.seq:
            yield Finding(
                f"chain {memory.chain.hex()}",
                "chain end",
                f"this workstation sent {memory.seq} messages, the shared database has {found}",
            )


def _check_chain(chain: list[Signed]) -> Iterator[Finding]:
    expected, previous = 1, NO_HEAD
    for message in chain:
        if message.author != chain[0].author:
            yield Finding(message.where, "chain", "it stands in somebody else's chain")
        if message.place.seq != expected:
            missing = f"number {expected} before it is missing"
            words = missing if message.place.seq > expected else f"number {message.place.seq} stands twice"
            yield Finding(message.where, "chain", words)
        elif message.place.prev != previous:
            yield Finding(message.where, "chain", "it does not continue the message before it")
        expected, previous = message.place.seq + 1, link(message.message, message.signature)


def _check_seen(chain: list[Signed]) -> Iterator[Finding]:
    """Find messages whose author had seen less of the list of people than at the message before."""
    newest = 0
    for message in chain:
        if 0 < message.seen < newest:
            words = "its author had seen an older list of people than at the message before it"
            yield Finding(message.where, "chain", words)
        newest = max(newest, message.seen)
