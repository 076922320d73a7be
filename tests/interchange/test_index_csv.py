"""Index files: which file, or page, belongs to which document."""

from pathlib import Path

import pytest

from boapp.domain.documents import MAX_INDEX_COLUMNS, MAX_INDEX_TEXT
from boapp.errors import BadInput
from boapp.interchange.index_csv import IndexRow, read_index


def read(tmp_path: Path, text: str) -> list[IndexRow]:
    path = tmp_path / "index.csv"
    path.write_bytes(text.encode())
    return read_index(path)


def test_rows_name_document_file_and_page_and_carry_further_columns(tmp_path: Path) -> None:
    text = "file,shelf,document,page\n scans/a.tif ,12, d ,2\nb.tif,,e,\n"
    assert read(tmp_path, text) == [
        IndexRow("d", "a.tif", 2, {"shelf": "12"}),
        IndexRow("e", "b.tif", None, {"shelf": ""}),
    ]


def test_the_column_page_may_be_left_out(tmp_path: Path) -> None:
    assert read(tmp_path, "document,file\nd,a.tif\n") == [IndexRow("d", "a.tif", None, {})]


@pytest.mark.parametrize("page", ["0", "-1", "1.0", "x", "1 2", "٣", "²", "100001", "1" * 5_000])
def test_what_is_no_page_number_is_refused_by_its_line(tmp_path: Path, page: str) -> None:
    with pytest.raises(BadInput, match="line 3"):
        read(tmp_path, f"document,file,page\nd,a.tif,1\ne,a.tif,{page}\n")


@pytest.mark.parametrize("row", [",a.tif", "d,", " ,a.tif", "d, "])
def test_a_row_without_document_or_file_is_refused(tmp_path: Path, row: str) -> None:
    with pytest.raises(BadInput, match="line 2: document or file is missing"):
        read(tmp_path, f"document,file\n{row}\n")


@pytest.mark.parametrize("text", ["file\na.tif\n", "document\nd\n", "a,b\n1,2\n"])
def test_a_file_without_its_columns_is_refused(tmp_path: Path, text: str) -> None:
    with pytest.raises(BadInput, match="has no column"):
        read(tmp_path, text)


def test_a_file_without_rows_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="has no rows"):
        read(tmp_path, "document,file\n")


def test_a_document_carries_a_bounded_index(tmp_path: Path) -> None:
    columns = ",".join(f"c{n}" for n in range(MAX_INDEX_COLUMNS))
    cells = ",".join(["x" * MAX_INDEX_TEXT] * MAX_INDEX_COLUMNS)
    assert read(tmp_path, f"document,file,{columns}\nd,a.tif,{cells}\n")
    with pytest.raises(BadInput, match="more index data"):
        read(tmp_path, f"document,file,{columns},more\nd,a.tif,{cells},x\n")
    with pytest.raises(BadInput, match="more index data"):
        read(tmp_path, f"document,file,c\nd,a.tif,{'x' * (MAX_INDEX_TEXT + 1)}\n")
