"""The courier's real process beside a real server: it carries, ends, is begun anew, and keeps its keys."""

import base64
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import msgspec
import pytest

from boapp.faults import MOST_REPORTS, report_fault
from boapp.sync import process
from boapp.sync.light import Light, Way
from boapp.sync.process import CourierProcess
from boapp.sync.talk import MOST
from boapp.sync.watch import Report
from tests.builders import House
from tests.site import Site
from tests.sync.sitting import Sitting, state_of, stored, until

SOON_SECONDS = 10.0
"""Half of what a courier waits when nobody says that something was sealed."""
END_SECONDS = 8.0
ASLEEP_SECONDS = 3.0


@pytest.fixture
def ann(site: Site) -> Iterator[Sitting]:
    with Sitting(site, "ann") as sitting:
        yield sitting


def linux_only() -> None:
    if sys.platform != "linux":
        pytest.skip("needs the files under /proc")


# --- carrying -------------------------------------------------------------------------------------


def test_it_reports_and_brings_documents_and_sends_what_is_sealed_soon_after_it_is_told(
    ann: Sitting, site: Site
) -> None:
    assert ann.way is Way.IN_STEP
    assert ann.reports[0].changed
    keyed = ann.key(2)
    assert ann.waiting() == 2
    ann.courier.sealed()
    assert until(lambda: not ann.waiting()) < SOON_SECONDS
    assert stored(site) == sorted(keyed)
    until(lambda: ann.reports[-1].light.ready == 5)


def test_what_was_sealed_last_is_sent_when_the_window_is_closed(ann: Sitting, site: Site) -> None:
    keyed = ann.key(2)
    ann.courier.close()
    assert stored(site) == sorted(keyed)
    assert ann.waiting() == 0


# --- ending ---------------------------------------------------------------------------------------


def test_it_ends_with_its_pipe_and_leaves_nothing_of_itself(ann: Sitting) -> None:
    pid = ann.pid
    ann.courier.close()
    assert state_of(pid) == ""
    ann.courier.close()
    ann.courier.sealed()
    ann.courier.try_now()


def test_it_ends_within_seconds_while_the_server_is_silent(ann: Sitting, site: Site) -> None:
    keyed, pid = ann.key(), ann.pid
    with silent(site, "ann"):
        ann.courier.try_now()
        time.sleep(0.5)
        begun = time.monotonic()
        ann.courier.close()
        assert time.monotonic() - begun < END_SECONDS
        assert state_of(pid) == ""
    assert [message.kind for message in ann.near.store.waiting()] in ([], ["pass"])
    with Sitting(site, "ann") as again:
        until(lambda: not again.waiting())
    assert stored(site) == keyed


@contextmanager
def silent(site: Site, code: str) -> Iterator[None]:
    """Let the server's processes that serve somebody stop without a word."""
    assert site.server is not None
    with site.server.superuser() as db:
        rows = db.execute(
            "SELECT pid FROM pg_stat_activity WHERE datname = %s AND usename LIKE %s",
            (site.database, f"%\\_{code}"),
        ).fetchall()
    pids = [int(row[0]) for row in rows]
    assert pids
    for pid in pids:
        os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        for pid in pids:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGCONT)


def test_a_window_that_is_killed_takes_its_courier_with_it(site: Site) -> None:
    program = (
        "import sys, time\n"
        "from pathlib import Path\n"
        "from boapp.address import read_place\n"
        "from boapp.doors import open_workspace\n"
        "from boapp.sync.process import CourierProcess\n"
        "from tests.builders import PASSPHRASE\n"
        "ws = open_workspace(Path(sys.argv[1]), read_place(sys.argv[2]), 'ann', PASSPHRASE)\n"
        "courier = CourierProcess(ws, lambda report: print(courier.pid, flush=True))\n"
        "time.sleep(600)\n"
    )
    words = [sys.executable, "-c", program, str(site.desk().home), str(site.address)]
    root = Path(__file__).resolve().parents[2]
    with subprocess.Popen(words, cwd=root, stdout=subprocess.PIPE, text=True) as window:
        assert window.stdout is not None
        pid = int(window.stdout.readline())
        window.kill()
        until(lambda: state_of(pid) in {"", "Z"}, END_SECONDS)  # whoever adopted it may be slow to bury it


# --- begun anew -----------------------------------------------------------------------------------


def test_one_that_was_killed_is_begun_anew_and_nothing_is_lost(ann: Sitting, site: Site) -> None:
    keyed = ann.key(2)
    ann.courier.sealed()
    killed = ann.signal(signal.SIGKILL)
    keyed += ann.key(2)
    until(lambda: ann.way is Way.AWAY)
    assert "started again" in ann.reports[-1].light.title
    until(lambda: ann.way is Way.IN_STEP)
    assert ann.pid != killed
    until(lambda: not ann.waiting())
    assert stored(site) == sorted(keyed)
    assert state_of(killed) == ""


def test_one_that_slept_in_the_middle_of_sending_goes_on(ann: Sitting, site: Site) -> None:
    keyed = ann.key(5)
    ann.courier.sealed()
    time.sleep(0.03)
    pid = ann.signal(signal.SIGSTOP)
    time.sleep(ASLEEP_SECONDS)
    ann.signal(signal.SIGCONT)
    until(lambda: not ann.waiting())
    assert ann.pid == pid
    assert stored(site) == sorted(keyed)


def test_a_login_that_was_ended_stops_it_and_what_was_sealed_stays(ann: Sitting, site: Site) -> None:
    keyed = ann.key(2)
    site.desk().run("people", "revoke", "ann", "--reason", "moved", *site.dba)
    ann.courier.sealed()
    until(lambda: ann.way is Way.STOPPED)
    assert ann.reports[-1].light.title
    assert ann.waiting() == len(keyed)
    assert stored(site) == []


