"""boapp init, people, passphrase."""

import stat
from pathlib import Path

import pytest

from boapp.doors import open_door
from boapp.enrolment import stores_of
from tests.builders import PASSPHRASE, RECEIPT_FORM
from tests.commandline import command_line
from tests.commands.desk import Desk
from tests.secret_service import secret_service

FILE_LINE = (
    "This computer has no keyring that boapp accepts, so the site secret lies in a file under BOAPP_HOME "
    "that only you can read.\n"
)
OFFICERS = ["recovery-1.txt", "recovery-2.txt", "recovery-3.txt", "root-1.txt", "root-2.txt"]


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def is_private(path: Path) -> bool:
    return not stat.S_IMODE(path.stat().st_mode) & 0o077


def add_project(desk: Desk) -> None:
    desk.run("project", "add", "x", "--form", RECEIPT_FORM)


def test_init_without_officers_keeps_their_parts_sealed_beside_the_workspace(bare: Desk) -> None:
    bare.run("init", bare.workspace)
    assert names(bare.workspace) == ["boapp.db", "officers.sealed"]
    assert is_private(bare.workspace)
    assert is_private(bare.workspace / "officers.sealed")
    add_project(bare)
    assert bare.run("status", "x", "--json").json["officers_parts_on_this_computer"] is True
    assert "Root keys and recovery parts are still on this computer." in bare.run("status", "x").out


def test_parts_that_were_kept_are_handed_out_once_and_then_fit(bare: Desk) -> None:
    bare.run("init", bare.workspace)
    add_project(bare)
    papers = bare.folder / "papers"
    assert bare.run("officers", papers, "--json").json["files"] == OFFICERS
    assert names(papers) == OFFICERS
    assert names(bare.workspace) == ["boapp.db"]
    assert bare.run("status", "x", "--json").json["officers_parts_on_this_computer"] is False
    assert "not on this computer" in bare.refuses("officers", bare.folder / "again")
    parts = [word for n in (2, 3) for word in ("--part", papers / f"recovery-{n}.txt")]
    assert "Nobody waited" in bare.run("recover", *parts).out


def test_init_with_officers_hands_out_five_parts_and_keeps_none(bare: Desk) -> None:
    officers = bare.folder / "officers"
    bare.run("init", bare.workspace, "--officers", officers)
    assert names(officers) == OFFICERS
    assert all(is_private(path) for path in officers.iterdir())
    assert names(bare.workspace) == ["boapp.db"]
    add_project(bare)
    assert bare.run("status", "x", "--json").json["officers_parts_on_this_computer"] is False
    assert "recovery parts" not in bare.run("status", "x").out


def test_init_without_a_keyring_keeps_the_secret_in_a_private_file_and_says_so_once(bare: Desk) -> None:
    said = bare.run("init", bare.workspace, "--json")
    assert said.err == FILE_LINE
    assert said.json["site_secret"] == "file"
    (secret,) = (bare.home / "site-secrets").iterdir()
    assert secret.name == said.json["organisation"]
    assert is_private(secret)
    add_project(bare)
    told = bare.run("status", "x", "--json")
    assert told.err == ""
    assert (told.json["site_secret"], told.json["site_secret_of_founding"]) == ("file", "file")
    assert "The site secret is kept in the file." in bare.run("status", "x").out


def test_the_signed_list_records_where_the_secret_lies(bare: Desk) -> None:
    bare.run("init", bare.workspace)
    door = open_door(bare.home, bare.workspace)
    door.shared.close()
    assert door.roster.organisation.secret_in_keyring is False
    assert [person.code for person in door.roster.people.values()] == ["admin"]


def test_a_plaintext_keyring_that_was_chosen_is_refused_for_a_file(bare: Desk) -> None:
    for backend in ("keyring.backends.null.Keyring", "keyrings.alt.file.PlaintextKeyring"):
        place = bare.folder / backend
        said = bare.run("init", place, PYTHON_KEYRING_BACKEND=backend)
        assert said.err == FILE_LINE


def test_init_uses_a_real_secret_service_and_leaves_no_file(tmp_path: Path) -> None:
    with secret_service() as service:
        station = command_line(tmp_path / "station", service.environment)
        station.passphrase("admin")
        said = station.run("init", station.workspace, "--json")
        assert (said.json["site_secret"], said.err) == ("keyring", "")
        (mark,) = (station.folder / "home" / "site-secrets").iterdir()
        assert (mark.name, mark.read_bytes()) == (f"{said.json['organisation']}.keyring", b"")
        station.run("project", "add", "x", "--form", RECEIPT_FORM)
        told = station.run("status", "x", "--json").json
        assert (told["site_secret"], told["site_secret_of_founding"]) == ("keyring", "keyring")
    gone = station.run("status", "x", status=1)
    assert "keyring" in gone.err


