"""The reserve of a local store: claims made ahead, with all that keying them needs and no network gives.

Rows are kept as the shared database gave them, sealed once more under the store key. A claim *waits*
until somebody works on it, is *begun* while she does, *sealed* until its pass is acknowledged, *returned*
when she handed it back and the shared database does not know yet.

    row = seal_row(store key, "reserve", row id, padded MessagePack, AAD = LP("reserve", store, kind, …))
"""

import enum
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

import msgspec
from sqlalchemy import Connection, Engine, Row, delete, func, insert, literal, select, update
from sqlalchemy.dialects.sqlite import insert as upsert

from boapp import faultpoints
from boapp.crypto.envelope import new_id, seal_row, unseal_row
from boapp.crypto.framing import lp
from boapp.crypto.sealed_pass import pad, unpad
from boapp.domain.ids import DocumentId, Fence, ProjectId
from boapp.errors import Tampered
from boapp.localdb import tables as t
from boapp.sqlitefile import reading, sound, writing

_Struct = TypeVar("_Struct", bound=msgspec.Struct)


class State(enum.StrEnum):
    """Where a reserved claim stands."""

    WAITS = "waits"
    BEGUN = "begun"
    SEALED = "sealed"
    RETURNED = "returned"


@dataclass(frozen=True, slots=True)
class Reserved:
    """A claim that is here; contents: its rows as bytes, opened by whoever knows them.

    asked: whether this workstation asked for it; another one of the same person may work under any else.
    """

    fence: Fence
    document: DocumentId
    project: ProjectId
    pass_no: int
    expires_us: int
    place: int
    state: State
    contents: bytes
    asked: bool = True


