"""The queue: which document comes next, and what an expired lease still holds."""

from boapp.shareddb.protocol import Claim, Outcome
from tests.attacks.tools import Scene, forged_pass


def claim(scene: Scene, code: str, *, second: bool = False) -> Claim | None:
    return scene.as_(code).shared.claim(scene.project, second=second, document=None)


def granted(scene: Scene, code: str, *, second: bool = False) -> int | None:
    """Return which document is granted, counted from 0."""
    found = claim(scene, code, second=second)
    return None if found is None else scene.documents.index(found.document)


def test_second_passes_come_in_the_order_of_the_queue_whoever_keyed_first(scene: Scene) -> None:
    for number, code in enumerate(("cleo", "ann", "cleo", "ann", "ann", "cleo")):
        scene.key(code, number)
    assert [granted(scene, "bob", second=True) for _ in range(7)] == [0, 1, 2, 3, 4, 5, None]


def test_second_passes_leave_out_ones_own(scene: Scene) -> None:
    for number, code in enumerate(("cleo", "ann", "cleo", "ann")):
        scene.key(code, number)
    assert [granted(scene, "cleo", second=True) for _ in range(3)] == [1, 3, None]


def test_a_document_of_higher_priority_comes_first_in_both_passes(scene: Scene) -> None:
    scene.edit("UPDATE document SET priority = -1 WHERE id = ?", scene.documents[4])
    assert granted(scene, "ann") == 4
    for number, code in ((4, "ann"), (1, "cleo"), (0, "ann")):
        if number == 4:
            (mine,) = scene.as_("ann").shared.my_claims(scene.project)
            scene.as_("ann").shared.hand_back(mine.fence)
        scene.key(code, number)
    assert [granted(scene, "bob", second=True) for _ in range(3)] == [4, 0, 1]


def test_an_expired_lease_holds_until_somebody_is_granted_that_very_document(scene: Scene) -> None:
    # Everybody's expired leases were deleted by anybody's next claim: a late seal lost its place.
    mine = claim(scene, "ann")
    assert mine is not None
    scene.as_("cleo").shared.claim(scene.project, second=False, document=scene.documents[1])
    scene.edit("UPDATE claim SET expires_us = 1")
    cleo = scene.as_("cleo").shared.claim(scene.project, second=False, document=scene.documents[2])
    assert cleo is not None
    assert [c.document for c in scene.as_("ann").shared.my_claims(scene.project)] == [scene.documents[0]]
    ann = scene.as_("ann")
    sealed = forged_pass(ann, scene, mine.fence, asked=mine.asked, k1=True)
    assert ann.shared.seal(sealed) is Outcome.STORED
    assert scene.findings() == []


def test_an_expired_lease_is_taken_over_and_its_seal_is_surplus(scene: Scene) -> None:
    mine = claim(scene, "ann")
    assert mine is not None
    scene.edit("UPDATE claim SET expires_us = 1")
    assert granted(scene, "cleo") == 0
    ann = scene.as_("ann")
    assert ann.shared.my_claims(scene.project) == []
    assert ann.shared.seal(forged_pass(ann, scene, mine.fence, asked=mine.asked)) is Outcome.SURPLUS


def test_a_lease_that_runs_is_not_taken_over(scene: Scene) -> None:
    mine = claim(scene, "ann")
    assert mine is not None
    assert [granted(scene, code) for code in ("cleo", "bob")] == [1, 2]
    assert scene.as_("bob").shared.claim(scene.project, second=False, document=mine.document) is None
