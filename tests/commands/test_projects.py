"""boapp project add, project people, status."""

from typing import Any

import pytest

from boapp.domain.workflow import Mode
from boapp.doors import open_door
from tests.builders import RECEIPT_FORM
from tests.commands.desk import Desk, receipt

NO_HOLDER = "This project has no adjudicator or supervisor yet, so nothing can be keyed in it."


def add(desk: Desk, *words: str, name: str = "x", status: int = 0) -> Any:
    return desk.run("project", "add", name, "--form", RECEIPT_FORM, *words, "--json", status=status).json


def add_person(desk: Desk, code: str, *roles: str) -> None:
    desk.passphrase(code)
    desk.run("people", "add", code, *(word for role in roles for word in ("--role", role)))


def members(made: Any) -> dict[str, list[str]]:
    return {person["code"]: person["roles"] for person in made["people"]}


def test_a_new_project_is_in_release_mode_and_says_what_that_hides(people: Desk) -> None:
    said = people.run("project", "add", "x", "--form", RECEIPT_FORM)
    assert "Added project x, mode release." in said.out
    assert "hidden by this program only" in said.out
    assert people.status("x")["mode"] == "release"
    assert "hidden by this program only" in people.run("status", "x").out


def test_a_strict_project_says_so_and_needs_no_such_label(people: Desk) -> None:
    said = people.run("project", "add", "x", "--form", RECEIPT_FORM, "--mode", "strict")
    assert "hidden by this program only" not in said.out + people.run("status", "x").out
    assert people.status("x")["mode"] == "strict"


def test_everyone_joins_in_all_her_roles_when_nobody_is_named(people: Desk) -> None:
    made = add(people)
    assert members(made) == {
        "admin": ["administrator"],
        "ann": ["operator"],
        "bob": ["second-keyer"],
        "cleo": ["operator", "second-keyer"],
        "adj": ["adjudicator"],
        "sue": ["supervisor"],
        "aud": ["auditor"],
    }
    assert made["left_out"] == []
    assert people.status("x")["people"] == members(made)


def test_named_people_join_alone_with_the_roles_named_or_all_of_theirs(people: Desk) -> None:
    made = add(people, "--people", "ann, cleo:second-keyer,sue")
    assert members(made) == {"ann": ["operator"], "cleo": ["second-keyer"], "sue": ["supervisor"]}


def test_several_roles_are_named_with_a_plus(people: Desk) -> None:
    add_person(people, "max", "operator", "second-keyer", "supervisor")
    made = add(people, "--people", "max:operator+second-keyer,sue")
    assert members(made)["max"] == ["operator", "second-keyer"]


@pytest.mark.parametrize("holding", ["adjudicator", "supervisor"])
@pytest.mark.parametrize("keying", ["operator", "second-keyer"])
def test_keying_beside_adjudicating_is_refused_with_the_words_to_name_the_role(
    people: Desk, keying: str, holding: str
) -> None:
    add_person(people, "max", keying, holding)
    said = people.refuses("project", "add", "x", "--form", RECEIPT_FORM, "--people", "max,sue")
    assert f"Name the role: max:{keying} or max:{holding}." in said
    add(people, "--people", f"max:{keying},sue")
    said = people.refuses("project", "people", "x", "--add", "max")
    assert f"Name the role: max:{keying} or max:{holding}." in said


def test_whoever_could_do_both_is_left_out_and_listed_when_nobody_is_named(people: Desk) -> None:
    add_person(people, "max", "operator", "supervisor")
    made = add(people)
    assert "max" not in members(made)
    (left,) = made["left_out"]
    assert left["code"] == "max"
    assert "max:operator or max:supervisor" in left["reason"]
    assert "left out max" in people.run("project", "add", "y", "--form", RECEIPT_FORM).out


def test_an_administrator_keys_nowhere_while_the_recovery_parts_are_on_this_computer(bare: Desk) -> None:
    bare.run("init", bare.workspace)
    add_person(bare, "ida", "administrator", "operator")
    add_person(bare, "sue", "supervisor")
    made = add(bare)
    (left,) = made["left_out"]
    assert left["code"] == "ida"
    assert "--officers" in left["reason"]
    said = bare.refuses("project", "people", "x", "--add", "ida")
    assert "may not key while the recovery parts lie beside the workspace" in said
    bare.run("project", "people", "x", "--add", "ida:administrator")


def test_an_administrator_may_key_once_officers_have_the_parts(people: Desk) -> None:
    add_person(people, "ida", "administrator", "operator")
    assert members(add(people))["ida"] == ["administrator", "operator"]


