"""The list of causes over the page: one is chosen with the arrows or its first letter, and Enter."""

from PySide6.QtCore import QSize, Qt
from PySide6.QtWidgets import QListWidget, QListWidgetItem, QWidget

from boapp.domain.causes import Cause
from ui.i18n import tr
from ui.pages.resolving.words import cause_words
from ui.widgets.overlay import Overlay

ROW = 28


class CauseList(Overlay):
    """Asks why the two readings differ."""

    def __init__(self, over: QWidget, now: Cause) -> None:
        super().__init__(over, tr("Why do the readings differ?"), tr("Take this cause"), 420)
        self._list = QListWidget()
        self._list.setAccessibleName(tr("Causes"))
        self._list.setFixedHeight(ROW * len(Cause) + 2)
        self._list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        for cause in Cause:
            item = QListWidgetItem(cause_words(cause))
            item.setSizeHint(QSize(0, ROW))
            self._list.addItem(item)
        self._list.setCurrentRow(list(Cause).index(now))
        self.body.addWidget(self._list)
        self._list.itemDoubleClicked.connect(self.try_done)
        self.begin(self._list)

    @property
    def cause(self) -> Cause:
        """Return the marked cause."""
        return list(Cause)[self._list.currentRow()]
