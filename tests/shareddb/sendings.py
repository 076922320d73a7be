"""Messages of one person's: what counts, what comes too late, what is refused."""

from dataclasses import dataclass

import msgspec

from boapp.crypto.envelope import new_id
from boapp.crypto.facts import FactKind, SealedFact
from boapp.crypto.sealed_pass import SealedPass
from boapp.domain.ids import BatchId, DocumentId, Fence, PassId, ProjectId
from boapp.domain.passes import Asked
from boapp.shareddb.protocol import Claim, NewDocument, Signed, TakenIn
from tests.attacks.tools import Scene, claim_raw, forged_pass, signed_fact


def claimed(scene: Scene, code: str, number: int, *, second: bool = False) -> Claim:
    """Let somebody claim a document."""
    found = claim_raw(scene.as_(code), scene, second=second, number=number)
    assert found is not None
    return found


def first_pass(scene: Scene, code: str, number: int, fence: Fence) -> SealedPass:
    """Seal a first pass with its share."""
    return forged_pass(scene.as_(code), scene, fence, number=number, asked=Asked.ALL, k1=True)


def taken_in(scene: Scene, code: str, batch: bytes | None = None) -> TakenIn:
    """Sign an intake of a document that is not there yet; batch: another than the project's."""
    ws, document = scene.as_(code), DocumentId(new_id())
    batch = batch or ws.shared.batches(scene.project)[0].id
    clear = {"batch": batch, "verify": ["total"], "page_count": 1, "form_hash": bytes(32)}
    fact = signed_fact(ws, scene, FactKind.INTAKE, clear, document=document)
    return TakenIn(fact, NewDocument(BatchId(batch), 1, b"meta"))


def comparison(scene: Scene, code: str, first: bytes, second: bytes, number: int = 0) -> SealedFact:
    """Sign a comparison of two passes that differ nowhere."""
    clear = {"rules": 1, "asked": 4, "discrepancies": [], "beyond": False}
    ws, document = scene.as_(code), scene.documents[number]
    return signed_fact(ws, scene, FactKind.COMPARISON, clear, (first, second), document=document)


@dataclass(frozen=True)
class Mixture:
    """Bob's messages, each named."""

    messages: dict[str, Signed]

    def named(self, *names: str) -> list[Signed]:
        """Return messages by their names."""
        return [self.messages[name] for name in names]


def mixed(scene: Scene) -> Mixture:
    """Let ann key two documents and bob claim four; return what he, or his modified client, may send."""
    for number in (0, 1):
        scene.key("ann", number)
    bob, id_ = scene.as_("bob"), PassId(new_id())
    seconds = [claimed(scene, "bob", number, second=True).fence for number in (0, 1)]
    firsts = [claimed(scene, "bob", number).fence for number in (2, 3)]
    keyed = scene.one("SELECT id FROM sealed_pass WHERE document = ?", scene.documents[0])
    assert isinstance(keyed, bytes)
    second = forged_pass(bob, scene, seconds[0])
    one, other = (forged_pass(bob, scene, seconds[1], number=1, pass_id=id_) for _ in range(2))
    own_id = second.read_manifest().context.id
    late = forged_pass(bob, scene, Fence(new_id()), number=4, asked=Asked.ALL, k1=True)
    first = first_pass(scene, "bob", 2, firsts[0])
    messages: dict[str, Signed] = {
        "second": second,
        "compared": comparison(scene, "bob", keyed, own_id),
        "other": one,
        "same id": other,
        "again": forged_pass(bob, scene, seconds[0]),
        "first": first,
        "other share": msgspec.structs.replace(first_pass(scene, "bob", 3, firsts[1]), k1=bytes(32)),
        "late": late,
        "id of late": forged_pass(
            bob, scene, firsts[1], number=3, pass_id=late.read_manifest().context.id, asked=Asked.ALL
        ),
        "id of another": forged_pass(bob, scene, firsts[1], number=3, pass_id=PassId(keyed), asked=Asked.ALL),
        "of ann": forged_pass(bob, scene, firsts[1], number=3, asked=Asked.ALL, author="ann"),
        "nowhere": forged_pass(bob, scene, firsts[0], number=2, project=ProjectId(bytes(16))),
        "cut off": msgspec.structs.replace(first, manifest=first.manifest[:-1]),
        "fact of ann": comparison(scene, "ann", keyed, own_id),
        "early": comparison(scene, "bob", keyed, own_id, number=1),
        "no batch": taken_in(scene, "bob", batch=bytes(16)),
    }
    return Mixture(messages)
