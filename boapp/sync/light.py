"""What is said of the way to the shared database: where it stands, since when, how much waits. Pure."""

import enum

import msgspec

from boapp.errors import OtherVersion, Refusal, Unavailable
from boapp.localdb.outbox import Backlog

CLOCK_OFF_US = 5 * 60 * 1_000_000
"""A clock that is so far off is told."""


class Way(enum.StrEnum):
    """Where it stands."""

    STARTING = "starting"
    IN_STEP = "in-step"
    SENDING = "sending"
    AWAY = "away"
    """The server cannot be reached or takes nothing in: it is tried again without anybody's doing."""
    STOPPED = "stopped"
    """Somebody has to do something: sign in again, update, call the administrator."""


class Light(msgspec.Struct, frozen=True):
    """What the sync light says; times in microseconds UTC.

    since_us: since when it stands so. waiting, refused: messages in the outbox, and how many of them were
    refused. oldest_us: when the oldest was signed. ready: documents that wait here to be keyed. title and
    advice: why it does not go on. again: messages that were sent anew to a database that had been set back.
    clock_off_us: how far this workstation's clock is ahead.
    """

    way: Way = Way.STARTING
    since_us: int = 0
    waiting: int = 0
    refused: int = 0
    oldest_us: int = 0
    ready: int = 0
    title: str = ""
    advice: str = ""
    again: int = 0
    clock_off_us: int = 0

    @property
    def clock_is_wrong(self) -> bool:
        """Say whether the workstation's clock is to be set."""
        return abs(self.clock_off_us) > CLOCK_OFF_US


def light_of(
    before: Light,
    now_us: int,
    backlog: Backlog,
    ready: int,
    failure: Refusal | None,
    *,
    again: int = 0,
    clock_off_us: int | None = None,
) -> Light:
    """Return the light after a round; failure is what ended it, None when it came to its end."""
    way = _way(backlog, failure)
    return Light(
        way,
        before.since_us if way is before.way else now_us,
        backlog.count,
        backlog.refused,
        backlog.oldest_us,
        ready,
        failure.title if failure else "",
        failure.advice if failure else "",
        before.again + again,
        before.clock_off_us if clock_off_us is None else clock_off_us,
    )


def _way(backlog: Backlog, failure: Refusal | None) -> Way:
    if isinstance(failure, Unavailable) and not isinstance(failure, OtherVersion):
        return Way.AWAY
    if failure is not None:
        return Way.STOPPED
    return Way.SENDING if backlog.count > backlog.refused else Way.IN_STEP
