"""Attack 42: every stored format is what it was. Bytes of yesterday are read, and made again the same."""

import json
from typing import Any

import msgspec
import pytest
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from boapp.crypto.envelope import unseal, unseal_row, unwrap
from boapp.crypto.epochs import Wrap, check_key, commit_key, unwrap_key
from boapp.crypto.facts import FactKind, SealedFact, Statement, purpose, read_clear, verify_fact
from boapp.crypto.facts import open_as_actor as open_fact_as_actor
from boapp.crypto.facts import open_as_adjudicator as open_fact_as_adjudicator
from boapp.crypto.framing import lp, unlp
from boapp.crypto.metadata import PagePlace, unseal_dek, unseal_meta, unseal_page
from boapp.crypto.outbox_bundle import read as read_outbox
from boapp.crypto.passphrase import derive_guard, open_keys
from boapp.crypto.recovery import join
from boapp.crypto.roster import read_roster
from boapp.crypto.roster_entries import Freshness, Recovery, Remove, RotateKey, SignedEntry, read_entry
from boapp.crypto.sealed_pass import (
    PURPOSE,
    Manifest,
    PassContext,
    SealedPass,
    open_as_adjudicator,
    open_as_author,
    open_released,
    unpad,
    verify_pass,
)
from boapp.crypto.signing import verify
from boapp.domain.ids import ChainId
from boapp.domain.passes import decode
from boapp.domain.records import decode_record
from boapp.domain.values import Address
from tests.crypto.fixed import (
    ADJ,
    DOCUMENT,
    ENTRIES,
    FLOOR,
    KEYS,
    ORG,
    PDK,
    PEOPLE,
    PROJECT,
    ROOT_PUBLICS,
    context,
    repeat,
)
from tests.crypto.vectors import FILE, KEY, OUTBOX, PASSPHRASE, repeatable

VECTORS: dict[str, Any] = json.loads(FILE.read_text())
FROZEN: dict[str, dict[str, Any]] = VECTORS["repeatable"]


def frozen(group: str, name: str) -> bytes:
    return bytes.fromhex(FROZEN[group][name])


def boxed(name: str) -> bytes:
    return bytes.fromhex(VECTORS["boxed"][name])


@pytest.fixture(scope="module")
def today() -> dict[str, Any]:
    return repeatable()


@pytest.mark.parametrize("group", FROZEN)
def test_todays_code_makes_the_same_bytes(today: dict[str, Any], group: str) -> None:
    # A format that changed would leave everything stored before unreadable, or unverifiable.
    assert today[group] == FROZEN[group]


def test_nothing_is_made_that_is_not_frozen(today: dict[str, Any]) -> None:
    assert set(today) == set(FROZEN)


def test_frozen_framing_is_read() -> None:
    joined = [bytes.fromhex(one) for one in FROZEN["framing"]["lp"]]
    assert [unlp(one) for one in joined] == [(), (b"",), (b"a", b"bc"), (b"abc",), (b"", b"", b"x" * 300)]


def test_a_frozen_message_opens() -> None:
    assert unseal(KEY, frozen("envelope", "sealed"), b"a purpose") == b"a value"
    aad = lp(b"draft", ORG, PROJECT, DOCUMENT, PEOPLE["ann"], repeat(0x0C))
    assert decode(unseal_row(KEY, b"draft", repeat(1), frozen("envelope", "draft"), aad)) == ENTRIES[:1]


def test_a_frozen_pass_is_read_verified_and_opened() -> None:
    ctx = frozen("pass", "context")
    assert PassContext.from_bytes(ctx) == context()
    assert decode(frozen("pass", "body")) == ENTRIES
    assert unpad(unseal(KEY, frozen("pass", "blob"), lp(b"pass", ctx))) == frozen("pass", "body")
    manifest = frozen("pass", "manifest")
    assert Manifest.from_bytes(manifest).to_bytes() == manifest
    verify(KEYS["ann"].public.ed25519, PURPOSE, manifest, frozen("pass", "signature"))


@pytest.mark.parametrize("kind", list(FactKind))
def test_a_frozen_statement_of_every_kind_is_read_and_verified(kind: FactKind) -> None:
    statement, signature = (bytes.fromhex(one) for one in FROZEN["fact"][kind])
    read = Statement.from_bytes(statement)
    assert (read.to_bytes(), read.subject.kind) == (statement, kind)
    assert read_clear(read)
    verify(KEYS["bob"].public.ed25519, purpose(kind), statement, signature)


