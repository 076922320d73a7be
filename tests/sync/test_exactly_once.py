"""Several people at several workstations over a network that loses, repeats and delays, in any order.

Whatever happens, in a file and in PostgreSQL: what was sealed is stored once, nothing that was keyed is lost,
nobody holds another's claim, and no local store ever has anything of another person's pass.
"""

import itertools
import sys
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from boapp.domain.ids import DocumentId, PassId
from boapp.localdb.reserve import State
from boapp.services.auditing import verify_project
from boapp.services.taking_back import take_back
from boapp.sync.run import LEAVE_FACTS_US
from tests.attacks.tools import FULL, Scene
from tests.moved import MovedScene
from tests.sync.desks import Desk, pass_id
from tests.sync.network import Fault
from tests.sync.offices import FileOffice, Office, ServerOffice

PEOPLE = {"ann": "ann", "bob": "bob", "cleo": "cleo", "cleo elsewhere": "cleo"}
STEPS = 100
DAY_US = 24 * 3600 * 1_000_000

DESK = st.sampled_from(list(PEOPLE))
FAULTS = st.lists(st.sampled_from([Fault.NONE] * 4 + [*Fault]), max_size=8)
KILL = st.sampled_from([None, None, None, *range(1, 10)])
WHICH = st.integers(0, 5)
SEVERAL = st.lists(st.booleans(), min_size=1, max_size=5)
TOTAL = st.sampled_from(["9.00", "9.01"])


