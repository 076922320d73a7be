"""A forgotten passphrase, and what two officers can bring back.

New keys are made under a new passphrase; the list of people says which they are and how far the old ones had
come. The epochs that the administrator holds are wrapped to the new keys at once; those of ADJ by the next
holder who signs in, or at once with the officers' parts. Order, where her local store lies on this
workstation and the parts are there: what waits in its outbox is sent first, as it was signed, and what she
exported from another one; only then is the old key retired, so that all of it counts; then the store is put
under the new keys, so that her drafts come back. `prepare` makes
the keys, `finish` does all of that in this order; at a server her login gets its new password in between.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from boapp import faultpoints
from boapp.address import Address
from boapp.crypto.epochs import (
    RECOVERY,
    WHOLE_ORGANISATION,
    GroupKey,
    Wrap,
    adj_public,
    check_key,
    unwrap_key,
)
from boapp.crypto.keychain import Keychain
from boapp.crypto.passphrase import Guard, derive_guard
from boapp.crypto.recovery import join
from boapp.crypto.roster_contents import Person
from boapp.crypto.roster_entries import KeyKind, Recovery, Request, RotateKey
from boapp.crypto.signing import PersonKeys
from boapp.domain.ids import PersonId, ProjectId
from boapp.domain.workflow import HOLDS_ADJ, HOLDS_DIRECTORY
from boapp.doors import database_file, server_of
from boapp.enrolment import enrolment_of, store_path
from boapp.errors import BadInput, NotAllowed, Tampered, Unavailable
from boapp.localdb.store import LocalStore, Owner, Recovered
from boapp.services.carrying import send_recovered
from boapp.services.people import NewPerson, lock, require_administrator
from boapp.services.retiring import chains_of
from boapp.services.roster_editing import RosterEdit, project_key_holders
from boapp.services.syncing import send_all
from boapp.shareddb.protocol import PersonKey, SharedDatabase
from boapp.shareddb.sqlite import SqliteDatabase
from boapp.workspace import Workspace

MAX_PART = 4096


@dataclass(frozen=True, slots=True)
class Reset:
    """New keys of a person, before anybody else knows of them."""

    person: Person
    keys: PersonKeys
    guard: Guard
    row: PersonKey

    def __repr__(self) -> str:
        return f"Reset({self.person.code})"


def prepare(ws: Workspace, new: NewPerson) -> Reset:
    """Make new keys for somebody under a new passphrase; nothing is stored yet."""
    require_administrator(ws)
    ws.refresh()
    person = ws.roster.person(new.code)
    if person.left is not None:
        raise BadInput(f"{person.code} has left.", "Somebody who comes back is added under a new code.")
    if person.id == ws.me.id:
        raise NotAllowed("You are signed in: your passphrase is known.", "Change it with boapp passphrase.")
    kdf, keys = ws.roster.organisation.kdf, PersonKeys.generate()
    guard = derive_guard(new.passphrase, ws.org, new.code, Keychain(ws.home).get(ws.org), kdf)
    return Reset(person, keys, guard, lock(ws.org, person.id, new, keys, guard, kdf))


def recovery_key(ws: Workspace, one: str, other: str) -> X25519PrivateKey:
    """Return the organisation's recovery key from two officers' parts; BadInput where they do not fit."""
    secret = join(one, other)
    if adj_public(secret) != ws.roster.organisation.recovery:
        raise BadInput("These parts are of another organisation.", "Take those of this one.")
    return X25519PrivateKey.from_private_bytes(secret)


def recovery_key_of(ws: Workspace, one: Path, other: Path) -> X25519PrivateKey:
    """Return the organisation's recovery key from the files of two officers' parts."""
    return recovery_key(ws, _read_part(one), _read_part(other))


def _read_part(path: Path) -> str:
    try:
        with path.open("rb") as file:
            return file.read(MAX_PART).decode("ascii", "replace")
    except OSError as error:
        raise Unavailable(f"{path} cannot be read: {error.strerror}.", "Name an officer's part.") from error


@contextmanager
def acting_for(ws: Workspace, reset: Reset) -> Iterator[SharedDatabase]:
    """Give the shared database to what she had not sent: her own connection, with her new password."""
    shared: SharedDatabase
    if isinstance(ws.location, Address):
        enrolment = enrolment_of(ws.home, ws.org)
        shared = server_of(ws.home, enrolment, reset.person.code, reset.guard.db_password)
    else:
        shared = SqliteDatabase(database_file(ws.location), reset.person.id, ws.now_us)
    try:
        shared.organisation()
        yield shared
    finally:
        shared.close()


def opens(ws: Workspace, reset: Reset) -> bool:
    """Say whether her login has the new password already."""
    try:
        with acting_for(ws, reset):
            return True
    except NotAllowed:
        return False


def finish(
    ws: Workspace,
    reset: Reset,
    secret: X25519PrivateKey | None,
    *,
    login: bool,
    exported: Sequence[Path] = (),
) -> int:
    """Put the new keys in the place of the old ones; return how many messages of hers were sent first.

    secret: the recovery key; without it nothing of her local store is read. login: whether her login has the
    new password, without which nothing of hers can be sent: then NotAllowed, and nothing is changed.
    exported: files in which she carried what she had not sent; the recovery key opens them.
    """
    if secret is None:
        carry_out(ws, reset, None)
        return 0
    if not login:
        raise NotAllowed(
            "Her login has the old password still, so what she had not sent cannot be sent yet.",
            "Nothing was changed. Let the script be run, then do this again with the same passphrase.",
        )
    with acting_for(ws, reset) as shared:
        sent = send_left_over(ws, reset, shared, secret)
        hers = replace(ws, me=reset.person, shared=shared)
        sent += sum(send_recovered(hers, path, secret) for path in exported)
    carry_out(ws, reset, secret)
    hand_over_store(ws, reset, secret)
    return sent


def send_left_over(ws: Workspace, reset: Reset, shared: SharedDatabase, secret: X25519PrivateKey) -> int:
    """Send what waits in her local store on this workstation, as she signed it; return how many it was.

    shared acts for her. Tampered when something is refused: then nothing was changed yet.
    """
    path = store_path(ws.home, ws.org, reset.person.id)
    if not path.exists():
        return 0
    store = _recovered(ws, reset.person, path, secret)
    try:
        hers = replace(ws, me=reset.person, shared=shared, store=store)
        store.retry()
        sent = send_all(hers)
    finally:
        store.close()
    faultpoints.reach("reset:sent")
    if sent.refusals:
        raise sent.refusals[0]
    return len(sent.outcomes)


def _recovered(ws: Workspace, person: Person, path: Path, secret: X25519PrivateKey) -> LocalStore:
    """Open her store with the recovery key, under whichever of her keys signed it."""
    failure: Tampered | None = None
    for public in ws.roster.keys_of(person):
        try:
            return LocalStore(path, Recovered(ws.org, person.id, public, secret))
        except Tampered as error:
            failure = failure or error
    raise failure or Tampered("This local store belongs to nobody here.")


def carry_out(ws: Workspace, reset: Reset, secret: X25519PrivateKey | None) -> None:
    """Retire the old key at the place that it had reached, and wrap to the new one what she may open."""
    edit, person, public = RosterEdit(ws), reset.person, reset.keys.public
    chains = chains_of(ws, person)
    marked = reset.row.set_by_administrator
    edit.add(RotateKey(person.id, person.keys.key_id, public.x25519, public.ed25519, marked, chains))
    if person.roles & HOLDS_DIRECTORY:
        edit.grant(WHOLE_ORGANISATION, person.id, KeyKind.DIR, (ws.directory(),))
    for project in ws.roster.projects.values():
        if person in project_key_holders(ws.roster, project.id):
            epochs = sorted(project.pdk_commits)
            edit.grant(project.id, person.id, KeyKind.PDK, (ws.pdk(project.id, e) for e in epochs))
        if project.roles(person.id) & HOLDS_ADJ and project.adj_epoch:
            edit.add(Request(project.id, person.id))
    if secret is not None:
        _bring_back(ws, edit, secret)
    edit.store(people=(reset.row,))


def hand_over_store(ws: Workspace, reset: Reset, secret: X25519PrivateKey) -> None:
    """Put her local store on this workstation under her new keys."""
    path = store_path(ws.home, ws.org, reset.person.id)
    if path.exists():
        store = _recovered(ws, ws.roster.people[reset.person.id], path, secret)
        store.hand_over(Owner(ws.org, reset.person.id, reset.keys, ws.roster.organisation.recovery))
        store.close()


def recover(ws: Workspace, secret: X25519PrivateKey) -> list[str]:
    """Wrap ADJ, by the recovery key, to everybody who waits for it; return their codes.

    Its use is recorded, and new epochs of every key begin.
    """
    require_administrator(ws)
    edit = RosterEdit(ws)
    waiting = _bring_back(ws, edit, secret)
    edit.store()
    return sorted({ws.roster.people[person].code for person in waiting})


def _bring_back(ws: Workspace, edit: RosterEdit, secret: X25519PrivateKey) -> list[PersonId]:
    edit.add(Recovery())
    boxes = ws.shared.wraps(RECOVERY[0])
    served: list[PersonId] = []
    for project in list(edit.roster.projects.values()):
        waiting = sorted(project.requests)
        if waiting:
            keys = _adj_keys(ws, project.id, boxes, secret)
            for person in waiting:
                edit.grant(project.id, person, KeyKind.ADJ, keys)
            served += waiting
        if project.pdk_epoch:
            edit.new_project_key(project.id)
        if project.adj_epoch:
            edit.new_adjudication_key(project.id)
    return served


def _adj_keys(
    ws: Workspace, project: ProjectId, boxes: Sequence[Wrap], secret: X25519PrivateKey
) -> list[GroupKey]:
    """Open every epoch of a project's ADJ with the recovery key, each held against the list of people."""
    found = []
    for epoch, public in sorted(ws.roster.project(project).adj_publics.items()):
        boxed = next(
            (b for b in boxes if (b.project, b.kind, b.epoch) == (project, KeyKind.ADJ, epoch)), None
        )
        if boxed is None:
            raise Tampered("A box of the recovery key is missing.", "Restore the database's last backup.")
        key = unwrap_key(ws.org, boxed, secret)
        check_key(ws.org, key, public)
        found.append(key)
    return found
