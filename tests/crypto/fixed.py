"""One fixed small world for the formats: ids, keys, a list of people, a pass and a fact of it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from boapp.crypto.epochs import GroupKey, adj_public, commit_key
from boapp.crypto.facts import Draft, FactKind, Subject
from boapp.crypto.framing import lp
from boapp.crypto.passphrase import FLOOR_ITERATIONS, FLOOR_KIB, KdfParameters
from boapp.crypto.roster import Roster
from boapp.crypto.roster_entries import (
    Add,
    AddForm,
    AddProject,
    AdjEpoch,
    Epoch,
    Freshness,
    Init,
    KeyKind,
    Member,
    Op,
    Recovery,
    Remove,
    RotateKey,
    SignedEntry,
    org_id,
    root_id,
    sign_entry,
)
from boapp.crypto.sealed_pass import ChainPlace, Circumstances, PassContext, SealingKeys
from boapp.crypto.signing import PersonKeys
from boapp.domain.ids import ChainId, DocumentId, Fence, KeyId, PassId, PersonId, ProjectId
from boapp.domain.passes import Asked, Entry, Method
from boapp.domain.values import BLANK, Address, Value
from boapp.domain.workflow import Mode, Role

FLOOR = KdfParameters(1, FLOOR_KIB, FLOOR_ITERATIONS, 1)


def repeat(number: int, size: int = 16) -> bytes:
    """Return bytes that are told apart at sight."""
    return bytes([number]) * size


def person_keys(number: int) -> PersonKeys:
    """Return the same keys for the same number."""
    return PersonKeys.from_bytes(repeat(number, 32) + repeat(number + 1, 32))


ROOTS = person_keys(0xF0), person_keys(0xF2)
ROOT_PUBLICS = ROOTS[0].public.ed25519, ROOTS[1].public.ed25519
ORG = org_id(ROOT_PUBLICS)
PROJECT, OTHER_PROJECT = ProjectId(repeat(2)), ProjectId(repeat(3))
DOCUMENT, PASS = DocumentId(repeat(4)), PassId(repeat(5))
PEOPLE = {
    name: PersonId(repeat(16 + n)) for n, name in enumerate(("admin", "ann", "bob", "sue", "eve", "later"))
}
KEYS = {name: person_keys(32 + 2 * n) for n, name in enumerate(PEOPLE)}
PDK = GroupKey(PROJECT, KeyKind.PDK, 1, repeat(0x51, 32))
ADJ = GroupKey(PROJECT, KeyKind.ADJ, 1, repeat(0x52, 32))
FORM, IMAGE = repeat(0x61, 32), repeat(0x62, 32)
SEEN = lp(repeat(0x71, 32), b"")
PLACE = ChainPlace(ChainId(repeat(6)), 1, bytes(32), SEEN)
T_US = 1_700_000_000_000_000
ENTRIES = (
    Entry(Address("company"), Value.keyed("ÄCME", [(0, 1)]), "smudged", ("length",)),
    Entry(Address("date"), BLANK),
    Entry(Address("items", 1), Value.of("2")),
    Entry(Address("total"), Value.of("9.00")),
)
SUBJECT = Subject(FactKind.READING, ORG, PROJECT, DOCUMENT, PEOPLE["bob"], 1)
READING = Draft(SUBJECT, {"field": "total", "row": 0}, (repeat(7),), b"what was read")


def context(author: str = "ann", **changed: object) -> PassContext:
    """Return what a pass of ann is bound to, or one that differs in a part."""
    parts: dict[str, object] = {
        "org": ORG,
        "project": PROJECT,
        "document": DOCUMENT,
        "id": PASS,
        "author": PEOPLE[author],
        "key_id": KEYS[author].public.key_id,
        "pdk_epoch": 1,
        "adj_epoch": 1,
        "form_hash": FORM,
        "image_hash": IMAGE,
    }
    return PassContext(**(parts | changed))  # type: ignore[arg-type]


def circumstances(asked: Asked = Asked.ALL) -> Circumstances:
    """Return how and when a pass was keyed."""
    return Circumstances(asked, Method.KEYED, "0.1.0", Fence(repeat(8)), PLACE, T_US)


def sealing_keys(*, released: bool) -> SealingKeys:
    """Return what sealing needs, with the project key where the pass may be released."""
    return SealingKeys(adj_public(ADJ.secret), PDK.secret if released else None)


def init(**changed: object) -> Init:
    """Return the first entry's content."""
    parts: dict[str, object] = {
        "org": ORG,
        "roots": ROOT_PUBLICS,
        "recovery": adj_public(repeat(0x53, 32)),
        "directory_commit": repeat(0x54, 32),
        "kdf": FLOOR,
        "officers_here": False,
        "secret_in_keyring": True,
    }
    return Init(**(parts | changed))  # type: ignore[arg-type]


