"""Which pages there are, in the order of the navigation, and who has them."""

from ui.i18n import tr
from ui.session import Session
from ui.shell.page import Page
from ui.shell.rail import Area
from ui.shell.window import HOME, Place


def places() -> list[Place]:
    """Return every page; one is loaded when it is first opened."""
    from boapp.domain.workflow import MAY, Role, Task
    from ui.pages.home.page import HomePage

    return [
        Place(HOME, HomePage, area=Area(HOME, tr("Work"), "home")),
        Place("first", _first_keying, MAY[Task.FIRST]),
        Place("second", _second_keying, MAY[Task.SECOND]),
        Place("resolve", _resolving, MAY[Task.RESOLVE] | MAY[Task.SECOND]),
        Place(
            "discrepancies", _report, MAY[Task.REPORT], Area("discrepancies", tr("Discrepancies"), "report")
        ),
        Place("people", _people, frozenset({Role.ADMINISTRATOR}), Area("people", tr("People"), "people")),
        Place("intake", _intake, MAY[Task.INTAKE], Area("intake", tr("Import"), "import")),
    ]


def _first_keying(session: Session) -> Page:
    from ui.pages.keying.page import first_page

    return first_page(session)


def _second_keying(session: Session) -> Page:
    from ui.pages.keying.page import second_page

    return second_page(session)


def _resolving(session: Session) -> Page:
    from ui.pages.resolving.page import ResolvePage

    return ResolvePage(session)


def _report(session: Session) -> Page:
    from ui.pages.supervising.page import ReportPage

    return ReportPage(session)


def _people(session: Session) -> Page:
    from ui.pages.people.page import PeoplePage

    return PeoplePage(session)


def _intake(session: Session) -> Page:
    from ui.pages.intake.page import IntakePage

    return IntakePage(session)
