"""Bad input of every kind is refused with a reason and an advice, never with a traceback."""

import os
import shutil
from pathlib import Path

import pytest

from tests.builders import RECEIPT_FORM
from tests.commandline import command_line
from tests.commands.desk import Desk, receipt

HEADER = "document,company,date,address,total\n"
GOOD = HEADER + "page-001.png,ACME,09/01/2019,1 MAIN STREET,9.00\n"


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "Its first line names the columns."),
        (b"\n\n", "Its first line names the columns."),
        (GOOD.encode("utf-16"), "Save it as UTF-8"),
        (HEADER.encode() + b"page-001.png,Caf\xe9,x,y,z\n", "Save it as UTF-8"),
        (b"\x89PNG\r\n\x1a\n\0\0\0", "Save it as UTF-8"),
        (GOOD.replace("document", "file").encode(), "has no column document"),
        (b"company,date\n", "has no column document"),
        (GOOD.replace("date", "company").encode(), "names a column twice"),
        (GOOD.replace(",9.00", "").encode(), "4 cells where the header has 5"),
        (GOOD.replace(",9.00", ",9,00").encode(), "6 cells where the header has 5"),
        ((HEADER + 'page-001.png,"ACME,x,y,z\n').encode(), "Correct the line."),
        ((HEADER + "page-001.png," + "A" * 70_000 + ",x,y,z\n").encode(), "Correct the line."),
        ((",".join(f"c{n}" for n in range(1_001)) + "\n").encode(), "too many"),
        ((HEADER + ",ACME,x,y,z\n").encode(), "missing or named twice"),
        ((GOOD + GOOD.splitlines()[1] + "\n").encode(), "missing or named twice"),
    ],
)
@pytest.mark.parametrize("verb", ["key", "resolve"])
def test_a_broken_values_file_is_refused_whole(desk: Desk, verb: str, content: bytes, words: str) -> None:
    source = desk.file("values.csv", content)
    assert words in desk.refuses(verb, "receipts", "--as", "bob", "--from", source)
    assert desk.status("receipts")["stages"]["first"] == 3


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("document,file\n", "Name each document and its file."),
        ("document,file\nd,\n", "Fill both in."),
        ("document,file\n,page.png\n", "Fill both in."),
        ("file,page\npage.png,1\n", "has no column document"),
        ("document,file,page\nd,page.png,0\n", "Write 1, 2, 3"),
        ("document,file,page\nd,page.png,-1\n", "Write 1, 2, 3"),
        ("document,file,page\nd,page.png,one\n", "Write 1, 2, 3"),
        ("document,file,page\nd,page.png,²\n", "Write 1, 2, 3"),
        ("document,file,page\nd,page.png,9999999\n", "Write 1, 2, 3"),
        ("document,file,company\nd,page.png,ACME\n", "Rename it."),
        ("document,file,note\nd,page.png," + "x" * 1_001 + "\n", "more index data"),
    ],
)
def test_a_broken_index_file_is_refused_whole(desk: Desk, content: str, words: str) -> None:
    index = desk.file("index.csv", content)
    (scan,) = desk.scans("page.png")
    said = desk.refuses("intake", "receipts", "--batch", "b", scan, "--index", index)
    assert words in said
    assert desk.status("receipts")["documents"] == 3


@pytest.mark.parametrize(
    "words",
    [
        "project people PROJECT --add ann",
        "project set PROJECT open-claims 5",
        "intake PROJECT --batch b FILE",
        "key PROJECT --from FILE",
        "resolve PROJECT --from FILE",
        "settle PROJECT",
        "report discrepancies PROJECT",
        "export PROJECT --format csv -o OUT",
        "status PROJECT",
        "audit verify PROJECT",
    ],
)
def test_a_project_that_nobody_knows_is_refused(desk: Desk, words: str) -> None:
    source = desk.file("values.csv", GOOD)
    for name in ("nothing", "RECEIPTS", "../receipts", "00" * 16):
        given = [
            {"PROJECT": name, "FILE": str(source), "OUT": str(desk.folder / "out")}.get(word, word)
            for word in words.split()
        ]
        assert "Check the spelling" in desk.refuses(*given)
    assert not (desk.folder / "out").exists()


