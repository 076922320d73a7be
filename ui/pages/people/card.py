"""The card of one person: her roles, what she may do in a project and everywhere, and why not.

Of somebody who left it says why, where that may be read; nothing can be done to her any more.
"""

from PySide6.QtWidgets import QFrame, QVBoxLayout, QWidget

from boapp.domain.workflow import Role
from ui.i18n import tr
from ui.pages.people.boxes import wrapped
from ui.pages.people.presenter import HUES, Listed, People, Project, Right, rights, rights_everywhere
from ui.widgets.chips import Chip
from ui.widgets.parts import button, clear, column, line, picture, row, text
from ui.words import mode_words, role_words, roles_words

WIDTH = 380


class PersonCard(QFrame):
    """Shows a person in the chosen project."""

    def __init__(self) -> None:
        super().__init__()
        self.setProperty("role", "card")
        self.setFixedWidth(WIDTH)
        self.setAccessibleName(tr("Person"))
        self._inside = QVBoxLayout()
        self._inside.setSpacing(4)
        self.roles = button(tr("Roles here"), "R")
        self.remove = button(tr("Remove…"), "Del", "danger")
        self.passphrase = button(tr("New passphrase…"), "P")
        self.login = button(tr("Login…"), "L")
        self.revoke = button(tr("Revoke…"), "Shift Del", "danger")
        self._actions = QWidget()
        self._actions.setLayout(
            column(
                line(),
                row(self.roles, self.remove, self.login, None),
                row(self.passphrase, self.revoke, None),
            )
        )
        layout = QVBoxLayout(self)
        layout.setContentsMargins(16, 12, 16, 12)
        layout.addLayout(self._inside)
        layout.addStretch(1)
        layout.addWidget(self._actions)

    def show_person(self, person: Listed, people: People, project: Project | None) -> None:
        """Show a person, and what she may do in a project if there is one."""
        clear(self._inside)
        self._inside.addWidget(text(person.code, "dialog-title"))
        if person.full_name:
            self._inside.addWidget(text(person.full_name, "body2"))
        self._actions.setVisible(not person.left)
        if person.left:
            self._show_left(person)
            return
        self._show_marks(person)
        self._inside.addWidget(line())
        self._offer(person, people, project)
        if project is not None:
            self._show_project(person, project)
        self._inside.addWidget(text(tr("In the whole organisation"), "card-title"))
        for right in rights_everywhere(person.roles):
            self._inside.addLayout(right_row(right))

    def _show_left(self, person: Listed) -> None:
        self._inside.addLayout(row(Chip(tr("Left"), "mark", "blank"), None))
        if person.reason:
            self._inside.addWidget(wrapped(tr("Reason: {reason}", reason=person.reason), "body2"))
        self._inside.addWidget(line())
        words = tr(
            "What she keyed stays, signed. What she could read before stays readable to her "
            "if she kept copies."
        )
        self._inside.addWidget(wrapped(words, "small"))

    def _show_marks(self, person: Listed) -> None:
        marks = []
        if not person.login:
            marks.append(Chip(tr("No login yet"), "warn", "waiting"))
        if person.set_by_administrator:
            marks.append(Chip(tr("Passphrase set by administrator"), "warn", "warning"))
        if marks:
            self._inside.addLayout(row(*marks, None))

    def _offer(self, person: Listed, people: People, project: Project | None) -> None:
        """Show what can be done to her; nobody revokes or resets herself."""
        member = bool(project and person.projects[project.id].roles)
        self.roles.setEnabled(project is not None)
        self.roles.setText(tr("Roles here   R") if member else tr("Add to this project   R"))
        self.roles.setAccessibleName(tr("Roles here") if member else tr("Add to this project"))
        self.remove.setVisible(member)
        self.login.setVisible(people.on_server)
        for button_of_others in (self.passphrase, self.revoke):
            button_of_others.setVisible(person.code != people.me)

    def _show_project(self, person: Listed, project: Project) -> None:
        found = person.projects[project.id]
        mode = mode_words(project.mode).lower()
        self._inside.addWidget(
            text(tr("In {project} ({mode})", project=project.name, mode=mode), "card-title")
        )
        if not found.roles:
            opens = tr("It holds nothing that she could open.")
            if Role.ADMINISTRATOR in person.roles:
                opens = tr("As administrator she opens its pages and names, no value.")
            self._inside.addWidget(wrapped(f"{tr('She does not work in this project.')} {opens}", "small"))
            return
        self._inside.addWidget(wrapped(roles_words(found.roles), "small"))
        if found.waits_for_key:
            words = tr("Waits for the adjudication key: somebody who holds it must sign in once.")
            self._inside.addWidget(wrapped(words, "warn"))
        for right in rights(found.roles, project.mode):
            self._inside.addLayout(right_row(right))


def right_row(right: Right) -> QVBoxLayout:
    """Return one right: a tick or a barred circle, what it is, and why."""
    mark = picture("check", "ok", 16) if right.may else picture("blank", "text3", 16)
    yes = tr("{what}: yes, {why}", what=right.what, why=right.because)
    no = tr("{what}: no, {why}", what=right.what, why=right.because)
    mark.setAccessibleName(yes if right.may else no)
    words = column(text(right.what), wrapped(right.because, "small"), spacing=0)
    inside = row(column(mark, None, spacing=0), words, spacing=10)
    inside.setStretch(1, 1)
    return column(inside, spacing=0)


def role_chips(roles: frozenset[Role]) -> list[tuple[str, str]]:
    """Return the words and hues of roles, in the order in which documents meet them."""
    return [(role_words(role), HUES[role]) for role in Role if role in roles]
