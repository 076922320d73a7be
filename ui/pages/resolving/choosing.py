"""Step 2 at work: what each key and click of it does to the decision, and what the step then says.

It holds the opened readings from `begin` to `drop`, and is the only one who does.
"""

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QWidget

from boapp.domain.values import Value
from ui.i18n import tr
from ui.pages.resolving.cause_list import CauseList
from ui.pages.resolving.compare_step import CompareStep
from ui.pages.resolving.deciding import Deciding, Pick, Typed
from ui.pages.resolving.presenter import Opened
from ui.pages.resolving.words import nothing_keyed, refusal_words

ENTER = frozenset({Qt.Key.Key_Return, Qt.Key.Key_Enter})
Settle = Callable[[Deciding, Value], None]


class Choosing:
    """Joins the step to the decision that is made in it."""

    def __init__(self, step: CompareStep, over: QWidget, clock: Callable[[], float], settle: Settle) -> None:
        self._step, self._over, self._clock, self._settle = step, over, clock, settle
        self._deciding: Deciding | None = None
        self._asked: CauseList | None = None
        step.box.entered.connect(self._keyed)
        step.box.changed.connect(self._changed)
        step.pair.chosen.connect(self.take)
        step.another.connect(self.open_another)
        step.illegible.connect(self.take_illegible)
        step.cause.connect(self.ask_cause)
        step.confirmed.connect(self.confirm)

    def begin(self, opened: Opened) -> None:
        """Show the readings; from here on a decision can be made."""
        self._deciding = Deciding(opened, self._clock())
        self._step.show_decision(self._deciding)
        if opened.same is None:
            self._step.say(tr("Neither is the same as yours. Look again, then choose."), "warn")
        self._step.pair.setFocus()

    def drop(self) -> None:
        """Let go of everything."""
        self._deciding = None
        if self._asked is not None:
            self._asked.leave()
            self._asked = None
        self._step.forget()

    def key(self, event: QKeyEvent) -> bool:
        """Act on a key; letters and digits never act from inside the box."""
        if self._step.is_typing:
            if event.key() == Qt.Key.Key_Escape:
                self._close_another()
                return True
            return False
        if event.key() in ENTER:
            if not event.isAutoRepeat():
                self.confirm()
            return True
        acts: dict[str, Callable[[], None]] = {
            "1": lambda: self.take(0),
            "2": lambda: self.take(1),
            "3": self.open_another,
            "4": self.take_illegible,
            "c": self.ask_cause,
        }
        act = acts.get(event.text().lower())
        if act is not None:
            act()
        return act is not None

    def take(self, place: int) -> None:
        """Select a reading, unless its keyer was unsure of it."""
        if self._deciding is None:
            return
        taken = self._deciding.take(place)
        words = tr("Its keyer was unsure of a character. Key the value with 3, or take 4, illegible.")
        self._select("" if taken else words, "warn")

    def take_illegible(self) -> None:
        """Select that nobody can read it."""
        if self._deciding is not None:
            self._deciding.take_illegible()
            self._select(tr("Illegible is selected: nobody can read it."), "info")

    def _select(self, words: str, kind: str) -> None:
        if self._deciding is not None:
            self._step.type_another(on=False)
            self._step.show_pick(self._deciding)
            self._step.say(words, kind)
            self._step.pair.setFocus()

    def open_another(self) -> None:
        """Open the box for another value; nothing is selected while it is keyed."""
        if self._deciding is None:
            return
        self._deciding.retract()
        self._step.show_pick(self._deciding)
        self._step.type_another(on=True)
        self._step.say(tr("Look again and key what is on the page."))
        self._step.box.setFocus()

    def _close_another(self) -> None:
        if self._deciding is not None:
            self._deciding.retract()
            self._select("", "info")

    def _changed(self) -> None:
        if self._deciding is not None and self._deciding.pick is Pick.ANOTHER:
            self._deciding.retract()
            self._step.show_pick(self._deciding)
            self._step.say("")

    def _keyed(self) -> None:
        deciding = self._deciding
        if deciding is None:
            return
        if deciding.pick is Pick.ANOTHER:
            self.confirm()
            return
        value, item = self._step.box.value, deciding.opened.item
        if value is None:
            self._step.say(nothing_keyed(), "warn")
            return
        wrong = refusal_words(item.field, value, item.mismatch.place.row)
        if wrong:
            self._step.say(wrong, "err")
            return
        self._say_typed(deciding.key(value))
        self._step.show_pick(deciding)

    def _say_typed(self, typed: Typed) -> None:
        match typed:
            case Typed.UNSURE:
                words = tr("What is settled has no unsure character. Take F6 if nobody can read it.")
                self._step.say(words, "warn")
            case Typed.ONCE_MORE:
                self._step.box.empty()
                self._step.say(tr("This differs from what you keyed before. Key it once more."), "warn")
            case Typed.ACCEPTED:
                self._step.box.box.selectAll()
                self._step.say(tr("Keyed twice the same. Enter confirms it."), "ok")

    def ask_cause(self) -> None:
        """Open the list of causes."""
        if self._deciding is None:
            return
        asked = self._asked = CauseList(self._over, self._deciding.cause)
        asked.done.connect(self._take_cause)
        asked.closed.connect(self._cause_closed)

    def _take_cause(self) -> None:
        if self._asked is not None and self._deciding is not None:
            self._deciding.change_cause(self._asked.cause)
            self._step.show_pick(self._deciding)
            self._asked.leave()

    def _cause_closed(self) -> None:
        self._asked = None

    def confirm(self) -> None:
        """Settle what is selected, if the readings have been seen."""
        deciding = self._deciding
        if deciding is None:
            return
        value = deciding.value
        if not deciding.seen(self._clock()):
            self._step.say(tr("That was too quick. Look at both readings, then press Enter."))
        elif value is None:
            self._step.say(tr("Nothing is selected. Look again, then press 1, 2, 3 or 4."), "warn")
        else:
            self._settle(deciding, value)
