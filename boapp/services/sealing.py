"""Sealing: the act that makes a pass final. It is encrypted, signed and queued for sync."""

import importlib.metadata

from boapp.crypto.envelope import new_id
from boapp.crypto.sealed_pass import (
    ChainPlace,
    Circumstances,
    PassContext,
    SealedPass,
    SealingKeys,
    seal_pass,
)
from boapp.domain.checks import Severity
from boapp.domain.ids import PassId
from boapp.domain.passes import Asked, Entry, Method, by_address
from boapp.domain.values import Address
from boapp.domain.workflow import Mode
from boapp.errors import BadInput
from boapp.services.keying import findings
from boapp.services.queue import Assignment, require_keyer
from boapp.services.syncing import keep_pass
from boapp.workspace import Workspace

APP_VERSION = importlib.metadata.version("boapp")


def seal(ws: Workspace, work: Assignment, entries: tuple[Entry, ...], method: Method) -> SealedPass:
    """Seal a pass; it waits in the outbox until the shared database has it.

    Refuses a pass in which an asked field is missing, an error stands, or a warning was not accepted.
    It is sealed to the newest epochs of the signed list, never to those that a stored claim names: an
    old epoch is what somebody who left the project still holds.
    """
    require_keyer(ws, work.project)
    _refuse_unfinished(work, entries)
    known = ws.roster.project(work.project)
    adj_epoch, adj_public = ws.current_adj(work.project)
    released = known.mode is Mode.RELEASE and work.asked is Asked.ALL
    pdk = ws.pdk(work.project, known.pdk_epoch).secret if released else None
    context = PassContext(
        ws.org,
        work.project,
        work.claim.document,
        PassId(new_id()),
        ws.me.id,
        ws.me.keys.key_id,
        known.pdk_epoch,
        adj_epoch,
        work.intake.form_hash,
        work.intake.image_hash,
    )

    def build(place: ChainPlace) -> SealedPass:
        circumstances = Circumstances(work.asked, method, APP_VERSION, work.claim.fence, place, ws.now_us())
        return seal_pass(context, entries, ws.keys, SealingKeys(adj_public, pdk), circumstances)

    return keep_pass(ws, work.project, work.claim, build)


def _refuse_unfinished(work: Assignment, entries: tuple[Entry, ...]) -> None:
    values = by_address(entries)
    missing = [
        field.key
        for field in work.form.asked(work.asked)
        if field.group is None and Address(field.key) not in values
    ]
    if missing:
        raise BadInput(f"Not keyed yet: {', '.join(missing)}.", "Key them, or say that they are blank.")
    accepted = {(entry.address, code) for entry in entries for code in entry.accepted}
    for finding in findings(work, entries):
        if finding.severity is Severity.ERROR:
            raise BadInput(f"The field {finding.address.field} holds an error.", "Correct it first.")
        if (finding.address, finding.code) not in accepted:
            raise BadInput(
                f"The field {finding.address.field} holds a warning.", "Compare it with the image first."
            )
