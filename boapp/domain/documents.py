"""A document: its name, its pages, and what an index file said of it.

The encrypted description of a document, and the clear fields of its signed intake, are made and read
here, so that both sides of the shared database agree on them.
"""

from collections.abc import Mapping

import msgspec

from boapp.errors import Tampered

MAX_NAME = 255
MAX_INDEX_COLUMNS = 100
MAX_INDEX_TEXT = 1000


class PageInfo(msgspec.Struct, frozen=True, array_like=True):
    """One page: its picture format, its size in pixels, dots per inch (0 unknown), SHA-256 of the picture."""

    media_type: str
    width: int
    height: int
    dpi: int
    digest: bytes


class Description(msgspec.Struct, frozen=True):
    """What the project key hides: file name, index data (shown, exported, never compared), pages."""

    name: str
    index: Mapping[str, str]
    pages: tuple[PageInfo, ...]
    source_digests: tuple[bytes, ...]


class Intake(msgspec.Struct, frozen=True):
    """The clear fields of the signed intake of a document.

    verify: the keys of the fields that a second person keys; empty when one pass is enough.
    """

    batch: bytes
    form_hash: bytes
    image_hash: bytes
    page_count: int
    dek_epoch: int
    dek: bytes
    verify: tuple[str, ...]
    meta_hash: bytes


def encode_description(description: Description) -> bytes:
    """Return the bytes that are encrypted."""
    return msgspec.msgpack.encode(description, order="deterministic")


def decode_description(data: bytes) -> Description:
    """Read a description back; Tampered when malformed."""
    try:
        return msgspec.msgpack.decode(data, type=Description)
    except msgspec.MsgspecError as error:
        raise Tampered("The description of a document is malformed.") from error


def decode_intake(clear: bytes) -> Intake:
    """Read the clear fields of an intake; Tampered when malformed."""
    try:
        return msgspec.msgpack.decode(clear, type=Intake)
    except msgspec.MsgspecError as error:
        raise Tampered("The intake of a document is malformed.") from error