def test_init_takes_a_new_or_an_empty_folder_only(bare: Desk) -> None:
    bare.workspace.mkdir()
    (bare.workspace / "something").touch()
    assert "Name a new or empty folder." in bare.refuses("init", bare.workspace)
    assert names(bare.workspace) == ["something"]
    (bare.workspace / "something").unlink()
    bare.run("init", bare.workspace)
    assert "Name a new or empty folder." in bare.refuses("init", bare.workspace)


@pytest.mark.parametrize("url", ["postgresql://server", "postgresql+psycopg://u@h/db", "http://x"])
def test_init_refuses_an_address_of_no_database_and_makes_nothing(bare: Desk, url: str) -> None:
    before = names(bare.folder)
    assert "names no PostgreSQL database" in bare.refuses("init", url)
    assert names(bare.folder) == before


def test_init_says_which_server_it_cannot_reach_and_makes_nothing(bare: Desk) -> None:
    before = names(bare.folder)
    said = bare.refuses("init", "postgresql://boss:secret@127.0.0.1:9/claims")
    assert "does not let this login in" in said
    assert "secret" not in said
    assert names(bare.folder) == before


def test_init_refuses_places_that_cannot_hold_a_folder(bare: Desk) -> None:
    a_file = bare.file("a-file", "x")
    for place in (a_file, a_file / "inside", Path("/proc/nowhere")):
        bare.refuses("init", place)


def test_init_refuses_officers_parts_beside_others(bare: Desk) -> None:
    officers = bare.folder / "officers"
    bare.run("init", bare.workspace, "--officers", officers)
    kept = (officers / "root-1.txt").read_bytes()
    said = bare.refuses("init", bare.folder / "other", "--officers", officers)
    assert "Name a new or empty folder." in said
    assert (officers / "root-1.txt").read_bytes() == kept


def test_init_refuses_an_officers_folder_that_cannot_be_made(bare: Desk) -> None:
    bare.refuses("init", bare.workspace, "--officers", bare.file("a-file", "x") / "inside")


def test_an_init_that_was_refused_can_be_done_again(bare: Desk) -> None:
    bare.refuses("init", bare.workspace, "--officers", bare.file("a-file", "x") / "inside")
    bare.run("init", bare.workspace)


def test_admin_chose_her_passphrase_at_the_prompt_and_not_in_the_folder(bare: Desk) -> None:
    typed = f"{PASSPHRASE}\n{PASSPHRASE}\n"
    bare.run("init", bare.workspace, typed=typed, BOAPP_PASSPHRASES=None)
    assert people_of(bare)["admin"]["set_by_administrator"] is False
    bare.run("init", bare.folder / "other")
    assert people_of(bare, bare.folder / "other")["admin"]["set_by_administrator"] is True


def people_of(
    desk: Desk, workspace: Path | None = None, person: str = "admin"
) -> dict[str, dict[str, object]]:
    where = workspace or desk.workspace
    listed = desk.run("people", "list", "--as", person, "--workspace", where, "--json").json
    return {entry["code"]: entry for entry in listed}


def test_two_prompts_that_differ_are_asked_again(bare: Desk) -> None:
    typed = f"{PASSPHRASE}\nsomething else\n{PASSPHRASE}\n{PASSPHRASE}\n"
    said = bare.run("init", bare.workspace, typed=typed, BOAPP_PASSPHRASES=None)
    assert PASSPHRASE not in said.out + said.err


def test_a_prompt_that_is_given_up_ends_without_a_workspace(bare: Desk) -> None:
    bare.run("init", bare.workspace, typed="", status=1, BOAPP_PASSPHRASES=None)
    assert not bare.workspace.exists()


@pytest.mark.parametrize(
    "role",
    ["operator", "second-keyer", "adjudicator", "supervisor", "designer", "administrator", "auditor"],
)
def test_a_person_is_added_in_each_role(people: Desk, role: str) -> None:
    people.passphrase("eve")
    said = people.run("people", "add", "eve", "--role", role, "--json")
    assert said.json == {"person": "eve", "roles": [role]}
    assert people_of(people)["eve"]["roles"] == [role]


def test_a_person_may_have_several_roles(people: Desk) -> None:
    people.passphrase("eve")
    people.run("people", "add", "eve", "--role", "operator", "--role", "supervisor", "--role", "operator")
    assert people_of(people)["eve"]["roles"] == ["operator", "supervisor"]


@pytest.mark.parametrize(
    "code", ["", "1st", "_x", "a b", "a/b", "../x", "ö", "a:b", "a,b", "x" * 33, "eve.new", "a\n"]
)
def test_what_is_no_person_code_is_refused(people: Desk, code: str) -> None:
    said = people.refuses("people", "add", "--role", "operator", "--", code)
    assert "Use a letter" in said


@pytest.mark.parametrize("code", ["ann", "ANN", "aNN", "Admin"])
def test_a_code_that_differs_only_in_case_is_refused(people: Desk, code: str) -> None:
    people.passphrase(code)
    assert "Choose another code." in people.refuses("people", "add", code, "--role", "operator")


