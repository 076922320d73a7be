"""How long to wait after failures: longer each time, and never in step with other workstations."""

FIRST_SECONDS = 1.0
LONGEST_SECONDS = 120.0
_DOUBLINGS = 16


def pause(failures: int, chance: float) -> float:
    """Return the seconds to wait after so many failures in a row; chance is uniform in [0, 1).

    Half of the pause is sure, so that nobody asks again at once; the other half is by chance.
    """
    whole = min(LONGEST_SECONDS, FIRST_SECONDS * 2.0 ** min(failures - 1, _DOUBLINGS))
    return whole / 2 + chance * whole / 2
