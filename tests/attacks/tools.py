"""What every attack needs: a prepared project, raw access to its file, and modified clients."""

import contextlib
import itertools
import os
import sqlite3
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path

import msgspec

from boapp.audit.chains import Finding
from boapp.crypto.envelope import new_id, unseal
from boapp.crypto.facts import Draft, FactKind, SealedFact, Subject, seal_fact
from boapp.crypto.framing import lp
from boapp.crypto.keychain import Keychain
from boapp.crypto.roster_entries import KeyKind, Member, Request
from boapp.crypto.sealed_pass import (
    ChainPlace,
    Circumstances,
    PassContext,
    SealedPass,
    SealingKeys,
    open_as_adjudicator,
    open_as_author,
    open_released,
    seal_pass,
)
from boapp.domain.ids import ChainId, DocumentId, FactId, Fence, PassId, ProjectId
from boapp.domain.passes import Asked, Entry, Method, encode
from boapp.domain.values import Value
from boapp.domain.workflow import Mode, Role
from boapp.errors import Refusal, Tampered
from boapp.services import resetting
from boapp.services.auditing import verify_project
from boapp.services.people import NewPerson
from boapp.services.projects import grant_waiting
from boapp.services.resolving import Mismatch, lock_reading, mismatches, resolve
from boapp.services.roster_editing import RosterEdit
from boapp.services.verifying import document_row, verified_intake
from boapp.shareddb.protocol import Claim, OpenClaim, Outcome
from boapp.shareddb.sqlite import FILE_NAME
from boapp.workspace import Workspace
from tests.builders import House, entries, key_document, receipt

FULL = os.environ.get("BOAPP_FULL") == "1"
SECRET_NAME = "QUIVERING WOMBAT TRADING"
SECRET_TOTAL = "7391.46"


@dataclass
class Scene:
    """One test's copy of a project with documents that wait for their first keying."""

    house: House
    project: ProjectId
    documents: list[DocumentId]
    _opened: dict[str, Workspace] = field(default_factory=dict)

    def as_(self, code: str) -> Workspace:
        """Return the workspace of a person, opened once."""
        if code not in self._opened:
            self._opened[code] = self.house.as_(code)
        return self._opened[code]

    def close(self) -> None:
        """Close every workspace: the next use opens anew, as another program would."""
        for ws in self._opened.values():
            ws.close()
        self._opened.clear()

    def copy(self, folder: Path) -> "Scene":
        """Copy all of it into another folder."""
        self.close()
        return Scene(self.house.copy(folder), self.project, self.documents)

    @property
    def file(self) -> Path:
        """The shared database's file."""
        return self.house.location / FILE_NAME

    def key(self, code: str, number: int = 0, *, second: bool = False, **values: str) -> None:
        """Key a document by the program's own doors."""
        key_document(self.as_(code), self.project, self.documents[number], receipt(**values), second=second)

    def key_secret(self) -> None:
        """Have ann key what must not come out."""
        self.key("ann", company=SECRET_NAME, total=SECRET_TOTAL)

    def key_both(self, number: int = 0, *, first: str = "9.00", second: str = "9.00") -> None:
        """Have ann and bob key a document, with these totals."""
        self.key("ann", number, total=first)
        self.key("bob", number, second=True, total=second)

    def key_second_regardless(self, code: str) -> None:
        """Key the first document second, whatever the comparison after it says."""
        with contextlib.suppress(Refusal):
            self.key(code, second=True)

    def decide(self, code: str, value: str = "9.00") -> None:
        """Resolve every mismatch that this person may resolve, for this value."""
        for mismatch in self.mismatches(code):
            decide(self.as_(code), mismatch, value)

    def mismatches(self, code: str) -> list[Mismatch]:
        """Return the open mismatches that this person may resolve."""
        return mismatches(self.as_(code), self.project)

    def findings(self, code: str = "sue") -> list[Finding]:
        """Return what `boapp audit verify` finds, on a workspace opened anew."""
        self.close()
        return verify_project(self.as_(code), self.project).findings

    @contextmanager
    def sql(self) -> Iterator[sqlite3.Connection]:
        """Give the file to somebody who edits it: every trigger is dropped first, every check is off."""
        connection = sqlite3.connect(self.file)
        try:
            connection.execute("PRAGMA ignore_check_constraints = ON")
            for (name,) in connection.execute(
                "SELECT name FROM sqlite_master WHERE type = 'trigger'"
            ).fetchall():
                connection.execute(f"DROP TRIGGER {name}")
            yield connection
            connection.commit()
        finally:
            connection.close()

    def edit(self, statement: str, *parameters: object) -> None:
        """Run one statement on the file, as somebody who edits it, and see that it changed something."""
        with self.sql() as db:
            assert db.execute(statement, parameters).rowcount > 0, "the attack changed nothing"

    def one(self, query: str, *parameters: object) -> object:
        """Return the first column of the first row."""
        with self.sql() as db:
            return db.execute(query, parameters).fetchone()[0]


