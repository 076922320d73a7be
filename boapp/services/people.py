"""People: adding them, their passphrases, their full names."""

import os
import re
from collections.abc import Sequence
from dataclasses import dataclass, field

import msgspec

from boapp.crypto.envelope import new_id
from boapp.crypto.epochs import WHOLE_ORGANISATION, GroupKey
from boapp.crypto.keychain import Keychain
from boapp.crypto.metadata import seal_meta, unseal_meta
from boapp.crypto.passphrase import (
    Guard,
    KdfParameters,
    derive_guard,
    open_keys,
    scram_verifier,
    seal_keys,
)
from boapp.crypto.passphrases import for_change, for_new, for_unlock
from boapp.crypto.roster_contents import Person
from boapp.crypto.roster_entries import Add, KeyKind
from boapp.crypto.signing import PersonKeys
from boapp.domain.ids import OrgId, PersonId
from boapp.domain.workflow import HOLDS_DIRECTORY, Role
from boapp.errors import BadInput, NotAllowed, Tampered
from boapp.services.roster_editing import RosterEdit
from boapp.shareddb.locked_keys import sign_locked_keys
from boapp.shareddb.protocol import PersonKey
from boapp.workspace import Workspace

CODE = re.compile(r"[A-Za-z][A-Za-z0-9._-]{0,31}")
MAX_FULL_NAME = 200
MAX_REASON = 500


@dataclass(frozen=True, slots=True)
class NewPerson:
    """Who is to be added."""

    code: str
    full_name: str
    roles: tuple[Role, ...]
    passphrase: str = field(repr=False)
    set_by_administrator: bool


def check_code(code: str) -> None:
    """Refuse what is no person code."""
    if not CODE.fullmatch(code) or code.endswith(".new"):
        raise BadInput(
            f"{code!r} is no person code.",
            "Use a letter, then letters, digits, dot, hyphen or underscore, at most 32, not ending in .new.",
        )


def require_administrator(ws: Workspace) -> None:
    """Refuse anybody else."""
    if Role.ADMINISTRATOR not in ws.me.roles:
        raise NotAllowed("Only an administrator may do this.", "Ask one, or say who acts with --as.")


def add_person(ws: Workspace, new: NewPerson) -> PersonId:
    """Add a person with new keys under her passphrase, and wrap to her what her roles need."""
    require_administrator(ws)
    check_code(new.code)
    if any(p.code.casefold() == new.code.casefold() for p in ws.roster.people.values()):
        raise BadInput(f"There is already somebody with the code {new.code}.", "Choose another code.")
    if len(new.full_name) > MAX_FULL_NAME or not new.full_name.isprintable():
        raise BadInput(f"A full name has at most {MAX_FULL_NAME} characters, all of them printable.")
    person, keys = PersonId(new_id()), PersonKeys.generate()
    edit = RosterEdit(ws)
    edit.add(add_entry(person, new, keys))
    if set(new.roles) & HOLDS_DIRECTORY:
        edit.grant(WHOLE_ORGANISATION, person, KeyKind.DIR, (ws.directory(),))
    if Role.ADMINISTRATOR in new.roles:
        for project in ws.roster.projects.values():
            epochs = sorted(project.pdk_commits)
            edit.grant(project.id, person, KeyKind.PDK, (ws.pdk(project.id, e) for e in epochs))
    guard = _guard(ws, new.code, new.passphrase, ws.roster.organisation.kdf)
    row = lock(ws.org, person, new, keys, guard, ws.roster.organisation.kdf)
    edit.store(people=(msgspec.structs.replace(row, name=seal_name(ws.org, ws.directory(), person, new)),))
    return person


def add_entry(person: PersonId, new: NewPerson, keys: PersonKeys) -> Add:
    """Return the roster entry of a new person."""
    public = keys.public
    roles = tuple(sorted(set(new.roles)))
    return Add(person, new.code, roles, public.x25519, public.ed25519, new.set_by_administrator)


def seal_name(org: OrgId, directory: GroupKey, person: PersonId, new: NewPerson) -> bytes | None:
    """Return the encrypted full name, if there is one."""
    return seal_meta(org, directory, b"person", person, new.full_name.encode()) if new.full_name else None


def _guard(ws: Workspace, code: str, passphrase: str, kdf: KdfParameters) -> Guard:
    return derive_guard(passphrase, ws.org, code, Keychain(ws.home).get(ws.org), kdf)


