"""Rows as a shared database gives them, read as what they must be.

SQLite keeps anything in any column, so a file that somebody edited may hold a number where bytes
belong, or a word that nobody knows; what comes from PostgreSQL is no more believed. Every row is held
against its struct before it is used: listing evidence tells a wrong row apart and goes on, everything
else refuses it.
"""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, TypeVar

import msgspec
from sqlalchemy import Column, Row, Table

from boapp.crypto.epochs import Wrap
from boapp.crypto.facts import SealedFact
from boapp.crypto.framing import unpack
from boapp.crypto.passphrase import KdfParameters
from boapp.crypto.roster_entries import SignedEntry
from boapp.crypto.sealed_pass import Boxes, SealedPass
from boapp.domain.ids import DocumentId, FactId, PassId, PersonId, ProjectId
from boapp.domain.workflow import Role
from boapp.errors import Tampered
from boapp.shareddb import tables as t
from boapp.shareddb.protocol import (
    Assigned,
    Claim,
    DocumentRow,
    Malformed,
    MemberRow,
    OpenClaim,
    OpenDiscrepancy,
    PersonKey,
    StoredFact,
    StoredPass,
)

MAX_ROW = 64 * 1024
_MAX_U32 = 2**32 - 1
_COLUMN = re.compile(r"`\$\.(\w+)`")
_EDITED = "Somebody edited the file: call your administrator. boapp audit verify names the row."

Struct = TypeVar("Struct", bound=msgspec.Struct)
Read = Callable[[Row[Any]], Struct]
_Any = TypeVar("_Any")


class _Entry(msgspec.Struct, frozen=True):
    seq: int
    data: bytes
    signature: bytes


class _Person(msgspec.Struct, frozen=True):
    person: PersonId
    code: str
    blob: bytes
    kdf: bytes
    scram: str
    set_by_administrator: int
    signature: bytes
    name: bytes | None


class _Pass(msgspec.Struct, frozen=True):
    id: PassId
    document: DocumentId
    person: PersonId
    manifest: bytes
    signature: bytes
    blob: bytes
    boxes: bytes
    slot: int = 0


class _Fact(msgspec.Struct, frozen=True):
    id: FactId
    document: DocumentId
    kind: str
    actor: PersonId
    counted: int
    statement: bytes
    signature: bytes
    content: bytes
    box_adj: bytes
    box_own: bytes


class _Member(msgspec.Struct, frozen=True):
    project: ProjectId
    person: PersonId
    roles: str


class Share(msgspec.Struct, frozen=True):
    """A release share as stored."""

    sealed_pass: PassId
    k1: bytes


def columns(table: Table, struct: type[msgspec.Struct]) -> list[Any]:
    """Return a table's columns of the same names as a struct's fields, in their order."""
    return [table.c[name] for name in struct.__struct_fields__]


def read_as(struct: type[Struct]) -> Read[Struct]:
    """Return what reads a row as a struct of the same columns."""
    return lambda row: _convert(row._asdict(), struct)


def _convert(cells: dict[str, Any], struct: type[Struct]) -> Struct:
    found = {name: cells[name] for name in struct.__struct_fields__ if name in cells}
    for name, cell in found.items():
        if isinstance(cell, str) and not cell.isascii() and not _is_text(cell):
            raise Tampered(f"its column {name} holds what does not belong there")
    try:
        return msgspec.convert(found, struct, builtin_types=(bytes,))
    except (msgspec.ValidationError, UnicodeError) as error:
        column = _COLUMN.search(str(error))
        raise Tampered(
            f"its column {column[1]} holds what does not belong there" if column else "it is malformed"
        ) from error


def _is_text(cell: str) -> bool:
    """Say whether a cell was text: bytes that are none come as lone surrogates."""
    return not any("\ud800" <= letter <= "\udfff" for letter in cell)


def _flag(number: int, column: str) -> bool:
    if number not in {0, 1}:
        raise Tampered(f"its column {column} holds what does not belong there")
    return bool(number)


def _unpack(decode: Callable[[bytes], _Any], data: bytes, column: str) -> _Any:
    try:
        return unpack(decode, data, MAX_ROW)
    except Tampered as error:
        raise Tampered(f"its column {column} is malformed") from error


def read_entry_row(row: Row[Any]) -> tuple[int, SignedEntry]:
    """Read an entry of the roster with its number."""
    found = _convert(row._asdict(), _Entry)
    return found.seq, SignedEntry(found.data, found.signature)


_KDF = msgspec.msgpack.Decoder(KdfParameters)
_BOXES = msgspec.msgpack.Decoder(Boxes)


def read_entries(rows: Iterable[Row[Any]], since: int = 1) -> list[SignedEntry]:
    """Read the roster in its order from an entry on; Tampered where one is missing or is none at all."""
    numbered = read_all(t.roster, rows, read_entry_row)
    for expected, (seq, _) in enumerate(numbered, start=since):
        if seq != expected:
            raise Tampered(
                f"The list of people is broken at entry {expected}.",
                "Somebody left out, put in or moved an entry: call your administrator.",
            )
    return [entry for _, entry in numbered]


def person_row(person: PersonKey) -> dict[str, Any]:
    """Return the columns of a person's locked keys."""
    return msgspec.structs.asdict(person) | {"kdf": msgspec.msgpack.encode(person.kdf)}


