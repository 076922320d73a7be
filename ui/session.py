"""Who is signed in: an unlocked workspace and the operations that work on it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from boapp.domain.ids import ProjectId
    from boapp.domain.workflow import Role
    from boapp.workspace import Workspace
    from ui.operations import Operations


@dataclass(frozen=True, slots=True)
class Session:
    """One sign-in. Its workspace is touched only inside a verb that `operations` runs."""

    ws: Workspace
    operations: Operations
    troubles: tuple[str, ...] = ()
    """What could not be done at sign-in, in words; home says it."""

    @property
    def code(self) -> str:
        """Return the code of the person who is signed in."""
        return self.ws.me.code

    def roles(self) -> frozenset[Role]:
        """Return every role that she has anywhere."""
        roles = set(self.ws.me.roles)
        for project in self.ws.roster.projects.values():
            roles |= project.roles(self.ws.me.id)
        return frozenset(roles)

    def projects(self) -> list[ProjectId]:
        """Return the projects in which she has a role."""
        return [p.id for p in self.ws.roster.projects.values() if p.roles(self.ws.me.id)]
