"""Taking a claim back: a supervisor ends somebody's claim, with a reason that he signs.

The claim ends and the document waits for its keying again; the draft stays with its author. What she seals
under the old claim is kept and never counts, as when a lease ran out and somebody else took the document.
The reason is for holders of the adjudication key and for its author; the keyer is told that her claim was
taken back, and by whom. She believes it only of somebody who was supervisor when he signed it.
"""

from collections.abc import Iterable
from dataclasses import dataclass

import msgspec

from boapp.crypto.facts import Draft, FactKind, Subject, read_clear
from boapp.crypto.sealed_pass import SealedPass
from boapp.domain.ids import DocumentId, Fence, PassId, ProjectId
from boapp.domain.passes import Asked
from boapp.domain.workflow import MAY, Task, may_take, require
from boapp.errors import BadInput, NotAllowed, NotFound, Refusal, Tampered, Unavailable
from boapp.localdb.outbox import Waiting
from boapp.services.intake import describe, document_names
from boapp.services.syncing import plain, send_waiting, state_fact
from boapp.services.verifying import document_row, seen, verified_fact
from boapp.shareddb.protocol import OpenClaim, Outcome
from boapp.workspace import Workspace

MAX_REASON = 500


@dataclass(frozen=True, slots=True)
class Held:
    """A document that somebody holds; times in microseconds since 1970, UTC.

    expired: her lease ran out, and still holds until somebody else is granted the document.
    """

    claim: OpenClaim
    document: str
    person: str
    since_us: int
    expired: bool

    @property
    def asked(self) -> Asked:
        """Return which fields she is asked for."""
        return Asked.ALL if self.claim.pass_no == 1 else Asked.VERIFY


@dataclass(frozen=True, slots=True)
class Lost:
    """A document whose claim this person lost, and why, with the document's name in the words.

    pass_row: the row of the pass that she sealed for it, of which she is told by this; empty for a draft.
    """

    document: DocumentId
    why: Refusal
    pass_row: bytes = b""


@dataclass(frozen=True, slots=True)
class Late:
    """A sealed pass, under the id of its row here, that came after its claim was gone, or may have."""

    row: bytes
    project: ProjectId
    document: DocumentId
    fence: Fence
    id: PassId


def open_claims(ws: Workspace, project: ProjectId) -> list[Held]:
    """Return who holds which document of a project, in the order of its documents."""
    ws.refresh()
    require(Task.TAKE_BACK, ws.roles(project))
    claims = ws.shared.open_claims(project)
    names = document_names(ws, project) if claims else {}
    return [_held(ws, claim, names[claim.document]) for claim in claims]


def _held(ws: Workspace, claim: OpenClaim, name: str) -> Held:
    known, now = ws.roster.people.get(claim.person), ws.now_us()
    person = known.code if known else claim.person.hex()
    return Held(claim, name, person, claim.granted_us, claim.expires_us < now)


def take_back(
    ws: Workspace, project: ProjectId, document: DocumentId, reason: str, fence: Fence | None = None
) -> Held:
    """End the open claim on a document, or just the one with this fence; return whose it was.

    Refuses when nobody holds it, or when its keyer ended the claim meanwhile. Unavailable while she keeps
    it locked: it did not count, and has to be stated again.
    """
    reason = _checked(reason)
    ws.refresh()
    require(Task.TAKE_BACK, ws.roles(project))
    send_waiting(ws)  # one that could not be sent before counts
    claim = _claim_on(ws, project, document)
    if claim is None:
        raise NotFound("Nobody holds this document now.", "boapp claims shows what is being keyed.")
    if fence not in {None, claim.fence}:
        raise _ended_meanwhile()
    held = _held(ws, claim, describe(ws, document_row(ws, project, document)).name)
    epoch, _ = ws.current_adj(project)
    subject = Subject(FactKind.TAKE_BACK, ws.org, project, document, ws.me.id, epoch)
    clear = {"pass_no": claim.pass_no, "person": claim.person, "fence": claim.fence}
    state_fact(ws, Draft(subject, clear, (), reason.encode()), plain)
    if send_waiting(ws)[-1:] == [Outcome.SURPLUS]:
        _refuse_surplus(ws, project, claim)
    return held


def _checked(reason: str) -> str:
    reason = reason.strip()
    if not reason or len(reason) > MAX_REASON or not reason.isprintable():
        raise BadInput(f"A reason has 1 to {MAX_REASON} printable characters.", "Say why, in one line.")
    return reason


def _claim_on(ws: Workspace, project: ProjectId, document: DocumentId) -> OpenClaim | None:
    return next((c for c in ws.shared.open_claims(project) if c.document == document), None)


