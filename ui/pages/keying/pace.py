"""Keys per hour, pauses left out. For the keyer alone: it is shown to nobody else and kept nowhere."""

LONGEST_GAP = 5.0
"""Seconds without a key after which the clock stands."""
LEAST = 20.0
"""Seconds of keying before a speed means anything."""


class Pace:
    """Counts keys and the time in which they came; times in seconds of one clock."""

    def __init__(self) -> None:
        self._keys, self._seconds = 0, 0.0
        self._last: float | None = None

    def key(self, now: float) -> None:
        """Count a key."""
        if self._last is not None and now - self._last <= LONGEST_GAP:
            self._seconds += now - self._last
            self._keys += 1
        self._last = now

    def pause(self) -> None:
        """Let the clock stand until the next key."""
        self._last = None

    def per_hour(self) -> int | None:
        """Return the speed, in steps of ten; None while too little was keyed."""
        if self._seconds < LEAST:
            return None
        return round(self._keys / self._seconds * 360) * 10
