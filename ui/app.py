"""QApplication, look and language, the first window; then, behind it, the program's own libraries.

The window comes first: what it shows needs Qt alone. Unlocking, and everything after it, runs in the
databases' lane of `operations`.
"""

import os
import sys

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication

from boapp.address import Place, read_place
from ui.assets import load_fonts
from ui.i18n import tr
from ui.stylesheet import stylesheet
from ui.theme import Look, system_look, use

WARM_UP_AFTER_MS = 50
"""How long the window has the processor to itself; a person who signs in needs seconds."""


def prepare(look: Look | None = None) -> QApplication:
    """Return the application with fonts and look."""
    app = _application()
    load_fonts()
    wear(app, look or system_look())
    return app


def _application() -> QApplication:
    found = QApplication.instance()
    if found is None:
        # By word, because setStyle hands QStyle to Python, which costs as much as building a form.
        return QApplication([*sys.argv[:1], "-style", "Fusion"])
    assert isinstance(found, QApplication)  # noqa: S101 - nothing here makes another kind
    found.setStyle("Fusion")
    return found


def wear(app: QApplication, look: Look) -> None:
    """Put a look on."""
    app.setStyleSheet(stylesheet(use(look).tokens))


def run(workspace: Place | None = None) -> int:
    """Run the windows until the person signs out."""
    app = prepare()
    place = workspace or named_workspace()
    from ui.desk import Desk

    desk = Desk(place)
    desk.window.show()
    QTimer.singleShot(WARM_UP_AFTER_MS, desk.warm_up)
    status = app.exec()
    if desk.window.signed_out:
        # The next person starts in a fresh process: nothing of this one's memory is left to her.
        os.execv(sys.executable, [sys.executable, "-m", "ui.main", *sys.argv[1:]])  # noqa: S606
    return status


def named_workspace() -> Place:
    """Return the workspace that BOAPP_WORKSPACE names, or the one server that this workstation knows."""
    named = os.environ.get("BOAPP_WORKSPACE")
    if named:
        return read_place(named)
    from boapp.enrolment import default_home, only_server

    server = only_server(default_home())
    if server is None:
        raise SystemExit(
            tr("Name the workspace in BOAPP_WORKSPACE, or start boapp with a command; see boapp --help.")
        )
    return server
