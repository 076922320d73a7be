"""The box in which values are typed, and the frame with its focus ring. It holds one value and no past.

Hardened: no completer, no learning input method, no context menu, nothing dragged or dropped, the mouse
only moves the cursor (so nothing reaches or comes from the primary selection), values are never copied,
and the undo stack ends with the field. What a key means is decided by whoever hooks in; while an input
method composes, all keys are its own.
"""

from collections.abc import Callable

from PySide6.QtCore import QEvent, QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QClipboard,
    QFocusEvent,
    QFont,
    QGuiApplication,
    QInputMethodEvent,
    QKeyEvent,
    QKeySequence,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QResizeEvent,
    QShowEvent,
)
from PySide6.QtWidgets import QLineEdit, QWidget

from ui.theme import SANS, SMALL, TITLE, theme

UNSURE = "\u25a2"
"""Stands for one character that cannot be read."""
HEIGHT = 54
RING, GAP = 2.5, 2.0
LONGEST = 4_000
TEXT_LEFT, INSIDE = 14, 6
"""Where typed text begins, which is where the snippet's zone begins; and where the box itself begins."""
_OWN_MARGIN = 2

MIDDLE = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
_TYPING = Qt.KeyboardModifier.ShiftModifier | Qt.KeyboardModifier.KeypadModifier
_NONE = Qt.KeyboardModifier.NoModifier
_COPIES = (QKeySequence.StandardKey.Copy, QKeySequence.StandardKey.Cut)


def types(event: QKeyEvent) -> bool:
    """Say whether a key types a character, as against being a command or a shortcut."""
    return event.modifiers() & ~_TYPING == _NONE and event.text().isprintable() and event.text() != ""


class EntryBox(QLineEdit):
    """One line of text, typed."""

    focused = Signal()
    """The focus came or went."""

    def __init__(self, *, may_paste: bool) -> None:
        super().__init__()
        self._may_paste = may_paste
        self._composing = False
        self.mark = ""
        self._mark_font = QFont(SANS)
        self._mark_font.setPixelSize(TITLE)
        self._on_key: Callable[[QKeyEvent], bool] = lambda _event: False
        self.setProperty("role", "entry")
        self.setStyleSheet(f"padding-left: {TEXT_LEFT - INSIDE - _OWN_MARGIN}px;")
        self.setMaxLength(LONGEST)
        self.setInputMethodHints(
            Qt.InputMethodHint.ImhSensitiveData
            | Qt.InputMethodHint.ImhNoPredictiveText
            | Qt.InputMethodHint.ImhNoAutoUppercase
        )
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.PreventContextMenu)
        self.setAcceptDrops(False)
        self.setDragEnabled(False)
        self.setCompleter(None)  # type: ignore[arg-type]  # Qt takes no completer, its stub does not say so

    def hook(self, on_key: Callable[[QKeyEvent], bool]) -> None:
        """Ask this about each key first; True means that it was a command."""
        self._on_key = on_key

    def show_text(self, words: str, position: int | None = None) -> None:
        """Show a field's text, the cursor behind it or at a position; the undo stack is empty afterwards."""
        self.setText(words)
        self.setCursorPosition(len(words) if position is None else min(position, len(words)))

    def show_mark(self, words: str) -> None:
        """Show in place of a value how the field is marked, as blank on the page; empty words end it."""
        if words != self.mark:
            self.mark = words
            self.update()

    # --- keys ---------------------------------------------------------------------------------

    def event(self, event: QEvent) -> bool:
        if isinstance(event, QKeyEvent) and event.type() is QEvent.Type.ShortcutOverride:
            event.setAccepted(self._composing or types(event))
            return event.isAccepted()
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if self._composing or not (self._on_key(event) or self._refused(event)):
            super().keyPressEvent(event)

    def _refused(self, event: QKeyEvent) -> bool:
        if types(event):
            return False
        pastes = event.matches(QKeySequence.StandardKey.Paste)
        return any(event.matches(keys) for keys in _COPIES) or (pastes and not self._may_paste)

    def inputMethodEvent(self, event: QInputMethodEvent) -> None:
        self._composing = bool(event.preeditString())
        super().inputMethodEvent(event)

    def focusNextPrevChild(self, _next: bool) -> bool:  # noqa: FBT001 - Qt's signature
        """Let Tab be a key of ours."""
        return False

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._cover()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        self._cover()

    def _cover(self) -> None:
        """Say again that nothing behind the box is seen, which style sheets undo: the frame rests then."""
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.fillRect(event.rect(), theme().colour("panel"))
        if self.mark and not self.text():
            painter.setFont(self._mark_font)
            painter.setPen(theme().colour("text2"))
            painter.drawText(self.rect().adjusted(TEXT_LEFT - INSIDE + 6, 0, 0, 0), MIDDLE, self.mark)
        painter.end()
        super().paintEvent(event)

    # --- mouse --------------------------------------------------------------------------------

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() is Qt.MouseButton.LeftButton:
            self.setFocus(Qt.FocusReason.MouseFocusReason)
            self.setCursorPosition(self.cursorPositionAt(event.position().toPoint()))
        event.accept()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        event.accept()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        event.accept()

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        event.accept()

    # --- focus --------------------------------------------------------------------------------

    def focusInEvent(self, event: QFocusEvent) -> None:
        place = self.cursorPosition()
        super().focusInEvent(event)
        self.deselect()
        self.setCursorPosition(place)
        self.focused.emit()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self._composing = False
        self.focused.emit()


