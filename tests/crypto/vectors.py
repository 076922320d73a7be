"""What the formats give for fixed inputs: made once into vectors.json, and made again by every test run.

    python -m tests.crypto.vectors        writes the file; do that for a new format only

A format that is stored anywhere never changes: when a test says that these bytes differ, the code is
wrong, not the file. Boxes (HPKE) cannot be made again, so opened examples of them are kept.
"""

import itertools
import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from unittest import mock

import msgspec

from boapp.crypto.envelope import commitment, derive, digest, seal, seal_row, wrap
from boapp.crypto.epochs import Recipient, Wrap, adj_public, commit_key, wrap_key, wraps_digest
from boapp.crypto.facts import MEANINGS as FACT_MEANINGS
from boapp.crypto.facts import FactKind, Statement, Subject, encode_clear, purpose, seal_fact
from boapp.crypto.framing import lp, u8, u32, u64
from boapp.crypto.metadata import PagePlace, image_hash, seal_dek, seal_meta, seal_page
from boapp.crypto.outbox_bundle import Carried, Sender
from boapp.crypto.outbox_bundle import write as write_outbox
from boapp.crypto.passphrase import derive_guard, scram_verifier, seal_keys
from boapp.crypto.recovery import split
from boapp.crypto.roster_entries import link as roster_link
from boapp.crypto.roster_entries import root_id
from boapp.crypto.sealed_pass import PURPOSE, Manifest, pad, seal_pass
from boapp.crypto.signing import link
from boapp.domain.ids import FactId, KeyId, StoreId
from boapp.domain.passes import MEANINGS, encode
from boapp.domain.records import Origin, Settled, encode_record
from boapp.domain.values import Address, Value
from tests.crypto.fixed import (
    ADJ,
    DOCUMENT,
    ENTRIES,
    FLOOR,
    FORM,
    IMAGE,
    KEYS,
    ORG,
    PDK,
    PEOPLE,
    PLACE,
    PROJECT,
    READING,
    ROOT_PUBLICS,
    SUBJECT,
    T_US,
    changes,
    circumstances,
    context,
    founding,
    repeat,
    scribe,
    sealing_keys,
)

FILE = Path(__file__).with_name("vectors.json")
KEY = repeat(9, 32)
PASSPHRASE = "correct horse battery staple"


@contextmanager
def counted_randomness() -> Iterator[None]:
    """Let os.urandom count: 01 01 …, 02 02 …, so that what needs it comes out the same again."""
    numbers = itertools.count(1)
    with mock.patch("os.urandom", lambda size: bytes([next(numbers) % 256]) * size):
        yield


def repeatable() -> dict[str, Any]:
    """Return everything that follows from the fixed inputs alone, as hexadecimal."""
    with counted_randomness():
        made: dict[str, dict[str, Any]] = {
            "framing": _framing(),
            "ids": _ids(),
            "envelope": _envelope(),
            "pass": _pass(),
            "fact": _fact(),
            "record": {"body": encode_record(_record())},
            "roster": _roster(),
            "metadata": _metadata(),
            "passphrase": _passphrase(),
            "changes": _changes(),
            "recovery": {str(officer): part for officer, part in split(KEY).items()},
            "outbox": {"file": _outbox()},
        }
    return {group: {name: _hex(value) for name, value in values.items()} for group, values in made.items()}


def _hex(value: object) -> object:
    if isinstance(value, list | tuple):
        return [_hex(one) for one in value]
    return value.hex() if isinstance(value, bytes) else value


def _framing() -> dict[str, Any]:
    joined = [lp(), lp(b""), lp(b"a", b"bc"), lp(b"abc"), lp(b"", b"", b"x" * 300)]
    return {"lp": joined, "numbers": [u8(7), u32(7), u64(7)]}


def _ids() -> dict[str, Any]:
    keys = KEYS["ann"].public
    return {
        "org": ORG,
        "root": root_id(ROOT_PUBLICS[0]),
        "key_id": keys.key_id,
        "public": [keys.x25519, keys.ed25519],
        "adj_public": adj_public(ADJ.secret),
    }


