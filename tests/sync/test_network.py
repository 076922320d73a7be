"""A workstation and a real server, and a bad network between: keying does not notice, all arrives once."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from boapp import faultpoints
from boapp.services.syncing import send_all
from boapp.shareddb import postgres_way
from boapp.sync.light import Light, Way
from boapp.sync.watch import one_round, shown
from boapp.workspace import now_us
from tests.moved import MovedScene
from tests.proxy import Proxy, Said, between
from tests.proxy import Way as Line
from tests.sync.conftest import Sit
from tests.sync.station import Station
from ui.way_words import advice_words, way_role, way_words

PATIENCE_SECONDS = 2.0
US = 1_000_000
Break = Callable[[Proxy], None]


@pytest.fixture
def proxy(scene: MovedScene, monkeypatch: pytest.MonkeyPatch) -> Iterator[Proxy]:
    """Return what stands between workstations and the server."""
    monkeypatch.setattr(postgres_way, "SECONDS_TO_CONNECT", PATIENCE_SECONDS)
    with between(scene.moved.server.port) as made:
        yield made


@pytest.fixture
def ann(sit: Sit, proxy: Proxy) -> Station:
    """Return ann at work, with claims and pages for the hours to come."""
    made = sit("ann", port=proxy.port)
    made.round()
    return made


def look(station: Station, before: Light | None = None) -> Light:
    """Go one round, as the courier does; return the light after it."""
    done, failure = one_round(station.courier)
    return shown(station.far, before or Light(), done, failure)


def until_in_step(station: Station, light: Light) -> Light:
    """Go rounds until all is sent; the first finds a lost connection lost."""
    for _ in range(4):
        light = look(station, light)
        if light.way is Way.IN_STEP:
            return light
    raise AssertionError(light)


def key_apart(station: Station, proxy: Proxy, count: int = 2) -> None:
    """Key documents; the network is neither asked nor waited for."""
    before = proxy.connections, proxy.requests
    started = now_us()
    for _ in range(count):
        station.key()
    assert now_us() - started < PATIENCE_SECONDS * US, "keying waits for something"
    assert (proxy.connections, proxy.requests) == before, "keying asks the server"


def stored(scene: MovedScene) -> tuple[int, int]:
    """Return how many passes count, and how many are surplus."""
    return int(str(scene.one("SELECT count(*) FROM sealed_pass"))), int(
        str(scene.one("SELECT count(*) FROM surplus_pass"))
    )


@contextmanager
def at(moment: str, what: Callable[[], object]) -> Iterator[None]:
    """Let something happen, once, when a named moment is reached."""
    left = [what]

    def stop(name: str) -> None:
        if name == moment and left:
            left.pop()()

    faultpoints.plant(stop)
    try:
        yield
    finally:
        faultpoints._planted.remove(stop)


def expect_away(light: Light, waiting: int) -> None:
    assert light.way is Way.AWAY, light
    assert light.waiting == waiting
    later = light.oldest_us / US + 600
    words = way_words(light, later)
    assert words.startswith("Working offline since "), words
    assert words.endswith(f"{waiting} waiting to send · oldest 10 min"), words
    assert way_role(light) == "warn"
    assert "Keep keying" in advice_words(light)


def expect_in_step(light: Light) -> None:
    assert light.way is Way.IN_STEP, light
    assert way_words(light, now_us() / US) == "In step"
    assert advice_words(light) == ""


# --- the network ----------------------------------------------------------------------------------


def _half_open(proxy: Proxy) -> None:
    proxy.way = Line.HALF_OPEN
    proxy.reset_all()


def _resets(proxy: Proxy) -> None:
    proxy.way = Line.RESETS


def _stalls(proxy: Proxy) -> None:
    proxy.way = Line.STALLS


def _slow(proxy: Proxy) -> None:
    proxy.latency = 2.0


BROKEN = {
    "leads nowhere": _half_open,
    "resets": _resets,
    "stalls": _stalls,
    "takes two seconds each way": _slow,
}


@pytest.mark.parametrize("break_", BROKEN.values(), ids=BROKEN)
def test_keying_goes_on_without_the_network_and_all_arrives_once_when_it_is_back(
    ann: Station, scene: MovedScene, proxy: Proxy, break_: Break
) -> None:
    light = look(ann)
    expect_in_step(light)
    break_(proxy)
    key_apart(ann, proxy)
    light = look(ann, light)
    expect_away(light, 2)
    since = light.since_us
    light = look(ann, light)
    assert light.since_us == since
    proxy.heal()
    expect_in_step(until_in_step(ann, light))
    assert stored(scene) == (2, 0)


WHILE_SENDING: dict[str, tuple[Said, int, Line]] = {
    "broken in the request": (Said.REQUESTS, 2000, Line.RESETS),
    "broken before the reply": (Said.REPLIES, 0, Line.RESETS),
    "broken in the reply": (Said.REPLIES, 20, Line.RESETS),
    "silent in the request": (Said.REQUESTS, 2000, Line.STALLS),
    "silent before the reply": (Said.REPLIES, 0, Line.STALLS),
}


@pytest.mark.parametrize(("said", "after", "line"), WHILE_SENDING.values(), ids=WHILE_SENDING)
def test_a_batch_that_is_broken_off_is_sent_again_and_stored_once(
    ann: Station, scene: MovedScene, proxy: Proxy, said: Said, after: int, line: Line
) -> None:
    key_apart(ann, proxy, 3)
    with at("send:begun", lambda: proxy.then.update({said: (after, line)})):
        light = look(ann)
    expect_away(light, 3)
    expected = 3 if said is Said.REPLIES else 0
    assert stored(scene) == (expected, 0), "a batch is all of it or nothing"
    key_apart(ann, proxy, 1)
    proxy.heal()
    expect_in_step(until_in_step(ann, light))
    assert stored(scene) == (4, 0)


def test_a_slow_line_is_used_and_a_batch_takes_one_round_trip(
    ann: Station, scene: MovedScene, proxy: Proxy
) -> None:
    key_apart(ann, proxy, 5)
    proxy.latency = 0.3
    asked: list[int] = []
    with (
        at("send:begun", lambda: asked.append(proxy.requests)),
        at("send:stored", lambda: asked.append(proxy.requests)),
    ):
        expect_in_step(look(ann))
    assert asked[1] - asked[0] == 1
    assert stored(scene) == (5, 0)


@pytest.mark.parametrize("loss", [0.01, 0.25])
def test_a_line_that_loses_now_and_then_brings_everything_once(
    ann: Station, scene: MovedScene, proxy: Proxy, loss: float
) -> None:
    proxy.loss, light = loss, Light()
    for _ in range(5):
        ann.key()
        light = look(ann, light)
    proxy.heal()
    expect_in_step(until_in_step(ann, light))
    assert stored(scene) == (5, 0)


def test_somebody_who_slept_in_the_middle_of_sending_goes_on_where_she_was(
    ann: Station, scene: MovedScene, proxy: Proxy
) -> None:
    key_apart(ann, proxy)
    with at("send:begun", lambda: proxy.then.update({Said.REPLIES: (0, Line.STALLS)})):
        light = look(ann)
    ann.far.now_us = lambda: now_us() + 3 * 3600 * US
    proxy.reset_all()
    words = way_words(light, ann.far.now_us() / US)
    assert words.endswith("2 waiting to send · oldest 3 h"), words
    proxy.heal()
    assert until_in_step(ann, light).waiting == 0
    assert stored(scene) == (2, 0)


# --- the server -----------------------------------------------------------------------------------


@pytest.mark.parametrize("how", ["fast", "immediate"])
def test_a_server_that_restarts_is_found_again_without_anybodys_doing(
    ann: Station, scene: MovedScene, proxy: Proxy, how: str
) -> None:
    server = scene.moved.server
    server.stop(how)
    try:
        key_apart(ann, proxy)
        light = look(ann)
        expect_away(light, 2)
    finally:
        server.start()
    expect_in_step(until_in_step(ann, light))
    assert stored(scene) == (2, 0)


SLEEPS_ONCE = """
CREATE FUNCTION core.sleeps_once() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $$
BEGIN
  IF pg_try_advisory_lock(7) THEN PERFORM pg_sleep(4); END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER sleeps BEFORE INSERT ON core.sealed_pass EXECUTE FUNCTION core.sleeps_once();
