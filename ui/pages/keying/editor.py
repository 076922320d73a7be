"""Field to field: what happens when a field is entered, typed in, marked, left, taken back.

It joins the pass at hand, the dock, the list and the drafts. It knows no page image and no other document.
Leaving forward goes in this order: trim, check, keep; an error stays; a warning stays once, so that it is
seen, and passes only when it is accepted; then the next field is entered and the undo stack is empty.
"""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QObject, Signal

from boapp.domain.passes import Entry
from boapp.domain.values import Address, State, Value
from boapp.localdb.store import Cursor
from ui.i18n import tr, tr_n
from ui.pages.keying.dock import Dock
from ui.pages.keying.drafts import Drafts, Unfinished
from ui.pages.keying.presenter import MARKED, PassAtHand, value_of
from ui.pages.keying.words import asked_heading, line_of, message_of, row, rows, state_words
from ui.widgets.entry_box import UNSURE
from ui.widgets.field_list import FieldList
from ui.widgets.message_line import Message


class Editor(QObject):
    """Keys one document."""

    moved = Signal()
    """Another field is current."""
    typed = Signal()
    """A key changed the value."""

    def __init__(self, dock: Dock, fields: FieldList, drafts: Drafts, *, second: bool) -> None:
        super().__init__(dock)
        self._dock, self._fields, self._drafts, self._second = dock, fields, drafts, second
        self._work: PassAtHand | None = None
        self._before: Entry | None = None
        self._marked: Value | None = None
        self._told: Value | None = None
        self._touched = False
        self._repeat: Callable[[Address], Value | None] = lambda _address: None
        dock.box.textEdited.connect(self._edited)
        dock.box.cursorPositionChanged.connect(self._cursor_moved)

    @property
    def work(self) -> PassAtHand:
        """Return the pass at hand. Raises RuntimeError when there is none."""
        if self._work is None:
            raise RuntimeError("no document is open")
        return self._work

    @property
    def busy(self) -> bool:
        """Say whether a document is open."""
        return self._work is not None

    def begin(
        self, work: PassAtHand, cursor: Cursor | None, repeat: Callable[[Address], Value | None]
    ) -> None:
        """Open a document where its keyer was, or at its first open field."""
        self._work, self._repeat = work, repeat
        self._fields.show_rows(rows(work, second=self._second))
        if cursor is not None:
            at, position = work.place_of(Address(cursor.field, cursor.row)), cursor.position
            self._enter(at, position if not cursor.finished else None)
        else:
            self._enter(next(iter(work.open_places()), 0))

    def end(self) -> None:
        """Let go of the document and of everything that was shown of it."""
        self._work = self._before = self._marked = self._told = None
        self._fields.forget()
        self._dock.forget()

    # --- what stands in the box ---------------------------------------------------------------

    def value(self) -> Value | None:
        """Return what stands in the box, or how the field is marked."""
        return self._marked or value_of(self._dock.box.text())

    def unfinished(self) -> Unfinished:
        """Return where the keyer is and what she typed there and did not leave."""
        slot, value = self.work.slot, self.value()
        where = Cursor(*slot.address, position=self._dock.box.cursorPosition(), finished=False)
        kept = self._before
        if value is None:
            return where, None, True
        if kept is not None and kept.value == value:
            return where, kept, False
        return where, Entry(slot.address, value, kept.note if kept else ""), False

    def as_it_stands(self) -> tuple[dict[Address, Entry], Cursor]:
        """Return what is keyed so far, the unfinished field too, and where the keyer is."""
        (where, entry, empty), address = self.unfinished(), self.work.slot.address
        entries = dict(self.work.entries)
        if empty:
            entries.pop(address, None)
        elif entry is not None:
            entries[address] = entry
        return entries, where

    def _edited(self, words: str) -> None:
        """Follow a key: nothing more than the live row, and a timer that runs already."""
        self._touched = True
        if self._marked is not None:
            self._marked = None
            self._dock.show_mark("")
        if self._told is not None or self._dock.line.message.kind != "rule":
            self._told = None
            self._dock.say(Message(self.work.slot.field.help))
        self._fields.show_live(words, self._dock.box.cursorPosition())
        self._dock.count(len(words))
        self._drafts.typed()
        self.typed.emit()

    def _cursor_moved(self, _old: int, new: int) -> None:
        if self._work is not None:
            self._fields.show_live(self._dock.box.text(), new)
            self._drafts.moved()

    # --- entering and leaving -----------------------------------------------------------------

    def _enter(self, at: int, position: int | None = None) -> None:
        work = self.work
        work.at = at
        self._before, self._told, self._touched = work.entry, None, False
        self._show(self._before, position)
        self._dock.show_slot(work.slot, len(self._dock.box.text()))
        self._dock.say(message_of(work))
        if work.warnings(work.slot):
            self._told = self._before.value if self._before else None
        self._fields.go(line_of(work, at, second=self._second))
        self.moved.emit()

    def _show(self, entry: Entry | None, position: int | None = None) -> None:
        value = entry.value if entry else None
        self._marked = value if value is not None and value.state is not State.KEYED else None
        self._dock.box.show_text(value.text if value else "", position)
        self._dock.show_mark(state_words(value.state) if value and self._marked else "")
        self._fields.show_live(self._dock.box.text(), self._dock.box.cursorPosition())

    def _leave(self, to: int) -> None:
        """Keep the field as it stands, durably, and enter another; where the keyer is, is kept as well."""
        self._enter(self.work.place_of(self._keep(to)))
        self._drafts.moved()

    def _keep(self, to: int) -> Address:
        """Keep the field as it stands, durably; return where the keyer goes from it."""
        work, at, slot = self.work, self.work.at, self.work.slot
        entry = work.keep(self.value())
        gone = work.count_rows() if slot.counts else []
        self._show_row(at)
        if slot.counts:
            self._fields.show_rows(rows(work, second=self._second))
        target = work.slots[min(to, len(work.slots) - 1)].address
        if self._touched or entry != self._before or gone:
            for address in gone:
                self._drafts.keep(None, address, Cursor(*target, position=0, finished=True))
            self._drafts.keep(entry, slot.address, Cursor(*target, position=0, finished=True))
        self._before = entry
        return target

    def _show_row(self, at: int) -> None:
        work = self.work
        line = line_of(work, at, second=self._second)
        self._fields.change(line, row(work, work.slots[at], second=self._second))
        if self._second:
            self._fields.change(0, asked_heading(work))

    def _may_leave(self) -> bool:
        """Check the field before it is left forward; say what keeps the keyer here."""
        work, value = self.work, self.value()
        if value is not None and self._marked is None and self._dock.box.text() != value.text:
            self._dock.box.show_text(value.text)
        entry = work.keep(value)
        self._show_row(work.at)
        message = message_of(work)
        blocked = bool(work.errors(work.slot))
        unseen = bool(work.warnings(work.slot)) and self._told != value
        if blocked or unseen:
            self._told = value
            self._drafts.now()
            self._dock.say(message)
            return False
        return entry is not None or value is None

    # --- what the keys ask for ----------------------------------------------------------------

    def next(self) -> None:
        """Accept the field and go to the next one."""
        if not self._may_leave():
            return
        work = self.work
        if work.at + 1 < len(work.slots) or work.slot.counts:
            self._leave(work.at + 1)
            return
        self._leave(work.at)
        self._say_end()

    def onward(self) -> None:
        """Go to the next field; one that was changed is accepted first."""
        before = self._before.value if self._before else None
        if self.value() != before:
            self.next()
        elif self.work.at + 1 < len(self.work.slots):
            self._leave(self.work.at + 1)

    def back(self) -> None:
        """Go back one field; nothing keeps anybody from that."""
        if self.work.at:
            self._leave(self.work.at - 1)

    def go_open(self, *, back: bool = False) -> None:
        """Go to the next open field, or the last one."""
        if not self._may_leave() and not back and self.work.errors(self.work.slot):
            return
        at = self.work.next_open(back=back)
        if at is not None:
            self._leave(at)
        else:
            self._leave(self.work.at)
            self._say_end()

    def ready(self) -> bool:
        """Leave the field; say whether the document can be finished, else go to what is open."""
        if not self._may_leave():
            return False
        self._keep(self.work.at)
        found = self.work.open_places()
        if found:
            self._enter(next((at for at in found if at >= self.work.at), found[0]))
            if self._dock.line.message.kind == "rule":
                self.say(_left_words(len(found)))
        return not found

    def _say_end(self) -> None:
        count = len(self.work.open_places())
        if self._dock.line.message.kind != "rule":
            return
        if count:
            self.say(_left_words(count), "F9", tr("Next open"))
        else:
            done = tr("This was the last field. Everything is keyed.")
            self._dock.say(Message(done, "ok", "Ctrl Enter", tr("Finish")))

    def restore(self) -> None:
        """Make the field what it was when it was entered; when it is that already, empty it."""
        before = self._before.value if self._before else None
        if self.value() == before:
            self.work.keep(None)
            self._show(None)
        else:
            self.work.put_back(self._before)
            self._show(self._before)
        self._told = None
        self._show_row(self.work.at)
        self._dock.say(message_of(self.work))
        self._dock.count(len(self._dock.box.text()))
        self._drafts.now()

    def mark(self, state: State) -> None:
        """Say that the field is blank on the page, or that nobody can read it."""
        self._touched = True
        entry = Entry(self.work.slot.address, MARKED[state])
        self._show(entry)
        self._dock.count(0)
        self.work.keep(entry.value)
        self._settle(entry.value)

    def unsure(self) -> None:
        """Type the character that stands for one which cannot be read."""
        self._dock.box.insert(UNSURE)
        self._edited(self._dock.box.text())

    def accept(self) -> None:
        """Accept the warning that is shown for exactly this value; an unseen one is shown first."""
        value = self.value()
        if value is None or self._told != value or not self.work.warnings(self.work.slot):
            if self._may_leave():
                self.say(tr("There is no warning here."))
            return
        entry = self.work.accept()
        self._before = None if entry is None else entry._replace(accepted=())
        self._show_row(self.work.at)
        self.next()

    def take(self, value: Value) -> None:
        """Put a value into the field, as from the last document or a list."""
        self._show(Entry(self.work.slot.address, value))
        self._told, self._touched = None, True
        self._dock.count(len(value.text))
        self._dock.say(Message(self.work.slot.field.help))
        self._show_row(self.work.at)
        self._drafts.now()

    def insert(self, letters: str) -> None:
        """Type letters at the cursor."""
        self._dock.box.insert(letters)
        self._edited(self._dock.box.text())

    def repeat(self) -> None:
        """Put in what this person keyed here in the document before; never in a high-stakes field."""
        if self._second:
            self.say(tr("Repeat last is off in this pass."))
        elif self.work.slot.twice:
            self.say(tr("Repeat last is off here: this field is keyed twice."))
        elif (value := self._repeat(self.work.slot.address)) is not None:
            self.take(value)
        else:
            self.say(tr("There is no last document to repeat from."))

    def note(self, words: str) -> None:
        """Keep a note on the field."""
        entry = self.work.note(words)
        if entry is not None:
            self._before = entry
            self._drafts.keep(entry, entry.address, self.unfinished()[0])
            self._show_row(self.work.at)

    def notable(self) -> bool:
        """Say whether the field can carry a note: it holds a value that is no error."""
        value = self.value()
        if value is None:
            self.say(tr("A note needs a value. Key the field or mark it first."))
            return False
        self.work.keep(value)
        return True

    def say(self, words: str, keys: str = "", key_words: str = "") -> None:
        """Say something that is no finding."""
        self._dock.say(Message(words, "info", keys, key_words))

    def _settle(self, value: Value) -> None:
        """Write a mark at once and say what is found about it."""
        work = self.work
        found = bool(work.warnings(work.slot))
        self._told = value if found else None
        self._show_row(work.at)
        self._dock.say(message_of(work))
        self._drafts.now()
        self.typed.emit()


def _left_words(count: int) -> str:
    return tr_n("{n} field is still open.", "{n} fields are still open.", count)
