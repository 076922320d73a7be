"""Batches sent with psql: they seal nothing, show nothing and hold up nobody beyond what single calls do."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import psycopg
import pytest
from psycopg import errors

from boapp.crypto.envelope import new_id
from boapp.crypto.sealed_pass import SealedPass
from boapp.domain.ids import Fence, ProjectId
from boapp.domain.passes import Asked
from boapp.shareddb.postgres_sending import SEND, sent
from boapp.shareddb.protocol import MOST_SENT, Signed
from tests.attacks.postgres.conftest import Target, prepare
from tests.attacks.postgres.test_flow import (
    SAVEPOINTS,
    claim,
    junk,
    open_transaction,
    seal_and_roll_back,
    timed,
)
from tests.attacks.postgres.test_raw_sql import gives_away
from tests.attacks.tools import forged_pass
from tests.moved import MovedScene


def send(db: psycopg.Connection[Any], messages: Sequence[Signed]) -> list[str]:
    """Send messages past the program; return the words that come back."""
    row = db.execute(SEND, sent(messages)).fetchone()
    assert row is not None
    words: list[str] = row[0]
    return words


@pytest.mark.parametrize("before", SAVEPOINTS, ids=["plain", "in a savepoint", "in two"])
def test_a_batch_that_could_still_be_rolled_back_shows_nothing(
    release: MovedScene, before: tuple[str, ...]
) -> None:
    seal_and_roll_back(release, before, lambda db, sealed: send(db, [sealed])[0])


def test_what_is_told_says_nothing_of_what_is_there(release: MovedScene) -> None:
    target = prepare(release)
    bob, stale = release.as_("bob"), Fence(new_id())

    def tries(number: int) -> list[Signed]:
        """Return what he may try at a document: another's name, a stale fence, somebody else's project."""
        made = [
            forged_pass(bob, release, stale, number=number, asked=Asked.ALL, author="ann"),
            forged_pass(bob, release, stale, number=number, asked=Asked.ALL, k1=True),
            forged_pass(bob, release, stale, number=number, project=ProjectId(bytes(16))),
        ]
        return [*made, SealedPass(b"\xff" * 300, bytes(64), b"", made[0].boxes)]

    with target.as_bob() as db:
        told = [send(db, tries(number)) for number in (0, 1)]
    assert told[0] == told[1] == ["refused", "surplus", "refused", "refused"]
    assert not gives_away(told, target.secrets)


NO_BATCHES: dict[str, tuple[Sequence[str] | None, Sequence[Sequence[None] | None]]] = {
    "columns longer than the kinds": ([], [[None]] * 8),
    "no columns": (["pass"], [None] * 8),
    "no kinds": (None, [[]] * 8),
    "too many": (["pass"] * (MOST_SENT + 1), [[None] * (MOST_SENT + 1)] * 8),
}


def test_what_is_no_batch_is_refused_like_everything_else(attacked: Target) -> None:
    told = set()
    with attacked.as_bob() as db:
        for kinds, columns in NO_BATCHES.values():
            with pytest.raises(errors.InsufficientPrivilege) as caught:
                db.execute(SEND, (kinds, *columns))
            diag = caught.value.diag
            told.add((diag.sqlstate, diag.message_primary, diag.message_detail, diag.context))
    assert len(told) == 1


def test_a_message_of_no_known_kind_or_without_its_parts_is_refused(attacked: Target) -> None:
    nothing: list[list[None]] = [[None]] * 8
    with attacked.as_bob() as db:
        for kind in ("pass", "fact", "intake", "reveal", None):
            assert db.execute(SEND, ([kind], *nothing)).fetchone() == (["refused"],)


def test_a_share_that_a_strict_project_is_offered_is_not_stored(strict: MovedScene) -> None:
    passes = [junk(strict, "ann", claim(strict, "ann", n).fence, n, asked=Asked.ALL) for n in range(2)]
    with strict.moved.login("ann") as db:
        assert send(db, passes) == ["surplus"] * 2
    assert strict.one("SELECT count(*) FROM pass_share") == 0


def test_whoever_keys_in_the_project_no_more_or_is_blocked_seals_nothing(release: MovedScene) -> None:
    passes = [junk(release, "ann", claim(release, "ann", n).fence, n, asked=Asked.ALL) for n in range(2)]
    person = release.as_("ann").me.id
    release.edit("UPDATE member SET roles = 'adjudicator' WHERE person = ?", person)
    with release.moved.login("ann") as db:
        assert send(db, passes) == ["refused"] * 2
        release.edit("UPDATE member SET roles = 'operator' WHERE person = ?", person)
        release.edit("UPDATE login SET blocked = true WHERE person = ?", person)
        with pytest.raises(errors.InsufficientPrivilege):
            send(db, passes)


def test_a_transaction_that_does_not_see_what_others_commit_seals_nothing(release: MovedScene) -> None:
    target = prepare(release)
    sealed = junk(release, "bob", target.claim.fence)
    with target.as_bob() as db:
        db.execute("BEGIN ISOLATION LEVEL REPEATABLE READ")
        assert send(db, [sealed]) == ["refused"]
        db.execute("COMMIT")
        assert send(db, [sealed]) == ["stored"]


def test_a_batch_waits_for_the_disk_whatever_its_author_says(release: MovedScene) -> None:
    target = prepare(release)
    with target.as_bob() as db:
        db.execute("SET synchronous_commit = off")
        db.execute("BEGIN")
        assert send(db, [junk(release, "bob", target.claim.fence)]) == ["stored"]
        row = db.execute("SELECT current_setting('synchronous_commit')").fetchone()
        db.execute("COMMIT")
    assert row == ("on",)


def test_sixteen_that_send_the_same_batch_at_once_store_each_pass_once(release: MovedScene) -> None:
    passes = [junk(release, "ann", claim(release, "ann", n).fence, n, asked=Asked.ALL) for n in range(2)]
    release.as_("ann").close()
    release._opened.clear()

    def send_by_herself(_: int) -> list[str]:
        with release.moved.login("ann") as db:
            return send(db, passes)

    with ThreadPoolExecutor(4) as pool:
        told = list(pool.map(send_by_herself, range(16)))
    assert sorted(word for words in told for word in words) == ["already"] * 30 + ["stored"] * 2


def test_an_open_batch_without_a_claim_keeps_nobody_from_sealing(release: MovedScene) -> None:
    passes = [junk(release, "bob", Fence(new_id()), n, asked=Asked.ALL) for n in range(2)]
    marks = SEND.removeprefix("SELECT api.").replace("%b", "%s")
    with open_transaction(release, marks, *sent(passes)):
        assert timed(release) < 1
