"""A fact says what its author signed, to the holders of ADJ and to her, and to nobody else."""

from collections.abc import Mapping
from typing import Any

import msgspec
import pytest

from boapp.crypto.envelope import commitment, digest, new_key, seal, wrap
from boapp.crypto.epochs import adj_public
from boapp.crypto.facts import (
    MAX_CONTENT,
    MEANINGS,
    Draft,
    FactKind,
    SealedFact,
    Statement,
    Subject,
    encode_clear,
    open_as_actor,
    open_as_adjudicator,
    purpose,
    read_clear,
    seal_fact,
    verify_fact,
)
from boapp.crypto.framing import lp, u32, unlp
from boapp.crypto.sealed_pass import pad
from boapp.domain.ids import FactId
from boapp.errors import Tampered
from tests.crypto.fixed import (
    ADJ,
    DOCUMENT,
    KEYS,
    ORG,
    PDK,
    PEOPLE,
    PLACE,
    PROJECT,
    READING,
    SUBJECT,
    T_US,
    repeat,
)

BOB = KEYS["bob"].public.ed25519


def sealed(draft: Draft = READING) -> SealedFact:
    return seal_fact(draft, adj_public(ADJ.secret), KEYS["bob"], PLACE, T_US)


def stated(kind: FactKind, clear: bytes, refs: tuple[bytes, ...]) -> SealedFact:
    """Sign a statement with any clear bytes and any references."""
    subject = Subject(kind, ORG, PROJECT, DOCUMENT, PEOPLE["bob"], 1)
    key_id = KEYS["bob"].public.key_id
    statement = Statement(
        subject, FactId(repeat(9)), refs, clear, b"", b"", b"", key_id, PLACE, T_US, MEANINGS[kind]
    )
    data = statement.to_bytes()
    return SealedFact(data, KEYS["bob"].sign(purpose(kind), data))


def test_its_author_and_a_holder_of_adj_open_it() -> None:
    fact = sealed()
    assert verify_fact(fact, BOB) == fact.read_statement()
    assert open_as_actor(fact, KEYS["bob"].box_key) == b"what was read"
    assert open_as_adjudicator(fact, ADJ.secret) == b"what was read"


def test_nobody_else_opens_it() -> None:
    fact = sealed()
    with pytest.raises(Tampered):
        open_as_actor(fact, KEYS["ann"].box_key)
    for key in (PDK.secret, new_key()):
        with pytest.raises(Tampered):
            open_as_adjudicator(fact, key)


