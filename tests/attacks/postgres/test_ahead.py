"""Working ahead on PostgreSQL by raw SQL: nobody gets more by it than by single claims, and nobody waits."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
import pytest
from psycopg import errors

from tests.attacks.postgres.conftest import Target, prepare
from tests.attacks.postgres.test_raw_sql import gives_away
from tests.attacks.tools import claim_raw
from tests.crowd import BOXES, manifest
from tests.moved import MovedScene

AHEAD = "SELECT * FROM api.claim_ahead(%s, %s, %s)"
RENEW, ASSIGNED = "SELECT * FROM api.renew(%s)", "SELECT * FROM api.assigned(%s)"
LESS_THAN_A_SECOND = 1.0
RAN_OUT = "UPDATE claim SET expires_us = 1"


def claimed(scene: MovedScene, code: str, count: int = 1000, *, second: bool = False) -> list[Any]:
    with scene.moved.login(code) as db:
        return db.execute(AHEAD, (scene.project, second, count)).fetchall()


@contextmanager
def left_open(scene: MovedScene, code: str) -> Iterator[psycopg.Connection[Any]]:
    """Connect as somebody who begins a transaction and leaves it open."""
    with scene.moved.login(code) as db:
        db.execute("BEGIN")
        yield db
        db.execute("ROLLBACK")


@contextmanager
def at_once() -> Iterator[None]:
    start = time.perf_counter()
    yield
    assert time.perf_counter() - start < LESS_THAN_A_SECOND


@pytest.mark.parametrize("lease", ["runs", "ran out"])
def test_nobody_is_given_both_passes_of_a_document(release: MovedScene, lease: str) -> None:
    release.key("cleo")
    release.key("ann", 1)
    first = claimed(release, "cleo")
    if lease == "ran out":
        release.edit(RAN_OUT)
    second = claimed(release, "cleo", second=True)
    assert [one.document for one in second] == [release.documents[1]]
    assert not {one.document for one in first} & {one.document for one in second}
    release.edit("UPDATE document SET stage = 'second', first_by = ?", b"somebody else...")
    again = claimed(release, "cleo", second=True)  # however the queue was edited: one claim on each document
    held = [one.document for one in (*first, *second, *again)]
    assert len(held) == len(set(held))


@pytest.mark.parametrize("number", [1, 2])
@pytest.mark.parametrize("code", ["sue", "adj", "aud", "admin"])
def test_whoever_may_claim_nothing_may_claim_nothing_ahead(
    release: MovedScene, code: str, number: int
) -> None:
    release.key("cleo")
    with release.moved.login(code) as db:
        for call in (AHEAD, "SELECT * FROM api.claim(%s, %s, %s::text::bytea)"):
            with pytest.raises(errors.InsufficientPrivilege):
                db.execute(call.encode(), (release.project, number > 1, 1))
    assert release.one("SELECT count(*) FROM claim") == 0


def test_whoever_could_open_a_pass_claims_and_renews_nothing_though_she_keys_here_too(
    release: MovedScene,
) -> None:
    fences = [one.fence for one in claimed(release, "bob", 2)]
    release.edit("UPDATE claim SET expires_us = expires_us - 1000000000")
    before = release.one("SELECT max(expires_us) FROM claim")
    person = release.as_("bob").me.id
    for role in ("adjudicator", "supervisor"):
        release.edit("UPDATE member SET roles = ? WHERE person = ?", f"operator {role} second-keyer", person)
        with release.moved.login("bob") as db:
            for second in (False, True):
                with pytest.raises(errors.InsufficientPrivilege):
                    db.execute(AHEAD, (release.project, second, 1))
            db.execute(RENEW, (fences,))
    assert release.one("SELECT max(expires_us) FROM claim") == before


def test_an_operator_claims_no_second_passes_ahead(release: MovedScene) -> None:
    release.key("cleo")
    with pytest.raises(errors.InsufficientPrivilege):
        claimed(release, "ann", second=True)


WRONG = (
    "api.claim_ahead(%(project)s, true, 0)",
    "api.claim_ahead(%(project)s, true, 1001)",
    "api.claim_ahead(%(project)s, true, NULL)",
    "api.claim_ahead(%(project)s, NULL, 1)",
    "api.claim_ahead(NULL, true, 1)",
    "api.claim_ahead('another project!', true, 1)",
)


def test_all_refusals_of_claims_ahead_are_the_same_to_the_letter(attacked: Target) -> None:
    told = set()
    with attacked.as_bob() as db:
        for call in WRONG:
            with pytest.raises(errors.InsufficientPrivilege) as caught:
                db.execute(f"SELECT * FROM {call}".encode(), {"project": attacked.scene.project})
            diag = caught.value.diag
            told.add((diag.message_primary, diag.message_detail, diag.message_hint, diag.context))
    assert len(told) == 1


@pytest.mark.parametrize("level", ["REPEATABLE READ", "SERIALIZABLE"])
def test_in_a_transaction_that_sees_no_news_nothing_is_claimed_or_renewed(
    release: MovedScene, level: str
) -> None:
    for call, given in ((AHEAD, (release.project, False, 1)), (RENEW, ([],))):
        with left_open(release, "ann") as db:
            db.execute(f"SET TRANSACTION ISOLATION LEVEL {level}".encode())
            with pytest.raises(errors.InsufficientPrivilege):
                db.execute(call.encode(), given)


@pytest.mark.parametrize("fences", [None, [bytes(16)] * 1001])
def test_a_renewal_of_nothing_or_of_too_many_is_refused(attacked: Target, fences: list[bytes] | None) -> None:
    with attacked.as_bob() as db, pytest.raises(errors.InsufficientPrivilege):
        db.execute("SELECT * FROM api.renew(%s::bytea[])", (fences,))


def test_the_fence_of_somebody_else_renews_and_ends_nothing_and_tells_nothing(release: MovedScene) -> None:
    fences = [one.fence for one in claimed(release, "ann")]
    before = release.as_("sue").shared.open_claims(release.project)
    with release.moved.login("bob") as db:
        assert db.execute(RENEW, (fences,)).fetchall() == db.execute(RENEW, ([bytes(16)],)).fetchall() == []
        db.execute("SELECT api.hand_back_all(%s)", (fences,))
    assert release.as_("sue").shared.open_claims(release.project) == before


def test_whoever_lost_her_role_renews_nothing(release: MovedScene) -> None:
    # A claim that she keeps locked outlasts her removal; it must not outlast its lease.
    fences = [one.fence for one in claimed(release, "ann")]
    release.edit("UPDATE claim SET expires_us = expires_us - 1000000000")
    before = release.one("SELECT min(expires_us) FROM claim")
    release.edit("DELETE FROM member WHERE person = ?", release.as_("ann").me.id)
    with release.moved.login("ann") as db:
        db.execute(RENEW, (fences,))
        assert db.execute(ASSIGNED, (release.project,)).fetchall() == []
    assert release.one("SELECT max(expires_us) FROM claim") == before


def test_what_is_assigned_shows_nothing_of_the_first_pass_and_no_fact_but_the_intake(
    release: MovedScene,
) -> None:
    target = prepare(release)
    release.key("ann", 1)
    claimed(release, "cleo", second=True)
    with target.as_bob() as db:
        rows = db.execute(ASSIGNED, (release.project,)).fetchall()
    assert not gives_away(rows, target.secrets)
    assert [(row.claim_document, row.claim_fence) for row in rows] == [
        (target.claim.document, target.claim.fence)
    ]
    assert {row.intake_kind for row in rows} == {"intake"}
    with release.moved.login("sue") as db:
        assert db.execute(ASSIGNED, (release.project,)).fetchall() == []


@pytest.mark.parametrize("call", ["page_size(%s, 1)", "page_part(%s, 1, 0, 8388608)", "page(%s, 1)"])
def test_nobody_reads_a_page_of_a_project_that_she_is_not_in(release: MovedScene, call: str) -> None:
    release.edit(
        "INSERT INTO project (id, mode, epoch, name) SELECT zeroblob(16), mode, epoch, name FROM project"
    )
    release.edit("UPDATE document SET project = zeroblob(16) WHERE id = ?", release.documents[0])
    for document, is_hers in ((release.documents[0], False), (release.documents[1], True), (b"none", False)):
        with release.moved.login("bob") as db:
            row = db.execute(f"SELECT api.{call}".encode(), (document,)).fetchone()
        assert row is not None
        assert (row[0] is not None) is is_hers


# --- nobody waits ---------------------------------------------------------------------------------


def test_claims_ahead_that_are_left_open_keep_others_from_nothing_else(release: MovedScene) -> None:
    release.as_("cleo")
    with left_open(release, "ann") as db:
        rows = db.execute(AHEAD, (release.project, False, 2)).fetchall()
        with at_once():
            others = claimed(release, "cleo")
    assert {one.document for one in others} | {one.document for one in rows} == set(release.documents)


def test_claims_that_their_keyer_keeps_locked_are_passed_over_by_everybody(release: MovedScene) -> None:
    mine = claimed(release, "ann", 2)
    release.edit(RAN_OUT)
    person = release.as_("ann").me.id
    seal = "SELECT api.seal(%s, %s, %s, %s, NULL)"
    signed = manifest(release.project, person, mine[0].document, mine[0].fence)
    fences = [one.fence for one in mine]
    with left_open(release, "ann") as db:
        assert db.execute(seal, (signed, bytes(64), b"blob", BOXES)).fetchone() == ("stored",)
        with at_once(), release.moved.login("ann") as other:
            renewed = other.execute(RENEW, (fences,)).fetchall()
        assert [one.expires_us == 1 for one in renewed] == [True, False]  # told as it stands
        release.edit(RAN_OUT + " WHERE fence = ?", fences[1])
        with at_once():
            taken = claimed(release, "cleo")
        assert mine[0].document not in {one.document for one in taken}
        assert mine[1].document in {one.document for one in taken}


def test_claims_that_are_taken_over_at_this_moment_are_told_as_they_stand(release: MovedScene) -> None:
    mine = claimed(release, "ann", 1)
    release.edit(RAN_OUT)
    with left_open(release, "cleo") as db:
        assert len(db.execute(AHEAD, (release.project, False, 1)).fetchall()) == 1
        with at_once(), release.moved.login("ann") as other:
            (told,) = other.execute(RENEW, ([mine[0].fence],)).fetchall()
        assert told.expires_us == 1
        db.execute("COMMIT")
    with release.moved.login("ann") as other:
        assert other.execute(RENEW, ([mine[0].fence],)).fetchall() == []
    assert claim_raw(release.as_("ann"), release, second=False, number=1) is not None
