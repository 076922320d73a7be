r"""Values files: one row for each document, one column for each field.

UTF-8 CSV with the header `document`, then field keys. An empty cell is "blank on page", `\illegible`
and `\not-on-form` say so, and a text that begins with a backslash doubles it. Nothing else is special.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from boapp.domain.values import BLANK, ILLEGIBLE, NOT_ON_FORM, State, Value
from boapp.errors import BadInput
from boapp.interchange.csv_in import read_rows

DOCUMENT = "document"
_WORDS = {"\\illegible": ILLEGIBLE, "\\not-on-form": NOT_ON_FORM}


@dataclass(frozen=True, slots=True)
class ValuesRow:
    """One row: the document's name and its cells by column name."""

    line: int
    document: str
    cells: Mapping[str, str]


def read_values(path: Path) -> list[ValuesRow]:
    """Return the rows; BadInput when a document is missing or named twice."""
    rows, seen = [], set()
    for line, cells in read_rows(path, (DOCUMENT,)):
        name = cells.pop(DOCUMENT).strip()
        if not name or name in seen:
            raise BadInput(
                f"{path.name}, line {line}: the document is missing or named twice.", "Correct it."
            )
        seen.add(name)
        rows.append(ValuesRow(line, name, cells))
    return rows


def read_cell(cell: str) -> Value:
    """Return what a cell says; BadInput for an unknown backslash word or a text that is too long."""
    if cell in _WORDS:
        return _WORDS[cell]
    if not cell.strip():
        return BLANK
    if cell.startswith("\\"):
        if not cell.startswith("\\\\"):
            raise BadInput(
                f"{cell[:40]!r} is no word of a values file.", r"Double a backslash that is printed."
            )
        cell = cell[1:]
    try:
        return Value.keyed(cell)
    except ValueError as error:
        raise BadInput(f"A value is too long: {error}.") from error


def write_cell(value: Value) -> str:
    """Return the cell that says this value; the inverse of `read_cell`."""
    match value.state:
        case State.KEYED:
            return "\\" + value.text if value.text.startswith("\\") else value.text
        case State.BLANK:
            return ""
        case state:
            return "\\" + state.value


def missing_columns(asked: Sequence[str], cells: Mapping[str, str]) -> list[str]:
    """Return the asked fields that have no column."""
    return [key for key in asked if key not in cells]
