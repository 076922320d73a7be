"""When two times of day say the same.

1. Full-width digits and every kind of blank are folded; blanks at the ends are dropped; case is ignored.
2. Hours and minutes, seconds if printed, with `:` or `.` between them: 8:13, 08.13, 20:13:39. Digits alone
   are four or six: 0813, 201339.
3. am or pm behind (8:13 pm, 8 PM, 8.13 p.m.) makes it a clock of twelve hours; without it it is one of 24.

The canonical form is HH:MM:SS; seconds that are not printed are 00.
"""

import re
from datetime import time
from typing import Final

from boapp.domain.texts import plain

_TIMES: Final = tuple(
    re.compile(pattern, re.ASCII)
    for pattern in (
        r"(?P<h>\d{1,2})(?P<mark>[:.])(?P<m>\d\d)(?:(?P=mark)(?P<s>\d\d))?(?: ?(?P<half>[ap])\.?m\.?)?",
        r"(?P<h>\d\d)(?P<m>\d\d)(?P<s>\d\d)?",
        r"(?P<h>\d{1,2})(?P<m>)(?P<s>) ?(?P<half>[ap])\.?m\.?",
    )
)


def time_form(text: str) -> tuple[str, str | None]:
    """Give the time of day in a text, or a problem: not-a-time, no-such-time."""
    printed = plain(text).casefold()
    for pattern in _TIMES:
        if found := pattern.fullmatch(printed):
            return _iso(found.groupdict())
    return "", "not-a-time"


def _iso(part: dict[str, str | None]) -> tuple[str, str | None]:
    hour, half = int(part["h"] or 0), part.get("half")
    if half is not None and not 1 <= hour <= 12:
        return "", "no-such-time"
    if half is not None:
        hour = hour % 12 + (12 if half == "p" else 0)
    try:
        return time(hour, int(part["m"] or 0), int(part["s"] or 0)).isoformat(), None
    except ValueError:
        return "", "no-such-time"
