"""The outbox by hand: what waits in it, sending it now, and carrying it where there is a network.

Her messages are carried as they were signed, in a file that she alone can open, and the organisation's
recovery key (`crypto/outbox_bundle`). They stay in the outbox that they come from: whichever workstation is
first sends them, and the shared database keeps each once. Only the author brings them in, and nothing of a
file is kept before all of it was verified: every message signed by her, for this organisation and for the
project that it stands under. At the second workstation they wait in her outbox there, beside her own, in the
first one's chain.
"""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TypeVar

import msgspec
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from boapp.crypto.facts import SealedFact, verify_fact
from boapp.crypto.framing import unpack
from boapp.crypto.outbox_bundle import MAX_FILE, Carried, OutboxBundle, Sender, read, write
from boapp.crypto.private_files import read_brought, write_whole
from boapp.crypto.sealed_pass import ChainPlace, SealedPass, verify_pass
from boapp.domain.ids import DocumentId, KeyId, OrgId, PersonId, ProjectId
from boapp.errors import BadInput, NotAllowed, NotFound, Refusal, Tampered, Unavailable
from boapp.localdb.outbox import Waiting
from boapp.services.intake import describe
from boapp.services.projects import project_names
from boapp.services.syncing import FACT, INTAKE, PASS, Attempt, as_signed, send_all
from boapp.services.taking_back import as_late, too_late
from boapp.services.verifying import document_row
from boapp.shareddb.protocol import NewDocument, Outcome
from boapp.workspace import Workspace

_Kind = TypeVar("_Kind")
REFUSED, NOT_SENT = "refused", "not sent"


@dataclass(frozen=True, slots=True)
class Described:
    """A message in words: pass, intake or what is stated; project and document by name, or else by id.

    since_us: when it was signed, in microseconds since 1970, UTC. size: in bytes, as it is sent.
    refused: what it was refused for last time, or empty.
    """

    kind: str
    project: str
    document: str
    since_us: int
    size: int
    refused: str


@dataclass(frozen=True, slots=True)
class Told:
    """A message, and what became of it: an outcome, `refused` or `not sent`; why, if there is a reason."""

    message: Described
    came: str
    why: str


@dataclass(frozen=True, slots=True)
class Sending:
    """What became of what was tried, in the order of the outbox, and how much waits still."""

    told: tuple[Told, ...]
    left: int

    @property
    def done(self) -> bool:
        """Say whether nothing was refused and the shared database was there."""
        return all(one.came not in {REFUSED, NOT_SENT} for one in self.told)


@dataclass(frozen=True, slots=True)
class Brought:
    """What a file held, how much of it was not waiting here already, and what became of all that waits.

    retired: how many messages are signed with keys that were replaced before they were sent.
    """

    messages: int
    new: int
    retired: int
    sending: Sending


@dataclass(frozen=True, slots=True)
class _Signed:
    """What a message says of itself; check holds it against an Ed25519 key."""

    kind: str
    whose: tuple[OrgId, ProjectId, PersonId]
    document: DocumentId
    key_id: KeyId
    place: ChainPlace
    t_us: int
    check: Callable[[bytes], object]


# --- what waits, and sending it now ---------------------------------------------------------------


def list_outbox(ws: Workspace) -> list[Described]:
    """Return what waits, oldest first; nothing is sent."""
    names = _Names(ws)
    return [names.describe(message) for message in ws.store.waiting()]


def retry(ws: Workspace) -> Sending:
    """Send everything that waits, what was refused before too; return what became of each message."""
    ws.store.retry()
    tried: list[Attempt] = []
    away = ""
    try:
        send_all(ws, settled=tried.extend)
    except Unavailable as refusal:
        away = str(refusal)
    left, names = ws.store.waiting(), _Names(ws)
    told = [_told(ws, names, one) for one in tried]
    ws.store.told([one.message.id for one in tried if one.came is Outcome.SURPLUS])
    told += [Told(names.describe(one), NOT_SENT, away) for one in left if away and not one.refused]
    return Sending(tuple(told), len(left))


def _told(ws: Workspace, names: "_Names", attempt: Attempt) -> Told:
    message = names.describe(attempt.message)
    if isinstance(attempt.came, Refusal):
        came = NOT_SENT if isinstance(attempt.came, Unavailable) else REFUSED
        return Told(message, came, str(attempt.came))
    return Told(message, attempt.came, _why(ws, attempt) if attempt.came is Outcome.SURPLUS else "")


def _why(ws: Workspace, attempt: Attempt) -> str:
    """Return in words why something is kept and does not count."""
    if _is_retired(ws, _signed(attempt.message)):
        return "It is signed with keys that were replaced since."
    if attempt.message.kind != PASS:
        return "It came too late."
    try:
        return str(too_late(ws, as_late(attempt.message)))
    except Refusal as refusal:
        return str(refusal)


class _Names:
    """The names of what messages are about, as far as this person can read them now; else ids."""

    def __init__(self, ws: Workspace) -> None:
        self._ws = ws
        self._away = False
        self._projects = self._ask(partial(project_names, ws)) or {}

    def describe(self, message: Waiting) -> Described:
        """Describe one message."""
        signed, ws = _signed(message), self._ws
        named = self._ask(lambda: describe(ws, document_row(ws, message.project, signed.document)).name)
        project = self._projects.get(message.project, message.project.hex())
        document = named or signed.document.hex()
        size = len(message.data)
        return Described(signed.kind, project, document, signed.t_us, size, message.refused)

    def _ask(self, question: Callable[[], _Kind]) -> _Kind | None:
        """Ask the shared database, but no more once it was unavailable."""
        if self._away:
            return None
        try:
            return question()
        except Unavailable:
            self._away = True
            return None
        except Refusal:  # not hers to read, or it does not verify: the id is told in its place
            return None


