"""boapp sync, and boapp status of a workstation."""

import threading
from datetime import UTC, datetime

import click

from boapp.address import Address
from boapp.commands.session import Session, command, note
from boapp.services.syncing import send_all
from boapp.services.taking_back import lateness, were_told
from boapp.sync.light import Light, Way
from boapp.sync.run import BOTH, Courier
from boapp.sync.standing import Standing
from boapp.sync.watch import Report, one_round, report_of, shown, watch
from boapp.workspace import Workspace

_WAY = {
    Way.STARTING: "Starting.",
    Way.IN_STEP: "In step with the shared database.",
    Way.SENDING: "The shared database can be reached; sealed work waits to be sent.",
    Way.AWAY: "The shared database is away.",
    Way.STOPPED: "Nothing is sent.",
}


@click.command()
@click.option("--watch", "goes_on", is_flag=True, help="Go on until Ctrl+C.")
@command
def sync(session: Session, goes_on: bool) -> bool:  # noqa: FBT001 - a flag of the command line
    """Send what waits, and bring documents, forms and pages here for work without the network."""
    with session.open() as ws:
        if not isinstance(ws.location, Address):
            _send(ws)
            backlog = ws.store.backlog()
            data = {"waiting": backlog.count, "refused": backlog.refused}
            session.say(f"A folder needs no sync; {backlog.count} messages wait.", data)
            return not backlog.count
        return _watched(session, ws) if goes_on else _once(session, ws)


def _send(ws: Workspace) -> None:
    send_all(ws)
    lost = lateness(ws)
    for one in lost:
        note(str(one.why))
    were_told(ws, lost)


def _once(session: Session, ws: Workspace) -> bool:
    courier = Courier(ws)
    done, failure = one_round(courier)
    light = shown(ws, Light(), done, failure)
    report = report_of(light, done)
    _tell(report)
    courier.told()
    lines = [way_line(light), *count_lines(light)]
    session.say("\n".join(lines), {"light": light, "sent": len(done.sent.outcomes), "again": done.again})
    return failure is None and not light.refused


def _watched(session: Session, ws: Workspace) -> bool:

    def tell(report: Report) -> None:
        _tell(report)
        words = " ".join((way_line(report.light), *count_lines(report.light)))
        session.say(words, report.light)

    try:
        watch(ws, _Bell(), tell)
    except KeyboardInterrupt:
        note("Ended. What waits here is sent at the next sign-in.")
    return True


class _Bell:
    """Nobody rings at a terminal; Ctrl+C ends it."""

    def __init__(self) -> None:
        self._never = threading.Event()

    def wait(self, seconds: float, *, heeds_nudges: bool) -> bool:  # noqa: ARG002 - nobody nudges
        """Wait so many seconds."""
        self._never.wait(seconds)
        return True

    def rings(self) -> bool:
        """Say no: nobody waits at a terminal."""
        return False

    def is_over(self) -> bool:
        """Say no: what was brought here stays."""
        return False

    def kinds(self) -> frozenset[bool]:
        """Return both: whoever prepares a journey names no kind."""
        return BOTH


def _tell(report: Report) -> None:
    for one in report.lost:
        note(f"{one.title} {one.advice}".strip())
    for trouble in report.troubles:
        note(trouble)


def way_line(light: Light) -> str:
    """Return in words how the way stands, and what to do."""
    words = f"{_WAY[light.way]} {light.title} {light.advice}".strip()
    if light.clock_is_wrong:
        minutes = round(light.clock_off_us / 60_000_000)
        words += f" This computer's clock is {abs(minutes)} min {'ahead' if minutes > 0 else 'behind'}."
    if light.again:
        words += f" An older state of the shared database was found: {light.again} messages were sent again."
    return words


def count_lines(light: Light) -> list[str]:
    """Return how much waits and how much is ready."""
    lines = [f"{light.ready} documents are ready here to be keyed."]
    if light.waiting:
        lines.append(f"{light.waiting} messages wait to be sent, the oldest since {clock(light.oldest_us)}.")
    if light.refused:
        lines.append(f"{light.refused} of them were refused: boapp outbox list says why.")
    return lines


def standing_lines(found: Standing) -> list[str]:
    """Return how a workstation stands, line by line."""
    lines = [way_line(found.light), *count_lines(found.light)]
    if found.begun:
        lines.append(f"{found.begun} documents were begun here and are not sealed.")
    if found.sealed:
        lines.append(f"{found.sealed} sealed documents wait to be acknowledged.")
    if found.ends_us:
        lines.append(f"The first claim here runs until {clock(found.ends_us)}.")
    lines.append(f"Last in step: {clock(found.in_step_us) if found.in_step_us else 'never from here'}.")
    lines.append(f"Pages kept here: {found.pages_bytes / 1e6:.1f} MB.")
    return lines


def clock(us: int) -> str:
    """Return a time in words, local time."""
    return f"{datetime.fromtimestamp(us // 1_000_000, UTC).astimezone():%Y-%m-%d %H:%M}"