class Workstations(RuleBasedStateMachine):
    """What people do, and what befalls them."""

    def __init__(self, office: Office, sue: Scene) -> None:
        super().__init__()
        self.office, self.sue = office, sue.as_("sue")
        self.desks = {name: Desk(office, name, code) for name, code in PEOPLE.items()}
        self.sealed: dict[PassId, Desk] = {}
        self.drafts: dict[str, dict[DocumentId, dict[str, str]]] = {name: {} for name in PEOPLE}
        self.busy = self.desks["ann"]

    def _at(self, name: str) -> Desk:
        """Return the desk at which something is done now: what it holds is looked at afterwards."""
        self.busy = self.desks[name]
        return self.busy

    # --- what they do -------------------------------------------------------------------------

    @initialize()
    def everybody_starts(self) -> None:
        for desk in self.desks.values():
            desk.round()

    @rule(name=DESK, faults=FAULTS, killed=KILL)
    def goes_a_round(self, name: str, faults: list[Fault], killed: int | None) -> None:
        self._at(name).round(faults, killed)

    @rule(name=DESK)
    def goes_a_round_in_peace(self, name: str) -> None:
        desk = self._at(name)
        desk.network.heal()
        desk.round()

    @rule(name=DESK, second=st.booleans())
    def takes(self, name: str, *, second: bool) -> None:
        self._at(name).take(second=second)

    @rule(name=DESK, which=WHICH, total=TOTAL)
    def keys_a_field(self, name: str, which: int, total: str) -> None:
        desk = self._at(name)
        work = desk.work[which % len(desk.work)] if desk.work else desk.take(second=False)
        if work is not None:
            desk.type(work, total)
            self.drafts[name].setdefault(work.claim.document, {})["total"] = total

    @rule(name=DESK, which=WHICH, second=st.booleans(), killed=KILL)
    def seals(self, name: str, which: int, killed: int | None, *, second: bool) -> None:
        desk = self._at(name)
        work = desk.work[which % len(desk.work)] if desk.work else desk.take(second=second)
        if work is None:
            return
        document = work.claim.document
        made = desk.seal(work, killed)
        assert len(made) <= 1
        assert made or killed, "what was sealed is not there"
        self.sealed |= {pass_id(one): desk for one in made}
        found = _texts(desk).get(document, {})
        if made:
            self.drafts[name].pop(document, None)
        else:
            assert found.items() >= self.drafts[name].get(document, {}).items()
            self.drafts[name][document] = found

    @rule(name=DESK, seconds=SEVERAL, faults=FAULTS)
    def keys_several_and_sends_them(self, name: str, seconds: list[bool], faults: list[Fault]) -> None:
        for second in seconds:
            self.seals(name, 0, None, second=second)
        self.goes_a_round(name, faults, None)

    @rule(name=DESK, seconds=SEVERAL, faults=FAULTS)
    def fetches_and_keys_several(self, name: str, seconds: list[bool], faults: list[Fault]) -> None:
        self.goes_a_round(name, faults, None)
        for second in seconds:
            self.seals(name, 0, None, second=second)

    @rule(name=DESK, which=WHICH)
    def hands_back(self, name: str, which: int) -> None:
        desk = self._at(name)
        if desk.work:
            work = desk.work[which % len(desk.work)]
            desk.hand_back(work)
            self.drafts[name].pop(work.claim.document, None)

    @rule(name=DESK)
    def starts_again(self, name: str) -> None:
        self._at(name).restart()

    # --- what befalls them --------------------------------------------------------------------

    @rule(name=DESK)
    def network_goes_away(self, name: str) -> None:
        self.desks[name].network.away = True

    @rule(name=DESK)
    def what_is_late_arrives(self, name: str) -> None:
        self.desks[name].network.arrive()

    @rule(name=DESK, days=st.sampled_from([-1, 0, 1]))
    def clock_of_a_workstation_is_set(self, name: str, days: int) -> None:
        self.desks[name].clock_off_us = days * DAY_US

    @rule()
    def leases_run_out(self) -> None:
        self.office.end_leases()

    @rule(which=WHICH)
    def supervisor_takes_back(self, which: int) -> None:
        claims = self.sue.shared.open_claims(self.office.project)
        if claims:
            one = claims[which % len(claims)]
            take_back(self.sue, self.office.project, one.document, "she is ill", one.fence)

    # --- what always holds --------------------------------------------------------------------

    @invariant()
    def every_pass_is_somewhere_and_nowhere_twice(self) -> None:
        stored = self._stored()
        assert set(stored.values()) <= {1}, "stored twice"
        assert stored.keys() <= self.sealed.keys(), "nobody sealed this"
        waiting = Counter(pass_id(one) for desk in self.desks.values() for one in desk.outbox())
        assert set(waiting.values()) <= {1}, "it waits twice"
        assert self.sealed.keys() == stored.keys() | waiting.keys(), "a pass is lost"

    @invariant()
    def first_and_second_pass_are_of_two_people(self) -> None:
        counted = self.office.rows("SELECT document, slot, person FROM sealed_pass")
        assert len({(document, slot) for document, slot, _ in counted}) == len(counted)
        assert len({(document, person) for document, _, person in counted}) == len(counted)
        taken_in = self.office.rows("SELECT id FROM document")
        assert sorted(bytes(row[0]) for row in taken_in) == sorted(self.office.documents)

    @invariant()
    def no_claim_is_held_by_two(self) -> None:
        claims = self.office.rows(
            "SELECT c.document, d.stage, c.pass_no FROM claim c JOIN document d ON d.id = c.document"
        )
        assert len({document for document, *_ in claims}) == len(claims)
        assert all({"first": 1, "second": 2}.get(stage) == number for _, stage, number in claims)

    @invariant()
    def drafts_stay_until_they_are_sealed(self) -> None:
        assert _texts(self.busy) == self.drafts[self.busy.name]

    @invariant()
    def nothing_of_another_pass_is_in_a_local_store(self) -> None:
        passes = self.office.rows("SELECT id, document, person, manifest, blob, slot FROM sealed_pass")
        me, held = self.busy.near.me.id, list(self.busy.everything())
        second = {document for _, document, person, *_, slot in passes if person == me and slot > 1}
        for id_, document, person, manifest, blob, _ in passes:
            secret = (manifest, blob) if document in second else (id_, manifest, blob)
            if person != me:
                assert not any(bytes(part) in data for part in secret for data in held)

    def _stored(self) -> Counter[PassId]:
        rows = self.office.rows("SELECT id FROM sealed_pass UNION ALL SELECT id FROM surplus_pass")
        return Counter(PassId(bytes(row[0])) for row in rows)

    # --- the end ------------------------------------------------------------------------------

    def teardown(self) -> None:
        try:
            if sys.exc_info()[0] is None:
                self._finish()
        finally:
            for desk in self.desks.values():
                desk.close()
            self.office.close()

    def _finish(self) -> None:
        """Let the network be good, and everybody key what is left."""
        for desk in self.desks.values():
            desk.network.arrive()
            desk.network.heal()
            desk.clock_off_us += (
                LEAVE_FACTS_US  # what was signed at a page that failed is sent from here then
            )
        self._go_quiet()
        self._check_quiet()
        self._key_what_is_left()
        self._check_quiet()
        stages = {row[0] for row in self.office.rows("SELECT stage FROM document")}
        assert stages <= {"settled", "resolving"}, stages
        assert verify_project(self.sue, self.office.project).findings == []

    def _go_quiet(self) -> None:
        for _ in range(2):
            for desk in self.desks.values():
                desk.round()
        done = [desk.round() for desk in self.desks.values()]
        assert not any(one is None or one.sent.outcomes or one.changed for one in done)

    def _key_what_is_left(self) -> None:
        for desk in self.desks.values():  # days go by: what somebody handed back comes to her again
            desk.near.store.reserve.declined(1 << 62)
        while [None for name in PEOPLE if self._keys_something(name)]:
            self._go_quiet()

    def _keys_something(self, name: str) -> bool:
        desk, before = self.desks[name], len(self.sealed)
        desk.round()
        while desk.work or desk.take(second=False) or desk.take(second=True):
            self.seals(name, 0, None, second=False)
        desk.round()
        return len(self.sealed) > before

    def _check_quiet(self) -> None:
        stored = self._stored()
        assert stored.keys() == self.sealed.keys(), "a pass is lost"
        for desk in self.desks.values():
            assert desk.near.store.waiting() == []
            assert not desk.far.shared.awaiting_my_comparison(self.office.project)
            here = {row[0] for row in desk.near.store.reserve.states() if row[-1] is not State.SEALED}
            there = {one.fence for one in desk.far.shared.my_claims(self.office.project)}
            assert here == there
            self.busy = desk
            self.drafts_stay_until_they_are_sealed()
            self.nothing_of_another_pass_is_in_a_local_store()
        self._check_told()

    def _check_told(self) -> None:
        late = self.office.rows("SELECT id, document FROM surplus_pass")
        for id_, document in late:
            desk = self.sealed[PassId(bytes(id_))]
            hers = [one for one in self.desks.values() if one.code == desk.code]
            assert any(document in one.told for one in hers), "she was not told"


