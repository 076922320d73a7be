"""Claims taken back: who holds what, what ends a claim, what is kept and moves nothing."""

import pytest

from boapp.crypto.envelope import new_id
from boapp.crypto.facts import FactKind, SealedFact, open_as_adjudicator
from boapp.domain.ids import Fence
from boapp.domain.workflow import Stage
from boapp.errors import Refusal
from boapp.shareddb.protocol import Claim, OpenClaim, Outcome
from tests.attacks.tools import Scene, claim_raw, forged_pass, signed_fact, state, take_back_fact


def held(scene: Scene, code: str = "ann", number: int = 0, *, second: bool = False) -> OpenClaim:
    """Let somebody claim a document; return the claim as a supervisor sees it."""
    granted = claim_raw(scene.as_(code), scene, second=second, number=number)
    assert granted is not None
    return next(
        c for c in scene.as_("sue").shared.open_claims(scene.project) if c.document == granted.document
    )


def fences(scene: Scene) -> list[Fence]:
    return [c.fence for c in scene.as_("sue").shared.open_claims(scene.project)]


def test_open_claims_are_told_in_the_order_of_the_documents(scene: Scene) -> None:
    scene.key("ann", 2)
    for code, number, second in (("cleo", 2, True), ("ann", 1, False), ("bob", 0, False)):
        held(scene, code, number, second=second)
    sue = scene.as_("sue")
    found = [
        (scene.documents.index(c.document), c.pass_no, sue.roster.people[c.person].code)
        for c in sue.shared.open_claims(scene.project)
    ]
    assert found == [(0, 1, "bob"), (1, 1, "ann"), (2, 2, "cleo")]


def test_a_take_back_ends_the_claim_and_the_document_is_granted_anew(scene: Scene) -> None:
    claim = held(scene)
    assert state(scene.as_("sue"), take_back_fact(scene, "sue", claim)) is Outcome.STORED
    assert fences(scene) == []
    assert scene.as_("ann").shared.my_claims(scene.project) == []
    again = scene.as_("cleo").shared.claim(scene.project, second=False, document=None)
    assert isinstance(again, Claim)
    assert (again.document, again.fence != claim.fence) == (claim.document, True)
    assert scene.findings() == []


def test_a_second_pass_is_taken_back_like_a_first(scene: Scene) -> None:
    scene.key("ann")
    claim = held(scene, "bob", second=True)
    assert claim.pass_no == 2
    assert state(scene.as_("sue"), take_back_fact(scene, "sue", claim)) is Outcome.STORED
    assert claim_raw(scene.as_("cleo"), scene, second=True) is not None
    (row,) = scene.as_("sue").shared.documents(scene.project, claim.document)
    assert row.stage is Stage.SECOND


def test_what_is_sealed_under_a_claim_that_was_taken_back_is_kept_and_never_counts(scene: Scene) -> None:
    claim, ann = held(scene), scene.as_("ann")
    mine = ann.shared.my_claims(scene.project)[0]
    state(scene.as_("sue"), take_back_fact(scene, "sue", claim))
    sealed = forged_pass(ann, scene, mine.fence, asked=mine.asked, k1=True)
    assert ann.shared.seal(sealed) is Outcome.SURPLUS
    scene.key("cleo")
    assert ann.shared.seal(sealed) is Outcome.ALREADY
    assert ann.shared.surplus(scene.project) == 1
    assert scene.findings("aud") == []


def test_an_expired_lease_can_be_taken_back(scene: Scene) -> None:
    held(scene)
    scene.edit("UPDATE claim SET expires_us = 1")
    (claim,) = scene.as_("sue").shared.open_claims(scene.project)
    assert claim.expires_us == 1
    assert state(scene.as_("sue"), take_back_fact(scene, "sue", claim)) is Outcome.STORED
    assert fences(scene) == []


@pytest.mark.parametrize("code", ["ann", "bob", "cleo", "adj", "aud", "admin"])
def test_a_take_back_by_anybody_but_a_supervisor_is_kept_and_moves_nothing(scene: Scene, code: str) -> None:
    claim = held(scene)
    assert state(scene.as_(code), take_back_fact(scene, code, claim)) is Outcome.SURPLUS
    assert fences(scene) == [claim.fence]