def add(name: str, *roles: Role) -> Add:
    """Return the entry's content that adds a person."""
    public = KEYS[name].public
    return Add(PEOPLE[name], name, roles, public.x25519, public.ed25519, set_by_administrator=False)


def founding() -> tuple[Op, ...]:
    """Return what the roster of this world says, the first two entries by a root."""
    return (
        init(),
        add("admin", Role.ADMINISTRATOR),
        add("ann", Role.OPERATOR),
        add("bob", Role.SECOND_KEYER),
        add("sue", Role.SUPERVISOR),
        AddProject(PROJECT, Mode.RELEASE),
        AddForm(PROJECT, FORM),
        Member(PROJECT, PEOPLE["ann"], (Role.OPERATOR,)),
        Member(PROJECT, PEOPLE["bob"], (Role.SECOND_KEYER,)),
        Member(PROJECT, PEOPLE["sue"], (Role.SUPERVISOR,)),
        Epoch(PROJECT, 1, commit_key(ORG, PDK), repeat(0x55, 32)),
        AdjEpoch(PROJECT, 1, adj_public(ADJ.secret), repeat(0x56, 32)),
    )


def changes() -> tuple[Op, ...]:
    """Return what an administrator writes after that: somebody left, somebody has new keys, and the rest."""
    new, old = KEYS["later"].public, KEYS["bob"].public
    chains = ((ChainId(repeat(6)), 3, repeat(0x57, 32)), (ChainId(repeat(7)), 300, repeat(0x58, 32)))
    marks = {"set_by_administrator": True, "chains": chains}
    return (
        Remove(PEOPLE["ann"], repeat(0x59, 40), ()),
        RotateKey(PEOPLE["bob"], old.key_id, new.x25519, new.ed25519, **marks),  # type: ignore[arg-type]
        Recovery(),
        Freshness(),
    )


@dataclass
class Scribe:
    """Writes a roster entry by entry, as any signer, whether or not it is allowed."""

    roots: tuple[PersonKeys, PersonKeys] = ROOTS
    entries: list[SignedEntry] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.roster = Roster((self.roots[0].public.ed25519, self.roots[1].public.ed25519))

    def signed(self, what: Op, by: str | None = "admin") -> SignedEntry:
        """Sign the next entry; by None is a root."""
        keys = self.roots[0] if by is None else KEYS[by]
        signer = root_id(keys.public.ed25519) if by is None else keys.public.key_id
        return self.signed_with(what, keys, signer)

    def signed_with(self, what: Op, keys: PersonKeys, signer: KeyId) -> SignedEntry:
        """Sign the next entry with any key in any name."""
        return sign_entry(self.roster.next_entry(what, signer, T_US), keys)

    def write(self, what: Op, by: str | None = "admin") -> SignedEntry:
        """Sign an entry and believe it; Tampered when it may not be."""
        signed = self.signed(what, by)
        self.roster.extend((signed,))
        self.entries.append(signed)
        return signed


def scribe(ops: Iterable[Op] | None = None) -> Scribe:
    """Return a scribe who has written this world's roster."""
    made = Scribe()
    for number, what in enumerate(founding() if ops is None else ops):
        made.write(what, None if number < 2 else "admin")
    return made


def roots_of(one: Sequence[PersonKeys]) -> tuple[bytes, bytes]:
    """Return the public halves of two roots."""
    return one[0].public.ed25519, one[1].public.ed25519
