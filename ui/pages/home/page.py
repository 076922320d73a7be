"""Home: one big card with the next piece of work, lanes 1, 2 and 3, and the batches."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QHeaderView, QTableWidget, QTableWidgetItem

from ui.i18n import tr, tr_n
from ui.pages.home.presenter import Home, read
from ui.session import Session
from ui.shell.page import DeskPage
from ui.widgets.parts import button, card, clear, column, key_cap, picture, row, text

LANES = {"1": "first", "2": "second", "3": "resolve"}


class HomePage(DeskPage):
    """The first screen after signing in."""

    def __init__(self, session: Session) -> None:
        super().__init__(session, tr("Work"))
        self._home: Home | None = None
        self._next, self._inside = card("next")
        self._lanes = QHBoxLayout()
        self._lanes.setSpacing(12)
        self._table = QTableWidget(0, 6)
        self._prepare_table()
        self.body.addWidget(self._next)
        self.body.addLayout(self._lanes)
        self.body.addWidget(self._table, 1)

    def _prepare_table(self) -> None:
        heads = (
            tr("Project"),
            tr("Batch"),
            tr("First keying"),
            tr("Second keying"),
            tr("Settled"),
            tr("State"),
        )
        self._table.setHorizontalHeaderLabels(list(heads))
        self._table.setAccessibleName(tr("Batches"))
        self._table.verticalHeader().hide()
        self._table.setShowGrid(False)
        self._table.setEditTriggers(QTableWidget.EditTrigger.NoEditTriggers)
        self._table.setSelectionBehavior(QTableWidget.SelectionBehavior.SelectRows)
        self._table.horizontalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Stretch)
        self._table.horizontalHeader().setDefaultAlignment(Qt.AlignmentFlag.AlignLeft)

    def enter(self) -> None:
        ws = self.session.ws
        self.session.operations.run(lambda: read(ws), self._show, self.refused)

    def _show(self, home: Home) -> None:
        self._home = home
        self._show_next(home)
        self._show_lanes(home)
        self._show_lines(home)
        self.setFocus()

    def _show_next(self, home: Home) -> None:
        clear(self._inside)
        if not home.next:
            words = tr("No work waits for you. New work appears here as soon as there is some.")
            self._inside.addLayout(
                row(picture("check", "ok", 24), text(tr("No work waiting"), "title"), None)
            )
            self._inside.addWidget(text(words, "body2"))
            return
        title, count, words = {
            "first": (tr("First keying"), home.first, tr("Start keying")),
            "second": (tr("Second keying · blind"), home.second, tr("Start keying")),
            "resolve": (tr("Resolve mismatches"), home.mismatches, tr("Start resolving")),
        }[home.next]
        self._inside.addWidget(text(tr("Next for you"), "body2"))
        self._inside.addWidget(text(title, "title"))
        waiting = tr_n("{n} piece of work waits", "{n} pieces of work wait", count)
        self._inside.addWidget(text(waiting, "body2"))
        start = button(words, "Enter", "primary")
        start.clicked.connect(self._start)
        self._inside.addLayout(row(start, None))

    def _show_lanes(self, home: Home) -> None:
        clear(self._lanes)
        for key, name in LANES.items():
            self._lanes.addWidget(self._lane(home, key, name))

    def _lane(self, home: Home, key: str, name: str) -> QFrame:
        titles = {
            "first": (tr("First keying"), "keyboard", "accent", home.may_first, home.first),
            "second": (tr("Second keying"), "eye-off", "second", home.may_second, home.second),
            "resolve": (tr("Resolve mismatches"), "unequal", "resolve", home.may_resolve, home.mismatches),
        }
        title, icon_name, token, may, count = titles[name]
        words = (
            tr_n("{n} waits", "{n} wait", count) if may else tr("Not in your role. Ask your administrator.")
        )
        frame, inside = card()
        mark = key_cap(key) if may else picture("lock", "text3", 16)
        both = column(text(title, "card-title"), text(words, "small"), spacing=2)
        inside.addLayout(row(picture(icon_name, token if may else "text3", 24), both, None, mark, spacing=12))
        return frame

    def _show_lines(self, home: Home) -> None:
        self._table.setRowCount(len(home.lines))
        for number, line in enumerate(home.lines):
            state = tr("Not for you: keyed by you") if line.not_for_you and not line.second else ""
            if line.total == line.settled:
                state = tr("Done")
            shares = f"{line.settled} / {line.total}"
            cells = (line.project, line.batch, str(line.first), str(line.second), shares, state)
            for place, words in enumerate(cells):
                self._table.setItem(number, place, QTableWidgetItem(words))

    def _start(self) -> None:
        if self._home and self._home.next:
            self.go.emit(self._home.next)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        lane = LANES.get(event.text())
        if lane and self._home and getattr(self._home, f"may_{lane}"):
            self.go.emit(lane)
        elif event.key() in {Qt.Key.Key_Return, Qt.Key.Key_Enter}:
            self._start()
        elif event.key() == Qt.Key.Key_F5:
            self.enter()
        else:
            super().keyPressEvent(event)
