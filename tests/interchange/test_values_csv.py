"""Values files: what a cell says, and back."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from boapp.domain.fields import MAX_TEXT
from boapp.domain.values import BLANK, ILLEGIBLE, NOT_ON_FORM, Value
from boapp.errors import BadInput
from boapp.interchange.export import to_csv
from boapp.interchange.values_csv import ValuesRow, missing_columns, read_cell, read_values, write_cell
from tests.domain.samples import few

texts = st.text(min_size=1, max_size=60).filter(str.strip)
awkward = st.lists(
    st.sampled_from(["\\", '"', ",", "\n", "\r", "\\illegible", "'", " ", "=", "x"]), min_size=1
)
values = st.one_of(
    st.sampled_from((BLANK, ILLEGIBLE, NOT_ON_FORM)),
    texts.map(Value.keyed),
    awkward.map("".join).filter(str.strip).map(Value.keyed),
)
names = st.text(st.characters(categories=("L", "N", "P", "Zs")), min_size=1, max_size=20).map(str.strip)


def read(tmp_path: Path, text: str) -> list[ValuesRow]:
    path = tmp_path / "values.csv"
    path.write_bytes(text.encode())
    return read_values(path)


@given(values)
@few
def test_any_value_comes_back_from_its_cell(value: Value) -> None:
    assert read_cell(write_cell(value)) == value


@given(value=values, document=names.filter(bool))
@few
def test_any_value_comes_back_from_a_file(
    tmp_path_factory: pytest.TempPathFactory, value: Value, document: str
) -> None:
    text = to_csv(["a", "b"], [], [(document, {"a": value, "b": BLANK}, {})])
    (row,) = read(tmp_path_factory.mktemp("values"), text)
    assert row.document == document
    assert {key: read_cell(cell) for key, cell in row.cells.items()} == {"a": value, "b": BLANK}


@pytest.mark.parametrize(
    ("cell", "value"),
    [
        ("", BLANK),
        (" \t", BLANK),
        (r"\illegible", ILLEGIBLE),
        (r"\not-on-form", NOT_ON_FORM),
        (r"\\", Value.keyed("\\")),
        (r"\\not-on-form", Value.keyed(r"\not-on-form")),
        (r"\\\x", Value.keyed(r"\\x")),
        ("_", Value.keyed("_")),
        ("[1]", Value.keyed("[1]")),
        (" x ", Value.keyed(" x ")),
    ],
)
def test_a_cell_says_one_thing(cell: str, value: Value) -> None:
    assert read_cell(cell) == value


@pytest.mark.parametrize("cell", ["\\", r"\x", r"\ILLEGIBLE", r"\illegible.", r"\ "])
def test_another_word_after_a_backslash_is_refused(cell: str) -> None:
    with pytest.raises(BadInput, match="no word of a values file"):
        read_cell(cell)


def test_a_text_that_is_too_long_is_refused() -> None:
    assert read_cell("x" * MAX_TEXT).text
    with pytest.raises(BadInput, match="too long"):
        read_cell("x" * (MAX_TEXT + 1))


def test_rows_name_their_line_and_their_document(tmp_path: Path) -> None:
    rows = read(tmp_path, 'company,document\n"two\nlines", a.png \nx,b.png\n')
    assert rows == [ValuesRow(3, "a.png", {"company": "two\nlines"}), ValuesRow(4, "b.png", {"company": "x"})]


@pytest.mark.parametrize("text", ["document\n", "document,company\n"])
def test_a_file_without_rows_says_nothing(tmp_path: Path, text: str) -> None:
    assert read(tmp_path, text) == []


@pytest.mark.parametrize("text", ["company\n", "company\nx\n", "Document,company\na,b\n"])
def test_a_file_without_the_column_document_is_refused(tmp_path: Path, text: str) -> None:
    with pytest.raises(BadInput, match="no column document"):
        read(tmp_path, text)


@pytest.mark.parametrize("rows", ["a,1\na,2\n", "a,1\n a ,2\n", ",1\n", " ,1\n"])
def test_a_document_is_named_once(tmp_path: Path, rows: str) -> None:
    with pytest.raises(BadInput, match="missing or named twice"):
        read(tmp_path, "document,company\n" + rows)


def test_missing_columns_are_told_in_the_order_of_the_form() -> None:
    assert missing_columns(["a", "b", "c"], {"b": ""}) == ["a", "c"]
