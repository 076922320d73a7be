"""Colours: every pair that can stand on each other is far enough apart, in both looks."""

from dataclasses import fields

import pytest

from ui.theme import TOKENS, Look, Tokens, contrast

TEXTS = ("text", "text2", "text3", "accent", "second", "resolve", "ok", "warn", "err", "mark")
SURFACES = ("window", "panel", "side", "accent_tint")
TINTED = ("accent", "second", "resolve", "ok", "warn", "err", "mark")
SOLID = ("accent", "resolve", "second")
looks = pytest.mark.parametrize("tokens", [TOKENS[look] for look in Look], ids=list(Look))


def ratio(tokens: Tokens, one: str, other: str) -> float:
    return contrast(getattr(tokens, one), getattr(tokens, other))


@looks
@pytest.mark.parametrize("text", TEXTS)
def test_every_text_can_be_read_on_every_surface(tokens: Tokens, text: str) -> None:
    assert {surface: ratio(tokens, text, surface) >= 4.5 for surface in SURFACES} == dict.fromkeys(
        SURFACES, True
    )


@looks
@pytest.mark.parametrize("hue", TINTED)
def test_every_hue_can_be_read_on_its_own_tint(tokens: Tokens, hue: str) -> None:
    assert ratio(tokens, hue, f"{hue}_tint") >= 4.5
    assert ratio(tokens, "text", f"{hue}_tint") >= 4.5


@looks
@pytest.mark.parametrize("hue", SOLID)
def test_words_on_a_solid_button_can_be_read(tokens: Tokens, hue: str) -> None:
    assert ratio(tokens, "on_solid", hue) >= 4.5


@looks
def test_a_marked_difference_can_be_read(tokens: Tokens) -> None:
    assert ratio(tokens, "difference_text", "difference") >= 4.5


@looks
@pytest.mark.parametrize("surface", ["window", "panel", "side"])
def test_edges_and_the_focus_can_be_seen(tokens: Tokens, surface: str) -> None:
    assert ratio(tokens, "edge", surface) >= 3.0
    assert ratio(tokens, "accent", surface) >= 3.0


@looks
def test_every_token_is_a_whole_colour(tokens: Tokens) -> None:
    for field in fields(tokens):
        value = getattr(tokens, field.name)
        assert len(value) == 7, field.name
        assert int(value[1:], 16) >= 0


def test_contrast_is_that_of_the_guidelines() -> None:
    assert contrast("#000000", "#FFFFFF") == pytest.approx(21)
    assert contrast("#777777", "#FFFFFF") == pytest.approx(4.48, abs=0.01)
