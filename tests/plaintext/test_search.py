"""The search itself: whatever is planted is found, and nothing is found where nothing is."""

import base64
import gzip
import json
import random
import sqlite3
from collections.abc import Callable
from pathlib import Path
from urllib.parse import quote, quote_plus

import pytest

from tests.plaintext.search import fragments, needles_of_bytes, needles_of_texts, search

VALUE = "Ödön & Ko/Kft. 93,50"
FORMS: dict[str, Callable[[str], bytes]] = {
    "utf-8": str.encode,
    "utf-16-le": lambda text: text.encode("utf-16-le"),
    "utf-16-be": lambda text: text.encode("utf-16-be"),
    "utf-16 with a mark": lambda text: text.encode("utf-16"),
    "json": lambda text: json.dumps({"value": text}).encode(),
    "json with slashes": lambda text: json.dumps([text]).replace("/", "\\/").encode(),
    "percent": lambda text: quote(text, safe="").encode(),
    "path": lambda text: quote(text).encode(),
    "query": lambda text: quote_plus(text).encode(),
    "base64 at 0": lambda text: base64.b64encode(text.encode()),
    "base64 at 1": lambda text: base64.b64encode(b"x" + text.encode() + b"yz"),
    "base64 at 2": lambda text: base64.b64encode(b"xy" + text.encode() + b"z"),
    "base64url": lambda text: base64.urlsafe_b64encode(b"\xfb\xff" + text.encode()),
    "hex": lambda text: text.encode().hex().encode(),
    "HEX": lambda text: text.encode().hex().upper().encode(),
}


@pytest.mark.parametrize("form", FORMS.values(), ids=FORMS)
@pytest.mark.parametrize("value", [VALUE, "71930", "ACME BHD"])
def test_a_planted_value_is_found_in_every_form(
    tmp_path: Path, value: str, form: Callable[[str], bytes]
) -> None:
    noise = random.Random(1).randbytes(100_000)
    planted = tmp_path / "deep" / "down" / "cache.bin"
    planted.parent.mkdir(parents=True)
    planted.write_bytes(noise + form(value) + noise)
    assert {hit.path for hit in search(tmp_path, needles_of_texts([value]))} == {planted}


def test_a_value_is_found_in_a_file_name_and_in_an_sqlite_file_and_its_wal(tmp_path: Path) -> None:
    (tmp_path / "scan of ACME BHD.png").touch()
    (tmp_path / "link").symlink_to("nowhere")
    with sqlite3.connect(tmp_path / "store.db") as plain:
        plain.execute("PRAGMA journal_mode=WAL")
        plain.execute("CREATE TABLE value (text)")
        plain.execute("INSERT INTO value VALUES (?)", ("ACME BHD",))
        plain.commit()
        found = {hit.path.name for hit in search(tmp_path, needles_of_texts(["ACME BHD"]))}
    plain.close()
    assert found == {"scan of ACME BHD.png", "store.db-wal"}
    assert "store.db" in {hit.path.name for hit in search(tmp_path, needles_of_texts(["ACME BHD"]))}


def test_a_piece_of_a_picture_is_found(tmp_path: Path) -> None:
    picture = random.Random(2).randbytes(5_000)
    pieces = {f"piece {n}": piece for n, piece in enumerate(fragments(picture))}
    (tmp_path / "thumbnail").write_bytes(b"header" + picture[1_000:])
    assert {hit.what for hit in search(tmp_path, needles_of_bytes(pieces))} == set(pieces)


def test_nothing_is_found_in_noise_and_values_shorter_than_five_are_left_out(tmp_path: Path) -> None:
    (tmp_path / "noise").write_bytes(random.Random(3).randbytes(1_000_000) + b"9.00")
    (tmp_path / "packed").write_bytes(gzip.compress(b"something else"))
    assert search(tmp_path, needles_of_texts([VALUE, "71930", "9.00"])) == []
