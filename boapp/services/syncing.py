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
from boapp.domain.ids import ProjectId
from boapp.errors import Refusal, Tampered, Unavailable
from boapp.localdb.outbox import Message, Waiting
from boapp.shareddb.protocol import Claim, NewDocument, Outcome, Signed, TakenIn
from boapp.workspace import Workspace

PASS, FACT, INTAKE = "pass", "fact", "intake"
MOST_MESSAGES, MOST_BYTES = 200, 4 << 20
"""So much is sent at a time: one that is larger goes alone."""


@dataclass(frozen=True, slots=True)
class Sent:
    """What became of what waited: the outcomes in the order of the outbox, and what was refused.

    newest: the refusal of the last message, which is the one that was just signed.
    """

    outcomes: tuple[Outcome, ...] = ()
    refusals: tuple[Refusal, ...] = ()
    newest: Refusal | None = None

    def followed_by(self, more: "Sent") -> "Sent":
        """Return what became of both, this first."""
        return Sent(self.outcomes + more.outcomes, self.refusals + more.refusals, more.newest)


@dataclass(frozen=True, slots=True)
class Attempt:
    """A message of the outbox, and what became of it: an outcome, or why it was refused.

    Unavailable: somebody else keeps locked what it needs; it stays, and is sent with the next ones.
    """

    message: Waiting
    came: Outcome | Refusal

    @property
    def is_owed(self) -> bool:
        """Say whether it is a pass that does not count, or may not, since the first answer to it was lost."""
        lost = self.came is Outcome.ALREADY and not self.message.again
        return self.message.kind == PASS and (lost or self.came is Outcome.SURPLUS)


def _tell_nobody(_tried: list[Attempt]) -> None:
    """Tell nobody."""


def send_all(
    ws: Workspace,
    but_facts_us: tuple[int, int] | None = None,
    settled: Callable[[list[Attempt]], None] = _tell_nobody,
) -> Sent:
    """Send everything in the outbox but what was refused before, oldest first, many at a time.

    but_facts_us: leave facts that were signed from the one time to the other to whoever signed them, who
    sends them at once and asks what became of them. settled: called with what became of each batch as soon
    as it is settled here. Unavailable when the shared database is: what was sent until then is settled.
    """
    sent = Sent()
    while batch := ws.store.head(MOST_MESSAGES, MOST_BYTES, but_facts_us):
        if greet(ws):
            continue  # what went before goes first
        tried = _send(ws, batch)
        settled(tried)
        sent = sent.followed_by(summed(tried))
        if any(isinstance(one.came, Unavailable) for one in tried):
            break  # somebody keeps it locked: it is sent with the next ones
    return sent


def _send(ws: Workspace, batch: list[Waiting]) -> list[Attempt]:
    faultpoints.reach("send:begun")
    results = [_settled(one) for one in ws.shared.send([as_signed(m.kind, m.data) for m in batch])]
    faultpoints.reach("send:stored")
    tried = [Attempt(message, one) for message, one in zip(batch, results, strict=True)]
    done = [(one.message, one.is_owed) for one in tried if not isinstance(one.came, Refusal)]
    refused = [
        (one.message, one.came)
        for one in tried
        if isinstance(one.came, Refusal) and not isinstance(one.came, Unavailable)
    ]
    ws.store.settle(done, refused, ws.now_us())
    faultpoints.reach("send:acknowledged")
    return tried


def summed(tried: list[Attempt]) -> Sent:
    """Return what became of messages that were sent together."""
    results = [attempt.came for attempt in tried]
    newest = results[-1]
    return Sent(
        tuple(one for one in results if not isinstance(one, Refusal)),
        tuple(one for one in results if isinstance(one, Refusal)),
        newest if isinstance(newest, Refusal) else None,
    )


def _settled(result: Outcome | Refusal) -> Outcome | Refusal:
    if result is not Outcome.CONFLICT:
        return result
    return Tampered(
        "The shared database holds something else under the id of what was signed here.",
        "Your work is kept in the outbox: call your administrator.",
    )


def as_signed(kind: str, data: bytes) -> Signed:
    """Return a message of the outbox as it was signed."""
    if kind == PASS:
        return msgspec.msgpack.decode(data, type=SealedPass)
    if kind == FACT:
        return msgspec.msgpack.decode(data, type=SealedFact)
    document, fact = msgspec.msgpack.decode(data, type=tuple[NewDocument, SealedFact])
    return TakenIn(fact, document)


def greet(ws: Workspace) -> int:
    """After each new connection to a server, see whether its database is as it was; before anything is sent.

    After a restore from a backup all that is kept is sent again. Return how many messages that are; 0 when
    nothing went back.
    """
    connection = ws.shared.connected()
    if connection == ws.greeted:
        return 0
    again = send_again_if_set_back(ws)
    ws.greeted = connection
    return again


def send_again_if_set_back(ws: Workspace) -> int:
    """Ask the shared database for what was sent last in each project; if it lacks any, send all that is kept.

    Nothing is stored by the question: what was sent last may rest on what was sent before. What is refused
    says nothing, as where this person is in the project no more.
    """
    for newest in ws.store.newest_sent():
        came = ws.shared.try_out(as_signed(newest.kind, newest.data))
        if isinstance(came, Unavailable):
            raise came
        if came in {Outcome.STORED, Outcome.SURPLUS}:
            return ws.store.send_again()
    return 0


def send_waiting(ws: Workspace) -> list[Outcome]:
    """Send everything in the outbox; raise what the newest message was refused for.

    An older one that is refused was told when it was signed, and is told at every sign-in.
    """
    return list(send(ws).outcomes)


def send(ws: Workspace) -> Sent:
    """Send everything in the outbox as `send_waiting` does; what came too late is owed to its keyer."""
    sent = send_all(ws)
    if sent.newest is not None:
        raise sent.newest
    return sent


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

    ws.store.enqueue(draft.subject.project, ws.seen_head, build, now_us=ws.now_us())
    return made[0]


def plain(fact: SealedFact) -> tuple[str, bytes]:
    """Send a fact as itself."""
    return FACT, msgspec.msgpack.encode(fact)


def with_document(document: NewDocument) -> Callable[[SealedFact], tuple[str, bytes]]:
    """Send an intake together with the queue's row."""
    return lambda fact: (INTAKE, msgspec.msgpack.encode((document, fact)))


def keep_pass(
    ws: Workspace, project: ProjectId, claim: Claim, build: Callable[[ChainPlace], SealedPass]
) -> SealedPass:
    """Seal a pass into the outbox and end its draft and its claim here, in one local transaction."""
    made: list[SealedPass] = []

    def message(place: ChainPlace) -> Message:
        sealed = build(place)
        made.append(sealed)
        return Message(PASS, msgspec.msgpack.encode(sealed), link(sealed.manifest, sealed.signature))

    ws.store.enqueue(project, ws.seen_head, message, ends=(claim.document, claim.fence), now_us=ws.now_us())
    return made[0]
