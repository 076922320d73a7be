"""The discrepancy report: figures, where and why, every discrepancy, and a drawer for the chosen one.

A supervisor sees here too who holds which document, and takes one back.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QHBoxLayout

from boapp.domain.ids import ProjectId
from boapp.services.reporting import Line
from ui.i18n import tr, tr_n
from ui.operations import Changes
from ui.pages.supervising.claims import Claims
from ui.pages.supervising.drawer import Drawer
from ui.pages.supervising.export import Export
from ui.pages.supervising.presenter import (
    DASH,
    Chosen,
    Figure,
    charged_words,
    end_claim,
    field_words,
    figures,
    fits,
    held_now,
    page_picture,
    read,
    time_words,
    value_words,
    where,
    why,
    write_out,
)
from ui.pictures import decode
from ui.session import Session
from ui.shell.page import DeskPage
from ui.widgets.charts import ChartCard
from ui.widgets.chooser import Chooser
from ui.widgets.listing import Search, listing
from ui.widgets.overlay import Overlay
from ui.widgets.parts import button, card, clear, column, row, text
from ui.widgets.tables import Cell, Column, RowTable
from ui.words import cause_words

if TYPE_CHECKING:
    from PySide6.QtGui import QKeyEvent, QResizeEvent

    from boapp.services.taking_back import Held
    from ui.pictures import Sheet

SMALL_CHART, CHART, LOW = 138, 196, 800
DECODED_WIDTH = 1200


class ReportPage(DeskPage):
    """What differs between two keyings of a project, and what became of it."""

    def __init__(self, session: Session) -> None:
        super().__init__(session, tr("Discrepancies"))
        self._chosen: Chosen | None = None
        self._lines: list[Line] = []
        self._troubled = False
        self._overlay: Overlay | None = None
        self._compared: set[ProjectId | None] = set()
        self.projects = Chooser(tr("Project"), "J")
        self.claims = button(tr("Held now"), "C")
        self._figures = QHBoxLayout()
        self._figures.setSpacing(12)
        heads = (tr("Field"), tr("Mismatches"), tr("Running share"))
        self.where = ChartCard(tr("Where"), tr("mismatches by field, running share"), "accent", heads)
        heads = (tr("Cause"), tr("Mismatches"), tr("Share"))
        self.why = ChartCard(tr("Why"), tr("causes, share"), "resolve", heads)
        self._count = text("", "small")
        self.table = _table()
        placeholder = tr("Document, field, cause, person or state")
        self.search = Search(self.table, tr("Filter discrepancies"), placeholder)
        self.drawer = Drawer()
        self._build()

    def _build(self) -> None:
        export = button(tr("Export"), "Ctrl E", icon_name="export")
        export.clicked.connect(self._export)
        self.claims.clicked.connect(self._read_claims)
        self.claims.hide()
        self.projects.chosen.connect(self._choose_project)
        for part in (self.projects, self.claims, export):
            self.buttons.addWidget(part)
        self.search.textChanged.connect(self._show_lines)
        self.table.chosen.connect(self._follow)
        self.table.opened.connect(self._open)
        self.drawer.next.clicked.connect(self._next)
        self.drawer.hide()
        charts = row(self.where, self.why, spacing=12)
        left = column(charts, spacing=12)
        left.addWidget(self._table_card(), 1)
        both = row(spacing=12)
        both.addLayout(left, 1)
        both.addWidget(self.drawer)
        self.body.addLayout(self._figures)
        self.body.addLayout(both, 1)
        self.setFocusProxy(self.table)

    def _table_card(self) -> QFrame:
        hints = (("/", tr("Filter")), ("↑ ↓", tr("Choose")), ("Enter", tr("Look closer")))
        return listing(tr("Discrepancies"), self._count, self.search, hints, self.table)

    # --- reading ------------------------------------------------------------------------------

    def enter(self) -> None:
        self._read(self._chosen.project if self._chosen else None)

    def leave(self) -> bool:
        self.drawer.forget()
        return True

    def _choose_project(self, project: object) -> None:
        self._read(ProjectId(project) if isinstance(project, bytes) else None)
        self.table.setFocus()

    def _read(self, project: ProjectId | None) -> None:
        ws, compare = self.session.ws, project not in self._compared or project is None
        if self._chosen is None:
            self.words.setText(tr("Working…"))
        self.session.operations.run(lambda: read(ws, project, compare=compare), self._show, self.refused)

    def _show(self, chosen: Chosen) -> None:
        self._chosen = chosen
        self._compared.add(chosen.project)
        self.projects.show_choices(chosen.projects, chosen.project)
        self.claims.setVisible(chosen.takes_back)
        if chosen.report is None:
            self.words.setText(tr("You have no project to report on. Your administrator adds you to one."))
            return
        names = dict(chosen.projects)
        count = tr_n("{n} discrepancy", "{n} discrepancies", len(chosen.report.lines))
        name = names[chosen.project] if chosen.project else ""
        self.words.setText(tr("{project} · {form} · {count}", project=name, form=chosen.form, count=count))
        clear(self._figures)
        for figure in figures(chosen.report.measures):
            self._figures.addWidget(_figure(figure))
        self.where.show_bars(where(chosen.report.lines))
        self.why.show_bars(why(chosen.report.lines))
        self._tell_troubles(len(chosen.report.troubles))
        self._show_lines()

    def _tell_troubles(self, count: int) -> None:
        words = tr_n(
            "{n} document does not verify and is left out here. Run boapp audit verify.",
            "{n} documents do not verify and are left out here. Run boapp audit verify.",
            count,
        )
        if count or self._troubled:  # else it may say what was just done
            self.banner.say(words if count else "", "err")
        self._troubled = bool(count)

    # --- the table and the drawer -------------------------------------------------------------

    def _show_lines(self) -> None:
        report = self._chosen.report if self._chosen else None
        if report is None:
            return
        before = self._line
        self._lines = [line for line in report.lines if fits(line, self.search.text())]
        places = [(line.document, line.row.field, line.row.row) for line in self._lines]
        same = (before.document, before.row.field, before.row.row) if before else None
        self._count.setText(self._count_words(len(report.lines)))
        self.table.show_rows(
            [_cells(line) for line in self._lines], places.index(same) if same in places else 0
        )

    def _count_words(self, total: int) -> str:
        if not total:
            return tr("No two readings differ so far.")
        if not self._lines:
            return tr("Nothing fits this filter. Esc clears it.")
        return tr("{n} of {all}", n=len(self._lines), all=total)

    @property
    def _line(self) -> Line | None:
        place = self.table.row
        return self._lines[place] if 0 <= place < len(self._lines) else None

    def _follow(self, _place: int) -> None:
        if self.drawer.isVisible():
            self._look()

    def _open(self, _place: int) -> None:
        self.drawer.show()
        self._look()

    def _next(self) -> None:
        self.table.choose(min(self.table.row + 1, len(self._lines) - 1))
        self.table.setFocus()

    def _look(self) -> None:
        line, project = self._line, self._chosen.project if self._chosen else None
        if line is None or project is None:
            self._close_drawer()
            return
        self.drawer.show_line(line)
        ws, operations = self.session.ws, self.session.operations
        number = line.zone.page if line.zone else 1

        def decoded(data: bytes) -> None:
            operations.draw(lambda: decode(data, number, DECODED_WIDTH), shown, self.refused)

        def shown(sheet: Sheet) -> None:
            if line is self._line and not self.drawer.isHidden():
                self.drawer.show_sheet(line, sheet)

        operations.run(lambda: page_picture(ws, project, line), decoded, self.refused)

    def _close_drawer(self) -> None:
        self.drawer.hide()
        self.drawer.forget()

    # --- claims -------------------------------------------------------------------------------

    def _read_claims(self) -> None:
        """Read who holds what, then show it, unless something else was begun meanwhile."""
        chosen, ws = self._chosen, self.session.ws
        if chosen is None or chosen.project is None or not chosen.takes_back or self._overlay is not None:
            return
        project = chosen.project
        self.session.operations.run(
            lambda: held_now(ws, project), lambda held: self._show_claims(chosen, held), self.refused
        )

    def _show_claims(self, chosen: Chosen, held: list[Held]) -> None:
        if self._overlay is not None or chosen is not self._chosen or chosen.project is None:
            return
        if not held:
            self.banner.say(tr("Nobody holds a document now."), "info")
            return
        overlay = Claims(self, dict(chosen.projects)[chosen.project], held)
        overlay.done.connect(self._take_back)
        overlay.closed.connect(self._forget_overlay)
        self._overlay = overlay

    def _take_back(self) -> None:
        overlay, chosen, ws = self._overlay, self._chosen, self.session.ws
        if not isinstance(overlay, Claims) or chosen is None or chosen.project is None:
            return
        project, held, reason = chosen.project, overlay.chosen, overlay.reason.text()
        self.session.operations.run(
            lambda: end_claim(ws, project, held, reason), self._done, overlay.refused, Changes.DOCUMENTS
        )

    # --- export -------------------------------------------------------------------------------

    def _export(self) -> None:
        chosen = self._chosen
        if chosen is None or chosen.project is None or self._overlay is not None:
            return
        overlay = Export(self, dict(chosen.projects)[chosen.project])
        overlay.done.connect(self._write)
        overlay.closed.connect(self._forget_overlay)
        self._overlay = overlay

    def _write(self) -> None:
        overlay, chosen, ws = self._overlay, self._chosen, self.session.ws
        if not isinstance(overlay, Export) or chosen is None or chosen.project is None:
            return
        project, kind, path = chosen.project, overlay.kind, overlay.path
        verb = lambda: write_out(ws, project, kind, path)  # noqa: E731 - a verb is a thing to be run
        self.session.operations.run(verb, self._done, overlay.refused)

    def _done(self, words: str) -> None:
        if self._overlay is not None:
            self._overlay.leave()
        self.banner.say(words, "ok")

    def _forget_overlay(self) -> None:
        self._overlay = None

    # --- keys ---------------------------------------------------------------------------------

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key, word = event.key(), event.text().lower()
        control = bool(event.modifiers() & Qt.KeyboardModifier.ControlModifier)
        alt = bool(event.modifiers() & Qt.KeyboardModifier.AltModifier)
        if control and key == Qt.Key.Key_E:
            self._export()
        elif alt and key in {Qt.Key.Key_Up, Qt.Key.Key_Down}:
            self.drawer.move_band(-1 if key == Qt.Key.Key_Up else 1)
        elif word == "/":
            self.search.show_up()
        elif word == "t":
            self.where.turn()
            self.why.turn()
        elif word == "j":
            self.projects.drop_down()
        elif word == "c":
            self._read_claims()
        elif key == Qt.Key.Key_Escape:
            self._back()
        elif key == Qt.Key.Key_F5:
            self._compared.clear()
            self.again()
        else:
            super().keyPressEvent(event)

    def _back(self) -> None:
        """Close the top layer: the filter first, then the drawer."""
        if self.search.isVisible():
            self.search.put_away()
        else:
            self._close_drawer()
            self.table.setFocus()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        for chart in (self.where, self.why):
            chart.setFixedHeight(SMALL_CHART if self.window().height() < LOW else CHART)


def _table() -> RowTable:
    columns = (
        Column(tr("Document"), 118, 2),
        Column(tr("Field"), 84, 2),
        Column(tr("Cause"), 140, 1),
        Column(tr("First"), 88, 3),
        Column(tr("Second"), 88, 3),
        Column(tr("Decision"), 88, 3),
        Column(tr("Charged"), 80, 0),
        Column(tr("Time"), 122, 0, right=True),
    )
    return RowTable(tr("Discrepancies"), columns)


def _cells(line: Line) -> list[Cell]:
    found = line.row
    open_ = line.charged is None
    return [
        Cell(found.document, mono=True),
        Cell(field_words(line)),
        Cell(cause_words(found.cause), "text2", icon="cause"),
        Cell(value_words(found.first), mono=True),
        Cell(value_words(found.second), mono=True),
        Cell(
            DASH if open_ else value_words(found.settled),
            "text3" if open_ else "text",
            mono=True,
            bold=not open_,
        ),
        Cell(charged_words(line.charged), "resolve" if open_ else "text", icon="mismatch" if open_ else ""),
        Cell(time_words(line), "text2", mono=True),
    ]


def _figure(figure: Figure) -> QFrame:
    frame, inside = card()
    inside.setContentsMargins(14, 8, 14, 8)
    inside.setSpacing(0)
    behind = text(figure.behind, "small")
    for part in (text(figure.title, "label"), text(figure.number, "figure"), behind):
        inside.addWidget(part)
    inside.addStretch(1)
    return frame
