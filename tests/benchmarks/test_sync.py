"""A working day without the network: how many round trips bring it to the server, at what cost.

The floor is COPY of the same bytes into a bare table with the same two keys. The product's way begins at the
outbox on disk (decrypted, batched, sent, settled there) and ends when that is empty.
"""

import time
from collections.abc import Iterator
from pathlib import Path
from statistics import median

import msgspec
import pytest

from boapp.crypto.sealed_pass import SealedPass
from boapp.domain.passes import Method
from boapp.domain.settings import CLAIMS_AHEAD, OPEN_CLAIMS
from boapp.domain.workflow import Mode
from boapp.services import sealing
from boapp.services.projects import change_setting
from tests.attacks.tools import Scene
from tests.benchmarks.ratios import FULL
from tests.benchmarks.sitting import form_of_thirty
from tests.benchmarks.test_backlog import BARE
from tests.builders import House, add_project, entries, take_in_pages
from tests.moved import MovedScene, move, queue_anew
from tests.postgres import Server
from tests.proxy import between
from tests.sync.station import Station

DOCUMENTS = 400 if FULL else 40
FIELDS = 30
LATENCY_SECONDS = 0.05
MOST_TRIPS = 10
PARTS = 4
SHARE_NOW = 0.15 if FULL else 0.03
"""Of COPY's rate, a whole round around so many passes: version, list of people, decrypting, settling on disk.
What the server does of it is held to its goal in `test_backlog`."""


@pytest.fixture(scope="module")
def day(
    founded_house: House, server: Server, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[MovedScene]:
    """Return a project of forms with thirty fields, and a day's documents in it."""
    house = founded_house.copy(tmp_path_factory.mktemp("day") / "house")
    project = add_project(house, Mode.STRICT, form_of_thirty())
    scene = Scene(house, project, take_in_pages(house, project, DOCUMENTS))
    for key in (OPEN_CLAIMS, CLAIMS_AHEAD):
        change_setting(scene.as_("admin"), project, key, DOCUMENTS)
    made = move(scene, server, tmp_path_factory.mktemp("day moved") / "house")
    yield made
    made.close()


def key(ann: Station, count: int) -> None:
    """Key and seal so many of what is here."""
    for _ in range(count):
        work = ann.take()
        assert work is not None
        values = {field.key: f"words of {field.key}" for field in work.form.asked(work.asked)}
        sealing.seal(ann.near, work, entries(values), Method.KEYED)


def test_a_day_offline_is_sent_in_few_round_trips(day: MovedScene, server: Server, tmp_path: Path) -> None:
    with between(server.port) as line:
        ann = Station(day, tmp_path / "home", "ann", line.port)
        ann.round()
        key(ann, DOCUMENTS)
        assert ann.waiting() == DOCUMENTS
        line.latency, before = LATENCY_SECONDS / 2, line.requests
        started = time.perf_counter()
        done = ann.round(ahead=False)
        far = time.perf_counter() - started
        trips = line.requests - before
        ann.close()
    assert len(done.sent.outcomes) == DOCUMENTS
    print(f"\n{DOCUMENTS} passes of {FIELDS} fields: {trips} round trips, {far:.2f} s over 50 ms")
    assert trips <= MOST_TRIPS


def test_bringing_it_costs_little_more_than_copying_the_same_bytes(
    day: MovedScene, server: Server, tmp_path: Path
) -> None:
    copied = day.copy(tmp_path / "copied")
    with copied.boss() as boss:  # as before the day: nothing of it is there
        boss.execute("DELETE FROM sealed_pass")
        boss.execute("DELETE FROM claim")
        boss.execute("UPDATE document SET stage = 'first', first_by = NULL")
        queue_anew(boss)
    ann = Station(copied, tmp_path / "home", "ann", server.port)
    ann.round()
    products, floors = [], []
    for _ in range(PARTS):
        key(ann, DOCUMENTS // PARTS)
        passes = [msgspec.msgpack.decode(m.data, type=SealedPass) for m in ann.near.store.waiting()]
        floors.append(min(_copied(copied, passes) for _ in range(2)))
        started = time.perf_counter()
        ann.round(ahead=False)
        products.append(time.perf_counter() - started)
    ann.close()
    copied.close()
    copied.moved.drop()
    share = median(floors[1:]) / median(products[1:])  # the first of them warms both up
    print(f"\nfrom the outbox on disk: {share:.2f} of COPY's rate")
    assert share >= SHARE_NOW


def _copied(scene: MovedScene, passes: list[SealedPass]) -> float:
    """Return how many seconds COPY takes for the same bytes, in one transaction."""
    with scene.boss() as boss:
        boss.execute("DROP TABLE IF EXISTS bare_row")
        boss.execute(BARE)
        contexts = [one.read_manifest().context for one in passes]
        started = time.perf_counter()
        with boss.cursor().copy("COPY bare_row FROM STDIN (FORMAT BINARY)") as into:
            into.set_types(["bytea", "bytea", "int2", *["bytea"] * 5, "int8"])
            for one, ctx in zip(passes, contexts, strict=True):
                boxes = msgspec.msgpack.encode(one.boxes)
                row = (ctx.id, ctx.document, 1, ctx.author, one.manifest, one.signature, one.blob, boxes, 0)
                into.write_row(row)
        return time.perf_counter() - started
