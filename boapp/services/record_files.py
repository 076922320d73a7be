"""Settled records as files for other programs: what of a handover goes into which column or name.

How a CSV or a JSON line is written is in `interchange/export`.
"""

from boapp.interchange.export import to_csv, to_json_lines
from boapp.services.handover import Handover, provenance


def as_csv(handed: Handover) -> bytes:
    """Return a values file with one row for each document, then the columns of the index."""
    fields = list(dict.fromkeys(f.key for d in handed.documents for f in d.form.fields))
    index = list(dict.fromkeys(name for d in handed.documents for name in d.index))
    rows = (
        (d.document, {a.field: s.value for a, s in d.record.items() if a.row == 0}, d.index)
        for d in handed.documents
    )
    return to_csv(fields, index, rows).encode()


def as_json_lines(handed: Handover) -> bytes:
    """Return one JSON object for each document, with canonical forms and provenance."""
    return to_json_lines(
        {
            "document": d.document,
            "batch": d.batch,
            "index": d.index,
            "form": f"{d.form.key} {d.form.version}",
            "methods": d.methods,
            "confirmed": d.confirmed,
            "values": list(provenance(d)),
        }
        for d in handed.documents
    )