"""


def test_a_batch_that_is_sent_again_while_the_server_is_still_at_it_is_stored_once(
    ann: Station, scene: MovedScene, proxy: Proxy
) -> None:
    with scene.moved.superuser() as db:
        db.execute(SLEEPS_ONCE)
    key_apart(ann, proxy)
    light = look(ann)
    expect_away(light, 2)
    for _ in range(8):
        light = look(ann, light)
        if light.way is Way.IN_STEP:
            break
    expect_in_step(light)
    assert light.refused == 0
    assert stored(scene) == (2, 0)


FULL_DISK = """
CREATE FUNCTION core.full() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN RAISE EXCEPTION 'no space left on device' USING ERRCODE = '53100'; END $$;
CREATE TRIGGER full_disk BEFORE INSERT ON core.sealed_pass EXECUTE FUNCTION core.full();
"""


TAKES_NOTHING = {
    "its disk is full": (FULL_DISK, "DROP TRIGGER full_disk ON core.sealed_pass"),
    "it can only be read": (
        "ALTER DATABASE {} SET default_transaction_read_only = on",
        "SET transaction_read_only = off; ALTER DATABASE {} RESET default_transaction_read_only",
    ),
}


@pytest.mark.parametrize(("why", "statements"), TAKES_NOTHING.items(), ids=list(TAKES_NOTHING))
def test_while_it_takes_nothing_in_nothing_leaves_the_outbox(
    ann: Station, scene: MovedScene, proxy: Proxy, why: str, statements: tuple[str, str]
) -> None:
    closes, opens = (one.replace("{}", scene.moved.database).encode() for one in statements)
    with scene.moved.superuser() as db:
        db.execute(closes)
    proxy.reset_all()
    key_apart(ann, proxy)
    light = look(ann, look(ann))
    expect_away(light, 2)
    assert f"takes nothing in at the moment: {why}" in advice_words(light)
    with scene.moved.superuser() as db:
        db.execute(opens)
    proxy.reset_all()
    expect_in_step(until_in_step(ann, light))
    assert stored(scene) == (2, 0)


def _say(scene: MovedScene, statement: str) -> None:
    with scene.moved.server.superuser() as db:
        db.execute(statement.encode())


@pytest.mark.parametrize("connected", [True, False], ids=["under an open connection", "meanwhile"])
@pytest.mark.parametrize(
    ("revision", "advice"),
    [("9999", "Update boapp on this workstation"), ("0001", "Ask the database's administrator")],
    ids=["newer", "older"],
)
def test_to_a_database_of_another_version_nothing_is_sent(
    ann: Station, scene: MovedScene, proxy: Proxy, revision: str, advice: str, *, connected: bool
) -> None:
    before = scene.one("SELECT version_num FROM alembic_version")
    scene.edit("UPDATE alembic_version SET version_num = ?", revision)
    if not connected:
        proxy.reset_all()
    key_apart(ann, proxy)
    light = look(ann, look(ann))
    for _ in range(2):
        light = look(ann, light)
        assert light.way is Way.STOPPED, light
        assert light.waiting == 2
        assert advice in advice_words(light)
        assert way_words(light, now_us() / US).startswith("Not sent since ")
    assert stored(scene) == (0, 0)
    scene.edit("UPDATE alembic_version SET version_num = ?", before)
    expect_in_step(until_in_step(ann, light))
    assert stored(scene) == (2, 0)


@pytest.mark.parametrize("who", ["the courier", "a sign-in that sends something new"])
def test_what_an_older_backup_does_not_know_is_sent_again_once_and_told(
    ann: Station, scene: MovedScene, proxy: Proxy, who: str
) -> None:
    name = scene.moved.database
    _backup(scene, name, f"{name}_before")
    key_apart(ann, proxy, 3)
    light = until_in_step(ann, Light())
    assert stored(scene) == (3, 0)
    _say(scene, f"DROP DATABASE {name} WITH (FORCE)")
    _say(scene, f"ALTER DATABASE {name}_before RENAME TO {name}")
    assert stored(scene) == (0, 0)
    if who == "the courier":
        light = until_in_step(ann, light)
        assert light.again == 3
        assert light.again == look(ann, light).again, "told twice"
    else:
        ann.key()
        proxy.reset_all()
        with pytest.raises(Exception, match="cannot be reached"):
            ann.far.refresh()
        send_all(ann.far)
        assert stored(scene) == (4, 0)
    expect_in_step(until_in_step(ann, light))
    assert stored(scene) == (3 if who == "the courier" else 4, 0)


def _backup(scene: MovedScene, name: str, copy: str) -> None:
    """Copy a database; the server wants nobody connected meanwhile."""
    scene.close()
    _say(scene, f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'")
    _say(scene, f"CREATE DATABASE {copy} TEMPLATE {name}")


# --- the person -----------------------------------------------------------------------------------


def test_with_another_password_nothing_is_sent_and_she_is_told_to_sign_in(
    ann: Station, scene: MovedScene, proxy: Proxy
) -> None:
    _say(scene, "ALTER ROLE bo_ann PASSWORD 'another'")
    proxy.reset_all()
    key_apart(ann, proxy)
    light = look(ann, look(ann))
    _expect_stopped(light)
    assert "Check the code and the passphrase" in advice_words(light)
    assert stored(scene) == (0, 0)


def test_of_somebody_whose_login_was_ended_nothing_is_taken_and_nothing_is_lost(
    ann: Station, scene: MovedScene, proxy: Proxy
) -> None:
    scene.edit("UPDATE login SET blocked = true WHERE role_name = 'bo_ann'")
    key_apart(ann, proxy)
    light = look(ann)
    _expect_stopped(light)
    assert "This login belongs to nobody here. Call your administrator." in advice_words(light)
    scene.edit("UPDATE login SET blocked = false WHERE role_name = 'bo_ann'")
    expect_in_step(until_in_step(ann, light))
    assert stored(scene) == (2, 0)


def _expect_stopped(light: Light) -> None:
    assert light.way is Way.STOPPED, light
    assert (light.waiting, light.refused) == (2, 0)
    assert way_words(light, now_us() / US).startswith("Not sent since ")
    assert way_role(light) == "err"


@pytest.mark.parametrize("days", [1, -1])
def test_a_clock_that_is_a_day_wrong_is_told_and_leases_run_by_the_servers(
    sit: Sit, scene: MovedScene, days: int
) -> None:
    ann = sit("ann")
    off_us = days * 24 * 3600 * US
    ann.near.now_us = ann.far.now_us = lambda: now_us() + off_us
    light = look(ann)
    assert light.clock_is_wrong
    assert abs(light.clock_off_us - off_us) < 60 * US
    ends = [row[4] for row in ann.near.store.reserve.states()]
    assert all(0 < end - now_us() <= 8 * 3600 * US for end in ends)
    ann.key()
    assert until_in_step(ann, light).clock_is_wrong
    assert stored(scene) == (1, 0)
