"""Claims: one person's exclusive, expiring right to key one document once.

The queue decides which document comes next. Naming one is for values that come from a file or a
machine, so that nobody picks the easy ones.
"""

from dataclasses import dataclass

from boapp.domain.documents import Description, Intake
from boapp.domain.forms import Form
from boapp.domain.ids import DocumentId, ProjectId
from boapp.domain.passes import Asked
from boapp.domain.settings import OPEN_CLAIMS
from boapp.domain.workflow import HOLDS_ADJ, KEYING, MAY, Task
from boapp.errors import NotAllowed
from boapp.services.intake import describe
from boapp.services.projects import form_of
from boapp.services.roster_editing import adj_holders
from boapp.services.verifying import document_row, verified_intake
from boapp.shareddb.protocol import Claim, too_many_claims
from boapp.workspace import Workspace


@dataclass(frozen=True, slots=True)
class Assignment:
    """A claimed document with everything that its keyer needs, and nothing of anybody else's pass."""

    project: ProjectId
    claim: Claim
    form: Form
    intake: Intake
    description: Description

    @property
    def asked(self) -> Asked:
        """Return which fields this pass is asked for."""
        return self.claim.asked


def require_keyer(ws: Workspace, project: ProjectId) -> None:
    """Refuse whoever may not key in this project at all."""
    roles = ws.roles(project)
    if roles & HOLDS_ADJ or not roles & KEYING:
        raise NotAllowed(
            "You may not key in this project.",
            "That needs the role operator or second-keyer, and neither adjudicator nor supervisor.",
        )
    ws.current_adj(project)
    if not adj_holders(ws.roster, project):
        raise NotAllowed(
            "This project has no adjudicator or supervisor now, so nothing can be keyed in it.",
            "Ask your administrator to add one.",
        )


def claim(
    ws: Workspace, project: ProjectId, *, second: bool, document: DocumentId | None = None
) -> Assignment | None:
    """Claim the next document for a first or a second pass; None when there is none for this person."""
    ws.refresh()
    ws.demand_fresh()
    require_keyer(ws, project)
    if second and not ws.roles(project) & MAY[Task.SECOND]:
        return None
    _refuse_too_many(ws, project)
    granted = ws.shared.claim(project, second=second, document=document)
    return None if granted is None else assignment(ws, project, granted)


def _refuse_too_many(ws: Workspace, project: ProjectId) -> None:
    """Refuse whoever holds as many open claims as the signed list allows; leases that ran out are none."""
    now_us, most = ws.now_us(), ws.roster.project(project).setting(OPEN_CLAIMS)
    held = sum(granted.expires_us >= now_us for granted in ws.shared.my_claims(project))
    if held >= most:
        raise too_many_claims(held, most)


def open_assignments(ws: Workspace, project: ProjectId) -> list[Assignment]:
    """Return what this person claimed and has not sealed, as after a restart."""
    return [assignment(ws, project, granted) for granted in ws.shared.my_claims(project)]


def assignment(ws: Workspace, project: ProjectId, granted: Claim) -> Assignment:
    """Return a claim with its verified intake, form and description."""
    row = document_row(ws, project, granted.document)
    intake = verified_intake(ws, row)
    form = form_of(ws, project, intake.form_hash)
    return Assignment(project, granted, form, intake, describe(ws, row))
