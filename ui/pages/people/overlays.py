"""What People asks: a new person, roles in a project, a code before somebody is removed, a new project."""

from collections.abc import Collection

from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QGridLayout, QLabel, QWidget

from boapp.domain.workflow import Mode, Role
from ui.i18n import tr
from ui.pages.people.boxes import label, line_box, wrapped
from ui.pages.people.presenter import Listed, Project, apart_words, forbidden
from ui.shell.sign_in import PassphraseBox
from ui.widgets.overlay import Overlay
from ui.widgets.parts import key_cap, line, row, set_role, text
from ui.widgets.ticks import Choice, Tick
from ui.words import mode_words, role_words


class AddPerson(Overlay):
    """Code, full name, roles; then the keyboard is handed over for her passphrase."""

    def __init__(self, over: QWidget) -> None:
        super().__init__(over, tr("Add a person"), tr("Add her"), width=600)
        self.code, self.full_name = line_box(tr("Code")), line_box(tr("Full name"))
        self._roles = {role: Tick(role_words(role)) for role in Role}
        self._apart = wrapped("", "message-warn")
        self.passphrase, self._again = PassphraseBox(), PassphraseBox()
        self._again.setAccessibleName(tr("Passphrase again"))
        self._absent = Tick(tr("She is not here: I set it, and it is marked so until she changes it"))
        self._build()
        self._show_apart()
        self.begin(self.code)

    def _build(self) -> None:
        for name, box in ((tr("Code"), self.code), (tr("Full name, stored encrypted"), self.full_name)):
            self.body.addLayout(row(label(name), box, spacing=10))
        places = QGridLayout()
        for number, tick in enumerate(self._roles.values()):
            tick.toggled.connect(self._show_apart)
            places.addWidget(tick, *divmod(number, 4))
        self.body.addWidget(text(tr("Roles"), "label"))
        self.body.addLayout(places)
        self.body.addWidget(self._apart)
        self.body.addWidget(line())
        self.body.addWidget(
            text(tr("Hand the keyboard over: she types her passphrase, twice."), "card-title")
        )
        for name, phrase in ((tr("Passphrase"), self.passphrase), (tr("Passphrase again"), self._again)):
            self.body.addLayout(row(label(name), phrase, spacing=10))
        self.body.addWidget(self._absent)

    @property
    def roles(self) -> tuple[Role, ...]:
        """Return the roles that are ticked."""
        return tuple(role for role, box in self._roles.items() if box.isChecked())

    @property
    def by_herself(self) -> bool:
        """Say whether she typed the passphrase herself."""
        return not self._absent.isChecked()

    def _show_apart(self) -> None:
        self._apart.setText(apart_words(self.roles))
        self._apart.setVisible(bool(self._apart.text()))

    def missing(self) -> str:
        """Return what is still to be filled in."""
        if not self.code.text().strip() or not self.roles:
            return tr("Give her a code and at least one role.")
        if not self.passphrase.text():
            return tr("Hand the keyboard over for her passphrase.")
        same = self.passphrase.text() == self._again.text()
        return "" if same else tr("The two passphrases differ. Type them again.")

    def leave(self) -> None:
        for box in (self.passphrase, self._again):
            box.wipe()
        super().leave()


