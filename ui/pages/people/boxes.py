"""What the layers of People are made of: boxes with their labels, and sentences that wrap."""

from PySide6.QtWidgets import QLabel, QLineEdit

from ui.widgets.parts import text

LABEL = 180


def line_box(name: str, words: str = "") -> QLineEdit:
    """Return a box to type into; its name is spoken."""
    made = QLineEdit(words)
    made.setAccessibleName(name)
    return made


def label(words: str) -> QLabel:
    """Return what stands before a box."""
    made = text(words, "label")
    made.setFixedWidth(LABEL)
    return made


def wrapped(words: str, role: str = "body2") -> QLabel:
    """Return a text on as many lines as it needs."""
    made = text(words, role)
    made.setWordWrap(True)
    return made
