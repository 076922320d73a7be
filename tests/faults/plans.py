"""The named moments at which children are killed, and which of their occurrences: all, or some in turn."""

from collections.abc import Sequence

from tests.faults.children import FULL

Plan = list[tuple[str, int]]

IN_SEAL = ("seal:begun", "seal:signed", "seal:queued", "seal:drafts-ended", "seal:committed")
IN_DRAFT = ("draft:sealed", "draft:begun", "draft:written", "draft:committed")
WHILE_TYPING = ("cursor:begun", "cursor:committed")
IN_SENDING = ("send:begun", "send:stored", "settle:written", "settle:committed", "send:acknowledged")
IN_RESERVE = ("reserve:kept", "reserve:forgotten")
IN_PAGES = ("page:written", "part:written")
IN_ROUND = ("round:sent", "round:looked", "round:acted", "round:claimed")


def plan(points: Sequence[str], occurrences: Sequence[int]) -> Plan:
    """Return at which occurrence of each moment a child is killed."""
    if FULL:
        return [(point, occurrence) for point in points for occurrence in occurrences]
    return [(point, occurrences[place % len(occurrences)]) for place, point in enumerate(points)]
