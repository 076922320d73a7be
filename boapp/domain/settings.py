"""Settings of a project: each declared once, with its bounds and what holds until somebody sets it."""

from collections.abc import Mapping
from typing import NamedTuple


class Bounds(NamedTuple):
    """What a setting is until somebody sets it, and the least and the most that it can be."""

    default: int
    least: int
    most: int


OPEN_CLAIMS = "open-claims"
"""How many open claims one person may hold in a project at a time."""

CLAIMS_AHEAD = "claims-ahead"
"""How many documents a workstation claims ahead for one person; at most open-claims take effect."""

LEASE_HOURS = "lease-hours"
"""How many hours a claim runs; one that was made ahead ends sooner where its batch is due."""

SETTINGS: Mapping[str, Bounds] = {
    OPEN_CLAIMS: Bounds(50, 1, 1000),
    CLAIMS_AHEAD: Bounds(5, 0, 1000),
    LEASE_HOURS: Bounds(8, 1, 336),
}


def fits(key: str, value: int) -> bool:
    """Say whether there is such a setting and it can be that."""
    bounds = SETTINGS.get(key)
    return bounds is not None and bounds.least <= value <= bounds.most


def column(key: str) -> str:
    """Return the name under which a project's row keeps a setting."""
    return key.replace("-", "_")