def _refuse_surplus(ws: Workspace, project: ProjectId, claim: OpenClaim) -> None:
    now = _claim_on(ws, project, claim.document)
    if now is not None and now.fence == claim.fence:
        raise Unavailable(
            "This document was not taken back: its keyer's program is using it at this moment.",
            "Do it again. If it stays so, the operator of the shared database ends her session.",
        )
    raise _ended_meanwhile()


def _ended_meanwhile() -> NotAllowed:
    return NotAllowed("This claim ended meanwhile, so nothing was taken back.", "Look at the list again.")


# --- her side of it -------------------------------------------------------------------------------


def taken_by(
    ws: Workspace, project: ProjectId, document: DocumentId, fence: Fence | None = None
) -> str | None:
    """Return who took back this person's claim on a document, of this fence or of any; None if nobody did."""
    for stored in ws.shared.facts(project, document):
        if stored.kind != FactKind.TAKE_BACK or not stored.counted:
            continue
        statement = verified_fact(ws, stored)
        clear, actor = read_clear(statement), statement.subject.actor
        roles = ws.roster.project(project).roles_at(actor, seen(ws, statement.place.seen_head))
        mine = clear["person"] == ws.me.id and fence in {None, clear["fence"]}
        if mine and roles & MAY[Task.TAKE_BACK]:
            return ws.roster.people[actor].code
    return None


def as_late(message: Waiting) -> Late:
    """Return which pass a message is, in case it came too late."""
    manifest = msgspec.msgpack.decode(message.data, type=SealedPass).read_manifest()
    ctx = manifest.context
    return Late(message.id, ctx.project, ctx.document, manifest.fence, ctx.id)


def too_late(ws: Workspace, late: Late) -> NotAllowed:
    """Return in words why a pass of hers is kept and does not count."""
    by = taken_by(ws, late.project, late.document, late.fence)
    if by is None:
        return NotAllowed("It came too late.", "Another pass counts; this one is kept as surplus.")
    return NotAllowed(
        f"It was taken back by your supervisor, {by}.", "What you keyed is kept, and does not count."
    )


def came_late(ws: Workspace) -> list[Late]:
    """Return which passes came too late and their keyer was not told (`were_told`), oldest first."""
    perhaps = [as_late(message) for message in ws.store.owed()]
    counted = [late.row for late in perhaps if _counts(ws, late)]
    ws.store.told(counted)
    return [late for late in perhaps if late.row not in counted]


def _counts(ws: Workspace, sealed: Late) -> bool:
    """Say whether it is the pass of hers that counts: the answer to it was lost."""
    try:
        return ws.shared.own_pass(sealed.document).read_manifest().context.id == sealed.id
    except NotAllowed:
        return False


def lateness(ws: Workspace) -> list[Lost]:
    """Return the same with the reasons in words and the documents' names."""
    return [_lost_late(ws, late) for late in came_late(ws)]


def _lost_late(ws: Workspace, late: Late) -> Lost:
    try:
        return _lost(ws, late.project, late.document, too_late(ws, late), late.row)
    except (Tampered, NotFound, NotAllowed) as trouble:  # why, or its name, is not to be had: that is told
        return Lost(late.document, trouble, late.row)


def were_told(ws: Workspace, lost: Iterable[Lost]) -> None:
    """Keep that this person was told of passes that came too late."""
    ws.store.told([one.pass_row for one in lost if one.pass_row])


def _lost(ws: Workspace, project: ProjectId, document: DocumentId, why: Refusal, row: bytes = b"") -> Lost:
    name = describe(ws, document_row(ws, project, document)).name
    return Lost(document, NotAllowed(f"{name}: {why.title}", why.advice), row)


def drafts_taken_back(ws: Workspace) -> list[Lost]:
    """Return which documents were taken back from this person while she had a draft of them.

    Those that somebody else keyed since are left out: there is nothing to go on with.
    """
    drafted = [(p, d) for p, d in ws.store.drafted() if p in ws.roster.projects]
    held = {claim.document for p in {p for p, _ in drafted} for claim in ws.shared.my_claims(p)}
    found = []
    for project, document in drafted:
        if document in held or not _may_still_key(ws, project, document):
            continue
        by = taken_by(ws, project, document)
        if by is not None:
            why = NotAllowed(f"It was taken back by your supervisor, {by}.", "Your draft is kept.")
            found.append(_lost(ws, project, document, why))
    return found


def _may_still_key(ws: Workspace, project: ProjectId, document: DocumentId) -> bool:
    rows = ws.shared.documents(project, document)
    return any(may_take(ws.me.id, ws.roles(project), row.stage, row.first_by) for row in rows)
