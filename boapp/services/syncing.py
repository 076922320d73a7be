"""Bringing what was signed here to the shared database: exactly once, whatever breaks.

What is signed is first kept in the outbox and sent from there as stored; it leaves the outbox when the
shared database has it, whether it counts there or not. Sending it twice changes nothing. A message that
the shared database refuses stays, is told, and keeps no other back.
"""

from collections.abc import Callable
from dataclasses import dataclass

import msgspec

from boapp import faultpoints
from boapp.crypto.facts import Draft, SealedFact, seal_fact
from boapp.crypto.sealed_pass import ChainPlace, SealedPass
from boapp.crypto.signing import link
from boapp.domain.ids import DocumentId, Fence, ProjectId
from boapp.errors import Refusal, Tampered, Unavailable
from boapp.localdb.store import Message, Waiting
from boapp.shareddb.protocol import NewDocument, Outcome
from boapp.workspace import Workspace

PASS, FACT, INTAKE = "pass", "fact", "intake"


@dataclass(frozen=True, slots=True)
class Late:
    """A pass that is kept and does not count: its claim was no longer."""

    project: ProjectId
    document: DocumentId
    fence: Fence


@dataclass(frozen=True, slots=True)
class Sent:
    """What became of what waited: the outcomes in the order of the outbox, and what was refused.

    newest: the refusal of the last message, which is the one that was just signed. late: the passes among
    it that came too late.
    """

    outcomes: tuple[Outcome, ...]
    refusals: tuple[Refusal, ...]
    newest: Refusal | None
    late: tuple[Late, ...]


def send_all(ws: Workspace) -> Sent:
    """Send everything in the outbox, oldest first; Unavailable when the shared database is."""
    outcomes, refusals, newest, late = [], [], None, []
    for waiting in ws.store.waiting():
        newest = None
        try:
            outcomes.append(outcome := _send(ws, waiting))
            if outcome is Outcome.SURPLUS and waiting.kind == PASS:
                late.append(_late(waiting.data))
        except Unavailable:
            raise
        except Refusal as refusal:
            refusals.append(newest := refusal)
    return Sent(tuple(outcomes), tuple(refusals), newest, tuple(late))


def _late(data: bytes) -> Late:
    manifest = msgspec.msgpack.decode(data, type=SealedPass).read_manifest()
    return Late(manifest.context.project, manifest.context.document, manifest.fence)


def send_waiting(ws: Workspace) -> list[Outcome]:
    """Send everything in the outbox; raise what the newest message was refused for.

    An older one that is refused was told when it was signed, and is told at every sign-in.
    """
    return list(send(ws).outcomes)


def send(ws: Workspace) -> Sent:
    """Send everything in the outbox as `send_waiting` does, and tell which passes came too late."""
    sent = send_all(ws)
    if sent.newest is not None:
        raise sent.newest
    return sent


def _send(ws: Workspace, waiting: Waiting) -> Outcome:
    faultpoints.reach("send:begun")
    outcome = _SENDERS[waiting.kind](ws, waiting.data)
    if outcome is Outcome.CONFLICT:
        raise Tampered(
            "The shared database holds something else under the id of what was signed here.",
            "Your work is kept in the outbox: call your administrator.",
        )
    faultpoints.reach("send:stored")
    ws.store.acknowledge(waiting)
    faultpoints.reach("send:acknowledged")
    return outcome


def _send_pass(ws: Workspace, data: bytes) -> Outcome:
    return ws.shared.seal(msgspec.msgpack.decode(data, type=SealedPass))


def _send_facts(ws: Workspace, data: bytes) -> Outcome:
    return ws.shared.state([msgspec.msgpack.decode(data, type=SealedFact)])[0]


def _send_intake(ws: Workspace, data: bytes) -> Outcome:
    document, fact = msgspec.msgpack.decode(data, type=tuple[NewDocument, SealedFact])
    return ws.shared.add_document(fact, document)


_SENDERS: dict[str, Callable[[Workspace, bytes], Outcome]] = {
    PASS: _send_pass,
    FACT: _send_facts,
    INTAKE: _send_intake,
}


def state_fact(ws: Workspace, draft: Draft, wrapped: Callable[[SealedFact], tuple[str, bytes]]) -> SealedFact:
    """Sign a fact into the outbox; `wrapped` gives the message kind and bytes to send it as."""
    made: list[SealedFact] = []
    adj_public = b""
    if draft.content is not None:
        adj_public = ws.roster.project(draft.subject.project).adj_publics[draft.subject.adj_epoch]

    def build(place: ChainPlace) -> Message:
        fact = seal_fact(draft, adj_public, ws.keys, place, ws.now_us())
        made.append(fact)
        kind, data = wrapped(fact)
        return Message(kind, data, link(fact.statement, fact.signature))

    ws.store.enqueue(draft.subject.project, ws.seen_head, build)
    return made[0]


def plain(fact: SealedFact) -> tuple[str, bytes]:
    """Send a fact as itself."""
    return FACT, msgspec.msgpack.encode(fact)


def with_document(document: NewDocument) -> Callable[[SealedFact], tuple[str, bytes]]:
    """Send an intake together with the queue's row."""
    return lambda fact: (INTAKE, msgspec.msgpack.encode((document, fact)))


def keep_pass(
    ws: Workspace, project: ProjectId, document: DocumentId, build: Callable[[ChainPlace], SealedPass]
) -> SealedPass:
    """Seal a pass into the outbox and end its draft, in one local transaction."""
    made: list[SealedPass] = []

    def message(place: ChainPlace) -> Message:
        sealed = build(place)
        made.append(sealed)
        return Message(PASS, msgspec.msgpack.encode(sealed), link(sealed.manifest, sealed.signature))

    ws.store.enqueue(project, ws.seen_head, message, ends=document)
    return made[0]
