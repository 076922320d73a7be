"""What a child does in the fault tests, and what it is told: whole pieces of work through the services.

A child says a line when something became durable, never before; the parent holds it to that. Every value
is made from its document's id, so that a torn or mixed up one is seen at once.
"""

import contextlib
import json
import os
from collections.abc import Callable
from pathlib import Path

import msgspec

from boapp.crypto.sealed_pass import SealedPass
from boapp.domain.ids import DocumentId, PersonId, ProjectId
from boapp.domain.passes import Entry, Method
from boapp.domain.values import Address, Value
from boapp.domain.workflow import Mode
from boapp.doors import database_file
from boapp.errors import Unavailable
from boapp.interchange.values_csv import ValuesRow
from boapp.localdb.store import Cursor
from boapp.services.auditing import verify_project
from boapp.services.carrying import export_outbox, import_outbox
from boapp.services.from_files import resolve_from_file
from boapp.services.intake import take_in
from boapp.services.keying import drafted, put, put_unfinished
from boapp.services.projects import add_project, grant_waiting, remove_member
from boapp.services.queue import Assignment, claim, open_assignments
from boapp.services.sealing import seal
from boapp.services.syncing import send_waiting
from boapp.services.taking_back import open_claims, take_back
from boapp.shareddb.sqlite import SqliteDatabase
from boapp.workspace import Workspace, now_us
from tests.builders import RECEIPT_FORM, House


class Orders(msgspec.Struct, frozen=True):
    """What a child is told on its standard input, as one line; database: that of a server at a port."""

    folder: str
    person: str
    keys: bytes
    task: str
    project: bytes = b""
    words: tuple[str, ...] = ()
    kill_at: str = ""
    occurrence: int = 0
    waits_for_go: bool = False
    port: int = 0
    database: str = ""


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


def half_of(text: str) -> str:
    """Return what is typed of a text when the keyer pauses."""
    return text[: len(text) // 2]


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
    """Key, seal and send one document, telling each durable step."""
    keep_and_seal(ws, work)
    send_waiting(ws)
    say("sent", work.claim.document.hex())


def keep_and_seal(ws: Workspace, work: Assignment) -> None:
    """Key one document into the outbox, telling each durable step."""
    document = work.claim.document
    for field, text in values_of(document).items():
        half = half_of(text)
        put_unfinished(ws, work, Cursor(field, 0, len(half), finished=False), entry(field, half))
        say("kept", document.hex(), field, half)
        put(ws, work, entry(field, text))
        say("kept", document.hex(), field, text)
    sealed = seal(ws, work, tuple(drafted(ws, work).values()), Method.KEYED)
    say("sealed", document.hex(), sealed.read_manifest().context.id.hex())


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


def take_one_back(ws: Workspace, orders: Orders) -> None:
    """Take back whatever is held, for the given reason."""
    begin(ws)
    project = ProjectId(orders.project)
    for held in open_claims(ws, project):
        take_back(ws, project, held.claim.document, orders.words[0])


def carry_away(ws: Workspace, orders: Orders) -> None:
    """Write what waits into the named file."""
    export_outbox(ws, Path(orders.words[0]))


def carry_home(ws: Workspace, orders: Orders) -> None:
    """Bring the named file in, and send it."""
    import_outbox(ws, Path(orders.words[0]))


def meet_full_disk(ws: Workspace, orders: Orders) -> None:
    """Key, seal and send one document, and open the stores, each while the disk is full, then not."""
    project, ballast = ProjectId(orders.project), Ballast(ws.home.parent / "ballast")
    work = claim(ws, project, second=False)
    assert work is not None
    _draft_on_full_disk(ws, work, ballast)
    with ballast:
        until_refused("seal", lambda _turn: seal_drafts(ws, work))
    say("after-seal", f"{len(ws.store.waiting())} waiting", f"{len(drafted(ws, work))} drafts")
    seal_drafts(ws, work)
    with ballast:
        until_refused("send", lambda _turn: send_waiting(ws))
    say("after-send", f"{len(ws.store.waiting())} waiting", f"{len(ws.shared.passes(project))} stored")
    say("sent", *send_waiting(ws))
    ws.close()
    house = House(Path(orders.folder), {orders.person: ws.keys})
    with ballast:
        until_refused("open", lambda _turn: house.as_(orders.person).close())
    opened = house.as_(orders.person)
    audit = verify_project(opened, project)
    say("opened", f"{audit.passes} stored", f"{len(audit.findings)} findings")
    opened.close()


def _draft_on_full_disk(ws: Workspace, work: Assignment, ballast: "Ballast") -> None:
    """Keep values until the disk refuses one, then all of them."""
    kept = {"company": ""}

    def keep(field: str, text: str) -> None:
        put(ws, work, entry(field, text))
        kept[field] = text

    keep("company", "SHOP")
    with ballast:
        until_refused("draft", lambda turn: keep("company", f"SHOP {turn}"))
    lost = {a.field: e.value.text for a, e in drafted(ws, work).items()} != kept
    keep_drafts(ws, work)
    say("after-draft", "something lost" if lost else "nothing lost")


def keep_drafts(ws: Workspace, work: Assignment) -> None:
    """Keep every value of a document and seal none."""
    for field, text in values_of(work.claim.document).items():
        put(ws, work, entry(field, text))


def seal_drafts(ws: Workspace, work: Assignment) -> None:
    """Seal what is kept of a document."""
    seal(ws, work, tuple(drafted(ws, work).values()), Method.KEYED)


def until_refused(what: str, step: Callable[[int], object]) -> None:
    """Do a step until it is refused: a WAL may have some room of its own left."""
    for turn in range(2000):
        try:
            step(turn)
        except Unavailable as refusal:
            say("refused", what, str(refusal))
            return
    raise AssertionError(f"the full disk never stopped the {what}")


def send_at_once(ws: Workspace, orders: Orders) -> None:
    """Send the one waiting pass from many processes at the same moment; each tells the outcome."""
    (waiting,) = ws.store.waiting()
    location, me = ws.location, ws.me.id
    assert isinstance(location, Path)
    ws.close()
    held, start = os.pipe()
    for _ in range(int(orders.words[0])):
        if os.fork() == 0:
            os.close(start)
            _send_when_released(location, me, waiting.data, held)
            os._exit(0)
    os.close(start)  # all of them wait for the end of this pipe
    ends = [os.wait()[1] for _ in range(int(orders.words[0]))]
    assert not any(ends)


def _send_when_released(location: Path, me: PersonId, data: bytes, held: int) -> None:
    shared = SqliteDatabase(database_file(location), me, now_us)
    shared.documents(ProjectId(bytes(16)))
    os.read(held, 1)
    say("outcome", shared.seal(msgspec.msgpack.decode(data, type=SealedPass)))


class Ballast:
    """A file that leaves no byte of its disk free, while entered."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def __enter__(self) -> None:
        with self._path.open("wb", buffering=0) as file:
            for size in (65536, 4096, 1):
                with contextlib.suppress(OSError):
                    while file.write(bytes(size)):
                        pass

    def __exit__(self, *_: object) -> None:
        self._path.unlink()


TASKS: dict[str, Callable[[Workspace, Orders], None]] = {
    function.__name__: function
    for function in (
        key_everything,
        bring_in,
        resolve,
        make_project,
        remove,
        take_one_back,
        carry_away,
        carry_home,
        meet_full_disk,
        send_at_once,
    )
}


def documents_of(ws: Workspace, project: ProjectId) -> list[DocumentId]:
    """Return the documents of a project in their order."""
    return [row.id for row in ws.shared.documents(project)]
