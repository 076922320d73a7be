"""SIGKILL while somebody keys, seals and sends: what was acknowledged is there exactly once."""

import random
import re

import pytest

from boapp.domain.ids import ProjectId
from boapp.domain.workflow import Mode
from tests.builders import House, add_project, take_in_pages
from tests.faults.children import FULL, ROOT, Child, die_at, finish, orders
from tests.faults.command import IN_EXPORT, IN_FOUNDING, IN_IMPORT, IN_MOVE, IN_RESET, IN_ROSTER
from tests.faults.ledger import Ledger
from tests.faults.plans import (
    IN_DRAFT,
    IN_PAGES,
    IN_RESERVE,
    IN_ROUND,
    IN_SEAL,
    IN_SENDING,
    WHILE_TYPING,
    Plan,
    plan,
)

PERSON = "ann"


SEAL_PLAN = plan(IN_SEAL, (1, 2, 3))
DRAFT_PLAN = plan(IN_DRAFT, (1, 4, 7, 12))
TYPING_PLAN = plan(WHILE_TYPING, (2, 5, 11))
SENDING_PLAN = plan(IN_SENDING, (1, 2, 3))
RANDOM_KILLS = 20 if FULL else 6


def test_the_plans_name_every_fault_point_and_enough_of_each_at_full_count() -> None:
    source = "".join(path.read_text(encoding="utf-8") for path in (ROOT / "boapp").rglob("*.py"))
    named = set(re.findall(r'faultpoints\.reach\("([^"]+)"\)', source))
    keying = {*IN_SEAL, *IN_DRAFT, *WHILE_TYPING, *IN_SENDING}
    commands = {*IN_FOUNDING, *IN_ROSTER, *IN_RESET, *IN_EXPORT, *IN_IMPORT, *IN_MOVE}
    assert named == keying | {*IN_RESERVE, *IN_PAGES, *IN_ROUND} | commands
    assert {point for point, _ in (*SEAL_PLAN, *DRAFT_PLAN, *TYPING_PLAN, *SENDING_PLAN)} == keying
    if FULL:
        assert len(SEAL_PLAN) >= 15
        assert len(DRAFT_PLAN) >= 15
        assert RANDOM_KILLS >= 20


@pytest.mark.parametrize(
    "moments",
    [SEAL_PLAN, DRAFT_PLAN, TYPING_PLAN, SENDING_PLAN],
    ids=["in a seal", "in a draft", "while typing", "in sending"],
)
def test_a_kill_at_a_named_moment_loses_and_doubles_nothing(house: House, moments: Plan) -> None:
    project, ledger = _with_documents(house, 8 + 2 * len(moments)), Ledger()
    told = orders(house, PERSON, project, "key_everything")
    for point, occurrence in moments:
        ledger.read(die_at(told, point, occurrence))
        ledger.check(house, PERSON, project)
    ledger.read(finish(told))
    ledger.check_all_done(house, PERSON, project)


def test_a_kill_at_any_moment_while_values_arrive_loses_and_doubles_nothing(house: House) -> None:
    project, ledger = _with_documents(house, 5 * RANDOM_KILLS), Ledger()
    told = orders(house, PERSON, project, "key_everything")
    chance = random.Random(20)
    for _ in range(RANDOM_KILLS):
        child = Child(told)
        said = child.lines()
        ledger.read(next(said) for _ in range(chance.randint(1, 18)))
        child.says_nothing_for(chance.uniform(0, 0.004))
        child.kill()
        ledger.read(said)
        assert child.end() == -9
        ledger.check(house, PERSON, project)
    ledger.read(finish(told))
    ledger.check_all_done(house, PERSON, project)


def _with_documents(house: House, documents: int) -> ProjectId:
    project = add_project(house, Mode.RELEASE)
    take_in_pages(house, project, documents)
    return project
