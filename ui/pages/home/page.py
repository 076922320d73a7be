"""Home: one big card with the next piece of work, lanes 1, 2 and 3, and the batches."""

from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QProgressBar, QWidget

from boapp.errors import Refusal, Unavailable
from boapp.sync.watch import Report
from ui.i18n import tr, tr_n
from ui.pages.home.passphrase import ChangePassphrase
from ui.pages.home.presenter import (
    LANES,
    Home,
    Line,
    State,
    fits,
    lane_words,
    lines_words,
    nothing_waits_words,
    read,
    read_here,
    state_words,
    waits_words,
)
from ui.session import Session
from ui.shell.page import DeskPage
from ui.way_words import banner_kind, banner_words, is_away
from ui.widgets.chips import Chip
from ui.widgets.listing import Search, listing
from ui.widgets.overlay import Overlay
from ui.widgets.parts import button, card, clear, column, key_cap, picture, row, text
from ui.widgets.tables import Cell, Column, RowTable

KEYS = dict(zip("123", LANES, strict=True))
LOOKS = {
    "first": ("keyboard", "accent"),
    "second": ("eye-off", "second"),
    "resolve": ("unequal", "resolve"),
    "": ("report", "text2"),
}
STATES = {
    State.STARTED: ("now", "accent"),
    State.FREE: ("", "text"),
    State.WAITS: ("waiting", "text3"),
    State.HELD: ("lock", "text3"),
    State.HERS: ("eye-off", "text3"),
    State.DONE: ("check", "ok"),
    State.SEALED: ("saved", "text3"),
}
PATIENCE_MS = 1_000
"""When the server has not answered by then, what is on this computer is shown meanwhile."""


