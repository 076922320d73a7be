"""Step 2: the own reading, the two readings, the choices, the likely cause, and the button that settles.

It holds values only between `show_decision` and `forget`.
"""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QStackedWidget, QVBoxLayout, QWidget

from ui.i18n import tr
from ui.pages.resolving.deciding import SHOWN, Deciding, Pick
from ui.pages.resolving.own_step import hint
from ui.pages.resolving.reading_box import ReadingBox
from ui.pages.resolving.words import cause_words, confirm_words, shown
from ui.theme import CARD, DIALOG
from ui.widgets.differences import plain_pieces
from ui.widgets.marked_text import MarkedText
from ui.widgets.message_line import Message, MessageLine
from ui.widgets.parts import button, picture, row, text
from ui.widgets.reading_pair import ReadingPair, size_of

GAP, OWN_HEIGHT, OWN_BESIDE, OWN_MOST, CHOICES_HEIGHT = 8, 34, 320, 110, 94


class CompareStep(QWidget):
    """Compare and decide."""

    another = Signal()
    illegible = Signal()
    cause = Signal()
    confirmed = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.pair, self.box, self.message = ReadingPair(), ReadingBox(), MessageLine()
        self._own, self._own_words = MarkedText(), text("", "label")
        self._own_label = text(tr("Your reading"), "label")
        self._differ = text(tr("Differences are marked"), "small")
        self._choices = QStackedWidget()
        self._cause = text("", "card-title")
        self.confirm = button(tr("Confirm"), "Enter", "resolve")
        self.confirm.setMinimumWidth(200)
        self.confirm.clicked.connect(self.confirmed)
        self._lay_out()

    def _lay_out(self) -> None:
        own = row(self._own_label, self._own, self._own_words, None, self._differ, spacing=12)
        own.setStretch(1, 1000)
        self._own_line = QWidget()
        self._own_line.setFixedHeight(OWN_HEIGHT)
        self._own_line.setLayout(own)
        self._choices.addWidget(self._free_choices())
        self._choices.addWidget(self._typing())
        self._choices.setFixedHeight(CHOICES_HEIGHT)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(GAP)
        layout.addWidget(self._own_line)
        layout.addWidget(self.pair)
        layout.addWidget(self._choices)
        foot = row(self.message, self.confirm, spacing=12)
        foot.setStretch(0, 1)
        layout.addLayout(foot)
        layout.addStretch(1)

    def _free_choices(self) -> QWidget:
        choices = QWidget()
        layout = QVBoxLayout(choices)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(8)
        another, illegible = button(tr("Another value"), "3"), button(tr("Illegible"), "4")
        another.clicked.connect(self.another)
        illegible.clicked.connect(self.illegible)
        layout.addLayout(row(another, illegible, None))
        layout.addWidget(self._cause_card())
        return choices

    def _cause_card(self) -> QFrame:
        card = QFrame()
        card.setProperty("role", "card")
        change = button(tr("Change"), "C", "nav")
        change.clicked.connect(self.cause)
        layout = QHBoxLayout(card)
        layout.setContentsMargins(12, 2, 4, 2)
        layout.setSpacing(8)
        parts = (picture("cause", "text2", 18), text(tr("Likely cause"), "body2"), self._cause)
        for part in parts:
            layout.addWidget(part)
        layout.addStretch(1)
        layout.addWidget(change)
        return card

    def _typing(self) -> QWidget:
        typing = QWidget()
        layout = QVBoxLayout(typing)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(8)
        layout.addWidget(self.box)
        keys = (hint("F6", tr("Illegible")), hint("F5", tr("Blank on page")))
        layout.addLayout(
            row(hint("Enter", tr("Take this value")), *keys, hint("Esc", tr("Back")), None, spacing=14)
        )
        return typing

    def needed_height(self) -> int:
        """Return the least height in which nothing is clipped."""
        own = self._own_line.height()
        parts = (self._choices.height(), self.message.height(), own, self.pair.needed_height())
        return sum(parts) + 4 * GAP

    # --- showing ------------------------------------------------------------------------------

    def show_decision(self, deciding: Deciding) -> None:
        """Show the own reading and the two readings."""
        opened = deciding.opened
        own = shown(opened.own)
        words, size = f"{own.text[:OWN_MOST]}…", CARD
        if len(own.text) <= OWN_MOST or own.unsure:
            words, size = own.text, min(DIALOG, size_of(len(own.text)))
        self._own.show_pieces(plain_pieces(words), own.unsure, size)
        self._own.setVisible(bool(own.text))
        room = self.width() - OWN_BESIDE
        self._own_line.setFixedHeight(max(OWN_HEIGHT, self._own.heightForWidth(room)))
        self._own_words.setText(tr("{state} · locked", state=own.words) if own.words else tr("locked"))
        said = ", ".join(part for part in (own.text, own.words) if part)
        self._own_label.setAccessibleName(tr("Your reading: {value}, locked", value=said))
        one, other = (shown(value) for value in opened.shown)
        self._differ.setVisible(bool(one.text and other.text))
        self.pair.show_readings(one, other, opened.same)
        marked, shorter = tr("Differences are marked"), tr("Differences are marked, equal parts left out")
        self._differ.setText(shorter if self.pair.is_shortened else marked)
        self.box.ask(opened.item.label, tr("Another value, keyed twice in a row"))
        self.type_another(on=False)
        self.show_pick(deciding)

    def show_pick(self, deciding: Deciding) -> None:
        """Show what is selected, and the button that settles it; without a selection there is none."""
        pick = deciding.pick
        self.pair.select(SHOWN.index(pick) if pick in SHOWN else None)
        words = confirm_words(pick)
        self.confirm.setText(tr("{words}   Enter", words=words))
        self.confirm.setAccessibleName(words)
        self.confirm.setVisible(pick is not Pick.NOTHING)
        self._cause.setText(cause_words(deciding.cause))

    def type_another(self, *, on: bool) -> None:
        """Open the box for another value, empty; or close it."""
        self.box.empty()
        self._choices.setCurrentIndex(1 if on else 0)

    @property
    def is_typing(self) -> bool:
        """Say whether the box for another value is open."""
        return self._choices.currentIndex() == 1

    def say(self, words: str, kind: str = "info") -> None:
        """Say something at the foot."""
        self.message.say(Message(words, kind) if words else Message())

    def forget(self) -> None:
        """Drop all values."""
        self.pair.forget()
        self._own.clear()
        self._own_words.clear()
        self._own_label.setAccessibleName(tr("Your reading"))
        self._cause.clear()
        self.box.empty()
        self.confirm.hide()
        self.say("")
