"""The pass at hand: its fields in order, what is keyed in them, what is found, and which are open.

Plain Python, no widget and no store. A field is *open* while it is empty, holds an error, or holds a
warning that its keyer did not accept. What was keyed is checked when it is left, one value at a time.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from boapp.domain.checks import Finding, Severity, check
from boapp.domain.fields import MAX_TEXT, Field, FieldType, Group, Policy, RangeCheck
from boapp.domain.forms import Form
from boapp.domain.passes import Asked, Entry
from boapp.domain.values import BLANK, ILLEGIBLE, Address, State, Value
from ui.i18n import tr
from ui.widgets.entry_box import UNSURE
from ui.widgets.state_marks import Mark

MARKED = {State.BLANK: BLANK, State.ILLEGIBLE: ILLEGIBLE}


@dataclass(frozen=True, slots=True)
class Slot:
    """One place that is keyed: a field, at its row when it repeats, or a group's number of rows."""

    address: Address
    field: Field
    number: int
    group: str = ""
    counts: Group | None = None

    @property
    def twice(self) -> bool:
        """Say whether the field is high-stakes."""
        return self.field.policy is Policy.DOUBLE

    @property
    def takes_minus(self) -> bool:
        """Say whether a minus can belong in here: not in numbers that cannot lie below nothing."""
        if self.field.type not in NUMBERS:
            return True
        limits = [rule.min for rule in self.field.checks if isinstance(rule, RangeCheck)]
        return not any(low is not None and not low.startswith("-") for low in limits)


NUMBERS = frozenset({FieldType.INTEGER, FieldType.DECIMAL, FieldType.MONEY})


def slots_of(form: Form, asked: Asked, entries: Mapping[Address, Entry]) -> list[Slot]:
    """List what a pass keys, numbered from 1, each group where its first field stands."""
    found: list[Slot] = []
    done: set[str] = set()
    for field in form.asked(asked):
        if field.group is None:
            found.append(Slot(Address(field.key), field, len(found) + 1))
        elif field.group not in done:
            done.add(field.group)
            for address, part, words, counts in _places(form, asked, field.group, entries):
                found.append(Slot(address, part, len(found) + 1, words, counts))
    return found


def _places(
    form: Form, asked: Asked, key: str, entries: Mapping[Address, Entry]
) -> Iterator[tuple[Address, Field, str, Group | None]]:
    group = form.group(key)
    label = tr("{group}: number of rows", group=group.label)
    count = Field(key=key, label=label, type=FieldType.INTEGER, policy=Policy.NONE)
    yield Address(key), count, "", group
    for row in range(1, rows_keyed(group, entries) + 1):
        words = tr("{group} · row {row}", group=group.label, row=row)
        for field in form.asked(asked):
            if field.group == key:
                yield Address(field.key, row), field, words, None


def rows_keyed(group: Group, entries: Mapping[Address, Entry]) -> int:
    """Return how many rows of a group the keyer said there are; 0 as long as she did not."""
    entry = entries.get(Address(group.key))
    text = entry.value.text.strip() if entry else ""
    return min(int(text), group.max_rows) if text.isascii() and text.isdecimal() else 0


def value_of(text: str) -> Value | None:
    """Turn what stands in the box into a value, trimmed, each run of unsure characters a span."""
    text = text.strip()[:MAX_TEXT]
    return Value.keyed(text, _unsure(text)) if text else None


def _unsure(text: str) -> Iterator[tuple[int, int]]:
    start = -1
    for at, letter in enumerate(text + " "):
        if letter == UNSURE and start < 0:
            start = at
        elif letter != UNSURE and start >= 0:
            yield start, at
            start = -1


