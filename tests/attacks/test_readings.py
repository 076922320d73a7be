"""The own reading: locked before the readings are shown, never changed, nobody else's, of one place."""

import msgspec
import pytest

from boapp.crypto.facts import FactKind
from boapp.domain.ids import FactId
from boapp.domain.passes import Entry, Method, encode
from boapp.domain.values import Address, Value
from boapp.errors import NotAllowed, Refusal
from boapp.services.comparing import compare_waiting
from boapp.services.resolving import Mismatch, lock_reading, readings, resolve
from boapp.services.settling import open_content
from boapp.services.syncing import send_waiting
from boapp.services.verifying import document_row, fact_with_id
from boapp.shareddb.protocol import Outcome
from tests.attacks.tools import Scene, decide, found, reading_fact, resolution_fact, signed_fact, state


@pytest.fixture
def contested(strict: Scene) -> Scene:
    """Return a strict project whose first document has two mismatches and whose second has one."""
    strict.key("ann", company="ACME", total="9.00")
    strict.key("bob", second=True, company="ACNE", total="98.00")
    strict.key_both(1, first="9.00", second="98.00")
    compare_waiting(strict.as_("sue"), strict.project)
    return strict


def of(mismatches: list[Mismatch], field: str) -> Mismatch:
    return next(m for m in mismatches if m.place.field == field)


def decided(scene: Scene) -> list[str]:
    """Return the fields that somebody decided."""
    found = scene.as_("sue").shared.discrepancies(scene.project)
    return [d.field for d in found if d.resolution is not None]


def test_the_readings_stay_closed_without_a_locked_reading(contested: Scene) -> None:
    # Whoever sees the two first reads what she saw, not what is on the paper.
    adj = contested.as_("adj")
    mismatch = contested.mismatches("adj")[0]
    for reading in (FactId(bytes(16)), mismatch.place.comparison):
        with pytest.raises(NotAllowed):
            readings(adj, mismatch, reading)
        with pytest.raises(NotAllowed):
            resolve(adj, mismatch, reading, Value.of("9.00"), "", Method.KEYED)


def test_a_locked_reading_is_not_changed_by_reading_again(contested: Scene) -> None:
    adj = contested.as_("adj")
    mismatch = of(contested.mismatches("adj"), "total")
    reading = lock_reading(adj, mismatch, Value.of("9.00"))
    readings(adj, mismatch, reading)
    assert lock_reading(adj, mismatch, Value.of("98.00")) == reading
    facts = adj.shared.facts(contested.project, mismatch.place.document)
    content = open_content(adj, contested.project, fact_with_id(facts, reading))
    assert content == encode((Entry(Address("total"), Value.of("9.00")),))


def test_a_second_reading_of_one_place_never_counts(contested: Scene) -> None:
    # A modified client that saw the two would put a better reading in its place.
    adj = contested.as_("adj")
    mismatch = of(contested.mismatches("adj"), "total")
    lock_reading(adj, mismatch, Value.of("9.00"))
    second = reading_fact(adj, contested, mismatch, "98.00")
    facts = adj.shared.facts(contested.project, mismatch.place.document)
    assert not fact_with_id(facts, second).counted
    assert resolution_fact(adj, contested, mismatch, second, "98.00") is Outcome.SURPLUS
    assert not decided(contested)


def test_a_reading_of_another_place_opens_nothing(contested: Scene) -> None:
    adj = contested.as_("adj")
    places = contested.mismatches("adj")
    reading = lock_reading(adj, of(places, "company"), Value.of("ACME"))
    total = of(places, "total")
    with pytest.raises(NotAllowed):
        readings(adj, total, reading)
    assert resolution_fact(adj, contested, total, reading, "9.00") is Outcome.SURPLUS
    assert not decided(contested)


def test_a_reading_of_another_document_opens_nothing(contested: Scene) -> None:
    adj = contested.as_("adj")
    totals = [m for m in contested.mismatches("adj") if m.place.field == "total"]
    assert len(totals) == 2
    reading = lock_reading(adj, totals[0], Value.of("9.00"))
    with pytest.raises(NotAllowed):
        readings(adj, totals[1], reading)


