"""boapp claims, boapp take-back: who holds what, and a claim that a supervisor ends with a reason."""

from datetime import UTC, datetime, timedelta

import pytest

from boapp.domain.ids import ProjectId
from boapp.doors import open_door
from boapp.services.projects import project_names
from boapp.services.queue import claim
from tests.builders import PASSPHRASE
from tests.commands.desk import Desk, receipt


def hold(desk: Desk, code: str = "ann") -> None:
    """Let somebody claim the first document that waits."""
    ws = open_door(desk.home, desk.workspace).unlock(code, PASSPHRASE)
    try:
        project = next(p for p, name in project_names(ws).items() if name == "receipts")
        assert claim(ws, ProjectId(project), second=False) is not None
    finally:
        ws.close()


def claims(desk: Desk) -> list[dict[str, object]]:
    found = desk.run("claims", "receipts", "--as", "sue", "--json").json
    assert isinstance(found, list)
    return found


def test_claims_are_listed_in_words_and_as_json(desk: Desk) -> None:
    assert desk.run("claims", "receipts", "--as", "sue").out == "Nothing is being keyed.\n"
    hold(desk)
    hold(desk, "cleo")
    first, second, last = desk.run("claims", "receipts", "--as", "sue").out.splitlines()
    assert first.startswith("page-001.png  first  ann  since 20")
    assert second.startswith("page-002.png  first  cleo  since 20")
    assert last == "2 documents are held."
    one, _ = claims(desk)
    assert [one[name] for name in ("document", "pass", "person", "expired")] == [
        "page-001.png",
        1,
        "ann",
        False,
    ]
    since, expires = (datetime.fromisoformat(str(one[name])) for name in ("since", "expires"))
    assert expires - since == timedelta(hours=8)
    assert timedelta(0) <= datetime.now(UTC) - since < timedelta(minutes=5)


def test_a_document_is_taken_back_by_name_and_waits_again(desk: Desk) -> None:
    hold(desk)
    said = desk.run("take-back", "receipts", "page-001", "--reason", "she is ill", "--as", "sue")
    assert said.out == (
        "Took page-001.png back from ann. Her draft stays with her, and the document waits again.\n"
    )
    assert claims(desk) == []
    assert desk.key("receipts", "cleo", [receipt("page-001.png")])["sealed"] == ["page-001.png"]
    project = desk.run("status", "receipts", "--json").json["id"]
    assert desk.run("audit", "verify", project, "--as", "aud").out.endswith(": 0 findings.\n")


def test_it_says_as_json_whose_it_was(desk: Desk) -> None:
    hold(desk)
    words = ("take-back", "receipts", "page-001.png", "--reason", "she is ill", "--as", "sue", "--json")
    told = desk.run(*words).json
    assert (told["document"], told["pass"], told["person"]) == ("page-001.png", 1, "ann")


@pytest.mark.parametrize("code", ["ann", "bob", "adj", "admin"])
def test_only_a_supervisor_may(desk: Desk, code: str) -> None:
    hold(desk)
    for words in (("claims", "receipts"), ("take-back", "receipts", "page-001.png", "--reason", "x")):
        said = desk.refuses(*words, "--as", code)
        assert "You may not take claims back in this project." in said
        assert "supervisor" in said
    assert len(claims(desk)) == 1


def test_what_nobody_holds_or_nobody_knows_is_told(desk: Desk) -> None:
    said = desk.refuses("take-back", "receipts", "page-001.png", "--reason", "x", "--as", "sue")
    assert "Nobody holds this document now." in said
    said = desk.refuses("take-back", "receipts", "nothing.png", "--reason", "x", "--as", "sue")
    assert "No document of this name is in the project." in said


def test_a_reason_must_say_something(desk: Desk) -> None:
    hold(desk)
    said = desk.refuses("take-back", "receipts", "page-001.png", "--reason", " ", "--as", "sue")
    assert "A reason has 1 to 500 printable characters." in said
    assert len(claims(desk)) == 1
