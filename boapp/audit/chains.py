"""Author chains: nothing that somebody signed was left out, put in or moved.

Every signed message names its place: a chain (one for each author, project and local store), a number
from 1, the digest of the message before it, and the head of the list of people that its author had
seen. That head never goes back along a chain. What a workstation remembers of its own chains shows
whether the newest messages are missing; what the list of people says of a retired key's, whether somebody
who has that key still signed others in their place.

What is withheld from whoever verifies (`withheld`) is missing too: as many messages of an author as are
withheld of hers may be, wherever they stood; where more are, all her gaps are named.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import msgspec

from boapp.crypto.roster_contents import Retired
from boapp.crypto.roster_entries import NO_HEAD
from boapp.crypto.sealed_pass import ChainPlace
from boapp.crypto.signing import link
from boapp.domain.ids import ChainId, DocumentId, PersonId


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
    """How far a local store says that its chain has been acknowledged; whose store it is."""

    chain: ChainId
    seq: int
    author: PersonId


@dataclass(frozen=True, slots=True)
class Withheld:
    """What is not shown to whoever verifies, as far as nothing signed contradicts it.

    firsts: documents of which the first pass is withheld, with its author. surplus: how many passes
    besides, each of one of the keyers.
    """

    firsts: Mapping[DocumentId, PersonId] = field(default_factory=dict)
    surplus: int = 0
    keyers: frozenset[PersonId] = frozenset()


@dataclass(frozen=True, slots=True)
class _Gap:
    """So many messages of somebody that are not there, and what is told of it."""

    author: PersonId
    missing: int
    finding: Finding


def check_chains(
    messages: Iterable[Signed], remembered: Sequence[Remembered], withheld: Withheld
) -> Iterator[Finding]:
    """Find gaps, doubles, breaks, shared chains, lists set back and missing ends."""
    chains: dict[ChainId, list[Signed]] = defaultdict(list)
    for message in sorted(messages, key=lambda m: m.place.seq):
        chains[message.place.chain].append(message)
    for chain in chains.values():
        yield from _check_links(chain)
        yield from _check_seen(chain)
    gaps = [gap for chain in chains.values() for gap in _gaps(chain)]
    yield from _unexplained([*gaps, *_missing_ends(chains, remembered)], withheld)


def check_ends(
    messages: Iterable[Signed], retired: Iterable[Retired], *, withholds: bool
) -> Iterator[Finding]:
    """Find chains of retired keys that do not come to the message that the list of people names.

    A chain of which nothing is here may be one of another project; one that ends early, a withheld one.
    """
    chains: dict[tuple[PersonId, ChainId], dict[int, Signed]] = defaultdict(dict)
    for message in messages:
        chains[message.author, message.place.chain].setdefault(message.place.seq, message)
    for key in retired:
        for chain, end in key.chains.items():
            here = chains.get((key.person, chain), {})
            last = here.get(end.seq)
            if last is not None and link(last.message, last.signature) != end.link:
                words = "another message stood there when its author's key was retired"
                yield Finding(last.where, "chain", words)
            elif last is None and here and not withholds:
                words = f"{end.seq} messages of it were there when its author's key was retired"
                yield Finding(f"chain {chain.hex()}", "chain end", words)


def _check_links(chain: list[Signed]) -> Iterator[Finding]:
    expected, previous = 1, NO_HEAD
    for message in chain:
        if message.author != chain[0].author:
            yield Finding(message.where, "chain", "it stands in somebody else's chain")
        if message.place.seq < expected:
            yield Finding(message.where, "chain", f"number {message.place.seq} stands twice")
        elif message.place.seq == expected and message.place.prev != previous:
            yield Finding(message.where, "chain", "it does not continue the message before it")
        expected, previous = message.place.seq + 1, link(message.message, message.signature)


def _gaps(chain: list[Signed]) -> Iterator[_Gap]:
    expected = 1
    for message in chain:
        missing = message.place.seq - expected
        if missing > 0:
            words = f"number {expected} before it is missing"
            yield _Gap(message.author, missing, Finding(message.where, "chain", words))
        expected = message.place.seq + 1


def _missing_ends(chains: Mapping[ChainId, list[Signed]], remembered: Sequence[Remembered]) -> Iterator[_Gap]:
    for memory in remembered:
        found = max((m.place.seq for m in chains.get(memory.chain, [])), default=0)
        if found < memory.seq:
            words = f"this workstation sent {memory.seq} messages, the shared database has {found}"
            finding = Finding(f"chain {memory.chain.hex()}", "chain end", words)
            yield _Gap(memory.author, memory.seq - found, finding)


def _unexplained(gaps: list[_Gap], withheld: Withheld) -> Iterator[Finding]:
    """Name the gaps of every author of whom more is missing than is withheld."""
    missing, hers = Counter[PersonId](), Counter(withheld.firsts.values())
    for gap in gaps:
        missing[gap.author] += gap.missing
    beyond = missing - hers
    late = sum(count for author, count in beyond.items() if author in withheld.keyers)
    for gap in gaps:
        explained = gap.author in withheld.keyers and late <= withheld.surplus
        if gap.author in beyond and not explained:
            yield gap.finding


def _check_seen(chain: list[Signed]) -> Iterator[Finding]:
    """Find messages whose author had seen less of the list of people than at the message before."""
    newest = 0
    for message in chain:
        if 0 < message.seen < newest:
            words = "its author had seen an older list of people than at the message before it"
            yield Finding(message.where, "chain", words)
        newest = max(newest, message.seen)
