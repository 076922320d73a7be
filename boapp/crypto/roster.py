"""The roster: the signed, hash-linked list of people, keys, roles, projects, modes and epochs.

Order in which an entry is believed: it continues the list by number and by digest; its bytes are the
one canonical encoding; its signature is by a root, by an administrator whom the roster itself
introduced, or, for a grant alone, by a holder of that project's ADJ; and it makes sense. One entry
that fails makes the whole list refused. Names of people and projects are never in it, only ids and
codes. The organisation's id is a digest of its roots, so that no other roots can ever speak for it.

Whatever somebody signs names the head of the roster that she had seen. What she might do is asked of
the roster as it stood there (`seen`, `Project.roles_at`), not as it stands today.
"""

from collections.abc import Iterable, Iterator

from boapp.crypto.framing import sized, unlp
from boapp.crypto.roster_contents import NOWHERE, End, Person, Project, Retired, Wrapping
from boapp.crypto.roster_entries import (
    FIRST,
    PURPOSE,
    Add,
    AddForm,
    AddProject,
    AdjEpoch,
    Entry,
    Epoch,
    Freshness,
    Grant,
    HandedOut,
    Head,
    Init,
    KeyKind,
    Member,
    Op,
    Recovery,
    Remove,
    Request,
    RotateKey,
    Setting,
    SignedEntry,
    encode_entry,
    link,
    org_id,
    read_entry,
    root_id,
)
from boapp.crypto.signing import PublicKeys, verify
from boapp.domain.ids import ChainId, KeyId, PersonId, ProjectId
from boapp.domain.settings import fits
from boapp.domain.workflow import HOLDS_ADJ, KEYING, Role, forbidden_pair
from boapp.errors import NotFound, Tampered


