"""Settled documents as files for other programs: CSV in the shape of a values file, and JSON Lines."""

import csv
import io
from collections.abc import Iterable, Mapping, Sequence

import msgspec

from boapp.domain.values import Value
from boapp.interchange.values_csv import DOCUMENT, write_cell


def to_csv(
    fields: Sequence[str],
    index: Sequence[str],
    rows: Iterable[tuple[str, Mapping[str, Value], Mapping[str, str]]],
) -> str:
    """Return a values file: document, one column for each field, then the index columns."""
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    writer.writerow([DOCUMENT, *fields, *index])
    for document, values, further in rows:
        cells = [write_cell(values[key]) if key in values else "" for key in fields]
        writer.writerow([document, *cells, *(further.get(name, "") for name in index)])
    return out.getvalue()


def to_json_lines(documents: Iterable[Mapping[str, object]]) -> bytes:
    """Return one JSON object a line."""
    return b"".join(msgspec.json.encode(document) + b"\n" for document in documents)
