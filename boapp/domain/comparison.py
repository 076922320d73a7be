"""Two sealed passes of one document side by side: what agrees, and every discrepancy with its kind.

Only fields that are keyed twice are compared. For each of them, in this order:
1. absent from a pass that should have it: missing, never agreed;
2. the marks differ: illegible, else not-on-form, else blank against whatever the other keyer saw;
3. the same mark twice agrees: blank with blank, illegible with illegible, not-on-form with itself;
4. an uncertain character never agrees, not even with the same text;
5. texts agree when their canonical forms do (`values`). When neither can be read as the field's type,
   they are compared as texts; when only one can, they differ.

The rows of a group are aligned first (`alignment`). A row that one pass lacks is one discrepancy. The row
count speaks only when the missing rows do not explain it.

Equal texts are told apart from the rest before any rule is asked, because nearly all of them are equal.
"""

import enum
from collections.abc import Iterable
from typing import Final

import msgspec

from boapp.domain.alignment import Pair
from boapp.domain.amounts import Numbers, integer_form
from boapp.domain.causes import Cause, of_texts, suggest
from boapp.domain.forms import Form, Group
from boapp.domain.neighbours import slip
from boapp.domain.pairing import Pass, Place, cells, paired_rows, row_count, unequal
from boapp.domain.values import Address, State, Value, canonical

RULES_VERSION: Final = 1
"""Names these rules in every comparison; it changes when any pair of values would compare otherwise."""


class Kind(enum.StrEnum):
    """In what way two passes differ at a place."""

    VALUE = "value"
    BLANK = "blank"
    ILLEGIBLE = "illegible"
    NOT_ON_FORM = "not-on-form"
    UNCERTAIN = "uncertain"
    ROW_MISSING = "row-missing"
    ROW_COUNT = "row-count"


_KINDS: Final = {
    State.ILLEGIBLE: Kind.ILLEGIBLE,
    State.NOT_ON_FORM: Kind.NOT_ON_FORM,
    State.BLANK: Kind.BLANK,
}
_VAGUE: Final = frozenset({Cause.UNKNOWN, Cause.MISSED_FIELD})


class Discrepancy(msgspec.Struct, frozen=True, gc=False):
    """One difference; it holds no value.

    field: the field's key, or the group's for a row. row: 0 for what does not repeat, else the place in
    the aligned rows, from 1. first_row, second_row: the row as keyed in each pass, 0 for what does not
    repeat, None when that pass has no such row; so (field, first_row) is an address of the first pass.
    """

    field: str
    row: int
    first_row: int | None
    second_row: int | None
    kind: Kind
    cause: Cause


class Comparison(msgspec.Struct, frozen=True):
    """What came out of one comparison: asked = agreed + discrepancies + missing.

    asked: values compared in both passes, and one for each row that only one pass has.
    agreed_by_rule, agreed_blank, agreed_illegible: how many of the agreed differ as keyed and are equal
    by the field's rules, are blank twice, are illegible twice.
    missing: asked in both and absent from one or both; the rows are places in the aligned rows.
    """

    discrepancies: tuple[Discrepancy, ...]
    asked: int
    agreed: int
    agreed_by_rule: int
    agreed_blank: int
    agreed_illegible: int
    missing: tuple[Address, ...]


def compare(form: Form, first: Pass, second: Pass) -> Comparison:
    """Compare two passes of one document in the fields that are keyed twice.

    Raises BadInput when a group has more than 2,000 rows.
    """
    tally = _Tally(form, first, second)
    places = cells(form.double_in(None), 0)
    rest = unequal(first, second, places)
    tally.compare_cells(Pair(0, 0), 0, len(places), zip(rest, rest, strict=True))
    for group in form.groups:
        if form.double_in(group.key):
            tally.compare_rows(group)
    return tally.comparison()


