"""The navigation beside desk screens: the areas that this person has, and who she is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QPushButton, QVBoxLayout, QWidget

from ui.assets import icon
from ui.i18n import tr
from ui.theme import theme
from ui.widgets.parts import button, line, picture, row, text

if TYPE_CHECKING:
    from ui.shell.sync_light import SyncLight

WIDE, NARROW, WIDE_FROM = 214, 60, 1400


@dataclass(frozen=True, slots=True)
class Area:
    """One entry of the navigation."""

    name: str
    words: str
    icon: str


class Rail(QWidget):
    """Areas with Alt+1, Alt+2, …; icons alone in a narrow window, their names spoken."""

    chosen = Signal(str)
    lock = Signal()
    sign_out = Signal()

    def __init__(self, areas: Sequence[Area], who: tuple[str, str], light: SyncLight) -> None:
        """Make it; who: code and role."""
        super().__init__()
        self.setProperty("role", "side")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self._areas = list(areas)
        self._buttons: list[QPushButton] = [self._button(n, area) for n, area in enumerate(areas, 1)]
        self._name = text("boapp", "dialog-title")
        self._who, self._role = text(who[0], "card-title"), text(who[1], "small")
        self._lock = button(tr("Lock"), "", "nav", "lock")
        self._out = button(tr("Sign out"), "", "nav", "sign-out")
        self._lock.clicked.connect(self.lock)
        self._out.clicked.connect(self.sign_out)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(10, 12, 10, 12)
        layout.setSpacing(4)
        layout.addLayout(row(4, picture("logo", "accent", 24), self._name, None))
        layout.addSpacing(10)
        for made in self._buttons:
            layout.addWidget(made)
        layout.addStretch(1)
        self._light = light
        for part in (self._light, line(), self._who, self._role, self._lock, self._out):
            layout.addWidget(part)

    def _button(self, number: int, area: Area) -> QPushButton:
        made = QPushButton()
        made.setProperty("role", "nav")
        made.setCheckable(True)
        made.setIconSize(QSize(18, 18))
        # A shortcut of the button itself would go with its text, and act 100 ms late.
        QShortcut(QKeySequence(f"Alt+{number}"), self, lambda: self.chosen.emit(area.name))
        made.setAccessibleName(area.words)
        made.setToolTip(tr("{area}  (Alt {number})", area=area.words, number=number))
        made.clicked.connect(lambda: self.chosen.emit(area.name))
        return made

    def show_current(self, name: str) -> None:
        """Mark the area that is open."""
        for area, made in zip(self._areas, self._buttons, strict=True):
            made.setChecked(area.name == name)
            token = "accent" if area.name == name else "text2"
            made.setIcon(icon(area.icon, getattr(theme().tokens, token)))

    def fit(self, window_width: int) -> None:
        """Show names or icons alone."""
        wide = window_width >= WIDE_FROM
        self.setFixedWidth(WIDE if wide else NARROW)
        for part in (self._name, self._role):
            part.setVisible(wide)
        self._light.fit(wide=wide)
        for number, (area, made) in enumerate(zip(self._areas, self._buttons, strict=True), 1):
            made.setText(tr("{area}    Alt {number}", area=area.words, number=number) if wide else "")
        for made, words in ((self._lock, tr("Lock    Ctrl L")), (self._out, tr("Sign out    Ctrl Q"))):
            made.setText(words if wide else "")
