"""The tool bar over the page, and the keys of the image (ui.md, section 8).

The keys act wherever the focus is inside the widget they are put on; a text box inside it has to let go
of those that its platform binds (Ctrl+K). In a narrow pane only the page, F2 and the state are shown: the
keys are the same.
"""

from collections.abc import Callable
from dataclasses import dataclass

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QKeySequence, QPainter, QPaintEvent, QResizeEvent, QShortcut
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLayout, QToolButton, QWidget

from ui.assets import icon
from ui.i18n import tr
from ui.theme import MONO, theme
from ui.widgets.canvas_geometry import Fit
from ui.widgets.document_canvas import DocumentCanvas
from ui.widgets.parts import key_cap, picture, text

TOOL_BAR = 40
NARROW = 600
LEAST_WIDTH = 260
CAP_WIDTH = 32


@dataclass(frozen=True, slots=True)
class Tool:
    """One thing to do with the page: its keys, what it is called, and its place in the bar, if any."""

    keys: tuple[str, ...]
    words: str
    act: Callable[[], object]
    icon: str = ""
    cap: str = ""


def tools_of(canvas: DocumentCanvas) -> tuple[Tool, ...]:
    """Return what can be done with the page on a canvas; moving and page before/after apart."""
    return (
        Tool(("F2",), tr("Zone or page"), canvas.zone_or_page, "zone", "F2"),
        Tool(("Ctrl+1",), tr("Fit width"), canvas.fit_width, "fit-width", "1"),
        Tool(("Ctrl+2",), tr("Fit zone"), canvas.fit_zone),
        Tool(("Ctrl+3",), tr("Whole page"), canvas.fit_page),
        Tool(("Ctrl+4",), tr("100 %"), canvas.full_size),
        Tool(("Ctrl++", "Ctrl+="), tr("Zoom in"), canvas.zoom_in, "plus", "+"),
        Tool(("Ctrl+-",), tr("Zoom out"), canvas.zoom_out, "minus", "−"),  # noqa: RUF001 - as on the key
        Tool(("Ctrl+[",), tr("Rotate left"), canvas.rotate_left),
        Tool(("Ctrl+]",), tr("Rotate right"), canvas.rotate_right, "rotate", "]"),
        Tool(("Ctrl+I",), tr("Invert"), canvas.invert, "contrast", "I"),
        Tool(("Ctrl+K",), tr("Contrast"), canvas.contrast, "sliders", "K"),
        Tool(("Ctrl+0",), tr("All image changes back"), canvas.reset),
        Tool(("Alt+Left",), tr("Look left"), lambda: canvas.move_by(-1, 0)),
        Tool(("Alt+Right",), tr("Look right"), lambda: canvas.move_by(1, 0)),
        Tool(("Alt+Up",), tr("Look up"), lambda: canvas.move_by(0, -1)),
        Tool(("Alt+Down",), tr("Look down"), lambda: canvas.move_by(0, 1)),
    )