def test_somebody_elses_reading_opens_nothing(contested: Scene) -> None:
    mismatch = of(contested.mismatches("adj"), "total")
    reading = lock_reading(contested.as_("adj"), mismatch, Value.of("9.00"))
    sue = contested.as_("sue")
    with pytest.raises(NotAllowed):
        readings(sue, mismatch, reading)
    assert resolution_fact(sue, contested, mismatch, reading, "9.00") is Outcome.SURPLUS
    assert not decided(contested)


def test_an_operator_a_keyer_an_auditor_and_an_administrator_lock_no_reading(contested: Scene) -> None:
    mismatch = contested.mismatches("adj")[0]
    for code in ("ann", "bob", "cleo", "aud", "admin"):
        with pytest.raises(Refusal):
            lock_reading(contested.as_(code), mismatch, Value.of("9.00"))


def test_a_mismatch_is_decided_once(contested: Scene) -> None:
    adj, sue = contested.as_("adj"), contested.as_("sue")
    mismatch = of(contested.mismatches("adj"), "total")
    decide(adj, mismatch, "9.00")
    decided = [d.resolution for d in adj.shared.discrepancies(contested.project) if d.field == "total"]
    with pytest.raises(NotAllowed, match="settled this mismatch meanwhile"):
        decide(sue, mismatch, "98.00")
    again = [d.resolution for d in adj.shared.discrepancies(contested.project) if d.field == "total"]
    assert again == decided
    assert [f.kind for f in adj.shared.facts(contested.project) if not f.counted] == ["reading", "resolution"]
    assert contested.findings() == []


def test_a_decision_that_arrives_after_the_comparison_lapsed_is_kept_and_locks_nobody_out(
    release: Scene,
) -> None:
    # It lay in the outbox while a holder compared again: refusing it would stop her at every sign-in.
    release.key_both(first="9.00", second="98.00")
    (mismatch,) = release.mismatches("bob")
    bob = release.as_("bob")
    reading = lock_reading(bob, mismatch, Value.of("9.00"))
    row = document_row(bob, release.project, release.documents[0])
    sue = release.as_("sue")
    ids = tuple(bytes(p.id) for p in sue.shared.passes(release.project, row.id))
    stored = fact_with_id(sue.shared.facts(release.project, row.id), row.comparison or b"")
    clear = msgspec.msgpack.decode(stored.fact.read_statement().clear)
    again = signed_fact(sue, release, FactKind.COMPARISON, clear, (*ids, bytes(row.comparison or b"")))
    assert state(sue, again) is Outcome.STORED
    assert resolution_fact(bob, release, mismatch, reading, "9.00") is Outcome.SURPLUS
    assert send_waiting(bob) == []


def test_a_decision_whose_content_names_another_field_is_not_believed(contested: Scene) -> None:
    # Signed for the total, it would settle the company.
    adj = contested.as_("adj")
    places = [m for m in contested.mismatches("adj") if m.place.document == contested.documents[0]]
    total, company = of(places, "total"), of(places, "company")
    reading = lock_reading(adj, total, Value.of("9.00"))
    clear = {
        "field": "total",
        "row": 0,
        "choice": "another",
        "charged": "both",
        "cause": "x",
        "method": "keyed",
    }
    content = encode((Entry(company.address, Value.of("EVIL")),))
    refs = (bytes(total.place.comparison), bytes(reading))
    state(adj, signed_fact(adj, contested, FactKind.RESOLUTION, clear, refs, content))
    contested.close()
    compare_waiting(contested.as_("sue"), contested.project)
    row = document_row(contested.as_("sue"), contested.project, contested.documents[0])
    assert row.record is None


def test_a_decision_without_a_reading_is_named(contested: Scene) -> None:
    mismatch = of(contested.mismatches("adj"), "total")
    adj = contested.as_("adj")
    reading = lock_reading(adj, mismatch, Value.of("9.00"))
    assert resolution_fact(adj, contested, mismatch, reading, "9.00") is Outcome.STORED
    contested.edit("DELETE FROM fact WHERE id = ?", reading)
    assert found(contested.findings(), "fact", "order")
