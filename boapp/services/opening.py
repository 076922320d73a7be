"""Opening the sealed passes of a document, through the door that is this person's, verified.

A holder of ADJ opens with the private half of the epoch that each pass was sealed to. Whoever sealed
the second pass of a release project opens her own as its author, and the first with the project key
and the share that the shared database keeps until her seal. Nobody else opens anything.
"""

from collections.abc import Callable
from dataclasses import dataclass, field

from boapp.crypto.sealed_pass import (
    Manifest,
    SealedPass,
    open_as_adjudicator,
    open_as_author,
    open_released,
)
from boapp.domain.comparison import Comparison, compare
from boapp.domain.documents import Intake
from boapp.domain.forms import Form
from boapp.domain.ids import PersonId
from boapp.domain.passes import Asked, Entry, by_address
from boapp.domain.values import Address, Value
from boapp.domain.workflow import HOLDS_ADJ
from boapp.errors import Tampered
from boapp.services.projects import form_of
from boapp.services.verifying import verified_intake, verified_pass
from boapp.shareddb.protocol import DocumentRow
from boapp.workspace import Workspace

Values = dict[Address, Value]
Door = Callable[[SealedPass], tuple[Entry, ...]]


@dataclass(frozen=True, slots=True)
class Opened:
    """The passes of one document, opened and verified; second is None where one pass is enough."""

    row: DocumentRow
    form: Form
    intake: Intake
    manifests: tuple[Manifest, ...]
    first: Values = field(repr=False)
    second: Values | None = field(repr=False)

    @property
    def authors(self) -> tuple[PersonId, ...]:
        """Return who keyed, first keyer first."""
        return tuple(m.context.author for m in self.manifests)

    @property
    def ids(self) -> tuple[bytes, ...]:
        """Return the ids of the passes, first pass first."""
        return tuple(bytes(m.context.id) for m in self.manifests)

    def compare(self) -> Comparison | None:
        """Return the comparison under the document's form; None where there is nothing to compare."""
        return None if self.second is None else compare(self.form, self.first, self.second)


def open_passes(ws: Workspace, row: DocumentRow) -> Opened:
    """Open a document's passes through this person's own door."""
    if ws.roles(row.project) & HOLDS_ADJ:
        return open_as_holder(ws, row)
    return open_as_second(ws, row)


def open_as_holder(ws: Workspace, row: DocumentRow) -> Opened:
    """Open a document's counted passes as a holder of ADJ."""
    stored = sorted((p for p in ws.shared.passes(row.project, row.id) if p.slot), key=lambda p: p.slot)

    def door(sealed: SealedPass) -> tuple[Entry, ...]:
        epoch = sealed.read_manifest().context.adj_epoch
        return open_as_adjudicator(sealed, ws.adj(row.project, epoch).secret)

    return _open(ws, row, [p.sealed for p in stored], door)


def is_openable(ws: Workspace, own: SealedPass) -> bool:
    """Say whether a pass of hers was sealed with the keys that she has now; another holder opens the rest."""
    return own.read_manifest().context.key_id == ws.keys.public.key_id


def open_as_second(ws: Workspace, row: DocumentRow) -> Opened:
    """Open a document as whoever sealed its second pass, in a release project.

    Her own pass is held against her own signature before the first one is asked for.
    """
    own = ws.shared.own_pass(row.id)
    if verified_pass(ws, own, row.project, verified_intake(ws, row)).context.author != ws.me.id:
        raise Tampered("What stands as your own pass was signed by somebody else.")
    first = ws.shared.reveal(row.id)

    def door(sealed: SealedPass) -> tuple[Entry, ...]:
        if sealed is own:
            return open_as_author(sealed, ws.keys.box_key)
        key = ws.pdk(row.project, sealed.read_manifest().context.pdk_epoch)
        return open_released(sealed, key.secret)

    return _open(ws, row, [first, own], door)


def _open(ws: Workspace, row: DocumentRow, passes: list[SealedPass], door: Door) -> Opened:
    intake = verified_intake(ws, row)
    manifests = tuple(verified_pass(ws, sealed, row.project, intake) for sealed in passes)
    form = form_of(ws, row.project, intake.form_hash)
    if set(intake.verify) != set(form.double) or len(passes) != (2 if intake.verify else 1):
        raise Tampered("A document does not have the passes that it was taken in for.")
    _refuse_wrong_places(row, manifests)
    values = [_asked_for(form, m, by_address(door(s))) for m, s in zip(manifests, passes, strict=True)]
    return Opened(row, form, intake, manifests, values[0], values[1] if len(values) > 1 else None)


def _asked_for(form: Form, manifest: Manifest, values: Values) -> Values:
    """Return the values of a pass; Tampered when it holds one that nobody asked for."""
    asked = {one.key: one.group for one in form.asked(manifest.asked)}
    groups = {group.key for group in form.groups}
    for key, row in values:
        if key in groups and not row:
            continue
        if key not in asked or (asked[key] is None) == bool(row):
            raise Tampered("A pass holds a value that its form does not ask for.")
    return values


def _refuse_wrong_places(row: DocumentRow, manifests: tuple[Manifest, ...]) -> None:
    if not manifests or [m.asked for m in manifests] != [Asked.ALL, Asked.VERIFY][: len(manifests)]:
        raise Tampered("The passes of a document are not a first and a second one.")
    if any(m.context.document != row.id for m in manifests):
        raise Tampered("A pass stands under another document than its keyer signed.")
    if len({m.context.author for m in manifests}) != len(manifests):
        raise Tampered("One person stands behind both passes of a document.")
