"""The list of causes over the page: one is chosen with the arrows or its first letters, and Enter."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QListWidget, QListWidgetItem, QWidget

from boapp.domain.causes import Cause
from ui.i18n import tr
from ui.pages.resolving.words import cause_words
from ui.widgets.overlay import Overlay


class CauseList(Overlay):
    """Asks why the two readings differ."""

    def __init__(self, over: QWidget, now: Cause) -> None:
        super().__init__(over, tr("Why do the readings differ?"), tr("Take this cause"), 420)
        self._list = QListWidget()
        self._list.setAccessibleName(tr("Causes"))
        self._list.setMinimumHeight(380)
        self._list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        for cause in Cause:
            item = QListWidgetItem(cause_words(cause))
            item.setData(Qt.ItemDataRole.UserRole, cause.value)
            self._list.addItem(item)
            if cause is now:
                self._list.setCurrentItem(item)
        self.body.addWidget(self._list)
        self._list.itemDoubleClicked.connect(self.try_done)
        self._list.setFocus()

    @property
    def cause(self) -> Cause:
        """Return the marked cause."""
        item = self._list.currentItem()
        return Cause(item.data(Qt.ItemDataRole.UserRole)) if item else Cause.UNKNOWN