@pytest.mark.parametrize(
    ("named", "words"),
    [
        ("nobody", "Nobody here has the code nobody."),
        ("ann:boss", "The roles are operator, second-keyer"),
        ("ann:supervisor", "ann is not supervisor in this organisation."),
        ("ANN", "Nobody here has the code ANN."),
    ],
)
def test_people_and_roles_that_are_not_there_are_refused(people: Desk, named: str, words: str) -> None:
    said = people.refuses("project", "add", "x", "--form", RECEIPT_FORM, "--people", named)
    assert words in said
    assert "You know no project" in people.refuses("status", "x")
    add(people)
    assert words in people.refuses("project", "people", "x", "--add", named)


@pytest.mark.parametrize("name", ["", " ", "x" * 101, "a\nb"])
def test_what_is_no_project_name_is_refused(people: Desk, name: str) -> None:
    said = people.refuses("project", "add", name, "--form", RECEIPT_FORM)
    assert "1 to 100 printable characters" in said


def test_a_second_project_of_one_name_is_refused(people: Desk) -> None:
    add(people)
    assert "Choose another name." in people.refuses("project", "add", "x", "--form", RECEIPT_FORM)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\xff\xfe",
        b"not = [toml",
        b'key = "x"\nversion = 1\ntitle = "X"\nfields = []\n',
        b"\0" * 3_000_000,
    ],
)
def test_what_is_no_form_is_refused(people: Desk, content: bytes) -> None:
    people.refuses("project", "add", "x", "--form", people.file("bad.toml", content))


@pytest.mark.parametrize("policy", ["sight", "sample"])
def test_a_policy_that_does_not_exist_yet_is_refused_by_its_field(people: Desk, policy: str) -> None:
    source = RECEIPT_FORM.read_text(encoding="utf-8").replace('"double"', f'"{policy}"', 1)
    said = people.refuses("project", "add", "x", "--form", people.file("form.toml", source))
    assert "'company'" in said
    assert "Use 'double' or 'none'." in said


def test_only_an_administrator_makes_projects_and_names_people(desk: Desk) -> None:
    for person in ("ann", "sue"):
        for words in (
            ("project", "add", "x", "--form", str(RECEIPT_FORM)),
            ("project", "people", "receipts", "--add", "ann"),
            ("project", "people", "receipts", "--remove", "ann"),
        ):
            assert "Only an administrator" in desk.refuses(*words, "--as", person)


def test_a_project_without_holders_takes_images_in_and_refuses_claims_with_that_reason(people: Desk) -> None:
    add(people, "--people", "ann,bob")
    people.take_in("x", "a.png")
    values = people.csv("values.csv", [receipt("a.png")])
    for person in ("ann", "bob"):
        said = people.refuses("key", "x", "--as", person, "--from", values)
        assert NO_HOLDER in said
        assert "boapp project people PROJECT --add NAME:supervisor" in said
    assert people.status("x")["stages"]["first"] == 1


def test_a_supervisor_who_is_added_later_makes_claims_work(people: Desk) -> None:
    add(people, "--people", "ann,bob")
    people.take_in("x", "a.png")
    people.run("project", "people", "x", "--add", "sue:supervisor")
    people.key("x", "ann", [receipt("a.png")])
    people.key("x", "bob", [receipt("a.png")])
    out = people.folder / "out.csv"
    people.run("export", "x", "--as", "sue", "--format", "csv", "-o", out)
    assert "ACME TRADING" in out.read_text(encoding="utf-8")


def test_a_holder_who_joins_late_waits_for_another_holders_next_command(desk: Desk) -> None:
    add(desk, "--people", "ann,bob,sue")
    desk.take_in("x", "a.png")
    desk.key("x", "ann", [receipt("a.png")])
    desk.key("x", "bob", [receipt("a.png")])
    desk.run("project", "people", "x", "--add", "adj")
    assert desk.status("x")["waiting_for_keys"] == ["adj"]
    assert "adj waits for the adjudication key" in desk.run("status", "x").out
    out = desk.folder / "out.csv"
    said = desk.refuses("export", "x", "--as", "adj", "--format", "csv", "-o", out)
    assert "somebody who holds it must sign in once" in said
    desk.run("status", "x", "--as", "bob")
    assert desk.status("x")["waiting_for_keys"] == ["adj"]
    desk.run("status", "x", "--as", "sue")
    assert desk.status("x")["waiting_for_keys"] == []
    desk.run("export", "x", "--as", "adj", "--format", "csv", "-o", out)
    assert "ACME TRADING" in out.read_text(encoding="utf-8")


