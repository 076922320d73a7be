r"""Masks: what a fixed-length field looks like, place by place.

`A` stands for a letter, `9` for a digit, `?` for either; a `\` takes the next character as it is; every
other character stands for itself, in capitals or small letters. A text has exactly one character for each
place. There is nothing to repeat or choose, so a mask costs one step for each character.
"""

from collections.abc import Iterator


def fits_mask(mask: str, text: str) -> bool:
    """Tell whether a text has exactly the mask's places."""
    places = list(_places(mask))
    return len(places) == len(text) and all(
        _fits(literal, place, letter) for (literal, place), letter in zip(places, text, strict=True)
    )


def _places(mask: str) -> Iterator[tuple[bool, str]]:
    """Give each place of the mask, and whether it stands for itself."""
    marks = iter(mask)
    for mark in marks:
        if mark == "\\":
            yield True, next(marks, "\\")
        else:
            yield mark not in "A9?", mark


def _fits(literal: bool, place: str, letter: str) -> bool:  # noqa: FBT001 - a place is a pair
    if literal:
        return letter.casefold() == place.casefold()
    return (place != "9" and letter.isalpha()) or (place != "A" and letter.isdecimal())
