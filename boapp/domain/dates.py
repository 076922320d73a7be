"""When two dates say the same.

A date is read by one strict grammar; anything else around it (a weekday, a time) is a problem.
1. Full-width digits and every kind of blank are folded; blanks at the ends are dropped; case is ignored.
2. Three numbers with the same mark between them, `/` `-` `.` or a blank: 09/01/2019, 19-03-2018, 9.1.2019.
   A four-digit year in front makes it year, month, day (2016/05/01); otherwise the form's order decides.
   A form that puts the year first takes no four-digit year at the end.
3. An English month name or its first three letters (also Sept), with or without a point: 10 MAR 2018,
   02/JAN/2017, 24 MAR 18, 10Mar2018, Feb 18 1826, March 10th, 2018, 2018-Mar-10. The year is last, or
   first when it has four digits.
4. Eight digits are read in the form's order, or else as year, month, day (20180428). Six are read in the
   form's order. Only one reading of eight can be a date, because a year is never below 1300.
5. A two-digit year is the one within the form's window of a hundred years: 18 is 2018 from 1970 on.
6. The day must exist (no 31/02), in the years 1300 to 2999.

The canonical form is ISO 8601: 2019-01-09.
"""

import re
from datetime import date
from typing import Annotated, Final, Literal, NamedTuple

import msgspec
from msgspec import Meta

from boapp.domain.texts import plain

YEARS: Final = range(1300, 3000)


class Dates(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How dates are printed.

    window: the first of the hundred years that a two-digit year can mean.
    """

    order: Literal["day-first", "month-first", "year-first"] = "day-first"
    window: Annotated[int, Meta(ge=1300, le=2900)] = 1970


_ORDERS: Final = {"day-first": "dmy", "month-first": "mdy", "year-first": "ymd"}
_MONTHS: Final = (
    "january", "february", "march", "april", "may", "june",
    "july", "august", "september", "october", "november", "december",
)  # fmt: skip
_MONTH_NUMBERS: Final = {
    **{name: number for number, name in enumerate(_MONTHS, start=1)},
    **{name[:3]: number for number, name in enumerate(_MONTHS, start=1)},
    "sept": 9,
}
_NAME: Final = rf"(?P<name>{'|'.join(sorted(_MONTH_NUMBERS, key=len, reverse=True))})"
_DAY: Final = r"(?P<day>\d{1,2})(?:st|nd|rd|th)?"
_YEAR: Final = r"(?P<year>\d{4}|\d{2})"
_NUMBERS: Final = re.compile(r"(\d{1,2}|\d{4})([/.\- ])(\d{1,2})\2(\d{4}|\d{1,2})", re.ASCII)
_DIGITS: Final = re.compile(r"\d{8}|\d{6}", re.ASCII)
_NAMED: Final = tuple(
    re.compile(pattern, re.ASCII)
    for pattern in (
        rf"{_DAY}([/\- .]?) ?{_NAME}\.?\2 ?{_YEAR}",
        rf"{_DAY} {_NAME}\.?, ?{_YEAR}",
        rf"{_NAME}\.? {_DAY},? {_YEAR}",
        rf"(?P<year>\d{{4}})([/\- .]?){_NAME}\.?\2{_DAY}",
    )
)


class _Parts(NamedTuple):
    """One reading of a date; the year as written, with two digits or four."""

    year: str
    month: int
    day: int


def date_form(rules: Dates, text: str) -> tuple[str, str | None]:
    """Give the ISO date in a text, or a problem: not-a-date, no-such-date."""
    readings = _readings(rules, plain(text).casefold())
    if not readings:
        return "", "not-a-date"
    for reading in readings:
        if (form := _iso(rules, reading)) is not None:
            return form, None
    return "", "no-such-date"


def _readings(rules: Dates, printed: str) -> list[_Parts]:
    """List what the text can mean, likeliest first, before asking whether such a day exists."""
    if found := _NUMBERS.fullmatch(printed):
        return _of_numbers(rules, found[1], found[3], found[4])
    if _DIGITS.fullmatch(printed):
        return _of_digits(_ORDERS[rules.order], printed)
    for pattern in _NAMED:
        if found := pattern.fullmatch(printed):
            return [_Parts(found["year"], _MONTH_NUMBERS[found["name"]], int(found["day"]))]
    return []


def _of_numbers(rules: Dates, first: str, second: str, third: str) -> list[_Parts]:
    order = "ymd" if len(first) == 4 else _ORDERS[rules.order]
    part = dict(zip(order, (first, second, third), strict=True))
    if len(part["y"]) not in {2, 4} or len(part["d"]) > 2:
        return []
    return [_Parts(part["y"], int(part["m"]), int(part["d"]))]


def _of_digits(order: str, digits: str) -> list[_Parts]:
    if len(digits) == 6:
        return [_split(order, digits)]
    return [_split(order, digits), _split("ymd", digits)]


def _split(order: str, digits: str) -> _Parts:
    part, start = {}, 0
    for letter in order:
        end = start + (len(digits) - 4 if letter == "y" else 2)
        part[letter], start = digits[start:end], end
    return _Parts(part["y"], int(part["m"]), int(part["d"]))


def _iso(rules: Dates, parts: _Parts) -> str | None:
    year = int(parts.year) if len(parts.year) == 4 else _in_window(rules.window, int(parts.year))
    if year not in YEARS:
        return None
    try:
        return date(year, parts.month, parts.day).isoformat()
    except ValueError:
        return None


def _in_window(start: int, two_digits: int) -> int:
    return start + (two_digits - start) % 100
