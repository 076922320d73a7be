"""How far the chains of somebody's key have come, which is said for good when the key is retired.

What the shared database gives is not believed: only what the key signed is counted, and the last message of
each chain is named by its digest, so that whoever has the old key can put nothing in its place.
"""

from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from typing import NamedTuple

from boapp.crypto.facts import purpose
from boapp.crypto.roster_contents import NOWHERE, End, Person
from boapp.crypto.sealed_pass import PURPOSE as PASS_PURPOSE
from boapp.crypto.sealed_pass import ChainPlace
from boapp.crypto.signing import link, verify
from boapp.domain.ids import ChainId, KeyId, PersonId, ProjectId
from boapp.errors import Tampered
from boapp.workspace import Workspace

MOST_CHAINS = 1000
"""An entry of the list of people is not to grow beyond what is read."""


def chains_of(ws: Workspace, person: Person) -> tuple[tuple[ChainId, int, bytes], ...]:
    """Return how far each chain of a person's present key has come, as the shared database has it.

    Only what she signed is looked at: anybody may send messages that name her key. Whoever stole it may
    have begun any number of chains; those in which most counts are kept.
    """
    reached: dict[ChainId, End] = {}
    counting = Counter[ChainId]()
    for project in ws.roster.projects:
        for signed, counts in (*_passes_of(ws, project, person), *_facts_of(ws, project, person)):
            chain, end = signed.place.chain, End(signed.place.seq, link(signed.message, signed.signature))
            reached[chain] = max(reached.get(chain, NOWHERE), end)
            counting[chain] += counts
    kept = sorted(reached, key=lambda chain: (counting[chain], chain), reverse=True)[:MOST_CHAINS]
    return tuple((chain, *reached[chain]) for chain in sorted(kept))


class _Signed(NamedTuple):
    """What may be a message of hers."""

    whose: tuple[PersonId, KeyId]
    place: ChainPlace
    purpose: bytes
    message: bytes
    signature: bytes

    def is_hers(self, person: Person) -> bool:
        """Say whether she signed it with her present key."""
        if self.whose != (person.id, person.keys.key_id) or self.place.seq < 1:
            return False
        try:
            verify(person.keys.ed25519, self.purpose, self.message, self.signature)
        except Tampered:
            return False
        return True


def _passes_of(ws: Workspace, project: ProjectId, person: Person) -> Iterator[tuple[_Signed, bool]]:
    """Give her passes, each with whether it counts; one that cannot be read is nobody's."""
    for stored in ws.shared.passes(project):
        with suppress(Tampered):
            manifest, sealed = stored.sealed.read_manifest(), stored.sealed
            whose = manifest.context.author, manifest.context.key_id
            signed = _Signed(whose, manifest.place, PASS_PURPOSE, sealed.manifest, sealed.signature)
            if signed.is_hers(person):
                yield signed, bool(stored.slot)


def _facts_of(ws: Workspace, project: ProjectId, person: Person) -> Iterator[tuple[_Signed, bool]]:
    """Give her facts, each with whether it counts; one that cannot be read is nobody's."""
    for stored in ws.shared.facts(project):
        with suppress(Tampered):
            statement, fact = stored.fact.read_statement(), stored.fact
            subject = statement.subject
            whose, for_ = (subject.actor, statement.key_id), purpose(subject.kind)
            signed = _Signed(whose, statement.place, for_, fact.statement, fact.signature)
            if signed.is_hers(person):
                yield signed, bool(stored.counted)
