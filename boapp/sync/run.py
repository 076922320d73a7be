"""A round: send, look, plan, act. Nothing else in the keyer's way talks to the server.

Whatever fails ends the round with its Refusal; what was done until then is kept on both sides, and the next
round goes on from there.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import assert_never

from boapp import faultpoints
from boapp.domain.documents import decode_intake
from boapp.domain.ids import DocumentId, Fence, ProjectId
from boapp.domain.settings import CLAIMS_AHEAD, LEASE_HOURS, OPEN_CLAIMS, SETTINGS
from boapp.domain.workflow import HOLDS_ADJ, MAY, Role, Task
from boapp.errors import NotAllowed, NotFound, Refusal, Tampered
from boapp.localdb.reserve import Reserved, State
from boapp.services.comparing import compare_mine
from boapp.services.queue import require_keyer
from boapp.services.syncing import Attempt, Sent, greet, send_all, summed
from boapp.services.taking_back import Lost, drafts_taken_back, lateness, were_told
from boapp.shareddb.protocol import MOST_AHEAD, Assigned, StoredFact
from boapp.sync.near import BATCH, FORM, PROJECT, WRAP, contents_of
from boapp.sync.plan import (
    Action,
    ClaimAhead,
    Fetch,
    Forget,
    GiveBack,
    Held,
    Here,
    Keep,
    Renew,
    There,
    Wish,
    plan,
)
from boapp.workspace import Workspace

LEAST_AHEAD = 2
"""The document that is keyed and the one that is shown next."""
BOTH = frozenset({False, True})
PART = 1 << 20
CACHE_BYTES = 2 << 30
LEAVE_FACTS_US = 10_000_000
"""What somebody signs at a page that needs the server is sent from there, unless that fails for so long."""
DECLINED_US = 24 * 3600 * 1_000_000
"""So long a document that somebody handed back is not given to her again."""
KEPT_US = 14 * 24 * 3600 * 1_000_000


@dataclass
class Round:
    """What a round did.

    again: messages sent anew because the database was set back. clock_off_us: how far this workstation's
    clock is ahead of the server's, None when it was not asked. whole: whether every page is here.
    """

    sent: Sent = field(default_factory=Sent)
    lost: list[Lost] = field(default_factory=list)
    troubles: list[Refusal] = field(default_factory=list)
    again: int = 0
    clock_off_us: int | None = None
    changed: bool = False
    whole: bool = True


class Courier:
    """Carries one person's work; its workspace is its own and talks to the server."""

    def __init__(self, ws: Workspace, interrupted: Callable[[], bool] = lambda: False) -> None:
        self._ws, self._interrupted = ws, interrupted
        self._learnt_at = b""
        self._to_compare = True
        self._there: dict[Fence, tuple[ProjectId, Assigned]] = {}
        self._asked: set[Fence] = set()
        self._round = Round()

    def round(self, kinds: frozenset[bool] = BOTH, *, ahead: bool = True) -> Round:
        """Go one round; kinds: of which passes to claim ahead; ahead: whether to look after the reserve."""
        self._round = Round()
        self._ws.shared.demand_version()  # it may have been brought to another under an open connection
        self._ws.refresh()
        self._greet()
        self._send()
        if ahead:
            self._fill(kinds)
        self._ws.store.put_moment("in step", self._ws.now_us())
        self._ws.store.drop_sent(self._ws.now_us() - KEPT_US)
        return self._round

    def give_back(self) -> None:
        """Hand back what this workstation reserved and nobody began: others shall have it."""
        self._give_back(tuple(self._ws.store.reserve.asked_here()))

    @property
    def so_far(self) -> Round:
        """Return what the last round did, however it ended."""
        return self._round

    def told(self) -> None:
        """Keep that she was told of what the last round found."""
        were_told(self._ws, self._round.lost)

    def _greet(self) -> None:
        ws = self._ws
        connection = ws.greeted
        self._round.again = greet(ws)
        if ws.greeted != connection:
            self._learnt_at = b""

    def _send(self) -> None:
        """Send, tell what came too late, compare; what fails of it is done in the next round."""
        ws = self._ws
        now_us = ws.now_us()
        send_all(ws, (now_us - LEAVE_FACTS_US, now_us), self._settled)
        faultpoints.reach("round:sent")
        self._round.lost += lateness(ws)
        if self._to_compare or not self._there:
            for project in self._projects(Task.SECOND):
                self._compare(project)
            self._to_compare = False

    def _settled(self, tried: list[Attempt]) -> None:
        sent = summed(tried)
        self._round.sent = self._round.sent.followed_by(sent)
        self._round.changed |= bool(sent.outcomes)
        self._to_compare |= bool(sent.outcomes)

    def _compare(self, project: ProjectId) -> None:
        """Compare what she sealed second; one document that is not whole is told and stops nothing."""
        try:
            self._round.changed |= bool(compare_mine(self._ws, project))
        except (Tampered, NotFound, NotAllowed) as trouble:
            self._round.troubles.append(trouble)

    def _projects(self, task: Task) -> list[ProjectId]:
        roles = {project: self._ws.roles(project) for project in self._ws.roster.projects}
        return [p for p, held in roles.items() if held & MAY[task] and not held & HOLDS_ADJ]

    # --- the reserve --------------------------------------------------------------------------

    def _fill(self, kinds: frozenset[bool]) -> None:
        """Look and act; once more where claims changed by that, but without claiming again."""
        wishes = tuple(self._wishes(kinds))
        there = self._look()
        self._learn()
        actions = plan(self._here(), there, wishes)
        self._act(actions)
        if any(isinstance(action, ClaimAhead | GiveBack | Renew | Keep | Forget) for action in actions):
            there = self._look()
            self._learn()
            self._act([a for a in plan(self._here(), there, ()) if isinstance(a, Keep | Forget)])
            self._act([a for a in plan(self._here(), there, ()) if isinstance(a, GiveBack | Fetch)])

    def _wishes(self, kinds: frozenset[bool]) -> Iterable[Wish]:
        """Yield what is to wait here; of a kind that she does not work on now, nothing new."""
        ws = self._ws
        for project in self._projects(Task.FIRST):
            try:
                ws.demand_fresh()
                require_keyer(ws, project)
            except Refusal:
                continue  # she is told when she wants to key
            settings = ws.roster.project(project).settings

            def setting(key: str, settings: Mapping[str, int] = settings) -> int:
                return settings.get(key, SETTINGS[key].default)

            count = min(max(LEAST_AHEAD, setting(CLAIMS_AHEAD)), setting(OPEN_CLAIMS))
            lease_us = setting(LEASE_HOURS) * 3600 * 1_000_000
            yield Wish(project, second=False, count=count * (False in kinds), lease_us=lease_us)
            if Role.SECOND_KEYER in ws.roles(project):
                yield Wish(project, second=True, count=count * (True in kinds), lease_us=lease_us)

    def _look(self) -> There:
        ws = self._ws
        now_us = ws.shared.clock_us()
        self._round.clock_off_us = ws.now_us() - now_us
        self._there = {
            one.claim.fence: (project, one)
            for project in self._projects(Task.FIRST)
            for one in ws.shared.assigned(project)
        }
        faultpoints.reach("round:looked")
        return There(now_us, tuple(_held(project, one) for project, one in self._there.values()))

    def _here(self) -> Here:
        store = self._ws.store
        states = store.reserve.states()
        claims = []
        for fence, document, project, pass_no, expires_us, state in states:
            there = self._there.get(fence)
            pages = page_count(there[1].intake) if there else 0
            claims.append((Held(fence, document, project, pass_no, expires_us, pages), state))
        kept = store.pages.here({held.document for held, _ in claims})
        return Here(tuple(claims), frozenset(kept), store.pages.used_bytes() < CACHE_BYTES)

    def _learn(self) -> None:
        """Bring here what keying needs besides claims, when it may have changed."""
        ws, reserve = self._ws, self._ws.store.reserve
        mark = (
            b"".join(sorted({one.document.batch for _, one in self._there.values()})) + ws.roster.head.digest
        )
        if mark == self._learnt_at:
            return
        for project in self._projects(Task.FIRST):
            rows = ws.shared.forms(project)
            reserve.learn(FORM, project, [(row.hash, row) for row in rows])
            reserve.learn(BATCH, project, [(row.id, row) for row in ws.shared.batches(project)])
        nowhere = ProjectId(bytes(16))
        reserve.learn(PROJECT, nowhere, [(row.id, row) for row in ws.shared.projects()])
        wraps = ws.shared.wraps(ws.me.id)
        reserve.learn(WRAP, nowhere, [(n.to_bytes(4, "big"), row) for n, row in enumerate(wraps)])
        self._learnt_at = mark

    # --- acting -------------------------------------------------------------------------------

    def _act(self, actions: Sequence[Action]) -> None:
        for action in actions:
            if isinstance(action, Fetch) and self._interrupted():
                self._round.whole = False
                return
            self._do(action)
            faultpoints.reach("round:acted")

    def _do(self, action: Action) -> None:
        match action:
            case Keep(fences):
                self._keep(fences)
            case Forget(fences):
                self._forget(fences)
            case GiveBack(fences):
                self._give_back(fences)
            case Renew(fences):
                self._renew(fences)
            case ClaimAhead():
                self._claim_ahead(action)
            case Fetch(document, number):
                fetch_page(self._ws, document, number)
            case _:
                assert_never(action)

    def _keep(self, fences: tuple[Fence, ...]) -> None:
        """Keep claims; what was granted here of documents that she handed back here is passed on.

        What another workstation of hers was granted is not: it would ask for it again, and so for ever.
        """
        reserve = self._ws.store.reserve
        first = reserve.last_place() + 1
        kept = [self._there[fence] for fence in fences]
        declined = {document for document, _ in self._declined()}
        passed_on = {f for f in fences if f in self._asked and self._there[f][1].claim.document in declined}
        reserve.keep(
            Reserved(
                one.claim.fence,
                one.claim.document,
                project,
                one.claim.pass_no,
                one.claim.expires_us,
                place,
                State.RETURNED if one.claim.fence in passed_on else State.WAITS,
                contents_of(one),
                one.claim.fence in self._asked,
            )
            for place, (project, one) in enumerate(kept, start=first)
        )
        self._round.changed |= passed_on != set(fences)

    def _forget(self, fences: tuple[Fence, ...]) -> None:
        """Find out first what is to be told: it is asked for as long as the claims are here."""
        reserve = self._ws.store.reserve
        going = [one for one in reserve.states() if one[0] in fences]
        gone = {document for _, document, *_ in going}
        self._round.changed |= any(one[-1] is not State.RETURNED for one in going)
        try:
            self._round.lost += [one for one in drafts_taken_back(self._ws) if one.document in gone]
        except (Tampered, NotFound, NotAllowed) as trouble:  # of one draft: it keeps nothing else waiting
            self._round.troubles.append(trouble)
        reserve.forget(fences)

    def _give_back(self, fences: tuple[Fence, ...]) -> None:
        for some in _chunks(fences):
            self._ws.shared.hand_back_all(some)
            self._ws.store.reserve.forget(some)

    def _renew(self, fences: tuple[Fence, ...]) -> None:
        for some in _chunks(fences):
            ends = [(claim.fence, claim.expires_us) for claim in self._ws.shared.renew(some)]
            self._ws.store.reserve.renewed(ends)

    def _declined(self) -> list[tuple[DocumentId, ProjectId]]:
        """Return what she handed back lately: the queue may give it to her again, and she passes it on."""
        return self._ws.store.reserve.declined(self._ws.now_us() - DECLINED_US)

    def _claim_ahead(self, action: ClaimAhead) -> None:
        """Claim so many, and as many more as she may be given that she handed back."""
        count = action.count + sum(project == action.project for _, project in self._declined())
        granted = self._ws.shared.claim_ahead(
            action.project, second=action.second, count=min(count, MOST_AHEAD)
        )
        self._asked |= {claim.fence for claim in granted}
        faultpoints.reach("round:claimed")


def fetch_page(ws: Workspace, document: DocumentId, number: int) -> None:
    """Bring a page here in parts; what came before a failure is not asked again.

    Where another courier of hers at this workstation was quicker, the parts are gone: the page is here.
    """
    start = ws.store.pages.arrived(document, number)
    while len(part := ws.shared.page_part(document, number, start, PART)) == PART:
        ws.store.pages.put_part(document, number, start, part)
        start += PART
    before = ws.store.pages.joined(document, number) if start else b""
    if len(before) == start:
        ws.store.pages.put(document, number, before + part)


def _chunks(fences: tuple[Fence, ...]) -> Iterable[tuple[Fence, ...]]:
    return (fences[at : at + MOST_AHEAD] for at in range(0, len(fences), MOST_AHEAD))


def _held(project: ProjectId, one: Assigned) -> Held:
    claim = one.claim
    return Held(claim.fence, claim.document, project, claim.pass_no, claim.expires_us, page_count(one.intake))


def page_count(intake: StoredFact) -> int:
    """Return how many pages a document's intake names; it is verified when the document is keyed."""
    return decode_intake(intake.fact.read_statement().clear).page_count
