"""The plan of a round, whatever is here and whatever is there."""

from dataclasses import dataclass, replace
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from boapp.domain.ids import DocumentId, Fence, ProjectId
from boapp.localdb.reserve import State
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

PROJECTS = tuple(ProjectId(bytes([n]) * 16) for n in (1, 2))
NOW_US, LEASE_US = 1_000_000, 1_000
ORDER = (Forget, Keep, GiveBack, Renew, ClaimAhead, Fetch)


@dataclass(frozen=True)
class World:
    """What is here and there, and what is wished for."""

    here: Here
    there: There
    wishes: tuple[Wish, ...]

    def plan(self) -> tuple[Action, ...]:
        return plan(self.here, self.there, self.wishes)

    @property
    def granted(self) -> dict[Fence, Held]:
        return {held.fence: held for held in self.there.claims}

    @property
    def states(self) -> dict[Fence, State]:
        return {held.fence: state for held, state in self.here.claims}


def _held(number: int, expires_us: int, pages: int) -> Held:
    fence, document = Fence(number.to_bytes(16, "big")), DocumentId((number // 2).to_bytes(16, "big"))
    return Held(fence, document, PROJECTS[number // 2 % 2], 1 + number // 4 % 2, expires_us, pages)


@st.composite
def worlds(draw: st.DrawFn) -> World:
    """Draw a world in which a document is claimed at most once on each side."""
    ends = st.sampled_from(
        (NOW_US - 1, NOW_US + LEASE_US // 2 - 1, NOW_US + LEASE_US // 2, NOW_US + LEASE_US)
    )
    here, there, pages_here = [], [], set()
    for document in draw(st.permutations(range(8))):
        pages = draw(st.integers(0, 3))
        numbers = st.sampled_from((None, 2 * document, 2 * document + 1))
        if (number := draw(numbers)) is not None:
            here.append((_held(number, draw(ends), pages), draw(st.sampled_from(State))))
        if (number := draw(numbers)) is not None:
            there.append(_held(number, draw(ends), pages))
        some = draw(st.sets(st.integers(1, 3)))
        pages_here |= {(DocumentId(document.to_bytes(16, "big")), page) for page in some}
    wishes = tuple(
        Wish(project, second, draw(st.integers(1, 6)), LEASE_US)
        for project in PROJECTS
        for second in (False, True)
        if draw(st.booleans())
    )
    room = draw(st.booleans())
    return World(Here(tuple(here), frozenset(pages_here), room), There(NOW_US, tuple(there)), wishes)


def acted(world: World) -> World:
    """Do all that is planned: every wish is granted, every lease begins anew, every page comes."""
    here, there = {held.fence: (held, state) for held, state in world.here.claims}, world.granted
    pages = set(world.here.pages)
    for action in world.plan():
        match action:
            case Forget(fences):
                here = {fence: one for fence, one in here.items() if fence not in fences}
            case Keep(fences):
                kept = {fence: here[fence][1] if fence in here else State.WAITS for fence in fences}
                here |= {fence: (there[fence], state) for fence, state in kept.items()}
            case GiveBack(fences):
                there = {fence: held for fence, held in there.items() if fence not in fences}
            case Renew(fences):
                there |= {fence: replace(there[fence], expires_us=NOW_US + LEASE_US) for fence in fences}
                here |= {fence: (there[fence], here[fence][1]) for fence in fences}
            case ClaimAhead(project, second, count):
                made = (_granted(project, len(there) + place, second=second) for place in range(count))
                there |= {held.fence: held for held in made}
            case Fetch(document, number):
                pages.add((document, number))
    return replace(
        world,
        here=replace(world.here, claims=tuple(here.values()), pages=frozenset(pages)),
        there=replace(world.there, claims=tuple(there.values())),
    )


def _granted(project: ProjectId, number: int, *, second: bool) -> Held:
    """Return a new claim; number: how many claims there were before."""
    name = project[:1] + bytes([second]) + number.to_bytes(14, "big")
    return Held(Fence(name), DocumentId(name), project, 1 + second, NOW_US + LEASE_US, 1)


def _fences(world: World, kind: type[Action]) -> set[Fence]:
    return {
        fence
        for action in world.plan()
        if isinstance(action, kind) and not isinstance(action, ClaimAhead | Fetch)
        for fence in action.fences
    }


@given(worlds())
def test_what_is_done_needs_no_doing_again(world: World) -> None:
    once = acted(world)
    assert not any(isinstance(action, GiveBack | ClaimAhead) for action in once.plan())
    twice = acted(once)
    assert all(isinstance(action, Renew | Fetch) for action in twice.plan()), "only of what came meanwhile"
    assert acted(twice).plan() == ()


@given(worlds())
def test_the_same_is_planned_for_the_same(world: World) -> None:
    assert world.plan() == world.plan()


@given(worlds())
def test_a_claim_that_is_there_is_never_forgotten_and_one_that_is_not_always_is(world: World) -> None:
    assert _fences(world, Forget) == world.states.keys() - world.granted.keys()


@given(worlds())
def test_claims_that_are_there_are_kept_until_when_they_run_there(world: World) -> None:
    known = {held.fence: held.expires_us for held, _ in world.here.claims}
    assert _fences(world, Keep) == {
        fence for fence, held in world.granted.items() if known.get(fence) != held.expires_us
    }


@given(worlds())
def test_what_was_handed_back_is_given_back_and_nothing_else(world: World) -> None:
    returned = {fence for fence, state in world.states.items() if state is State.RETURNED}
    assert _fences(world, GiveBack) == returned & world.granted.keys()


@given(worlds())
def test_what_is_still_to_be_keyed_here_is_renewed_once_half_of_its_lease_is_over(world: World) -> None:
    to_key = {fence for fence, state in world.states.items() if state in {State.WAITS, State.BEGUN}}
    wished = {wish.project for wish in world.wishes}
    late = {
        fence
        for fence, held in world.granted.items()
        if held.expires_us < NOW_US + LEASE_US // 2 and held.project in wished
    }
    assert _fences(world, Renew) == to_key & late


@given(worlds())
def test_nothing_is_claimed_beyond_the_wish_and_what_was_handed_back_or_sealed_does_not_count(
    world: World,
) -> None:
    asked = {(a.project, a.second): a.count for a in world.plan() if isinstance(a, ClaimAhead)}
    for wish in world.wishes:
        waiting = sum(
            world.states.get(fence, State.WAITS) is State.WAITS
            for fence, held in world.granted.items()
            if held.project == wish.project and (held.pass_no > 1) is wish.second
        )
        count = asked.pop((wish.project, wish.second), 0)
        assert waiting + count <= max(wish.count, waiting)
        assert waiting + count >= wish.count * 3 // 4
        assert waiting + count > 0
    assert asked == {}


@given(worlds())
def test_pages_come_for_what_is_keyed_next_first_and_none_that_is_here(world: World) -> None:
    fetched = [(a.document, a.number) for a in world.plan() if isinstance(a, Fetch)]
    wanted = [
        (held.document, number)
        for held, state in world.here.claims
        if state in {State.WAITS, State.BEGUN} and held.fence in world.granted
        for number in range(1, held.pages + 1)
    ]
    assert fetched == [page for page in wanted if page not in world.here.pages and world.here.room]


@given(worlds())
def test_what_is_lost_is_seen_before_anything_is_claimed_and_pages_come_last(world: World) -> None:
    places = [ORDER.index(type(action)) for action in world.plan()]
    assert all(before <= after for before, after in pairwise(places))
