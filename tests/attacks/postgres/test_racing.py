"""Many at once: 32 connections, 200 documents, both passes. Nothing twice, nothing lost, nobody stuck."""

import os
import random
import threading
import time
from collections import Counter
from typing import Any

import psycopg

from boapp.shareddb.postgres import connect
from tests.attacks.tools import FULL
from tests.crowd import BOXES, PASSWORD, dismiss, fill, hire, manifest
from tests.moved import MovedScene

CONNECTIONS, PEOPLE = 32, 8
DOCUMENTS = 200 if FULL else 60
PATIENCE_SECONDS = 120


def key_until_nothing_is_left(scene: MovedScene, role: str, person: bytes, done: list[Any]) -> None:
    """Claim and seal, first and second passes by chance, until nobody grants anything for a while."""
    chance, idle = random.Random(role), 0
    db = connect(scene.moved.server.where(scene.moved.database), role, PASSWORD)
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
            signed = manifest(scene.project, person, granted.document, granted.fence)
            told = db.execute(
                "SELECT api.seal(%s, %s, 'blob', %s, NULL)", (signed, os.urandom(64), BOXES)
            ).fetchone()
            done.append((person, granted.document, granted.pass_no, told))
    except psycopg.Error as error:
        done.append(error)
    finally:
        db.close()


def test_thirty_two_connections_key_every_document_twice_and_nobody_both_times(strict: MovedScene) -> None:
    fill(strict, DOCUMENTS)
    logins = hire(strict, PEOPLE, CONNECTIONS)
    done: list[Any] = []
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
    dismiss(strict, logins)
