"""Writing a file: which one, and where to. The path is typed; nothing needs the mouse."""

from pathlib import Path

from PySide6.QtWidgets import QLineEdit, QWidget

from ui.i18n import tr
from ui.pages.supervising.presenter import DISCREPANCIES, RECORDS_CSV, RECORDS_JSON
from ui.widgets.overlay import Overlay
from ui.widgets.parts import text
from ui.widgets.ticks import Choice

ENDINGS = {DISCREPANCIES: "discrepancies.csv", RECORDS_CSV: "records.csv", RECORDS_JSON: "records.jsonl"}


class Export(Overlay):
    """Asks for a kind of file and a path; asks again before it writes over a file."""

    def __init__(self, over: QWidget, project: str) -> None:
        super().__init__(over, tr("Export {project}", project=project), tr("Write the file"))
        self._project = project
        kinds = {
            DISCREPANCIES: tr("Discrepancies, CSV: every row with both readings and the decision"),
            RECORDS_CSV: tr("Settled records, CSV: one row for each document"),
            RECORDS_JSON: tr("Settled records, JSON Lines: with canonical forms and provenance"),
        }
        self._kinds = {kind: Choice(words) for kind, words in kinds.items()}
        for made in self._kinds.values():
            made.toggled.connect(self._suggest)
            self.body.addWidget(made)
        self._path = QLineEdit()
        self._path.setAccessibleName(tr("File"))
        self.body.addWidget(text(tr("File"), "label"))
        self.body.addWidget(self._path)
        self.body.addWidget(
            text(tr("The file is not encrypted. Keep it where only those who need it can read it."), "small")
        )
        self._asked: Path | None = None
        self._kinds[DISCREPANCIES].setChecked(True)
        self.begin(self._path)

    @property
    def kind(self) -> str:
        """Return which file is wanted."""
        return next(kind for kind, made in self._kinds.items() if made.isChecked())

    @property
    def path(self) -> Path:
        """Return where it is to be written."""
        return Path(self._path.text().strip()).expanduser()

    def missing(self) -> str:
        """Return what keeps the file from being written now."""
        if not self._path.text().strip():
            return tr("Type where the file is to be written.")
        if self.path.exists() and self._asked != self.path:
            self._asked = self.path
            return tr("There is a file of this name. Press Enter again to write over it.")
        return ""

    def _suggest(self) -> None:
        name = "".join(letter if letter.isalnum() else "-" for letter in self._project)
        self._path.setText(str(Path.home() / f"{name}-{ENDINGS[self.kind]}"))