def epochs(desk: Desk, mode: Mode = Mode.RELEASE) -> tuple[int, int]:
    door = open_door(desk.home, desk.workspace)
    door.shared.close()
    (known,) = (project for project in door.roster.projects.values() if project.mode is mode)
    return known.pdk_epoch, known.adj_epoch


def test_removing_a_keyer_begins_a_new_project_key_alone(desk: Desk) -> None:
    assert epochs(desk) == (1, 1)
    said = desk.run("project", "people", "receipts", "--remove", "ann")
    assert "ann: removed; new keys began" in said.out
    assert epochs(desk) == (2, 1)
    assert epochs(desk, Mode.STRICT) == (1, 1)
    assert "ann" not in desk.status("receipts")["people"]


def test_removing_a_holder_begins_a_new_adjudication_key_too(desk: Desk) -> None:
    desk.run("project", "people", "receipts", "--remove", "adj")
    assert epochs(desk) == (2, 2)


def test_how_many_documents_one_person_may_hold_open_is_set_by_an_administrator(desk: Desk) -> None:
    said = desk.run("project", "set", "receipts", "open-claims", "7")
    assert said.out == "open-claims is 7 in receipts now.\n"
    said = desk.run("project", "set", "receipts", "open-claims", "8", "--json")
    assert said.json == {"project": "receipts", "setting": "open-claims", "value": 8}
    assert "It is 1 to 1000." in desk.refuses("project", "set", "receipts", "open-claims", "0")
    desk.refuses("project", "set", "receipts", "open-claims", "9", "--as", "sue")
    assert desk.run("audit", "verify", "receipts", "--json").json["findings"] == []


@pytest.mark.parametrize(
    ("setting", "value", "wrong", "bounds"),
    [("claims-ahead", "0", "1001", "0 to 1000"), ("lease-hours", "336", "0", "1 to 336")],
)
def test_how_far_a_workstation_works_ahead_is_set_by_an_administrator(
    desk: Desk, setting: str, value: str, wrong: str, bounds: str
) -> None:
    said = desk.run("project", "set", "receipts", setting, value)
    assert said.out == f"{setting} is {value} in receipts now.\n"
    assert f"It is {bounds}." in desk.refuses("project", "set", "receipts", setting, wrong)
    desk.refuses("project", "set", "receipts", setting, value, "--as", "sue")
    assert desk.run("audit", "verify", "receipts", "--json").json["findings"] == []


def test_removing_and_adding_in_one_command(desk: Desk) -> None:
    add_person(desk, "eve", "operator")
    said = desk.run("project", "people", "receipts", "--add", "eve", "--remove", "ann", "--json")
    assert said.json == {
        "project": "receipts",
        "added": [{"code": "eve", "roles": ["operator"]}],
        "removed": ["ann"],
    }


def test_a_removed_keyer_can_key_nothing_and_the_others_go_on(desk: Desk) -> None:
    desk.key("receipts", "ann", [receipt("page-001.png")])
    desk.run("project", "people", "receipts", "--remove", "ann")
    values = desk.csv("values.csv", [receipt("page-002.png")])
    assert "You may not key in this project." in desk.refuses(
        "key", "receipts", "--as", "ann", "--from", values
    )
    desk.refuses("resolve", "receipts", "--as", "ann", "--from", values)
    desk.key("receipts", "cleo", [receipt("page-002.png")])
    desk.key("receipts", "bob", [receipt("page-001.png"), receipt("page-002.png")])
    out = desk.folder / "out.csv"
    desk.run("export", "receipts", "--as", "sue", "--format", "csv", "-o", out)
    assert desk.run("audit", "verify", "receipts", "--json").json["findings"] == []
    assert out.read_text(encoding="utf-8").count("ACME TRADING") == 2


def test_a_removed_holder_can_do_none_of_a_holders_work(desk: Desk) -> None:
    desk.key("receipts", "ann", [receipt("page-001.png")])
    desk.run("project", "people", "receipts", "--remove", "sue")
    out = desk.folder / "out"
    values = desk.csv("values.csv", [receipt("page-001.png")])
    for words in (
        ("settle", "receipts"),
        ("report", "discrepancies", "receipts"),
        ("export", "receipts", "--format", "csv", "-o", out),
        ("intake", "receipts", "--batch", "b", out),
        ("resolve", "receipts", "--from", values),
        ("key", "receipts", "--from", values),
    ):
        desk.refuses(*words, "--as", "sue")
    assert not out.exists()


