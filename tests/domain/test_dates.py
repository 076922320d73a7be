from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from boapp.domain.dates import Dates, date_form
from boapp.domain.times import time_form
from tests.domain.samples import many

DAY_FIRST, MONTH_FIRST, YEAR_FIRST = Dates(), Dates(order="month-first"), Dates(order="year-first")


@pytest.mark.parametrize(
    ("text", "iso"),
    [
        ("09/01/2019", "2019-01-09"),
        ("9.1.2019", "2019-01-09"),
        ("19-03-2018", "2018-03-19"),
        ("21-05-17", "2017-05-21"),
        ("10 MAR 2018", "2018-03-10"),
        ("02/JAN/2017", "2017-01-02"),
        ("24 MAR 18", "2018-03-24"),
        ("24-Mar-18", "2018-03-24"),
        ("24Mar2018", "2018-03-24"),
        ("3rd March 2018", "2018-03-03"),
        ("24 Sept. 2018", "2018-09-24"),
        ("24 Mar, 2018", "2018-03-24"),
        ("Feb 18 1826", "1826-02-18"),
        ("February 18th, 1826", "1826-02-18"),
        ("2018-Mar-24", "2018-03-24"),
        ("2016/05/01", "2016-05-01"),
        ("20180428", "2018-04-28"),
        ("28042018", "2018-04-28"),
        ("20111205", "2011-12-05"),
        ("280418", "2018-04-28"),
        ("29/02/2016", "2016-02-29"),
        (" 09/01/2019 ", "2019-01-09"),
    ],
)
def test_a_printed_date_becomes_the_iso_date(text: str, iso: str) -> None:
    assert date_form(DAY_FIRST, text) == (iso, None)


@pytest.mark.parametrize(
    "text",
    ["", "2018", "03/2018", "9/1/9", "9/1/201", "09/01-2019", "09//01/2019", "Sat 10 Mar 2018", "10 MAR",
     "10/03/2018 12:30", "10 MARS 2018", "32018", "1234567", "10 MAR 2018.", "tomorrow", "1/2/3/4",
     "\u0660\u0669/01/2019", "2018/2018/01", "09/001/2019"],
)  # fmt: skip
def test_what_is_no_date_is_refused(text: str) -> None:
    assert date_form(DAY_FIRST, text) == ("", "not-a-date")


@pytest.mark.parametrize(
    "text", ["31/02/2019", "29/02/2019", "01/13/2019", "00/01/2019", "09/01/1299", "32132018"]
)
def test_a_day_that_never_was_is_refused(text: str) -> None:
    assert date_form(DAY_FIRST, text) == ("", "no-such-date")


def test_the_form_says_which_number_comes_first() -> None:
    assert date_form(MONTH_FIRST, "09/01/2019") == ("2019-09-01", None)
    assert date_form(YEAR_FIRST, "19/09/01") == ("2019-09-01", None)
    assert date_form(YEAR_FIRST, "09/01/2019") == ("", "not-a-date")


def test_a_two_digit_year_lies_in_the_forms_hundred_years() -> None:
    assert date_form(Dates(window=1970), "1/1/69")[0] == "2069-01-01"
    assert date_form(Dates(window=1970), "1/1/70")[0] == "1970-01-01"
    assert date_form(Dates(window=1826), "1/1/25")[0] == "1925-01-01"
    assert date_form(Dates(window=1826), "1/1/26")[0] == "1826-01-01"


@given(st.dates(date(1970, 1, 1), date(2069, 12, 31)))
@many
def test_every_notation_of_a_day_has_one_form(day: date) -> None:
    for notation in (
        "%d/%m/%Y",
        "%d-%m-%y",
        "%d %b %Y",
        "%d/%B/%y",
        "%Y%m%d",
        "%d%m%Y",
        "%d%m%y",
        "%B %d, %Y",
    ):
        assert date_form(DAY_FIRST, day.strftime(notation)) == (day.isoformat(), None)
    for notation in ("%m/%d/%Y", "%m%d%Y", "%Y%m%d"):
        assert date_form(MONTH_FIRST, day.strftime(notation)) == (day.isoformat(), None)


@given(st.text(alphabet="0123456789/-. JANMRjanmr", max_size=14))
@many
def test_whatever_is_read_is_a_day_that_reads_as_itself(text: str) -> None:
    iso, problem = date_form(DAY_FIRST, text)
    if problem is None:
        assert date_form(DAY_FIRST, date.fromisoformat(iso).isoformat()) == (iso, None)


@pytest.mark.parametrize(
    ("text", "result"),
    [
        ("8:13", ("08:13:00", None)),
        ("08.13", ("08:13:00", None)),
        ("20:13:39", ("20:13:39", None)),
        ("8:13:39 PM", ("20:13:39", None)),
        ("8 p.m.", ("20:00:00", None)),
        ("12:00 am", ("00:00:00", None)),
        ("12:00 pm", ("12:00:00", None)),
        ("0813", ("08:13:00", None)),
        ("24:00", ("", "no-such-time")),
        ("12:60", ("", "no-such-time")),
        ("13:00 pm", ("", "no-such-time")),
        ("8", ("", "not-a-time")),
        ("8:1", ("", "not-a-time")),
        ("813", ("", "not-a-time")),
    ],
)
def test_a_time_is_read_from_either_clock(text: str, result: tuple[str, str | None]) -> None:
    assert time_form(text) == result
