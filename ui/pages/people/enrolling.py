"""Enrolling a workstation: where its bundle is written, and the words that are read aloud."""

from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QGridLayout, QWidget

from ui.i18n import tr
from ui.pages.people.boxes import line_box, wrapped
from ui.widgets.overlay import Overlay
from ui.widgets.parts import card, row, text

COLUMNS = 3


class Enrol(Overlay):
    """Asks where the bundle is to be written."""

    def __init__(self, over: QWidget) -> None:
        super().__init__(over, tr("Enrol a workstation"), tr("Write the bundle"), 600)
        self._path = line_box(tr("File"), str(Path.home() / "boapp-bundle.json"))
        words = tr(
            "The bundle tells another workstation where this workspace is and by what it is known. It holds "
            "the site secret: hand it over in person, and delete it when the workstation is enrolled."
        )
        for part in (wrapped(words), text(tr("File"), "label"), self._path):
            self.body.addWidget(part)
        self.begin(self._path)

    @property
    def path(self) -> Path:
        """Return where it is to be written."""
        return Path(self._path.text().strip()).expanduser()

    def missing(self) -> str:
        """Return what keeps it from being written."""
        return "" if self._path.text().strip() else tr("Type where the file is to be written.")


class TwelveWords(Overlay):
    """Shows the words of a bundle, large, in the order in which they are read."""

    def __init__(self, over: QWidget, path: Path, words: str) -> None:
        super().__init__(over, tr("Read these words aloud"), tr("Done"), 700)
        self.other.hide()
        written = tr("Written: {path}", path=path)
        there = tr("On the other workstation: boapp enrol FILE")
        frame, inside = card()
        grid = QGridLayout()
        grid.setHorizontalSpacing(24)
        grid.setVerticalSpacing(12)
        for number, word in enumerate(words.split()):
            shown, count = text(word, "aloud"), text(str(number + 1), "small")
            count.setFixedWidth(18)
            count.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
            grid.addLayout(row(count, shown, None, spacing=10), *divmod(number, COLUMNS))
        inside.addLayout(grid)
        self.confirm.setAccessibleDescription(tr("Twelve words: {words}", words=words))
        compare = tr(
            "Whoever sits there sees twelve words too: they must be these, in this order. If one differs she "
            "enrols nothing, and you make another bundle. Delete the file afterwards."
        )
        for part in (wrapped(written), wrapped(there), frame, wrapped(compare)):
            self.body.addWidget(part)
        self.done.connect(self.leave)
        self.begin(self.confirm)
