"""What children acknowledged, and whether all of it is there: exactly once, whole, and nothing else."""

from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field

import msgspec

from boapp.crypto.sealed_pass import SealedPass, open_as_author
from boapp.domain.ids import DocumentId, ProjectId
from boapp.services.auditing import verify_project
from boapp.services.syncing import PASS, send_waiting
from boapp.shareddb.protocol import Outcome
from boapp.workspace import Workspace
from tests.builders import House
from tests.faults.children import Line
from tests.faults.work import documents_of, half_of, values_of


@dataclass
class Ledger:
    """Fields and passes that somebody was told are kept; once seen by a check they count as told too."""

    kept: dict[bytes, dict[str, str]] = field(default_factory=dict)
    sealed: dict[bytes, bytes] = field(default_factory=dict)

    def read(self, said: Iterable[Line]) -> None:
        """Take in what a child said."""
        for what, *words in said:
            if what == "kept":
                document, name, text = words
                self.kept.setdefault(bytes.fromhex(document), {})[name] = text
            elif what == "sealed":
                document, id_ = words
                self.sealed[bytes.fromhex(document)] = bytes.fromhex(id_)

    def check(self, house: House, person: str, project: ProjectId) -> None:
        """Hold the stores of a house against this, as a new process after the kill, and send what waits."""
        with _opened(house, person) as (ws, auditor):
            self._check_local(ws, auditor, project)
            self._check_sent(ws, auditor, project)

    def check_unsent(self, house: House, person: str, project: ProjectId) -> None:
        """Hold them against this and leave what waits in the outbox."""
        with _opened(house, person) as (ws, auditor):
            self._check_local(ws, auditor, project)

    def _check_local(self, ws: Workspace, auditor: Workspace, project: ProjectId) -> None:
        passes = _queued(ws) | _stored(auditor, project)
        assert self.sealed.items() <= passes.items(), "an acknowledged pass is gone"
        assert len(passes) <= len(self.sealed) + 1, "more than one pass that nobody acknowledged"
        self.sealed = passes
        more = sum(self._more_drafts(ws, project, document) for document in documents_of(ws, project))
        assert more <= 1, "more than one value that nobody acknowledged"

    def _more_drafts(self, ws: Workspace, project: ProjectId, document: DocumentId) -> int:
        """Return how many values stand there beyond those acknowledged, of one document."""
        found = {a.field: e.value.text for a, e in ws.store.drafts(document).items()}
        cursor = ws.store.cursor(project, document)
        if document in self.sealed:
            assert not found, "a sealed pass has drafts"
            assert cursor is None
            return 0
        known = self.kept.get(document, {})
        assert known.keys() <= found.keys(), "an acknowledged field is gone"
        more = found.items() - known.items()
        typed = values_of(document)
        assert all(text in {typed[name], half_of(typed[name])} for name, text in more), "nobody keyed this"
        assert (cursor is not None) == bool(found), "where the keyer was is gone"
        assert all(cursor and cursor.field == name for name, _ in more), "a value without its place"
        assert cursor is None or found[cursor.field][: cursor.position] == half_of(typed[cursor.field])
        self.kept[document] = found
        return len(more)

    def _check_sent(self, ws: Workspace, auditor: Workspace, project: ProjectId) -> None:
        assert set(send_waiting(ws)) <= {Outcome.STORED, Outcome.ALREADY}
        assert ws.store.waiting() == []
        stored = auditor.shared.passes(project)
        assert [p.slot for p in stored] == [1] * len(stored)
        assert sorted(p.id for p in stored) == sorted(self.sealed.values()), "not exactly once"
        assert sorted(p.document for p in stored) == sorted(self.sealed), "not exactly once"
        for one in stored:
            entries = open_as_author(one.sealed, ws.keys.box_key)
            assert {e.address.field: e.value.text for e in entries} == values_of(one.document)
        assert verify_project(auditor, project).findings == []

    def check_all_done(self, house: House, person: str, project: ProjectId) -> None:
        """See that after the last child every document has its pass."""
        self.check(house, person, project)
        ws = house.as_(person)
        try:
            assert set(self.sealed) == set(documents_of(ws, project))
            assert ws.shared.my_claims(project) == []
        finally:
            ws.close()


@contextmanager
def _opened(house: House, person: str) -> Iterator[tuple[Workspace, Workspace]]:
    """Give a person's workspace, and that of the auditor, who is shown every pass."""
    with closing(house.as_(person)) as ws, closing(house.as_("aud")) as auditor:
        yield ws, auditor


def _queued(ws: Workspace) -> dict[bytes, bytes]:
    found = {}
    for message in ws.store.waiting():
        if message.kind == PASS:
            context = msgspec.msgpack.decode(message.data, type=SealedPass).read_manifest().context
            assert context.document not in found, "two passes of one document wait"
            found[bytes(context.document)] = bytes(context.id)
    return found


def _stored(ws: Workspace, project: ProjectId) -> dict[bytes, bytes]:
    return {bytes(p.document): bytes(p.id) for p in ws.shared.passes(project)}
