"""Words of the resolving page: causes, states and choices, each a whole sentence or term."""

from boapp.domain.causes import Cause
from boapp.domain.checks import Severity, check
from boapp.domain.fields import Field, FieldType
from boapp.domain.values import State, Value
from ui.i18n import tr, tr_n
from ui.pages.keying import words as keying
from ui.pages.resolving.deciding import Pick
from ui.widgets.reading_pair import SIGNS, Shown


def cause_words(cause: Cause) -> str:
    """Return what a cause is called."""
    return {
        Cause.ADJACENT_KEY: tr("Neighbour key"),
        Cause.TRANSPOSITION: tr("Two characters swapped"),
        Cause.DOUBLED_CHARACTER: tr("Character doubled"),
        Cause.MISSING_CHARACTER: tr("Character missing or extra"),
        Cause.DECIMAL: tr("Decimal place or ×10"),  # noqa: RUF001 - the sign itself
        Cause.SIGN: tr("Sign"),
        Cause.DATE_ORDER: tr("Day and month exchanged"),
        Cause.LOOK_ALIKE: tr("Look-alike characters"),
        Cause.MISSED_FIELD: tr("Field missed"),
        Cause.ROW_SLIP: tr("Row slip"),
        Cause.OTHER_FIELD: tr("Other field"),
        Cause.WRONG_DOCUMENT: tr("Other page or document"),
        Cause.SPELLING: tr("Spelling"),
        Cause.FORMAT_ONLY: tr("Format only"),
        Cause.RULE_UNCLEAR: tr("Rule unclear"),
        Cause.SOURCE_ILLEGIBLE: tr("Not readable"),
        Cause.UNKNOWN: tr("Not known"),
    }[cause]


def shown(value: Value) -> Shown:
    """Return a reading as it is shown: a text, or its state in words beside the state's mark."""
    match value.state:
        case State.KEYED:
            count = sum(end - start for start, end in value.uncertain)
            words = tr_n("{n} character unsure", "{n} characters unsure", count) if count else ""
            return Shown(value.text, value.uncertain, words, "unsure" if count else "")
        case State.BLANK:
            return Shown(words=tr("Blank on page"), icon="blank")
        case State.ILLEGIBLE:
            return Shown(words=tr("Illegible"), icon="illegible")
        case State.NOT_ON_FORM:
            return Shown(words=tr("Not on this form"), icon="empty")


def confirm_words(pick: Pick) -> str:
    """Return what the button says that settles it; the value itself stands beside it already."""
    return {
        Pick.FIRST: tr("Confirm {sign}", sign=SIGNS[0]),
        Pick.SECOND: tr("Confirm {sign}", sign=SIGNS[1]),
        Pick.ANOTHER: tr("Confirm your value"),
        Pick.ILLEGIBLE: tr("Confirm illegible"),
        Pick.NOTHING: "",
    }[pick]


def rule_words(field: Field) -> str:
    """Say in one line how a field is keyed."""
    if field.type is FieldType.CHOICE:
        return tr("A code or a name from the list")
    return keying.rule(field)


def refusal_words(field: Field, value: Value, row: int) -> str:
    """Say why a value cannot be true; empty when it can."""
    error = next((f for f in check(field, value, row) if f.severity is Severity.ERROR), None)
    if error is None:
        return ""
    if error.code == "not-in-list":
        return tr("This is not in the list. Key a code or a name from it.")
    return keying.sentence(error)


def nothing_keyed() -> str:
    """Say what an empty box waits for."""
    return tr("Key what you read; or F5 if nothing is there, F6 if nobody can read it.")
