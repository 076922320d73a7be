"""Which pages there are, in the order of the navigation, and who has them."""

from ui.i18n import tr
from ui.shell.rail import Area
from ui.shell.window import HOME, Place


def places() -> list[Place]:
    """Return every page; one is loaded when it is first opened."""
    from ui.pages.home.page import HomePage

    return [Place(HOME, HomePage, area=Area(HOME, tr("Work"), "home"))]
