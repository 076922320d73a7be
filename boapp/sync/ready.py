"""What is on this computer to be keyed, in numbers: what home offers while the server is away."""

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from boapp.localdb.reserve import State
from boapp.services.intake import batch_names
from boapp.services.projects import current_form, project_names
from boapp.sync.near import opened
from boapp.workspace import Workspace

if TYPE_CHECKING:
    from boapp.domain.ids import BatchId, ProjectId


@dataclass(frozen=True, slots=True)
class Ready:
    """One kind of keying in one batch, as far as it is here.

    waits: documents that can be keyed now, begun ones among them. sealed: those that wait to be sent.
    """

    project: str
    batch: str
    form: str
    second: bool
    waits: int
    begun: int
    sealed: int


def ready_here(ws: Workspace) -> list[Ready]:
    """Return what is here, in the order in which it is keyed; ws is the workspace that works apart."""
    counts: dict[tuple[ProjectId, BatchId, bool], Counter[State]] = {}
    for claim in ws.store.reserve.claims():
        kind = claim.project, opened(claim).document.batch, claim.pass_no > 1
        counts.setdefault(kind, Counter())[claim.state] += 1
    names = project_names(ws)
    batches = {project: batch_names(ws, project) for project in {project for project, *_ in counts}}
    return [
        Ready(
            names.get(project, ""),
            batches[project].get(batch, ""),
            current_form(ws, project).title,
            second,
            found[State.WAITS] + found[State.BEGUN],
            found[State.BEGUN],
            found[State.SEALED],
        )
        for (project, batch, second), found in counts.items()
    ]