def _texts(desk: Desk) -> dict[DocumentId, dict[str, str]]:
    """Return every draft at a desk as texts by field."""
    return {
        document: {address.field: entry.value.text for address, entry in entries.items()}
        for document, entries in desk.drafts().items()
    }


NUMBERS = itertools.count(1)


def _run(make: Callable[[], Workstations], examples: int, steps: int) -> None:
    slow = [HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much]
    how = settings(
        max_examples=examples, stateful_step_count=steps, deadline=None, suppress_health_check=slow
    )
    run_state_machine_as_test(make, settings=how)  # type: ignore[arg-type]


@pytest.mark.timeout(7200 if FULL else 600)
def test_in_a_file_every_pass_is_stored_once_whatever_happens(prepared: Scene, tmp_path: Path) -> None:
    def make() -> Workstations:
        scene = prepared.copy(tmp_path / f"{next(NUMBERS)}")
        return Workstations(FileOffice(scene), scene)

    _run(make, 100 if FULL else 5, STEPS)


@pytest.mark.timeout(7200 if FULL else 600)
def test_on_a_server_every_pass_is_stored_once_whatever_happens(queued: MovedScene, tmp_path: Path) -> None:
    def make() -> Workstations:
        scene = queued.copy(tmp_path / f"{next(NUMBERS)}")
        return Workstations(ServerOffice(scene), scene)

    _run(make, 100 if FULL else 2, STEPS if FULL else 15)
