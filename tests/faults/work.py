"""What a child does in the fault tests, and what it is told: whole pieces of work through the services.

A child says a line when something became durable, never before; the parent holds it to that. Every value
is made from its document's id, so that a torn or mixed up one is seen at once.
"""

import json
import os
from collections.abc import Callable
from pathlib import Path

import msgspec
from boapp.domain.ids import DocumentId, ProjectId
from boapp.domain.passes import Entry, Method
from boapp.domain.values import Address, Value
from boapp.domain.workflow import Mode
from boapp.errors import Unavailable
from boapp.interchange.values_csv import ValuesRow
from boapp.services.from_files import resolve_from_file
from boapp.services.intake import take_in
from boapp.services.keying import drafted, put
from boapp.services.projects import add_project, grant_waiting, remove_member
from boapp.services.queue import Assignment, claim, open_assignments
from boapp.services.sealing import seal
from boapp.services.syncing import send_waiting
from boapp.workspace import Workspace
from tests.builders import RECEIPT_FORM, House


class Orders(msgspec.Struct, frozen=True):
    """What a child is told on its standard input, as one line."""

    folder: str
    person: str
    keys: bytes
    task: str
    project: bytes = b""
    words: tuple[str, ...] = ()
    kill_at: str = ""
    occurrence: int = 0
    waits_for_go: bool = False


def say(*words: str) -> None:
    """Tell the parent one thing, in one write."""
    os.write(1, json.dumps(words).encode() + b"\n")


def begin(ws: Workspace) -> None:
    """Do what every command does first."""
    send_waiting(ws)
    grant_waiting(ws)


def values_of(document: bytes) -> dict[str, str]:
    """Return what stands on a document."""
    mark = document.hex()
    return {
        "company": f"SHOP {mark}",
        "date": f"{1 + document[0] % 28:02}/{1 + document[1] % 12:02}/2019",
        "address": f"{document[2]}, STREET {mark}",
        "total": f"{document[3]}.{document[4] % 100:02}",
    }


def steps_of(document: bytes) -> list[tuple[str, str]]:
    """Return the fields as they are left one after the other; the first one is corrected."""
    return [("company", f"SHOP {document.hex()[:7]}"), *values_of(document).items()]


def entry(field: str, text: str) -> Entry:
    """Return a keyed entry."""
    return Entry(Address(field), Value.of(text))


def key_everything(ws: Workspace, orders: Orders) -> None:
    """Key until the queue is empty; first what was claimed before and is not sealed."""
    project = ProjectId(orders.project)
    begin(ws)
    for work in open_assignments(ws, project):
        key_one(ws, work)
    while (work := claim(ws, project, second=False)) is not None:  # type: ignore[assignment]
        key_one(ws, work)


def key_one(ws: Workspace, work: Assignment) -> None:
    """Key one document, telling each durable step."""
    document = work.claim.document
    for field, text in steps_of(document):
        put(ws, work, entry(field, text))
        say("kept", document.hex(), field, text)
    sealed = seal(ws, work, tuple(drafted(ws, work).values()), Method.KEYED)
    say("sealed", document.hex(), sealed.read_manifest().context.id.hex())
    send_waiting(ws)
    say("sent", document.hex())


def bring_in(ws: Workspace, orders: Orders) -> None:
    """Take the named files into one batch."""
    begin(ws)
    take_in(ws, ProjectId(orders.project), "a batch", [Path(word) for word in orders.words], None)


def resolve(ws: Workspace, orders: Orders) -> None:
    """Resolve the total of the named document as the given text."""
    begin(ws)
    name, text = orders.words
    resolve_from_file(ws, ProjectId(orders.project), [ValuesRow(2, name, {"total": text})])


def make_project(ws: Workspace, orders: Orders) -> None:
    """Add a project of the given name for everybody."""
    begin(ws)
    add_project(ws, orders.words[0], RECEIPT_FORM.read_bytes(), Mode.STRICT, None)


def remove(ws: Workspace, orders: Orders) -> None:
    """Take the named person out of the project."""
    begin(ws)
    remove_member(ws, ProjectId(orders.project), orders.words[0])


def meet_full_disk(ws: Workspace, orders: Orders) -> None:
    """Key, seal, send and open one document while its disk is full, and again with room on it."""
    project, room = ProjectId(orders.project), Ballast(ws.home.parent / "ballast")
    work = claim(ws, project, second=False)
    assert work is not None
    document = work.claim.document
    room.take()
    _until_refused("draft", lambda turn: _keep(ws, work, "company", f"SHOP {turn}"))
    room.give()
    for field, text in values_of(document).items():
        _keep(ws, work, field, text)
    room.take()
    _until_refused("seal", lambda _turn: seal(ws, work, tuple(drafted(ws, work).values()), Method.KEYED))
    say("after-seal", str(len(ws.store.waiting())), str(len(drafted(ws, work))))
    room.give()
    sealed = seal(ws, work, tuple(drafted(ws, work).values()), Method.KEYED)
    say("sealed", document.hex(), sealed.read_manifest().context.id.hex())
    room.take()
    _until_refused("send", lambda _turn: send_waiting(ws))
    say("after-send", str(len(ws.store.waiting())), str(len(ws.shared.passes(project))))
    room.give()
    say("sent", *send_waiting(ws))
    ws.close()
    _open_on_full_disk(ws, room, House(Path(orders.folder), {orders.person: ws.keys}), orders)


def _open_on_full_disk(ws: Workspace, room: "Ballast", house: House, orders: Orders) -> None:
    room.take()
    _until_refused("open", lambda _turn: house.as_(orders.person).close())
    room.give()
    again = house.as_(orders.person)
    say("opened", str(len(again.shared.passes(ProjectId(orders.project)))))
    again.close()
    assert ws.store.engine is not again.store.engine


def _keep(ws: Workspace, work: Assignment, field: str, text: str) -> None:
    put(ws, work, entry(field, text))
    say("kept", work.claim.document.hex(), field, text)


def _until_refused(what: str, step: Callable[[int], object]) -> None:
    for turn in range(2000):
        try:
            step(turn)
        except Unavailable as refusal:
            say("refused", what, str(refusal))
            return
    raise AssertionError(f"the full disk never stopped the {what}")


class Ballast:
    """A file that leaves no byte of its disk free."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def take(self) -> None:
        """Fill the disk."""
        with self._path.open("wb", buffering=0) as file:
            for size in (65536, 4096, 1):
                self._grow(lambda block=bytes(size): file.write(block))  # type: ignore[misc]

    @staticmethod
    def _grow(write: Callable[[], object]) -> None:
        try:
            while True:
                write()
        except OSError:
            return

    def give(self) -> None:
        """Leave room again."""
        self._path.unlink()


TASKS: dict[str, Callable[[Workspace, Orders], None]] = {
    function.__name__: function
    for function in (key_everything, bring_in, resolve, make_project, remove, meet_full_disk)
}


def documents_of(ws: Workspace, project: ProjectId) -> list[DocumentId]:
    """Return the documents of a project in their order."""
    return [row.id for row in ws.shared.documents(project)]
