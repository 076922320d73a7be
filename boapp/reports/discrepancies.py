"""The discrepancy report: one row for each difference between two passes, and what became of it.

Values are written as in a values file. The CSV that a spreadsheet opens never starts a formula: such
a cell gets an apostrophe before it.
"""

import csv
import io
from collections import Counter
from collections.abc import Sequence

import msgspec

FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")


class Row(msgspec.Struct, frozen=True):
    """One discrepancy; values as in a values file, None where there is none (yet)."""

    document: str
    field: str
    row: int
    first_row: int | None
    second_row: int | None
    kind: str
    cause: str
    first_person: str
    second_person: str
    first: str | None
    second: str | None
    settled: str | None
    decided_by: str | None
    state: str


class Summary(msgspec.Struct, frozen=True):
    """The counts over a report."""

    documents: int
    discrepancies: int
    open: int
    by_field: dict[str, int]
    by_cause: dict[str, int]


def summarise(rows: Sequence[Row]) -> Summary:
    """Count a report's rows, most frequent first."""
    fields, causes = Counter(r.field for r in rows), Counter(r.cause for r in rows)
    return Summary(
        len({r.document for r in rows}),
        len(rows),
        sum(r.state == "open" for r in rows),
        dict(fields.most_common()),
        dict(causes.most_common()),
    )


def to_csv(rows: Sequence[Row]) -> str:
    """Return the report as CSV with a header."""
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    writer.writerow(Row.__struct_fields__)
    writer.writerows([_safe(value) for value in msgspec.structs.astuple(row)] for row in rows)
    return out.getvalue()


def _safe(value: object) -> object:
    return f"'{value}" if isinstance(value, str) and value.startswith(FORMULA_STARTS) else value
