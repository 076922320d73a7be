"""What puts the values of a field in order: numbers by size, dates and times by when they are."""

from decimal import Decimal

from boapp.domain.fields import Field, FieldType
from boapp.domain.values import canonical


def in_order(field: Field, text: str) -> Decimal | None:
    """Give what sorts among the values of this field; None for a text that its type cannot read."""
    read = canonical(field, text)
    if read.problem is not None:
        return None
    marks = {FieldType.DATE: "-", FieldType.TIME: ":"}.get(field.type)
    return Decimal(read.form.replace(marks, "") if marks else read.form)