class Roles(Overlay):
    """A person's roles in one project, ticked with their numbers; what is forbidden says why."""

    def __init__(self, over: QWidget, person: Listed, project: Project) -> None:
        words = tr("{person} in {project}", person=person.code, project=project.name)
        super().__init__(over, words, tr("Set these roles"))
        self._person, self._project = person, project
        now = person.projects[project.id].roles or person.roles
        self._boxes: dict[Role, Tick] = {}
        self._reasons: dict[Role, QLabel] = {}
        for number, role in enumerate((role for role in Role if role in person.roles), 1):
            box, reason = Tick(role_words(role)), text("", "small")
            box.setChecked(role in now and not self._forbidden(role, self.roles))
            box.toggled.connect(self._weigh)
            self._boxes[role], self._reasons[role] = box, reason
            self.body.addLayout(row(key_cap(str(number)), box, None, reason, spacing=10))
        hint = tr("Her roles in the organisation are the ones to choose from. A number ticks a role.")
        self.body.addWidget(text(hint, "small"))
        self._weigh()
        self.begin(self.confirm)

    @property
    def roles(self) -> frozenset[Role]:
        """Return the roles that are ticked."""
        return frozenset(role for role, box in self._boxes.items() if box.isChecked())

    def _forbidden(self, role: Role, chosen: Collection[Role]) -> str:
        return forbidden(role, chosen, self._person, self._project.id)

    def _weigh(self) -> None:
        for role, box in self._boxes.items():
            why = "" if box.isChecked() else self._forbidden(role, self.roles)
            box.setEnabled(not why)
            self._reasons[role].setText(why)
            box.setAccessibleName(
                tr("{role}: {reason}", role=role_words(role), reason=why) if why else box.text()
            )

    def missing(self) -> str:
        """Return what keeps the roles from being set."""
        return "" if self.roles else tr("Tick at least one role, or remove her with Delete.")

    def keyPressEvent(self, event: QKeyEvent) -> None:
        boxes = list(self._boxes.values())
        number = int(event.text()) if event.text().isdecimal() else 0
        if 1 <= number <= len(boxes) and boxes[number - 1].isEnabled():
            boxes[number - 1].toggle()
        super().keyPressEvent(event)


class Remove(Overlay):
    """Asks for the code to be typed before somebody is removed from a project."""

    def __init__(self, over: QWidget, code: str, project: Project) -> None:
        title = tr("Remove {person} from {project}", person=code, project=project.name)
        super().__init__(over, title, tr("Remove"))
        self._wanted = code
        set_role(self.confirm, "danger")
        words = tr("New keys begin that she does not hold. What she keyed stays, signed.")
        self._code = line_box(tr("Type her code"))
        for part in (text(words, "body2"), text(tr("Type her code: {code}", code=code), "label"), self._code):
            self.body.addWidget(part)
        self.begin(self._code)

    def missing(self) -> str:
        """Return what keeps her from being removed."""
        fits = self._code.text().strip() == self._wanted
        return "" if fits else tr("This is not her code. Nothing was changed.")


class AddProject(Overlay):
    """Name, form file, mode and people of a new project."""

    def __init__(self, over: QWidget) -> None:
        super().__init__(over, tr("Add a project"), tr("Add the project"), width=620)
        self.name, self.form, self.people = (
            line_box(tr("Name")),
            line_box(tr("Form file")),
            line_box(tr("People")),
        )
        self.people.setPlaceholderText(tr("everybody whose roles allow it"))
        for words, box in (
            (tr("Name"), self.name),
            (tr("Form file (.toml)"), self.form),
            (tr("People"), self.people),
        ):
            self.body.addLayout(row(label(words), box, spacing=10))
        self.body.addWidget(text(tr("Name people as ann, bob:second-keyer, sue:supervisor."), "small"))
        explained = {
            Mode.RELEASE: tr("the second keyer may resolve what she sealed"),
            Mode.STRICT: tr("only adjudicators and supervisors ever see two readings"),
        }
        self._modes = {}
        for mode, why in explained.items():
            made = Choice(tr("{mode}: {why}", mode=mode_words(mode), why=why))
            self._modes[mode] = made
            self.body.addWidget(made)
        self._modes[Mode.RELEASE].setChecked(True)
        self.body.addWidget(text(tr("The mode never changes."), "small"))
        self.begin(self.name)

    @property
    def mode(self) -> Mode:
        """Return the mode that is chosen."""
        return next(mode for mode, made in self._modes.items() if made.isChecked())

    def missing(self) -> str:
        """Return what is still to be filled in."""
        filled = self.name.text().strip() and self.form.text().strip()
        return "" if filled else tr("Give it a name and name the form's file.")