def _envelope() -> dict[str, Any]:
    draft = lp(b"draft", ORG, PROJECT, DOCUMENT, PEOPLE["ann"], repeat(0x0C))
    return {
        "derive": derive(KEY, b"label", b"part", salt=b"salt"),
        "commitment": commitment(b"boapp1 key commit", b"a context", KEY),
        "sealed": seal(KEY, b"a value", b"a purpose"),
        "draft": seal_row(KEY, b"draft", repeat(1), encode(ENTRIES[:1]), draft),
    }


def _pass() -> dict[str, Any]:
    ctx, c, body = context(), circumstances(), encode(ENTRIES)
    commit = commitment(b"boapp1 key commit", ctx.to_bytes(), KEY)
    blob = seal(KEY, pad(body), lp(b"pass", ctx.to_bytes()))
    manifest = Manifest(
        ctx,
        digest(blob),
        commit,
        repeat(0x91, 32),
        repeat(0x92, 32),
        c.asked,
        c.method,
        c.app_version,
        c.fence,
        c.place,
        c.t_us,
        MEANINGS[c.method],
    ).to_bytes()
    signature = KEYS["ann"].sign(PURPOSE, manifest)
    return {
        "context": ctx.to_bytes(),
        "body": body,
        "padded": pad(body),
        "blob": blob,
        "manifest": manifest,
        "signature": signature,
        "link": link(manifest, signature),
    }


def _fact() -> dict[str, Any]:
    return {kind.value: _statement(kind, clear, refs) for kind, (clear, refs) in _CLEAR.items()}


_PLACE_OF = {"field": "total", "row": 0}
_CLEAR: dict[FactKind, tuple[dict[str, object], tuple[bytes, ...]]] = {
    FactKind.INTAKE: (
        {
            "batch": repeat(0x0B),
            "form_hash": FORM,
            "image_hash": IMAGE,
            "page_count": 2,
            "dek_epoch": 1,
            "dek": b"a sealed key",
            "verify": ("total",),
            "meta_hash": repeat(0x63, 32),
        },
        (),
    ),
    FactKind.COMPARISON: (
        {"rules": 1, "asked": 4, "discrepancies": [("total", 0, 0, 0, "value")], "beyond": False},
        (repeat(5), repeat(6)),
    ),
    FactKind.READING: (_PLACE_OF, (repeat(7),)),
    FactKind.RESOLUTION: (
        {**_PLACE_OF, "choice": "first", "charged": "second", "cause": "typo", "method": "keyed"},
        (repeat(7), repeat(8)),
    ),
    FactKind.RECORD: ({"values": 4}, (repeat(7), repeat(8))),
    FactKind.CONFIRMATION: ({"same": True}, (repeat(9),)),
    FactKind.TAKE_BACK: ({"pass_no": 1, "person": PEOPLE["ann"], "fence": repeat(0x0F)}, ()),
    FactKind.REVIEW: ({"accepted": True}, (repeat(9),)),
}


def _statement(kind: FactKind, clear: dict[str, object], refs: tuple[bytes, ...]) -> tuple[bytes, bytes]:
    subject = Subject(kind, ORG, PROJECT, DOCUMENT, PEOPLE["bob"], 1)
    hashes = (repeat(0x94, 32), repeat(0x95, 32), repeat(0x96, 32))
    key_id, words = KEYS["bob"].public.key_id, FACT_MEANINGS[kind]
    parts = (subject, FactId(repeat(0x0A)), refs, encode_clear(clear), *hashes, key_id, PLACE, T_US, words)
    statement = Statement(*parts).to_bytes()
    return statement, KEYS["bob"].sign(purpose(kind), statement)


def _record() -> dict[Address, Settled]:
    return {
        Address("company"): Settled(Value.of("ACME"), Origin.AGREED),
        Address("total"): Settled(Value.of("9.00"), Origin.RESOLVED, FactId(repeat(0x0A))),
    }


