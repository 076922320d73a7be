"""The decision on a discrepancy: which reading holds, what is settled, and whom it is charged to.

The resolver reads the field from the image before the readings are shown; her decision is a value.
From it follow, in this order: the choice (which of the two readings it confirms), the settled value
(a confirmed reading stands as its keyer keyed it), and the charge. Honest doubt is never charged:
who said uncertain or illegible made no error.
"""

import enum
from dataclasses import dataclass

from boapp.domain.fields import Field
from boapp.domain.values import State, Value, canonical


class Choice(enum.StrEnum):
    """Which reading a decision confirms."""

    FIRST = "first"
    SECOND = "second"
    BOTH = "both"
    ANOTHER = "another"
    ILLEGIBLE = "illegible"


class Charged(enum.StrEnum):
    """Whose pass holds the error."""

    FIRST = "first"
    SECOND = "second"
    BOTH = "both"
    NEITHER = "neither"


@dataclass(frozen=True, slots=True)
class Decision:
    """What was decided and what follows from it."""

    choice: Choice
    settled: Value
    charged: Charged


def same(field: Field, one: Value, other: Value) -> bool:
    """Say whether two values mean the same; an uncertain one never does."""
    if one.uncertain or other.uncertain or one.state is not other.state:
        return False
    return one.text == other.text or canonical(field, one.text).same(canonical(field, other.text))


def decide(field: Field, value: Value, first: Value, second: Value) -> Decision:
    """Return what a decision for this value means beside the two readings."""
    choice = _choice(field, value, first, second)
    settled = {Choice.FIRST: first, Choice.SECOND: second, Choice.BOTH: first}.get(choice, value)
    return Decision(choice, settled, _charge(field, settled, first, second))


def _choice(field: Field, value: Value, first: Value, second: Value) -> Choice:
    match same(field, value, first), same(field, value, second):
        case True, True:
            return Choice.BOTH
        case True, False:
            return Choice.FIRST
        case False, True:
            return Choice.SECOND
        case _:
            return Choice.ILLEGIBLE if value.state is State.ILLEGIBLE else Choice.ANOTHER


def _charge(field: Field, settled: Value, first: Value, second: Value) -> Charged:
    match _is_wrong(field, first, settled), _is_wrong(field, second, settled):
        case True, True:
            return Charged.BOTH
        case True, False:
            return Charged.FIRST
        case False, True:
            return Charged.SECOND
        case _:
            return Charged.NEITHER


def _is_wrong(field: Field, reading: Value, settled: Value) -> bool:
    doubtful = bool(reading.uncertain) or reading.state is State.ILLEGIBLE
    return not doubtful and not same(field, reading, settled)
