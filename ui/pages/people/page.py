"""People and access: the list, the card of the chosen person, and the overlays that change something."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, TypeVar

from PySide6.QtCore import Qt

from boapp.workspace import Workspace
from ui.i18n import tr, tr_n
from ui.operations import Changes
from ui.pages.people import presenter
from ui.pages.people.card import PersonCard, role_chips
from ui.pages.people.overlays import AddPerson, AddProject, Remove, Roles
from ui.pages.people.presenter import Listed, People, Project, fits, read
from ui.session import Session
from ui.shell.page import DeskPage
from ui.widgets.chips import ChipWords
from ui.widgets.chooser import Chooser
from ui.widgets.listing import Search, listing
from ui.widgets.overlay import Overlay
from ui.widgets.parts import button, row, text
from ui.widgets.tables import Cell, Column, RowTable

if TYPE_CHECKING:
    from PySide6.QtGui import QKeyEvent

Asked = TypeVar("Asked", bound=Overlay)


class PeoplePage(DeskPage):
    """Everybody in the organisation."""

    def __init__(self, session: Session) -> None:
        super().__init__(session, tr("People"))
        self._people: People | None = None
        self._shown: list[Listed] = []
        self._overlay: Overlay | None = None
        self.projects = Chooser(tr("Project"), "J")
        self._count = text("", "small")
        columns = (
            Column(tr("Code"), 110, 1),
            Column(tr("Full name"), 150, 2),
            Column(tr("Roles"), 230, 3),
            Column(tr("Passphrase"), 170, 1),
        )
        self.table = RowTable(tr("People"), columns)
        self.search = Search(self.table, tr("Search people"), width=240)
        self.card = PersonCard()
        self._build()

    def _build(self) -> None:
        project = button(tr("Add project"), "Ctrl Shift N", icon_name="plus")
        person = button(tr("Add person"), "Ctrl N", "primary", "plus")
        project.clicked.connect(self._add_project)
        person.clicked.connect(self._add_person)
        for part in (self.projects, project, person):
            self.buttons.addWidget(part)
        self.projects.chosen.connect(self._choose_project)
        self.search.textChanged.connect(self._show_people)
        self.table.chosen.connect(self._follow)
        self.table.opened.connect(self._roles)
        self.card.roles.clicked.connect(self._roles)
        self.card.remove.clicked.connect(self._remove)
        hints = (("/", tr("Search")), ("↑ ↓", tr("Choose")), ("Enter", tr("Roles")))
        people = listing(tr("People"), self._count, self.search, hints, self.table)
        both = row(people, spacing=12)
        both.setStretch(0, 1)
        both.addWidget(self.card)
        self.body.addLayout(both, 1)
        self.setFocusProxy(self.table)

    # --- showing ------------------------------------------------------------------------------

    def enter(self) -> None:
        ws = self.session.ws
        self.session.operations.run(lambda: read(ws), self._show, self.refused)

    def _show(self, people: People) -> None:
        current = self.projects.current
        self._people = people
        self.projects.show_choices([(p.id, p.name) for p in people.projects], current)
        count = tr_n("{n} person", "{n} people", len(people.people))
        projects = tr_n("{n} project", "{n} projects", len(people.projects))
        here = tr("Root keys and recovery parts are still on this computer")
        words = (count, projects, here) if people.officers_here else (count, projects)
        self.words.setText(" · ".join(words))
        self._show_people()

    def _show_people(self) -> None:
        if self._people is None:
            return
        before = self._person.code if self._person else None
        self._shown = [person for person in self._people.people if fits(person, self.search.text())]
        codes = [person.code for person in self._shown]
        nobody = tr("Nobody fits this search. Esc clears it.")
        self._count.setText(str(len(self._shown)) if self._shown else nobody)
        at = codes.index(before) if before in codes else 0
        self.table.show_rows([_cells(person) for person in self._shown], at)

    @property
    def _person(self) -> Listed | None:
        place = self.table.row
        return self._shown[place] if 0 <= place < len(self._shown) else None

    @property
    def _project(self) -> Project | None:
        projects = self._people.projects if self._people else ()
        return next((p for p in projects if p.id == self.projects.current), None)

    def _follow(self, _place: int = 0) -> None:
        self.card.setVisible(self._person is not None)
        if self._person is not None:
            self.card.show_person(self._person, self._project)

    def _choose_project(self, _project: object) -> None:
        self._follow()
        self.table.setFocus()

    # --- changing -----------------------------------------------------------------------------

    def _ask(self, overlay: Asked, act: Callable[[Asked], Callable[[Workspace], str]]) -> None:
        """Let an overlay ask; then run what `act` makes of it, with the workspace."""

        def run() -> None:
            verb, ws = act(overlay), self.session.ws
            changes = Changes.PEOPLE | Changes.PROJECTS
            self.session.operations.run(lambda: verb(ws), self._done, overlay.refused, changes)

        overlay.done.connect(run)
        overlay.closed.connect(self._forget_overlay)
        self._overlay = overlay

    def _done(self, words: str) -> None:
        if self._overlay is not None:
            self._overlay.leave()
        self.banner.say(words, "ok")

    def _forget_overlay(self) -> None:
        self._overlay = None

    def _add_person(self) -> None:
        self._ask(AddPerson(self), _person_verb)

    def _add_project(self) -> None:
        self._ask(AddProject(self), _project_verb)

    def _roles(self, _place: int = 0) -> None:
        person, project = self._person, self._project
        if person is None or project is None:
            self.banner.say(tr("There is no project yet. Ctrl+Shift+N adds one."), "info")
            return

        def act(asked: Roles) -> Callable[[Workspace], str]:
            roles = asked.roles
            return lambda ws: presenter.set_roles(ws, project.id, person.code, roles)

        self._ask(Roles(self, person, project), act)

    def _remove(self) -> None:
        person, project = self._person, self._project
        if person is None or project is None or not person.projects[project.id].roles:
            return

        def act(_asked: Remove) -> Callable[[Workspace], str]:
            return lambda ws: presenter.remove(ws, project.id, person.code)

        self._ask(Remove(self, person.code, project), act)

    # --- keys ---------------------------------------------------------------------------------

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key, word, held = event.key(), event.text().lower(), event.modifiers()
        control = bool(held & Qt.KeyboardModifier.ControlModifier)
        shift = bool(held & Qt.KeyboardModifier.ShiftModifier)
        if control and key == Qt.Key.Key_N:
            (self._add_project if shift else self._add_person)()
        elif word == "/":
            self.search.show_up()
        elif word == "j":
            self.projects.drop_down()
        elif word == "r":
            self._roles()
        elif key == Qt.Key.Key_Delete:
            self._remove()
        elif key == Qt.Key.Key_Escape:
            self.search.put_away()
        elif key == Qt.Key.Key_F5:
            self.enter()
        else:
            super().keyPressEvent(event)


def _person_verb(asked: AddPerson) -> Callable[[Workspace], str]:
    code, name, roles = asked.code.text().strip(), asked.full_name.text(), asked.roles
    typed, by_herself = asked.passphrase.text(), asked.by_herself

    def verb(ws: Workspace) -> str:
        from boapp.services.people import add_person, new_person

        add_person(ws, new_person(code, name, roles, typed, by_herself=by_herself))
        return tr("Added {person}. Put her into a project with R.", person=code)

    return verb


def _project_verb(asked: AddProject) -> Callable[[Workspace], str]:
    name, form, people = (box.text() for box in (asked.name, asked.form, asked.people))
    mode = asked.mode
    return lambda ws: presenter.add_project(ws, name, form, mode, people)


def _cells(person: Listed) -> list[Cell]:
    chips = tuple(ChipWords(words, hue) for words, hue in role_chips(person.roles))
    marked = person.set_by_administrator
    state = tr("Set by administrator") if marked else tr("Her own")
    return [
        Cell(person.code, mono=True, bold=True),
        Cell(person.full_name or "\N{EN DASH}", "text" if person.full_name else "text3"),
        Cell(chips=chips),
        Cell(state, "warn" if marked else "ok", icon="warning" if marked else "check"),
    ]
