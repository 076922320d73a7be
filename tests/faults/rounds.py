"""What a child does at a workstation whose shared database is a server: it keys, goes rounds, or both."""

import select
import sys
import time
from collections.abc import Callable
from pathlib import Path

from boapp import faultpoints
from boapp.crypto.signing import PersonKeys
from boapp.domain.ids import ProjectId
from boapp.enrolment import write_whole
from boapp.services import syncing
from boapp.services.queue import open_assignments
from boapp.sync import run
from boapp.sync.light import Light
from boapp.sync.near import opened
from boapp.sync.run import BOTH
from boapp.sync.watch import Report, one_round, shown, watch
from boapp.workspace import Workspace
from tests.faults.work import Ballast, Orders, keep_and_seal, keep_drafts, say, seal_drafts, until_refused
from tests.moved import MovedHouse, MovedScene
from tests.postgres import Server
from tests.sync.station import Station

SMALL_PART = 100
"""Bytes: every page comes in several."""
BETWEEN_ROUNDS = 2
"""Documents that are keyed before the next round."""
GLANCE_SECONDS = 0.02
KEYING_SECONDS = 0.1
CHUNK = 1 << 16


def station_of(orders: Orders) -> Station:
    """Return the workstation of whoever is ordered, at the home folder of her house."""
    run.PART = SMALL_PART
    folder, keys = Path(orders.folder), {orders.person: PersonKeys.from_bytes(orders.keys)}
    server = Server(folder, port=orders.port, password="")
    house = MovedHouse(folder, keys, server=server, database=orders.database)
    scene = MovedScene(house, ProjectId(orders.project), [])
    return Station(scene, house.home, orders.person, orders.port)


def key_and_go_rounds(station: Station, orders: Orders) -> None:
    """Key what is here and go a round, in turns, until nothing is left anywhere."""
    station.round()
    see_that_both_agree(station)
    for work in open_assignments(station.near, ProjectId(orders.project)):
        keep_and_seal(station.near, work)
    while _key_some(station) or station.waiting():
        station.round()
        say("round")


def see_that_both_agree(station: Station) -> None:
    """Hold the reserve and its pages against what the server has, after a round."""
    shared, store = station.far.shared, station.near.store
    there = sorted(claim.fence for claim in shared.my_claims(station.scene.project))
    assert sorted(claim.fence for claim in store.reserve.claims()) == there
    for claim in store.reserve.claims():
        for number in range(1, run.page_count(opened(claim).intake) + 1):
            assert store.pages.get(claim.document, number) == shared.page(claim.document, number)


def _key_some(station: Station) -> int:
    for number in range(BETWEEN_ROUNDS):
        work = station.take()
        if work is None:
            return number
        keep_and_seal(station.near, work)
    return BETWEEN_ROUNDS


def key_here(station: Station, orders: Orders) -> None:
    """Key whatever comes, as a window does, until somebody ends it or its parent is gone."""
    for work in open_assignments(station.near, ProjectId(orders.project)):
        keep_and_seal(station.near, work)
    gone = False
    while not gone:
        if following := station.take():
            keep_and_seal(station.near, following)
        gone = bool(select.select([sys.stdin], [], [], KEYING_SECONDS)[0])


class _Impatient:
    """A bell that rings again and again; a pause after a failure is a real one."""

    def wait(self, seconds: float, *, heeds_nudges: bool) -> bool:
        time.sleep(min(seconds, GLANCE_SECONDS) if heeds_nudges else seconds)
        return True

    def rings(self) -> bool:
        return False

    def kinds(self) -> frozenset[bool]:
        return BOTH

    def is_over(self) -> bool:
        return False


def carry(station: Station, orders: Orders) -> None:
    """Go rounds, as a courier does, until somebody ends it.

    Words: how many messages go at a time, and how many milliseconds it takes its time at each step.
    """
    syncing.MOST_MESSAGES, milliseconds = (int(word) for word in orders.words)
    faultpoints.plant(lambda _step: time.sleep(milliseconds / 1000))
    watch(station.far, _Impatient(), _tell)


def _tell(report: Report) -> None:
    say("round", report.light.way, report.light.title)


def meet_full_disk_on_rounds(station: Station, _orders: Orders) -> None:
    """Seal, and go rounds that have to keep something, each while the disk is full, then not."""
    near = station.near
    station.round()
    work = station.take()
    assert work is not None
    keep_drafts(near, work)
    _meet(station, "seal", lambda: seal_drafts(near, work))
    seal_drafts(near, work)
    _meet(station, "acknowledge", station.round)
    station.far.shared.claim_ahead(station.scene.project, second=False, count=3)
    _meet(station, "reserve", station.round)
    with near.store.engine.connect() as db:
        db.exec_driver_sql("DELETE FROM cached_page")
    _meet(station, "pages", station.round)
    _meet(station, "people", lambda: write_whole(near.home / "people", bytes(CHUNK)))
    say("left", *(file.name for file in near.home.glob("tmp*")))


def _meet(station: Station, what: str, step: Callable[[], object]) -> None:
    """Do a step on a full disk until it is refused; tell what the light says and whether anything changed."""
    before = _kept(station.near)
    _without_slack(station.near)
    with Ballast(station.home.parent / "ballast"):
        until_refused(what, lambda _turn: step())
        done, failure = one_round(station.courier)
        light = shown(station.far, Light(), done, failure)
    say("after", what, light.title, "same" if _kept(station.near) == before else "changed")
    if what != "seal":
        station.round()
        see_that_both_agree(station)


def _without_slack(near: Workspace) -> None:
    """Let the WAL have no room of its own: whatever is written next needs some of the disk's."""
    with near.store.engine.connect() as db:
        db.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")


def _kept(near: Workspace) -> object:
    """Return what must not suffer: drafts, outbox, reserve and pages."""
    store = near.store
    claims = store.reserve.claims()
    pages = store.pages.here({claim.document for claim in claims})
    drafts = [store.drafts(document) for _, document in store.drafted()]
    return drafts, [message.id for message in store.waiting()], claims, pages


AT_A_SERVER: dict[str, Callable[[Station, Orders], None]] = {
    function.__name__: function for function in (key_and_go_rounds, key_here, carry, meet_full_disk_on_rounds)
}
