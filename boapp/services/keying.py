"""Keying one claimed document: durable drafts, checks, the page images.

There is one way to key, for the first pass and the second. Nothing here can return anything of
another person's pass.
"""

from boapp.domain.checks import Finding, check_pass
from boapp.domain.passes import Entry, by_address
from boapp.domain.values import Address
from boapp.errors import BadInput
from boapp.localdb.store import Cursor
from boapp.services.pages import Source, picture_of
from boapp.services.queue import Assignment
from boapp.workspace import Workspace


def put(ws: Workspace, work: Assignment, entry: Entry) -> None:
    """Keep one entry as it was left; durable when this returns."""
    _refuse_unasked(work, entry)
    ws.store.put_draft(work.project, work.claim.document, entry)


def _refuse_unasked(work: Assignment, entry: Entry) -> None:
    asked = {field.key for field in work.form.asked(work.asked)} | {g.key for g in work.form.groups}
    if entry.address.field not in asked:
        raise BadInput(f"The field {entry.address.field} is not asked in this pass.")


def put_unfinished(ws: Workspace, work: Assignment, where: Cursor, entry: Entry | None) -> None:
    """Keep where the keyer is together with an entry, if there is one; durable when this returns.

    The entry is what she typed so far, or that of the field which she just left.
    """
    if entry is not None:
        _refuse_unasked(work, entry)
    ws.store.put_unfinished(work.project, work.claim.document, where, entry)


def cursor(ws: Workspace, work: Assignment) -> Cursor | None:
    """Return where the keyer was, as after a restart."""
    return ws.store.cursor(work.project, work.claim.document)


def drop(ws: Workspace, work: Assignment, address: Address) -> None:
    """Forget what was keyed in a field."""
    ws.store.drop_draft(work.claim.document, address)


def drafted(ws: Workspace, work: Assignment) -> dict[Address, Entry]:
    """Return the entries kept so far."""
    return ws.store.drafts(work.claim.document)


def findings(work: Assignment, entries: tuple[Entry, ...]) -> tuple[Finding, ...]:
    """Return the errors and warnings of a pass as it stands."""
    return check_pass(work.form, by_address(entries), work.asked)


def page(ws: Workspace, work: Assignment, number: int) -> bytes:
    """Return one page's picture, decrypted in memory, from the cache when it is there."""
    source = Source(work.project, work.claim.document, work.form, work.intake, work.description)
    return picture_of(ws, source, number)
