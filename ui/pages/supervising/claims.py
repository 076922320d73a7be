"""Who holds what, and taking it back: a list to choose from, a line for the reason; no mouse is needed."""

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QLineEdit, QWidget

from boapp.services.taking_back import MAX_REASON, Held
from ui.i18n import tr, tr_n
from ui.pages.supervising.presenter import moment_words, pass_words
from ui.widgets.overlay import Overlay
from ui.widgets.parts import text
from ui.widgets.tables import Cell, Column, RowTable, row_height

MOST_ROWS = 7


class Claims(Overlay):
    """Shows the open claims of a project; the chosen one is taken back for the reason that is typed."""

    def __init__(self, over: QWidget, project: str, held: Sequence[Held]) -> None:
        super().__init__(over, tr("Held now in {project}", project=project), tr("Take back"), width=760)
        self._held = tuple(held)
        self.table = _table()
        self.reason = QLineEdit()
        self.reason.setAccessibleName(tr("Reason"))
        self.reason.setMaxLength(MAX_REASON)
        self.table.opened.connect(lambda _row: self.reason.setFocus())
        count = tr_n("{n} document is held.", "{n} documents are held.", len(held))
        self.body.addWidget(text(count, "body2"))
        self.body.addWidget(self.table)
        self.body.addWidget(
            text(tr("Reason: signed, and encrypted for adjudicators and supervisors"), "label")
        )
        self.body.addWidget(self.reason)
        self.body.addWidget(text(tr("Her draft stays with her, and the document waits again."), "small"))
        self.table.show_rows([_cells(one) for one in held])
        rows = min(len(held), MOST_ROWS) * row_height(over.window().height())
        heads = self.table.horizontalHeader()
        self.table.setFixedHeight(rows + heads.sizeHint().height() + 2 * self.table.frameWidth())
        self.begin(self.table)

    @property
    def chosen(self) -> Held:
        """Return the claim that is to end."""
        return self._held[self.table.row]

    def missing(self) -> str:
        """Return what is still to be filled in."""
        if self.reason.text().strip():
            return ""
        self.reason.setFocus()
        return tr("Type why you take {document} back.", document=self.chosen.document)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        step = {Qt.Key.Key_Up: -1, Qt.Key.Key_Down: 1}.get(Qt.Key(event.key()), 0)
        if step:
            self.table.choose(min(max(self.table.row + step, 0), self.table.count() - 1))
        super().keyPressEvent(event)


def _table() -> RowTable:
    columns = (
        Column(tr("Document"), 160, 2),
        Column(tr("Pass"), 90),
        Column(tr("Person"), 110, 1),
        Column(tr("Since"), 120),
        Column(tr("Until"), 170, right=True),
    )
    return RowTable(tr("Held now"), columns)


def _cells(held: Held) -> list[Cell]:
    until = moment_words(held.claim.expires_us)
    ran_out = tr("ran out {time}", time=until)
    return [
        Cell(held.document, mono=True),
        Cell(pass_words(held)),
        Cell(held.person, mono=True),
        Cell(moment_words(held.since_us), "text2"),
        Cell(ran_out if held.expired else until, "warn" if held.expired else "text2"),
    ]