class Roster:
    """The verified list and what follows from it. Only `extend` changes it, and only forward."""

    def __init__(self, roots: tuple[bytes, bytes]) -> None:
        self._roots = {root_id(root): root for root in roots}
        self._pinned = roots
        self.head = FIRST
        self.init: Init | None = None
        self.people: dict[PersonId, Person] = {}
        self.projects: dict[ProjectId, Project] = {}
        self.wrappings: list[Wrapping] = []
        self.retired: dict[KeyId, Retired] = {}
        self.ended: dict[KeyId, Retired] = {}
        """The keys that people left with."""
        self.officers_here = False
        """Whether the recovery parts still lie beside the workspace."""
        self.confirmed_us = 0
        """When a root or an administrator signed last."""
        self._roles: list[tuple[int, PersonId, frozenset[Role]]] = []
        self._seqs: dict[bytes, int] = {}

    def seen(self, seen_head: bytes) -> int:
        """Return how many entries the roster had that a signed message names; Tampered for a foreign one."""
        head, _log = unlp(seen_head, 2)
        if head not in self._seqs:
            raise Tampered("Something was signed by somebody who had seen another list of people.")
        return self._seqs[head]

    @property
    def organisation(self) -> Init:
        """Return the first entry; Tampered when there is none."""
        if self.init is None:
            raise Tampered("The list of people is empty.")
        return self.init

    @property
    def active(self) -> list[Person]:
        """Return everybody who has not left."""
        return [person for person in self.people.values() if person.left is None]

    def person(self, code: str) -> Person:
        """Return the person with this code, whether she is still there or not."""
        for person in self.people.values():
            if person.code == code:
                return person
        raise NotFound(f"Nobody here has the code {code}.", "See the People page, or add her first.")

    def project(self, project: ProjectId) -> Project:
        """Return what the roster says of a project."""
        if project not in self.projects:
            raise Tampered("A stored project is not in the signed list.")
        return self.projects[project]

    def roles_at(self, person: PersonId, seq: int) -> frozenset[Role]:
        """Return the roles that a person had in the organisation when the roster had seq entries."""
        before = [roles for at, who, roles in self._roles if who == person and at <= seq]
        return before[-1] if before else frozenset()

    def signing_key(self, person: PersonId, key_id: KeyId, chain: ChainId, number: int) -> bytes | None:
        """Return the Ed25519 key with which a person signed a message of that place in a chain.

        None for a stranger's, and for one of hers that was retired, or that she left with, before it came so
        far. Chains begin at 1.
        """
        known = self.people.get(person)
        retired = self.retired.get(key_id, self.ended.get(key_id))
        if known is not None and known.keys.key_id == key_id and known.left is None:
            return known.keys.ed25519
        if retired is None or retired.person != person:
            return None
        return retired.keys.ed25519 if 0 < number <= retired.chains.get(chain, NOWHERE).seq else None

    def keys_of(self, person: Person) -> Iterator[PublicKeys]:
        """Give the keys that a person has, then those that she had before."""
        yield person.keys
        for retired in self.retired.values():
            if retired.person == person.id:
                yield retired.keys

    def signer(self, key_id: KeyId) -> Person | None:
        """Return whose key this is."""
        return next((p for p in self.people.values() if p.keys.key_id == key_id), None)

    def counts_as_holder(self, person: PersonId) -> bool:
        """Say whether she may key nowhere: the recovery parts still lie on her own computer."""
        return self.officers_here and Role.ADMINISTRATOR in self.people[person].roles

    def next_entry(self, what: Op, signer: KeyId, t_us: int) -> Entry:
        """Return the entry that would continue this list."""
        return Entry(self.head.seq + 1, self.head.digest, signer, t_us, what)

    def extend(self, entries: Iterable[SignedEntry]) -> None:
        """Verify and take in further entries, in order; Tampered at the first that fails."""
        for signed in entries:
            entry = self._read(signed)
            self._check_signature(entry, signed)
            self._apply(entry)
            if not isinstance(entry.what, Grant):
                self.confirmed_us = entry.t_us
            self.head = Head(entry.seq, link(signed))
            self._seqs[self.head.digest] = entry.seq

    def _read(self, signed: SignedEntry) -> Entry:
        entry = read_entry(signed)
        if encode_entry(entry) != signed.data:
            raise Tampered("An entry of the list of people is malformed.")
        if (entry.seq, entry.prev) != (self.head.seq + 1, self.head.digest):
            raise Tampered(
                f"The list of people is broken at entry {self.head.seq + 1}.",
                "Somebody left out, put in or moved an entry: call your administrator.",
            )
        return entry

    def _check_signature(self, entry: Entry, signed: SignedEntry) -> None:
        root = self._roots.get(entry.signer)
        person = self.signer(entry.signer)
        if root is not None:
            key = root
        elif person is not None and self._may_sign(person, entry.what):
            key = person.keys.ed25519
        else:
            raise Tampered(
                f"Entry {entry.seq} of the list of people is signed by somebody who may not.",
                "Work with nobody it names: call your administrator.",
            )
        verify(key, PURPOSE, signed.data, signed.signature)

    def _may_sign(self, person: Person, what: Op) -> bool:
        if Role.ADMINISTRATOR in person.roles:
            return True
        return (
            isinstance(what, Grant)
            and what.kind is KeyKind.ADJ
            and bool(self.project(what.project).roles(person.id) & HOLDS_ADJ)
        )

    def _apply(self, entry: Entry) -> None:  # noqa: C901, PLR0912 - one branch for each kind of entry
        if (self.init is None) != isinstance(entry.what, Init):
            raise Tampered("The list of people does not begin as it must.")
        match entry.what:
            case Init() as init:
                self._apply_init(init)
            case Add() as add:
                self._apply_add(add)
            case AddProject(project=project, mode=mode):
                _require(project not in self.projects, entry)
                self.projects[project] = Project(project, mode)
            case Member() as member:
                self._apply_member(member, entry)
            case AddForm(project=project, form_hash=form_hash):
                self.project(project).forms.append(form_hash)
            case Setting(project=project, key=key, value=value):
                _require(fits(key, value), entry)
                self.project(project).settings[key] = value
            case Epoch(project=project, number=number, commit=commit, wraps=wraps):
                _require(number == self.project(project).pdk_epoch + 1, entry)
                self.project(project).pdk_commits[number] = commit
                self.project(project).epochs.append((entry.seq, KeyKind.PDK, number))
                self.wrappings.append(Wrapping(project, KeyKind.PDK, (number,), None, wraps))
            case AdjEpoch(project=project, number=number, public=public, wraps=wraps):
                _require(number == self.project(project).adj_epoch + 1, entry)
                self.project(project).adj_publics[number] = public
                self.project(project).epochs.append((entry.seq, KeyKind.ADJ, number))
                self.wrappings.append(Wrapping(project, KeyKind.ADJ, (number,), None, wraps))
            case Request(project=project, person=person):
                _require(bool(self.project(project).roles(person) & HOLDS_ADJ), entry)
                self.project(project).requests.add(person)
            case Grant() as grant:
                self._apply_grant(grant, entry)
            case Remove() as removal:
                self._apply_remove(removal, entry)
            case RotateKey() as rotation:
                self._apply_rotation(rotation, entry)
            case HandedOut():
                _require(self.officers_here, entry)
                self.officers_here = False
            case Recovery() | Freshness():
                pass

    def _apply_init(self, init: Init) -> None:
        if init.roots != self._pinned:
            raise Tampered(
                "This workspace was not founded by the roots that this workstation was enrolled with.",
                "Do not work in it: call your administrator.",
            )
        if init.org != org_id(init.roots):
            raise Tampered("This workspace bears the name of another organisation's roots.")
        init.kdf.check()
        self.init, self.officers_here = init, init.officers_here

    def _apply_add(self, add: Add) -> None:
        sized(16, add.person)
        sized(32, add.x25519, add.ed25519)
        keys = PublicKeys(add.x25519, add.ed25519)
        taken = {p.code.casefold() for p in self.people.values()} | set(self.people)
        if add.code.casefold() in taken or add.person in taken or not self._is_new(keys):
            raise Tampered("The list of people names one person twice.")
        roles = frozenset(add.roles)
        self.people[add.person] = Person(add.person, add.code, roles, keys, add.set_by_administrator)
        self._roles.append((self.head.seq + 1, add.person, roles))

    def _present(self, person: PersonId, entry: Entry) -> Person:
        """Return somebody whom an entry is about; Tampered for a stranger and for whoever left."""
        known = self.people.get(person)
        if known is None or known.left is not None:
            raise _contradicts(entry)
        return known

    def _apply_remove(self, removal: Remove, entry: Entry) -> None:
        person = removal.person
        known = self._present(person, entry)
        self.ended[known.keys.key_id] = Retired(
            person, known.keys, _ends(removal.chains, entry), None, entry.t_us
        )
        self.people[person] = known._replace(roles=frozenset(), left=removal.reason)
        self._roles.append((entry.seq, person, frozenset()))
        for project in self.projects.values():
            if project.roles(person):
                project.members[person] = frozenset()
                project.history.append((entry.seq, person, frozenset()))
            project.requests.discard(person)

    def _is_new(self, keys: PublicKeys) -> bool:
        """Say whether nobody has or had either half of these keys."""
        halves = {keys.x25519, keys.ed25519}
        before = [*(p.keys for p in self.people.values()), *(r.keys for r in self.retired.values())]
        return all(halves.isdisjoint((one.x25519, one.ed25519)) for one in before)

    def _apply_rotation(self, rotation: RotateKey, entry: Entry) -> None:
        sized(32, rotation.x25519, rotation.ed25519)
        known, keys = self._present(rotation.person, entry), PublicKeys(rotation.x25519, rotation.ed25519)
        _require(self._is_new(keys) and rotation.old == known.keys.key_id, entry)
        ends = _ends(rotation.chains, entry)
        who = self.signer(entry.signer)
        by = who.id if who else None
        self.retired[known.keys.key_id] = Retired(known.id, known.keys, ends, by, entry.t_us)
        marked = rotation.set_by_administrator
        self.people[known.id] = known._replace(keys=keys, set_by_administrator=marked)

    def _apply_grant(self, grant: Grant, entry: Entry) -> None:
        known = self._present(grant.person, entry)
        for_key = known.id, grant.wraps, known.keys.key_id
        wrapping = Wrapping(grant.project, grant.kind, grant.epochs, *for_key)
        self.wrappings.append(wrapping)
        if grant.kind is not KeyKind.ADJ:
            return
        project = self.project(grant.project)
        _require(bool(project.roles(grant.person) & HOLDS_ADJ), entry)
        project.requests.discard(grant.person)

    def _apply_member(self, member: Member, entry: Entry) -> None:
        project, roles = self.project(member.project), frozenset(member.roles)
        self._present(member.person, entry)
        _require(not forbidden_pair(roles), entry)
        _require(not (roles & KEYING and member.person in project.ever_held), entry)
        _require(not (roles & KEYING and self.counts_as_holder(member.person)), entry)
        project.members[member.person] = roles
        project.history.append((entry.seq, member.person, roles))
        if roles & HOLDS_ADJ:
            project.ever_held.add(member.person)
        else:
            project.requests.discard(member.person)
        if roles & KEYING:
            project.ever_keyed.add(member.person)


