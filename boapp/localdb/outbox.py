"""The outbox of a local store: what was signed here, until the shared database has it, and for a while after.

A signed message takes its place in the author's chain, enters the outbox and ends its draft in one
transaction. What another store of the same person signed may wait here too (`take_over`): it has its place in
that store's chain and moves none of this one's.

    outbox row = seal_row(store key, "outbox", row id, message, AAD = LP("outbox", store, project, kind))
"""

import sqlite3
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sqlalchemy import ColumnElement, Connection, Engine, Row, delete, func, literal, null, select, update

from boapp import faultpoints
from boapp.crypto.envelope import digest, new_id, seal_row, unseal_row
from boapp.crypto.framing import lp
from boapp.crypto.roster_entries import NO_HEAD
from boapp.crypto.sealed_pass import ChainPlace
from boapp.domain.ids import ChainId, DocumentId, Fence, ProjectId, StoreId
from boapp.errors import Refusal, Tampered
from boapp.localdb import tables as t
from boapp.sqlitefile import open_engine, reading, sound, writing, writing_plain

_CHAIN_OF = "SELECT id, seq, link FROM chain WHERE project = ?"
_MOVE_CHAIN = (
    "INSERT INTO chain (project, id, seq, link) VALUES (?, ?, ?, ?) "
    "ON CONFLICT (project) DO UPDATE SET id = excluded.id, seq = excluded.seq, link = excluded.link"
)
# A number is never given again: what was sent keeps its own, in case it has to be sent once more.
_ENQUEUE = (
    "INSERT INTO outbox (number, id, project, kind, data, since_us) VALUES ("
    "1 + max(coalesce((SELECT max(number) FROM outbox), 0), coalesce((SELECT max(number) FROM sent), 0)), "
    "?, ?, ?, ?, ?)"
)
_CARRIED = "carried "
"""Stands before the kind of a message that another store of the same person signed."""
_END_DRAFTS = ("DELETE FROM draft WHERE document = ?", "DELETE FROM cursor WHERE document = ?")
_END_CLAIM = "UPDATE reserved SET state = 'sealed' WHERE fence = ?"
"""Another claim on the same document stays: what was sealed under one that was lost does not count."""
_SETTLE = "INSERT INTO sent SELECT number, id, project, kind, ?, data, ? FROM outbox WHERE id = ?"
_SEND_AGAIN = (
    "INSERT INTO outbox (number, id, project, kind, data, since_us, again) "
    "SELECT number, id, project, kind, data, sent_us, NOT owed FROM sent"
)


@dataclass(frozen=True, slots=True)
class Message:
    """Something signed that goes to the shared database; link is what the next one names."""

    kind: str
    data: bytes = field(repr=False)
    link: bytes


@dataclass(frozen=True, slots=True)
class Waiting:
    """A message in the outbox, under the id of its own row.

    since_us: when it was signed. refused: what the shared database refused it for, or empty. carried: whether
    another store of the same person signed it. again: whether it was sent before and its author knows what
    became of it.
    """

    id: bytes
    project: ProjectId
    kind: str
    data: bytes = field(repr=False)
    since_us: int = 0
    refused: str = ""
    carried: bool = False
    again: bool = False

    @property
    def digest(self) -> bytes:
        """Return by what the same message is recognised when it comes again."""
        return digest(lp(self.project, self.kind.encode(), self.data))

    @property
    def row_kind(self) -> str:
        """Return the kind as its row has it."""
        return f"{_CARRIED}{self.kind}" if self.carried else self.kind


@dataclass(frozen=True, slots=True)
class Backlog:
    """How much waits in the outbox: how many, since when the oldest (0: none), how many were refused."""

    count: int
    oldest_us: int
    refused: int