def test_a_frozen_record_is_read() -> None:
    assert decode_record(frozen("record", "body"))[Address("total")].resolution == repeat(0x0A)


def test_a_frozen_list_of_people_is_believed() -> None:
    entries = [SignedEntry(*(bytes.fromhex(one) for one in entry)) for entry in FROZEN["roster"]["entries"]]
    roster = read_roster(ROOT_PUBLICS, entries)
    assert roster.head.digest == frozen("roster", "head")
    assert commit_key(ORG, PDK) == frozen("roster", "epoch_commit") == roster.project(PROJECT).pdk_commits[1]


def test_a_frozen_list_in_which_people_left_and_got_new_keys_is_believed() -> None:
    stored = [*FROZEN["roster"]["entries"], *FROZEN["changes"]["entries"]]
    entries = [SignedEntry(*(bytes.fromhex(one) for one in entry)) for entry in stored]
    roster = read_roster(ROOT_PUBLICS, entries)
    assert roster.head.digest == frozen("changes", "head")
    assert [type(read_entry(entry).what) for entry in entries[-4:]] == [
        Remove,
        RotateKey,
        Recovery,
        Freshness,
    ]
    assert roster.people[PEOPLE["ann"]].left == repeat(0x59, 40)
    assert roster.people[PEOPLE["bob"]].keys == KEYS["later"].public
    assert roster.retired[KEYS["bob"].public.key_id].chains[ChainId(repeat(7))] == (300, repeat(0x58, 32))


def test_frozen_names_keys_and_pages_open() -> None:
    assert unseal_meta(ORG, PDK, b"batch", repeat(0x0B), frozen("metadata", "meta")) == b"a name"
    assert unseal_dek(ORG, PDK, DOCUMENT, frozen("metadata", "dek")) == KEY
    place = PagePlace(ORG, PROJECT, DOCUMENT, 1, 2)
    assert unseal_page(KEY, place, frozen("metadata", "page")) == b"a picture"


def test_frozen_locked_keys_open_with_their_passphrase() -> None:
    guard = derive_guard(PASSPHRASE, ORG, "ann", repeat(0x0D, 32), FLOOR)
    blob = frozen("passphrase", "blob")
    keys = open_keys(guard, blob, KEYS["ann"].public, ORG, PEOPLE["ann"], "ann", FLOOR)
    assert keys.to_bytes() == KEYS["ann"].to_bytes()


def test_frozen_recovery_parts_give_the_key() -> None:
    parts = FROZEN["recovery"]
    assert join(parts["1"], parts["3"]) == join(parts["2"], parts["1"]) == join(parts["3"], parts["2"]) == KEY


def test_a_frozen_outbox_opens_for_its_author_and_for_recovery() -> None:
    bundle = read_outbox(frozen("outbox", "file"))
    assert bundle.open_as_author(KEYS["ann"]) == OUTBOX
    secret = X25519PrivateKey.from_private_bytes(KEY)
    assert bundle.open_as_recovery(KEYS["ann"].public, secret) == OUTBOX


def test_a_frozen_box_opens() -> None:
    assert unwrap(KEYS["ann"].box_key, b"a purpose", boxed("box")) == KEY


@pytest.mark.parametrize("name", ["project key", "adjudication key"])
def test_a_frozen_group_key_opens_and_fits(name: str) -> None:
    wrapped = msgspec.msgpack.decode(boxed(name), type=Wrap)
    key = unwrap_key(ORG, wrapped, KEYS["ann"].box_key)
    if name == "project key":
        check_key(ORG, key, commit_key(ORG, PDK))
    assert key == (PDK if name == "project key" else ADJ)


@pytest.mark.parametrize("name", ["release pass", "strict pass"])
def test_a_frozen_sealed_pass_verifies_and_opens_through_its_doors(name: str) -> None:
    one = msgspec.msgpack.decode(boxed(name), type=SealedPass)
    verify_pass(one, KEYS["ann"].public.ed25519)
    assert open_as_author(one, KEYS["ann"].box_key) == ENTRIES
    assert open_as_adjudicator(one, ADJ.secret) == ENTRIES
    if name == "release pass":
        assert open_released(one, PDK.secret) == ENTRIES


def test_a_frozen_sealed_fact_verifies_and_opens() -> None:
    fact = msgspec.msgpack.decode(boxed("fact"), type=SealedFact)
    verify_fact(fact, KEYS["bob"].public.ed25519)
    assert open_fact_as_actor(fact, KEYS["bob"].box_key) == b"what was read"
    assert open_fact_as_adjudicator(fact, ADJ.secret) == b"what was read"