class HomePage(DeskPage):
    """The first screen after signing in."""

    def __init__(self, session: Session) -> None:
        super().__init__(session, tr("Work"))
        self._home: Home | None = None
        self._shown: list[Line] = []
        self._overlay: Overlay | None = None
        self._asked, self._gone = 0, False
        session.post.reported.connect(self._heard)
        session.post.turned.connect(self._say_banner)
        self._next, self._inside = card("next")
        self._lanes = QHBoxLayout()
        self._lanes.setSpacing(12)
        self._count = text("", "small")
        self.table = RowTable(
            tr("Batches"),
            (
                Column(tr("Batch"), 120, 2),
                Column(tr("Project"), 110, 2),
                Column(tr("Form"), 110, 2),
                Column(tr("Work"), 160, 1),
                Column(tr("Progress"), 200, 2),
                Column(tr("State"), 220, 2),
            ),
        )
        self._search = Search(
            self.table, tr("Search batches"), tr("Batch, project, form, work or state"), 320
        )
        self._build()

    def _build(self) -> None:
        change = button(tr("Change my passphrase"), "P", icon_name="key")
        change.clicked.connect(self._change_passphrase)
        self.buttons.addWidget(change)
        self._search.textChanged.connect(self._show_lines)
        self.table.opened.connect(self._open)
        self.body.addWidget(self._next)
        self.body.addLayout(self._lanes)
        self.body.addWidget(self._batches(), 1)
        self.setFocusProxy(self.table)

    def _batches(self) -> QFrame:
        hints = (("/", tr("Search")), ("↑ ↓", tr("Choose")), ("Enter", tr("Open")))
        return listing(tr("Batches"), self._count, self._search, hints, self.table)

    def enter(self) -> None:
        """Read anew; what is on this computer stands in for the server as long as that does not answer."""
        session, ws = self.session, self.session.ws
        self._asked += 1
        asked = self._asked
        if session.post.away:
            self._read_here(asked)
            return
        if session.apart:
            QTimer.singleShot(PATIENCE_MS, self, lambda: self._read_here(asked))

        def arrived(home: Home) -> None:
            if asked == self._asked:
                self._asked += 1
                self._show(home)

        def refused(refusal: Refusal) -> None:
            if session.apart and isinstance(refusal, Unavailable):
                self._read_here(asked)
            elif asked == self._asked:
                self.refused(refusal)

        session.operations.run(lambda: read(ws), arrived, refused)

    def _read_here(self, asked: int) -> None:
        """Show what is on this computer, unless more has come since it was asked for."""
        near = self.session.near

        def arrived(home: Home) -> None:
            if asked == self._asked:
                self._show(home)

        if asked == self._asked:
            self.session.operations.run(lambda: read_here(near), arrived, self.refused, near=True)

    def _heard(self, report: Report) -> None:
        """Read anew where documents came, were sent or were taken back."""
        if report.changed and not self._gone:
            self.enter()

    def leave(self) -> bool:
        """Hear nothing any more of what was asked."""
        self._asked, self._gone = self._asked + 1, True
        return True

    # --- showing ------------------------------------------------------------------------------

    def _show(self, home: Home) -> None:
        self._home = home
        self.words.setText(self._summary(home))
        self._show_next(home)
        clear(self._lanes)
        for key, name in KEYS.items():
            self._lanes.addWidget(self._lane(home, key, name))
        self._show_lines()
        self._say_banner()

    def _say_banner(self) -> None:
        """Say why only what is on this computer is shown; else what is to be known after signing in."""
        home, light = self._home, self.session.post.light
        if home is None:
            return
        if is_away(light):
            self.banner.say(banner_words(light), banner_kind(light))
        elif home.here:
            self.banner.say(tr("Looking for the server… Meanwhile this is what is on this computer."), "info")
        elif self.session.troubles:
            self.banner.say("\n".join(self.session.troubles), "err")
        elif home.set_by_administrator:
            self.banner.say(
                tr("An administrator set your passphrase. Press P to choose one of your own."), "warn"
            )
        else:
            self.banner.say("")

    def _summary(self, home: Home) -> str:
        if home.unsent:
            return tr_n("{n} message waits to be sent", "{n} messages wait to be sent", home.unsent)
        return tr("Everything you keyed is saved and sent")

    def _show_next(self, home: Home) -> None:
        clear(self._inside)
        if home.next is None:
            self._show_nothing(home)
            return
        line = home.next
        icon, hue = LOOKS[line.lane]
        name = tr("{batch} · {project}", batch=line.batch, project=line.project)
        words = tr("Start resolving") if line.lane == "resolve" else tr("Start keying")
        start = button(words, "Enter", "primary", "now")
        start.clicked.connect(lambda: self.go.emit(line.lane))
        chips = row(
            Chip(lane_words(line.lane), hue, icon), text(waits_words(line.lane, line.waits), "body2"), None
        )
        left = column(text(tr("Next for you"), "label"), text(name, "title"), chips, 2, row(start, None))
        self._inside.addLayout(row(left, None, self._progress(line), spacing=24))

    def _progress(self, line: Line) -> QWidget:
        side = QWidget()
        side.setFixedWidth(232)
        bar = QProgressBar()
        bar.setTextVisible(False)
        bar.setMaximum(max(line.total, 1))
        bar.setValue(line.done)
        bar.setAccessibleName(tr("{done} of {total} documents done", done=line.done, total=line.total))
        done = tr_n("{n} done", "{n} done", line.done)
        left = tr_n("{n} left", "{n} left", line.total - line.done)
        inside = column(bar, row(text(done, "small"), None, text(left, "small")), spacing=6)
        if line.state is State.STARTED:
            inside.addWidget(text(tr("You have started here. Nothing was lost."), "small"))
        inside.addStretch(1)
        inside.setContentsMargins(0, 6, 0, 0)
        side.setLayout(inside)
        return side

    def _show_nothing(self, home: Home) -> None:
        words = tr("No work waits for you. New work appears here as soon as there is some.")
        title, icon = tr("No work waiting"), ("check", "ok")
        if home.here:
            words = tr("Documents come by themselves when the server can be reached again.")
            title, icon = tr("No documents are on this computer"), ("offline", "warn")
        again = row(key_cap("F5"), text(tr("Look again"), "small"), None, spacing=6)
        both = column(text(title, "title"), text(words, "body2"), again, spacing=6)
        self._inside.addLayout(row(picture(*icon, 28), both, None, spacing=14))

    def _lane(self, home: Home, key: str, name: str) -> QFrame:
        lane, (icon, hue) = home.lanes[name], LOOKS[name]
        frame, inside = card()
        inside.setContentsMargins(14, 10, 14, 10)
        if lane.may:
            batches = tr_n("in {n} batch", "in {n} batches", lane.batches)
            words = (
                tr("{waits} · {batches}", waits=waits_words(name, lane.waits), batches=batches)
                if lane.waits
                else nothing_waits_words(name, here=home.here)
            )
        else:
            words = tr("Not in your role. Ask your administrator.")
        mark = column(key_cap(key) if lane.may else picture("lock", "text3", 16), None)
        title = text(lane_words(name), "card-title" if lane.may else "label")
        both = column(title, text(words, "small"), spacing=2)
        inside.addLayout(row(picture(icon, hue if lane.may else "text3", 24), both, None, mark, spacing=12))
        return frame

    def _show_lines(self) -> None:
        home = self._home
        if home is None:
            return
        before = self._shown[self.table.row] if 0 <= self.table.row < len(self._shown) else None
        self._shown = [line for line in home.lines if fits(line, self._search.text())]
        self._count.setText(
            lines_words(len(self._shown), here=home.here)
            if self._shown
            else tr("Nothing fits this search. Esc clears it.")
            if home.lines
            else tr("No batch yet")
        )
        places = [(line.project, line.batch, line.lane) for line in self._shown]
        same = (before.project, before.batch, before.lane) if before else None
        at = places.index(same) if same in places else 0
        self.table.show_rows([self._cells(line) for line in self._shown], at)

    def _cells(self, line: Line) -> list[Cell]:
        icon, hue = LOOKS[line.lane]
        state_icon, state_hue = STATES[line.state]
        shares = tr("{done}/{total}", done=line.done, total=line.total)
        return [
            Cell(line.batch, mono=True, bold=line.can_start),
            Cell(line.project),
            Cell(line.form, "text2"),
            Cell(lane_words(line.lane), hue, icon=icon),
            Cell(shares, hue if line.lane else "mark", share=line.done / max(line.total, 1)),
            Cell(state_words(line), state_hue, icon=state_icon, bold=line.state is State.STARTED),
        ]

    # --- keys ---------------------------------------------------------------------------------

    def _open(self, place: int) -> None:
        line = self._shown[place]
        if line.can_start:
            self.go.emit(line.lane)
        else:
            self.banner.say(tr("{state}. Choose another line.", state=state_words(line)), "info")

    def _change_passphrase(self) -> None:
        self._overlay = ChangePassphrase(self, self.session)
        self._overlay.closed.connect(self._forget_overlay)
        self._overlay.changed.connect(self._passphrase_changed)

    def _forget_overlay(self) -> None:
        self._overlay = None

    def _passphrase_changed(self) -> None:
        self.banner.say(tr("Your passphrase is changed."), "ok")

    def keyPressEvent(self, event: QKeyEvent) -> None:
        lane, home, key = KEYS.get(event.text()), self._home, event.key()
        if lane and home and home.lanes[lane].may:
            self.go.emit(lane)
        elif event.text() == "/":
            self._search.show_up()
        elif event.text().lower() == "p":
            self._change_passphrase()
        elif key == Qt.Key.Key_Escape:
            self._search.put_away()
        elif key in {Qt.Key.Key_Return, Qt.Key.Key_Enter} and home and home.next:
            self.go.emit(home.next.lane)
        elif key == Qt.Key.Key_F5:
            self.again()
        else:
            super().keyPressEvent(event)
