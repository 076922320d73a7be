"""Who is signed in: an unlocked workspace and the operations that work on it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from boapp.domain.ids import ProjectId
    from boapp.domain.workflow import Role
    from boapp.workspace import Workspace
    from ui.operations import Operations
    from ui.post import Post


def _no_post() -> Post:
    from ui.post import Post

    return Post(None)


@dataclass(frozen=True, slots=True)
class Session:
    """One sign-in. Its workspaces are touched only inside verbs that `operations` runs.

    here: where the shared database is a server, the workspace for keying, which never asks it and has a lane
    of its own.
    """

    ws: Workspace
    operations: Operations
    troubles: tuple[str, ...] = ()
    """What could not be done at sign-in, in words; home says it."""
    here: Workspace | None = None
    post: Post = field(default_factory=_no_post)

    @property
    def near(self) -> Workspace:
        """Return the workspace that keying works on."""
        return self.here or self.ws

    @property
    def apart(self) -> bool:
        """Say whether keying works apart from the shared database."""
        return self.here is not None

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
