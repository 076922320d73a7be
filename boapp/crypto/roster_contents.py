"""What the roster says: its people, what boxes there are of keys, which keys ended, and each project.

It is read and believed in `roster`; nothing here verifies anything.
"""

from typing import NamedTuple

from boapp.crypto.roster_entries import NO_HEAD, KeyKind
from boapp.crypto.signing import PublicKeys
from boapp.domain.ids import ChainId, KeyId, PersonId, ProjectId
from boapp.domain.settings import CLAIMS_AHEAD, OPEN_CLAIMS, SETTINGS
from boapp.domain.workflow import HOLDS_ADJ, Mode, Role


class Person(NamedTuple):
    """Somebody in the roster. left: why she left, under DIR; whoever did has no roles any more."""

    id: PersonId
    code: str
    roles: frozenset[Role]
    keys: PublicKeys
    set_by_administrator: bool
    left: bytes | None = None


class Wrapping(NamedTuple):
    """What an entry says of boxes: their digest, and for whose key they are, None for a new epoch's."""

    project: ProjectId
    kind: KeyKind
    epochs: tuple[int, ...]
    person: PersonId | None
    digest: bytes
    key_id: KeyId | None = None


class End(NamedTuple):
    """How far a chain had come: the number of its last message, and the link that the next one names."""

    seq: int
    link: bytes


NOWHERE = End(0, NO_HEAD)


class Retired(NamedTuple):
    """A key that somebody had before: whose, how far each chain of it had come, who retired it, and when.

    by: None for a root.
    """

    person: PersonId
    keys: PublicKeys
    chains: dict[ChainId, End]
    by: PersonId | None
    t_us: int


class Project:
    """What the roster says of one project."""

    def __init__(self, id_: ProjectId, mode: Mode) -> None:
        self.id = id_
        self.mode = mode
        self.members: dict[PersonId, frozenset[Role]] = {}
        self.forms: list[bytes] = []
        self.settings: dict[str, int] = {}
        self.pdk_commits: dict[int, bytes] = {}
        self.adj_publics: dict[int, bytes] = {}
        self.requests: set[PersonId] = set()
        self.history: list[tuple[int, PersonId, frozenset[Role]]] = []
        self.epochs: list[tuple[int, KeyKind, int]] = []
        self.ever_held: set[PersonId] = set()
        self.ever_keyed: set[PersonId] = set()

    @property
    def pdk_epoch(self) -> int:
        """Return the current epoch of the project key; 0 before the first."""
        return max(self.pdk_commits, default=0)

    @property
    def adj_epoch(self) -> int:
        """Return the current epoch of the adjudication key; 0 before the first."""
        return max(self.adj_publics, default=0)

    def setting(self, key: str) -> int:
        """Return what a setting is here."""
        return self.settings.get(key, SETTINGS[key].default)

    @property
    def claims_ahead(self) -> int:
        """Return how many documents are claimed ahead for one person here."""
        return min(self.setting(CLAIMS_AHEAD), self.setting(OPEN_CLAIMS))

    def roles(self, person: PersonId) -> frozenset[Role]:
        """Return a person's roles here, none for a stranger."""
        return self.members.get(person, frozenset())

    def roles_at(self, person: PersonId, seq: int) -> frozenset[Role]:
        """Return the roles that a person had here when the roster had seq entries."""
        before = [roles for at, who, roles in self.history if who == person and at <= seq]
        return before[-1] if before else frozenset()

    def held_by(self, person: PersonId, seq: int) -> bool:
        """Say whether a person had held ADJ here by the time the roster had seq entries."""
        return any(who == person and roles & HOLDS_ADJ for at, who, roles in self.history if at <= seq)

    def epoch_at(self, kind: KeyKind, seq: int) -> int:
        """Return the epoch of a key that was current when the roster had seq entries; 0 before the first."""
        return max((number for at, of, number in self.epochs if of is kind and at <= seq), default=0)