def _roster() -> dict[str, Any]:
    made = scribe()
    return {
        "entries": [[entry.data, entry.signature] for entry in made.entries],
        "head": made.roster.head.digest,
        "first_link": roster_link(made.entries[0]),
        "epoch_commit": commit_key(ORG, PDK),
        "wraps_digest": wraps_digest(
            [Wrap(PROJECT, PDK.kind, 1, PEOPLE["ann"], KeyId(repeat(7)), bytes(80))]
        ),
    }


def _changes() -> dict[str, Any]:
    made = scribe((*founding(), *changes()))
    entries = made.entries[len(founding()) :]
    return {
        "entries": [[entry.data, entry.signature] for entry in entries],
        "head": made.roster.head.digest,
    }


def _metadata() -> dict[str, Any]:
    return {
        "meta": seal_meta(ORG, PDK, b"batch", repeat(0x0B), b"a name"),
        "dek": seal_dek(ORG, PDK, DOCUMENT, KEY),
        "page": seal_page(KEY, PagePlace(ORG, PROJECT, DOCUMENT, 1, 2), b"a picture"),
        "image_hash": image_hash([repeat(1, 32), repeat(2, 32)]),
    }


def _passphrase() -> dict[str, Any]:
    guard = derive_guard(PASSPHRASE, ORG, "ann", repeat(0x0D, 32), FLOOR)
    return {
        "blob_key": guard.blob_key,
        "db_password": guard.db_password,
        "blob": seal_keys(guard, KEYS["ann"], ORG, PEOPLE["ann"], "ann", FLOOR),
        "scram": scram_verifier(guard.db_password, repeat(0x0E)),
    }


OUTBOX = (Carried(PROJECT, "pass", b"a sealed pass"), Carried(PROJECT, "fact", b"a sealed fact"))
_OUTBOX_BOXES = (
    bytes.fromhex(
        "0eaf77fc09183f3305eaf6086419d4614aeb85587c54b4f8c9661a706f2fd227e0bdc5b4d85ae761"
        "529fca2279fc9b9e2e95e93593426130a3ad48496f33491a6d3e2b8a5e7a3675a21da1c61c47e274"
    ),
    bytes.fromhex(
        "4d73b1686eec5e3d2a23a2757f29b3ac2d094ecfc9149e31c72ff7d0df5d24715a23723e28bc474a"
        "a3c41a184bdfb59676dccfcc17f1a1e1df1405f48d944f4f339182cfc03dba4b886dde056de497fd"
    ),
)
"""Made once, of the key 01 01 …: for ann's keys, and for the recovery key KEY."""


def _outbox() -> bytes:
    sender = Sender(ORG, PEOPLE["ann"], StoreId(repeat(0x0C)), T_US)
    boxes = mock.patch("boapp.crypto.outbox_bundle.wrap", side_effect=_OUTBOX_BOXES)
    with counted_randomness(), boxes:
        return write_outbox(sender, KEYS["ann"], adj_public(KEY), OUTBOX)


def boxed() -> dict[str, str]:
    """Return one example of everything that holds boxes; another one at each call."""
    made = {
        "box": wrap(KEYS["ann"].public.x25519, b"a purpose", KEY),
        "project key": msgspec.msgpack.encode(wrap_key(ORG, PDK, [_ann()])[0]),
        "adjudication key": msgspec.msgpack.encode(wrap_key(ORG, ADJ, [_ann()])[0]),
        "release pass": msgspec.msgpack.encode(_sealed(released=True)),
        "strict pass": msgspec.msgpack.encode(_sealed(released=False)),
        "fact": msgspec.msgpack.encode(seal_fact(READING, adj_public(ADJ.secret), KEYS["bob"], PLACE, T_US)),
    }
    return {name: value.hex() for name, value in made.items()}


def _ann() -> Recipient:
    return Recipient(PEOPLE["ann"], KEYS["ann"].public.key_id, KEYS["ann"].public.x25519)


def _sealed(*, released: bool) -> object:
    return seal_pass(context(), ENTRIES, KEYS["ann"], sealing_keys(released=released), circumstances())


def main() -> None:
    """Write the file."""
    assert SUBJECT.kind is FactKind.READING
    FILE.write_text(json.dumps({"repeatable": repeatable(), "boxed": boxed()}, indent=1) + "\n")


if __name__ == "__main__":
    main()
