"""Changing one's own passphrase: the old one, and the new one twice."""

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from ui.i18n import tr
from ui.operations import Changes
from ui.session import Session
from ui.shell.sign_in import PassphraseBox
from ui.widgets.overlay import Overlay
from ui.widgets.parts import text


class ChangePassphrase(Overlay):
    """Asks for the old passphrase once more, so that nobody changes it at a desk that was left open."""

    changed = Signal()

    def __init__(self, over: QWidget, session: Session) -> None:
        super().__init__(over, tr("Change my passphrase"), tr("Change it"), width=460)
        self._session = session
        names = (tr("Passphrase until now"), tr("New passphrase"), tr("New passphrase again"))
        self._boxes = [PassphraseBox() for _ in names]
        for name, box in zip(names, self._boxes, strict=True):
            box.setAccessibleName(name)
            self.body.addWidget(text(name, "label"))
            self.body.addWidget(box)
        self.body.addWidget(text(tr("At least 8 characters; longer is better. Ctrl+E shows it."), "small"))
        self.done.connect(self._change)
        self.begin(self._boxes[0])

    def missing(self) -> str:
        """Return what is still wrong with the three boxes."""
        old, new, again = (box.text() for box in self._boxes)
        if not old or not new:
            return tr("Fill in all three.")
        return "" if new == again else tr("The two new ones differ. Type them again.")

    def _change(self) -> None:
        ws, (old, new, _) = self._session.ws, [box.text() for box in self._boxes]

        def verb() -> None:
            from boapp.services.people import change_typed_passphrase

            change_typed_passphrase(ws, old, new)

        self._session.operations.run(verb, self._changed, self.refused, Changes.PEOPLE)

    def _changed(self, _nothing: None) -> None:
        self.leave()
        self.changed.emit()

    def leave(self) -> None:
        for box in self._boxes:
            box.wipe()
        super().leave()
