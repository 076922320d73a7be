"""Values that come from a file, through the same doors as keyed ones: claim, check, seal; resolve.

Each row is one document and stands for itself: what is refused is named with line and field, and the
rest goes on. Warnings are accepted and recorded as accepted by file.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import PurePath

from boapp.domain.checks import Severity, check
from boapp.domain.ids import DocumentId, Fence, ProjectId
from boapp.domain.passes import Entry, Method
from boapp.domain.sentences import sentence
from boapp.domain.values import Address, Value
from boapp.domain.workflow import HOLDS_ADJ, Stage, may_take
from boapp.errors import BadInput, NotAllowed, NotFound, Refusal
from boapp.interchange.values_csv import ValuesRow, missing_columns, read_cell
from boapp.services.comparing import advance, compare_mine
from boapp.services.intake import document_names
from boapp.services.keying import findings
from boapp.services.projects import form_of
from boapp.services.queue import Assignment, assignment, claim, require_keyer
from boapp.services.resolving import Mismatch, lock_reading, mismatches, require_resolver, resolve
from boapp.services.sealing import seal
from boapp.services.syncing import send
from boapp.services.taking_back import came_late, too_late
from boapp.services.verifying import document_row, verified_intake
from boapp.shareddb.protocol import DocumentRow
from boapp.workspace import Workspace

Progress = Callable[[str], None]
REASON = "from a values file"


@dataclass(frozen=True, slots=True)
class RefusedRow:
    """A row, or one field of it, that was refused."""

    line: int
    document: str
    field: str | None
    reason: str


@dataclass(slots=True)
class KeyedFromFile:
    """What came of keying from a file."""

    sealed: list[str] = field(default_factory=list)
    refused: list[RefusedRow] = field(default_factory=list)
    ignored_cells: int = 0
    accepted_warnings: int = 0


@dataclass(slots=True)
class ResolvedFromFile:
    """What came of resolving from a file; left_open counts mismatches that the file says nothing of."""

    resolved: list[tuple[str, str]] = field(default_factory=list)
    refused: list[RefusedRow] = field(default_factory=list)
    left_open: int = 0


class FieldRefused(BadInput):
    """A cell that cannot be taken, with the field it stands under."""

    def __init__(self, key: str, refusal: str) -> None:
        super().__init__(refusal)
        self.field = key


class _Names:
    """Documents by file name, or by stem where that is unique; each is found once."""

    def __init__(self, names: Mapping[DocumentId, str]) -> None:
        self._by_name = {name: document for document, name in names.items()}
        stems: dict[str, list[DocumentId]] = {}
        for document, name in names.items():
            stems.setdefault(PurePath(name).stem, []).append(document)
        self._by_stem = {stem: found[0] for stem, found in stems.items() if len(found) == 1}
        self._found: set[DocumentId] = set()

    def find(self, name: str) -> DocumentId:
        """Return the document a file means."""
        found = self._by_name.get(name) or self._by_stem.get(name)
        if found is None:
            raise NotFound("No document of this name is in the project.", "Name the image file.")
        if found in self._found:
            raise BadInput("An earlier row names this document.", "Leave one of the two rows out.")
        self._found.add(found)
        return found


def find_document(ws: Workspace, project: ProjectId, name: str) -> DocumentId:
    """Return the document of this file name, or of this stem where that is unique."""
    return _Names(document_names(ws, project)).find(name)


def key_from_file(
    ws: Workspace, project: ProjectId, rows: Sequence[ValuesRow], progress: Progress = lambda _n: None
) -> KeyedFromFile:
    """Key the documents that a file names, as far as this person may."""
    require_keyer(ws, project)
    names, result = _Names(document_names(ws, project)), KeyedFromFile()
    held = {c.document: c for c in ws.shared.my_claims(project)}
    documents = {row.id: row for row in ws.shared.documents(project)}
    for row in rows:
        try:
            document = documents[names.find(row.document)]
            granted = held.get(document.id)
            work = assignment(ws, project, granted) if granted else _claimed(ws, document)
            _key(ws, work, row, result, mine_before=granted is not None)
            result.sealed.append(row.document)
        except FieldRefused as refusal:
            result.refused.append(RefusedRow(row.line, row.document, refusal.field, str(refusal)))
        except Refusal as refusal:
            result.refused.append(RefusedRow(row.line, row.document, None, str(refusal)))
        progress(row.document)
    compare_mine(ws, project)
    return result


def _claimed(ws: Workspace, row: DocumentRow) -> Assignment:
    asked = may_take(ws.me.id, ws.roles(row.project), row.stage, row.first_by)
    if asked is None:
        raise NotAllowed(*_why_not(ws, row))
    work = claim(ws, row.project, second=row.stage is Stage.SECOND, document=row.id)
    if work is None:
        raise NotAllowed("Somebody else holds this document.", "Try again later.")
    return work


def _why_not(ws: Workspace, row: DocumentRow) -> tuple[str, str]:
    if row.first_by == ws.me.id:
        return "Not for you: keyed by you.", "Somebody else keys it the second time."
    if row.stage is Stage.SECOND:
        return "It waits for its second keying.", "That needs the role second-keyer."
    return "It is keyed already.", "Leave its row out."


def _key(
    ws: Workspace, work: Assignment, row: ValuesRow, result: KeyedFromFile, *, mine_before: bool
) -> None:
    try:
        entries, ignored = _entries(work, row)
    except Refusal:
        if not mine_before:
            ws.shared.hand_back(work.claim.fence)
        raise
    seal(ws, work, entries, Method.FILE)
    send(ws)
    _refuse_late(ws, work.claim.fence)
    result.ignored_cells += ignored
    result.accepted_warnings += sum(len(entry.accepted) for entry in entries)


def _refuse_late(ws: Workspace, fence: Fence) -> None:
    """Refuse the row whose pass came too late; of earlier ones she is told when she signs in."""
    for late in came_late(ws):
        if late.fence == fence:
            why = too_late(ws, late)
            ws.store.told((late.row,))
            raise why


def _entries(work: Assignment, row: ValuesRow) -> tuple[tuple[Entry, ...], int]:
    if work.form.groups:
        raise BadInput("This form has repeating rows, which a values file cannot hold.", "Key it by hand.")
    asked = [f.key for f in work.form.asked(work.asked)]
    missing = missing_columns(asked, row.cells)
    if missing:
        raise FieldRefused(missing[0], f"The file has no column {', '.join(missing)}, which is asked.")
    plain = tuple(Entry(Address(key), _cell(key, row)) for key in asked)
    accepted: dict[str, list[str]] = {}
    for finding in findings(work, plain):
        if finding.severity is Severity.ERROR:
            raise FieldRefused(finding.address.field, sentence(finding))
        accepted.setdefault(finding.address.field, []).append(finding.code)
    entries = tuple(entry._replace(accepted=tuple(accepted.get(entry.address.field, ()))) for entry in plain)
    return entries, len(set(row.cells) - set(asked))


def _cell(key: str, row: ValuesRow) -> Value:
    try:
        return read_cell(row.cells[key])
    except BadInput as refusal:
        raise FieldRefused(key, str(refusal)) from refusal


def resolve_from_file(
    ws: Workspace, project: ProjectId, rows: Sequence[ValuesRow], progress: Progress = lambda _n: None
) -> ResolvedFromFile:
    """Take each cell as own reading and decision of the mismatch it names."""
    require_resolver(ws, project)
    if ws.roles(project) & HOLDS_ADJ:
        advance(ws, project)
    else:
        compare_mine(ws, project)
    names, result = document_names(ws, project), ResolvedFromFile()
    by_document = _rows_by_document(_Names(names), rows, result)
    for mismatch in mismatches(ws, project):
        row = by_document.get(mismatch.place.document)
        if row is None or mismatch.place.field not in row.cells:
            result.left_open += 1
            continue
        _resolve(ws, mismatch, row, result)
        progress(names[mismatch.place.document])
    return result


def _rows_by_document(
    names: _Names, rows: Sequence[ValuesRow], result: ResolvedFromFile
) -> dict[DocumentId, ValuesRow]:
    found = {}
    for row in rows:
        try:
            found[names.find(row.document)] = row
        except Refusal as refusal:
            result.refused.append(RefusedRow(row.line, row.document, None, str(refusal)))
    return found


def _resolve(ws: Workspace, mismatch: Mismatch, row: ValuesRow, result: ResolvedFromFile) -> None:
    key = mismatch.place.field
    try:
        value = _cell(key, row)
        _refuse_errors(ws, mismatch, value)
        reading = lock_reading(ws, mismatch, value)
        resolve(ws, mismatch, reading, value, REASON, Method.FILE)
    except Refusal as refusal:
        result.refused.append(RefusedRow(row.line, row.document, key, str(refusal)))
    else:
        result.resolved.append((row.document, key))


def _refuse_errors(ws: Workspace, mismatch: Mismatch, value: Value) -> None:
    row = document_row(ws, mismatch.project, mismatch.place.document)
    form = form_of(ws, mismatch.project, verified_intake(ws, row).form_hash)
    for finding in check(form.field(mismatch.place.field), value):
        if finding.severity is Severity.ERROR:
            raise BadInput(sentence(finding))
