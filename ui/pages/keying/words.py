"""What the keying screen says: findings, rules, hints, states, list rows. Never a value of anybody else."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from boapp.domain.checks import Finding
from boapp.domain.dates import date_form
from boapp.domain.fields import (
    Field,
    FieldType,
    LengthCheck,
    MaskCheck,
    RangeCheck,
    code_word,
)
from boapp.domain.passes import Asked
from boapp.domain.values import State
from boapp.sync.light import Light, Way
from ui.i18n import tr, tr_n
from ui.pages.keying.presenter import PassAtHand, Slot
from ui.way_words import is_away
from ui.widgets.field_list import FieldRow, heading
from ui.widgets.message_line import Message
from ui.widgets.state_marks import Mark

_SENTENCES: Final[Mapping[str, Callable[..., str]]] = {
    "required": lambda: tr("Nothing is keyed here. Look whether the paper is blank."),
    "missing": lambda: tr("This field has no answer. Key it, or mark it blank."),
    "not-asked": lambda: tr("The form does not ask for this. Leave it out."),
    "row-count": lambda: tr("The number of rows is missing. Count the rows."),
    "rows": lambda a, b: tr("This group has from {low} to {high} rows. Count again.", low=a, high=b),
    "not-a-number": lambda: tr("This is not a number. Key it as printed."),
    "not-whole": lambda: tr("This is not a whole number. Key it as printed."),
    "too-many-digits": lambda: tr("This number has too many digits. Look again."),
    "not-a-date": lambda: tr("This is not a date. Key day, month and year as printed."),
    "no-such-date": lambda: tr("There is no such day. Key the date as printed."),
    "not-a-time": lambda: tr("This is not a time. Key hours and minutes as printed."),
    "no-such-time": lambda: tr("There is no such time. Key it as printed."),
    "not-in-list": lambda: tr("This is not in the list. F4 shows the list."),
    "not-yes-or-no": lambda: tr("This is neither yes nor no. Key y or n."),
    "length": lambda a, b: tr("This has from {low} to {high} characters. Look again.", low=a, high=b),
    "mask": lambda *masks: tr("This does not look like {masks}. Look again.", masks=_either(masks)),
    "check-digit": lambda _scheme: tr("The check digit does not fit. Read the characters again."),
}


def _either(masks: tuple[str, ...]) -> str:
    return tr(" or ").join(masks[:3])


def sentence(finding: Finding) -> str:
    """Say one finding: what is wrong, what to do. Raises KeyError for a code that no check gives."""
    if finding.code != "range":
        return _SENTENCES[finding.code](*finding.limits)
    low, high = finding.limits
    if low and high:
        return tr("This lies outside {low} to {high}. Look again.", low=low, high=high)
    return tr("This lies below {low}. Look again.", low=low) if low else _above(high)


def _above(high: str) -> str:
    return tr("This lies above {high}. Look again.", high=high)


def reason(finding: Finding) -> str:
    """Say a finding in a few words, for the list."""
    low, high = (*finding.limits, "", "")[:2]
    length = low if low == high else f"{low}\u2013{high}"
    return {
        "required": tr("usually not blank"),
        "rows": tr("usually {low} to {high} rows", low=low, high=high),
        "row-count": tr("count the rows"),
        "not-a-number": tr("not a number"),
        "not-whole": tr("not a whole number"),
        "too-many-digits": tr("too many digits"),
        "not-a-date": tr("not a date"),
        "no-such-date": tr("no such day"),
        "not-a-time": tr("not a time"),
        "no-such-time": tr("no such time"),
        "not-in-list": tr("not in the list"),
        "not-yes-or-no": tr("neither yes nor no"),
        "length": tr("usual length is {length}", length=length),
        "mask": tr("unlike {mask}", mask=low),
        "check-digit": tr("check digit does not fit"),
        "range": _range_reason(low, high),
    }.get(finding.code, tr("look again"))


def _range_reason(low: str, high: str) -> str:
    if low and high:
        return tr("not {low} to {high}", low=low, high=high)
    return tr("below {low}", low=low) if low else tr("above {high}", high=high)


def rule(field: Field) -> str:
    """Say in one line how a field is keyed."""
    order = {
        "day-first": tr("As printed: day / month / year"),
        "month-first": tr("As printed: month / day / year"),
        "year-first": tr("As printed: year / month / day"),
    }
    return {
        FieldType.TEXT: tr("As printed"),
        FieldType.INTEGER: tr("Whole number"),
        FieldType.DECIMAL: tr("Number as printed"),
        FieldType.MONEY: tr("Amount as printed"),
        FieldType.DATE: order[field.dates.order],
        FieldType.TIME: tr("Hours and minutes"),
        FieldType.CHOICE: tr("Code or name · F4 shows the list"),
        FieldType.YES_NO: tr("y or n"),
    }[field.type]


def hint(field: Field, typed: int) -> str:
    """Return the unit, bounds or count that stand inside the box at the right."""
    places = _places(field)
    if places:
        return tr("{n} of {places}", n=typed, places=places)
    if field.type is FieldType.DATE:
        return {
            "day-first": tr("DD/MM/YYYY"), "month-first": tr("MM/DD/YYYY"), "year-first": tr("YYYY-MM-DD")
        }[field.dates.order]  # fmt: skip
    parts = [*field.numbers.currency[:1], _bounds(field)]
    return " · ".join(part for part in parts if part)


def _places(field: Field) -> int:
    """Return the fixed length of a field; 0 when it has none."""
    for check in field.checks:
        if isinstance(check, MaskCheck) and len({len(m) for m in check.masks}) == 1:
            return 0 if any("\\" in m for m in check.masks) else len(check.masks[0])
        if isinstance(check, LengthCheck) and check.min == check.max:
            return check.min
    return 0


def _bounds(field: Field) -> str:
    for check in field.checks:
        if isinstance(check, RangeCheck) and check.min and check.max:
            return f"{check.min} \u2013 {check.max}"
    return ""


def state_words(state: State) -> str:
    """Return what stands in place of a value."""
    return {
        State.BLANK: tr("Blank on page"),
        State.ILLEGIBLE: tr("Illegible"),
        State.NOT_ON_FORM: tr("Not on this form"),
    }.get(state, "")


def message_of(work: PassAtHand) -> Message:
    """Return what the message line says about the current place as it is kept."""
    slot = work.slot
    errors, warnings = work.errors(slot), work.warnings(slot)
    if errors:
        return Message(sentence(errors[0]), "err", "Esc", tr("As it was"))
    if warnings:
        return Message(sentence(warnings[0]), "warn", "Ctrl G", tr("As printed"))
    return Message(slot.field.help)


def rows(work: PassAtHand, *, second: bool) -> list[FieldRow]:
    """Return the whole list, with headings where the form or the pass has some."""
    found: list[FieldRow] = []
    if second:
        found.append(asked_heading(work))
    before = ""
    for slot in work.slots:
        if slot.group and slot.group != before:
            found.append(heading(slot.group, ""))
        before = slot.group
        found.append(row(work, slot, second=second))
    return found


def asked_heading(work: PassAtHand) -> FieldRow:
    """Return the heading of the second pass, with how many of its fields are keyed."""
    count = tr("{done} of {total}", done=work.done(), total=len(work.slots))
    return heading(tr("Asked in this pass"), count)


def line_of(work: PassAtHand, at: int, *, second: bool) -> int:
    """Return the line of the list on which a place stands."""
    groups = [slot.group for slot in work.slots[: at + 1]]
    heads = sum(1 for here, before in zip(groups, ["", *groups], strict=False) if here and here != before)
    return at + heads + (1 if second else 0)


def row(work: PassAtHand, slot: Slot, *, second: bool) -> FieldRow:
    """Return one line of the list."""
    entry = work.entries.get(slot.address)
    twice = slot.twice and work.asked is Asked.ALL and not second
    if entry is None:
        return FieldRow(slot.field.label, Mark.EMPTY, slot.number, twice)
    words, tone = _reason(work, slot)
    return FieldRow(
        slot.field.label,
        work.mark(slot),
        slot.number,
        twice,
        entry.value.text or state_words(entry.value.state),
        is_text=bool(entry.value.text),
        reason=words,
        tone=tone,
    )


def _reason(work: PassAtHand, slot: Slot) -> tuple[str, str]:
    entry, errors, warnings = work.entries[slot.address], work.errors(slot), work.warnings(slot)
    if errors:
        return reason(errors[0]), "err"
    if warnings:
        return reason(warnings[0]), "warn"
    if entry.accepted:
        return tr("accepted · checked on image"), "warn"
    if entry.value.uncertain:
        count = sum(end - start for start, end in entry.value.uncertain)
        return tr_n("{n} character unsure", "{n} characters unsure", count), "text3"
    if entry.note:
        return tr("note"), "text3"
    return meaning(slot.field, entry.value.text), "text3"


def meaning(field: Field, text: str) -> str:
    """Return what a date as printed or a code means; empty for everything else."""
    if field.type is FieldType.CHOICE:
        code = field.codes.get(code_word(text), "")
        label = next((choice.label for choice in field.choices if choice.code == code), "")
        return label if code_word(label) != code_word(text) else ""
    if field.type is not FieldType.DATE or not text:
        return ""
    form, problem = date_form(field.dates, text)
    if problem:
        return ""
    year, month, day = (int(part) for part in form.split("-"))
    return tr("{day} {month} {year}", day=day, month=_months()[month - 1], year=year)


def _months() -> tuple[str, ...]:
    return (
        tr("Jan"), tr("Feb"), tr("Mar"), tr("Apr"), tr("May"), tr("Jun"),
        tr("Jul"), tr("Aug"), tr("Sep"), tr("Oct"), tr("Nov"), tr("Dec"),
    )  # fmt: skip


def blind_words(*, strict: bool, at_server: bool) -> str:
    """Return what the quiet card of the second pass says is off, and how well the first is hidden."""
    if at_server and not strict:
        return tr(
            "The first keying is kept from you by the server until you seal. "
            "Copy, paste, repeat-last and suggestions are off in this pass."
        )
    if strict:
        return tr(
            "The first keying is hidden from you. "
            "Copy, paste, repeat-last and suggestions are off in this pass."
        )
    return tr(
        "The first keying is hidden by this program only. "
        "Copy, paste, repeat-last and suggestions are off in this pass."
    )


@dataclass(frozen=True, slots=True)
class Empty:
    """Why nothing is left to key: an icon, its colour, a title and a sentence."""

    icon: str
    title: str
    words: str
    hue: str = "text2"


def nothing_left(light: Light, *, handed_back: bool) -> Empty:
    """Return why nothing is left, as far as the way to the server is the reason."""
    if light.way is Way.STARTING:
        title = tr("Documents are on their way")
        return Empty("waiting", title, tr("Documents are being brought to this computer."))
    if is_away(light):
        title = tr("No more documents are on this computer")
        words = tr("More come by themselves when the server can be reached again. What you keyed is kept.")
        return Empty("offline", title, words, "warn")
    words = tr("New work appears on the home screen as soon as there is some.")
    if handed_back:
        words = tr("What you handed back waits for somebody else.")
    return Empty("check", tr("No work waiting"), words, "ok")
