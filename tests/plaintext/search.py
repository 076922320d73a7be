"""Searching files for plaintext: keyed values, names and pieces of pictures, in the forms they could take.

A text is looked for as UTF-8 and as UTF-16 of both byte orders, as JSON and percent escapes, in base64
(three alignments, both alphabets) and in hexadecimal; bytes are looked for as they are, in base64 and in
hexadecimal. File names are searched like contents. Not found: what is compressed or cut into pieces.
"""

import base64
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote, quote_plus

SHORTEST = 5
FRAGMENT = 64


@dataclass(frozen=True, slots=True)
class Hit:
    """One place where something stands in plain."""

    path: Path
    offset: int
    what: str
    form: str


def needles_of_texts(texts: Iterable[str]) -> dict[bytes, tuple[str, str]]:
    """Return every form of every text that is long enough to mean something, with text and form."""
    return {
        needle: (text, form)
        for text in texts
        if len(text) >= SHORTEST
        for form, needle in _forms_of_text(text).items()
    }


def needles_of_bytes(pieces: Mapping[str, bytes]) -> dict[bytes, tuple[str, str]]:
    """Return every form of pieces of files, by what they are; each has at least FRAGMENT bytes."""
    assert all(len(piece) >= FRAGMENT for piece in pieces.values())
    return {
        needle: (what, form)
        for what, piece in pieces.items()
        for form, needle in _forms_of_bytes(piece).items()
    }


def _forms_of_text(text: str) -> dict[str, bytes]:
    encoded = {name: text.encode(name) for name in ("utf-8", "utf-16-le", "utf-16-be")}
    escaped = {
        "JSON": json.dumps(text)[1:-1],
        "JSON, slashes too": json.dumps(text)[1:-1].replace("/", "\\/"),
        "percent": quote(text, safe=""),
        "percent, a path": quote(text),
        "percent, a form": quote_plus(text),
    }
    encoded |= {name: form.encode() for name, form in escaped.items()}
    return encoded | {k: v for k, v in _forms_of_bytes(text.encode()).items() if k != "bytes"}


def _forms_of_bytes(piece: bytes) -> dict[str, bytes]:
    forms = {"bytes": piece, "hex": piece.hex().encode(), "HEX": piece.hex().upper().encode()}
    for shift in range(3):
        # Only letters that hold nothing but bits of the piece: its neighbours are not known.
        letters = base64.b64encode(bytes(shift) + piece)
        inner = letters[-(-8 * shift // 6) : 8 * (shift + len(piece)) // 6]
        forms |= {f"base64, {shift}": inner, f"base64url, {shift}": inner.translate(_URL_SAFE)}
    return {name: needle for name, needle in forms.items() if len(needle) >= SHORTEST}


_URL_SAFE = bytes.maketrans(b"+/", b"-_")


def search(folder: Path, needles: Mapping[bytes, tuple[str, str]]) -> list[Hit]:
    """Return every hit in the files under a folder and in their names."""
    return [hit for path in files_under(folder) for hit in _hits(path, folder, needles)]


def files_under(folder: Path) -> list[Path]:
    """Return everything under a folder that is no folder itself; links are not followed."""
    return [path for path in sorted(folder.rglob("*")) if path.is_symlink() or not path.is_dir()]


def _hits(path: Path, folder: Path, needles: Mapping[bytes, tuple[str, str]]) -> Iterator[Hit]:
    name = str(path.relative_to(folder)).encode(errors="surrogateescape")
    contents = {"name": name, "content": b"" if path.is_symlink() else path.read_bytes()}
    for where, content in contents.items():
        for needle, (what, form) in needles.items():
            offset = content.find(needle)
            if offset >= 0:
                yield Hit(path, offset, what, f"{form} in its {where}")


def fragments(data: bytes) -> list[bytes]:
    """Return three pieces of a file, past its header, each unlike anything else."""
    step = (len(data) - FRAGMENT) // 4
    assert step >= FRAGMENT, "too small to tell pieces of it from chance"
    return [data[place * step : place * step + FRAGMENT] for place in (1, 2, 3)]
