"""People and access: the list, the card of the chosen person, and the keys that ask for changes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt

from ui.i18n import tr, tr_n
from ui.pages.people.asking import Asking
from ui.pages.people.card import PersonCard, role_chips
from ui.pages.people.presenter import Listed, People, Project, fits, read
from ui.session import Session
from ui.shell.page import DeskPage
from ui.widgets.chips import ChipWords
from ui.widgets.chooser import Chooser
from ui.widgets.listing import Search, listing
from ui.widgets.parts import button, row, text
from ui.widgets.tables import Cell, Column, RowTable

if TYPE_CHECKING:
    from PySide6.QtGui import QKeyEvent


class PeoplePage(DeskPage):
    """Everybody in the organisation."""

    def __init__(self, session: Session) -> None:
        super().__init__(session, tr("People"))
        self._people: People | None = None
        self._shown: list[Listed] = []
        self.asking = Asking(self)
        self.projects = Chooser(tr("Project"), "J")
        self._count = text("", "small")
        columns = (
            Column(tr("Code"), 90, 1),
            Column(tr("Full name"), 140, 2),
            Column(tr("Roles"), 230, 3),
            Column(tr("State"), 240, 1),
        )
        self.table = RowTable(tr("People"), columns)
        self.search = Search(self.table, tr("Search people"), width=240)
        self.card = PersonCard()
        self._letters = {
            "/": self.search.show_up,
            "j": self.projects.drop_down,
            "r": self._roles,
            "p": self._new_passphrase,
            "l": self._login,
            "w": self.asking.enrol,
        }
        self._build()

    def _build(self) -> None:
        station = button(tr("Workstation"), "W", icon_name="key")
        station.setToolTip(tr("Enrol a workstation"))
        project = button(tr("Add project"), "Ctrl Shift N", icon_name="plus")
        person = button(tr("Add person"), "Ctrl N", "primary", "plus")
        station.clicked.connect(self.asking.enrol)
        project.clicked.connect(self.asking.add_project)
        person.clicked.connect(self.asking.add_person)
        for part in (self.projects, station, project, person):
            self.buttons.addWidget(part)
        self.projects.chosen.connect(self._choose_project)
        self.search.textChanged.connect(self._show_people)
        self.table.chosen.connect(self._follow)
        self.table.opened.connect(self._roles)
        for pressed, act in (
            (self.card.roles, self._roles),
            (self.card.remove, self._remove),
            (self.card.passphrase, self._new_passphrase),
            (self.card.revoke, self._revoke),
            (self.card.login, self._login),
        ):
            pressed.clicked.connect(act)
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
        words = [tr_n("{n} person", "{n} people", len(people.people) - people.left)]
        if people.left:
            words.append(tr_n("{n} left", "{n} left", people.left))
        words.append(tr_n("{n} project", "{n} projects", len(people.projects)))
        if people.officers_here:
            words.append(tr("Recovery parts still on this computer"))
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
        if self._person is not None and self._people is not None:
            self.card.show_person(self._person, self._people, self._project)

    def _choose_project(self, _project: object) -> None:
        self._follow()
        self.table.setFocus()

    # --- changing -----------------------------------------------------------------------------

    @property
    def _there(self) -> Listed | None:
        """Return the chosen person, unless she left."""
        person = self._person
        return None if person is None or person.left else person

    def _roles(self, _place: int = 0) -> None:
        person, project = self._there, self._project
        if person is not None and project is None:
            self.banner.say(tr("There is no project yet. Ctrl+Shift+N adds one."), "info")
        elif person is not None and project is not None:
            self.asking.roles(person, project)

    def _remove(self) -> None:
        person, project = self._there, self._project
        if person is not None and project is not None and person.projects[project.id].roles:
            self.asking.remove(person, project)

    def _revoke(self) -> None:
        if self._other is not None:
            self.asking.revoke(self._other)

    def _new_passphrase(self) -> None:
        if self._other is not None:
            self.asking.new_passphrase(self._other)

    @property
    def _other(self) -> Listed | None:
        """Return the chosen person, unless she left or looks at herself."""
        person = self._there
        return None if person is None or person.code == self.session.code else person

    def _login(self) -> None:
        if self._there is not None and self._people is not None and self._people.on_server:
            self.asking.login(self._there)

    # --- keys ---------------------------------------------------------------------------------

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key, word, held = event.key(), event.text().lower(), event.modifiers()
        control = bool(held & Qt.KeyboardModifier.ControlModifier)
        shift = bool(held & Qt.KeyboardModifier.ShiftModifier)
        if control and key == Qt.Key.Key_N:
            (self.asking.add_project if shift else self.asking.add_person)()
        elif word in self._letters:
            self._letters[word]()
        elif key == Qt.Key.Key_Delete:
            (self._revoke if shift else self._remove)()
        elif key == Qt.Key.Key_Escape:
            self.search.put_away()
        elif key == Qt.Key.Key_F5:
            self.again()
        else:
            super().keyPressEvent(event)


def _cells(person: Listed) -> list[Cell]:
    chips = tuple(ChipWords(words, hue) for words, hue in role_chips(person.roles))
    quiet = "text3" if person.left else "text"
    return [
        Cell(person.code, quiet, mono=True, bold=not person.left),
        Cell(person.full_name or "\N{EN DASH}", quiet if person.full_name else "text3"),
        Cell(chips=chips) if chips else Cell("\N{EN DASH}", "text3"),
        _state(person),
    ]


def _state(person: Listed) -> Cell:
    if person.left:
        words = tr("Left: {reason}", reason=person.reason) if person.reason else tr("Left")
        return Cell(words, "text3", icon="blank")
    if not person.login:
        return Cell(tr("Waits for a login"), "warn", icon="waiting")
    if person.set_by_administrator:
        return Cell(tr("Passphrase set by administrator"), "warn", icon="warning")
    return Cell(tr("Her own passphrase"), "ok", icon="check")
