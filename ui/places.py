"""Which pages there are, in the order of the navigation, and who has them.

Pages, and the rules that say who has them, are loaded when somebody is signed in: what the sign-in shows
needs none of them.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from ui.i18n import tr
from ui.shell.rail import Area
from ui.shell.window import HOME, Place

if TYPE_CHECKING:
    from boapp.domain.workflow import Role
    from ui.session import Session
    from ui.shell.page import Page


def places() -> list[Place]:
    """Return every page; one is loaded when it is first opened."""
    return [
        Place(HOME, _home, area=Area(HOME, tr("Work"), "home")),
        Place("first", _first_keying, _who_may("FIRST")),
        Place("second", _second_keying, _who_may("SECOND")),
        Place("resolve", _resolving, _who_may("RESOLVE", "SECOND")),
        Place(
            "discrepancies", _report, _who_may("REPORT"), Area("discrepancies", tr("Discrepancies"), "report")
        ),
        Place("people", _people, _administrators, Area("people", tr("People"), "people")),
        Place("intake", _intake, _who_may("INTAKE"), Area("intake", tr("Import"), "import")),
    ]


def _who_may(*tasks: str) -> Callable[[], frozenset[Role]]:
    def roles() -> frozenset[Role]:
        from boapp.domain.workflow import MAY, Task

        return frozenset(role for task in tasks for role in MAY[Task[task]])

    return roles


def _administrators() -> frozenset[Role]:
    from boapp.domain.workflow import Role

    return frozenset({Role.ADMINISTRATOR})


def _home(session: Session) -> Page:
    from ui.pages.home.page import HomePage

    return HomePage(session)


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
