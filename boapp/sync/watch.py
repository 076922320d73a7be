"""Round after round, until somebody ends it: soon after something was sealed, else now and then."""

import random
from collections.abc import Callable
from contextlib import suppress
from typing import Protocol

import msgspec

from boapp.errors import Refusal
from boapp.localdb.reserve import State
from boapp.sync.backoff import pause
from boapp.sync.light import Light, light_of
from boapp.sync.run import BOTH, Courier, Round
from boapp.workspace import Workspace

BETWEEN_SECONDS = 20.0


class Told(msgspec.Struct, frozen=True):
    """A document whose claim she lost, in words."""

    document: bytes
    title: str
    advice: str


class Report(msgspec.Struct, frozen=True):
    """What is told after a round.

    changed: whether documents or the reserve changed. troubles: what was refused, in words. kinds: of which
    passes documents were asked for: whether second.
    """

    light: Light
    lost: tuple[Told, ...] = ()
    troubles: tuple[str, ...] = ()
    changed: bool = False
    kinds: frozenset[bool] = BOTH


class Bell(Protocol):
    """How whoever is served asks for a round, and ends all of it."""

    def wait(self, seconds: float, *, heeds_nudges: bool) -> bool:
        """Wait at most so many seconds, less when it rings; False when it is enough."""

    def rings(self) -> bool:
        """Say whether somebody waits for a round, so that fetching ahead has to."""

    def is_over(self) -> bool:
        """Say whether she signed out, and keys no more for now."""

    def kinds(self) -> frozenset[bool]:
        """Return the kinds of pass that are to be claimed ahead: whether second."""


def watch(ws: Workspace, bell: Bell, tell: Callable[[Report], None]) -> None:
    """Go rounds until it is enough; what was sealed last is sent before the end, if the server answers.

    Whoever signs out hands back what she did not begin; whoever only locks keeps it.

    A failure is not tried again because something was sealed: the pause after it is for the server.
    """
    courier, light, failures = Courier(ws, bell.rings), Light(), 0
    going = True
    while going:
        kinds = bell.kinds()
        done, failure = one_round(courier, kinds)
        failures = failures + 1 if failure else 0
        light = shown(ws, light, done, failure)
        tell(report_of(light, done, kinds))
        courier.told()
        if failure:
            seconds = pause(failures, random.random())  # noqa: S311 - spreads load, guards nothing
            going = bell.wait(seconds, heeds_nudges=False)
        else:
            going = bell.wait(BETWEEN_SECONDS if done.whole else 0.0, heeds_nudges=True)
    if not failures:
        with suppress(Refusal):
            courier.round(BOTH, ahead=False)
            if bell.is_over():
                courier.give_back()


def one_round(courier: Courier, kinds: frozenset[bool] = BOTH) -> tuple[Round, Refusal | None]:
    """Go one round; return what it did, and what ended it."""
    try:
        return courier.round(kinds), None
    except Refusal as failure:
        return courier.so_far, failure


def shown(ws: Workspace, before: Light, done: Round, failure: Refusal | None) -> Light:
    """Return the light after a round."""
    ready = sum(claim[-1] in {State.WAITS, State.BEGUN} for claim in ws.store.reserve.states())
    return light_of(
        before,
        ws.now_us(),
        ws.store.backlog(),
        ready,
        failure,
        again=done.again,
        clock_off_us=done.clock_off_us,
    )


def report_of(light: Light, done: Round, kinds: frozenset[bool] = BOTH) -> Report:
    """Return what is told of a round that looked after these kinds of pass."""
    lost = tuple(Told(one.document, one.why.title, one.why.advice) for one in done.lost)
    troubles = tuple(str(one) for one in (*done.sent.refusals, *done.troubles))
    return Report(light, lost, troubles, done.changed, kinds)
