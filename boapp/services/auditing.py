"""Gathering a project's evidence and having it verified."""

import msgspec

from boapp.audit.chains import Finding, Remembered
from boapp.audit.evidence import Evidence
from boapp.audit.verifier import verify_evidence
from boapp.domain.ids import ProjectId
from boapp.domain.workflow import Sight, sight_of_evidence
from boapp.enrolment import store_path, stores_of
from boapp.errors import NotAllowed, Refusal
from boapp.localdb.outbox import acknowledged_chains
from boapp.shareddb.protocol import StoredEvidence
from boapp.workspace import NOBODY, Workspace


class Audit(msgspec.Struct, frozen=True):
    """What was checked and what does not hold.

    withheld: how many first passes of documents that wait for their second keying were not shown to
    whoever verified. withheld_surplus: how many passes besides that came too late.
    """

    passes: int
    facts: int
    withheld: int
    withheld_surplus: int
    findings: list[Finding]


def verify_project(ws: Workspace, project: ProjectId) -> Audit:
    """Verify everything of a project; needs no key but one's own to get in.

    What the local stores remember is read first: whatever they had sent by then must be there.
    """
    remembered, unreadable = _remembered(ws, project)
    stored = _stored(ws, project)
    known, withholds = ws.roster.project(project), _withholds(ws, project, stored)
    evidence = Evidence(ws.org, ws.roster, known, stored, remembered, ws.shared.page, withholds)
    found, withheld = verify_evidence(evidence)
    counts = (len(stored.passes), len(stored.facts), len(withheld.firsts), withheld.surplus)
    return Audit(*counts, [*unreadable, *found])


def _withholds(ws: Workspace, project: ProjectId, stored: StoredEvidence) -> bool:
    """Say whether something may be withheld from this person; refuse whoever is shown nothing to verify."""
    sight = sight_of_evidence(ws.roles(project), ws.roster.people[ws.me.id].roles)
    if stored.withholds and sight is Sight.NOTHING:
        raise NotAllowed(
            "You are not shown the evidence of this project.",
            "Auditors, administrators, adjudicators and supervisors verify it.",
        )
    return stored.withholds and sight is Sight.LATER


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
    owners = {store_path(ws.home, ws.org, person).name: person for person in ws.roster.people}
    for path in stores_of(ws.home, ws.org):
        try:
            chains = acknowledged_chains(path)
        except (Refusal, TypeError) as error:  # a cell of another kind stops the driver's own conversion
            words = error.title if isinstance(error, Refusal) else "its list of chains is malformed"
            unreadable.append(Finding(f"local store {path.name}", "local store", words))
            continue
        author = owners.get(path.name, NOBODY)
        found += [Remembered(chain, seq, author) for known, chain, seq in chains if known == project]
    return found, unreadable
