"""The small parts that every screen is made of: texts, key caps, icons, cards, buttons with their key."""

from collections.abc import Iterable

from PySide6.QtCore import QSize, Qt
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QLabel,
    QLayout,
    QPushButton,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from ui.assets import icon, pixmap
from ui.theme import theme


def text(words: str, role: str = "") -> QLabel:
    """Return a text; plain, so that nothing in it is ever read as markup."""
    label = QLabel(words)
    label.setTextFormat(Qt.TextFormat.PlainText)
    if role:
        label.setProperty("role", role)
    return label


def set_role(widget: QWidget, role: str) -> None:
    """Give a widget another role in the style sheet."""
    if widget.property("role") != role:
        widget.setProperty("role", role)
        widget.style().unpolish(widget)
        widget.style().polish(widget)


def key_cap(keys: str) -> QLabel:
    """Return the picture of a key, as high as a key however high its row is."""
    cap = text(keys, "key")
    cap.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
    return cap


def picture(name: str, token: str, size: int = 18) -> QLabel:
    """Return an icon in a token's colour; what it means stands beside it in words."""
    label = QLabel()
    label.setPixmap(pixmap(name, getattr(theme().tokens, token), size, label.devicePixelRatioF()))
    label.setFixedSize(QSize(size, size))
    return label


def card(role: str = "card") -> tuple[QFrame, QVBoxLayout]:
    """Return a card and the column inside it."""
    frame = QFrame()
    frame.setProperty("role", role)
    column = QVBoxLayout(frame)
    column.setContentsMargins(16, 12, 16, 12)
    column.setSpacing(8)
    return frame, column


def line() -> QFrame:
    """Return a hairline."""
    frame = QFrame()
    frame.setProperty("role", "line")
    return frame


def row(*parts: QWidget | QLayout | int | None, spacing: int = 8) -> QHBoxLayout:
    """Return a row of parts; None is the stretch, a number a gap in pixels."""
    layout = QHBoxLayout()
    layout.setContentsMargins(0, 0, 0, 0)
    layout.setSpacing(spacing)
    fill(layout, parts)
    return layout


def column(*parts: QWidget | QLayout | int | None, spacing: int = 8) -> QVBoxLayout:
    """Return a column of parts; None is the stretch, a number a gap in pixels."""
    layout = QVBoxLayout()
    layout.setContentsMargins(0, 0, 0, 0)
    layout.setSpacing(spacing)
    fill(layout, parts)
    return layout


def fill(layout: QHBoxLayout | QVBoxLayout, parts: Iterable[QWidget | QLayout | int | None]) -> None:
    """Put parts into a row or column."""
    for part in parts:
        match part:
            case None:
                layout.addStretch(1)
            case int():
                layout.addSpacing(part)
            case QWidget():
                layout.addWidget(part)
            case QLayout():
                layout.addLayout(part)


def centred(part: QWidget) -> QVBoxLayout:
    """Return a part in the middle of whatever room there is; texts in it that wrap keep their height."""
    layout = QVBoxLayout()
    layout.setContentsMargins(0, 0, 0, 0)
    fill(layout, (None, row(None, part, None), None))
    return layout


def button(words: str, keys: str = "", role: str = "", icon_name: str = "") -> QPushButton:
    """Return a button that says its key; its accessible name is the words alone."""
    made = QPushButton(f"{words}   {keys}" if keys else words)
    made.setAccessibleName(words)
    if role:
        made.setProperty("role", role)
    if icon_name:
        solid = role in {"primary", "resolve"}
        colour = theme().tokens.on_solid if solid else theme().tokens.text2
        made.setIcon(icon(icon_name, colour))
    made.setAutoDefault(True)
    return made


def clear(layout: QLayout) -> None:
    """Take everything out of a layout and let it go."""
    while layout.count():
        item = layout.takeAt(0)
        if item is None:
            continue
        widget, inner = item.widget(), item.layout()
        if widget is not None:
            widget.hide()
            widget.deleteLater()
        elif inner is not None:
            clear(inner)
