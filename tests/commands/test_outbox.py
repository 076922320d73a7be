"""boapp outbox: what waits is listed, carried and sent, in words and as JSON."""

from dataclasses import replace
from pathlib import Path

import pytest

from boapp.crypto.facts import FactKind
from boapp.crypto.keychain import Keychain
from boapp.domain.ids import DocumentId
from boapp.domain.passes import Method
from boapp.doors import open_workspace
from boapp.enrolment import enrol, enrolment_of
from boapp.localdb.outbox import Message
from boapp.services.projects import find_project
from boapp.services.queue import claim
from boapp.services.sealing import seal
from boapp.services.syncing import FACT, plain
from boapp.workspace import Workspace
from tests.attacks.tools import Scene, signed_fact
from tests.builders import PASSPHRASE, House, entries, receipt
from tests.commands.desk import Desk


def ann_at(desk: Desk) -> Workspace:
    return open_workspace(desk.home, desk.workspace, "ann", PASSPHRASE)


@pytest.fixture
def waiting(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> Desk:
    """Return a desk at which ann sealed a document that could not be sent."""
    monkeypatch.setenv("DBUS_SESSION_BUS_ADDRESS", "disabled:")
    ws = ann_at(desk)
    work = claim(ws, find_project(ws, "receipts"), second=False)
    assert work is not None
    seal(ws, work, entries(receipt()), Method.KEYED)
    ws.close()
    return desk


def another(desk: Desk) -> Desk:
    """Enrol a second workstation."""
    ws = ann_at(desk)
    made = replace(desk, home=desk.folder / "another home")
    enrol(made.home, enrolment_of(desk.home, ws.org))
    Keychain(made.home).put(ws.org, Keychain(desk.home).get(ws.org))
    ws.close()
    return made


def test_what_waits_is_listed_and_listing_sends_nothing(waiting: Desk) -> None:
    for _ in range(2):
        said = waiting.run("outbox", "list", "--as", "ann")
        assert said.out.startswith("pass          receipts  page-001.png  since 20")
        assert said.out.endswith("1 messages wait.\n")
    (one,) = waiting.run("outbox", "list", "--as", "ann", "--json").json
    assert set(one) == {"kind", "project", "document", "since", "bytes", "refused"}
    assert (one["kind"], one["project"], one["document"]) == ("pass", "receipts", "page-001.png")
    assert waiting.run("outbox", "list", "--as", "bob").out == "Nothing waits.\n"


def test_what_is_exported_is_brought_in_elsewhere_and_is_there_already_when_the_first_sends_it(
    waiting: Desk,
) -> None:
    file = waiting.folder / "carried"
    said = waiting.run("outbox", "export", file, "--as", "ann")
    assert "They wait here as well" in said.out
    assert "there already" in waiting.refuses("outbox", "export", file, "--as", "ann")
    assert "somebody else's" in waiting.refuses("outbox", "import", file, "--as", "bob")
    said = another(waiting).run("outbox", "import", file, "--as", "ann")
    assert said.out.splitlines() == [
        "Brought in 1 messages; 0 of them waited here already.",
        "pass          receipts  page-001.png  sent",
        "Nothing waits any more.",
    ]
    said = waiting.run("outbox", "retry", "--as", "ann", "--json")
    assert [one["outcome"] for one in said.json["tried"]] == ["already"]
    assert said.json["left"] == 0
    again = another(waiting).run("outbox", "import", file, "--as", "ann", "--json").json
    assert (again["messages"], again["new"], again["retired"]) == (1, 1, 0)
    assert waiting.status("receipts")["stages"]["second"] == 1
    assert "Nothing waits" in waiting.refuses("outbox", "export", file, "--as", "ann")


def test_what_she_exported_is_sent_when_she_gets_new_keys_where_she_never_worked(waiting: Desk) -> None:
    file, officers = waiting.folder / "carried", waiting.home.parent / "officers"
    waiting.run("outbox", "export", file, "--as", "ann")
    for store in waiting.home.rglob("stores/*"):
        store.unlink()
    waiting.passphrase("ann.new", "another passphrase")
    parts = [word for n in (1, 3) for word in ("--part", officers / f"recovery-{n}.txt")]
    assert "the parts of two officers" in waiting.misused("people", "reset", "ann", "--outbox", file)
    said = waiting.run("people", "reset", "ann", *parts, "--outbox", file)
    assert "1 messages of hers were sent." in said.out
    assert waiting.status("receipts")["stages"]["second"] == 1
    assert waiting.run("audit", "verify", "receipts", "--json").json["findings"] == []
    waiting.passphrase("ann", "another passphrase")
    assert "replaced since" in waiting.refuses("outbox", "import", file, "--as", "ann")


def test_a_refused_message_is_told_at_every_retry_with_status_one(waiting: Desk) -> None:
    ws = ann_at(waiting)
    project, gone = find_project(ws, "receipts"), DocumentId(bytes(16))
    house = House(waiting.folder, {})
    fact = signed_fact(
        ws, Scene(house, project, []), FactKind.CONFIRMATION, {"same": True}, (bytes(16),), document=gone
    )
    _, data = plain(fact)
    ws.store.enqueue(project, ws.seen_head, lambda _place: Message(FACT, data, bytes(32)))
    ws.close()
    said = waiting.run("outbox", "retry", "--as", "ann", status=1)
    sent, refused, left = said.out.splitlines()
    assert sent.endswith("page-001.png  sent")
    assert f"{gone.hex()}  refused, waits still: This document is not in the shared database." in refused
    assert left == "1 messages wait still."
    (listed,) = waiting.run("outbox", "list", "--as", "ann", "--json").json
    assert listed["refused"].startswith("This document is not in the shared database.")
    assert "bytes  refused: This document" in waiting.run("outbox", "list", "--as", "ann").out
    again = waiting.run("outbox", "retry", "--as", "ann", "--json", status=1).json
    assert [one["outcome"] for one in again["tried"]] == ["refused"]


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "no outbox of boapp"),
        (b"document,company\n", "no outbox of boapp"),
        (b"boapp outbox\x02" + bytes(300), "another version"),
        (b"boapp outbox\x01" + bytes(300), "damaged"),
    ],
)
def test_what_is_no_outbox_is_refused_in_words(desk: Desk, content: bytes, words: str) -> None:
    file = desk.file("carried", content)
    assert words in desk.refuses("outbox", "import", file, "--as", "ann")
    assert "cannot be read" in desk.refuses("outbox", "import", Path("missing"), "--as", "ann")