def read_person(row: Row[Any]) -> PersonKey:
    """Read a person's locked keys."""
    found = _convert(row._asdict(), _Person)
    kdf = _unpack(_KDF.decode, found.kdf, "kdf")
    if not all(
        0 <= number <= _MAX_U32 for number in (kdf.version, kdf.memory_kib, kdf.iterations, kdf.lanes)
    ):
        raise Tampered("its column kdf is malformed")
    mark = _flag(found.set_by_administrator, "set_by_administrator")
    return PersonKey(
        found.person, found.code, found.blob, kdf, found.scram, mark, found.signature, found.name
    )


def read_wrap(row: Row[Any]) -> Wrap:
    """Read a boxed key."""
    found = row._asdict()
    try:
        cells = tuple(found[name] for name in Wrap.__struct_fields__)
        return msgspec.convert(cells, Wrap, builtin_types=(bytes,))
    except (msgspec.ValidationError, UnicodeError) as error:
        raise Tampered("it is malformed") from error


def read_claim(row: Row[Any]) -> Claim:
    """Read a claim; the columns are in the struct's order."""
    return _claim_of(tuple(row))


def _claim_of(cells: tuple[Any, ...]) -> Claim:
    try:
        return msgspec.convert(cells, Claim, builtin_types=(bytes,))
    except msgspec.ValidationError as error:
        raise Tampered("it is malformed") from error


def read_pass(row: Row[Any]) -> StoredPass:
    """Read a pass, counted or surplus."""
    found = _convert(row._asdict(), _Pass)
    boxes = _unpack(_BOXES.decode, found.boxes, "boxes")
    sealed = SealedPass(found.manifest, found.signature, found.blob, boxes)
    return StoredPass(found.id, found.document, found.slot, found.person, sealed)


def read_fact(row: Row[Any]) -> StoredFact:
    """Read a fact."""
    return _fact_of(row._asdict())


def _fact_of(cells: dict[str, Any]) -> StoredFact:
    found = _convert(cells, _Fact)
    sealed = SealedFact(found.statement, found.signature, found.content, found.box_adj, found.box_own)
    counted = _flag(found.counted, "counted")
    return StoredFact(found.id, found.document, found.kind, found.actor, counted, sealed)


ASSIGNED: Mapping[str, Mapping[str, Column[Any]]] = {
    "claim": {name: t.claim.c[name] for name in Claim.__struct_fields__},
    "document": {name: t.document.c[name] for name in DocumentRow.__struct_fields__},
    "intake": {name: t.fact.c[name] for name in _Fact.__struct_fields__},
}
"""Which columns an assignment has; each is called by its part's name and its own."""


class _Counts(msgspec.Struct, frozen=True):
    number: int
    total: int


def read_assigned(row: Row[Any]) -> Assigned:
    """Read a claim with its document and the intake."""
    found = row._asdict()
    claim, document, intake = (
        {name: found[f"{part}_{name}"] for name in names} for part, names in ASSIGNED.items()
    )
    counts = _convert({name: found[name] for name in _Counts.__struct_fields__}, _Counts)
    parts = _claim_of(tuple(claim.values())), _convert(document, DocumentRow), _fact_of(intake)
    return Assigned(*parts, counts.number, counts.total)


def read_member(row: Row[Any]) -> MemberRow:
    """Read a person's roles in a project."""
    found = _convert(row._asdict(), _Member)
    try:
        return MemberRow(found.project, found.person, tuple(map(Role, found.roles.split())))
    except ValueError as error:
        raise Tampered("its column roles holds what does not belong there") from error


read_document = read_as(DocumentRow)
read_open_claim = read_as(OpenClaim)
read_discrepancy = read_as(OpenDiscrepancy)
read_share = read_as(Share)

# The columns by which a finding names a row of these tables.
_NAMED_BY = {
    t.sealed_pass: ("id",),
    t.surplus_pass: ("id",),
    t.fact: ("id",),
    t.document: ("id",),
    t.project: ("id",),
    t.pass_share: ("sealed_pass",),
    t.discrepancy: ("comparison", "field", "row"),
    t.member: ("person",),
    t.person_key: ("code",),
    t.key_wrap: ("kind", "epoch", "person"),
    t.roster: ("seq",),
}


def read_all(table: Table, rows: Iterable[Row[Any]], read: Callable[[Row[Any]], _Any]) -> list[_Any]:
    """Read rows; Tampered at the first that is not what it must be."""
    found = []
    for row in rows:
        try:
            found.append(read(row))
        except Tampered as error:
            where = f"{table.name} {_name(table, row)}".strip()
            raise Tampered(
                f"A row of {table.name} holds what does not belong there ({where}: {error.title}).", _EDITED
            ) from error
    return found


def sift(
    table: Table, rows: Iterable[Row[Any]], read: Callable[[Row[Any]], _Any], wrong: list[Malformed]
) -> list[_Any]:
    """Read rows; put those that are not what they must be with the wrong ones."""
    found = []
    for row in rows:
        try:
            found.append(read(row))
        except Tampered as error:
            wrong.append(Malformed(table.name, _name(table, row), error.title))
    return found


def _name(table: Table, row: Row[Any]) -> str:
    """Return the words that name a row, whatever stands in its columns."""
    found = row._asdict()
    return " ".join(_shown(found[name]) for name in _NAMED_BY.get(table, ()) if name in found)


def _shown(cell: object) -> str:
    if isinstance(cell, bytes):
        return cell[:32].hex()
    return ascii(cell)[1:41].rstrip("'") if isinstance(cell, str) else str(cell)[:40]


def blob_of(row: Sequence[Any] | None, words: str) -> bytes | None:
    """Return the one cell of a row as bytes; None without a row, Tampered for anything else."""
    if row is None:
        return None
    if not isinstance(row[0], bytes):
        raise Tampered(words, _EDITED)
    return row[0]
