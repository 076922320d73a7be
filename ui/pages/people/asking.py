"""The layers of People: each asks, then its verb runs; what is done is said on the page behind it."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from PySide6.QtCore import QObject

from boapp.errors import Refusal
from boapp.services.people import new_person
from boapp.workspace import Workspace
from ui.operations import Changes
from ui.pages.people import access, projects
from ui.pages.people.access import Begun, Order, Written
from ui.pages.people.enrolling import Enrol, TwelveWords
from ui.pages.people.leaving import Revoke
from ui.pages.people.overlays import AddPerson, AddProject, Remove, Roles
from ui.pages.people.presenter import Done, Listed, Project
from ui.pages.people.resetting import NewPassphrase
from ui.pages.people.script_layer import ScriptLayer
from ui.pages.people.scripts import Script
from ui.shell.page import DeskPage
from ui.widgets.overlay import Overlay

Asked = TypeVar("Asked", bound=Overlay)
Result = TypeVar("Result")
CHANGES = Changes.PEOPLE | Changes.PROJECTS


class Asking(QObject):
    """Opens the layers of one page, one at a time."""

    def __init__(self, page: DeskPage) -> None:
        super().__init__(page)
        self._page = page
        self._overlay: Overlay | None = None

    def add_person(self) -> None:
        """Ask for a new person."""

        def act(asked: AddPerson) -> Callable[[Workspace], Done]:
            code, name, roles = asked.code.text().strip(), asked.full_name.text(), asked.roles
            typed, by_herself = asked.passphrase.text(), asked.by_herself
            return lambda ws: access.add(ws, new_person(code, name, roles, typed, by_herself=by_herself))

        self._ask(AddPerson(self._page), act, self._done)

    def add_project(self) -> None:
        """Ask for a new project."""

        def act(asked: AddProject) -> Callable[[Workspace], Done]:
            name, form, people = (box.text() for box in (asked.name, asked.form, asked.people))
            mode = asked.mode
            return lambda ws: projects.add_project(ws, name, form, mode, people)

        self._ask(AddProject(self._page), act, self._done)

    def roles(self, person: Listed, project: Project) -> None:
        """Ask for somebody's roles in a project."""

        def act(asked: Roles) -> Callable[[Workspace], Done]:
            roles = asked.roles
            return lambda ws: projects.set_roles(ws, project.id, person.code, roles)

        self._ask(Roles(self._page, person, project), act, self._done)

    def remove(self, person: Listed, project: Project) -> None:
        """Ask before somebody is taken out of a project."""

        def act(_asked: Remove) -> Callable[[Workspace], Done]:
            return lambda ws: projects.remove(ws, project.id, person.code)

        self._ask(Remove(self._page, person.code, project), act, self._done)

    def revoke(self, person: Listed) -> None:
        """Ask before somebody is let out for good."""

        def act(asked: Revoke) -> Callable[[Workspace], Done]:
            reason = asked.reason
            return lambda ws: access.revoke(ws, person.code, reason)

        self._ask(Revoke(self._page, person), act, self._done)

    def new_passphrase(self, person: Listed) -> None:
        """Ask for the new passphrase of somebody who forgot hers."""

        def act(asked: NewPassphrase) -> Callable[[Workspace], Begun | Done]:
            order = Order(person.code, asked.passphrase.text(), asked.by_herself, asked.parts)
            return lambda ws: access.begin_reset(ws, order)

        self._ask(NewPassphrase(self._page, person), act, self._begun)

    def enrol(self) -> None:
        """Ask where the bundle of a workstation is to be written."""

        def act(asked: Enrol) -> Callable[[Workspace], Written]:
            path = asked.path
            return lambda ws: access.write_bundle(ws, path)

        self._ask(Enrol(self._page), act, self._written)

    def login(self, person: Listed) -> None:
        """Show the script that makes somebody's login."""
        code = person.code
        self._run(
            lambda ws: access.login_script(ws, code), self._show_script, self._page.refused, Changes.NOTHING
        )

    # --- what becomes of it -------------------------------------------------------------------

    def _ask(
        self,
        overlay: Asked,
        act: Callable[[Asked], Callable[[Workspace], Result]],
        done: Callable[[Result], None],
    ) -> None:
        """Let an overlay ask; then run what `act` makes of it, with the workspace."""
        overlay.done.connect(lambda: self._run(act(overlay), done, overlay.refused))
        self._open(overlay)

    def _open(self, overlay: Overlay) -> None:
        overlay.closed.connect(self._forget)
        self._overlay = overlay

    def _run(
        self,
        verb: Callable[[Workspace], Result],
        done: Callable[[Result], None],
        failed: Callable[[Refusal], None],
        changes: Changes = CHANGES,
    ) -> None:
        ws = self._page.session.ws
        self._page.session.operations.run(lambda: verb(ws), done, failed, changes)

    def _done(self, done: Done) -> None:
        self._close()
        self._page.banner.say(done.words, done.kind)
        if done.script is not None:
            self._show_script(done.script)

    def _begun(self, begun: Begun | Done) -> None:
        if isinstance(begun, Done):
            self._done(begun)
        else:
            self._close()
            self._show_script(begun.script, begun)

    def _written(self, written: Written) -> None:
        self._close()
        self._open(TwelveWords(self._page, written.path, written.words))

    # --- scripts ------------------------------------------------------------------------------

    def _show_script(self, script: Script, begun: Begun | None = None) -> None:
        layer = ScriptLayer(self._page, script)

        def run() -> None:
            url, password = layer.url, layer.take_password()
            self._run(lambda ws: access.run(ws, script, url, password, begun), self._ran, self._not_run)

        def save() -> None:
            path = layer.path
            self._run(lambda _ws: access.save(path, script), layer.saved, layer.refused, Changes.NOTHING)

        def go_on() -> None:
            if begun is not None:
                self._run(lambda ws: access.go_on(ws, begun), self._done, self._page.refused)

        layer.done.connect(run)
        layer.save.connect(save)
        layer.put_off.connect(go_on)
        self._open(layer)

    @property
    def _running(self) -> ScriptLayer | None:
        """Return the layer whose script is being run, unless it was left meanwhile."""
        layer = self._overlay
        return layer if isinstance(layer, ScriptLayer) and layer.working else None

    def _ran(self, done: Done) -> None:
        if self._running is not None:
            self._running.told(done.words)
        else:
            self._page.banner.say(done.words, done.kind)

    def _not_run(self, refusal: Refusal) -> None:
        (self._running or self._page).refused(refusal)

    # --- closing ------------------------------------------------------------------------------

    def _close(self) -> None:
        if self._overlay is not None:
            self._overlay.leave()

    def _forget(self) -> None:
        self._overlay = None
