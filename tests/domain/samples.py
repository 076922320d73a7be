"""Small forms and fields for the tests of the domain, and where the real material lies."""

import csv
import os
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import settings

from boapp.domain.fields import Field
from boapp.domain.forms import Form, parse_form
from boapp.domain.values import Address, Value

ROOT = Path(__file__).resolve().parents[2]
DATA = ROOT.parent / "shared" / "data"
FULL = os.environ.get("BOAPP_FULL") == "1"

few = settings(max_examples=1_000 if FULL else 60, deadline=None)
many = settings(max_examples=10_000 if FULL else 300, deadline=None)

AS_EXPECTED = {"case": "ignore", "punctuation": "ignore"}


def a_field(kind: str = "text", **words: Any) -> Field:
    table = {"key": "it", "label": "It", "type": kind, "policy": "double"} | words
    return msgspec.convert(table, Field)


def as_toml(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str):
        return msgspec.json.encode(value).decode()
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key} = {as_toml(entry)}" for key, entry in value.items()) + "}"
    if isinstance(value, (list, tuple)):
        return "[" + ", ".join(map(as_toml, value)) + "]"
    return str(value)


def form_source(*fields: dict[str, Any], groups: tuple[str, ...] = (), **words: Any) -> bytes:
    """Write a form file; each field is given the words it leaves out."""
    usual = {"label": "It", "type": "text", "policy": "double"}
    head = {"key": "sample", "version": 1, "title": "Sample"} | words
    lines = [f"{key} = {as_toml(value)}" for key, value in head.items()]
    for field in fields:
        lines += ["[[fields]]", *(f"{key} = {as_toml(value)}" for key, value in (usual | field).items())]
    for group in groups:
        lines += ["[[groups]]", f'key = "{group}"', f'label = "{group}"']
    return "\n".join(lines).encode()


def a_form(*fields: dict[str, Any], groups: tuple[str, ...] = ()) -> Form:
    return parse_form(form_source(*fields, groups=groups))


def table_form(columns: int) -> Form:
    """Give a form with one group, `rows`, of text columns c0, c1, ..."""
    return a_form(*({"key": f"c{place}", "group": "rows"} for place in range(columns)), groups=("rows",))


def table_pass(rows: list[tuple[str, ...]]) -> dict[Address, Value]:
    values = {Address("rows", 0): Value.keyed(str(len(rows)))}
    for number, row in enumerate(rows, start=1):
        values |= {Address(f"c{place}", number): Value.of(cell) for place, cell in enumerate(row)}
    return values


def a_pass(**texts: str | Value) -> dict[Address, Value]:
    return {Address(key): Value.of(text) if isinstance(text, str) else text for key, text in texts.items()}


def real(*parts: str) -> Path:
    """Give a file of the real material, or skip the test where it is not at hand."""
    path = DATA.joinpath(*parts)
    if not path.exists():
        pytest.skip("the real material is not beside this checkout")
    return path


def receipts() -> list[dict[str, str]]:
    with real("receipts-sroie", "truth.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def receipt_form() -> Form:
    return parse_form((ROOT / "resources" / "forms" / "receipt.toml").read_bytes())
