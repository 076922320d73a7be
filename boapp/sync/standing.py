"""How this workstation stands with the shared database: for `boapp status`, also while that is away."""

import msgspec

from boapp.errors import Refusal
from boapp.localdb.reserve import State
from boapp.sync.light import Light, light_of
from boapp.workspace import Workspace


class Refused(msgspec.Struct, frozen=True):
    """A message that the shared database refused: its kind, since when it waits, why."""

    kind: str
    since_us: int
    why: str


class Standing(msgspec.Struct, frozen=True):
    """What waits here, and how the way stands; times in microseconds UTC.

    in_step_us: when a round came to its end last; 0 for never. ready, begun, sealed: reserved documents that
    wait to be keyed, were begun, wait to be acknowledged. ends_us: when the first lease of what is to be
    keyed ends; 0 when there is none. people_days: how old the list of people is.
    """

    light: Light
    in_step_us: int
    ready: int
    begun: int
    sealed: int
    ends_us: int
    pages_bytes: int
    people_days: float
    refused: tuple[Refused, ...]


def standing(ws: Workspace) -> Standing:
    """Return how this workstation stands; asks the shared database for its time and nothing else."""
    failure: Refusal | None = None
    clock_off_us = 0
    try:
        clock_off_us = ws.now_us() - ws.shared.clock_us()
    except Refusal as refusal:
        failure = refusal
    states = ws.store.reserve.states()
    count = {state: sum(one[-1] is state for one in states) for state in State}
    open_ends = [one[4] for one in states if one[-1] in {State.WAITS, State.BEGUN}]
    backlog = ws.store.backlog()
    refused = [m for m in ws.store.waiting() if m.refused] if backlog.refused else []
    return Standing(
        light_of(Light(), ws.now_us(), backlog, count[State.WAITS], failure, clock_off_us=clock_off_us),
        ws.store.moment("in step"),
        count[State.WAITS],
        count[State.BEGUN],
        count[State.SEALED],
        min(open_ends, default=0),
        ws.store.pages.used_bytes(),
        ws.roster_age_days(),
        tuple(Refused(m.kind, m.since_us, m.refused) for m in refused),
    )