def test_documents_taken_in_after_a_removal_cannot_be_named_by_whoever_left(desk: Desk) -> None:
    desk.run("project", "people", "receipts", "--remove", "ann")
    desk.take_in("receipts", "later.png")
    desk.key("receipts", "cleo", [receipt("later.png")])
    desk.key("receipts", "bob", [receipt("later.png")])


def test_somebody_who_left_may_come_back(desk: Desk) -> None:
    for person in ("ann", "adj"):
        desk.run("project", "people", "receipts", "--remove", person)
        desk.run("project", "people", "receipts", "--add", person)
    desk.run("status", "receipts", "--as", "sue")
    desk.key("receipts", "ann", [receipt("page-001.png")])
    desk.key("receipts", "bob", [receipt("page-001.png")])
    desk.run("export", "receipts", "--as", "adj", "--format", "csv", "-o", desk.folder / "out.csv")


def test_the_last_holder_is_neither_removed_nor_given_another_role(desk: Desk) -> None:
    desk.run("project", "people", "receipts", "--remove", "adj")
    said = desk.refuses("project", "people", "receipts", "--remove", "sue")
    assert "Add another one first." in said
    add_person(desk, "max", "operator", "auditor", "supervisor")
    desk.run("project", "people", "receipts", "--add", "sue")
    assert desk.status("receipts")["people"]["sue"] == ["supervisor"]


def test_a_holder_who_still_waits_for_her_key_is_not_the_one_who_may_stay_last(desk: Desk) -> None:
    add(desk, "--people", "ann,bob,sue")
    desk.run("project", "people", "x", "--add", "adj")
    said = desk.refuses("project", "people", "x", "--remove", "sue")
    assert "Add another one first." in said
    desk.run("status", "x", "--as", "sue")
    desk.run("project", "people", "x", "--remove", "sue")


def test_whoever_held_the_adjudication_key_never_keys_in_that_project(people: Desk) -> None:
    add_person(people, "max", "operator", "supervisor")
    add(people, "--people", "max:supervisor,sue,ann")
    said = people.refuses("project", "people", "x", "--add", "max:operator")
    assert "never keys in it" in said
    people.run("project", "people", "x", "--remove", "max")
    assert "never keys in it" in people.refuses("project", "people", "x", "--add", "max:operator")
    add(people, "--people", "max:operator,sue", name="y")


def test_removing_somebody_who_is_not_in_the_project_is_refused(people: Desk) -> None:
    add(people, "--people", "ann,sue")
    assert "does not work in this project" in people.refuses("project", "people", "x", "--remove", "bob")
    assert "Nobody here has the code" in people.refuses("project", "people", "x", "--remove", "nobody")


def test_a_person_added_after_the_project_joins_with_all_its_documents(desk: Desk) -> None:
    add_person(desk, "eve", "operator")
    desk.run("project", "people", "receipts", "--add", "eve")
    desk.key("receipts", "eve", [receipt("page-001.png")])


def test_a_new_administrator_knows_the_projects_that_were_there(desk: Desk) -> None:
    add_person(desk, "ida", "administrator")
    assert desk.status("receipts", "ida")["documents"] == 3


def test_people_know_only_projects_they_were_named_in(people: Desk) -> None:
    add(people, "--people", "ann,sue")
    assert "You know no project called x." in people.refuses("status", "x", "--as", "bob")
    people.run("status", "x", "--as", "ann")


def test_status_counts_stages_mismatches_and_what_is_unconfirmed(desk: Desk) -> None:
    desk.key("receipts", "ann", [receipt(f"page-00{n}.png") for n in (1, 2)])
    assert desk.status("receipts")["stages"] == {
        "first": 1,
        "second": 2,
        "comparing": 0,
        "resolving": 0,
        "adjudicating": 0,
        "settled": 0,
    }
    desk.key("receipts", "bob", [receipt("page-001.png"), receipt("page-002.png", total="8.00")])
    told = desk.status("receipts")
    assert (told["stages"]["settled"], told["stages"]["resolving"]) == (1, 1)
    assert (told["mismatches"], told["unconfirmed"], told["outbox"], told["surplus"]) == (1, 1, 0, 0)
    words = desk.run("status", "receipts").out
    assert "1  open mismatches" in words
    assert "1  settled, not yet confirmed" in words
    desk.run("settle", "receipts", "--as", "sue")
    assert desk.status("receipts")["unconfirmed"] == 0