class Reserve:
    """The claims that are here, and what is known of their projects."""

    def __init__(self, engine: Engine, key: bytes, store: bytes) -> None:
        self._engine, self._key, self._store = engine, key, store

    # --- claims -------------------------------------------------------------------------------

    def keep(self, claims: Iterable[Reserved]) -> None:
        """Keep claims; one that is here keeps its state, unless it was granted anew."""
        with writing(self._engine) as db:
            for one in claims:
                self._keep(db, one)
            faultpoints.reach("reserve:kept")

    def _keep(self, db: Connection, one: Reserved) -> None:
        row = new_id()
        sealed = seal_row(self._key, b"reserve", row, pad(one.contents), self._aad(one.document, one.fence))
        db.execute(
            delete(t.reserved).where(t.reserved.c.document == one.document, t.reserved.c.fence != one.fence)
        )
        values = {
            "fence": one.fence,
            "document": one.document,
            "project": one.project,
            "pass_no": one.pass_no,
            "expires_us": one.expires_us,
            "place": one.place,
            "state": one.state,
            "asked": one.asked,
            "id": row,
            "data": sealed,
        }
        changes = {"expires_us": one.expires_us, "id": row, "data": sealed}
        db.execute(
            upsert(t.reserved).values(values).on_conflict_do_update(index_elements=["fence"], set_=changes)
        )

    @sound()
    def claims(self, project: ProjectId | None = None) -> list[Reserved]:
        """Return the claims of a project or of all, in the order in which they are keyed."""
        query = select(t.reserved).order_by(t.reserved.c.place)
        if project is not None:
            query = query.where(t.reserved.c.project == project)
        with reading(self._engine) as db:
            return [self._opened(row) for row in db.execute(query)]

    @sound()
    def of(self, document: DocumentId) -> Reserved | None:
        """Return the claim on a document, if it is here."""
        with reading(self._engine) as db:
            row = db.execute(select(t.reserved).where(t.reserved.c.document == document)).first()
        return None if row is None else self._opened(row)

    @sound()
    def states(self) -> list[tuple[Fence, DocumentId, ProjectId, int, int, State]]:
        """Return fence, document, project, pass, end of lease and state of every claim, unopened."""
        c = t.reserved.c
        query = select(c.fence, c.document, c.project, c.pass_no, c.expires_us, c.state).order_by(c.place)
        with reading(self._engine) as db:
            return [(*row[:5], State(row.state)) for row in db.execute(query)]

    def untouched(self) -> set[DocumentId]:
        """Return the documents that were claimed ahead and that nobody began."""
        return {document for _, document, *_, state in self.states() if state is State.WAITS}

    def _opened(self, row: Row[Any]) -> Reserved:
        aad = self._aad(row.document, row.fence)
        contents = unpad(unseal_row(self._key, b"reserve", row.id, row.data, aad))
        place = (row.fence, row.document, row.project, row.pass_no, row.expires_us, row.place)
        return Reserved(*place, State(row.state), contents, bool(row.asked))

    @sound()
    def next_waiting(self, project: ProjectId, pass_no: int) -> Reserved | None:
        """Return the next claim of this kind that nobody works on; begun by that."""
        c = t.reserved.c
        fits = (c.project == project, c.state == State.WAITS)
        kind = c.pass_no == 1 if pass_no == 1 else c.pass_no > 1
        query = select(t.reserved).where(*fits, kind).order_by(c.place).limit(1)
        with writing(self._engine) as db:
            row = db.execute(query).first()
            if row is None:
                return None
            db.execute(update(t.reserved).where(c.fence == row.fence).values(state=State.BEGUN))
        return self._opened(row)

    def put(self, fence: Fence, state: State) -> None:
        """Move a claim that is not sealed to another state."""
        c = t.reserved.c
        with writing(self._engine) as db:
            db.execute(
                update(t.reserved).where(c.fence == fence, c.state != State.SEALED).values(state=state)
            )

    def asked_here(self) -> list[Fence]:
        """Return the claims that this workstation asked for and nobody began."""
        c = t.reserved.c
        query = select(c.fence).where(c.state == State.WAITS, c.asked == 1).order_by(c.place)
        with reading(self._engine) as db:
            return [Fence(fence) for fence in db.scalars(query)]

    def hand_back(self, fence: Fence, now_us: int) -> None:
        """Let a claim be given back, and remember that its document is not for this person for a while."""
        c = t.reserved.c
        of = select(c.document, c.project, literal(now_us)).where(c.fence == fence, c.state != State.SEALED)
        into = insert(t.declined).prefix_with("OR REPLACE").from_select(["document", "project", "us"], of)
        with writing(self._engine) as db:
            db.execute(into)
            db.execute(
                update(t.reserved)
                .where(c.fence == fence, c.state != State.SEALED)
                .values(state=State.RETURNED)
            )

    def declined(self, since_us: int) -> list[tuple[DocumentId, ProjectId]]:
        """Return the documents that were handed back since a time; what is older is forgotten."""
        c = t.declined.c
        with writing(self._engine) as db:
            db.execute(delete(t.declined).where(c.us < since_us))
            return [
                (DocumentId(row.document), ProjectId(row.project)) for row in db.execute(select(t.declined))
            ]

    def last_place(self) -> int:
        """Return the place of the claim that is keyed last; 0 when there is none."""
        with reading(self._engine) as db:
            return db.scalar(select(func.max(t.reserved.c.place))) or 0

    def renewed(self, ends: Iterable[tuple[Fence, int]]) -> None:
        """Keep until when leases run now."""
        with writing(self._engine) as db:
            for fence, expires_us in ends:
                where = t.reserved.c.fence == fence
                db.execute(update(t.reserved).where(where).values(expires_us=expires_us))

    def forget(self, fences: Sequence[Fence]) -> None:
        """Let claims go that are no longer; drafts stay."""
        with writing(self._engine) as db:
            for fence in fences:
                db.execute(delete(t.reserved).where(t.reserved.c.fence == fence))
            faultpoints.reach("reserve:forgotten")

    # --- what is known of projects ------------------------------------------------------------

    def learn(self, kind: str, project: ProjectId, rows: Sequence[tuple[bytes, msgspec.Struct]]) -> None:
        """Keep all rows of a kind under their names, in the place of what was known."""
        with writing(self._engine) as db:
            db.execute(delete(t.known).where(t.known.c.kind == kind, t.known.c.project == project))
            for name, struct in rows:
                row = new_id()
                aad = self._aad(kind.encode(), project, name)
                data = seal_row(self._key, b"known", row, pad(msgspec.msgpack.encode(struct)), aad)
                values = {"kind": kind, "project": project, "name": name, "id": row, "data": data}
                db.execute(insert(t.known).values(values))

    @sound()
    def recall(self, kind: str, project: ProjectId | None, what: type[_Struct]) -> list[_Struct]:
        """Return what is known of a kind, of one project or of all."""
        query = select(t.known).where(t.known.c.kind == kind)
        if project is not None:
            query = query.where(t.known.c.project == project)
        with reading(self._engine) as db:
            rows = db.execute(query).all()
        found = []
        for row in rows:
            aad = self._aad(kind.encode(), row.project, row.name)
            data = unpad(unseal_row(self._key, b"known", row.id, row.data, aad))
            try:
                found.append(msgspec.msgpack.decode(data, type=what))
            except msgspec.MsgspecError as error:
                raise Tampered("The local store holds what does not belong there.") from error
        return found

    def _aad(self, *place: bytes) -> bytes:
        return lp(b"reserve", self._store, *place)