# --- carrying it -----------------------------------------------------------------------------------


def export_outbox(ws: Workspace, path: Path) -> int:
    """Write what waits into a new file; return how many messages. They stay in the outbox as well."""
    messages = tuple(Carried(m.project, m.kind, m.data) for m in ws.store.waiting())
    if not messages:
        raise NotFound("Nothing waits to be sent.")
    sender = Sender(ws.org, ws.me.id, ws.store.id, ws.now_us())
    write_whole(path, write(sender, ws.keys, ws.roster.organisation.recovery, messages))
    return len(messages)


def import_outbox(ws: Workspace, path: Path) -> Brought:
    """Bring in what this person exported elsewhere, all of it or nothing, and send what waits."""
    bundle = read(read_brought(path, MAX_FILE))
    with suppress(Unavailable):
        ws.refresh()
    _refuse_foreign(ws, bundle)
    messages = bundle.open_as_author(ws.keys)
    signed = [_verified(ws, message) for message in messages]
    both = zip(messages, signed, strict=True)
    new = ws.store.take_over((m.project, m.kind, m.data, one.t_us) for m, one in both)
    return Brought(len(messages), new, sum(_is_retired(ws, one) for one in signed), retry(ws))


def send_recovered(ws: Workspace, path: Path, secret: X25519PrivateKey) -> int:
    """Send what this person exported and cannot open any more, as she signed it; return how many it was.

    ws acts for her; secret: the recovery key. Raises what the first that is refused is refused for. Nothing
    is kept here: the file stays, and doing it again changes nothing.
    """
    bundle = read(read_brought(path, MAX_FILE))
    _refuse_strangers(ws, bundle)
    written = next((k for k in ws.roster.keys_of(ws.me) if k.key_id == bundle.key_id), None)
    if written is None:
        raise _unknown_keys()
    messages = bundle.open_as_recovery(written, secret)
    for message in messages:
        _verified(ws, message)
    for message in messages:
        (came,) = ws.shared.send([as_signed(message.kind, message.data)])
        if isinstance(came, Refusal):
            raise came
    return len(messages)


def _unknown_keys() -> Tampered:
    return Tampered("This outbox is under keys that are not in the signed list of people.")


def _refuse_strangers(ws: Workspace, bundle: OutboxBundle) -> None:
    """Refuse what is another organisation's or another person's."""
    if bundle.sender.org != ws.org:
        raise BadInput(
            "This outbox is of another organisation.", "Bring it to a workstation that is enrolled there."
        )
    if bundle.sender.person != ws.me.id:
        raise NotAllowed("This outbox is somebody else's.", "She brings it in herself, signed in here.")


def _refuse_foreign(ws: Workspace, bundle: OutboxBundle) -> None:
    """Refuse what is another organisation's, another person's, or under keys that she has no more."""
    _refuse_strangers(ws, bundle)
    if bundle.key_id == ws.keys.public.key_id:
        return
    if bundle.key_id in {keys.key_id for keys in ws.roster.keys_of(ws.me)}:
        raise NotAllowed(
            "This outbox is under keys of yours that were replaced since.",
            "Two officers can open it still: call your administrator.",
        )
    raise _unknown_keys()


def _signed(message: Waiting | Carried) -> _Signed:
    """Return what a message says of itself, unverified; Tampered where it is none."""
    if message.kind == PASS:
        sealed = _decoded(message, SealedPass)
        manifest = sealed.read_manifest()
        of, check = manifest.context, partial(verify_pass, sealed)
        whose = of.org, of.project, of.author
        return _Signed(PASS, whose, of.document, of.key_id, manifest.place, manifest.t_us, check)
    fact = _fact_in(message)
    statement = fact.read_statement()
    about, stated = statement.subject, partial(verify_fact, fact)
    whose = about.org, about.project, about.actor
    place = about.document, statement.key_id, statement.place, statement.t_us
    return _Signed(about.kind, whose, *place, stated)


def _fact_in(message: Waiting | Carried) -> SealedFact:
    if message.kind == FACT:
        return _decoded(message, SealedFact)
    if message.kind == INTAKE:
        return _decoded(message, tuple[NewDocument, SealedFact])[1]
    raise BadInput("This outbox holds what this boapp does not know.", "Update boapp on this workstation.")


def _decoded(message: Waiting | Carried, of: type[_Kind]) -> _Kind:
    return unpack(lambda data: msgspec.msgpack.decode(data, type=of), message.data, MAX_FILE)


def _verified(ws: Workspace, message: Carried) -> _Signed:
    """Return what a message says of itself; Tampered unless this person signed it for where it stands."""
    signed = _signed(message)
    if signed.whose != (ws.org, message.project, ws.me.id) or message.project not in ws.roster.projects:
        raise Tampered("This outbox holds what was not signed by its author for this organisation.")
    key = next((k for k in ws.roster.keys_of(ws.me) if k.key_id == signed.key_id), None)
    if key is None:
        raise Tampered("Something is signed by a key that is not in the signed list of people.")
    signed.check(key.ed25519)
    if (signed.kind == INTAKE) != (message.kind == INTAKE):
        raise Tampered("An intake stands without its document, or a document without its intake.")
    return signed


def _is_retired(ws: Workspace, signed: _Signed) -> bool:
    """Say whether it is signed with a key that was retired before it came so far."""
    place = signed.place
    return ws.roster.signing_key(ws.me.id, signed.key_id, place.chain, place.seq) is None