def test_a_supervisor_who_lost_that_role_takes_nothing_back(scene: Scene) -> None:
    claim = held(scene)
    fact = take_back_fact(scene, "sue", claim)
    scene.edit("UPDATE member SET roles = 'adjudicator' WHERE roles = 'supervisor'")
    assert state(scene.as_("sue"), fact) is Outcome.SURPLUS
    assert len(scene.as_("ann").shared.my_claims(scene.project)) == 1


def test_a_claim_that_is_named_wrongly_stays(scene: Scene) -> None:
    claim, other = held(scene), held(scene, "bob", 1)
    wrong: list[dict[str, object]] = [
        {"fence": new_id()},
        {"fence": other.fence},
        {"person": other.person},
        {"pass_no": 2},
    ]
    for one in wrong:
        assert state(scene.as_("sue"), take_back_fact(scene, "sue", claim, named=one)) is Outcome.SURPLUS
    assert fences(scene) == [claim.fence, other.fence]


def test_a_take_back_without_a_reason_moves_nothing(scene: Scene) -> None:
    claim = held(scene)
    assert state(scene.as_("sue"), take_back_fact(scene, "sue", claim, reason=None)) is Outcome.SURPLUS
    assert fences(scene) == [claim.fence]


def test_a_take_back_comes_too_late_when_the_pass_is_sealed_or_handed_back(scene: Scene) -> None:
    claim, other = held(scene), held(scene, "ann", 1)
    mine = scene.as_("ann").shared.my_claims(scene.project)[0]
    sealed = forged_pass(scene.as_("ann"), scene, mine.fence, asked=mine.asked, k1=True)
    assert scene.as_("ann").shared.seal(sealed) is Outcome.STORED
    scene.as_("ann").shared.hand_back(other.fence)
    for one in (claim, other):
        assert state(scene.as_("sue"), take_back_fact(scene, "sue", one)) is Outcome.SURPLUS
    assert scene.findings("aud") == []


def test_a_take_back_sent_again_changes_nothing_and_leaves_the_next_claim_alone(scene: Scene) -> None:
    fact = take_back_fact(scene, "sue", held(scene))
    sue = scene.as_("sue")
    assert state(sue, fact) is Outcome.STORED
    claim = held(scene, "cleo")
    assert state(sue, fact) is Outcome.ALREADY
    assert fences(scene) == [claim.fence]


@pytest.mark.parametrize(
    "clear",
    [
        {},
        {"pass_no": 1, "person": bytes(16)},
        {"pass_no": "1", "person": bytes(16), "fence": bytes(16)},
        {"pass_no": 0, "person": bytes(16), "fence": bytes(16)},
        {"pass_no": 2**31, "person": bytes(16), "fence": bytes(16)},
        {"pass_no": 1, "person": bytes(15), "fence": bytes(16)},
        {"pass_no": 1, "person": bytes(16), "fence": b""},
    ],
)
def test_a_take_back_that_names_no_claim_is_refused(scene: Scene, clear: dict[str, object]) -> None:
    sue = scene.as_("sue")
    for refs in ((), (bytes(16),)):
        whole = clear if not refs else {"pass_no": 1, "person": bytes(16), "fence": bytes(16)}
        with pytest.raises(Refusal):
            state(sue, signed_fact(sue, scene, FactKind.TAKE_BACK, whole, refs, b"x"))
    assert scene.one("SELECT count(*) FROM fact WHERE kind = 'take-back'") == 0


def test_its_reason_is_read_by_holders_of_the_key_and_the_fact_by_whom_it_concerns(scene: Scene) -> None:
    claim = held(scene)
    state(scene.as_("sue"), take_back_fact(scene, "sue", claim))

    def told(code: str) -> list[SealedFact]:
        facts = scene.as_(code).shared.facts(scene.project, claim.document)
        return [f.fact for f in facts if f.kind == FactKind.TAKE_BACK]

    adj = scene.as_("adj")
    (fact,) = told("adj")
    assert open_as_adjudicator(fact, adj.adj(scene.project, 1).secret) == b"she is ill"
    assert told("ann") == told("aud") == [fact]
    assert b"she is ill" not in b"".join((fact.statement, fact.content, fact.box_adj, fact.box_own))
