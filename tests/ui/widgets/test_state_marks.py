"""The marks of states: told apart by shape alone."""

import itertools

import pytest
from PySide6.QtCore import QRect
from PySide6.QtGui import QColor, QImage, QPainter
from pytestqt.qtbot import QtBot

from ui.app import prepare
from ui.theme import Look, Theme, contrast
from ui.widgets.message_line import Message, MessageLine
from ui.widgets.state_marks import Mark, paint_mark


def drawn(mark: Mark) -> frozenset[tuple[int, int]]:
    """Return the pixels that a mark covers, whatever their colour."""
    image = QImage(24, 24, QImage.Format.Format_RGB32)
    image.fill(QColor("#ffffff"))
    painter = QPainter(image)
    paint_mark(painter, QRect(0, 0, 24, 24), mark)
    painter.end()
    places = itertools.product(range(24), range(24))
    return frozenset((x, y) for x, y in places if image.pixelColor(x, y).lightness() < 200)


def test_every_state_has_a_shape_of_its_own(qtbot: QtBot) -> None:
    assert qtbot is not None
    prepare()
    shapes = {mark: drawn(mark) for mark in Mark}
    for one, other in itertools.combinations(Mark, 2):
        differing = len(shapes[one] ^ shapes[other])
        assert differing > 20, f"{one} looks like {other}"


def test_every_state_has_words(qtbot: QtBot) -> None:
    assert qtbot is not None
    assert len({mark.words for mark in Mark}) == len(Mark)


@pytest.mark.parametrize("look", list(Look))
def test_marks_are_seen_on_the_panel(look: Look) -> None:
    tokens = Theme(look).tokens
    for mark in Mark:
        assert contrast(getattr(tokens, mark.token), tokens.panel) >= 3


@pytest.mark.parametrize("kind", ["rule", "info", "ok", "warn", "err"])
def test_a_message_is_painted_in_every_kind(qtbot: QtBot, kind: str) -> None:
    prepare()
    line = MessageLine()
    qtbot.addWidget(line)
    line.resize(480, line.height())
    empty = line.grab().toImage()
    line.say(Message("Look again.", kind, "Esc", "As it was"))
    assert line.grab().toImage() != empty
    assert line.accessibleName() == "Look again."
