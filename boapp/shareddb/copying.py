"""Every row of a shared database from a file into PostgreSQL, byte for byte.

Tables and columns are those of `tables`, whatever they are; what others refer to comes first. Rows go one at
a time in the order of their table's key, which is the same on both sides, so that no more than a few rows are
in memory and the two sides can be told apart by one digest. A cell that is not of its column's kind, which
SQLite keeps and PostgreSQL would not, is refused.
"""

import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from types import NoneType
from typing import Any, NamedTuple

import psycopg
from psycopg import sql
from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Connection,
    Integer,
    LargeBinary,
    SmallInteger,
    String,
    Table,
    func,
    select,
)
from sqlalchemy.dialects import postgresql

from boapp.errors import Tampered
from boapp.shareddb.tables import metadata

Cell = bytes | str | int | None
Row = tuple[Cell, ...]
Tell = Callable[[], None]
TABLES = metadata.sorted_tables
SCHEMA = "core"
_DIALECT = postgresql.dialect()  # type: ignore[no-untyped-call]


_KINDS: Mapping[type, tuple[bytes, Callable[[Any], bytes]]] = {
    NoneType: (b"-", lambda _: b""),
    bytes: (b"b", bytes),
    str: (b"t", str.encode),
    int: (b"n", lambda number: b"%d" % number),
    bool: (b"n", lambda flag: b"%d" % flag),
}
"""How a cell is digested: yes and no are 1 and 0, as in a file."""


class Content(NamedTuple):
    """What a table holds: how many rows, and SHA-256 over all of them in order."""

    table: str
    rows: int
    digest: bytes


class Tally:
    """Counts and digests the rows that go past; tell is called after each."""

    def __init__(self, table: Table, tell: Tell) -> None:
        self._table = table
        self._tell = tell
        self._rows = 0
        self._digest = hashlib.sha256()

    def past(self, rows: Iterable[Row]) -> Iterator[Row]:
        """Give the rows on."""
        for row in rows:
            for cell in row:
                self._add(cell)
            self._rows += 1
            yield row
            self._tell()

    def _add(self, cell: Cell) -> None:
        """Digest a cell after its kind and length: no two different rows give the same bytes."""
        kind, data = _KINDS[type(cell)]
        framed = data(cell)
        self._digest.update(kind + len(framed).to_bytes(8, "big"))
        self._digest.update(framed)

    def content(self) -> Content:
        """Return what went past."""
        return Content(self._table.name, self._rows, self._digest.digest())


def count_rows(db: Connection) -> int:
    """Return how many rows a file has in all."""
    return sum(db.scalar(select(func.count()).select_from(table)) or 0 for table in TABLES)


def rows_of_file(db: Connection, table: Table) -> Iterator[Row]:
    """Return a table's rows, each cell held against its column; Tampered for one that is not of its kind."""
    found = db.execute(select(table).order_by(*table.primary_key), execution_options={"yield_per": 1})
    for row in found:
        for column, cell in zip(table.c, row, strict=True):
            if not _fits(column, cell):
                raise Tampered(
                    f"A row of the table {table.name} holds in {column.name} what does not belong there.",
                    "Somebody edited the file: call your administrator, who has its backup.",
                )
        yield tuple(row)


def _fits(column: Column[Any], cell: object) -> bool:
    match column.type:
        case _ if cell is None:
            return bool(column.nullable)
        case LargeBinary():
            return isinstance(cell, bytes)
        case Boolean():
            return cell in {0, 1} and isinstance(cell, int)
        case SmallInteger() | Integer() as kind:
            return isinstance(cell, int) and -(1 << _bits(kind)) <= cell < 1 << _bits(kind)
        case String() as kind:
            return isinstance(cell, str) and len(cell) <= (kind.length or len(cell)) and _is_text(cell)
        case _:
            raise AssertionError(f"{column} is of a kind that is not copied")


def _bits(kind: Integer) -> int:
    return {SmallInteger: 15, BigInteger: 63}.get(type(kind), 31)


def _is_text(cell: str) -> bool:
    """Say whether PostgreSQL keeps a text: bytes that are none come as lone surrogates."""
    return not any(letter == "\0" or "\ud800" <= letter <= "\udfff" for letter in cell)


def store_rows(db: psycopg.Connection[Any], table: Table, rows: Iterable[Row], tell: Tell) -> Content:
    """Put rows into an empty table of PostgreSQL; return what went there."""
    tally = Tally(table, tell)
    flags = [isinstance(column.type, Boolean) for column in table.c]
    words = sql.SQL("COPY {} ({}) FROM STDIN (FORMAT BINARY)").format(_name(table), _columns(table))
    with db.cursor() as cursor, cursor.copy(words) as copy:
        copy.set_types([_type(column) for column in table.c])
        for row in tally.past(rows):
            copy.write_row([bool(cell) if flag else cell for cell, flag in zip(row, flags, strict=True)])
    return tally.content()


def content_of(db: psycopg.Connection[Any], table: Table, tell: Tell) -> Content:
    """Return what a table of PostgreSQL holds, read one row at a time in the same order."""
    tally = Tally(table, tell)
    words = sql.SQL("SELECT {} FROM {} ORDER BY {}")
    asked = words.format(_columns(table), _name(table), sql.SQL(", ").join(map(_in_order, table.primary_key)))
    with db.cursor() as cursor:
        for _ in tally.past(cursor.stream(asked, binary=True)):
            pass
    return tally.content()


def _in_order(column: Column[Any]) -> sql.Composable:
    """Return the column as SQLite orders it: texts by their bytes."""
    name = sql.Identifier(column.name)
    return sql.SQL('{} COLLATE "C"').format(name) if isinstance(column.type, String) else name


def _name(table: Table) -> sql.Identifier:
    return sql.Identifier(SCHEMA, table.name)


def _columns(table: Table) -> sql.Composed:
    return sql.SQL(", ").join(sql.Identifier(column.name) for column in table.c)


def _type(column: Column[Any]) -> str:
    """Return what PostgreSQL calls the type of a column, without its size."""
    return column.type.compile(dialect=_DIALECT).lower().partition("(")[0]