class PassAtHand:
    """What is keyed so far, and the place of the keyer in it."""

    def __init__(self, form: Form, asked: Asked, entries: Mapping[Address, Entry]) -> None:
        self.form, self.asked = form, asked
        self.entries = dict(entries)
        self.slots = slots_of(form, asked, self.entries)
        self.at = 0
        self._found: dict[Address, tuple[Finding, ...]] = {}
        for slot in self.slots:
            self._find(slot)

    @property
    def slot(self) -> Slot:
        """Return the current place."""
        return self.slots[self.at]

    @property
    def entry(self) -> Entry | None:
        """Return what is kept at the current place."""
        return self.entries.get(self.slot.address)

    def place_of(self, address: Address) -> int:
        """Return where an address stands; the first place when it is not there."""
        return next((n for n, slot in enumerate(self.slots) if slot.address == address), 0)

    def findings(self, slot: Slot) -> tuple[Finding, ...]:
        """Return what was found in a place when it was last kept."""
        return self._found.get(slot.address, ())

    def _find(self, slot: Slot) -> None:
        entry = self.entries.get(slot.address)
        if entry is None:
            self._found.pop(slot.address, None)
        else:
            self._found[slot.address] = self.check(slot, entry.value)

    def check(self, slot: Slot, value: Value) -> tuple[Finding, ...]:
        """Find what is wrong or unlikely about a value in a place."""
        found = check(slot.field, value, slot.address.row)
        group = slot.counts
        if group is None or found:
            return found
        if value.state is not State.KEYED or value.uncertain:
            return (Finding(Severity.ERROR, "row-count", slot.address),)
        if group.min_rows <= int(value.text) <= group.max_rows:
            return ()
        limits = (str(group.min_rows), str(group.max_rows))
        return (Finding(Severity.ERROR, "rows", slot.address, limits),)

    # --- keeping ------------------------------------------------------------------------------

    def keep(self, value: Value | None) -> Entry | None:
        """Keep a value at the current place, None for nothing; a changed one loses what was accepted."""
        slot, before = self.slot, self.entry
        if value is None:
            self.entries.pop(slot.address, None)
        elif before is None or before.value != value:
            self.entries[slot.address] = Entry(slot.address, value, before.note if before else "")
        self._find(slot)
        return self.entries.get(slot.address)

    def put_back(self, entry: Entry | None) -> None:
        """Make the current place what it was."""
        if entry is None:
            self.entries.pop(self.slot.address, None)
        else:
            self.entries[self.slot.address] = entry
        self._find(self.slot)

    def accept(self) -> Entry | None:
        """Accept the warnings of the current place."""
        entry = self.entry
        if entry is not None:
            codes = tuple(f.code for f in self.findings(self.slot) if f.severity is Severity.WARNING)
            self.entries[entry.address] = entry._replace(accepted=codes)
        return self.entry

    def note(self, words: str) -> Entry | None:
        """Put a note on the current place."""
        entry = self.entry
        if entry is not None:
            self.entries[entry.address] = entry._replace(note=words)
        return self.entry

    def count_rows(self) -> list[Address]:
        """List the places anew after a number of rows changed; return what no longer has a place."""
        address = self.slot.address
        self.slots = slots_of(self.form, self.asked, self.entries)
        self.at = self.place_of(address)
        known = {slot.address for slot in self.slots}
        gone = [address for address in self.entries if address not in known]
        for address in gone:
            del self.entries[address]
        return gone

    # --- states -------------------------------------------------------------------------------

    def errors(self, slot: Slot) -> list[Finding]:
        """Return what cannot be true in a place."""
        return [f for f in self.findings(slot) if f.severity is Severity.ERROR]

    def warnings(self, slot: Slot) -> list[Finding]:
        """Return the warnings that nobody accepted."""
        entry = self.entries.get(slot.address)
        accepted = entry.accepted if entry else ()
        return [f for f in self.findings(slot) if f.severity is Severity.WARNING and f.code not in accepted]

    def is_open(self, slot: Slot) -> bool:
        """Say whether a place keeps the document from being finished."""
        return slot.address not in self.entries or bool(self.errors(slot) or self.warnings(slot))

    def open_places(self) -> list[int]:
        """Return the places that are open."""
        return [at for at, slot in enumerate(self.slots) if self.is_open(slot)]

    def next_open(self, *, back: bool = False) -> int | None:
        """Return the nearest open place after the current one, or before it, going round."""
        found = [at for at in self.open_places() if at != self.at]
        if not found:
            return None
        beyond = [at for at in found if (at < self.at if back else at > self.at)]
        return (beyond or found)[-1 if back else 0]

    def mark(self, slot: Slot) -> Mark:
        """Return the state of a place."""
        entry = self.entries.get(slot.address)
        if entry is None:
            return Mark.EMPTY
        if self.errors(slot):
            return Mark.ERROR
        if self.findings(slot):
            return Mark.WARNING
        if entry.value.uncertain:
            return Mark.UNSURE
        marks = {State.BLANK: Mark.BLANK, State.ILLEGIBLE: Mark.ILLEGIBLE}
        return marks.get(entry.value.state, Mark.KEYED)

    def done(self) -> int:
        """Return how many places are not open."""
        return len(self.slots) - len(self.open_places())
