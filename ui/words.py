"""Words for the codes of the core: roles, causes, kinds, modes. The core gives codes, screens give words.

What a whole screen says is not here but where it is shown.
"""

from collections.abc import Iterable

from boapp.domain.causes import Cause
from boapp.domain.comparison import Kind
from boapp.domain.workflow import Mode, Role
from ui.i18n import tr


def role_words(role: str) -> str:
    """Return a role in words."""
    return {
        Role.OPERATOR: tr("Operator"),
        Role.SECOND_KEYER: tr("Second keyer"),
        Role.ADJUDICATOR: tr("Adjudicator"),
        Role.SUPERVISOR: tr("Supervisor"),
        Role.DESIGNER: tr("Designer"),
        Role.ADMINISTRATOR: tr("Administrator"),
        Role.AUDITOR: tr("Auditor"),
    }[Role(role)]


def roles_words(roles: Iterable[str]) -> str:
    """Return several roles in words, in the order in which documents meet them."""
    held = {Role(role) for role in roles}
    return ", ".join(role_words(role) for role in Role if role in held)


def cause_words(cause: str) -> str:
    """Return why two readings differ, in words."""
    return {
        Cause.ADJACENT_KEY: tr("Neighbour key"),
        Cause.TRANSPOSITION: tr("Two swapped"),
        Cause.DOUBLED_CHARACTER: tr("Doubled"),
        Cause.MISSING_CHARACTER: tr("Missing or extra"),
        Cause.DECIMAL: tr("Decimal or ×10"),  # noqa: RUF001 - the sign is meant
        Cause.SIGN: tr("Sign"),
        Cause.DATE_ORDER: tr("Day / month order"),
        Cause.LOOK_ALIKE: tr("Look-alike"),
        Cause.MISSED_FIELD: tr("Field missed"),
        Cause.ROW_SLIP: tr("Row slip"),
        Cause.OTHER_FIELD: tr("Other field"),
        Cause.WRONG_DOCUMENT: tr("Other document"),
        Cause.SPELLING: tr("Spelling"),
        Cause.FORMAT_ONLY: tr("Format only"),
        Cause.RULE_UNCLEAR: tr("Rule unclear"),
        Cause.SOURCE_ILLEGIBLE: tr("Not readable"),
        Cause.UNKNOWN: tr("Not known"),
    }[Cause(cause)]


def kind_words(kind: str) -> str:
    """Return in what way two passes differ, in words."""
    known = {
        Kind.VALUE: tr("Two values"),
        Kind.BLANK: tr("Blank in one pass"),
        Kind.ILLEGIBLE: tr("Illegible in one pass"),
        Kind.NOT_ON_FORM: tr("Not on form in one pass"),
        Kind.UNCERTAIN: tr("Unsure characters"),
        Kind.ROW_MISSING: tr("Row in one pass only"),
        Kind.ROW_COUNT: tr("Number of rows"),
        "missing": tr("Missing in a pass"),
    }
    return known.get(kind, kind)


def mode_words(mode: str) -> str:
    """Return a project's mode in words."""
    return {Mode.RELEASE: tr("Release"), Mode.STRICT: tr("Strict")}[Mode(mode)]
