"""The recovery key: any two officers bring it back, one alone holds nothing, a slip of the pen is told."""

import itertools

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from boapp.crypto.recovery import OFFICERS, join, split
from boapp.errors import BadInput
from tests.crypto.fixed import repeat

SECRET = bytes(range(32))


@given(st.binary(min_size=32, max_size=32))
@settings(max_examples=20)
def test_any_two_officers_bring_it_back(secret: bytes) -> None:
    parts = split(secret)
    for one, other in itertools.permutations(OFFICERS, 2):
        assert join(parts[one], parts[other]) == secret


@pytest.mark.parametrize("officer", OFFICERS)
def test_one_officer_alone_holds_only_noise(officer: int) -> None:
    parts = split(SECRET)
    with pytest.raises(BadInput):
        join(parts[officer], parts[officer])
    halves = [bytes.fromhex(line.split(":")[1].split("check")[0]) for line in parts[officer].splitlines()]
    assert SECRET not in halves
    assert bytes(a ^ b for a, b in zip(*halves, strict=True)) != SECRET


def test_parts_of_two_splits_do_not_give_a_wrong_key() -> None:
    # A wrong key taken for the right one would be wrapped and relied on.
    one, other = split(SECRET), split(repeat(9, 32))
    assert join(one[1], other[2]) != repeat(9, 32)
    assert join(one[1], other[2]) != SECRET


def test_a_slip_of_the_pen_is_told() -> None:
    parts = split(SECRET)
    lines = parts[1].splitlines()
    for place in range(len("officer 1 with 2: "), len(lines[0]) - 15, 7):
        letter = lines[0][place]
        if letter == " ":
            continue
        wrong = lines[0][:place] + ("0" if letter != "0" else "1") + lines[0][place + 1 :]
        with pytest.raises(BadInput, match="wrongly"):
            join("\n".join((wrong, lines[1])), parts[2])


@pytest.mark.parametrize(
    "text", ["", "officer", "officer 1 with 2: zz check 00", "officer one with two: 00 check 00", "a:b:c"]
)
def test_what_is_no_part_is_refused(text: str) -> None:
    with pytest.raises(BadInput):
        join(text, split(SECRET)[2])


def test_a_part_typed_with_other_blanks_and_letters_is_read() -> None:
    parts = split(SECRET)
    assert (
        join(
            parts[1].upper().replace("OFFICER", "officer").replace("WITH", "with").replace("CHECK", "check"),
            "\n" + parts[3],
        )
        == SECRET
    )
