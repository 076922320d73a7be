"""The drawer beside the table: the crop, both readings with their differences, and the decision."""

from PySide6.QtCore import QRectF, Qt
from PySide6.QtWidgets import QFrame, QHBoxLayout, QScrollArea, QVBoxLayout, QWidget

from boapp.reports.discrepancies import Row
from boapp.services.reporting import Line
from ui.i18n import tr
from ui.pages.supervising.presenter import (
    charged_words,
    field_words,
    is_mark,
    time_words,
    value_words,
)
from ui.pictures import Sheet
from ui.shell.bars import Work
from ui.theme import DIALOG
from ui.widgets.differences import Pieces, mark_differences, plain_pieces
from ui.widgets.marked_text import MarkedText
from ui.widgets.parts import button, card, clear, column, key_cap, picture, row, text
from ui.widgets.snippet import Snippet
from ui.words import cause_words, kind_words

WIDTH, NAMES, READING, LONG = 330, 104, 258, 24
ZONE_HEIGHT, BAND_HEIGHT = 96, 120
BAND, STEP = 0.12, 0.04


class Drawer(QFrame):
    """Shows one discrepancy. It is given a page's picture when that is there."""

    def __init__(self) -> None:
        super().__init__()
        self.setProperty("role", "card")
        self.setFixedWidth(WIDTH)
        self.setAccessibleName(tr("Discrepancy"))
        self._line: Line | None = None
        self._sheet: Sheet | None = None
        self._bands: dict[str, float] = {}
        self._document, self._place = text("", "value"), text("", "small")
        self._moving = QWidget()
        hint = row(
            key_cap("Alt"), key_cap("↑"), key_cap("↓"), text(tr("Move the band"), "small"), None, spacing=4
        )
        self._moving.setLayout(hint)
        self.snippet = Snippet()
        self._inside = QVBoxLayout()
        self._inside.setSpacing(6)
        close = row(self._document, None, key_cap("Esc"), text(tr("Close"), "small"), spacing=5)
        self.next = button(tr("Next"), "↓")
        layout = QVBoxLayout(self)
        layout.setContentsMargins(14, 10, 14, 10)
        layout.setSpacing(6)
        layout.addLayout(close)
        for part in (self._place, self.snippet, self._moving):
            layout.addWidget(part)
        layout.addWidget(self._scroll(), 1)
        layout.addLayout(row(self.next, None))

    def _scroll(self) -> QScrollArea:
        """Return the area of readings and facts: a long text scrolls, nothing is cut off."""
        inside, area = QWidget(), QScrollArea()
        inside.setProperty("role", "panel")
        whole = column(self._inside, None)
        inside.setLayout(whole)
        area.setWidget(inside)
        area.setWidgetResizable(True)
        area.setFrameShape(QFrame.Shape.NoFrame)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        area.setAccessibleName(tr("Readings and decision"))
        return area

    def show_line(self, line: Line) -> None:
        """Show a discrepancy, without a picture until `show_sheet`."""
        self._line, self._sheet = line, None
        self._document.setText(line.row.document)
        state = tr("settled {time}", time=time_words(line)) if line.charged else tr("open")
        self._place.setText(tr("{field} · {state}", field=field_words(line), state=state))
        self._moving.setVisible(line.zone is None)
        self.snippet.set_height(ZONE_HEIGHT if line.zone else BAND_HEIGHT)
        self._show_picture()
        clear(self._inside)
        self._show_readings(line)
        for name, words, value in _facts(line):
            self._inside.addLayout(_fact(name, words, value=value))

    def show_sheet(self, line: Line, sheet: Sheet) -> None:
        """Show the page of a discrepancy, if that is still the one here."""
        if line is self._line:
            self._sheet = sheet
            self._show_picture()

    def move_band(self, steps: int) -> None:
        """Move the band of a field without a zone; it stays so for this field."""
        if self._line is not None and self._line.zone is None:
            at = self._bands.get(self._line.label, (1 - BAND) / 2) + steps * STEP
            self._bands[self._line.label] = min(max(at, 0.0), 1 - BAND)
            self._show_picture()

    def forget(self) -> None:
        """Drop the picture and the values."""
        self._line = self._sheet = None
        self.snippet.clear()
        clear(self._inside)

    def _show_picture(self) -> None:
        line = self._line
        if line is None:
            return
        zone = line.zone
        band = QRectF(0, self._bands.get(line.label, (1 - BAND) / 2), 1, BAND)
        part = QRectF(zone.x, zone.y, zone.w, zone.h) if zone else band
        self.snippet.show_part(self._sheet, part, Work.RESOLVE)

    def _show_readings(self, line: Line) -> None:
        found = line.row
        pieces = _pieces(found.first, found.second)
        sides = (
            (tr("First"), found.first_person, found.first),
            (tr("Second"), found.second_person, found.second),
        )
        for (name, person, cell), marked in zip(sides, pieces, strict=True):
            stands = found.settled is not None and cell == found.settled
            self._inside.addWidget(_reading(name, person, cell, marked, stands=stands))


def _pieces(first: str | None, second: str | None) -> tuple[Pieces, Pieces]:
    if is_mark(first) or is_mark(second):
        return plain_pieces(value_words(first)), plain_pieces(value_words(second))
    return mark_differences(value_words(first), value_words(second))


def _reading(name: str, person: str, cell: str | None, pieces: Pieces, *, stands: bool) -> QFrame:
    frame, inside = card()
    inside.setContentsMargins(10, 6, 10, 6)
    inside.setSpacing(2)
    head = row(text(name, "small"), None, spacing=6)
    if stands:
        head.addWidget(picture("check", "ok", 16))
        head.addWidget(text(tr("stands"), "ok"))
    head.addWidget(text(person, "small"))
    inside.addLayout(head)
    if is_mark(cell):
        inside.addWidget(text(value_words(cell), "label"))
    else:
        shown = MarkedText()
        shown.show_pieces(pieces, size=DIALOG)
        shown.setFixedHeight(shown.heightForWidth(READING))
        shown.setAccessibleName(tr("{pass_name} reading: {value}", pass_name=name, value=value_words(cell)))
        inside.addWidget(shown)
    return frame


def _facts(line: Line) -> list[tuple[str, str, bool]]:
    """Return what is known of a discrepancy: name, words, and whether they are a value."""
    found = line.row
    if line.charged is None:
        return [
            (tr("Decision"), tr("nobody decided yet"), False),
            (tr("Kind"), kind_words(found.kind), False),
            (tr("Cause, suggested"), cause_words(found.cause), False),
        ]
    facts = [
        (tr("Own reading first"), *_beside(line.own, found)),
        (tr("Decision"), *_beside(found.settled, found)),
        (tr("Decided by"), found.decided_by or "", False),
        (tr("Cause"), cause_words(found.cause), False),
        (tr("Charged to"), charged_words(line.charged), False),
    ]
    return [*facts, (tr("Note"), line.reason, False)] if line.reason else facts


def _beside(cell: str | None, found: Row) -> tuple[str, bool]:
    """Return a value, or which reading it is the same as when it is long; and whether it is a value."""
    if cell is not None and len(cell) > LONG:
        if cell == found.first:
            return tr("the same as the first reading"), False
        if cell == found.second:
            return tr("the same as the second reading"), False
    return value_words(cell), True


def _fact(name: str, words: str, *, value: bool) -> QHBoxLayout:
    said, label = text(words, "value" if value else ""), text(name, "small")
    said.setWordWrap(True)
    label.setFixedWidth(NAMES)
    inside = row(label, said, spacing=8)
    inside.setStretch(1, 1)
    return inside