def _require(holds: bool, entry: Entry) -> None:  # noqa: FBT001 - reads as an assertion
    if not holds:
        raise _contradicts(entry)


def _ends(chains: tuple[tuple[ChainId, int, bytes], ...], entry: Entry) -> dict[ChainId, End]:
    """Return how far chains had come; Tampered where one is named twice, or for nothing."""
    ids = [chain for chain, _, _ in chains]
    sized(16, *ids)
    sized(32, *(link_ for _, _, link_ in chains))
    _require(ids == sorted(set(ids)) and all(seq > 0 for _, seq, _ in chains), entry)
    return {chain: End(seq, link_) for chain, seq, link_ in chains}


def _contradicts(entry: Entry) -> Tampered:
    return Tampered(f"Entry {entry.seq} of the list of people contradicts what stands before it.")


def read_roster(
    roots: tuple[bytes, bytes], entries: Iterable[SignedEntry], remembered: Head = FIRST
) -> Roster:
    """Verify a whole list from the pinned roots; Tampered when it does not reach the remembered head."""
    roster, passed = Roster(roots), remembered.seq == 0
    for signed in entries:
        roster.extend((signed,))
        passed = passed or roster.head == remembered
    if not passed:
        raise set_back()
    return roster


def set_back() -> Tampered:
    """Return what is said of a list that does not reach, or contradicts, the head that is remembered."""
    return Tampered(
        "The list of people is older than, or differs from, the one this workstation remembers.",
        "The workspace was set back or replaced: call your administrator.",
    )
