"""Colours by token, light and dark. No colour is written anywhere else.

`contrast` is the ratio of the Web Content Accessibility Guidelines 2; a test holds every text token
against every surface it may stand on.
"""

import enum
from dataclasses import dataclass

from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QGuiApplication


class Look(enum.StrEnum):
    """Which of the two themes."""

    LIGHT = "light"
    DARK = "dark"


@dataclass(frozen=True, slots=True)
class Tokens:
    """The colours of one theme, as #RRGGBB."""

    text: str
    text2: str
    text3: str
    accent: str
    second: str
    resolve: str
    ok: str
    warn: str
    err: str
    mark: str
    window: str
    panel: str
    side: str
    bed: str
    hairline: str
    edge: str
    difference: str
    difference_text: str
    accent_tint: str
    second_tint: str
    resolve_tint: str
    ok_tint: str
    warn_tint: str
    err_tint: str
    mark_tint: str
    on_solid: str


LIGHT = Tokens(
    text="#17202A", text2="#434F5B", text3="#58646F", accent="#0B57A4", second="#6A2C91",
    resolve="#0A625E", ok="#1B6B3B", warn="#7D4B00", err="#AE221B", mark="#4B5966",
    window="#ECEFF2", panel="#FFFFFF", side="#F5F7F9", bed="#C9CFD6", hairline="#D5DBE1", edge="#7A8693",
    difference="#FFE08A", difference_text="#3D2600",
    accent_tint="#E4EEF9", second_tint="#F1E7F8", resolve_tint="#DDF1EF", ok_tint="#E1F2E7",
    warn_tint="#FCEFD3", err_tint="#FCE7E5", mark_tint="#E6EAEE", on_solid="#FFFFFF",
)  # fmt: skip

DARK = Tokens(
    text="#E4E9ED", text2="#B6C0CA", text3="#98A5B1", accent="#84B9F7", second="#D0A8EE",
    resolve="#63CCC3", ok="#74CE92", warn="#F1BC52", err="#FF988F", mark="#B4C0CB",
    window="#11151A", panel="#191F25", side="#202830", bed="#0B0E11", hairline="#2F3943", edge="#768593",
    difference="#6B4E00", difference_text="#FFEBB8",
    accent_tint="#17324E", second_tint="#392550", resolve_tint="#123B39", ok_tint="#16351F",
    warn_tint="#3B2C0D", err_tint="#461D1A", mark_tint="#2A343D", on_solid="#11151A",
)  # fmt: skip

TOKENS = {Look.LIGHT: LIGHT, Look.DARK: DARK}

SANS, MONO = "IBM Plex Sans", "IBM Plex Mono"
SMALL, BODY, CARD, FIELD, DIALOG, TITLE, FIGURE, VALUE = 12, 13, 14, 16, 18, 20, 22, 26


def contrast(one: str, other: str) -> float:
    """Return the contrast ratio of two colours, 1 to 21."""
    light, dark = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def _luminance(colour: str) -> float:
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def system_look() -> Look:
    """Return the look that the person's desktop asks for."""
    dark = QGuiApplication.styleHints().colorScheme() is Qt.ColorScheme.Dark
    return Look.DARK if dark else Look.LIGHT


class Theme:
    """The look in use; widgets that paint themselves ask it for colours."""

    def __init__(self, look: Look) -> None:
        self.look = look
        self.tokens = TOKENS[look]

    def colour(self, token: str) -> QColor:
        """Return a token's colour."""
        return QColor(getattr(self.tokens, token))


_current: list[Theme] = [Theme(Look.LIGHT)]


def theme() -> Theme:
    """Return the look in use."""
    return _current[0]


def use(look: Look) -> Theme:
    """Change the look; whoever calls it also renews the style sheet."""
    _current[0] = Theme(look)
    return _current[0]