class EntryFrame(QWidget):
    """The box with its ring and, inside at the right, the unit or a hint."""

    def __init__(self, box: EntryBox, token: str) -> None:
        super().__init__()
        self.setFixedHeight(HEIGHT)
        self.box = box
        box.setParent(self)
        box.focused.connect(self.update)
        self._token, self._edge, self._hint = token, "edge", ""
        self._font = QFont(SANS)
        self._font.setPixelSize(SMALL)
        self.setFocusProxy(box)

    def sizeHint(self) -> QSize:
        return QSize(320, HEIGHT)

    def show_edge(self, token: str) -> None:
        """Give the inner edge a colour: edge, warn or err."""
        if token != self._edge:
            self._edge = token
            self.update()

    def show_mark(self, words: str) -> None:
        """Show how the field is marked; see `EntryBox.show_mark`."""
        self.box.show_mark(words)

    def show_hint(self, words: str) -> None:
        """Show a unit or hint at the right."""
        if words == self._hint:
            return
        anew = len(words) != len(self._hint)
        self._hint = words
        if anew:
            self._place_box()
        self.update(self._hint_place())

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._place_box()

    def _inner(self) -> QRect:
        inset = round(RING + GAP)
        return self.rect().adjusted(inset, inset, -inset, -inset)

    def _hint_place(self) -> QRect:
        self.ensurePolished()
        wide = self.fontMetrics().horizontalAdvance(self._hint) + 12 if self._hint else 0
        inner = self._inner()
        return QRect(inner.right() - wide - 12, inner.top(), wide, inner.height())

    def _place_box(self) -> None:
        inner = self._inner()
        left, right = INSIDE, self._hint_place().left() - 2
        self.box.setGeometry(left, inner.top() + 2, min(right, inner.right() - 8) - left, inner.height() - 4)

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        inner = QRectF(self._inner()).adjusted(0.5, 0.5, -0.5, -0.5)
        edge = 1.5 if self._edge != "edge" else 1.0
        painter.setPen(QPen(theme().colour(self._edge), edge))
        painter.setBrush(theme().colour("panel"))
        painter.drawRoundedRect(inner, 6, 6)
        if self.box.hasFocus():
            self._paint_ring(painter)
        if self._hint:
            painter.setFont(self._font)
            painter.setPen(theme().colour("text3"))
            end = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
            painter.drawText(self._hint_place(), end, self._hint)

    def _paint_ring(self, painter: QPainter) -> None:
        half = RING / 2
        painter.setPen(QPen(theme().colour(self._token), RING))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(half, half, -half, -half), 9, 9)


def empty_clipboard(*, of_anybody: bool) -> None:
    """Empty the clipboards: of what this process put there, or of anybody's text.

    Another sign-in is another process, so in a blind pass nobody can tell whose text it is.
    """
    clipboard = QGuiApplication.clipboard()
    if of_anybody or clipboard.ownsClipboard():
        clipboard.clear(QClipboard.Mode.Clipboard)
    if clipboard.supportsSelection() and (of_anybody or clipboard.ownsSelection()):
        clipboard.clear(QClipboard.Mode.Selection)
