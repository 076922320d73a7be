"""Exports: the shape of a values file, and JSON Lines."""

import csv
import io
import json

from boapp.domain.values import BLANK, ILLEGIBLE, Value
from boapp.interchange.export import to_csv, to_json_lines


def test_fields_stand_before_index_columns_and_gaps_are_empty() -> None:
    rows = [
        ("a.png", {"x": Value.keyed("1,5"), "y": ILLEGIBLE}, {"shelf": "7"}),
        ("b.png", {"x": BLANK}, {}),
    ]
    assert list(csv.reader(io.StringIO(to_csv(["x", "y"], ["shelf"], rows)))) == [
        ["document", "x", "y", "shelf"],
        ["a.png", "1,5", r"\illegible", "7"],
        ["b.png", "", "", ""],
    ]


def test_each_document_is_one_line_of_json() -> None:
    lines = to_json_lines([{"a": "two\nlines"}, {"b": [1]}])
    assert [json.loads(line) for line in lines.splitlines()] == [{"a": "two\nlines"}, {"b": [1]}]
    assert lines.endswith(b"\n")
    assert to_json_lines([]) == b""
