"""Working ahead: many claims at once, their renewal and their end, in a file and in PostgreSQL alike."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from boapp.domain.leases import BEFORE_DUE_US, HOUR_US, LEAST_US, lease_end
from boapp.domain.settings import CLAIMS_AHEAD, LEASE_HOURS, OPEN_CLAIMS
from boapp.errors import NotAllowed, NotFound, Tampered
from boapp.services.projects import change_setting
from boapp.services.verifying import verified_fact
from boapp.shareddb.protocol import MOST_AHEAD, MOST_PART, Claim, Outcome
from boapp.shareddb.sqlite_ahead import _assigned
from tests.attacks.tools import Scene, claim_raw, forged_pass, found
from tests.moved import MovedScene
from tests.shareddb.test_sqlite_plans import plan
from tests.shareddb.test_upgrades import KEPT

SOON = 60 * 1_000_000
RAN_OUT = "UPDATE claim SET expires_us = 1"


def ahead(scene: Scene, code: str, count: int, *, second: bool = False) -> list[Claim]:
    return scene.as_(code).shared.claim_ahead(scene.project, second=second, count=count)


def numbers(scene: Scene, claims: list[Claim]) -> list[int]:
    """Return which documents are claimed, counted from 0."""
    return [scene.documents.index(one.document) for one in claims]


def mine(scene: Scene, code: str) -> list[Claim]:
    return scene.as_(code).shared.my_claims(scene.project)


def allow(scene: Scene, key: str, value: int) -> None:
    change_setting(scene.as_("admin"), scene.project, key, value)


def due_in(scene: Scene, time_us: int) -> int:
    """Make the batch due so long from now; return when."""
    due_us = scene.as_("ann").now_us() + time_us
    scene.edit("UPDATE batch SET due_us = ?", due_us)
    return due_us


# --- claiming -------------------------------------------------------------------------------------


def test_the_next_ones_come_in_the_order_of_the_queue(scene: Scene) -> None:
    scene.edit("UPDATE document SET priority = -1 WHERE id = ?", scene.documents[4])
    assert numbers(scene, ahead(scene, "ann", 3)) == [4, 0, 1]
    assert numbers(scene, ahead(scene, "cleo", 2)) == [2, 3]
    assert numbers(scene, ahead(scene, "ann", 5)) == [5]
    assert ahead(scene, "cleo", 5) == []
    assert numbers(scene, mine(scene, "ann")) == [0, 1, 4, 5]


def test_second_passes_come_in_the_order_of_the_queue_whoever_keyed_first_and_never_ones_own(
    scene: Scene,
) -> None:
    for number, code in enumerate(("cleo", "ann", "cleo", "ann", "ann", "cleo")):
        scene.key(code, number)
    assert numbers(scene, ahead(scene, "cleo", 2, second=True)) == [1, 3]
    assert numbers(scene, ahead(scene, "bob", 3, second=True)) == [0, 2, 4]
    assert ahead(scene, "cleo", 6, second=True) == []
    assert numbers(scene, ahead(scene, "bob", 6, second=True)) == [5]


def test_what_is_claimed_ahead_is_sealed_as_any_other(scene: Scene) -> None:
    ann, claims = scene.as_("ann"), ahead(scene, "ann", 3)
    for number, one in enumerate(claims):
        sealed = forged_pass(ann, scene, one.fence, number=number, asked=one.asked, k1=True)
        assert ann.shared.seal(sealed) is Outcome.STORED
    assert mine(scene, "ann") == []
    assert scene.findings() == []


def test_near_the_limit_fewer_are_granted_and_none_is_refused(scene: Scene) -> None:
    allow(scene, OPEN_CLAIMS, 4)
    assert claim_raw(scene.as_("ann"), scene, second=False, number=5) is not None
    assert numbers(scene, ahead(scene, "ann", 6)) == [0, 1, 2]
    assert ahead(scene, "ann", 1) == []
    allow(scene, OPEN_CLAIMS, 2)
    assert ahead(scene, "ann", 1) == []
    assert numbers(scene, ahead(scene, "cleo", 6)) == [3, 4]


def test_a_lease_that_ran_out_is_taken_over_in_its_place_and_ones_own_is_left(scene: Scene) -> None:
    assert numbers(scene, ahead(scene, "ann", 2)) == [0, 1]
    assert numbers(scene, ahead(scene, "cleo", 2)) == [2, 3]
    scene.edit(RAN_OUT)
    before = mine(scene, "cleo")
    assert numbers(scene, ahead(scene, "cleo", 3)) == [0, 1, 4]
    assert mine(scene, "ann") == []
    assert [one.fence for one in mine(scene, "cleo") if one in before] == [one.fence for one in before]


def test_ones_own_lease_that_ran_out_is_not_granted_again_by_a_single_claim_either(scene: Scene) -> None:
    # What she sealed under the old fence would be surplus.
    (one,) = ahead(scene, "ann", 1)
    scene.edit(RAN_OUT)
    assert claim_raw(scene.as_("ann"), scene, second=False) is None
    following = scene.as_("ann").shared.claim(scene.project, second=False, document=None)
    assert following is not None
    assert following.document == scene.documents[1]
    assert [c.fence for c in mine(scene, "ann")] == [one.fence, following.fence]


@pytest.mark.parametrize("count", [0, -1, MOST_AHEAD + 1])
def test_a_number_that_nobody_may_ask_for_is_refused(scene: Scene, count: int) -> None:
    with pytest.raises(NotAllowed):
        ahead(scene, "ann", count)
    assert mine(scene, "ann") == []


# --- how long -------------------------------------------------------------------------------------


def near(claim: Claim, expected_us: int) -> bool:
    return abs(claim.expires_us - expected_us) < SOON


def test_a_claim_runs_the_hours_of_its_project_and_is_known_since_it_was_granted(scene: Scene) -> None:
    allow(scene, LEASE_HOURS, 3)
    now = scene.as_("ann").now_us()
    (one,) = ahead(scene, "ann", 1)
    single = claim_raw(scene.as_("ann"), scene, second=False, number=1)
    assert single is not None
    assert near(one, now + 3 * HOUR_US)
    assert near(single, now + 3 * HOUR_US)
    for claim in scene.as_("sue").shared.open_claims(scene.project):
        assert claim.expires_us - claim.granted_us == 3 * HOUR_US
        assert abs(claim.granted_us - now) < SOON


def test_a_claim_ahead_ends_before_its_batch_is_due_and_a_single_one_does_not(scene: Scene) -> None:
    now, due_us = scene.as_("ann").now_us(), due_in(scene, 4 * HOUR_US)
    (one,) = ahead(scene, "ann", 1)
    assert one.expires_us == due_us - BEFORE_DUE_US
    single = claim_raw(scene.as_("ann"), scene, second=False, number=1)
    assert single is not None
    assert near(single, now + 8 * HOUR_US)


def test_a_claim_ahead_runs_a_quarter_of_an_hour_though_its_batch_was_due(scene: Scene) -> None:
    now = scene.as_("ann").now_us()
    due_in(scene, -HOUR_US)
    assert near(ahead(scene, "ann", 1)[0], now + LEAST_US)


@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.integers(1, 2**50), st.integers(1, 336), st.none() | st.integers(1, 2**50))
def test_both_databases_end_a_lease_by_the_same_rule(
    in_postgres: MovedScene, now: int, hours: int, due: int | None
) -> None:
    with in_postgres.boss() as boss:
        told = boss.execute("SELECT inner_api.lease_end(%s, %s, %s)", (now, hours, due)).fetchone()
    assert told == (lease_end(now, hours, due),)


@pytest.mark.parametrize(("key", "least", "most"), [(CLAIMS_AHEAD, 0, 1000), (LEASE_HOURS, 1, 336)])
def test_what_a_project_says_of_working_ahead_is_signed_copied_and_held_against_the_list(
    scene: Scene, key: str, least: int, most: int
) -> None:
    for value in (least, most):
        allow(scene, key, value)
        (row,) = scene.as_("ann").shared.projects()
        assert getattr(row, key.replace("-", "_")) == value
        assert scene.as_("admin").roster.project(scene.project).setting(key) == value
    assert scene.findings() == []
    scene.edit(f"UPDATE project SET {key.replace('-', '_')} = 2")
    assert found(scene.findings(), f"project {scene.project.hex()}", "bookkeeping")


def test_no_more_are_claimed_ahead_than_may_be_open(scene: Scene) -> None:
    assert scene.as_("ann").roster.project(scene.project).claims_ahead == 5
    allow(scene, OPEN_CLAIMS, 2)
    assert scene.as_("admin").roster.project(scene.project).claims_ahead == 2


# --- renewing and handing back --------------------------------------------------------------------


def test_claims_are_renewed_as_new_ones_ahead_and_known_since_they_were_first_granted(scene: Scene) -> None:
    claims = ahead(scene, "ann", 2)
    scene.edit("UPDATE claim SET expires_us = expires_us - ?, granted_us = granted_us - ?", HOUR_US, HOUR_US)
    before = scene.as_("sue").shared.open_claims(scene.project)
    renewed = scene.as_("ann").shared.renew([one.fence for one in reversed(claims)])
    assert [(r.document, r.pass_no, r.fence) for r in renewed] == [
        (c.document, c.pass_no, c.fence) for c in claims
    ]
    assert all(near(r, c.expires_us) for r, c in zip(renewed, claims, strict=True))
    assert renewed == mine(scene, "ann")
    after = scene.as_("sue").shared.open_claims(scene.project)
    assert [one.granted_us for one in after] == [one.granted_us for one in before]


def test_a_renewal_never_ends_a_claim_sooner(scene: Scene) -> None:
    single = claim_raw(scene.as_("ann"), scene, second=False)
    assert single is not None
    due_in(scene, 2 * HOUR_US)
    assert scene.as_("ann").shared.renew([single.fence]) == [single]


def test_a_renewed_claim_ends_before_its_batch_is_due(scene: Scene) -> None:
    (one,) = ahead(scene, "ann", 1)
    scene.edit(RAN_OUT)
    due_us = due_in(scene, 2 * HOUR_US)
    (renewed,) = scene.as_("ann").shared.renew([one.fence])
    assert renewed.expires_us == due_us - BEFORE_DUE_US


def test_a_lease_that_ran_out_begins_anew_while_nobody_took_it_and_what_is_gone_is_not_answered(
    scene: Scene,
) -> None:
    claims = ahead(scene, "ann", 3)
    scene.edit(RAN_OUT)
    assert numbers(scene, ahead(scene, "cleo", 1)) == [0]
    renewed = scene.as_("ann").shared.renew([one.fence for one in claims])
    assert numbers(scene, renewed) == [1, 2]
    assert numbers(scene, ahead(scene, "cleo", 1)) == [3]


def test_leases_that_ran_out_begin_anew_only_as_far_as_there_is_room(scene: Scene) -> None:
    allow(scene, OPEN_CLAIMS, 3)
    late = ahead(scene, "ann", 3)
    scene.edit(RAN_OUT)
    running = ahead(scene, "ann", 2)
    renewed = scene.as_("ann").shared.renew([one.fence for one in (*running, *late)])
    assert numbers(scene, renewed) == [0, 1, 2, 3, 4]
    assert [one.expires_us > 1 for one in renewed] == [True, False, False, True, True]


def test_claims_of_others_are_neither_renewed_nor_ended_nor_told_of(scene: Scene) -> None:
    claims = ahead(scene, "ann", 2)
    scene.edit("UPDATE claim SET expires_us = expires_us - ?", HOUR_US)
    before = mine(scene, "ann")
    for code in ("bob", "cleo", "sue"):
        assert scene.as_(code).shared.renew([one.fence for one in claims]) == []
        scene.as_(code).shared.hand_back_all([one.fence for one in claims])
    assert mine(scene, "ann") == before


def test_many_are_handed_back_at_once_and_wait_again(scene: Scene) -> None:
    claims = ahead(scene, "ann", 4)
    scene.as_("ann").shared.hand_back_all([one.fence for one in claims[:3]])
    assert mine(scene, "ann") == claims[3:]
    assert numbers(scene, ahead(scene, "cleo", 3)) == [0, 1, 2]
    scene.as_("ann").shared.hand_back_all([])
    assert scene.as_("ann").shared.renew([]) == []
    assert mine(scene, "ann") == claims[3:]


# --- what is needed to key them -------------------------------------------------------------------


def test_what_is_assigned_comes_with_its_document_and_its_intake_in_the_order_of_the_queue(
    scene: Scene,
) -> None:
    scene.edit("UPDATE document SET priority = -1 WHERE id = ?", scene.documents[4])
    scene.key("cleo", 0)
    ann, claims = scene.as_("ann"), ahead(scene, "ann", 3)
    ahead(scene, "bob", 2, second=True)
    assigned = ann.shared.assigned(scene.project)
    assert [one.claim for one in assigned] == claims
    for one in assigned:
        assert [one.document] == ann.shared.documents(scene.project, one.claim.document)
        assert one.intake in ann.shared.facts(scene.project, one.claim.document)
        assert verified_fact(ann, one.intake).subject.document == one.claim.document
    assert ann.shared.assigned(scene.project) == assigned
    assert [one.claim.pass_no for one in scene.as_("bob").shared.assigned(scene.project)] == [2]
    assert scene.as_("sue").shared.assigned(scene.project) == []


def test_what_is_assigned_says_which_document_of_its_batch_it_is(scene: Scene) -> None:
    ahead(scene, "ann", 5)
    for moved in (1, 4):
        scene.edit("UPDATE document SET batch = ? WHERE id = ?", b"another batch   ", scene.documents[moved])
    places = [(one.number, one.total) for one in scene.as_("ann").shared.assigned(scene.project)]
    assert places == [(1, 4), (1, 2), (2, 4), (3, 4), (2, 2)]


def test_an_intake_that_somebody_deleted_hides_no_claim(in_file: Scene) -> None:
    ahead(in_file, "ann", 1)
    in_file.edit("DELETE FROM fact WHERE document = ?", in_file.documents[0])
    with pytest.raises(Tampered):
        in_file.as_("ann").shared.assigned(in_file.project)


def test_what_is_assigned_is_found_by_ones_claims_alone(in_file: Scene) -> None:
    # At 100,000 documents a walk over all of them would slow every start.
    steps = plan(in_file, _assigned(in_file.project, in_file.as_("ann").me.id))
    assert "ix_claim_person" in steps
    assert "SCAN" not in steps


def test_a_page_comes_in_parts_that_make_the_whole(scene: Scene) -> None:
    shared, document = scene.as_("ann").shared, scene.documents[0]
    whole = shared.page(document, 1)
    size = shared.page_size(document, 1)
    assert size == len(whole)
    step = size // 3 + 1
    assert b"".join(shared.page_part(document, 1, at, step) for at in range(0, size, step)) == whole
    assert shared.page_part(document, 1, 0, MOST_PART) == whole
    assert shared.page_part(document, 1, size - 1, 10) == whole[-1:]
    for beyond in (size, size + 1, 2**31 - 2):
        assert shared.page_part(document, 1, beyond, 10) == b""


@pytest.mark.parametrize(("start", "length"), [(-1, 1), (0, 0), (0, -1), (0, MOST_PART + 1), (2**31 - 1, 0)])
def test_a_part_that_is_none_is_refused(scene: Scene, start: int, length: int) -> None:
    with pytest.raises(NotAllowed):
        scene.as_("ann").shared.page_part(scene.documents[0], 1, start, length)


def test_a_page_that_is_missing_is_told(scene: Scene) -> None:
    shared = scene.as_("ann").shared
    with pytest.raises(NotFound, match="Page 9"):
        shared.page_size(scene.documents[0], 9)
    with pytest.raises(NotFound, match="Page 9"):
        shared.page_part(scene.documents[0], 9, 0, 1)


def test_pages_in_postgres_are_kept_so_that_a_part_is_read_without_the_rest(in_postgres: MovedScene) -> None:
    assert in_postgres.one(KEPT) == "e"