class Outbox:
    """The part of an open store that keeps what is to be sent."""

    engine: Engine
    id: StoreId
    _driver: sqlite3.Connection
    _key: bytes

    # --- outbox -------------------------------------------------------------------------------

    def enqueue(
        self,
        project: ProjectId,
        seen_head: bytes,
        build: Callable[[ChainPlace], Message],
        ends: tuple[DocumentId, Fence] | None = None,
        now_us: int = 0,
    ) -> None:
        """Let build sign a message at its place in the chain, and keep it until it is acknowledged.

        One transaction: the outbox has it, the chain moved on, the drafts of the document and the claim in
        `ends` are done with, or nothing happened.
        """
        with writing_plain(self._driver) as db:
            place = self._next_place(project, seen_head)
            faultpoints.reach("seal:begun")
            message = build(place)
            faultpoints.reach("seal:signed")
            row = new_id()
            data = seal_row(self._key, b"outbox", row, message.data, self._outbox_aad(project, message.kind))
            db.execute(_ENQUEUE, (row, project, message.kind, data, now_us))
            faultpoints.reach("seal:queued")
            db.execute(_MOVE_CHAIN, (project, place.chain, place.seq, message.link))
            if ends is not None:
                document, fence = ends
                for words in _END_DRAFTS:
                    db.execute(words, (document,))
                db.execute(_END_CLAIM, (fence,))
            faultpoints.reach("seal:drafts-ended")
        faultpoints.reach("seal:committed")

    def _next_place(self, project: ProjectId, seen_head: bytes) -> ChainPlace:
        row = self._driver.execute(_CHAIN_OF, (project,)).fetchone()
        if row is None:
            return ChainPlace(ChainId(new_id()), 1, NO_HEAD, seen_head)
        chain, seq, link = row
        return ChainPlace(ChainId(chain), seq + 1, link, seen_head)

    def _outbox_aad(self, project: ProjectId, kind: str) -> bytes:
        return lp(b"outbox", self.id, project, kind.encode())

    @sound()
    def waiting(self) -> list[Waiting]:
        """Return the messages that nobody acknowledged yet, oldest first."""
        with reading(self.engine) as db:
            rows = db.execute(select(t.outbox).order_by(t.outbox.c.number)).all()
        return [self._opened(row) for row in rows]

    @sound()
    def head(self, count: int, size: int, but_us: tuple[int, int] | None = None) -> list[Waiting]:
        """Return the oldest messages that were not refused: at most count, and of size bytes or just one.

        but_us: leave what is no pass and was signed from the one time to the other.
        """
        found: list[Waiting] = []
        query = select(t.outbox).where(t.outbox.c.refused.is_(None)).order_by(t.outbox.c.number).limit(count)
        if but_us is not None:
            query = query.where((t.outbox.c.kind == "pass") | ~t.outbox.c.since_us.between(*but_us))
        with reading(self.engine) as db:
            for row in db.execute(query):
                size -= len(row.data)
                if found and size < 0:
                    break
                found.append(self._opened(row))
        return found

    def _opened(self, row: Row[Any]) -> Waiting:
        aad = self._outbox_aad(row.project, row.kind)
        data = unseal_row(self._key, b"outbox", row.id, row.data, aad)
        why = ""
        if row.refused is not None:
            why = unseal_row(self._key, b"refused", row.id, row.refused, aad).decode()
        kind: str = row.kind.removeprefix(_CARRIED)
        return Waiting(row.id, row.project, kind, data, row.since_us, why, kind != row.kind, bool(row.again))

    def take_over(self, messages: Iterable[tuple[ProjectId, str, bytes, int]]) -> int:
        """Keep what another store of this person signed, as it is, until it is acknowledged; return how many.

        Each with its project, its kind, its bytes, and when it was signed. One transaction. What waits here
        already is recognised and not kept twice. No chain moves.
        """
        with writing(self.engine) as db:
            known = {self._opened(row).digest for row in db.execute(select(t.outbox))}
            before = len(known)
            for project, kind, data, since_us in messages:
                message = Waiting(new_id(), project, kind, data, since_us, carried=True)
                if message.digest not in known:
                    self._enqueue_carried(db, message)
                    known.add(message.digest)
            faultpoints.reach("carry:queued")
        faultpoints.reach("carry:committed")
        return len(known) - before

    def _enqueue_carried(self, db: Connection, message: Waiting) -> None:
        kind, aad = message.row_kind, self._outbox_aad(message.project, message.row_kind)
        sealed = seal_row(self._key, b"outbox", message.id, message.data, aad)
        db.exec_driver_sql(_ENQUEUE, (message.id, message.project, kind, sealed, message.since_us))

    def backlog(self) -> Backlog:
        """Return how much waits."""
        count, oldest = func.count(), func.coalesce(func.min(t.outbox.c.since_us), 0)
        with reading(self.engine) as db:
            return Backlog(*db.execute(select(count, oldest, func.count(t.outbox.c.refused))).one())

    def settle(
        self,
        done: Sequence[tuple[Waiting, bool]],
        refused: Sequence[tuple[Waiting, Refusal]] = (),
        now_us: int = 0,
    ) -> None:
        """Let go of what the shared database has, for a while kept; mark what it refused. One transaction.

        done: with whether its author is still to be told something of it (`owed`).
        """
        with writing_plain(self._driver) as db:
            for message, owed in done:
                db.execute(_SETTLE, (now_us, owed, message.id))
                db.execute("DELETE FROM outbox WHERE id = ?", (message.id,))
            for message, why in refused:
                aad = self._outbox_aad(message.project, message.row_kind)
                words = seal_row(self._key, b"refused", message.id, str(why).encode(), aad)
                db.execute("UPDATE outbox SET refused = ? WHERE id = ?", (words, message.id))
            faultpoints.reach("settle:written")
        faultpoints.reach("settle:committed")

    def acknowledge(self, message: Waiting) -> None:
        """Let a message go: the shared database has it."""
        self.settle(((message, False),))

    def retry(self) -> None:
        """Let what was refused be sent once more."""
        with writing(self.engine) as db:
            db.execute(update(t.outbox).values(refused=None))

    # --- what was sent ------------------------------------------------------------------------

    @sound()
    def newest_sent(self) -> list[Waiting]:
        """Return the message of each project that was sent last."""
        newest = select(func.max(t.sent.c.number)).group_by(t.sent.c.project)
        return self._sent_where(t.sent.c.number.in_(newest))

    @sound()
    def owed(self) -> list[Waiting]:
        """Return the messages that were sent and of which their author is still to be told, oldest first."""
        return self._sent_where(t.sent.c.owed != 0)

    def told(self, messages: Sequence[bytes]) -> None:
        """Keep that their author was told of messages, by the ids of their rows."""
        if not messages:
            return
        with writing_plain(self._driver) as db:
            for message in messages:
                db.execute("UPDATE sent SET owed = 0 WHERE id = ?", (message,))

    def _sent_where(self, condition: ColumnElement[bool]) -> list[Waiting]:
        absent = (literal(0).label("since_us"), null().label("refused"), literal(1).label("again"))
        query = select(t.sent, *absent)
        with reading(self.engine) as db:
            return [self._opened(row) for row in db.execute(query.where(condition).order_by(t.sent.c.number))]

    def send_again(self) -> int:
        """Put every kept message back into the outbox, in its old place; return how many."""
        with writing(self.engine) as db:
            count: int = db.execute(select(func.count()).select_from(t.sent)).scalar_one()
            db.exec_driver_sql(_SEND_AGAIN)
            db.execute(delete(t.sent))
        return count

    def drop_sent(self, before_us: int) -> None:
        """Forget what was sent before a time, but for the newest of each project."""
        newest = select(func.max(t.sent.c.number)).group_by(t.sent.c.project)
        with writing(self.engine) as db:
            db.execute(delete(t.sent).where(t.sent.c.sent_us < before_us, t.sent.c.number.not_in(newest)))


def acknowledged_chains(path: Path) -> list[tuple[ProjectId, ChainId, int]]:
    """Return how far each chain of a store was acknowledged; needs no key, since it opens no value.

    Tampered when a row holds what does not belong there.
    """
    engine = open_engine(path)
    try:
        with reading(engine) as db:
            chains = db.execute(select(t.chain)).all()
            own = t.outbox.c.kind.not_like(f"{_CARRIED}%")
            counts = select(t.outbox.c.project, func.count()).where(own).group_by(t.outbox.c.project)
            waiting: dict[bytes, int] = {row[0]: row[1] for row in db.execute(counts)}
    finally:
        engine.dispose()
    for row in chains:
        if not (isinstance(row.project, bytes) and isinstance(row.id, bytes) and isinstance(row.seq, int)):
            raise Tampered("A local store holds what does not belong there.")
    return [(row.project, row.id, row.seq - waiting.get(row.project, 0)) for row in chains]
