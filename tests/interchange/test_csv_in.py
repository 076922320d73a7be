"""The bounds of every CSV file that comes in."""

import csv
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from boapp.errors import BadInput
from boapp.interchange.csv_in import MAX_BYTES, MAX_CELL, MAX_COLUMNS, read_rows
from tests.domain.samples import few


@pytest.fixture(autouse=True)
def _limit_as_it_was() -> Iterator[None]:
    limit = csv.field_size_limit()
    yield
    csv.field_size_limit(limit)


def read(tmp_path: Path, content: bytes) -> list[tuple[int, dict[str, str]]]:
    path = tmp_path / "in.csv"
    path.write_bytes(content)
    return list(read_rows(path, ()))


def test_rows_are_cells_by_column(tmp_path: Path) -> None:
    assert read(tmp_path, b"a, b \n1,2\n3,4\n") == [(2, {"a": "1", "b": "2"}), (3, {"a": "3", "b": "4"})]


@pytest.mark.parametrize("newline", [b"\n", b"\r\n", b"\r"])
def test_every_kind_of_line_end_is_read(tmp_path: Path, newline: bytes) -> None:
    assert [cells for _, cells in read(tmp_path, newline.join((b"a,b", b"1,2", b"")))] == [
        {"a": "1", "b": "2"}
    ]


def test_a_byte_order_mark_and_blank_lines_are_passed_over(tmp_path: Path) -> None:
    assert read(tmp_path, b"\xef\xbb\xbf\n\na\n\n1\n") == [(5, {"a": "1"})]


def test_the_cells_keep_their_blanks(tmp_path: Path) -> None:
    assert read(tmp_path, b"a\n 1 \n") == [(2, {"a": " 1 "})]


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "is empty"),
        (b"\n\n", "is empty"),
        (b"a,a\n1,2\n", "names a column twice"),
        (b"a, a\n1,2\n", "names a column twice"),
        (b"a,b\n1\n", "line 2: 1 cells where the header has 2"),
        (b"a,b\n1,2\n1,2,3\n", "line 3: 3 cells"),
        (b'a\n"1\n', "not CSV"),
        (b'a\n"1"2\n', "not CSV"),
        (b"a\n\xff\n", "UTF-8"),
        ("a\n1\n".encode("utf-16"), "UTF-8"),
    ],
)
def test_what_is_no_table_is_refused(tmp_path: Path, content: bytes, words: str) -> None:
    with pytest.raises(BadInput, match=words) as refusal:
        read(tmp_path, content)
    assert refusal.value.advice


def test_a_needed_column_that_is_missing_is_named(tmp_path: Path) -> None:
    path = tmp_path / "in.csv"
    path.write_bytes(b"a,b\n")
    assert list(read_rows(path, ("b", "a"))) == []
    with pytest.raises(BadInput, match="no column c"):
        list(read_rows(path, ("a", "c")))


def test_cells_and_columns_are_bounded(tmp_path: Path) -> None:
    assert read(tmp_path, b"a\n" + b"x" * MAX_CELL + b"\n")
    with pytest.raises(BadInput, match="line 2: not CSV"):
        read(tmp_path, b"a\n" + b"x" * (MAX_CELL + 1) + b"\n")
    header = ",".join(f"c{n}" for n in range(MAX_COLUMNS))
    assert read(tmp_path, f"{header}\n".encode()) == []
    with pytest.raises(BadInput, match="too many"):
        read(tmp_path, f"{header},more\n".encode())


def test_the_size_is_asked_before_anything_is_read(tmp_path: Path) -> None:
    path = tmp_path / "in.csv"
    with path.open("wb") as file:
        file.truncate(MAX_BYTES + 1)
    with pytest.raises(BadInput, match="larger than 256 MiB"):
        list(read_rows(path, ()))


def test_what_cannot_be_read_is_refused(tmp_path: Path) -> None:
    for path in (tmp_path, tmp_path / "nowhere.csv"):
        with pytest.raises(BadInput, match="cannot be read"):
            list(read_rows(path, ()))


@given(st.binary(max_size=300))
@few
def test_no_bytes_break_the_reader(tmp_path_factory: pytest.TempPathFactory, content: bytes) -> None:
    try:
        rows = read(tmp_path_factory.mktemp("csv"), content)
    except BadInput:
        return
    assert len({tuple(cells) for _, cells in rows}) <= 1
