"""Who may do what: the separation of duties, as tables that can be read aloud.

Order of the rules: a person acts through her roles in a project; a role that holds the project's
adjudication key (ADJ) never keys there; nobody keys one document twice; nobody resolves what the
project's mode keeps from her. Nothing here looks anything up: callers bring the facts.
"""

import enum
from collections.abc import Collection
from dataclasses import dataclass

from boapp.domain.ids import PersonId
from boapp.domain.passes import Asked
from boapp.errors import NotAllowed


class Role(enum.StrEnum):
    """What a person may be in an organisation or a project."""

    OPERATOR = "operator"
    SECOND_KEYER = "second-keyer"
    ADJUDICATOR = "adjudicator"
    SUPERVISOR = "supervisor"
    DESIGNER = "designer"
    ADMINISTRATOR = "administrator"
    AUDITOR = "auditor"


class Mode(enum.StrEnum):
    """Who may see both readings of a document; signed in the roster for good."""

    RELEASE = "release"
    STRICT = "strict"


class Task(enum.StrEnum):
    """An intention that needs a role."""

    INTAKE = "take images in"
    FIRST = "key first"
    SECOND = "key second"
    COMPARE = "compare"
    RESOLVE = "resolve"
    REPORT = "report"
    EXPORT = "export"
    TAKE_BACK = "take claims back"
    REVIEW = "review"


class Stage(enum.StrEnum):
    """Where a document stands."""

    FIRST = "first"
    SECOND = "second"
    COMPARING = "comparing"
    RESOLVING = "resolving"
    ADJUDICATING = "adjudicating"
    SETTLED = "settled"


class Sight(enum.StrEnum):
    """How much of a project's evidence somebody is shown who verifies it, where not everybody sees all."""

    WHOLE = "whole"
    LATER = "later"
    """All but the passes of documents that are still to be keyed: those are withheld until then."""
    NOTHING = "nothing"


KEYING = frozenset({Role.OPERATOR, Role.SECOND_KEYER})
HOLDS_ADJ = frozenset({Role.ADJUDICATOR, Role.SUPERVISOR})
HOLDS_PROJECT_KEY = KEYING | HOLDS_ADJ | {Role.ADMINISTRATOR}
HOLDS_DIRECTORY = HOLDS_ADJ | {Role.ADMINISTRATOR, Role.AUDITOR}
AUDITS = frozenset({Role.ADMINISTRATOR, Role.AUDITOR})
TO_BE_KEYED = frozenset({Stage.FIRST, Stage.SECOND})

MAY: dict[Task, frozenset[Role]] = {
    Task.INTAKE: frozenset({Role.ADMINISTRATOR, Role.SUPERVISOR}),
    Task.FIRST: KEYING,
    Task.SECOND: frozenset({Role.SECOND_KEYER}),
    Task.COMPARE: HOLDS_ADJ,
    Task.RESOLVE: HOLDS_ADJ,  # in release mode also the second keyer: see may_resolve
    Task.REPORT: HOLDS_ADJ,
    Task.EXPORT: HOLDS_ADJ,
    Task.TAKE_BACK: frozenset({Role.SUPERVISOR}),
    Task.REVIEW: HOLDS_ADJ,  # never anybody who keyed the document or decided on it
}

SIGHT_LIMIT_SHARE = 0.25
SIGHT_LIMIT_LEAST = 3


def require(task: Task, roles: Collection[Role]) -> None:
    """Refuse unless one of these project roles may do the task."""
    if not MAY[task] & set(roles):
        wanted = " or ".join(sorted(MAY[task]))
        raise NotAllowed(
            f"You may not {task} in this project.", f"That needs the role {wanted}: ask your administrator."
        )


def sight_of_evidence(here: Collection[Role], anywhere: Collection[Role]) -> Sight:
    """Return how much of a project's evidence these roles are shown: here in the project, anywhere at all.

    Whoever could open a pass, or keys, waits until nobody is to key its document any more, whatever else
    she is; an auditor or an administrator holds no key that opens one. The same as `sees_passes` in
    `shareddb/sql/90_evidence.sql`.
    """
    held = set(here)
    if held & HOLDS_ADJ:
        return Sight.LATER
    if not (AUDITS & set(anywhere) or Role.AUDITOR in held):
        return Sight.NOTHING
    return Sight.LATER if held & KEYING else Sight.WHOLE


def forbidden_pair(roles: Collection[Role]) -> bool:
    """Say whether these roles may not meet in one person in one project: keying beside ADJ."""
    held = set(roles)
    return bool(held & KEYING) and bool(held & HOLDS_ADJ)


def require_may_resolve_here(roles: Collection[Role], mode: Mode) -> None:
    """Refuse somebody who can never resolve in this project, whatever waits."""
    held = set(roles)
    if held & MAY[Task.RESOLVE] or (mode is Mode.RELEASE and Role.SECOND_KEYER in held):
        return
    who = "adjudicator or supervisor" + (" or second-keyer" if mode is Mode.RELEASE else "")
    raise NotAllowed(
        "You may not resolve mismatches in this project.", f"That needs the role {who} (mode {mode})."
    )


@dataclass(frozen=True, slots=True)
class Parties:
    """Who did what on one document so far."""

    first: PersonId | None
    second: PersonId | None
    second_within_limit: bool


def may_resolve(person: PersonId, roles: Collection[Role], mode: Mode, parties: Parties) -> bool:
    """Say whether this person may resolve this document.

    Strict: a holder of ADJ who keyed neither pass. Release: the same, or whoever sealed the second
    pass, as long as it was near enough to the first (`beyond_sight_limit`).
    """
    held = set(roles)
    if held & HOLDS_ADJ:
        return person not in {parties.first, parties.second}
    second_herself = person == parties.second and Role.SECOND_KEYER in held
    return mode is Mode.RELEASE and second_herself and parties.second_within_limit


def may_take(person: PersonId, roles: Collection[Role], stage: Stage, first: PersonId | None) -> Asked | None:
    """Return which fields this person would be asked for at this stage, or None when she may not key."""
    held = set(roles)
    if held & HOLDS_ADJ:
        return None
    if stage is Stage.FIRST and held & MAY[Task.FIRST]:
        return Asked.ALL
    if stage is Stage.SECOND and held & MAY[Task.SECOND] and first != person:
        return Asked.VERIFY
    return None


def beyond_sight_limit(asked: int, differing: int, missing: int) -> bool:
    """Say whether a second pass is too far from the first for its keyer to resolve it.

    Otherwise keying junk would buy a sight of the first values.
    """
    return missing > 0 or differing > max(SIGHT_LIMIT_LEAST, int(asked * SIGHT_LIMIT_SHARE))
