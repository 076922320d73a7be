"""The centre of the page: which step, which field, the crop as large as the room allows, the step itself."""

from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QSizePolicy, QStackedWidget, QVBoxLayout, QWidget

from ui.i18n import tr
from ui.pages.resolving.compare_step import CompareStep
from ui.pages.resolving.own_step import OwnStep
from ui.pages.resolving.presenter import Item
from ui.pages.resolving.steps import Steps
from ui.pages.resolving.words import rule_words
from ui.widgets.parts import row, text
from ui.widgets.snippet import Snippet

MOST_ZOOM = 6.0
LEAST, MOST = 84, 340
GAP, EDGE = 10, 22


class Dock(QWidget):
    """Steps, heading, crop, and one of the two steps below them."""

    def __init__(self) -> None:
        super().__init__()
        self._steps, self.snippet = Steps(), Snippet(MOST_ZOOM)
        self._name, self._rule, self._document = text("", "field-name"), text("", "body2"), text("", "body2")
        self._badge = text(tr("2×"), "badge")  # noqa: RUF001 - the sign itself
        self._badge.setAccessibleName(tr("keyed twice"))
        self._rule.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self.own, self.compare = OwnStep(), CompareStep()
        self._stack = QStackedWidget()
        for step in (self.own, self.compare):
            self._stack.addWidget(step)
        self.compare.pair.fitted.connect(self.fit)
        head = row(self._name, self._badge, self._rule, self._document, spacing=10)
        head.setStretch(2, 1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(EDGE, 16, EDGE, 12)
        layout.setSpacing(GAP)
        for part in (self._steps, head, self.snippet, self._stack):
            if isinstance(part, QWidget):
                layout.addWidget(part, 1 if part is self._stack else 0)
            else:
                layout.addLayout(part)

    def ask(self, item: Item) -> None:
        """Ask for the own reading of a mismatch; nothing of one before it stays."""
        rule = rule_words(item.field)
        self._name.setText(item.label)
        self._rule.setText(rule)
        title = item.source.form.title
        self._document.setText(tr("Document {n} · {form}", n=item.number, form=title))
        self.compare.forget()
        self.own.ask(item.label, rule)
        self._show(self.own, 1)

    def show_comparison(self) -> None:
        """Show step 2."""
        self.own.forget()
        self._show(self.compare, 2)

    def forget(self) -> None:
        """Drop every value, and show the empty step 1."""
        self.own.forget()
        self.compare.forget()
        self._show(self.own, 1)

    @property
    def step(self) -> int:
        """Return which step is shown."""
        return 1 if self._stack.currentWidget() is self.own else 2

    def fit(self) -> None:
        """Give the crop what the step leaves."""
        needed = (self.own if self.step == 1 else self.compare).needed_height()
        used = 16 + 12 + 3 * GAP + self._steps.height() + self._name.sizeHint().height()
        self.snippet.set_height(max(LEAST, min(MOST, self.height() - used - needed)))

    def _show(self, step: QWidget, number: int) -> None:
        self._stack.setCurrentWidget(step)
        self._steps.show_step(number)
        self.fit()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.fit()
