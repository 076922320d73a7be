"""Findings in plain English, for the command line; the screens have their own words in every language.

What is wrong, then what to do: at most two sentences, and never a keyed value.
"""

from collections.abc import Mapping
from typing import Final

from boapp.domain.checks import Finding

_SENTENCES: Final[Mapping[str, str]] = {
    "required": "Nothing is keyed here. Look whether the paper is blank.",
    "missing": "This field has no answer. Key it, or mark it blank.",
    "not-asked": "The form does not ask for this. Leave it out.",
    "row-count": "The number of rows is missing. Count the rows.",
    "rows": "This group has from {0} to {1} rows. Count the rows again.",
    "not-a-number": "This is not a number. Key it as printed.",
    "not-whole": "This is not a whole number. Key it as printed.",
    "too-many-digits": "This number has too many digits. Look again.",
    "not-a-date": "This is not a date. Key day, month and year as printed.",
    "no-such-date": "There is no such day. Key day, month and year as printed.",
    "not-a-time": "This is not a time. Key hours and minutes as printed.",
    "no-such-time": "There is no such time. Key hours and minutes as printed.",
    "not-in-list": "This is not in the list. Key a code or a name from the list.",
    "not-yes-or-no": "This is neither yes nor no. Key y or n.",
    "length": "This has from {0} to {1} characters. Look again.",
    "mask": "This does not look like {0}. Read the characters again.",
    "check-digit": "The check digit ({0}) does not fit. Read the characters again.",
}
_RANGES: Final[Mapping[tuple[bool, bool], str]] = {
    (True, True): "This lies outside {0} to {1}. Look again.",
    (True, False): "This lies below {0}. Look again.",
    (False, True): "This lies above {1}. Look again.",
}


def sentence(finding: Finding) -> str:
    """Say one finding in English. Raises KeyError for a code that no check gives."""
    if finding.code == "range":
        low, high = finding.limits
        return _RANGES[bool(low), bool(high)].format(low, high)
    limits = (" or ".join(finding.limits),) if finding.code == "mask" else finding.limits
    return _SENTENCES[finding.code].format(*limits)
