"""Images arrive: files become encrypted pages, documents, and a batch.

One file is one document with all its pages, unless an index file joins or splits. A file that is
refused is named with its reason and the rest goes on. A page is encrypted as soon as it is decoded;
nothing plain touches the disk. A document enters the queue with its signed intake, after its pages.
"""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from boapp.crypto.envelope import digest, new_id, new_key
from boapp.crypto.facts import Draft, FactKind, Subject
from boapp.crypto.metadata import (
    PagePlace,
    image_hash,
    seal_dek,
    seal_meta,
    seal_page,
    unseal_meta,
)
from boapp.domain.documents import (
    MAX_NAME,
    Description,
    PageInfo,
    decode_description,
    encode_description,
)
from boapp.domain.ids import BatchId, DocumentId, ProjectId
from boapp.domain.workflow import Role, Task, require
from boapp.errors import BadInput, Refusal, Tampered
from boapp.images.decode import CheckedFile, CheckedPage, Decoder
from boapp.interchange.index_csv import IndexRow
from boapp.services.projects import current_form
from boapp.services.syncing import send_waiting, state_fact, with_document
from boapp.services.verifying import verified_intake, verify_intakes
from boapp.shareddb.protocol import BatchRow, DocumentRow, NewDocument
from boapp.workspace import Workspace

CACHED_FILES = 4


@dataclass(frozen=True, slots=True)
class Accepted:
    """A file that became (part of) documents; pages are those taken from this file."""

    file: str
    documents: tuple[str, ...]
    pages: int


@dataclass(frozen=True, slots=True)
class Refused:
    """A file, or a document of an index, that was left out, and why."""

    file: str
    reason: str


@dataclass(frozen=True, slots=True)
class IntakeResult:
    """Every file once, accepted or refused."""

    accepted: tuple[Accepted, ...]
    refused: tuple[Refused, ...]


@dataclass(frozen=True, slots=True)
class _Piece:
    """One page, or all pages (page None), of one file."""

    path: Path
    page: int | None


@dataclass(frozen=True, slots=True)
class _Planned:
    """One document before its files are read."""

    name: str
    pieces: tuple[_Piece, ...]
    further: Mapping[str, str]


def take_in(
    ws: Workspace,
    project: ProjectId,
    batch_name: str,
    files: Sequence[Path],
    index: Sequence[IndexRow] | None,
    progress: Callable[[str], None] = lambda _name: None,
    *,
    due_us: int | None = None,
) -> IntakeResult:
    """Take files into a batch; refusals are told, never raised, once it has begun."""
    with closing(begin(ws, project, batch_name, files, index, due_us=due_us)) as run:
        while (name := run.next) is not None:
            progress(name)
            run.step()
        return run.result()


def begin(
    ws: Workspace,
    project: ProjectId,
    batch_name: str,
    files: Sequence[Path],
    index: Sequence[IndexRow] | None,
    *,
    due_us: int | None = None,
) -> "Run":
    """Begin an intake that goes on document by document; whoever stops in between keeps what is in.

    due_us: when a new batch is due, in microseconds since 1970, UTC; one that is there keeps what it has.
    """
    roles = ws.roles(project) | (ws.me.roles & {Role.ADMINISTRATOR})
    require(Task.INTAKE, roles)
    if not batch_name.strip() or len(batch_name) > MAX_NAME or not batch_name.isprintable():
        raise BadInput(f"A batch name has 1 to {MAX_NAME} printable characters.")
    distinct, twice = _distinct(files, by_name=index is not None)
    intake = _Intake(ws, project, (batch_name, due_us), distinct)
    intake.refuse_index_columns(index or ())
    intake.refuse_due()
    planned, unnamed = _plan(distinct, index)
    return Run(intake, planned, (*unnamed, *twice))


class Run:
    """An intake under way. Its worker runs until `close`."""

    def __init__(self, intake: "_Intake", planned: Sequence[_Planned], refused: Sequence[Refused]) -> None:
        self._intake, self._planned, self._further = intake, list(planned), tuple(refused)
        self._decoder = Decoder()
        self._reader = _Reader(self._decoder)
        self.total, self.done = len(self._planned), 0

    @property
    def next(self) -> str | None:
        """Return the name of the document that the next step takes in; None at the end."""
        return self._planned[self.done].name if self.done < self.total else None

    def step(self) -> None:
        """Take one document in, or note why not."""
        self._intake.take(self._planned[self.done], self._reader)
        self.done += 1

    def pass_over(self, names: Collection[str]) -> None:
        """Leave out documents that an earlier run over the same files has come to."""
        self._planned = [document for document in self._planned if document.name not in names]
        self.total = len(self._planned)

    def result(self) -> IntakeResult:
        """Return every file that was come to so far, accepted or refused."""
        return self._intake.result(self._further)

    def close(self) -> None:
        """End the worker; what was taken in stays in."""
        self._decoder.close()


