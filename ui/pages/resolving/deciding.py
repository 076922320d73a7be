"""Deciding on one mismatch: from the readings appearing to the value that is settled.

Plain Python. The order: nothing is selected, unless a reading is the same as the own one; a reading is
taken, or the field is illegible, or another value is keyed; then it may be confirmed, but not in the
moment in which the readings appeared. Another value counts once it was keyed twice in a row; the own
reading is the first of the two where it equals it. What somebody was unsure of is never settled.
All of this holds values and is dropped as a whole.
"""

from __future__ import annotations

import enum

from boapp.domain.causes import Cause
from boapp.domain.values import ILLEGIBLE, Value
from ui.pages.resolving.presenter import Opened

UNSEEN_SECONDS = 0.3


class Pick(enum.Enum):
    """What is selected."""

    NOTHING = "nothing"
    FIRST = "first shown"
    SECOND = "second shown"
    ANOTHER = "another value"
    ILLEGIBLE = "illegible"


class Typed(enum.Enum):
    """What became of a value that was keyed."""

    ACCEPTED = enum.auto()
    ONCE_MORE = enum.auto()
    UNSURE = enum.auto()


SHOWN = (Pick.FIRST, Pick.SECOND)


class Deciding:
    """The decision on one opened mismatch, as it is being made."""

    def __init__(self, opened: Opened, now: float) -> None:
        self.opened = opened
        self.cause = opened.cause
        self.pick = Pick.NOTHING if opened.same is None else SHOWN[opened.same]
        self._appeared = now
        self._typed = opened.own
        self._another: Value | None = None
        self._cause_changed = False

    def take(self, place: int) -> bool:
        """Select a reading; False when its keyer was unsure of it."""
        if self.opened.shown[place].uncertain:
            return False
        self.pick = SHOWN[place]
        return True

    def take_illegible(self) -> None:
        """Select that nobody can read it."""
        self.pick = Pick.ILLEGIBLE

    def key(self, value: Value) -> Typed:
        """Take a keyed value; it counts when it is the one keyed just before."""
        if value.uncertain:
            return Typed.UNSURE
        if value != self._typed:
            self._typed = value
            return Typed.ONCE_MORE
        self._another, self.pick = value, Pick.ANOTHER
        return Typed.ACCEPTED

    def retract(self) -> None:
        """Select nothing: the box for another value was opened, changed or closed."""
        self.pick, self._another = Pick.NOTHING, None

    def change_cause(self, cause: Cause) -> None:
        """Take the resolver's cause instead of the suggested one."""
        self.cause, self._cause_changed = cause, True

    @property
    def said_cause(self) -> Cause | None:
        """Return the cause that the resolver chose; None when she left the suggestion."""
        return self.cause if self._cause_changed else None

    @property
    def value(self) -> Value | None:
        """Return the value that confirming would settle."""
        match self.pick:
            case Pick.FIRST | Pick.SECOND:
                return self.opened.shown[SHOWN.index(self.pick)]
            case Pick.ILLEGIBLE:
                return ILLEGIBLE
            case Pick.ANOTHER:
                return self._another
            case Pick.NOTHING:
                return None

    def seen(self, now: float) -> bool:
        """Say whether the readings have been on screen long enough to have been seen."""
        return now - self._appeared >= UNSEEN_SECONDS