def test_one_that_cannot_begin_says_why_and_is_tried_again_at_longer_and_longer_intervals(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    pauses: list[int] = []

    def pause(failures: int, _chance: float) -> float:
        pauses.append(failures)
        return 0.01

    monkeypatch.setattr(process, "pause", pause)
    ws = site.as_("ann")
    reports: list[Report] = []
    people = next(site.desk().home.rglob("people.msgpack"))
    people.write_bytes(b"\xc1")
    courier = CourierProcess(ws, reports.append)
    until(lambda: len(reports) == 2)
    courier.close()
    assert {report.light.way for report in reports} == {Way.STOPPED}
    assert "damaged" in reports[-1].light.title
    assert pauses[:1] == [1]
    assert pauses == sorted(set(pauses))
    ws.close()


FAULTY = """
from boapp.sync import worker
def watch(ws, *_arguments):
    keyed = "4711"
    raise ValueError(keyed)
worker.watch = watch
worker.main()
"""


def test_one_with_a_fault_leaves_a_report_that_names_the_place_and_nothing_that_was_keyed(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    def launched() -> subprocess.Popen[bytes]:
        pipe, way = subprocess.PIPE, os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
        return subprocess.Popen([sys.executable, "-c", FAULTY], stdin=pipe, stdout=pipe, env=way)

    monkeypatch.setattr(process, "_launched", launched)
    ws = site.as_("ann")
    reports: list[Report] = []
    courier = CourierProcess(ws, reports.append)
    until(lambda: reports != [])
    courier.close()
    ws.close()
    assert reports[0].light.way is Way.AWAY
    words = next((ws.home / "reports").iterdir()).read_text()
    assert words.startswith("ValueError\n")
    assert "in watch" in words
    assert "4711" not in words


def test_of_reports_the_newest_are_kept(tmp_path: Path) -> None:
    for number in range(MOST_REPORTS + 5):
        Path(tmp_path, "reports").mkdir(exist_ok=True)
        Path(tmp_path, "reports", f"20200101-{number:06}.txt").write_text("ValueError")
    newest = report_fault(tmp_path, (None, None, None))
    kept = sorted(Path(tmp_path, "reports").iterdir())
    assert len(kept) == MOST_REPORTS
    assert kept[0].name == "20200101-000006.txt"
    assert kept[-1] == newest


# --- what it says ---------------------------------------------------------------------------------


def frame(data: bytes) -> bytes:
    return len(data).to_bytes(4, "big") + data


GARBAGE = {
    "nothing": b"",
    "a cut length": b"\x00\x00",
    "a huge length": (MOST + 1).to_bytes(4, "big") + bytes(1000),
    "the largest length and little": MOST.to_bytes(4, "big") + bytes(1000),
    "a cut frame": frame(msgspec.msgpack.encode(Report(Light())))[:-1],
    "no MessagePack": frame(b"\xc1"),
    "too deep": frame(b"\x81\xa1x" + b"\x91" * 100_000),
    "another type": frame(msgspec.msgpack.encode({"light": 5})),
    "no such way": frame(msgspec.msgpack.encode({"light": {"way": "onward"}})),
    "text that is none": frame(b"\x81\xa5light\x81\xa5title\xa2\xff\xff"),
    "a traceback": b"Traceback (most recent call last):\n",
}


@pytest.mark.parametrize("garbage", list(GARBAGE.values()), ids=list(GARBAGE))
def test_one_that_talks_nonsense_is_ended_and_begun_anew(
    garbage: bytes, ann_asleep: Callable[[], CourierProcess], begun: list[int], reports: list[Report]
) -> None:
    Path("garbage").write_bytes(garbage)
    courier = ann_asleep()
    until(lambda: len(begun) > 2)
    courier.close()
    assert {report.light.way for report in reports} == {Way.AWAY}
    assert [state_of(pid) for pid in begun] == [""] * len(begun)


@pytest.fixture
def begun() -> list[int]:
    """Return the numbers of the processes that were begun."""
    return []


@pytest.fixture
def reports() -> list[Report]:
    return []


@pytest.fixture
def ann_asleep(
    house: House, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, begun: list[int], reports: list[Report]
) -> Callable[[], CourierProcess]:
    """Return what begins a courier whose program says what stands in a file."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(process, "pause", lambda *_: 0.01)
    program = "import sys; sys.stdout.buffer.write(open('garbage', 'rb').read())"

    def launched() -> subprocess.Popen[bytes]:
        pipe = subprocess.PIPE
        made = subprocess.Popen([sys.executable, "-c", program], stdin=pipe, stdout=pipe)
        begun.append(made.pid)
        return made

    monkeypatch.setattr(process, "_launched", launched)
    return lambda: CourierProcess(house.as_("ann"), reports.append)


# --- what it keeps to itself ----------------------------------------------------------------------


def test_keys_and_passwords_are_in_no_argument_and_no_variable_and_no_core_dump(ann: Sitting) -> None:
    linux_only()
    keys, password = ann.ws.keys.to_bytes(), ann.ws.db_password.encode()
    secrets = (keys, keys.hex().encode(), base64.b64encode(keys), password)
    assert password
    here = Path(f"/proc/{ann.pid}")
    shown = (here / "cmdline").read_bytes()
    with suppress(PermissionError):  # then nobody reads it
        shown += (here / "environ").read_bytes()
    assert b"boapp.sync.worker" in shown
    assert not [secret for secret in secrets if secret in shown or secret[:16] in shown]
    (core,) = [line for line in (here / "limits").read_text().splitlines() if "core file" in line]
    assert core.split()[4] == "0"