@pytest.mark.parametrize("part", ["statement", "signature", "content", "box_adj", "box_own"])
def test_a_changed_part_does_not_verify(part: str) -> None:
    fact = sealed()
    changed = bytearray(getattr(fact, part))
    changed[len(changed) // 2] ^= 1
    with pytest.raises(Tampered):
        verify_fact(msgspec.structs.replace(fact, **{part: bytes(changed)}), BOB)


def test_a_signature_for_one_kind_does_not_stand_under_another() -> None:
    # A reading taken for a decision would decide.
    fact = sealed()
    for kind in set(FactKind) - {FactKind.READING}:
        other = msgspec.structs.replace(fact, signature=KEYS["bob"].sign(purpose(kind), fact.statement))
        with pytest.raises(Tampered):
            verify_fact(other, BOB)


def test_somebody_elses_key_does_not_verify_it() -> None:
    with pytest.raises(Tampered):
        verify_fact(sealed(), KEYS["ann"].public.ed25519)


def test_boxes_with_different_keys_fail_at_the_commitment() -> None:
    # 33: an adjudicator and an auditor would be shown different decisions.
    fact_id, key, other = FactId(repeat(9)), new_key(), new_key()
    s = SUBJECT
    context = lp(s.kind.encode(), s.org, s.project, s.document, fact_id, s.actor, u32(s.adj_epoch))
    content = seal(key, pad(b"one thing"), lp(b"fact", context))
    box_adj = wrap(adj_public(ADJ.secret), lp(b"wrap-fact", context), other)
    box_own = wrap(KEYS["bob"].public.x25519, lp(b"wrap-fact", context), key)
    statement = Statement(
        s, fact_id, READING.refs, encode_clear(READING.clear), digest(content),
        commitment(b"boapp1 fact commit", context, key), digest(lp(box_adj, box_own)),
        KEYS["bob"].public.key_id, PLACE, T_US, MEANINGS[s.kind],
    ).to_bytes()  # fmt: skip
    fact = SealedFact(statement, KEYS["bob"].sign(purpose(s.kind), statement), content, box_adj, box_own)
    verify_fact(fact, BOB)
    with pytest.raises(Tampered, match="committed"):
        open_as_adjudicator(fact, ADJ.secret)


@pytest.mark.parametrize("part", ["project", "document", "actor", "adj_epoch"])
def test_content_moved_to_another_fact_opens_nothing(part: str) -> None:
    # 31: the decision of one document under the signature of another.
    fact = sealed()
    value = 2 if part == "adj_epoch" else repeat(9)
    fields = {name: getattr(SUBJECT, name) for name in SUBJECT.__dataclass_fields__}
    moved = Subject(**(fields | {part: value}))
    statement = fact.read_statement()
    names = list(statement.__dataclass_fields__)[1:]
    data = Statement(moved, *(getattr(statement, name) for name in names)).to_bytes()
    other = msgspec.structs.replace(fact, statement=data)
    with pytest.raises(Tampered):
        open_as_actor(other, KEYS["bob"].box_key)
    with pytest.raises(Tampered):
        open_as_adjudicator(other, ADJ.secret)


def test_two_facts_of_one_content_differ_and_are_of_one_size() -> None:
    one, other = sealed(), sealed()
    assert one.content != other.content
    assert len(one.content) == len(other.content)
    short = sealed(Draft(SUBJECT, READING.clear, READING.refs, b"x"))
    assert len(short.content) == len(one.content)


GOOD: Mapping[FactKind, tuple[dict[str, Any], int]] = {
    FactKind.COMPARISON: ({"rules": 1, "asked": 1, "discrepancies": [], "beyond": False}, 2),
    FactKind.READING: ({"field": "total", "row": 0}, 1),
    FactKind.RESOLUTION: (
        {
            "field": "total",
            "row": 0,
            "choice": "first",
            "charged": "second",
            "cause": "typo",
            "method": "keyed",
        },
        2,
    ),
    FactKind.RECORD: ({"values": 4}, 1),
    FactKind.CONFIRMATION: ({"same": True}, 1),
    FactKind.TAKE_BACK: ({"pass_no": 1, "person": repeat(2), "fence": repeat(3)}, 0),
    FactKind.REVIEW: ({"accepted": True}, 1),
}


@pytest.mark.parametrize("kind", GOOD)
def test_clear_fields_and_references_must_be_those_of_the_kind(kind: FactKind) -> None:
    # What is read without a check would stop the verifier, or whoever opens the project.
    clear, refs = GOOD[kind]
    verify_fact(stated(kind, encode_clear(clear), (repeat(1),) * refs), BOB)
    for name in clear:
        without = {key: value for key, value in clear.items() if key != name}
        with pytest.raises(Tampered):
            verify_fact(stated(kind, encode_clear(without), (repeat(1),) * refs), BOB)
        with pytest.raises(Tampered):
            verify_fact(stated(kind, encode_clear(clear | {name: {}}), (repeat(1),) * refs), BOB)
    with pytest.raises(Tampered):
        verify_fact(stated(kind, encode_clear(clear), () if refs else (repeat(1),)), BOB)


BOMBS = {
    "deep": b"\x91" * 100_000,
    "deep inside": b"\x83\xa5field\xa1a\xa3row\x00\xa1z" + b"\x91" * 100_000,
    "a list longer than its bytes": b"\xdd\xff\xff\xff\xff",
    "a map longer than its bytes": b"\xdf\xff\xff\xff\xff",
    "empty": b"",
    "no such byte": b"\xc1",
    "one key twice, cut off": b"\x82\xa5field\xa1a\xa5field",
}


@pytest.mark.parametrize("what", BOMBS)
def test_clear_bytes_that_are_a_bomb_are_refused(what: str) -> None:
    with pytest.raises(Tampered):
        verify_fact(stated(FactKind.READING, BOMBS[what], (repeat(1),)), BOB)


def test_a_statement_cut_off_anywhere_is_refused() -> None:
    data = sealed().statement
    for size in range(len(data)):
        with pytest.raises(Tampered):
            Statement.from_bytes(data[:size])


def test_a_statement_with_a_part_of_another_size_is_refused() -> None:
    # Two encodings of one statement would be two signed bytes for one fact.
    parts = unlp(sealed().statement)
    for place in range(len(parts)):
        bent = lp(*parts[:place], parts[place] + b"\x00", *parts[place + 1 :])
        if place in {6, 16, 18}:  # clear fields, the seen head and the words are asked for elsewhere
            continue
        with pytest.raises(Tampered):
            Statement.from_bytes(bent)


def test_an_unknown_kind_is_refused() -> None:
    parts = unlp(sealed().statement)
    with pytest.raises(Tampered):
        Statement.from_bytes(lp(b"edict", *parts[1:]))


def test_oversized_content_is_refused_before_it_is_hashed() -> None:
    with pytest.raises(Tampered, match="larger"):
        verify_fact(msgspec.structs.replace(sealed(), content=bytes(MAX_CONTENT + 1)), BOB)


def test_other_words_than_those_of_the_kind_are_refused() -> None:
    statement = sealed().read_statement()
    parts = [getattr(statement, name) for name in statement.__dataclass_fields__]
    data = Statement(*(*parts[:-1], "as I please")).to_bytes()
    fact = msgspec.structs.replace(
        sealed(), statement=data, signature=KEYS["bob"].sign(purpose(FactKind.READING), data)
    )
    with pytest.raises(Tampered):
        verify_fact(fact, BOB)


def test_clear_fields_come_back_as_they_were_stated() -> None:
    assert read_clear(sealed().read_statement()) == READING.clear
