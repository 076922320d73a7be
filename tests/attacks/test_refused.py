"""What the shared database refuses, or keeps without counting it, stops nobody and moves nothing."""

import pytest

from boapp.crypto.facts import FactKind, SealedFact
from boapp.domain.documents import decode_intake
from boapp.domain.ids import DocumentId
from boapp.domain.passes import Method
from boapp.errors import NotFound, Refusal, Tampered
from boapp.interchange.values_csv import ValuesRow
from boapp.localdb.outbox import Message
from boapp.services import from_files
from boapp.services.from_files import key_from_file
from boapp.services.queue import Assignment, claim
from boapp.services.reporting import status
from boapp.services.sealing import seal
from boapp.services.signing_in import sign_in
from boapp.services.syncing import FACT, plain, send_all, send_waiting
from boapp.services.verifying import document_row
from boapp.shareddb.protocol import DocumentRow, NewDocument, Outcome
from boapp.shareddb.sqlite import SqliteDatabase
from boapp.workspace import Workspace
from tests.attacks.tools import Scene, forged_pass, found, signed_fact, state
from tests.builders import PASSPHRASE, entries, receipt

NOTHING_DIFFERS = {"rules": 1, "asked": 4, "discrepancies": [], "beyond": False}


def put_into_outbox(ws: Workspace, scene: Scene, fact: SealedFact) -> None:
    """Leave a message in the outbox, as a crash or an older program may."""
    _, data = plain(fact)
    ws.store.enqueue(scene.project, ws.seen_head, lambda _place: Message(FACT, data, bytes(32)))


def of_no_document(ws: Workspace, scene: Scene) -> SealedFact:
    """Sign a fact about a document that the shared database does not have."""
    gone = DocumentId(bytes(16))
    return signed_fact(ws, scene, FactKind.COMPARISON, NOTHING_DIFFERS, (bytes(16),) * 2, document=gone)


def test_a_message_that_is_refused_keeps_no_other_back(scene: Scene) -> None:
    # One message about a document that is gone would have ended its author's work for good.
    ann = scene.as_("ann")
    put_into_outbox(ann, scene, of_no_document(ann, scene))
    scene.key("ann")
    assert ann.shared.documents(scene.project)[0].first_by == ann.me.id
    assert len(ann.store.waiting()) == 1
    ann.store.retry()
    sent = send_all(ann)
    assert (len(sent.refusals), sent.outcomes) == (1, ())


@pytest.mark.file_only
def test_a_message_that_is_refused_is_told_to_whoever_signs_it(scene: Scene) -> None:
    ann = scene.as_("ann")
    put_into_outbox(ann, scene, of_no_document(ann, scene))
    with pytest.raises(NotFound):
        send_waiting(ann)


@pytest.mark.file_only
def test_signing_in_tells_what_could_not_be_sent_and_goes_on(scene: Scene) -> None:
    sue = scene.as_("sue")
    put_into_outbox(sue, scene, of_no_document(sue, scene))
    scene.close()
    told: list[Refusal] = []
    ws = sign_in(scene.house.home, scene.house.location, "sue", PASSPHRASE, told.append)
    assert [type(refusal) for refusal in told] == [NotFound]
    assert status(ws, scene.project).outbox == 1
    ws.close()


def test_a_message_with_another_ones_id_is_told_and_keeps_nobody_out(scene: Scene) -> None:
    scene.key_both()
    sue = scene.as_("sue")
    one = signed_fact(sue, scene, FactKind.CONFIRMATION, {"same": True}, (bytes(16),))
    assert state(sue, one) is Outcome.SURPLUS
    with scene.sql() as db:
        db.execute("UPDATE fact SET statement = signature WHERE id = ?", (one.read_statement().id,))
    put_into_outbox(sue, scene, one)
    assert [type(refusal) for refusal in send_all(sue).refusals] == [Tampered]


