"""Import: what to take in and where to, then how far it is and which files need a look."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QFileDialog,
    QFrame,
    QLineEdit,
    QPlainTextEdit,
    QProgressBar,
    QStackedWidget,
    QWidget,
)

from boapp.domain.ids import ProjectId
from boapp.errors import Refusal
from ui.i18n import tr, tr_n
from ui.pages.intake.presenter import (
    Order,
    Progress,
    pace_words,
    projects,
    reason_words,
    result_words,
    typed_paths,
)
from ui.pages.intake.running import ImportRun, run_of, start
from ui.session import Session
from ui.shell.page import DeskPage
from ui.widgets.chips import Chip
from ui.widgets.parts import button, card, column, key_cap, line, picture, row, text
from ui.widgets.tables import Cell, Column, RowTable

if TYPE_CHECKING:
    from PySide6.QtGui import QKeyEvent

WIDE = 760


class IntakePage(DeskPage):
    """Takes files into a batch of a project."""

    def __init__(self, session: Session) -> None:
        super().__init__(session, tr("Import"))
        self._run: ImportRun | None = None
        self._projects: list[tuple[ProjectId, str]] = []
        self.form, self.progress = _OrderForm(), _ProgressCard()
        self._both = QStackedWidget()
        self._both.addWidget(_at_the_top(self.form))
        self._both.addWidget(self.progress)
        self.body.addWidget(self._both, 1)
        self._background = Chip(tr("Runs in the background"), "mark", "clock")
        self._again = button(tr("New import"), "Ctrl N", icon_name="plus")
        for part in (self._background, self._again):
            self.buttons.addWidget(part)
            part.hide()
        self.form.start.clicked.connect(self._start)
        self.form.folder.clicked.connect(self._choose_folder)
        self.form.files.clicked.connect(self._choose_files)
        self.progress.stop.clicked.connect(self._stop)
        self._again.clicked.connect(self._new)
        self.setFocusProxy(self.form.batch)
        self._look()

    def enter(self) -> None:
        ws = self.session.ws
        self.session.operations.run(lambda: projects(ws), self._show_projects, self.refused)
        run = run_of(self.session.operations)
        if run is not None and run is not self._run:
            self._follow(run)

    def _show_projects(self, found: list[tuple[ProjectId, str]]) -> None:
        self._projects = found
        self.form.projects.show_choices(found, self.form.projects.current)
        self.form.only.setText(found[0][1] if len(found) == 1 else "")
        self.form.only.setVisible(len(found) == 1)
        if not found:
            self.banner.say(
                tr("There is no project to import into. People adds one: Ctrl+Shift+N there."), "info"
            )

    # --- the order ----------------------------------------------------------------------------

    def _start(self) -> None:
        order = self._order()
        if order is None:
            self.banner.say(tr("Name a project, a batch, and at least one file or folder."), "err")
        else:
            self.banner.say("")
            self._follow(start(self.session, order))

    def _order(self) -> Order | None:
        form, names = self.form, dict(self._projects)
        project = form.projects.current
        paths, index = typed_paths(form.paths.toPlainText()), form.index.text().strip()
        if not isinstance(project, bytes) or not form.batch.text().strip() or not paths:
            return None
        known = ProjectId(project)
        path = Path(index).expanduser() if index else None
        return Order(known, names[known], form.batch.text().strip(), paths, path)

    def _choose_folder(self) -> None:
        self._choose(QFileDialog.FileMode.Directory)

    def _choose_files(self) -> None:
        self._choose(QFileDialog.FileMode.ExistingFiles)

    def _choose(self, mode: QFileDialog.FileMode) -> None:
        dialog = QFileDialog(self)
        dialog.setFileMode(mode)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.filesSelected.connect(self.form.add_paths)
        dialog.open()

    # --- the import ---------------------------------------------------------------------------

    def _follow(self, run: ImportRun) -> None:
        self._run = run
        run.told.connect(self._told)
        run.failed.connect(self._broke_off)
        run.go_on(self.session)
        if run.progress is not None:
            self._told(run.progress)
        self._look()

    def _told(self, progress: Progress) -> None:
        self.progress.show_progress(progress)
        self._look()

    def _broke_off(self, refusal: Refusal) -> None:
        self.refused(refusal)
        if self._run is not None and self._run.progress is None:
            self._new()
        self._look()

    def _stop(self) -> None:
        if self._run is not None:
            self._run.stop()

    def _new(self) -> None:
        if self._run is None or not self._run.running:
            self._run = None
            self._look()
            self.form.batch.setFocus()

    def _look(self) -> None:
        """Show the order, or how far the import is."""
        run = self._run
        running = run is not None and run.running
        self._background.setVisible(running)
        self._again.setVisible(run is not None and not running)
        self.progress.stop.setVisible(running)
        shown = 0 if run is None else 1
        if shown != self._both.currentIndex():
            self._both.setCurrentIndex(shown)
            self.setFocusProxy(self.progress.table if shown else self.form.batch)
            self.setFocus()
        words = tr("You can work elsewhere meanwhile; what is in can be keyed at once.")
        self.words.setText(
            words if running else tr("Images become documents of a batch; nothing plain is kept.")
        )

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key, held = event.key(), event.modifiers()
        control = bool(held & Qt.KeyboardModifier.ControlModifier)
        shift = bool(held & Qt.KeyboardModifier.ShiftModifier)
        enter = key in {Qt.Key.Key_Return, Qt.Key.Key_Enter}
        if self._run is not None and self._run.running:
            if key == Qt.Key.Key_Delete:
                self._stop()
            elif key == Qt.Key.Key_Escape:
                self.go.emit("home")
        elif self._run is not None:
            if control and key == Qt.Key.Key_N:
                self._new()
        elif control and key == Qt.Key.Key_O:
            self._choose(QFileDialog.FileMode.ExistingFiles if shift else QFileDialog.FileMode.Directory)
        elif enter and (control or not self.form.paths.hasFocus()):
            self._start()
        elif event.text().lower() == "j":
            self.form.projects.drop_down()


class _OrderForm(QFrame):
    """Project, batch, files, and the index file that joins or splits."""

    def __init__(self) -> None:
        super().__init__()
        from ui.widgets.chooser import Chooser

        self.setProperty("role", "card")
        self.setFixedWidth(WIDE)
        self.projects = Chooser(tr("Project"), "J")
        self.only = text("", "card-title")
        self.batch, self.index = QLineEdit(), QLineEdit()
        self.paths = QPlainTextEdit()
        self.paths.setTabChangesFocus(True)
        self.paths.setFixedHeight(104)
        self.folder = button(tr("Choose a folder…"), "Ctrl O")
        self.files = button(tr("Choose files…"), "Ctrl Shift O")
        self.start = button(tr("Start the import"), "Ctrl Enter", "primary", "import")
        for box, name in (
            (self.batch, tr("Batch")),
            (self.paths, tr("Files or folders")),
            (self.index, tr("Index file")),
        ):
            box.setAccessibleName(name)
        self._build()

    def _build(self) -> None:
        kinds = tr("JPEG, PNG, TIFF or PDF; one file or folder a line. Each file becomes one document.")
        index = tr("Optional, CSV with document,file[,page,…]: it joins files to a document, or splits them.")
        layout = column(
            row(text(tr("Import images"), "dialog-title"), None),
            row(self.projects, self.only, None),
            text(tr("Batch"), "label"),
            self.batch,
            text(tr("A batch that is there already is continued."), "small"),
            text(tr("Files or folders"), "label"),
            self.paths,
            text(kinds, "small"),
            row(self.folder, self.files, None),
            text(tr("Index file"), "label"),
            self.index,
            text(index, "small"),
            line(),
            row(self.start, None),
        )
        layout.setContentsMargins(24, 18, 24, 18)
        self.setLayout(layout)

    def add_paths(self, paths: list[str]) -> None:
        """Put paths that were chosen in a dialog under those that were typed."""
        for path in paths:
            self.paths.appendPlainText(path)


def _at_the_top(widget: QWidget) -> QWidget:
    whole = QWidget()
    whole.setLayout(column(row(widget, None), None))
    return whole


class _ProgressCard(QWidget):
    """How far an import is, and the files that need a look."""

    def __init__(self) -> None:
        super().__init__()
        self._number, self._of, self._pace = text("", "figure"), text("", "body2"), text("", "small")
        self._bar = QProgressBar()
        self._bar.setTextVisible(False)
        self._bar.setAccessibleName(tr("Documents read"))
        self._steps = text("", "label")
        self._mark = picture("now", "accent", 18)
        self.stop = button(tr("Stop and keep what is in"), "Del")
        self._count = text("", "small")
        columns = (Column(tr("File"), 200, 1), Column(tr("What"), 240, 2), Column(tr("What to do"), 300, 3))
        self.table = RowTable(tr("Needs a look"), columns)
        whole = column(self._total(), spacing=12)
        whole.addWidget(self._needs_a_look(), 1)
        self.setLayout(whole)

    def _total(self) -> QFrame:
        frame, inside = card()
        inside.setContentsMargins(20, 14, 20, 14)
        inside.addLayout(row(self._number, column(self._of, self._pace, spacing=0), None, spacing=12))
        inside.addWidget(self._bar)
        inside.addLayout(row(self._mark, self._steps, None, spacing=8))
        inside.addLayout(row(self.stop, None))
        return frame

    def _needs_a_look(self) -> QFrame:
        frame, inside = card()
        inside.setContentsMargins(0, 8, 0, 8)
        head = row(
            text(tr("Needs a look"), "card-title"), self._count, None, key_cap("↑"), key_cap("↓"), spacing=6
        )
        head.addWidget(text(tr("Choose"), "small"))
        head.setContentsMargins(14, 0, 14, 0)
        inside.addLayout(head)
        inside.addWidget(self.table, 1)
        return frame

    def show_progress(self, progress: Progress) -> None:
        """Show how far it is."""
        order = progress.order
        self._number.setText(str(progress.done))
        self._of.setText(
            tr(
                "of {total} read for {batch}, {project}",
                total=progress.total,
                batch=order.batch,
                project=order.project_name,
            )
        )
        self._pace.setText(pace_words(progress) or (tr("Finished") if progress.finished else tr("Working…")))
        self._bar.setMaximum(max(progress.total, 1))
        self._bar.setValue(progress.done)
        self._steps.setText(result_words(progress))
        chosen = self.table.row
        self.table.show_rows([_cells(*reason_words(one), one.file) for one in progress.refused], chosen)
        nothing = tr("Every file so far could be read.")
        count = tr_n("{n} file", "{n} files", len(progress.refused))
        self._count.setText(count if progress.refused else nothing)


def _cells(wrong: str, advice: str, file: str) -> list[Cell]:
    return [Cell(Path(file).name, mono=True), Cell(wrong, "err", icon="error"), Cell(advice)]