def decide(ws: Workspace, mismatch: Mismatch, value: str) -> None:
    """Read a field and decide it."""
    reading = lock_reading(ws, mismatch, Value.of(value))
    resolve(ws, mismatch, reading, Value.of(value), "", Method.KEYED)


def decide_regardless(scene: Scene, code: str, value: str) -> None:
    """Decide as a modified client does that takes no notice of its own program's refusals."""
    for mismatch in scene.mismatches(code):
        with contextlib.suppress(Tampered):
            decide(scene.as_(code), mismatch, value)


def found(findings: list[Finding], where: str, rule: str) -> bool:
    """Say whether a finding names this row and this rule."""
    return any(where in finding.where and finding.rule == rule for finding in findings)


def promote(scene: Scene, code: str) -> None:
    """Have the administrator make a keyer a supervisor of the project, and sue give her the key."""
    admin = scene.as_("admin")
    person, edit = admin.roster.person(code).id, RosterEdit(admin)
    edit.add(Member(scene.project, person, (Role.SUPERVISOR,)))
    edit.add(Request(scene.project, person))
    edit.store()
    scene.close()
    grant_waiting(scene.as_("sue"))
    scene.close()


def reset(scene: Scene, code: str) -> None:
    """Have the administrator give somebody new keys, without the officers' parts."""
    admin = scene.as_("admin")
    new = NewPerson(code, "", (), "another passphrase", set_by_administrator=True)
    made = resetting.prepare(admin, new)
    resetting.carry_out(admin, made, None)
    scene.close()
    scene.house = replace(scene.house, keys={**scene.house.keys, code: made.keys})


def loose_place(ws: Workspace) -> ChainPlace:
    """Return a place in a chain of its own, as a modified client may take."""
    return ChainPlace(ChainId(new_id()), 1, bytes(32), ws.seen_head)


def signed_fact(
    ws: Workspace,
    scene: Scene,
    kind: FactKind,
    clear: Mapping[str, object],
    refs: tuple[bytes, ...] = (),
    content: bytes | None = None,
    *,
    document: DocumentId | None = None,
    project: ProjectId | None = None,
) -> SealedFact:
    """Sign a fact that no honest client would state."""
    project, document = project or scene.project, document or scene.documents[0]
    epoch, adj = ws.current_adj(scene.project)
    subject = Subject(kind, ws.org, project, document, ws.me.id, epoch if content is not None else 0)
    return seal_fact(Draft(subject, clear, refs, content), adj, ws.keys, loose_place(ws), ws.now_us())


def state(ws: Workspace, fact: SealedFact) -> Outcome:
    """Send a fact past the services."""
    return ws.shared.state([fact])[0]


def reading_fact(ws: Workspace, scene: Scene, mismatch: Mismatch, value: str) -> FactId:
    """State a reading past the services."""
    clear = {"field": mismatch.place.field, "row": mismatch.place.row}
    content = encode((Entry(mismatch.address, Value.of(value)),))
    refs, document = (bytes(mismatch.place.comparison),), mismatch.place.document
    fact = signed_fact(ws, scene, FactKind.READING, clear, refs, content, document=document)
    state(ws, fact)
    return fact.read_statement().id


def resolution(ws: Workspace, scene: Scene, mismatch: Mismatch, reading: bytes, value: str) -> SealedFact:
    """Sign a decision past the services."""
    place = {"field": mismatch.place.field, "row": mismatch.place.row}
    clear = {**place, "choice": "another", "charged": "both", "cause": "unknown", "method": "keyed"}
    refs = (bytes(mismatch.place.comparison), bytes(reading))
    content = encode((Entry(mismatch.address, Value.of(value)),))
    document = mismatch.place.document
    return signed_fact(ws, scene, FactKind.RESOLUTION, clear, refs, content, document=document)


