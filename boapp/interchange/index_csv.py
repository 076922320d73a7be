"""The index file of an intake: which file, or page of a file, belongs to which document.

Columns: `document`, `file`, and, if pages are named, `page` (from 1; empty means all). Further columns
describe the document: they are shown beside the image and exported, never compared.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from boapp.domain.documents import MAX_INDEX_COLUMNS, MAX_INDEX_TEXT
from boapp.errors import BadInput
from boapp.interchange.csv_in import read_rows

KNOWN = ("document", "file", "page")


@dataclass(frozen=True, slots=True)
class IndexRow:
    """One line of an index file."""

    document: str
    file: str
    page: int | None
    further: Mapping[str, str]


def read_index(path: Path) -> list[IndexRow]:
    """Return the rows; BadInput names the line that is wrong."""
    rows = [_row(path, line, cells) for line, cells in read_rows(path, KNOWN[:2])]
    if not rows:
        raise BadInput(f"{path.name} has no rows.", "Name each document and its file.")
    return rows


def _row(path: Path, line: int, cells: dict[str, str]) -> IndexRow:
    document, file, page = (cells.get(name, "").strip() for name in KNOWN)
    if not document or not file:
        raise BadInput(f"{path.name}, line {line}: document or file is missing.", "Fill both in.")
    if page and not (page.isascii() and page.isdigit() and len(page) < 7 and 0 < int(page) <= 100_000):
        raise BadInput(f"{path.name}, line {line}: {page!r} is no page number.", "Write 1, 2, 3 …")
    further = {name: text for name, text in cells.items() if name not in KNOWN}
    if len(further) > MAX_INDEX_COLUMNS or any(len(text) > MAX_INDEX_TEXT for text in further.values()):
        raise BadInput(
            f"{path.name}, line {line}: more index data than a document can carry.",
            f"Keep to {MAX_INDEX_COLUMNS} columns of {MAX_INDEX_TEXT} characters.",
        )
    return IndexRow(document, Path(file).name, int(page) if page else None, further)
