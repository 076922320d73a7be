"""Opening layers over the form and closing them; one at a time, and the entry box has the focus after it."""

from collections.abc import Callable

from PySide6.QtCore import QRect, QTimer, Signal
from PySide6.QtWidgets import QWidget

from boapp.domain.values import Value
from ui.i18n import tr
from ui.pages.keying.editor import Editor
from ui.pages.keying.keys import PAD, Command, help_groups, pad_words
from ui.pages.keying.layers import LookUp, Note, Question, Rest
from ui.pages.keying.screen import Screen
from ui.widgets.key_help import KeyHelp, Layer, MarksPad


class Overlays(QWidget):
    """The layers of one keying screen. It is a widget only to have signals and a parent; it shows nothing."""

    opened = Signal()

    def __init__(self, view: Screen, editor: Editor, *, second: bool, far: bool = False) -> None:
        """Make it; far: whether there is a server to be tried."""
        super().__init__(view)
        self.hide()
        self._view, self._editor, self._second, self._far = view, editor, second, far
        self._layer: Layer | None = None

    @property
    def layer(self) -> Layer | None:
        """Return the layer that is open."""
        return self._layer

    def close_any(self) -> None:
        """Close what is open, without a word."""
        layer, self._layer = self._layer, None
        if layer is not None:
            layer.hide()
            layer.deleteLater()

    def help(self) -> None:
        """Show the field's help and the key list."""
        field = self._editor.work.slot.field
        words = help_groups(second=self._second, far=self._far)
        self._open(KeyHelp(self._view, field.label, field.help, words), whole=True)

    def pad(self, do: Callable[[Command], None]) -> None:
        """Show the pad of marks over the field list."""
        pad = MarksPad(self._view, pad_words(second=self._second))
        pad.chosen.connect(lambda keys: QTimer.singleShot(0, lambda: do(PAD[keys])))
        self._open(pad)

    def note(self) -> None:
        """Ask for a note on the field."""
        if self._editor.notable():
            entry = self._editor.work.entry
            note = Note(self._view, self._editor.work.slot.field.label, entry.note if entry else "")
            note.kept.connect(self._editor.note)
            self._open(note)

    def look_up(self) -> None:
        """Show the field's choices, or special characters."""
        field = self._editor.work.slot.field
        layer = LookUp(self._view, field.choices, self._view.dock.box.text())
        if field.choices:
            layer.taken.connect(lambda code: self._editor.take(Value.keyed(code)))
        else:
            layer.taken.connect(self._editor.insert)
        self._open(layer)

    def rest(self) -> None:
        """Show the pause."""
        self._open(Rest(self._view), whole=True)

    def problem(self, hand_back: Callable[[], None]) -> None:
        """Ask whether the document goes back to the queue."""
        words = tr(
            "The document goes back to the queue for somebody else. What you keyed in it is dropped. "
            "Tell your supervisor what is wrong with it."
        )
        question = Question(self._view, tr("Hand this document back?"), words, tr("Hand back"))
        question.agreed.connect(hand_back)
        self._open(question)

    def _open(self, layer: Layer, *, whole: bool = False) -> None:
        self.close_any()
        self._layer = layer
        layer.closed.connect(lambda: self._closed(layer))
        layer.setGeometry(self._middle(layer) if whole else self._over_list(layer))
        layer.open()
        self.opened.emit()

    def _closed(self, layer: Layer) -> None:
        if self._layer is layer:
            self._layer = None
        layer.deleteLater()
        self._view.dock.box.setFocus()

    def _over_list(self, layer: Layer) -> QRect:
        """Return where the list is, and so much below it as the layer needs more."""
        fields = self._view.fields
        place = fields.rect()
        place.moveTopLeft(fields.mapTo(self._view, place.topLeft()))
        place.adjust(12, 8, -12, -8)
        place.setHeight(max(place.height(), layer.sizeHint().height()))
        return place

    def _middle(self, layer: Layer) -> QRect:
        place = QRect(self._view.rect())
        place.setSize(layer.sizeHint().boundedTo(self._view.size()))
        place.moveCenter(self._view.rect().center())
        return place
