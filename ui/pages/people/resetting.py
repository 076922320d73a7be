"""A new passphrase for somebody who forgot hers; with two officers' parts her drafts come back."""

from pathlib import Path

from PySide6.QtWidgets import QWidget

from ui.i18n import tr
from ui.pages.people.boxes import label, line_box, wrapped
from ui.pages.people.presenter import Listed
from ui.shell.sign_in import PassphraseBox
from ui.widgets.overlay import Overlay
from ui.widgets.parts import line, row, text
from ui.widgets.ticks import Tick


class NewPassphrase(Overlay):
    """The keyboard is handed over for the new passphrase; then, if they are there, the officers' parts."""

    def __init__(self, over: QWidget, person: Listed) -> None:
        title = tr("New passphrase for {person}", person=person.code)
        super().__init__(over, title, tr("Make new keys"), 640)
        self.passphrase, self._again = PassphraseBox(), PassphraseBox()
        self.passphrase.setAccessibleName(tr("New passphrase"))
        self._again.setAccessibleName(tr("New passphrase again"))
        self._absent = Tick(tr("She is not here: I set it, and it is marked so until she changes it"))
        self._parts = (line_box(tr("Recovery part of one officer")), line_box(tr("Recovery part of another")))
        self._build()
        self.begin(self.passphrase)

    def _build(self) -> None:
        self.body.addWidget(
            text(tr("Hand the keyboard over: she types her new passphrase, twice."), "card-title")
        )
        for name, phrase in ((tr("New passphrase"), self.passphrase), (tr("Once more"), self._again)):
            self.body.addLayout(row(label(name), phrase, spacing=10))
        self.body.addWidget(self._absent)
        self.body.addWidget(text(tr("At least 8 characters; longer is better. Ctrl+E shows it."), "small"))
        self.body.addWidget(line())
        self.body.addWidget(text(tr("Recovery parts of two officers, if they are here"), "card-title"))
        for name, part in zip((tr("File of one officer"), tr("File of another")), self._parts, strict=True):
            self.body.addLayout(row(label(name), part, spacing=10))
        words = tr(
            "With both, on the workstation where she worked, what she had not sent is sent first and her "
            "drafts come back. Without them that is kept aside there, and she goes on with new keys."
        )
        self.body.addWidget(wrapped(words, "small"))

    @property
    def by_herself(self) -> bool:
        """Say whether she typed the passphrase herself."""
        return not self._absent.isChecked()

    @property
    def parts(self) -> tuple[Path, Path] | None:
        """Return the files of two officers' parts; None when none are named."""
        one, other = (part.text().strip() for part in self._parts)
        return (Path(one).expanduser(), Path(other).expanduser()) if one and other else None

    def missing(self) -> str:
        """Return what is still to be filled in."""
        if not self.passphrase.text():
            return tr("Hand the keyboard over for her passphrase.")
        if self.passphrase.text() != self._again.text():
            return tr("The two passphrases differ. Type them again.")
        named = sum(bool(part.text().strip()) for part in self._parts)
        return tr("Name the parts of two officers, or none.") if named == 1 else ""

    def leave(self) -> None:
        for phrase in (self.passphrase, self._again):
            phrase.wipe()
        super().leave()