def test_an_unknown_person_is_told_apart_from_a_missing_file(desk: Desk) -> None:
    assert "is no person code" in desk.refuses("status", "receipts", "--as", "\udcff", typed="x\n")
    assert "has no file 'nobody'" in desk.refuses("status", "receipts", "--as", "nobody")
    desk.passphrase("nobody")
    assert "Nobody here has the code nobody." in desk.refuses("status", "receipts", "--as", "nobody")


@pytest.mark.parametrize("person", ["../admin", "/etc/passwd", "", ".", "a\nb", "admin.new"])
def test_a_person_that_is_no_code_opens_no_other_file(desk: Desk, person: str) -> None:
    desk.refuses("status", "receipts", "--as", person)


def test_a_wrong_passphrase_is_refused_with_one_sentence(desk: Desk) -> None:
    desk.passphrase("ann", "not the passphrase of ann")
    said = desk.refuses("status", "receipts", "--as", "ann")
    assert "do not open the workspace" in said
    assert "not the passphrase of ann" not in said


def test_a_passphrase_file_that_others_can_read_is_refused(desk: Desk) -> None:
    (desk.passphrases / "ann").chmod(0o640)
    assert "chmod 600" in desk.refuses("status", "receipts", "--as", "ann")
    (desk.passphrases / "ann").chmod(0o600)
    desk.run("status", "receipts", "--as", "ann")


def test_passphrases_that_are_not_there_are_refused(desk: Desk) -> None:
    for place in (desk.folder / "nowhere", desk.file("a-file", "x")):
        said = desk.refuses("status", "receipts", BOAPP_PASSPHRASES=str(place))
        assert "BOAPP_PASSPHRASES names it" in said


def test_one_trailing_newline_is_no_part_of_a_passphrase(desk: Desk) -> None:
    path = desk.passphrases / "ann"
    content = path.read_bytes()
    path.write_bytes(content.rstrip(b"\n"))
    desk.run("status", "receipts", "--as", "ann")
    path.write_bytes(content + b"\n")
    desk.refuses("status", "receipts", "--as", "ann")


def test_a_passphrase_is_asked_for_when_no_folder_is_named(desk: Desk) -> None:
    secret = (desk.passphrases / "ann").read_text(encoding="utf-8")
    said = desk.run("status", "receipts", "--as", "ann", "--json", typed=secret, BOAPP_PASSPHRASES=None)
    assert said.json["project"] == "receipts"
    assert said.err == "Passphrase of ann: \n"


def test_a_folder_that_is_no_workspace_is_refused(desk: Desk) -> None:
    empty = desk.folder / "empty"
    empty.mkdir()
    for place in (empty, desk.folder / "nowhere"):
        said = desk.refuses("status", "receipts", "--workspace", place)
        assert "or make one with boapp init" in said
    assert not list(empty.iterdir())


def test_a_file_in_place_of_a_workspace_is_misuse(desk: Desk) -> None:
    desk.misused("status", "receipts", "--workspace", desk.file("a-file", "x"))


@pytest.mark.parametrize(
    "content", [b"", b"no database at all" * 1_000, b"SQLite format 3\0" + b"\xff" * 4_096]
)
def test_a_workspace_file_that_is_no_database_is_refused(desk: Desk, content: bytes) -> None:
    (desk.workspace / "boapp.db").write_bytes(content)
    for more in ("-wal", "-shm"):
        (desk.workspace / f"boapp.db{more}").unlink(missing_ok=True)
    desk.refuses("status", "receipts")


def test_a_local_store_that_is_no_database_is_refused(desk: Desk) -> None:
    desk.run("status", "receipts")
    for store in desk.home.rglob("*.db"):
        store.write_bytes(b"no database at all" * 1_000)
    desk.refuses("status", "receipts")


def test_the_workspace_of_another_organisation_is_refused(desk: Desk) -> None:
    elsewhere = desk.folder / "elsewhere"
    desk.run("init", elsewhere / "workspace", BOAPP_HOME=str(elsewhere / "home"))
    said = desk.refuses("status", "receipts", "--workspace", elsewhere / "workspace")
    assert "This workstation is not enrolled" in said
    assert "Set BOAPP_HOME" in said


