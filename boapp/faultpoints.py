"""Named moments at which a test may stop the program, to see that nothing is lost there.

In the product nothing is planted and `reach` does nothing. A test's child process plants a stop.
"""

from collections.abc import Callable

_planted: list[Callable[[str], None]] = []


def plant(stop: Callable[[str], None]) -> None:
    """Call stop with the name of every moment reached from now on."""
    _planted.append(stop)


def reach(name: str) -> None:
    """Say that this moment is reached."""
    for stop in _planted:
        stop(name)
