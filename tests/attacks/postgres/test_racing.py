"""Many at once: 32 connections, 200 documents, both passes. Nothing twice, nothing lost, nobody stuck."""

import os
import random
import threading
import time
from collections import Counter
from typing import Any

import psycopg

from boapp.crypto.envelope import new_id
from boapp.crypto.framing import lp, u32, u64
from boapp.crypto.passphrase import scram_verifier
from boapp.shareddb.postgres import connect
from boapp.shareddb.postgres_setup import Login, add_login
from tests.attacks.tools import FULL
from tests.moved import MovedScene

CONNECTIONS, PEOPLE = 32, 8
DOCUMENTS = 200 if FULL else 60
PATIENCE_SECONDS = 120
VERIFIER = scram_verifier("racing", bytes(16))


def fill(boss: psycopg.Connection, project: bytes) -> None:
    """Put copies of the first document into the queue; what they mean is nobody's concern here."""
    boss.execute("DELETE FROM claim")
    boss.execute(
        "INSERT INTO document (id, project, batch, stage, intake, meta_epoch, meta) "
        "SELECT uuid_send(gen_random_uuid()), project, batch, 'first', intake, meta_epoch, meta "
        "FROM (SELECT * FROM document WHERE project = %s LIMIT 1) AS one, generate_series(1, %s)",
        (project, DOCUMENTS),
    )
    boss.execute(
        "DELETE FROM document WHERE position <= (SELECT max(position) - %s FROM document)", (DOCUMENTS,)
    )


def hire(scene: MovedScene) -> dict[str, bytes]:
    """Make people who may key either pass, each with four logins; return the logins."""
    people = [os.urandom(16) for _ in range(PEOPLE)]
    logins = {f"bo_racer_{n}": people[n % PEOPLE] for n in range(CONNECTIONS)}
    with scene.boss() as boss:
        for person in people:
            roles = "operator second-keyer"
            boss.execute("INSERT INTO member VALUES (%s, %s, %s)", (scene.project, person, roles))
        fill(boss, scene.project)
    with scene.moved.superuser() as boss:
        for role, person in logins.items():
            add_login(boss, Login(role, person, VERIFIER))  # type: ignore[arg-type]
    return logins


def manifest(scene: MovedScene, person: bytes, document: bytes, fence: bytes) -> bytes:
    """Return a manifest that no reader would believe, with all that the database reads of it."""
    ids = (bytes(16), scene.project, document, new_id(), person, bytes(16))
    context = lp(b"boapp1", b"\1", *ids, u32(1), u32(1), bytes(32), bytes(32))
    hashes = (bytes(32), bytes(32), bytes(32), b"")
    rest = (bytes(16), u64(1), bytes(32), b"", u64(1), b"")
    return lp(context, *hashes, b"all", b"keyed", b"0", fence, *rest)


def key_until_nothing_is_left(scene: MovedScene, role: str, person: bytes, done: list[Any]) -> None:
    """Claim and seal, first and second passes by chance, until nobody grants anything for a while."""
    chance, idle = random.Random(role), 0
    db = connect(scene.moved.server.where(scene.moved.database), role, "racing")
    end = time.monotonic() + PATIENCE_SECONDS
    try:
        while idle < 12 and time.monotonic() < end:
            second = chance.random() < 0.5
            granted = db.execute("SELECT * FROM api.claim(%s, %s, NULL)", (scene.project, second)).fetchone()
            if granted is None:
                idle += 1
                time.sleep(0.01)
                continue
            idle = 0
            signed = manifest(scene, person, granted.document, granted.fence)
            told = db.execute(
                "SELECT api.seal(%s, %s, 'blob', 'boxes', NULL)", (signed, os.urandom(64))
            ).fetchone()
            done.append((person, granted.document, granted.pass_no, told))
    except psycopg.Error as error:
        done.append(error)
    finally:
        db.close()


def test_thirty_two_connections_key_every_document_twice_and_nobody_both_times(strict: MovedScene) -> None:
    logins, done = hire(strict), []  # type: ignore[var-annotated]
    racers = [
        threading.Thread(target=key_until_nothing_is_left, args=(strict, role, person, done))
        for role, person in logins.items()
    ]
    for racer in racers:
        racer.start()
    for racer in racers:
        racer.join()
    assert [found for found in done if isinstance(found, Exception)] == []
    assert {told[0] for *_, told in done} == {"stored"}
    with strict.boss() as boss:
        passes = boss.execute("SELECT document, slot, person FROM sealed_pass").fetchall()
        claims = boss.execute("SELECT count(*) FROM claim").fetchone()
    assert Counter((d, p) for p, d, *_ in done) == Counter((d, p) for d, _, p in passes)
    assert max(Counter((d, p) for d, _, p in passes).values()) == 1
    assert len({(d, slot) for d, slot, _ in passes}) == len(passes)
    assert claims == (0,)
    assert len(passes) == 2 * DOCUMENTS
    with strict.moved.server.superuser() as boss:
        for role in logins:
            boss.execute(f"DROP ROLE {role}".encode())
