"""Reviews: by somebody who had no part in the document, once for each record; they move nothing."""

import pytest

from boapp.crypto.facts import FactKind, SealedFact
from boapp.domain.workflow import Stage
from boapp.errors import NotAllowed, NotFound
from boapp.services.comparing import state_comparison
from boapp.services.opening import open_as_holder
from boapp.services.reviewing import review
from boapp.services.verifying import document_row
from boapp.shareddb.protocol import Outcome
from tests.attacks.tools import (
    Scene,
    claim_raw,
    forged_pass,
    promote,
    reading_fact,
    signed_fact,
    state,
)


@pytest.fixture
def settled(scene: Scene) -> Scene:
    """Return the scene with its first document settled: keyed by ann and bob, decided by bob."""
    scene.key_both(first="9.00", second="98.00")
    scene.decide("bob")
    return scene


def record_of(scene: Scene) -> bytes:
    record = document_row(scene.as_("sue"), scene.project, scene.documents[0]).record
    assert record is not None
    return bytes(record)


def review_fact(scene: Scene, code: str, record: bytes | None = None) -> SealedFact:
    """Sign a review past the services."""
    refs = (record or record_of(scene),)
    return signed_fact(scene.as_(code), scene, FactKind.REVIEW, {"accepted": True}, refs)


def test_a_review_is_kept_with_its_note_and_moves_nothing(settled: Scene) -> None:
    before = document_row(settled.as_("sue"), settled.project, settled.documents[0])
    review(settled.as_("adj"), settled.project, settled.documents[0], accepted=False, note="look at line 2")
    after = document_row(settled.as_("sue"), settled.project, settled.documents[0])
    assert (after.stage, after.record, after.comparison) == (Stage.SETTLED, before.record, before.comparison)
    assert settled.findings("aud") == []


def test_one_person_reviews_a_record_once_and_another_may_too(settled: Scene) -> None:
    review(settled.as_("adj"), settled.project, settled.documents[0], accepted=True)
    with pytest.raises(NotAllowed, match="does not count"):
        review(settled.as_("adj"), settled.project, settled.documents[0], accepted=False)
    review(settled.as_("sue"), settled.project, settled.documents[0], accepted=True)
    assert settled.findings("aud") == []


def test_only_a_settled_document_is_reviewed(scene: Scene) -> None:
    scene.key_both(first="9.00", second="98.00")
    with pytest.raises(NotFound, match="not settled"):
        review(scene.as_("adj"), scene.project, scene.documents[0], accepted=True)
    assert state(scene.as_("adj"), review_fact(scene, "adj", bytes(16))) is Outcome.SURPLUS


@pytest.mark.parametrize("code", ["ann", "bob", "cleo"])
def test_whoever_keys_here_reviews_nothing(settled: Scene, code: str) -> None:
    with pytest.raises(NotAllowed):
        review(settled.as_(code), settled.project, settled.documents[0], accepted=True)
    assert state(settled.as_(code), review_fact(settled, code)) is Outcome.SURPLUS


@pytest.mark.parametrize("code", ["ann", "bob"])
def test_whoever_keyed_it_reviews_it_not_even_as_a_supervisor(settled: Scene, code: str) -> None:
    promote(settled, code)
    with pytest.raises(NotAllowed, match="does not count"):
        review(settled.as_(code), settled.project, settled.documents[0], accepted=True)


def test_whoever_keyed_it_in_vain_does_not_review_it(scene: Scene) -> None:
    granted = claim_raw(scene.as_("cleo"), scene, second=False)
    assert granted is not None
    late = forged_pass(scene.as_("cleo"), scene, granted.fence, asked=granted.asked, k1=True)
    scene.as_("cleo").shared.hand_back(granted.fence)
    assert scene.as_("cleo").shared.seal(late) is Outcome.SURPLUS
    scene.key_both(first="9.00", second="98.00")
    scene.decide("bob")
    promote(scene, "cleo")
    assert state(scene.as_("cleo"), review_fact(scene, "cleo")) is Outcome.SURPLUS


def test_whoever_read_or_decided_does_not_review(scene: Scene) -> None:
    scene.key_both(first="9.00", second="98.00")
    (mismatch,) = scene.mismatches("adj")
    reading_fact(scene.as_("adj"), scene, mismatch, "9.00")
    scene.decide("sue")
    for code in ("adj", "sue"):
        assert state(scene.as_(code), review_fact(scene, code)) is Outcome.SURPLUS
    assert {finding.rule for finding in scene.findings("aud")} == {"exclusion"}  # they signed it all the same


def test_a_reviewer_takes_no_part_afterwards(settled: Scene) -> None:
    review(settled.as_("adj"), settled.project, settled.documents[0], accepted=False)
    sue = settled.as_("sue")
    row = document_row(sue, settled.project, settled.documents[0])
    state_comparison(sue, open_as_holder(sue, row), overridden=(bytes(row.comparison or b""),))
    (mismatch,) = settled.mismatches("adj")
    place = {"field": mismatch.place.field, "row": mismatch.place.row}
    fact = signed_fact(
        settled.as_("adj"), settled, FactKind.READING, place, (bytes(mismatch.place.comparison),), b"x"
    )
    assert state(settled.as_("adj"), fact) is Outcome.SURPLUS
    settled.decide("sue")
    assert {f.rule for f in settled.findings("aud")} == {"exclusion"}, settled.findings("aud")


def test_a_review_that_was_made_to_count_is_named(settled: Scene) -> None:
    # What it would do: a record would pass as looked at by somebody else.
    promote(settled, "ann")
    state(settled.as_("ann"), review_fact(settled, "ann"))
    assert settled.findings("aud") != []
    found = {finding.rule for finding in settled.findings("aud")}
    assert found == {"exclusion"}
