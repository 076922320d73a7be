"""Group keys: a box that fits nobody's place, and a key that the signed list does not name, are refused."""

import msgspec
import pytest

from boapp.crypto.epochs import (
    GroupKey,
    Recipient,
    Wrap,
    adj_public,
    check_key,
    commit_key,
    new_group_key,
    unwrap_key,
    wrap_key,
    wraps_digest,
)
from boapp.crypto.roster_entries import KeyKind
from boapp.errors import Tampered
from tests.crypto.fixed import ADJ, KEYS, ORG, OTHER_PROJECT, PDK, PEOPLE, PROJECT, repeat


def recipient(name: str) -> Recipient:
    return Recipient(PEOPLE[name], KEYS[name].public.key_id, KEYS[name].public.x25519)


def boxed(key: GroupKey = PDK, name: str = "ann") -> Wrap:
    return wrap_key(ORG, key, [recipient(name)])[0]


@pytest.mark.parametrize("key", [PDK, ADJ])
def test_a_box_opens_for_its_holder_and_fits_the_list(key: GroupKey) -> None:
    found = unwrap_key(ORG, boxed(key), KEYS["ann"].box_key)
    assert found == key
    check_key(ORG, found, commit_key(ORG, key) if key.kind is KeyKind.PDK else adj_public(key.secret))


@pytest.mark.parametrize("part", ["project", "kind", "epoch", "person", "key_id"])
def test_a_box_moved_to_another_place_opens_nothing(part: str) -> None:
    # 31: an old epoch's box offered as the new one's, another project's as this one's.
    other = {
        "project": OTHER_PROJECT,
        "kind": KeyKind.ADJ,
        "epoch": 2,
        "person": PEOPLE["bob"],
        "key_id": repeat(9),
    }
    with pytest.raises(Tampered):
        unwrap_key(ORG, msgspec.structs.replace(boxed(), **{part: other[part]}), KEYS["ann"].box_key)


def test_somebody_elses_box_opens_nothing() -> None:
    with pytest.raises(Tampered):
        unwrap_key(ORG, boxed(name="ann"), KEYS["bob"].box_key)
    with pytest.raises(Tampered):
        unwrap_key(type(ORG)(repeat(9)), boxed(), KEYS["ann"].box_key)


@pytest.mark.parametrize("kind", [KeyKind.PDK, KeyKind.ADJ])
def test_a_key_that_somebody_planted_is_refused(kind: KeyKind) -> None:
    # Whoever owns the database boxes a key of her own for ann: everything that ann seals would be hers.
    planted = unwrap_key(ORG, boxed(new_group_key(PROJECT, kind, 1)), KEYS["ann"].box_key)
    good = commit_key(ORG, PDK) if kind is KeyKind.PDK else adj_public(ADJ.secret)
    for expected in (good, b""):
        with pytest.raises(Tampered):
            check_key(ORG, planted, expected)


def test_a_commitment_fits_one_key_of_one_epoch_of_one_project() -> None:
    commits = {
        commit_key(ORG, key)
        for key in (
            PDK,
            GroupKey(PROJECT, KeyKind.PDK, 2, PDK.secret),
            GroupKey(OTHER_PROJECT, KeyKind.PDK, 1, PDK.secret),
            GroupKey(PROJECT, KeyKind.DIR, 1, PDK.secret),
        )
    }
    assert len(commits) == 4


def test_the_digest_of_boxes_does_not_follow_their_order_but_their_bytes() -> None:
    one, other = wrap_key(ORG, PDK, [recipient("ann"), recipient("bob")])
    assert wraps_digest([one, other]) == wraps_digest([other, one])
    assert wraps_digest([one]) != wraps_digest([one, other])
    assert wraps_digest([one, other]) != wraps_digest(
        wrap_key(ORG, PDK, [recipient("ann"), recipient("bob")])
    )


def test_a_key_does_not_show_itself() -> None:
    assert PDK.secret.hex() not in repr(PDK)
    assert repr(PDK.secret) not in repr(PDK)
