"""Signed messages as PostgreSQL's functions take them, one or many at a time; what became of each."""

from collections.abc import Sequence
from typing import LiteralString, assert_never

import msgspec

from boapp.crypto.facts import SealedFact
from boapp.crypto.sealed_pass import SealedPass
from boapp.errors import Refusal
from boapp.shareddb.postgres_refusals import busy
from boapp.shareddb.protocol import Outcome, Signed, TakenIn, not_kept, refused

SEND: LiteralString = (
    "SELECT api.send(%b::text[], %b::bytea[], %b::bytea[], %b::bytea[], %b::bytea[], %b::bytea[], "
    "%b::bytea[], %b::int[], %b::bytea[])"
)
"""Columns go as arrays in their binary form: as text, bytes would be twice as long."""
_Cell = str | bytes | int | None


def cells_of_pass(sealed: SealedPass) -> tuple[bytes | None, ...]:
    """Return a pass as `api.seal` takes it."""
    boxes = msgspec.msgpack.encode(sealed.boxes)
    return sealed.manifest, sealed.signature, sealed.blob, boxes, sealed.k1 or None


def cells_of_fact(fact: SealedFact) -> tuple[bytes, ...]:
    """Return a fact as `api.state` takes it."""
    return fact.statement, fact.signature, fact.content, fact.box_adj, fact.box_own


def sent(messages: Sequence[Signed]) -> list[list[_Cell]]:
    """Return messages as `api.send` takes them: a column of each cell."""
    rows = [_row(message) for message in messages]
    return [list(column) for column in zip(*rows, strict=True)] or [[] for _ in range(9)]


def _row(message: Signed) -> tuple[_Cell, ...]:
    match message:
        case SealedPass():
            return "pass", *cells_of_pass(message), None, None, None
        case SealedFact():
            return "fact", *cells_of_fact(message), None, None, None
        case TakenIn(fact, new):
            return "intake", *cells_of_fact(fact), new.batch, new.meta_epoch, new.meta
        case _:
            assert_never(message)


def result_of(word: str) -> Outcome | Refusal:
    """Return what became of a message, by the word that `api.send` has for it."""
    match word:
        case "refused":
            return refused()
        case "not kept":
            return not_kept()
        case "busy":
            return busy()
        case _:
            return Outcome(word)