def test_a_workspace_put_in_the_place_of_another_is_noticed(desk: Desk) -> None:
    desk.run("init", desk.folder / "other")
    shutil.copy(desk.folder / "other" / "boapp.db", desk.folder / "kept")
    said = desk.refuses("status", "receipts", "--workspace", desk.folder / "other")
    assert "You know no project called receipts." in said


def test_a_workspace_set_back_to_an_older_state_is_noticed(desk: Desk) -> None:
    kept = desk.folder / "kept.db"
    shutil.copy(desk.workspace / "boapp.db", kept)
    desk.run("project", "people", "receipts", "--remove", "ann")
    shutil.copy(kept, desk.workspace / "boapp.db")
    desk.refuses("status", "receipts")


@pytest.mark.parametrize("damage", [b"", b"{}", b"\xff", b'{"org": "x", "roots": []}'])
def test_a_damaged_enrolment_is_refused(desk: Desk, damage: bytes) -> None:
    (enrolment,) = desk.home.rglob("enrolment.json")
    enrolment.write_bytes(damage)
    assert "Enrol it again." in desk.refuses("status", "receipts")


def test_a_missing_or_damaged_site_secret_is_refused(desk: Desk) -> None:
    (secret,) = (desk.home / "site-secrets").iterdir()
    secret.write_bytes(b"damaged")
    secret.chmod(0o600)
    assert "no usable site secret" in desk.refuses("status", "receipts")
    secret.unlink()
    assert "not enrolled for this organisation" in desk.refuses("status", "receipts")


@pytest.mark.parametrize(
    "words", ["report discrepancies receipts --csv OUT", "export receipts --format csv -o OUT"]
)
def test_a_place_that_cannot_be_written_is_refused(desk: Desk, words: str) -> None:
    places = [desk.folder / "no such folder" / "out", desk.file("a-file", "x") / "out", Path("/proc/out")]
    if os.geteuid():
        locked = desk.folder / "locked"
        locked.mkdir(mode=0o500)
        places.append(locked / "out")
    for out in places:
        said = desk.refuses(*(str(out) if word == "OUT" else word for word in words.split()), "--as", "sue")
        assert "Name another place." in said


def test_home_in_a_place_that_cannot_hold_it_is_refused(bare: Desk) -> None:
    a_file = str(bare.file("a-file", "x"))
    bare.refuses("init", bare.workspace, BOAPP_HOME=a_file)


def test_home_that_is_a_file_is_refused(desk: Desk) -> None:
    desk.refuses("status", "receipts", BOAPP_HOME=str(desk.file("a-file", "x")))


def test_a_person_may_not_do_what_is_not_hers(desk: Desk) -> None:
    (scan,) = desk.scans("new.png")
    values, out = desk.csv("values.csv", [receipt("page-001.png")]), desk.folder / "out"
    taking = ("intake", "receipts", "--batch", "b", scan)
    keying = ("key", "receipts", "--from", values)
    resolving = ("resolve", "receipts", "--from", values)
    settling, reporting = ("settle", "receipts"), ("report", "discrepancies", "receipts", "--csv", out)
    exporting = ("export", "receipts", "--format", "csv", "-o", out)
    holding = (resolving, settling, reporting, exporting)
    forbidden = {
        "ann": (taking, *holding),
        "bob": (taking, *holding[1:]),
        "admin": (keying, *holding),
        "adj": (taking, keying),
        "sue": (keying,),
    }
    for person, commands in forbidden.items():
        for words in commands:
            said = desk.refuses(*words, "--as", person)
            assert "You may not" in said
            assert "That needs the role" in said
    assert not out.exists()


def test_an_installed_command_ends_with_the_same_statuses(tmp_path: Path) -> None:
    station = command_line(tmp_path / "station")
    assert station.run("--version").err == ""
    refused = station.run("project", "add", "x", "--form", RECEIPT_FORM, status=1)
    assert refused.err.startswith("boapp: ")
    assert "No such option" in station.run("status", "x", "--nothing", status=2).err
