"""An overlay: a card over a page that asks for something; Esc closes it and gives the focus back.

It takes every key while it is open, so nothing of the page behind it acts; Tab stays inside.
"""

from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtGui import QColor, QKeyEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QApplication, QVBoxLayout, QWidget

from boapp.errors import Refusal
from ui.i18n import tr
from ui.theme import theme
from ui.widgets.parts import button, card, centred, row, set_role, text

VEIL = 0.72


class Overlay(QWidget):
    """A card with a title, what is asked, one line for refusals, and two buttons.

    Enter confirms once: nothing is done twice while it is being done. Esc, and the button beside, `cancel`.
    """

    done = Signal()
    """The person confirmed; what was typed is read from the subclass."""
    closed = Signal()

    def __init__(self, over: QWidget, title: str, confirm: str, width: int = 560, cancel: str = "") -> None:
        super().__init__(over)
        self.setAccessibleName(title)
        self._over = over
        self._before: QWidget | None = None
        self.working = False
        """What was asked for is being done."""
        frame, self.inside = card()
        frame.setFixedWidth(width)
        self.inside.setContentsMargins(24, 20, 24, 18)
        self.inside.setSpacing(10)
        self.inside.addWidget(text(title, "dialog-title"))
        self.body = QVBoxLayout()
        self.body.setSpacing(8)
        self.inside.addLayout(self.body)
        self._said = text("", "message-err")
        self._said.setWordWrap(True)
        self._said.hide()
        self.confirm = button(confirm, "Enter", "primary")
        self.confirm.clicked.connect(self.try_done)
        self.other = button(cancel or tr("Cancel"), "Esc")
        self.other.clicked.connect(self.cancel)
        self.inside.addWidget(self._said)
        self.inside.addLayout(row(self.confirm, self.other, None))
        self.setLayout(centred(frame))
        over.installEventFilter(self)
        self.setGeometry(over.rect())
        self.hide()

    def begin(self, first: QWidget) -> None:
        """Show all that was put into it, with the focus on the first thing to fill in."""
        self._before = QApplication.focusWidget()
        self.show()
        self.raise_()
        first.setFocus()

    def try_done(self) -> None:
        """Confirm, unless something is missing."""
        if self.working:
            return
        missing = self.missing()
        if missing:
            self.say(missing)
        else:
            self.working = True
            self.say(tr("Working…"), "none")
            self.done.emit()

    def missing(self) -> str:
        """Return what is still to be filled in, in words; empty when nothing is."""
        return ""

    def say(self, words: str, kind: str = "err") -> None:
        """Show one line above the buttons."""
        set_role(self._said, f"message-{kind}")
        self._said.setText(words)
        self._said.setVisible(bool(words))

    def refused(self, refusal: Refusal) -> None:
        """Say why it was not done; what was typed stays."""
        self.working = False
        self.say(str(refusal))

    def cancel(self) -> None:
        """Close without doing it."""
        self.leave()

    def leave(self) -> None:
        """Close, and give the focus back to whatever had it."""
        self._over.removeEventFilter(self)
        self.hide()
        self.closed.emit()
        if self._before is not None:
            self._before.setFocus()
        self.deleteLater()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if watched is self._over and event.type() == QEvent.Type.Resize:
            self.setGeometry(self._over.rect())
        return False

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self.cancel()
        elif event.key() in {Qt.Key.Key_Return, Qt.Key.Key_Enter}:
            self.try_done()
        event.accept()

    def focusNextPrevChild(self, forward: bool) -> bool:  # noqa: FBT001 - Qt's own signature
        stops = [w for w in self.findChildren(QWidget) if _takes_tab(w)]
        now = QApplication.focusWidget()
        if not stops:
            return True
        place = stops.index(now) if now in stops else -1
        reason = Qt.FocusReason.TabFocusReason if forward else Qt.FocusReason.BacktabFocusReason
        stops[(place + (1 if forward else -1)) % len(stops)].setFocus(reason)
        return True

    def paintEvent(self, _event: QPaintEvent) -> None:
        veil = QColor(theme().tokens.window)
        veil.setAlphaF(VEIL)
        QPainter(self).fillRect(self.rect(), veil)


def _takes_tab(widget: QWidget) -> bool:
    return bool(widget.focusPolicy() & Qt.FocusPolicy.TabFocus) and widget.isVisible() and widget.isEnabled()
