"""Counting: whether a fact counts, and what the queue's rows point at, follows from what was signed.

A fact that counts is the one that its document, or its discrepancy, names, or one that a later
comparison made void. A fact that does not count came too late, because another stands in its place,
or was not its author's to have counted. What somebody else rested on counted once, and so does the
take-back of a claim.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from boapp.audit.chains import Finding
from boapp.audit.duties import might_count
from boapp.audit.evidence import Evidence, Fact, Known, Place
from boapp.audit.order import out_of_order
from boapp.crypto.facts import FactKind
from boapp.domain.ids import DocumentId, PersonId
from boapp.shareddb.protocol import DocumentRow

_PLACED = frozenset({FactKind.READING, FactKind.RESOLUTION})


def check_counting(evidence: Evidence, known: Known) -> Iterator[Finding]:
    """Find facts that count and should not, or the reverse, and rows that name what does not count."""
    grouped = defaultdict[DocumentId, list[Fact]](list)
    for fact in known.facts.values():
        grouped[fact.document].append(fact)
    resolved = defaultdict[DocumentId, dict[Place, bytes | None]](dict)
    for d in evidence.stored.discrepancies:
        resolved[d.document][bytes(d.comparison), d.field, d.row] = d.resolution
    for row in evidence.stored.documents:
        yield from _Document(known, row, resolved[row.id], grouped[row.id]).findings()


@dataclass(frozen=True, slots=True)
class _Document:
    known: Known
    row: DocumentRow
    resolved: Mapping[Place, bytes | None]
    facts: list[Fact]

    def findings(self) -> Iterator[Finding]:
        for fact in self.facts:
            words = self._wrongly_counted(fact) if fact.counts else self._wrongly_left_out(fact)
            if words:
                yield Finding(fact.where, "counting", words)
        yield from self._two_readings()

    def _of(self, kind: FactKind) -> list[Fact]:
        return [f for f in self.facts if f.kind is kind and f.counts]

    def _pointer(self, fact: Fact) -> bytes | None:
        """Return what stands where this fact would, and would be void otherwise."""
        match fact.kind:
            case FactKind.INTAKE:
                return self.row.intake
            case FactKind.COMPARISON:
                return self.row.comparison
            case FactKind.RECORD:
                return self.row.record
            case FactKind.CONFIRMATION:
                return self.row.confirmation
            case FactKind.RESOLUTION:
                return self.resolved.get(fact.place)
            case FactKind.READING | FactKind.TAKE_BACK | FactKind.REVIEW:
                return None

    def _is_current(self, fact: Fact) -> bool:
        """Say whether what the fact rests on still stands: else it is void, whatever it says."""
        match fact.kind:
            case FactKind.INTAKE | FactKind.TAKE_BACK:
                return True
            case FactKind.COMPARISON:
                return not self._overridden(fact)
            case FactKind.CONFIRMATION | FactKind.REVIEW:
                return fact.refs[0] == self.row.record
            case _:
                return fact.refs[0] == self.row.comparison

    def _overridden(self, fact: Fact) -> bool:
        return any(fact.id in other.refs for other in self._of(FactKind.COMPARISON))

    def _wrongly_counted(self, fact: Fact) -> str:
        if fact.kind is FactKind.TAKE_BACK:
            same = [f for f in self._of(fact.kind) if f.clear["fence"] == fact.clear["fence"]]
            return "its claim was taken back before" if same[0] is not fact else ""
        if fact.kind is FactKind.REVIEW:
            return "its author reviewed this record before" if self._reviewed_before(fact) else ""
        if fact.kind is FactKind.READING or not self._is_current(fact) or self._pointer(fact) == fact.id:
            return ""
        return f"it counts, yet its document names another {fact.kind}, or none"

    def _wrongly_left_out(self, fact: Fact) -> str:
        if self._pointer(fact) == fact.id:
            return f"its document names it, yet it does not count as {fact.kind}"
        if not might_count(self.known, fact):
            return ""
        if self._rested_on(fact):
            return "it does not count, yet somebody rested on it as the one that did"
        missed = self._is_current(fact) and not out_of_order(self.known, fact)
        if missed and not self._somebody_was_first(fact):
            return "it does not count, yet nothing stood in its place"
        return ""

    def _rested_on(self, fact: Fact) -> bool:
        """Say whether somebody stated something that names a fact as the one that counts.

        Whoever came too late with a reading may have decided on it all the same, in vain.
        """
        named = [f for f in self.facts if fact.id in f.refs and might_count(self.known, f)]
        return any(fact.kind is not FactKind.READING or other.counts for other in named)

    def _somebody_was_first(self, fact: Fact) -> bool:
        same = [f for f in self._of(fact.kind) if fact.kind not in _PLACED or f.place == fact.place]
        if fact.kind is FactKind.REVIEW:
            return self._reviewed_before(fact)
        if fact.kind is FactKind.READING:
            mine = any(f.actor == fact.actor for f in same)
            return mine or self.resolved.get(fact.place, b"") is not None
        return bool(same)

    def _reviewed_before(self, fact: Fact) -> bool:
        own = [f for f in self._of(fact.kind) if (f.actor, f.refs) == (fact.actor, fact.refs)]
        return own[:1] not in ([], [fact])

    def _two_readings(self) -> Iterator[Finding]:
        seen = set[tuple[PersonId, Place]]()
        for fact in self._of(FactKind.READING):
            if (fact.actor, fact.place) in seen:
                yield Finding(fact.where, "counting", "its author has another reading of this place")
            seen.add((fact.actor, fact.place))
