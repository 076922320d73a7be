"""A program that says when its first window is painted, and ends: `product`, or a bare form of 30 boxes.

It loads nothing before it is told which: every import that it makes for itself is in the measure of both.
"""

import os
import sys

from PySide6.QtCore import QEvent, QObject, QTimer
from PySide6.QtWidgets import QApplication, QFormLayout, QLineEdit, QWidget


class FirstPaint(QObject):
    """Ends the program behind the first paint of anything: all of the window is painted with it."""

    def eventFilter(self, _watched: QObject, event: QEvent) -> bool:  # noqa: N802 - Qt's name
        if event.type() is QEvent.Type.Paint:
            QApplication.instance().removeEventFilter(self)  # type: ignore[union-attr]
            QTimer.singleShot(0, painted)
        return False


def painted() -> None:
    os.write(1, b"painted\n")
    os._exit(0)


def bare() -> None:
    app = QApplication([])
    form = QWidget()
    rows = QFormLayout(form)
    for number in range(30):
        rows.addRow(str(number), QLineEdit())
    form.resize(1440, 900)
    watch = FirstPaint()
    form.show()
    form.installEventFilter(watch)
    app.exec()


def product() -> None:
    """Come in at the front door; the watch is hung up when the sign-in is made."""
    from ui.main import main

    sys.argv[1:] = []
    watch = FirstPaint()
    QTimer.singleShot
    main()


product() if sys.argv[1:] == ["product"] else bare()