def test_only_an_administrator_adds_people(people: Desk) -> None:
    people.passphrase("eve")
    for person in ("ann", "sue", "aud"):
        said = people.refuses("people", "add", "eve", "--role", "operator", "--as", person)
        assert "Only an administrator" in said
    assert "eve" not in people_of(people)


def test_another_administrator_adds_people_too(people: Desk) -> None:
    for person in ("ida", "eve"):
        people.passphrase(person)
    people.run("people", "add", "ida", "--role", "administrator")
    people.run("people", "add", "eve", "--role", "operator", "--as", "ida")
    assert "eve" in people_of(people)


def test_a_full_name_is_read_by_those_who_may_and_is_nowhere_in_plain(people: Desk) -> None:
    people.passphrase("eve")
    people.run("people", "add", "eve", "--role", "operator", "--full-name", "Evelyn Oakapple")
    for person in ("admin", "sue", "adj", "aud"):
        assert people_of(people, person=person)["eve"]["full_name"] == "Evelyn Oakapple"
    for person in ("ann", "bob"):
        assert people_of(people, person=person)["eve"]["full_name"] is None
    for path in (p for f in (people.workspace, people.home) for p in f.rglob("*") if p.is_file()):
        assert b"Oakapple" not in path.read_bytes()


@pytest.mark.parametrize("name", ["x" * 201, "Eve\nOakapple", "Eve \udcff"])
def test_a_full_name_that_is_too_long_or_does_not_print_is_refused(people: Desk, name: str) -> None:
    people.passphrase("eve")
    said = people.refuses("people", "add", "eve", "--role", "operator", "--full-name", name)
    assert "at most 200 characters" in said


def test_a_passphrase_from_the_folder_is_marked_until_its_person_changes_it(people: Desk) -> None:
    people.passphrase("eve")
    said = people.run("people", "add", "eve", "--role", "operator")
    assert "set by administrator" in said.out
    assert people_of(people)["eve"]["set_by_administrator"] is True
    add_project(people)
    assert "Passphrase set by administrator: eve" in people.run("status", "x").out
    people.passphrase("eve.new", "a passphrase of her own")
    people.run("passphrase", "--as", "eve")
    people.passphrase("eve", "a passphrase of her own")
    assert people_of(people)["eve"]["set_by_administrator"] is False
    assert "eve" not in people.run("status", "x", "--json").json["set_by_administrator"]


def test_a_passphrase_from_the_prompt_is_not_marked(people: Desk) -> None:
    typed = f"{PASSPHRASE}\n" + "typed by eve\n" * 2
    said = people.run("people", "add", "eve", "--role", "operator", typed=typed, BOAPP_PASSPHRASES=None)
    assert "set by administrator" not in said.out
    assert people_of(people)["eve"]["set_by_administrator"] is False


def test_the_old_passphrase_opens_no_more_and_the_new_one_does(people: Desk) -> None:
    people.passphrase("ann.new", "a passphrase of her own")
    people.run("passphrase", "--as", "ann")
    assert "do not open" in people.refuses("people", "list", "--as", "ann")
    people.passphrase("ann", "a passphrase of her own")
    people.run("people", "list", "--as", "ann")


def test_the_new_passphrase_comes_from_the_prompt_when_no_folder_is_named(people: Desk) -> None:
    typed = f"{PASSPHRASE}\n" + "typed by ann\n" * 2
    said = people.run("passphrase", "--as", "ann", typed=typed, BOAPP_PASSPHRASES=None)
    assert "typed by ann" not in said.out + said.err
    people.passphrase("ann", "typed by ann")
    people.run("people", "list", "--as", "ann")


def test_a_change_without_a_new_file_is_refused_and_changes_nothing(people: Desk) -> None:
    assert "'ann.new'" in people.refuses("passphrase", "--as", "ann")
    people.run("people", "list", "--as", "ann")


def test_a_new_passphrase_that_is_too_short_at_the_prompt_is_refused(people: Desk) -> None:
    typed = f"{PASSPHRASE}\nshort\nshort\n"
    said = people.refuses("passphrase", "--as", "ann", typed=typed, BOAPP_PASSPHRASES=None)
    assert "at least 8 characters" in said


def test_a_person_who_changed_her_passphrase_keeps_her_keys_and_her_local_store(people: Desk) -> None:
    before = people_of(people, person="ann")
    door = open_door(people.home, people.workspace)
    door.shared.close()
    people.passphrase("ann.new", "a passphrase of her own")
    people.run("passphrase", "--as", "ann")
    people.passphrase("ann", "a passphrase of her own")
    assert people_of(people, person="ann").keys() == before.keys()
    again = open_door(people.home, people.workspace)
    again.shared.close()
    assert again.roster.person("ann") == door.roster.person("ann")
    assert stores_of(people.home, door.org) == stores_of(people.home, again.org)


def test_officers_parts_are_never_put_into_the_workspace(bare: Desk) -> None:
    for place in (bare.workspace, bare.workspace / "officers"):
        assert "inside the workspace" in bare.refuses("init", bare.workspace, "--officers", place)
    assert not bare.workspace.exists()