def _distinct(files: Sequence[Path], *, by_name: bool) -> tuple[list[Path], list[Refused]]:
    """Return each file once, and those given again; an index file knows files by their names alone."""
    found: dict[str, Path] = {}
    twice = []
    for path in files:
        known = found.setdefault(path.name if by_name else str(path), path)
        if known is not path:
            twice.append(Refused(str(path), "A file of this name was given before. Leave it out."))
    return list(found.values()), twice


def _plan(files: Sequence[Path], index: Sequence[IndexRow] | None) -> tuple[list[_Planned], list[Refused]]:
    if index is None:
        return [_Planned(path.name, (_Piece(path, None),), {}) for path in files], []
    by_name = {path.name: path for path in files}
    in_index = {row.file for row in index}
    unnamed = [
        Refused(str(path), "The index file does not name it. Add a row for it, or leave it out.")
        for path in files
        if path.name not in in_index
    ]
    planned: dict[str, _Planned] = {}
    for row in index:
        known = planned.get(row.document, _Planned(row.document, (), row.further))
        piece = _Piece(by_name.get(row.file, Path(row.file)), row.page)
        planned[row.document] = _Planned(row.document, (*known.pieces, piece), known.further)
    return list(planned.values()), unnamed


class _Reader:
    """Decoded files, the last few kept: an index may take several documents from one file."""

    def __init__(self, decoder: Decoder) -> None:
        self._decoder = decoder
        self._read: dict[Path, CheckedFile] = {}

    def read(self, path: Path) -> CheckedFile:
        """Return a file's pages; BadInput when it is refused."""
        if path not in self._read:
            checked = self._decoder.read(path)
            if len(self._read) >= CACHED_FILES:
                self._read.pop(next(iter(self._read)))
            self._read[path] = checked
        return self._read[path]