def resolution_fact(ws: Workspace, scene: Scene, mismatch: Mismatch, reading: bytes, value: str) -> Outcome:
    """State a decision past the services."""
    return state(ws, resolution(ws, scene, mismatch, reading, value))


def take_back_fact(
    scene: Scene,
    code: str,
    claim: OpenClaim,
    *,
    reason: bytes | None = b"she is ill",
    named: Mapping[str, object] | None = None,
) -> SealedFact:
    """Sign a take-back past the services; named: what it says otherwise than the claim."""
    clear = {"pass_no": claim.pass_no, "person": claim.person, "fence": claim.fence} | dict(named or {})
    ws = scene.as_(code)
    return signed_fact(ws, scene, FactKind.TAKE_BACK, clear, (), reason, document=claim.document)


def claim_raw(ws: Workspace, scene: Scene, *, second: bool, number: int = 0) -> Claim | None:
    """Claim past the services."""
    return ws.shared.claim(scene.project, second=second, document=scene.documents[number])


def forged_pass(
    ws: Workspace,
    scene: Scene,
    fence: Fence,
    values: tuple[Entry, ...] | None = None,
    *,
    number: int = 0,
    asked: Asked = Asked.VERIFY,
    pass_id: PassId | None = None,
    k1: bool = False,
    project: ProjectId | None = None,
    author: str | None = None,
) -> SealedPass:
    """Seal a pass as a modified client would: no check of what is in it."""
    row = document_row(ws, scene.project, scene.documents[number])
    intake = verified_intake(ws, row)
    epoch, adj = ws.current_adj(scene.project)
    person = ws.roster.person(author) if author else ws.me
    context = PassContext(
        ws.org,
        project or scene.project,
        row.id,
        pass_id or PassId(new_id()),
        person.id,
        person.keys.key_id,
        1,
        epoch,
        intake.form_hash,
        intake.image_hash,
    )
    circumstances = Circumstances(asked, Method.KEYED, "0", fence, loose_place(ws), ws.now_us())
    pdk = ws.pdk(scene.project, 1).secret if k1 else None
    filled = entries(receipt()) if values is None else values
    return seal_pass(context, filled, ws.keys, SealingKeys(adj, pdk), circumstances)


def refusal_of(attempt: Callable[[], object]) -> str:
    """Return the name of what refuses an attempt, or what it gave."""
    try:
        return f"gave {attempt()!r}"
    except Exception as error:  # noqa: BLE001 - the attack reports whatever stops it
        return type(error).__name__


def everything_of(ws: Workspace, scene: Scene) -> list[bytes]:
    """Return every 32-byte secret that a person can lay hands on."""
    with scene.sql() as db:
        tables = [name for (name,) in db.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        cells = [cell for table in tables for row in db.execute(f"SELECT * FROM {table}") for cell in row]
    keys = [ws.keys.box_key.private_bytes_raw(), ws.keys.sign_key.private_bytes_raw(), ws.store._key]
    keys += [Keychain(ws.home).get(ws.org)]
    for wrap in ws.shared.wraps(ws.me.id):
        keys.append(
            ws._key(wrap.project, wrap.kind, wrap.epoch, _commits(ws, wrap.project, wrap.kind)).secret
        )
    return keys + [cell for cell in cells if isinstance(cell, bytes) and len(cell) == 32]


def _commits(ws: Workspace, project: ProjectId, kind: KeyKind) -> bytes:
    if kind is KeyKind.DIR:
        return ws.roster.organisation.directory_commit
    return ws.roster.project(project).pdk_commits[1]


def opened_by(sealed: SealedPass, secrets: list[bytes], ws: Workspace) -> set[str]:
    """Try every door with every secret; return the doors that opened."""
    ctx = sealed.read_manifest().context.to_bytes()
    doors: list[tuple[str, Callable[[], object]]] = [
        ("own", partial(open_as_author, sealed, ws.keys.box_key))
    ]
    doors += [("adj", partial(open_as_adjudicator, sealed, key)) for key in secrets]
    doors += [("key", partial(unseal, key, sealed.blob, lp(b"pass", ctx))) for key in secrets]
    for pdk, k1 in itertools.product(secrets, secrets):
        doors.append(("released", partial(open_released, msgspec.structs.replace(sealed, k1=k1), pdk)))
    return {name for name, door in doors if refusal_of(door) != "Tampered"}


def mode_of(scene: Scene) -> Mode:
    """Return a project's mode by the signed list."""
    return scene.as_("sue").roster.project(scene.project).mode