def lock(
    org: OrgId, person: PersonId, new: NewPerson, keys: PersonKeys, guard: Guard, kdf: KdfParameters
) -> PersonKey:
    """Return a person's keys as they are stored: locked, and signed by herself."""
    blob = seal_keys(guard, keys, org, person, new.code, kdf)
    scram = scram_verifier(guard.db_password, os.urandom(16))
    row = PersonKey(person, new.code, blob, kdf, scram, new.set_by_administrator, b"", None)
    return msgspec.structs.replace(row, signature=sign_locked_keys(row, org, keys))


def new_person(
    code: str, full_name: str, roles: Sequence[Role], typed: str, *, by_herself: bool
) -> NewPerson:
    """Return somebody to be added with a passphrase that was typed; BadInput when it is weak."""
    check_code(code)
    fit = for_new(code, None, lambda _sentence: typed)
    return NewPerson(code, full_name.strip(), tuple(roles), fit.text, set_by_administrator=not by_herself)


def change_typed_passphrase(ws: Workspace, old: str, new: str) -> None:
    """Change this person's passphrase after the old one opened her keys once more."""
    typed = for_unlock(ws.me.code, None, lambda _sentence: old)
    chosen = for_change(ws.me.code, None, lambda _sentence: new)
    row = ws.shared.person_key(ws.me.code)
    if row is not None:
        guard = _guard(ws, row.code, typed.text, row.kdf)
        open_keys(guard, row.blob, ws.me.keys, ws.org, ws.me.id, row.code, row.kdf)
    change_passphrase(ws, chosen.text)


def is_set_by_administrator(ws: Workspace) -> bool:
    """Say whether this person still uses the passphrase that an administrator set."""
    row = ws.shared.person_key(ws.me.code)
    return row is not None and row.set_by_administrator


def change_passphrase(ws: Workspace, new: str) -> None:
    """Put this person's keys under a passphrase of her own choosing; she has just unlocked them."""
    row = ws.shared.person_key(ws.me.code)
    if row is None:
        raise NotAllowed("Your locked keys are missing.", "Call your administrator.")
    kdf = ws.roster.organisation.kdf
    chosen = NewPerson(ws.me.code, "", (), new, set_by_administrator=False)
    locked = lock(ws.org, ws.me.id, chosen, ws.keys, _guard(ws, ws.me.code, new, kdf), kdf)
    ws.shared.change_passphrase(msgspec.structs.replace(locked, name=row.name))


@dataclass(frozen=True, slots=True)
class Renewed:
    """That somebody was given new keys: by whom, an administrator's code or `root`, and when."""

    by: str
    t_us: int


@dataclass(frozen=True, slots=True)
class Listed:
    """A person as the People page lists her; full_name and reason are None to whoever may not read them.

    renewed: each time that somebody gave her new keys, as after a forgotten passphrase. Whoever does that and
    chooses the passphrase can act as she: everybody sees here that it was done.
    """

    code: str
    full_name: str | None
    roles: Sequence[Role]
    set_by_administrator: bool
    login: bool = True
    left: bool = False
    reason: str | None = None
    renewed: Sequence[Renewed] = ()


def list_people(ws: Workspace) -> list[Listed]:
    """Return everybody who is or was there; whose login is missing is told to administrators."""
    reads = ws.holds(WHOLE_ORGANISATION, KeyKind.DIR, 1)
    logins = ws.shared.logins() if Role.ADMINISTRATOR in ws.me.roles else None
    return [
        Listed(
            row.code,
            _full_name(ws, row) if reads else None,
            sorted(person.roles),
            row.set_by_administrator,
            login=logins is None or row.person in logins,
            left=person.left is not None,
            reason=_reason(ws, person) if reads else None,
            renewed=_renewed(ws, person),
        )
        for row in ws.shared.person_keys()
        if (person := ws.roster.people.get(row.person))
    ]


def _renewed(ws: Workspace, person: Person) -> list[Renewed]:
    roster = ws.roster
    hers = [key for key in roster.retired.values() if key.person == person.id]
    return [Renewed(roster.people[key.by].code if key.by else "root", key.t_us) for key in hers]


def _reason(ws: Workspace, person: Person) -> str | None:
    if person.left is None:
        return None
    try:
        return unseal_meta(ws.org, ws.directory(), b"leaving", person.id, person.left).decode()
    except (Tampered, UnicodeDecodeError):  # whoever let her out wrote what nobody can read
        return "?"


def _full_name(ws: Workspace, row: PersonKey) -> str:
    if row.name is None:
        return ""
    return unseal_meta(ws.org, ws.directory(), b"person", row.person, row.name).decode()