class _Intake:
    """One run of intake into one batch of one project."""

    def __init__(
        self, ws: Workspace, project: ProjectId, batch: tuple[str, int | None], given: Iterable[Path]
    ) -> None:
        self._ws, self._project = ws, project
        self._given = {str(path): place for place, path in enumerate(given)}
        self._form = current_form(ws, project)
        self._key = ws.pdk(project, ws.roster.project(project).pdk_epoch)
        self._names = {name.casefold() for name in document_names(ws, project).values()}
        self._batch_name, self._due_us = batch
        self._batch: BatchId | None = None
        self._taken: dict[str, list[tuple[str, int]]] = {}
        self._refused: dict[str, str] = {}

    def refuse_index_columns(self, index: Sequence[IndexRow]) -> None:
        """Refuse an index that names a column like a field: an export would hold both."""
        keys = {field.key for field in self._form.fields}
        for row in index:
            for name in keys & set(row.further):
                raise BadInput(f"The index file has a column {name}, which is a field.", "Rename it.")

    def refuse_due(self) -> None:
        """Refuse a time that has passed, or that a batch which is there is not due at."""
        if self._due_us is None:
            return
        if self._due_us <= self._ws.now_us():
            raise BadInput("This batch would be due already.", "Name a time to come.")
        known = self._known_batch()
        if known is not None and known.due_us != self._due_us:
            raise BadInput(
                f"The batch {self._batch_name} is there and is not due at this time.",
                "Leave the time out to continue it, or name another batch.",
            )

    def take(self, planned: _Planned, reader: _Reader) -> None:
        """Take one document in, or note why not."""
        try:
            self._refuse_name(planned.name)
            pages, digests = self._pages(planned, reader)
            self._store(planned, pages, digests)
        except Refusal as refusal:
            for piece in planned.pieces:
                self._refused.setdefault(str(piece.path), str(refusal))
            return
        for piece in planned.pieces:
            count = len(reader.read(piece.path).pages) if piece.page is None else 1
            self._taken.setdefault(str(piece.path), []).append((planned.name, count))

    def _refuse_name(self, name: str) -> None:
        if name.casefold() in self._names:
            raise BadInput(
                "A document of this name is already in the project.", "Rename the file, or leave it out."
            )
        if not name.isprintable() or not 0 < len(name) <= MAX_NAME:
            raise BadInput(f"A document name has 1 to {MAX_NAME} printable characters.", "Rename the file.")

    def _pages(self, planned: _Planned, reader: _Reader) -> tuple[list[CheckedPage], tuple[bytes, ...]]:
        pages: list[CheckedPage] = []
        digests: dict[bytes, None] = {}
        for piece in planned.pieces:
            checked = self._read(piece, reader)
            digests[checked.digest] = None
            if piece.page is None:
                pages += checked.pages
            elif 1 <= piece.page <= len(checked.pages):
                pages.append(checked.pages[piece.page - 1])
            else:
                raise BadInput(
                    f"The index names page {piece.page} of {piece.path.name}, which has "
                    f"{len(checked.pages)}.",
                    "Correct the index file.",
                )
        return pages, tuple(digests)

    def _read(self, piece: _Piece, reader: _Reader) -> CheckedFile:
        """Read a file; it is told why it is refused, and the others of its document that it was."""
        try:
            if str(piece.path) not in self._given:
                raise BadInput("The index file names it, but it was not given.", "Give it, too.")
            return reader.read(piece.path)
        except Refusal as refusal:
            self._refused.setdefault(str(piece.path), str(refusal))
            raise BadInput(f"{piece.path.name}, of the same document, was refused.") from refusal

    def _store(self, planned: _Planned, pages: Sequence[CheckedPage], sources: tuple[bytes, ...]) -> None:
        ws, document, dek = self._ws, DocumentId(new_id()), new_key()
        infos, digests = [], []
        for number, page in enumerate(pages, start=1):
            place = PagePlace(ws.org, self._project, document, number, len(pages))
            sealed = seal_page(dek, place, page.data)
            ws.shared.put_page(document, number, sealed)
            digests.append(digest(sealed))
            infos.append(PageInfo(page.media_type, page.width, page.height, page.dpi, digest(page.data)))
        description = Description(planned.name, dict(planned.further), tuple(infos), sources)
        self._queue(document, dek, description, image_hash(digests))
        self._names.add(planned.name.casefold())

    def _queue(self, document: DocumentId, dek: bytes, description: Description, image: bytes) -> None:
        ws = self._ws
        data = encode_description(description)
        meta = seal_meta(ws.org, self._key, b"document", document, data)
        batch = self._batch_id()
        clear = {
            "batch": batch,
            "form_hash": self._form.digest,
            "image_hash": image,
            "page_count": len(description.pages),
            "dek_epoch": self._key.epoch,
            "dek": seal_dek(ws.org, self._key, document, dek),
            "verify": self._form.double,
            "meta_hash": digest(meta),
        }
        subject = Subject(FactKind.INTAKE, ws.org, self._project, document, ws.me.id, 0)
        new = NewDocument(batch, self._key.epoch, meta)
        state_fact(ws, Draft(subject, clear), with_document(new))
        send_waiting(ws)

    def _batch_id(self) -> BatchId:
        if self._batch is None:
            self._batch = (self._known_batch() or self._add_batch()).id
        return self._batch

    def _known_batch(self) -> BatchRow | None:
        ws, rows = self._ws, self._ws.shared.batches(self._project)
        return next((row for row in rows if _name(ws, row) == self._batch_name), None)

    def _add_batch(self) -> BatchRow:
        id_ = BatchId(new_id())
        name = seal_meta(self._ws.org, self._key, b"batch", id_, self._batch_name.encode())
        row = BatchRow(id_, self._project, self._key.epoch, name, self._due_us)
        self._ws.shared.add_batch(row)
        return row

    def result(self, further: Iterable[Refused]) -> IntakeResult:
        """Return every file once; one that is refused in part is refused, and told what was taken in."""
        accepted = [
            Accepted(file, tuple(name for name, _ in taken), sum(count for _, count in taken))
            for file, taken in sorted(self._taken.items(), key=lambda item: self._given[item[0]])
            if file not in self._refused
        ]
        refused = [Refused(file, self._with_taken(file, reason)) for file, reason in self._refused.items()]
        return IntakeResult(tuple(accepted), (*refused, *further))

    def _with_taken(self, file: str, reason: str) -> str:
        taken = ", ".join(name for name, _ in self._taken.get(file, ()))
        return f"{reason} Taken in from it nevertheless: {taken}." if taken else reason


def batch_names(ws: Workspace, project: ProjectId) -> dict[BatchId, str]:
    """Return the names of a project's batches."""
    return {row.id: _name(ws, row) for row in ws.shared.batches(project)}


def _name(ws: Workspace, row: BatchRow) -> str:
    return unseal_meta(ws.org, ws.pdk(row.project, row.epoch), b"batch", row.id, row.name).decode()


def describe(ws: Workspace, row: DocumentRow) -> Description:
    """Return a document's description, held against what was signed when it was taken in."""
    intake = verified_intake(ws, row)
    if digest(row.meta) != intake.meta_hash:
        raise Tampered("The description of a document is not the one that was taken in.")
    key = ws.pdk(row.project, row.meta_epoch)
    return decode_description(unseal_meta(ws.org, key, b"document", row.id, row.meta))


def document_names(ws: Workspace, project: ProjectId) -> dict[DocumentId, str]:
    """Return the names of a project's documents, in the order in which they came."""
    rows = ws.shared.documents(project)
    verify_intakes(ws, project, rows)
    return {row.id: describe(ws, row).name for row in rows}
