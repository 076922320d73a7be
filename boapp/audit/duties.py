"""Duties: who might state a fact, by the list of people that she had seen when she signed it.

Rules `role` and `exclusion`. A holder of ADJ states what she likes about documents that she did not
key. The second keyer of a release project compares her document first, reads and decides within her
limit, and states the record. Whoever reviews had no part in the document. Claims are taken back by
supervisors alone. Nobody else states anything but intakes. What does not count is held to the same
rules: somebody signed it.
"""

from collections.abc import Iterator

from boapp.audit.chains import Finding
from boapp.audit.evidence import RESOLVES, Evidence, Fact, Known
from boapp.crypto.facts import FactKind
from boapp.crypto.roster_contents import Project
from boapp.domain.workflow import HOLDS_ADJ, MAY, Task


def check_duties(evidence: Evidence, known: Known) -> Iterator[Finding]:
    """Find facts that their authors might not state."""
    for fact in known.facts.values():
        match fact.kind:
            case FactKind.INTAKE:
                if not _may_take_in(evidence, fact):
                    yield Finding(fact.where, "role", "its author might not take documents in here")
            case FactKind.TAKE_BACK:
                if not known.roles(fact) & MAY[Task.TAKE_BACK]:
                    yield Finding(fact.where, "role", "its author might not take claims back here")
            case _:
                yield from _of_passes(known, fact)


def _of_passes(known: Known, fact: Fact) -> Iterator[Finding]:
    """Find what is wrong with the author of something about keyed passes."""
    if fact.kind is FactKind.COMPARISON and 0 < fact.seen < _newest_seen(known, fact):
        words = "its author had seen an older list of people than the keyers of the passes"
        yield Finding(fact.where, "role", words)
    if not known.holder(fact) and not _second_may(known, fact):
        yield Finding(fact.where, "role", f"its author might not state a {fact.kind} here")
    if fact.kind is FactKind.REVIEW and known.took_part(fact):
        yield Finding(fact.where, "exclusion", "its author keyed this document, or decided on it")
    if known.has_keyed(fact) and (known.holder(fact) or not known.is_second(fact)):
        yield Finding(fact.where, "exclusion", "its author keyed this document")
    if fact.kind in RESOLVES and known.is_second(fact) and _is_beyond(known, fact):
        words = "the second pass was too far from the first for its keyer to resolve"
        yield Finding(fact.where, "exclusion", words)


def _newest_seen(known: Known, comparison: Fact) -> int:
    """Return how long the list of people was for the last keyer of the passes that are compared."""
    return max((known.passes[ref].seen for ref in comparison.refs if ref in known.passes), default=0)


def _may_take_in(evidence: Evidence, fact: Fact) -> bool:
    here = evidence.project.roles_at(fact.actor, fact.seen)
    return bool((here | evidence.roster.roles_at(fact.actor, fact.seen)) & MAY[Task.INTAKE])


def _second_may(known: Known, fact: Fact) -> bool:
    """Say whether this is what a second keyer states: not a comparison made again, nor a confirmation."""
    again = fact.kind is FactKind.COMPARISON and known.again(fact)
    return known.is_second(fact) and fact.kind is not FactKind.CONFIRMATION and not again


def _is_beyond(known: Known, fact: Fact) -> bool:
    """Say whether the comparison that a fact rests on left the document to a holder of ADJ."""
    comparison = known.named(fact.refs[0], FactKind.COMPARISON, fact.document)
    return comparison is not None and (bool(comparison.clear["beyond"]) or known.again(comparison))


def might_count(known: Known, fact: Fact) -> bool:
    """Say whether the shared database had to let a fact count, as far as its author goes.

    It asks who holds ADJ when a fact arrives: whoever lost it after she signed is not missed. Whether a
    claim was open when it was taken back stands in no evidence.
    """
    if fact.kind is FactKind.TAKE_BACK:
        return False
    if fact.kind is FactKind.INTAKE:
        return True
    if fact.kind is FactKind.REVIEW and known.took_part(fact):
        return False
    if known.has_keyed(fact):
        return _second_may(known, fact) and not (fact.kind in RESOLVES and _is_beyond(known, fact))
    return known.holder(fact) and _stays_holder(known.project, fact)


def _stays_holder(project: Project, fact: Fact) -> bool:
    later = [roles for at, who, roles in project.history if who == fact.actor and at > fact.seen]
    return all(roles & HOLDS_ADJ for roles in later)
