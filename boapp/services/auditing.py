"""Gathering a project's evidence and having it verified."""

import msgspec

from boapp.address import Address
from boapp.audit.chains import Finding, Remembered
from boapp.audit.evidence import Evidence
from boapp.audit.verifier import verify_evidence
from boapp.domain.ids import ProjectId
from boapp.domain.workflow import HOLDS_ADJ, Role
from boapp.enrolment import stores_of
from boapp.errors import NotAllowed, Refusal
from boapp.localdb.store import acknowledged_chains
from boapp.shareddb.protocol import StoredEvidence
from boapp.workspace import Workspace

SEES_EVIDENCE = HOLDS_ADJ | {Role.ADMINISTRATOR, Role.AUDITOR}


class Audit(msgspec.Struct, frozen=True):
    """What was checked and what does not hold."""

    passes: int
    facts: int
    findings: list[Finding]


def verify_project(ws: Workspace, project: ProjectId) -> Audit:
    """Verify everything of a project; needs no key but one's own to get in.

    What the local stores remember is read first: whatever they had sent by then must be there.
    """
    if isinstance(ws.location, Address) and not (ws.roles(project) | ws.me.roles) & SEES_EVIDENCE:
        raise NotAllowed(
            "The server shows you too little of this project to verify it.",
            "Ask an auditor, an administrator, or a supervisor of the project.",
        )
    remembered, unreadable = _remembered(ws, project)
    stored = _stored(ws, project)
    evidence = Evidence(ws.org, ws.roster, ws.roster.project(project), stored, remembered, ws.shared.page)
    findings = [*unreadable, *verify_evidence(evidence)]
    return Audit(len(stored.passes), len(stored.facts), findings)


def _stored(ws: Workspace, project: ProjectId) -> StoredEvidence:
    """Return the evidence together with the list of people as it stood at that moment."""
    ws.refresh()
    while True:
        stored, head = ws.shared.evidence(project), ws.roster.head
        ws.refresh()
        if ws.roster.head == head:
            return stored


def _remembered(ws: Workspace, project: ProjectId) -> tuple[list[Remembered], list[Finding]]:
    """Return what the local stores on this workstation remember of what they sent, and which cannot tell."""
    found, unreadable = [], []
    for path in stores_of(ws.home, ws.org):
        try:
            chains = acknowledged_chains(path)
        except (Refusal, TypeError) as error:  # a cell of another kind stops the driver's own conversion
            words = error.title if isinstance(error, Refusal) else "its list of chains is malformed"
            unreadable.append(Finding(f"local store {path.name}", "local store", words))
            continue
        found += [Remembered(chain, seq) for known, chain, seq in chains if known == project]
    return found, unreadable
