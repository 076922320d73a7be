"""Counting: whether a fact counts, and what the queue's rows point at, follows from what was signed.

A fact that counts is the one that its document, or its discrepancy, names, or one that a later
comparison made void. A fact that does not count came too late: another stands in its place.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from boapp.audit.chains import Finding
from boapp.crypto.facts import FactKind, Statement, read_clear
from boapp.domain.ids import DocumentId, PersonId
from boapp.shareddb.protocol import DocumentRow, OpenDiscrepancy

Place = tuple[str, int]
HerPlace = tuple[PersonId, bytes, Place]


@dataclass(slots=True)
class Counted:
    """A verified fact and whether its row says that it counts."""

    id: bytes
    statement: Statement
    counts: bool

    @property
    def where(self) -> str:
        """Return how a finding names it."""
        return f"fact {self.id.hex()}"

    @property
    def named(self) -> bytes:
        """Return the first fact or pass that it names."""
        return self.statement.refs[0] if self.statement.refs else b""

    @property
    def place(self) -> Place:
        """Return field and row of a reading or a decision."""
        clear = read_clear(self.statement)
        return clear["field"], clear["row"]


def check_counting(
    rows: Iterable[DocumentRow], decided: Iterable[OpenDiscrepancy], facts: Iterable[Counted]
) -> Iterator[Finding]:
    """Find facts that count and should not, or the reverse, and rows that name what does not count."""
    grouped: dict[DocumentId, list[Counted]] = defaultdict(list)
    for fact in facts:
        grouped[fact.statement.subject.document].append(fact)
    resolved: dict[DocumentId, dict[Place, bytes | None]] = defaultdict(dict)
    for d in decided:
        resolved[d.document][d.field, d.row] = d.resolution
    for row in rows:
        yield from _Document(row, resolved[row.id], grouped[row.id]).findings()


@dataclass(frozen=True, slots=True)
class _Document:
    row: DocumentRow
    resolved: Mapping[Place, bytes | None]
    facts: list[Counted]

    def findings(self) -> Iterator[Finding]:
        for fact in self.facts:
            words = self._wrongly_counted(fact) if fact.counts else self._wrongly_left_out(fact)
            if words:
                yield Finding(fact.where, "counting", words)
        yield from self._two_readings()

    def _of(self, kind: FactKind) -> list[Counted]:
        return [f for f in self.facts if f.statement.subject.kind is kind and f.counts]

    def _pointer(self, fact: Counted) -> bytes | None:
        """Return what stands where this fact would, and would be void otherwise."""
        match fact.statement.subject.kind:
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
            case FactKind.READING:
                return None

    def _is_current(self, fact: Counted) -> bool:
        """Say whether what the fact rests on still stands: else it is void, whatever it says."""
        match fact.statement.subject.kind:
            case FactKind.INTAKE:
                return True
            case FactKind.COMPARISON:
                return not self._overridden(fact)
            case FactKind.CONFIRMATION:
                return fact.named == self.row.record
            case _:
                return fact.named == self.row.comparison

    def _overridden(self, fact: Counted) -> bool:
        return any(fact.id in other.statement.refs for other in self._of(FactKind.COMPARISON))

    def _wrongly_counted(self, fact: Counted) -> str:
        kind = fact.statement.subject.kind
        if kind is FactKind.READING or not self._is_current(fact) or self._pointer(fact) == fact.id:
            return ""
        return f"it counts, yet its document names another {kind}, or none"

    def _wrongly_left_out(self, fact: Counted) -> str:
        kind = fact.statement.subject.kind
        if self._pointer(fact) == fact.id:
            return f"its document names it, yet it does not count as {kind}"
        if self._is_current(fact) and not self._somebody_was_first(fact):
            return "it does not count, yet nothing stood in its place"
        return ""

    def _somebody_was_first(self, fact: Counted) -> bool:
        kind = fact.statement.subject.kind
        same = [f for f in self._of(kind) if kind not in _PLACED or f.place == fact.place]
        if kind is FactKind.READING:
            mine = [f for f in same if f.statement.subject.actor == fact.statement.subject.actor]
            return bool(mine) or self.resolved.get(fact.place, b"") is not None
        open_ones = kind is FactKind.RECORD and None in self.resolved.values()
        return bool(same) or open_ones

    def _two_readings(self) -> Iterator[Finding]:
        seen: set[HerPlace] = set()
        for fact in self._of(FactKind.READING):
            place = (fact.statement.subject.actor, fact.named, fact.place)
            if place in seen:
                yield Finding(fact.where, "counting", "its author has another reading of this place")
            seen.add(place)


_PLACED = frozenset({FactKind.READING, FactKind.RESOLUTION})
