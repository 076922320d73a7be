"""The separation of duties, row by row."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from boapp.domain.ids import PersonId
from boapp.domain.passes import Asked
from boapp.domain.workflow import (
    Mode,
    Parties,
    Role,
    Stage,
    Task,
    beyond_sight_limit,
    forbidden_pair,
    may_resolve,
    may_take,
    require,
    require_may_resolve_here,
)
from boapp.errors import NotAllowed
from tests.domain.samples import few

ANN, BOB, SUE = (PersonId(bytes([n]) * 16) for n in (1, 2, 3))
MAY = {
    Task.INTAKE: "administrator supervisor",
    Task.FIRST: "operator second-keyer",
    Task.SECOND: "second-keyer",
    Task.COMPARE: "adjudicator supervisor",
    Task.RESOLVE: "adjudicator supervisor",
    Task.REPORT: "adjudicator supervisor",
    Task.EXPORT: "adjudicator supervisor",
    Task.TAKE_BACK: "supervisor",
    Task.REVIEW: "adjudicator supervisor",
}
KEYS = (Role.OPERATOR, Role.SECOND_KEYER)
HOLDS = (Role.ADJUDICATOR, Role.SUPERVISOR)
roles = st.frozensets(st.sampled_from(Role))
people = st.sampled_from((ANN, BOB, SUE))


@pytest.mark.parametrize(("task", "role"), list(itertools.product(Task, Role)))
def test_a_task_is_done_in_these_roles_and_in_no_other(task: Task, role: Role) -> None:
    if role in MAY[task].split():
        require(task, {role})
        require(task, {role, Role.DESIGNER})
    else:
        with pytest.raises(NotAllowed) as refusal:
            require(task, {role})
        assert task in refusal.value.title
        assert MAY[task].replace(" ", " or ") in refusal.value.advice


@pytest.mark.parametrize("task", Task)
def test_nobody_does_anything_without_a_role(task: Task) -> None:
    with pytest.raises(NotAllowed):
        require(task, ())


@given(roles)
@few
def test_keying_never_meets_adjudicating_in_one_person(held: frozenset[Role]) -> None:
    assert forbidden_pair(held) is any(key in held and hold in held for key in KEYS for hold in HOLDS)


@pytest.mark.parametrize(("mode", "role"), list(itertools.product(Mode, Role)))
def test_who_may_ever_resolve_follows_from_role_and_mode(mode: Mode, role: Role) -> None:
    if role in HOLDS or (mode is Mode.RELEASE and role is Role.SECOND_KEYER):
        require_may_resolve_here({role}, mode)
    else:
        with pytest.raises(NotAllowed) as refusal:
            require_may_resolve_here({role}, mode)
        assert ("second-keyer" in refusal.value.advice) is (mode is Mode.RELEASE)


@pytest.mark.parametrize(
    ("role", "stage", "first", "asked"),
    [
        (Role.OPERATOR, Stage.FIRST, None, Asked.ALL),
        (Role.SECOND_KEYER, Stage.FIRST, None, Asked.ALL),
        (Role.OPERATOR, Stage.SECOND, BOB, None),
        (Role.SECOND_KEYER, Stage.SECOND, BOB, Asked.VERIFY),
        (Role.SECOND_KEYER, Stage.SECOND, ANN, None),
        *((role, Stage.FIRST, None, None) for role in Role if role not in KEYS),
        *((role, Stage.SECOND, BOB, None) for role in Role if role not in KEYS),
        *(
            (Role.SECOND_KEYER, stage, BOB, None)
            for stage in Stage
            if stage not in {Stage.FIRST, Stage.SECOND}
        ),
    ],
)
def test_what_a_person_is_asked_for(
    role: Role, stage: Stage, first: PersonId | None, asked: Asked | None
) -> None:
    assert may_take(ANN, {role}, stage, first) is asked


@given(roles, st.sampled_from(Stage), people)
@few
def test_whoever_keyed_first_or_holds_the_adjudication_key_is_asked_for_nothing_more(
    held: frozenset[Role], stage: Stage, first: PersonId
) -> None:
    assert may_take(first, held, Stage.SECOND, first) is None
    if held & set(HOLDS):
        assert may_take(ANN, held, stage, first) is None


@given(held=roles, mode=st.sampled_from(Mode), person=people, first=people, second=people, near=st.booleans())
@few
def test_a_resolver_keyed_neither_pass_or_is_the_second_keyer_in_release_mode(
    held: frozenset[Role], mode: Mode, person: PersonId, first: PersonId, second: PersonId, *, near: bool
) -> None:
    allowed = may_resolve(person, held, mode, Parties(first, second, near))
    if person == first and person != second:
        assert not allowed
    if held & set(HOLDS):
        assert allowed is (person not in {first, second})
    elif allowed:
        assert mode is Mode.RELEASE
        assert near
        assert person == second
        assert Role.SECOND_KEYER in held


def test_the_second_keyer_resolves_in_release_mode_when_she_was_near_enough() -> None:
    parties = Parties(ANN, BOB, second_within_limit=True)
    assert may_resolve(BOB, {Role.SECOND_KEYER}, Mode.RELEASE, parties)
    assert not may_resolve(BOB, {Role.SECOND_KEYER}, Mode.STRICT, parties)
    assert not may_resolve(BOB, {Role.OPERATOR}, Mode.RELEASE, parties)
    assert not may_resolve(SUE, {Role.SECOND_KEYER}, Mode.RELEASE, parties)
    far = Parties(ANN, BOB, second_within_limit=False)
    assert not may_resolve(BOB, {Role.SECOND_KEYER}, Mode.RELEASE, far)
    assert may_resolve(SUE, {Role.ADJUDICATOR}, Mode.RELEASE, far)


@pytest.mark.parametrize(
    ("asked", "differing", "missing", "beyond"),
    [
        (4, 3, 0, False),
        (4, 4, 0, True),
        (1, 1, 0, False),
        (12, 3, 0, False),
        (12, 4, 0, True),
        (30, 7, 0, False),
        (30, 8, 0, True),
        (100, 25, 0, False),
        (100, 26, 0, True),
        (100, 0, 1, True),
    ],
)
def test_junk_buys_no_sight_of_the_first_values(
    asked: int, differing: int, missing: int, *, beyond: bool
) -> None:
    assert beyond_sight_limit(asked, differing, missing) is beyond