class ImageTools(QWidget):
    """Tools of the page on a canvas; their keys are put on `keys_on`."""

    page_wanted = Signal(int)
    """Another page of this document, from 1."""

    def __init__(self, canvas: DocumentCanvas, keys_on: QWidget) -> None:
        super().__init__()
        self.setFixedHeight(TOOL_BAR)
        self._canvas, self._page, self._pages = canvas, 1, 1
        self._words, self._state = text("", "body2"), text("", "body2")
        self._changed = _mark()
        self._wide: list[QWidget] = []
        self._narrow: list[QWidget] = [key_cap("F2"), text(tr("Zone / page"), "body2")]
        tools = tools_of(canvas)
        self._lay_out(tools)
        for tool in (*tools, *self._paging()):
            _put_keys(tool, keys_on)
        canvas.view_changed.connect(self._say_state)
        self.show_pages(1, 1)
        self._say_state()

    def show_pages(self, number: int, count: int) -> None:
        """Say which page of how many is shown."""
        self._page, self._pages = number, count
        self._words.setText(tr("Page {page} of {pages}", page=number, pages=count))

    def minimumSizeHint(self) -> QSize:
        """Let the pane be as narrow as it likes: the bar then shows less."""
        return QSize(LEAST_WIDTH, TOOL_BAR)

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.fillRect(self.rect(), theme().colour("side"))
        painter.fillRect(0, self.height() - 1, self.width(), 1, theme().colour("hairline"))

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._say_state()

    def _paging(self) -> tuple[Tool, ...]:
        return (
            Tool(("PgUp",), tr("Page before"), lambda: self._want(self._page - 1)),
            Tool(("PgDown",), tr("Page after"), lambda: self._want(self._page + 1)),
        )

    def _want(self, number: int) -> None:
        if 1 <= number <= self._pages:
            self.page_wanted.emit(number)

    def _lay_out(self, tools: tuple[Tool, ...]) -> None:
        layout = QHBoxLayout(self)
        layout.setSizeConstraint(QLayout.SizeConstraint.SetNoConstraint)
        layout.setContentsMargins(10, 0, 10, 0)
        layout.setSpacing(6)
        first, *others = [tool for tool in tools if tool.icon]
        self._wide = [_rule(), _button(first), _rule(), key_cap("Ctrl"), *(_button(tool) for tool in others)]
        middle = Qt.AlignmentFlag.AlignVCenter
        for part in (self._words, *self._wide):
            layout.addWidget(part, 0, middle)
        layout.addStretch(1)
        for part in (self._changed, self._state, *self._narrow):
            layout.addWidget(part, 0, middle)

    def _say_state(self) -> None:
        narrow, changed = self.width() < NARROW, self._canvas.is_changed
        for part in self._wide:
            part.setVisible(not narrow)
        for part in self._narrow:
            part.setVisible(narrow and not changed)
        self._changed.setVisible(changed)
        self._state.setVisible(not narrow)
        self._state.setText(_zoom_words(self._canvas))


def _zoom_words(canvas: DocumentCanvas) -> str:
    match canvas.view.fit:
        case Fit.WIDTH:
            return tr("Fit width")
        case Fit.ZONE:
            return tr("Fit zone")
        case Fit.PAGE:
            return tr("Whole page")
        case _:
            percent = round(100 * canvas.view.zoom * canvas.devicePixelRatioF())
            return tr("{percent} %", percent=percent)


def _mark() -> QWidget:
    """Say that the page is not seen as it was scanned, and how to go back."""
    mark = QWidget()
    layout = QHBoxLayout(mark)
    layout.setContentsMargins(0, 0, 4, 0)
    layout.setSpacing(6)
    for part in (picture("restore", "warn", 16), text(tr("View changed"), "warn"), key_cap("Ctrl 0")):
        layout.addWidget(part, 0, Qt.AlignmentFlag.AlignVCenter)
    mark.setAccessibleName(tr("The view of the page is changed"))
    return mark


def _rule() -> QFrame:
    rule = QFrame()
    rule.setFixedSize(1, 20)
    rule.setStyleSheet(f"background: {theme().tokens.hairline};")
    return rule


def _button(tool: Tool) -> QToolButton:
    """Return a tool for the mouse; the keyboard has its keys, so it takes no focus."""
    made = QToolButton()
    made.setIcon(icon(tool.icon, theme().tokens.text2, 16))
    made.setIconSize(QSize(16, 16))
    made.setText(tool.cap)
    made.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
    made.setStyleSheet(_look())
    made.setMinimumHeight(28)
    made.setFixedWidth(CAP_WIDTH + 8 * len(tool.cap))
    made.setFocusPolicy(Qt.FocusPolicy.NoFocus)
    made.setAccessibleName(tool.words)
    made.setToolTip(tr("{words} ({keys})", words=tool.words, keys=tool.keys[0]))
    made.clicked.connect(tool.act)
    return made


def _look() -> str:
    tokens = theme().tokens
    return (
        f'QToolButton {{ border: none; background: transparent; padding: 2px 4px; font-family: "{MONO}";'
        f" font-size: 12px; color: {tokens.text2}; }}"
        f" QToolButton:hover {{ background: {tokens.mark_tint}; border-radius: 6px; }}"
    )


def _put_keys(tool: Tool, keys_on: QWidget) -> None:
    for keys in tool.keys:
        shortcut = QShortcut(QKeySequence(keys), keys_on)
        shortcut.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
        shortcut.activated.connect(tool.act)
