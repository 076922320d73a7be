"""What is to be done, from what is here and what is there. Pure: no clock, no chance, no input or output."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from boapp.domain.ids import DocumentId, Fence, ProjectId
from boapp.localdb.reserve import State


@dataclass(frozen=True, slots=True)
class Held:
    """A claim; pages: how many its document has. expires_us: microseconds UTC by the server's clock."""

    fence: Fence
    document: DocumentId
    project: ProjectId
    pass_no: int
    expires_us: int
    pages: int = 0


@dataclass(frozen=True, slots=True)
class Wish:
    """How many claims of one kind are to wait here, and how long a lease runs in their project."""

    project: ProjectId
    second: bool
    count: int
    lease_us: int


@dataclass(frozen=True, slots=True)
class Here:
    """The reserve in the order in which it is keyed, and the pages that are here.

    room: whether the page cache takes in more.
    """

    claims: tuple[tuple[Held, State], ...]
    pages: frozenset[tuple[DocumentId, int]]
    room: bool = True


@dataclass(frozen=True, slots=True)
class There:
    """This person's claims in the shared database, and its clock."""

    now_us: int
    claims: tuple[Held, ...]


@dataclass(frozen=True, slots=True)
class Keep:
    """Keep claims here, or until when they run now."""

    fences: tuple[Fence, ...]


@dataclass(frozen=True, slots=True)
class Forget:
    """Let claims go here that are no longer there."""

    fences: tuple[Fence, ...]


@dataclass(frozen=True, slots=True)
class GiveBack:
    """End claims there that were handed back here."""

    fences: tuple[Fence, ...]


@dataclass(frozen=True, slots=True)
class Renew:
    """Let claims run longer."""

    fences: tuple[Fence, ...]


@dataclass(frozen=True, slots=True)
class ClaimAhead:
    """Claim documents for the reserve."""

    project: ProjectId
    second: bool
    count: int


@dataclass(frozen=True, slots=True)
class Fetch:
    """Bring a page of a claimed document here."""

    document: DocumentId
    number: int


Action = Keep | Forget | GiveBack | Renew | ClaimAhead | Fetch


def plan(here: Here, there: There, wishes: tuple[Wish, ...]) -> tuple[Action, ...]:
    """Return what to do, in the order in which it is done.

    An empty answer means that both agree and every wish is met as far as it can be.
    """
    return (
        *_settled(here, there),
        *_given_back(here, there),
        *_renewals(here, there, wishes),
        *_claims(here, there, wishes),
        *_pages(here, there),
    )


def _settled(here: Here, there: There) -> Iterator[Action]:
    """Yield what makes the reserve say the same as the shared database."""
    known = {held.fence: held.expires_us for held, _ in here.claims}
    granted = {held.fence for held in there.claims}
    kept = tuple(held.fence for held in there.claims if known.get(held.fence) != held.expires_us)
    gone = tuple(fence for fence in known if fence not in granted)
    if gone:
        yield Forget(gone)
    if kept:
        yield Keep(kept)


def _given_back(here: Here, there: There) -> Iterator[Action]:
    granted = {held.fence for held in there.claims}
    back = tuple(
        held.fence for held, state in here.claims if state is State.RETURNED and held.fence in granted
    )
    if back:
        yield GiveBack(back)


def _renewals(here: Here, there: There, wishes: tuple[Wish, ...]) -> Iterator[Action]:
    """Yield the renewal of what is over half its lease and is still to be keyed here, where she may key."""
    lease: Mapping[ProjectId, int] = {wish.project: wish.lease_us for wish in wishes}
    wanted = {held.fence for held, state in here.claims if state in {State.WAITS, State.BEGUN}}
    late = tuple(
        held.fence
        for held in there.claims
        if held.fence in wanted
        and held.project in lease
        and held.expires_us - there.now_us < lease[held.project] // 2
    )
    if late:
        yield Renew(late)


def _claims(here: Here, there: There, wishes: tuple[Wish, ...]) -> Iterator[Action]:
    """Yield what fills the reserve: when a quarter of it is gone, so that not every seal asks for one."""
    state_of = {held.fence: state for held, state in here.claims}
    for wish in wishes:
        waiting = sum(
            state_of.get(held.fence, State.WAITS) is State.WAITS
            for held in there.claims
            if held.project == wish.project and (held.pass_no > 1) == wish.second
        )
        if waiting < wish.count - wish.count // 4:
            yield ClaimAhead(wish.project, wish.second, wish.count - waiting)


def _pages(here: Here, there: There) -> Iterator[Action]:
    """Yield the pages that are missing, the document that is keyed next first."""
    granted = {held.fence for held in there.claims}
    if not here.room:
        return
    for held, state in here.claims:
        if held.fence in granted and state in {State.WAITS, State.BEGUN}:
            for number in range(1, held.pages + 1):
                if (held.document, number) not in here.pages:
                    yield Fetch(held.document, number)
