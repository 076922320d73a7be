"""From a passphrase to keys: nothing weaker than the floor, nothing without the site secret."""

import base64
from functools import partial

import pytest

from boapp.crypto.envelope import new_key
from boapp.crypto.passphrase import (
    CAP_ITERATIONS,
    CAP_KIB,
    FLOOR_ITERATIONS,
    FLOOR_KIB,
    Guard,
    KdfParameters,
    derive_guard,
    open_keys,
    scram_verifier,
    seal_keys,
)
from boapp.domain.ids import OrgId
from boapp.errors import NotAllowed, Tampered
from tests.crypto.fixed import FLOOR, KEYS, ORG, PEOPLE, repeat

GUARD = Guard(repeat(1, 32), "a password")
BLOB = seal_keys(GUARD, KEYS["ann"], ORG, PEOPLE["ann"], "ann", FLOOR)


@pytest.mark.parametrize(
    "parameters",
    [
        KdfParameters(1, FLOOR_KIB - 1, 3, 4),
        KdfParameters(1, 8, 1, 1),
        KdfParameters(1, FLOOR_KIB, FLOOR_ITERATIONS - 1, 4),
        KdfParameters(1, -1, 3, 4),
        KdfParameters(1, CAP_KIB + 1, 3, 4),
        KdfParameters(1, FLOOR_KIB, CAP_ITERATIONS + 1, 4),
        KdfParameters(1, FLOOR_KIB, 3, 0),
        KdfParameters(1, FLOOR_KIB, 3, 17),
    ],
)
def test_parameters_below_the_floor_or_above_the_cap_are_never_derived_with(
    parameters: KdfParameters,
) -> None:
    # 35: a database that names cheap parameters gets a password that is cheap to guess.
    with pytest.raises(Tampered):
        derive_guard("a passphrase", ORG, "ann", bytes(32), parameters)


def test_keys_open_with_their_own_guard_and_place_only() -> None:
    ann = KEYS["ann"].public
    assert open_keys(GUARD, BLOB, ann, ORG, PEOPLE["ann"], "ann", FLOOR).to_bytes() == KEYS["ann"].to_bytes()
    dearer = KdfParameters(2, 2 * FLOOR_KIB, 3, 4)
    attempts = (
        partial(open_keys, Guard(new_key(), ""), BLOB, ann, ORG, PEOPLE["ann"], "ann", FLOOR),
        partial(open_keys, GUARD, BLOB, KEYS["bob"].public, ORG, PEOPLE["ann"], "ann", FLOOR),
        partial(open_keys, GUARD, BLOB, ann, OrgId(repeat(9)), PEOPLE["ann"], "ann", FLOOR),
        partial(open_keys, GUARD, BLOB, ann, ORG, PEOPLE["bob"], "ann", FLOOR),
        partial(open_keys, GUARD, BLOB, ann, ORG, PEOPLE["ann"], "bob", FLOOR),
        partial(open_keys, GUARD, BLOB, ann, ORG, PEOPLE["ann"], "ann", dearer),
    )
    for attempt in attempts:
        with pytest.raises(NotAllowed):
            attempt()


def test_every_wrong_way_in_is_told_in_the_same_words() -> None:
    # Otherwise the program itself tells which part was right.
    told = set()
    for guard, blob in ((Guard(new_key(), ""), BLOB), (GUARD, BLOB[:-1]), (GUARD, b"\x01"), (GUARD, b"")):
        with pytest.raises(NotAllowed) as refused:
            open_keys(guard, blob, KEYS["ann"].public, ORG, PEOPLE["ann"], "ann", FLOOR)
        told.add(str(refused.value))
    assert len(told) == 1


def test_every_input_changes_what_is_derived() -> None:
    # The site secret too: whoever copied the database lacks it and cannot even begin a dictionary.
    base = ("a passphrase", ORG, "ann", repeat(1, 32), FLOOR)
    others = (
        ("b passphrase", ORG, "ann", repeat(1, 32), FLOOR),
        ("a passphrase", OrgId(repeat(9)), "ann", repeat(1, 32), FLOOR),
        ("a passphrase", ORG, "bob", repeat(1, 32), FLOOR),
        ("a passphrase", ORG, "ann", repeat(2, 32), FLOOR),
        ("a passphrase", ORG, "ann", repeat(1, 32), KdfParameters(1, FLOOR_KIB, 4, 1)),
    )
    made = [derive_guard(*inputs) for inputs in (base, *others)]
    assert len({g.blob_key for g in made}) == len(made)
    assert len({g.db_password for g in made}) == len(made)
    assert all(g.blob_key.hex() not in repr(g) and g.db_password not in repr(g) for g in made)


def test_a_login_verifier_is_the_one_of_the_standard() -> None:
    # RFC 7677, section 3: user "user", password "pencil", this salt, 4096 iterations.
    salt = base64.b64decode("W22ZaJ0SNY7soEsUEjb6gQ==")
    verifier = scram_verifier("pencil", salt)
    stored = "WG5d8oPm3OtcPnkdi4Uo7BkeZkBFzpcXkuLmtbsT4qY="
    server = "wfPLwcE6nTWhTAmQ7tl2KeoiWGPlZqQxSrmfPwDl2dU="
    assert verifier == f"SCRAM-SHA-256$4096:W22ZaJ0SNY7soEsUEjb6gQ==${stored}:{server}"
