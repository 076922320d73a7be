"""What a resolver herself has read and decided: hers to see again, as after a restart.

An own reading stays as it was locked, so whoever comes back to a mismatch goes on from the one that
stands. Nothing of anybody's pass is opened here.
"""

from boapp.crypto.facts import FactKind
from boapp.domain.ids import FactId, ProjectId
from boapp.domain.passes import decode
from boapp.domain.values import Value
from boapp.services.resolving import Mismatch
from boapp.services.settling import open_content, place_of
from boapp.services.verifying import verified_fact
from boapp.shareddb.protocol import OpenDiscrepancy
from boapp.workspace import Workspace


def own_reading(ws: Workspace, mismatch: Mismatch) -> tuple[FactId, Value] | None:
    """Return this person's locked reading of a mismatch; None before she locked one."""
    place = mismatch.place
    wanted = (bytes(place.comparison), *mismatch.address)
    for stored in ws.shared.facts(mismatch.project, place.document):
        if stored.kind != FactKind.READING or stored.actor != ws.me.id or not stored.counted:
            continue
        if place_of(verified_fact(ws, stored)) == wanted:
            (entry,) = decode(open_content(ws, mismatch.project, stored))
            return stored.id, entry.value
    return None


def own_decisions(ws: Workspace, project: ProjectId) -> list[OpenDiscrepancy]:
    """Return the places that this person decided, in the queue's order; no value is opened."""
    facts = ws.shared.facts(project)
    mine = {f.id for f in facts if f.kind == FactKind.RESOLUTION and f.actor == ws.me.id}
    return [d for d in ws.shared.discrepancies(project) if d.resolution in mine]
