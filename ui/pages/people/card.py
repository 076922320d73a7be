"""The card of one person: her roles, what she may do in a project and everywhere, and why not."""

from PySide6.QtWidgets import QFrame, QLabel, QVBoxLayout

from boapp.domain.workflow import Role
from ui.i18n import tr
from ui.pages.people.presenter import HUES, Listed, Project, Right, rights, rights_everywhere
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
        self._inside.setSpacing(6)
        self.roles = button(tr("Roles here"), "R")
        self.remove = button(tr("Remove…"), "Del", "danger")
        layout = QVBoxLayout(self)
        layout.setContentsMargins(16, 12, 16, 12)
        layout.addLayout(self._inside)
        layout.addStretch(1)
        layout.addWidget(line())
        layout.addLayout(row(self.roles, self.remove, None))

    def show_person(self, person: Listed, project: Project | None) -> None:
        """Show a person, and what she may do in a project if there is one."""
        clear(self._inside)
        self._inside.addWidget(text(person.code, "dialog-title"))
        if person.full_name:
            self._inside.addWidget(text(person.full_name, "body2"))
        if person.set_by_administrator:
            self._inside.addLayout(row(Chip(tr("Passphrase set by administrator"), "warn", "warning"), None))
        self._inside.addWidget(line())
        member = bool(project and person.projects[project.id].roles)
        self.roles.setEnabled(project is not None)
        self.roles.setText(tr("Roles here   R") if member else tr("Add to this project   R"))
        self.roles.setAccessibleName(tr("Roles here") if member else tr("Add to this project"))
        self.remove.setVisible(member)
        if project is not None:
            self._show_project(person, project)
        self._inside.addWidget(text(tr("In the whole organisation"), "card-title"))
        for right in rights_everywhere(person.roles):
            self._inside.addLayout(right_row(right))

    def _show_project(self, person: Listed, project: Project) -> None:
        found = person.projects[project.id]
        mode = mode_words(project.mode).lower()
        self._inside.addWidget(
            text(tr("In {project} ({mode})", project=project.name, mode=mode), "card-title")
        )
        if not found.roles:
            words = tr("She does not work in this project. It holds nothing that she could open.")
            self._inside.addWidget(_wrapped(words))
            return
        self._inside.addWidget(_wrapped(roles_words(found.roles)))
        if found.waits_for_key:
            words = tr("Waits for the adjudication key: somebody who holds it must sign in once.")
            self._inside.addWidget(_wrapped(words, "warn"))
        for right in rights(found.roles, project.mode):
            self._inside.addLayout(right_row(right))


def right_row(right: Right) -> QVBoxLayout:
    """Return one right: a tick or a barred circle, what it is, and why."""
    mark = picture("check", "ok", 16) if right.may else picture("blank", "text3", 16)
    yes = tr("{what}: yes, {why}", what=right.what, why=right.because)
    no = tr("{what}: no, {why}", what=right.what, why=right.because)
    mark.setAccessibleName(yes if right.may else no)
    words = column(text(right.what), _wrapped(right.because), spacing=0)
    inside = row(column(mark, None, spacing=0), words, spacing=10)
    inside.setStretch(1, 1)
    return column(inside, spacing=0)


def _wrapped(words: str, role: str = "small") -> QLabel:
    made = text(words, role)
    made.setWordWrap(True)
    return made


def role_chips(roles: frozenset[Role]) -> list[tuple[str, str]]:
    """Return the words and hues of roles, in the order in which documents meet them."""
    return [(role_words(role), HUES[role]) for role in Role if role in roles]
