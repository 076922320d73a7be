"""Reading a CSV file from outside: bounded, UTF-8, every row as long as its header."""

import csv
import io
from collections.abc import Iterator, Sequence
from pathlib import Path

from boapp.errors import BadInput

MAX_BYTES = 256 * 1024 * 1024
MAX_CELL = 64 * 1024
MAX_COLUMNS = 1_000


def read_rows(path: Path, needs: Sequence[str]) -> Iterator[tuple[int, dict[str, str]]]:
    """Yield (line number, cell by column name); BadInput names the line and what to do.

    A byte order mark and blank lines are passed over. The header comes first, has no name twice and all
    that the file needs.
    """
    header: list[str] | None = None
    reader = csv.reader(io.StringIO(_text(path), newline=""), strict=True)
    csv.field_size_limit(MAX_CELL)
    try:
        for row in reader:
            if not row:
                continue
            if header is None:
                header = _header(path, row, needs)
            elif len(row) != len(header):
                raise BadInput(
                    f"{path.name}, line {reader.line_num}: {len(row)} cells where the header has "
                    f"{len(header)}.",
                    "Correct the line; a cell with a comma needs quotation marks.",
                )
            else:
                yield reader.line_num, dict(zip(header, row, strict=True))
    except csv.Error as error:
        raise BadInput(
            f"{path.name}, line {reader.line_num}: not CSV ({error}).", "Correct the line."
        ) from error
    if header is None:
        raise BadInput(f"{path.name} is empty.", "Its first line names the columns.")


def _text(path: Path) -> str:
    try:
        if path.stat().st_size > MAX_BYTES:
            raise BadInput(f"{path.name} is larger than 256 MiB.", "Split it.")
        return path.read_bytes().decode("utf-8-sig")
    except OSError as error:
        raise BadInput(f"{path} cannot be read: {error.strerror}.") from error
    except UnicodeDecodeError as error:
        raise BadInput(f"{path.name} is not text in UTF-8.", "Save it as UTF-8 and try again.") from error


def _header(path: Path, row: list[str], needs: Sequence[str]) -> list[str]:
    names = [name.strip() for name in row]
    if len(set(names)) != len(names) or len(names) > MAX_COLUMNS:
        raise BadInput(f"{path.name}: its header names a column twice, or too many.", "Correct the header.")
    for name in needs:
        if name not in names:
            raise BadInput(
                f"{path.name} has no column {name}.", "Its first line names the columns. Add this one."
            )
    return names
