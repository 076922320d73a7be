"""Whatever order people claim, renew, hand back and wait in, nobody holds what she must not."""

from collections import Counter
from dataclasses import dataclass

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from boapp.domain.leases import HOUR_US
from boapp.domain.settings import OPEN_CLAIMS
from boapp.domain.workflow import Stage
from boapp.errors import NotAllowed
from boapp.services.projects import change_setting
from boapp.shareddb.protocol import Claim
from tests.attacks.tools import FULL, Scene

MOST = 2
PEOPLE = ("bob", "cleo")
"""Both may key either pass."""
EXAMPLES = 300 if FULL else 25

person, passes = st.sampled_from(PEOPLE), st.booleans()
step = st.one_of(
    st.tuples(st.just("claim"), person, passes),
    st.tuples(st.just("ahead"), person, passes, st.integers(1, 5)),
    st.tuples(st.just("renew"), person),
    st.tuples(st.just("hand back"), person, st.integers(0, 3)),
    st.tuples(st.just("wait"), st.sampled_from((HOUR_US // 2, 5 * HOUR_US, 9 * HOUR_US))),
)


@dataclass
class Office:
    """Two keyers at one queue; every fence that each was ever given, and a clock that moves."""

    scene: Scene
    given: dict[str, list[Claim]]

    def do(self, what: str, *how: object) -> None:
        """Do one step, whatever it says."""
        acts = {
            "claim": self.claim,
            "ahead": self.ahead,
            "renew": self.renew,
            "hand back": self.hand_back,
            "wait": self.wait,
        }
        acts[what](*how)  # type: ignore[operator]

    def claim(self, code: str, second: bool) -> None:  # noqa: FBT001 - drawn
        """Claim the next one, if the limit allows it."""
        shared, held = self.scene.as_(code).shared, self.running(code)
        try:
            granted = shared.claim(self.scene.project, second=second, document=None)
        except NotAllowed:
            assert held >= MOST
            return
        assert held < MOST
        self.given[code] += [granted] if granted else []

    def ahead(self, code: str, second: bool, count: int) -> None:  # noqa: FBT001 - drawn
        """Claim some ahead: exactly as many as there are and as there is room for."""
        shared, room = self.scene.as_(code).shared, MOST - self.running(code)
        granted = shared.claim_ahead(self.scene.project, second=second, count=count)
        assert len(granted) <= min(count, room)
        if len(granted) < min(count, room):
            assert shared.claim(self.scene.project, second=second, document=None) is None
        self.given[code] += granted

    def renew(self, code: str) -> None:
        """Renew all that she was ever given: the answer is what she holds, and nothing ends sooner."""
        shared = self.scene.as_(code).shared
        before = {one.fence: one for one in shared.my_claims(self.scene.project)}
        renewed = {one.fence: one for one in shared.renew([one.fence for one in self.given[code]])}
        assert renewed.keys() == before.keys()
        assert all(one.expires_us >= before[fence].expires_us for fence, one in renewed.items())

    def hand_back(self, code: str, many: int) -> None:
        """Hand some back, of those that stand and those that are gone."""
        fences = [one.fence for one in self.given[code][-many:]]
        self.scene.as_(code).shared.hand_back_all(fences)
        left = {one.fence for one in self.scene.as_(code).shared.my_claims(self.scene.project)}
        assert not left & set(fences)

    def wait(self, time_us: int) -> None:
        """Let time go by: everything that was written is so much older."""
        with self.scene.sql() as db:
            db.execute("UPDATE claim SET expires_us = expires_us - ?", (time_us,))
            db.execute("UPDATE batch SET due_us = due_us - ?", (time_us,))

    def running(self, code: str) -> int:
        """Return how many leases of hers run."""
        ws = self.scene.as_(code)
        return sum(one.expires_us >= ws.now_us() for one in ws.shared.my_claims(self.scene.project))

    def check(self) -> None:
        """See that nobody holds what she must not."""
        cells = "c.document, c.pass_no, c.person, d.first_by, d.stage"
        with self.scene.sql() as db:
            held = db.execute(f"SELECT {cells} FROM claim c JOIN document d ON d.id = c.document").fetchall()
        assert max(Counter((document, who) for document, _, who, _, _ in held).values(), default=0) <= 1
        assert max(Counter((document, number) for document, number, *_ in held).values(), default=0) <= 1
        for _, number, who, first_by, stage in held:
            assert first_by != who
            assert stage == (Stage.FIRST if number == 1 else Stage.SECOND)
        assert all(self.running(code) <= MOST for code in PEOPLE)


@pytest.fixture
def office(scene: Scene) -> Office:
    """Return a queue of three documents never keyed, and three keyed once: by each of the two, by another."""
    change_setting(scene.as_("admin"), scene.project, OPEN_CLAIMS, MOST)
    for number, code in enumerate(("ann", *PEOPLE)):
        scene.edit(
            "UPDATE document SET stage = 'second', first_by = ? WHERE id = ?",
            scene.as_(code).me.id,
            scene.documents[number],
        )
    return Office(scene, {})


@settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=st.lists(step, max_size=20), due=st.none() | st.sampled_from((HOUR_US // 2, 3 * HOUR_US)))
def test_nobody_holds_a_document_twice_or_more_than_she_may_in_any_order(
    office: Office, steps: list[tuple[object, ...]], due: int | None
) -> None:
    office.given = {code: [] for code in PEOPLE}
    for code in PEOPLE:
        shared = office.scene.as_(code).shared
        shared.hand_back_all([one.fence for one in shared.my_claims(office.scene.project)])
    due_us = None if due is None else office.scene.as_("bob").now_us() + due
    office.scene.edit("UPDATE batch SET due_us = ?", due_us)
    for what, *how in steps:
        office.do(str(what), *how)
        office.check()