class _Tally:
    """What has been found so far in two passes."""

    def __init__(self, form: Form, first: Pass, second: Pass) -> None:
        self.form, self.first, self.second = form, first, second
        self.asked = self.by_rule = self.blank = self.illegible = 0
        self.discrepancies: list[Discrepancy] = []
        self.missing: list[Address] = []

    def comparison(self) -> Comparison:
        """Give the result; whatever was asked and neither differs nor is missing has agreed."""
        agreed = self.asked - len(self.discrepancies) - len(self.missing)
        found, missing = tuple(self.discrepancies), tuple(self.missing)
        return Comparison(found, self.asked, agreed, self.by_rule, self.blank, self.illegible, missing)

    def compare_rows(self, group: Group) -> None:
        """Compare a group's rows, cell by cell where both passes have the row."""
        counts = row_count(self.form, group, self.first), row_count(self.form, group, self.second)
        width = len(self.form.double_in(group.key))
        for row, (pair, rest) in enumerate(paired_rows(self.form, group, self.first, self.second, counts), 1):
            if None in pair:
                self.asked += 1
                self.discrepancies.append(
                    Discrepancy(group.key, row, *pair, Kind.ROW_MISSING, Cause.ROW_SLIP)
                )
            else:
                self.compare_cells(pair, row, width, rest)
        self._compare_counts(group, counts)

    def compare_cells(self, pair: Pair, row: int, width: int, rest: Iterable[Place]) -> None:
        """Count the values of one row, and look closer at the places whose texts are not plainly equal."""
        self.asked += width
        for at_first, at_second in rest:
            one, other = self.first.get(at_first), self.second.get(at_second)
            if one is None or other is None:
                self.missing.append(Address(at_first.field, row))
            elif found := self._judge((at_first, at_second), one, other):
                self.discrepancies.append(Discrepancy(at_first.field, row, *pair, *found))

    def _judge(self, place: Place, one: Value, other: Value) -> tuple[Kind, Cause] | None:
        """Tell how and why two values differ; None when they agree, which is counted."""
        if one == other and not one.uncertain:
            self.blank += one.state is State.BLANK
            self.illegible += one.state is State.ILLEGIBLE
            return None
        field = self.form.field(place[0].field)
        if one.state is not other.state or one.uncertain or other.uncertain:
            return kind_of_marks(one, other), self._in_place(place, suggest(field, one, other))
        as_one, as_other = canonical(field, one.text), canonical(field, other.text)
        if as_one.same(as_other):
            self.by_rule += 1
            return None
        return Kind.VALUE, self._in_place(place, of_texts(field, one.text, other.text, as_one, as_other))

    def _in_place(self, place: Place, cause: Cause) -> Cause:
        """Look next door when the two readings alone say little."""
        if cause not in _VAGUE:
            return cause
        return slip(self.form, self.first, self.second, place) or cause

    def _compare_counts(self, group: Group, counts: tuple[int, int]) -> None:
        """Compare the keyed row counts, unless the rows that are missing explain how they differ."""
        at = Address(group.key, 0)
        one, other = self.first.get(at), self.second.get(at)
        if one is None and other is None:
            return
        if one is None or other is None:
            self.asked += 1
            self.missing.append(at)
        elif not _explained(one, other, counts):
            self.asked += 1
            plain = one.state is other.state and not one.uncertain and not other.uncertain
            kind = Kind.ROW_COUNT if plain else kind_of_marks(one, other)
            self.discrepancies.append(Discrepancy(group.key, 0, 0, 0, kind, Cause.UNKNOWN))


def kind_of_marks(one: Value, other: Value) -> Kind:
    """Give the kind of two values whose marks differ or that hold an uncertain character."""
    states = {one.state, other.state}
    for state, kind in _KINDS.items():
        if len(states) > 1 and state in states:
            return kind
    return Kind.UNCERTAIN


def _explained(one: Value, other: Value, counts: tuple[int, int]) -> bool:
    if one.uncertain or other.uncertain:
        return False
    if one == other:
        return True
    keyed = [integer_form(Numbers(), value.text) for value in (one, other) if value.state is State.KEYED]
    if len(keyed) < 2 or any(problem for _, problem in keyed):
        return False
    return int(keyed[0][0]) - int(keyed[1][0]) == counts[0] - counts[1]