@pytest.mark.parametrize("kind", [FactKind.READING, FactKind.RESOLUTION, FactKind.RECORD])
@pytest.mark.parametrize("code", ["ann", "cleo", "admin"])
def test_what_a_keyer_or_a_bystander_sends_past_the_program_moves_nothing(
    release: Scene, kind: FactKind, code: str
) -> None:
    release.key_both(first="9.00", second="98.00")
    ws = release.as_(code)
    before = document_row(ws, release.project, release.documents[0]), ws.shared.discrepancies(release.project)
    place = {"field": "total", "row": 0}
    decided = place | {"choice": "first", "charged": "second", "cause": "x", "method": "keyed"}
    clear: dict[FactKind, dict[str, object]] = {
        FactKind.READING: dict(place),
        FactKind.RESOLUTION: dict(decided),
        FactKind.RECORD: {"values": 4},
    }
    refs = (bytes(before[0].comparison or b""), bytes(16))[: 2 if kind is FactKind.RESOLUTION else 1]
    fact = signed_fact(ws, release, kind, clear[kind], refs, b"x")
    assert state(ws, fact) is Outcome.SURPLUS
    after = document_row(ws, release.project, release.documents[0]), ws.shared.discrepancies(release.project)
    assert after == before
    assert found(release.findings(), f"fact {fact.read_statement().id.hex()}", "role")


@pytest.mark.parametrize(
    "places",
    [
        [("total", 0, 0, 0, "value"), ("total", 0, 0, 0, "blank")],
        [("total", 2**40, 0, 0, "value")],
        [("total", 0, -1, 0, "value")],
        [("t" * 41, 0, 0, 0, "value")],
    ],
)
def test_a_comparison_at_places_that_cannot_be_is_kept_and_moves_nothing(
    strict: Scene, places: list[object]
) -> None:
    strict.key_both()
    sue = strict.as_("sue")
    ids = [(p.slot, bytes(p.id)) for p in sue.shared.passes(strict.project, strict.documents[0])]
    clear = NOTHING_DIFFERS | {"discrepancies": places}
    fact = signed_fact(sue, strict, FactKind.COMPARISON, clear, tuple(id_ for _, id_ in sorted(ids)))
    assert state(sue, fact) is Outcome.SURPLUS
    assert document_row(sue, strict.project, strict.documents[0]).comparison is None


def test_a_document_taken_in_again_under_its_id_changes_nothing(scene: Scene) -> None:
    admin = scene.as_("admin")
    row = document_row(admin, scene.project, scene.documents[0])
    stored = next(f for f in admin.shared.facts(scene.project, row.id) if f.kind == FactKind.INTAKE)
    clear = decode_intake(stored.fact.read_statement().clear)
    fields = {name: getattr(clear, name) for name in type(clear).__struct_fields__}
    again = signed_fact(admin, scene, FactKind.INTAKE, fields)
    assert admin.shared.add_document(again, NewDocument(row.batch, 1, b"x")) is Outcome.SURPLUS
    assert document_row(admin, scene.project, row.id) == row
    assert scene.findings() == []


def test_a_pass_whose_share_is_not_the_signed_one_never_counts(release: Scene) -> None:
    # The second keyer would be given a share that opens nothing.
    ann = release.as_("ann")
    work = claim(ann, release.project, second=False, document=release.documents[0])
    assert work is not None
    sealed = forged_pass(ann, release, work.claim.fence, asked=work.asked, k1=True)
    sealed = type(sealed)(sealed.manifest, sealed.signature, sealed.blob, sealed.boxes, bytes(32))
    assert ann.shared.seal(sealed) is Outcome.SURPLUS
    seal(ann, work, entries(receipt()), Method.FILE)
    assert send_waiting(ann) == [Outcome.STORED]


@pytest.mark.file_only
def test_a_document_that_was_keyed_too_late_is_reported_as_refused(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    # It was reported as sealed, though another pass counts.
    def claim_and_lose(ws: Workspace, row: DocumentRow) -> Assignment:
        work = before(ws, row)
        ws.shared.hand_back(work.claim.fence)
        scene.key("cleo")
        return work

    before = from_files._claimed
    monkeypatch.setattr(from_files, "_claimed", claim_and_lose)
    ann = scene.as_("ann")
    assert isinstance(ann.shared, SqliteDatabase)
    done = key_from_file(ann, scene.project, [ValuesRow(2, "page-001.png", receipt())])
    assert done.sealed == []
    assert "too late" in done.refused[0].reason
    assert "surplus" in done.refused[0].reason
