"""The keys of the resolving page, as the hint bar and the key list show them."""

from collections.abc import Mapping, Sequence

from ui.i18n import tr
from ui.shell.bars import Hint
from ui.widgets.key_help import Keys


def hints(*, deciding: bool, typing: bool) -> Sequence[Hint]:
    """Return the hints of what is on screen; the first six are those that matter most."""
    always = (
        Hint("F9", tr("Skip for now")),
        Hint("F2", tr("Zone / page")),
        Hint("F1", tr("Keys & help")),
        Hint("Ctrl W", tr("Leave")),
    )
    marks = (Hint("F6", tr("Illegible")), Hint("F5", tr("Blank on page")), Hint("F7", tr("Unsure character")))
    if typing:
        return (Hint("Enter", tr("Take this value")), Hint("Esc", tr("Back")), *marks[:2], *always)
    if deciding:
        return (
            Hint("1 2", tr("Take reading")),
            Hint("3", tr("Another value")),
            Hint("4", tr("Illegible")),
            Hint("C", tr("Cause")),
            Hint("Enter", tr("Confirm")),
            *always,
        )
    return (Hint("Enter", tr("Lock my reading")), *marks, *always)


def help_groups() -> Mapping[str, Keys]:
    """Return every key of the page, in groups."""
    return {
        tr("Key it yourself"): (
            ("Enter", tr("Lock my reading")),
            ("F5", tr("Blank on page")),
            ("F6", tr("Illegible")),
            ("F7", tr("Unsure character")),
            ("Esc", tr("Empty the box")),
        ),
        tr("Compare and decide"): (
            ("1  2", tr("Take a reading")),
            ("3", tr("Another value")),
            ("4", tr("Illegible")),
            ("C", tr("Change the cause")),
            ("Enter", tr("Confirm")),
            ("F9", tr("Skip for now")),
            ("Ctrl+W", tr("Leave")),
        ),
        tr("Page"): (
            ("F2", tr("Zone / page")),
            ("Ctrl+1 … 4", tr("Fit width, zone, page, 100 %")),
            ("Ctrl+Plus", tr("Zoom in")),
            ("Alt+↑", tr("Move the page")),
            ("PgUp PgDn", tr("Page before, after")),
            ("Ctrl+[ ]", tr("Rotate")),
            ("Ctrl+I K", tr("Invert, contrast")),
            ("Ctrl+0", tr("All image changes back")),
        ),
    }
