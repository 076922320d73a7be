"""Gathering a project's evidence and having it verified."""

import msgspec

from boapp.audit.chains import Finding, Remembered
from boapp.audit.verifier import Evidence, verify_evidence
from boapp.crypto.epochs import RECOVERY
from boapp.domain.ids import ProjectId
from boapp.enrolment import stores_of
from boapp.localdb.store import acknowledged_chains
from boapp.workspace import Workspace


class Audit(msgspec.Struct, frozen=True):
    """What was checked and what does not hold."""

    passes: int
    facts: int
    findings: list[Finding]


def verify_project(ws: Workspace, project: ProjectId) -> Audit:
    """Verify everything of a project; needs no key but one's own to get in."""
    shared = ws.shared
    passes, facts = shared.passes(project), shared.facts(project)
    evidence = Evidence(
        ws.org,
        ws.roster,
        ws.roster.project(project),
        shared.documents(project),
        passes,
        facts,
        shared.discrepancies(project),
        _remembered(ws, project),
        shared.page,
        shared.person_keys(),
        [wrap for person in (*ws.roster.people, RECOVERY[0]) for wrap in shared.wraps(person)],
    )
    return Audit(len(passes), len(facts), verify_evidence(evidence))


def _remembered(ws: Workspace, project: ProjectId) -> list[Remembered]:
    """Return what the local stores on this workstation remember of what they sent."""
    return [
        Remembered(chain, seq)
        for path in stores_of(ws.home, ws.org)
        for known, chain, seq in acknowledged_chains(path)
        if known == project
    ]
