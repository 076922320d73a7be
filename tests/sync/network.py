"""A network between a workstation and its shared database that loses, repeats and delays, by plan."""

import enum
from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any, cast

from boapp.errors import Refusal, Unavailable
from boapp.shareddb.protocol import SharedDatabase


class Fault(enum.Enum):
    """What befalls one call."""

    NONE = "nothing"
    LOSES_THE_REQUEST = "the request is lost"
    LOSES_THE_REPLY = "it is done, and the reply is lost"
    TWICE = "it is done twice"
    LATE = "it is done later, after what others do meanwhile"
    RESTARTS = "the server restarts: what is on its way is lost"


@dataclass
class Network:
    """What befalls the calls to come, and what is still on its way; nothing befalls those beyond the plan.

    once: what befalls the next call of an operation, whatever the plan says.
    """

    once: dict[str, Fault] = field(default_factory=dict)
    plan: deque[Fault] = field(default_factory=deque)
    late: list[Callable[[], object]] = field(default_factory=list)
    away: bool = False

    def will(self, faults: Iterable[Fault]) -> None:
        """Plan what befalls the next calls."""
        self.plan = deque(faults)

    def heal(self) -> None:
        """Let everything through from now on."""
        self.plan.clear()
        self.once.clear()
        self.away = False

    def next(self, operation: str) -> Fault:
        """Return what befalls this call."""
        if operation in self.once:
            return self.once.pop(operation)
        if self.away:
            return Fault.LOSES_THE_REQUEST
        return self.plan.popleft() if self.plan else Fault.NONE

    def arrive(self) -> None:
        """Do what is late; nobody waits for its answer any more."""
        while self.late:
            try:
                self.late.pop(0)()
            except Refusal:
                continue


class Far:
    """A shared database behind a network: after each failure the connection is another."""

    def __init__(self, real: SharedDatabase, network: Network) -> None:
        self._real, self._network = real, network
        self._connections = 1

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._real, name)
        if name not in vars(SharedDatabase):
            return found
        return lambda *arguments, **named: self._call(name, lambda: found(*arguments, **named))

    def connected(self) -> int:
        """Return how many connections there were."""
        return self._connections

    def close(self) -> None:
        """Close nothing: what is late needs the real one still."""

    def _call(self, operation: str, call: Callable[[], Any]) -> Any:
        fault = self._network.next(operation)
        if fault is Fault.NONE:
            return call()
        if fault is Fault.TWICE:
            call()
            return call()
        if fault is Fault.LOSES_THE_REPLY:
            call()
        elif fault is Fault.LATE:
            self._network.late.append(call)
        elif fault is Fault.RESTARTS:
            self._network.late.clear()
        self._connections += 1
        raise Unavailable("The shared database cannot be reached.")


def behind(network: Network, real: SharedDatabase) -> SharedDatabase:
    """Put a network between somebody and a shared database."""
    return cast("SharedDatabase", Far(real, network))
