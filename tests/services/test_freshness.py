"""How old the list of people may be on a server: confirmed, warned of, and in the end read only."""

from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest

from boapp.address import Address
from boapp.domain.passes import Method
from boapp.domain.workflow import Mode
from boapp.errors import NotAllowed, Refusal, Unavailable
from boapp.services import queue, sealing, signing_in
from boapp.services.auditing import verify_project
from boapp.services.freshness import CONFIRM_AFTER_DAYS, WARN_AFTER_DAYS, confirm
from boapp.services.syncing import send_waiting
from boapp.workspace import STALE_AFTER_DAYS, US_A_DAY, Workspace
from tests.builders import House, add_project, entries, receipt, take_in_pages

Later = Callable[[str, float], Workspace]


@pytest.fixture
def later(house: House) -> Iterator[Later]:
    """Give somebody's workspace as if on a server, so many days after the list was confirmed last."""
    opened: list[Workspace] = []

    def open_(code: str, days: float) -> Workspace:
        ws = house.as_(code)
        now = ws.roster.confirmed_us + int(days * US_A_DAY)
        opened.append(ws)
        return replace(ws, location=Address("", 5432, "x"), now_us=lambda: now)

    yield open_
    for ws in opened:
        ws.close()


def test_an_administrators_sign_in_confirms_the_list_once_a_day(later: Later) -> None:
    early, late = later("admin", CONFIRM_AFTER_DAYS - 0.1), later("admin", CONFIRM_AFTER_DAYS + 0.1)
    before = early.roster.head
    confirm(early)
    assert early.roster.head == before
    confirm(late)
    assert late.roster.head.seq == before.seq + 1
    assert late.roster_age_days() < 0.1


def test_everybody_else_is_warned_while_there_is_time(later: Later) -> None:
    confirm(later("ann", WARN_AFTER_DAYS - 1))
    with pytest.raises(Refusal, match=f"{WARN_AFTER_DAYS} days") as warned:
        confirm(later("ann", WARN_AFTER_DAYS + 0.5))
    assert type(warned.value) is Refusal, "the server is there: what else waits is done"


@pytest.mark.parametrize(("told", "goes_on"), [(Refusal("old"), True), (Unavailable("away"), False)])
def test_a_warning_keeps_nothing_from_being_done_at_sign_in_and_a_server_that_is_away_does(
    house: House, monkeypatch: pytest.MonkeyPatch, told: Refusal, *, goes_on: bool
) -> None:
    granted: list[Workspace] = []
    heard: list[Refusal] = []

    def warn(_ws: Workspace) -> None:
        raise told

    monkeypatch.setattr(signing_in, "confirm", warn)
    monkeypatch.setattr(signing_in, "grant_waiting", granted.append)
    signing_in._do_what_waits(house.as_("ann"), heard.append)
    assert heard == [told]
    assert bool(granted) is goes_on


def test_under_a_list_that_is_too_old_nobody_claims_or_seals_and_everybody_reads(
    house: House, later: Later
) -> None:
    project = add_project(house, Mode.STRICT)
    take_in_pages(house, project, 2)
    ann = later("ann", STALE_AFTER_DAYS - 1)
    work = queue.claim(ann, project, second=False)
    assert work is not None
    stale = later("ann", STALE_AFTER_DAYS + 1)
    for refused in (
        lambda: queue.claim(stale, project, second=False),
        lambda: sealing.seal(stale, work, entries(receipt()), Method.KEYED),
    ):
        with pytest.raises(NotAllowed, match="No administrator has confirmed"):
            refused()
    assert stale.store.waiting() == []
    assert len(queue.open_assignments(stale, project)) == 1
    assert verify_project(later("aud", STALE_AFTER_DAYS + 1), project).findings == []
    confirm(later("admin", STALE_AFTER_DAYS + 1))
    stale.refresh()
    sealing.seal(stale, work, entries(receipt()), Method.KEYED)
    assert [str(outcome) for outcome in send_waiting(stale)] == ["stored"]


def test_a_folders_own_list_does_not_grow_too_old(house: House) -> None:
    ws = house.as_("ann")
    old = replace(ws, now_us=lambda: ws.roster.confirmed_us + 400 * US_A_DAY)
    old.demand_fresh()
    confirm(old)
    ws.close()
