"""When two numbers say the same: integers, decimals and amounts of money.

A number is read by one strict grammar, in this order:
1. full-width digits and every kind of blank are folded; blanks at the ends are dropped.
2. a sign: `-` or `+` in front, `-` behind, or brackets around (5.00); never two of them.
3. the form's own currency marks (`currency = ["RM", "$"]`), one, in front or behind; a mark that the form
   does not list is a problem.
4. digits: plain, or in groups of three with the same separator throughout: a comma (a point where
   `decimal = ","`), a blank or an apostrophe. 1,007.50 is a number, 1,00.50 and 1,007 500 are not.
5. the decimal mark with digits behind it; in front of it there may be none (.50), behind it must be some.

The canonical form is the plain number: no group marks, no zeros in front (unless an integer's form keeps
them), no zeros at the end, `-` if below nothing: 1007.5. Nothing is ever rounded or turned into a float.
"""

import re
from typing import Annotated, Final, Literal

import msgspec
from msgspec import Meta

from boapp.domain.texts import plain

MAX_DIGITS: Final = 40

Mark = Annotated[str, Meta(min_length=1, max_length=8)]


class Numbers(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How numbers are printed.

    currency: the marks that may stand at an amount; they all mean the form's one currency.
    leading_zeros: "keep" for integers whose zeros in front count, such as 007.
    """

    decimal: Literal[".", ","] = "."
    currency: Annotated[tuple[Mark, ...], Meta(max_length=20)] = ()
    leading_zeros: Literal["drop", "keep"] = "drop"


_GROUP_MARKS: Final = {".": (",", " ", "'"), ",": (".", " ", "'")}
_FOLDED: Final = str.maketrans({"−": "-", "–": "-", "’": "'"})  # noqa: RUF001 - the marks a printer uses


def _grammar(decimal: str) -> re.Pattern[str]:
    grouped = "|".join(rf"[1-9]\d{{0,2}}(?:{re.escape(mark)}\d{{3}})+" for mark in _GROUP_MARKS[decimal])
    return re.compile(rf"(?P<whole>\d+|{grouped})?(?:{re.escape(decimal)}(?P<part>\d+))?", re.ASCII)


_NUMBER: Final = {mark: _grammar(mark) for mark in _GROUP_MARKS}


def number_form(rules: Numbers, text: str) -> tuple[str, str | None]:
    """Give the plain number in a text, or a problem: not-a-number, too-many-digits."""
    negative, whole, part, problem = _read(rules, text)
    if problem:
        return "", problem
    whole, part = whole.lstrip("0") or "0", part.rstrip("0")
    form = f"{whole}.{part}" if part else whole
    return (f"-{form}" if negative and form != "0" else form), None


def integer_form(rules: Numbers, text: str) -> tuple[str, str | None]:
    """Give the plain whole number in a text, or a problem: not-whole and those of `number_form`."""
    negative, whole, part, problem = _read(rules, text)
    if problem or part:
        return "", problem or "not-whole"
    if rules.leading_zeros == "drop":
        whole = whole.lstrip("0") or "0"
    return (f"-{whole}" if negative and whole.strip("0") else whole), None


def _read(rules: Numbers, text: str) -> tuple[bool, str, str, str | None]:
    """Return whether it is negative, the digits before and after the decimal mark, and a problem."""
    body = plain(text).translate(_FOLDED)
    outer, body = _without_sign(body)
    inner, body = _without_sign(_without_currency(rules, body))
    found = _NUMBER[rules.decimal].fullmatch(body)
    if found is None or not body or (outer and inner):
        return False, "", "", "not-a-number"
    whole, part = re.sub(r"\D", "", found["whole"] or "0"), found["part"] or ""
    problem = "too-many-digits" if len(whole) + len(part) > MAX_DIGITS else None
    return "-" in (outer, inner), whole, part, problem


def _without_sign(body: str) -> tuple[str, str]:
    if body[:1] in {"-", "+"}:
        return body[0], body[1:].lstrip()
    if len(body) > 1 and body[-1] == "-":
        return "-", body[:-1].rstrip()
    if body[:1] == "(" and body[-1:] == ")":
        return "-", body[1:-1].strip()
    return "", body


def _without_currency(rules: Numbers, body: str) -> str:
    for mark in sorted(rules.currency, key=len, reverse=True):
        if body[: len(mark)].casefold() == mark.casefold():
            return body[len(mark) :].lstrip()
        if body[-len(mark) :].casefold() == mark.casefold():
            return body[: -len(mark)].rstrip()
    return body
