"""SIGKILL inside intake, resolving, changes of the list of people, and founding.

At full count each task is killed after every one of its transactions, which is every state that it can
leave behind, and before every SQL statement; otherwise at some of them. Then it is given again.
"""

from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from boapp.crypto.facts import FactKind
from boapp.domain.ids import ProjectId
from boapp.domain.workflow import Mode, Stage
from boapp.doors import open_door, open_workspace
from boapp.errors import BadInput, Refusal
from boapp.services.auditing import verify_project
from boapp.services.comparing import compare_waiting
from boapp.services.founding import found
from boapp.services.handover import hand_over
from boapp.services.intake import batch_names, document_names
from boapp.services.keying import put
from boapp.services.projects import current_form, find_project
from boapp.services.queue import claim
from boapp.workspace import Workspace
from tests.builders import (
    PASSPHRASE,
    House,
    add_project,
    draw_pages,
    entries,
    key_document,
    receipt,
    take_in_pages,
)
from tests.faults.children import FULL, die_at, orders, reached
from tests.faults.work import TASKS, Orders

RESOLVER = {Mode.RELEASE: "bob", Mode.STRICT: "adj"}


def moments_of(told: Orders) -> list[tuple[str, int]]:
    """Return after which transactions and before which statements a task is killed."""
    counts = reached(told)
    if FULL:
        return [(kind, n) for kind in ("commit", "statement") for n in range(1, counts[kind] + 1)]
    every = max(1, counts["commit"] // 4)
    return [("commit", n) for n in range(1, counts["commit"] + 1, every)]


def killed_houses(house: House, told: Orders, folder: Path) -> Iterator[tuple[str, House]]:
    """Kill a task at each of its moments, each time in a house of its own."""

    def elsewhere(name: str) -> tuple[House, Orders]:
        copy = house.copy(folder / name)
        return copy, msgspec.structs.replace(told, folder=str(copy.folder))

    for moment, occurrence in moments_of(elsewhere("unharmed")[1]):
        name = f"{moment}-{occurrence}"
        copy, told_there = elsewhere(name)
        die_at(told_there, moment, occurrence)
        yield name, copy


def again(house: House, told: Orders) -> Workspace:
    """Give the same command again; return its workspace."""
    ws = house.as_(told.person)
    TASKS[told.task](ws, told)
    return ws


def again_or_refused(house: House, told: Orders, words: str) -> None:
    """Give the same command again; it may be refused in these words, since it was done."""
    ws = house.as_(told.person)
    try:
        TASKS[told.task](ws, told)
    except Refusal as refusal:
        if words not in str(refusal):
            raise
    finally:
        ws.close()


def test_intake_killed_after_any_step_and_given_again_takes_every_file_in_once(
    house: House, tmp_path: Path
) -> None:
    project = add_project(house, Mode.STRICT)
    files = draw_pages(tmp_path / "scans", ("one.png", "two.png"))
    told = orders(house, "admin", project, "bring_in", *map(str, files))
    for name, copy in killed_houses(house, told, tmp_path):
        ws = again(copy, told)
        assert sorted(document_names(ws, project).values()) == ["one.png", "two.png"], name
        assert list(batch_names(ws, project).values()) == ["a batch"], name
        assert ws.store.waiting() == [], name
        assert verify_project(ws, project).findings == [], name
        ws.close()


@pytest.mark.parametrize("mode", list(Mode))
def test_resolving_killed_after_any_step_and_given_again_settles_once(
    house: House, tmp_path: Path, mode: Mode
) -> None:
    project = _with_a_mismatch(house, mode)
    told = orders(house, RESOLVER[mode], project, "resolve", "page-001.png", "9.80")
    for name, copy in killed_houses(house, told, tmp_path):
        again(copy, told).close()
        sue = copy.as_("sue")
        compare_waiting(sue, project)
        facts = [f.kind for f in sue.shared.facts(project) if f.actor == sue.roster.person(told.person).id]
        assert facts.count(FactKind.READING) == facts.count(FactKind.RESOLUTION) == 1, name
        assert [f.kind for f in sue.shared.facts(project)].count(FactKind.RECORD) == 1, name
        assert [row.stage for row in sue.shared.documents(project)] == [Stage.SETTLED], name
        (handed,) = hand_over(sue, project).documents
        assert {a.field: s.value.text for a, s in handed.record.items()} == receipt(total="9.80"), name
        assert verify_project(sue, project).findings == [], name
        sue.close()


def _with_a_mismatch(house: House, mode: Mode) -> ProjectId:
    project = add_project(house, mode)
    (document,) = take_in_pages(house, project, 1)
    ann, bob, sue = (house.as_(code) for code in ("ann", "bob", "sue"))
    key_document(ann, project, document, receipt(total="9.00"))
    key_document(bob, project, document, receipt(total="9.80"), second=True)
    compare_waiting(sue, project)
    for ws in (ann, bob, sue):
        ws.close()
    return project


def test_taking_a_claim_back_killed_after_any_step_and_given_again_ends_it_once(
    house: House, tmp_path: Path
) -> None:
    project = add_project(house, Mode.RELEASE)
    (document,) = take_in_pages(house, project, 1)
    ann = house.as_("ann")
    work = claim(ann, project, second=False)
    assert work is not None
    put(ann, work, entries(receipt())[0])
    ann.close()
    told = orders(house, "sue", project, "take_one_back", "she is ill")
    for name, copy in killed_houses(house, told, tmp_path):
        again(copy, told).close()
        ann, adj = copy.as_("ann"), copy.as_("adj")
        facts = [f for f in adj.shared.facts(project) if f.kind == FactKind.TAKE_BACK]
        assert [f.counted for f in facts] == [True], name
        assert ann.shared.my_claims(project) == [], name
        assert len(ann.store.drafts(document)) == 1, name
        assert claim(ann, project, second=False) is not None, name
        assert verify_project(adj, project).findings == [], name
        ann.close()
        adj.close()


def test_a_new_project_is_there_whole_or_not_at_all(house: House, tmp_path: Path) -> None:
    told = orders(house, "admin", ProjectId(b""), "make_project", "a new project")
    for name, copy in killed_houses(house, told, tmp_path):
        again_or_refused(copy, told, "already a project called")
        admin = copy.as_("admin")
        assert len(admin.shared.projects()) == len(admin.roster.projects) == 1, name
        project = find_project(admin, "a new project")
        assert current_form(admin, project).key == "receipt", name
        admin.close()
        sue = copy.as_("sue")
        assert sue.adj(project, 1).epoch == 1, name
        assert verify_project(sue, project).findings == [], name
        sue.close()


def test_somebody_taken_out_of_a_project_holds_nothing_new_wherever_the_command_was_killed(
    house: House, tmp_path: Path
) -> None:
    project = add_project(house, Mode.STRICT)
    take_in_pages(house, project, 1)
    told = orders(house, "admin", project, "remove", "ann")
    for name, copy in killed_houses(house, told, tmp_path):
        again_or_refused(copy, told, "does not work in this project")
        admin = copy.as_("admin")
        known = admin.roster.project(project)
        assert not known.roles(admin.roster.person("ann").id), name
        held = {w.epoch for w in admin.shared.wraps(admin.roster.person("ann").id) if w.project == project}
        assert (held, known.pdk_epoch) == ({1}, 2), name
        admin.close()


def test_a_founding_that_was_killed_is_recognised_in_words(tmp_path: Path) -> None:
    def told(name: str) -> Orders:
        (tmp_path / name).mkdir()
        return Orders(str(tmp_path / name), "admin", b"", "found")

    *unfinished, last = [m for m in moments_of(told("unharmed")) if m[0] == "commit"]
    assert unfinished
    for moment, occurrence in unfinished:
        orders_ = told(f"{moment}-{occurrence}")
        die_at(orders_, moment, occurrence)
        _is_unfinished(Path(orders_.folder))
    finished = told("finished")
    die_at(finished, *last)
    folder = Path(finished.folder)
    open_workspace(folder / "home", folder / "workspace", "admin", PASSPHRASE).close()


def _is_unfinished(folder: Path) -> None:
    home, location = folder / "home", folder / "workspace"
    with pytest.raises(Refusal, match="never finished") as refused:
        open_door(home, location)
    assert "boapp init" in refused.value.advice
    with pytest.raises(BadInput, match="not an empty folder"):
        found(home, location, PASSPHRASE, chosen=True, officers=None)
    assert found(home, folder / "another", PASSPHRASE, chosen=True, officers=None).org
