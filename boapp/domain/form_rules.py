"""What the words of a form must mean together. Each rule names the field and what to do.

For a field, in this order: its policy is one that exists; a rule stands only where its type has it; a
code list is there for choices and nowhere else, without a code twice; a zone lies on the page; each check
fits the type and can be met.
For the form: keys are unique over fields and groups, each field's group is there and no group is empty.
"""

from collections import Counter
from collections.abc import Iterable
from typing import Final, assert_never

from boapp.domain.amounts import Numbers
from boapp.domain.dates import Dates
from boapp.domain.fields import (
    Check,
    CheckDigitCheck,
    Field,
    FieldType,
    Group,
    LengthCheck,
    MaskCheck,
    Policy,
    RangeCheck,
    code_word,
)
from boapp.domain.order import in_order
from boapp.errors import BadInput

_NUMERIC: Final = frozenset({FieldType.INTEGER, FieldType.DECIMAL, FieldType.MONEY})
_ORDERED: Final = _NUMERIC | {FieldType.DATE, FieldType.TIME}


def refuse_field(field: Field) -> None:
    """Refuse what one field cannot mean. Raises BadInput."""
    if field.policy in {Policy.SIGHT, Policy.SAMPLE}:
        _refuse(field, f"the policy '{field.policy}' is not yet supported", "Use 'double' or 'none'.")
    _refuse_stray_rules(field)
    _refuse_bad_choices(field)
    if field.zone is not None and (field.zone.x + field.zone.w > 1 or field.zone.y + field.zone.h > 1):
        _refuse(field, "its zone goes over the edge of the page", "Keep x + w and y + h at 1 or less.")
    for check in field.checks:
        _refuse_bad_check(field, check)


def refuse_together(fields: Iterable[Field], groups: Iterable[Group]) -> None:
    """Refuse fields and groups that do not fit together. Raises BadInput."""
    uses = Counter(field.group for field in fields)
    for key, times in Counter([*(field.key for field in fields), *(group.key for group in groups)]).items():
        if times > 1:
            raise BadInput(
                f"The key '{key}' is used {times} times.", "Give each field and group its own key."
            )
    for field in fields:
        if field.group is not None and all(group.key != field.group for group in groups):
            _refuse(field, f"there is no group '{field.group}'", "Add the group or take the word away.")
    for group in groups:
        if not uses[group.key]:
            raise BadInput(f"Group '{group.key}' has no field.", "Name the group in a field, or drop it.")
        if group.min_rows > group.max_rows:
            raise BadInput(f"Group '{group.key}' has min_rows above max_rows.", "Swap or correct them.")


def _refuse(field: Field, fault: str, advice: str) -> None:
    raise BadInput(f"Field '{field.key}': {fault}.", advice)


def _refuse_stray_rules(field: Field) -> None:
    if field.dates != Dates() and field.type is not FieldType.DATE:
        _refuse(field, f"a {field.type} field has no 'dates'", "Take the table away or make it a date.")
    if field.numbers != Numbers() and field.type not in _NUMERIC:
        _refuse(field, f"a {field.type} field has no 'numbers'", "Take the table away or make it a number.")
    if field.numbers.leading_zeros == "keep" and field.type is not FieldType.INTEGER:
        _refuse(field, "only an integer can keep its leading zeros", "Make it an integer or a text.")
    if field.compare.punctuation == "ignore" and field.compare.spaces == "exact":
        _refuse(field, "punctuation can be ignored only when spaces are", 'Set spaces = "ignore" too.')


def _refuse_bad_choices(field: Field) -> None:
    if (field.type is FieldType.CHOICE) != bool(field.choices):
        _refuse(
            field, "choices belong to a choice field, and it needs one", "Add the list or change the type."
        )
    for code, times in Counter(code_word(entry.code) for entry in field.choices).items():
        if times > 1:
            _refuse(field, f"the code '{code}' is in its list {times} times", "Keep one entry for each code.")


def _refuse_bad_check(field: Field, check: Check) -> None:
    match check:
        case LengthCheck(min=low, max=high):
            if low > high:
                _refuse(field, "its length check has min above max", "Swap or correct them.")
        case RangeCheck():
            _refuse_bad_range(field, check)
        case MaskCheck():
            pass
        case CheckDigitCheck():
            if field.type not in {FieldType.TEXT, FieldType.INTEGER}:
                _refuse(field, f"a {field.type} field has no check digit", "Make it a text or an integer.")
        case _:
            assert_never(check)


def _refuse_bad_range(field: Field, check: RangeCheck) -> None:
    if field.type not in _ORDERED:
        _refuse(field, f"a {field.type} field has no range", "Use a length, a mask or a list.")
    if check.min is None and check.max is None:
        _refuse(field, "its range check has neither min nor max", "Give one of them.")
    low, high = (None if end is None else in_order(field, end) for end in (check.min, check.max))
    if (low is None) is not (check.min is None) or (high is None) is not (check.max is None):
        _refuse(field, "its range is not written as the field is keyed", "Write both ends as printed.")
    if low is not None and high is not None and low > high:
        _refuse(field, "its range check has min above max", "Swap or correct them.")
