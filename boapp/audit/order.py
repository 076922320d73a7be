"""Order: what rests on what.

A comparison rests on as many passes as its document was taken in for, in their order; a decision on an
own earlier reading of the same place; a record on a comparison and on every decision that it needed; a
confirmation and a review on a record. What counts rests on what counts. A take-back that counts gives its
reason, and ends a claim under which nothing that counts was sealed.
"""

from collections.abc import Callable, Iterator

from boapp.audit.chains import Finding
from boapp.audit.evidence import Fact, Known
from boapp.crypto.facts import FactKind


def check_order(known: Known) -> Iterator[Finding]:
    """Find facts that count though what they rest on is missing."""
    for fact in known.facts.values():
        words = out_of_order(known, fact) if fact.counts else ""
        if words:
            yield Finding(fact.where, "order", words)


def out_of_order(known: Known, fact: Fact) -> str:
    """Return what a fact lacks to rest on, in words; nothing when it lacks nothing."""
    return _ORDER[fact.kind](known, fact)


def places_of(comparison: Fact) -> set[tuple[str, int]]:
    """Return the places at which a comparison found a difference."""
    return {(field, row) for field, row, *_ in comparison.clear["discrepancies"]}


def _intake(_known: Known, _fact: Fact) -> str:
    return ""


def _comparison(known: Known, fact: Fact) -> str:
    passes, wanted = known.passes_of(fact.document), known.wanted(fact.document)
    if wanted is None:
        return "it is about a document that was never taken in"
    if len(passes) < wanted:
        return f"its document was taken in for {wanted} passes and has {len(passes)}"
    if list(fact.refs[:wanted]) != passes:
        return "it does not rest on the passes of its document"
    for earlier in fact.refs[wanted:]:
        found = known.named(earlier, FactKind.COMPARISON, fact.document)
        if found is None or not found.counts or found.id == fact.id:
            return "it takes the place of a comparison that is not there"
    return ""


def _reading(known: Known, fact: Fact) -> str:
    comparison = known.named(fact.refs[0], FactKind.COMPARISON, fact.document)
    if comparison is None or not comparison.counts:
        return "it does not rest on a comparison of its document"
    if fact.place[1:] not in places_of(comparison):
        return "nothing differed at its place"
    return ""


def _resolution(known: Known, fact: Fact) -> str:
    reading = known.named(fact.refs[1], FactKind.READING, fact.document)
    if reading is None or reading.actor != fact.actor or not reading.counts:
        return "it does not rest on its author's own reading"
    if reading.place != fact.place:
        return "its reading is of another place"
    mine, hers = fact.statement.place, reading.statement.place
    if mine.chain == hers.chain and hers.seq >= mine.seq:
        return "its reading was signed after it"
    return _reading(known, fact)


def _record(known: Known, fact: Fact) -> str:
    comparison = known.named(fact.refs[0], FactKind.COMPARISON, fact.document)
    if comparison is None or not comparison.counts:
        return "it does not rest on a comparison"
    decided = [
        other
        for other in known.facts.values()
        if other.kind is FactKind.RESOLUTION and other.counts and other.refs[0] == comparison.id
    ]
    if not places_of(comparison) <= {other.place[1:] for other in decided}:
        return "a discrepancy of its comparison was never decided"
    if list(fact.refs[1:]) != sorted(other.id for other in decided):
        return "it does not rest on just the decisions of its comparison"
    return ""


def _confirmation(known: Known, fact: Fact) -> str:
    found = known.named(fact.refs[0], FactKind.RECORD, fact.document)
    return "" if found and found.counts else "it does not confirm a record"


def _review(known: Known, fact: Fact) -> str:
    found = known.named(fact.refs[0], FactKind.RECORD, fact.document)
    return "" if found and found.counts else "it is no review of a record"


def _take_back(known: Known, fact: Fact) -> str:
    if not fact.statement.content_hash:
        return "it gives no reason"
    fence = fact.clear["fence"]
    sealed = [one for one in known.keyed(fact.document).values() if one.manifest.fence == fence]
    return "a pass that counts was sealed under the claim that it ended" if sealed else ""


_ORDER: dict[FactKind, Callable[[Known, Fact], str]] = {
    FactKind.INTAKE: _intake,
    FactKind.COMPARISON: _comparison,
    FactKind.READING: _reading,
    FactKind.RESOLUTION: _resolution,
    FactKind.RECORD: _record,
    FactKind.CONFIRMATION: _confirmation,
    FactKind.TAKE_BACK: _take_back,
    FactKind.REVIEW: _review,
}
