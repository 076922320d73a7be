"""Reviewing a settled record: somebody who had no part in the document looks at it again.

No part: she keyed it in no pass, read none of its places and decided none. She may add a note, for holders of
the adjudication key. What she finds is evidence; it moves nothing.
"""

from boapp.crypto.facts import Draft, FactKind, Subject
from boapp.domain.ids import DocumentId, ProjectId
from boapp.domain.workflow import Task, require
from boapp.errors import NotAllowed, NotFound
from boapp.services.syncing import plain, send_waiting, state_fact
from boapp.services.verifying import document_row
from boapp.shareddb.protocol import Outcome
from boapp.workspace import Workspace


def review(
    ws: Workspace, project: ProjectId, document: DocumentId, *, accepted: bool, note: str = ""
) -> None:
    """State that a record was looked at again, and whether it is accepted.

    NotAllowed when she had a part in the document, or reviewed this record before.
    """
    ws.refresh()
    require(Task.REVIEW, ws.roles(project))
    row = document_row(ws, project, document)
    if row.record is None:
        raise NotFound("This document is not settled yet.", "It can be reviewed when it is.")
    epoch, _ = ws.current_adj(project)
    subject = Subject(FactKind.REVIEW, ws.org, project, document, ws.me.id, epoch)
    content = note.strip().encode() or None
    state_fact(ws, Draft(subject, {"accepted": accepted}, (bytes(row.record),), content), plain)
    if send_waiting(ws)[-1:] == [Outcome.SURPLUS]:
        raise NotAllowed(
            "This review does not count: you had a part in the document, or reviewed this record before.",
            "Somebody else has to review it.",
        )
