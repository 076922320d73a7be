"""Attack 34: the list of people is continued by those who may, in order, or not believed at all."""

import copy
from collections.abc import Callable

import msgspec
import pytest

from boapp.crypto.framing import lp
from boapp.crypto.passphrase import KdfParameters
from boapp.crypto.roster import Roster, read_roster
from boapp.crypto.roster_entries import (
    FIRST,
    MAX_ENTRY,
    Add,
    AddForm,
    AddProject,
    AdjEpoch,
    Epoch,
    Freshness,
    Grant,
    Head,
    KeyKind,
    Member,
    Op,
    Recovery,
    Remove,
    Request,
    RotateKey,
    Setting,
    SignedEntry,
    continues,
    org_id,
    read_entry,
    root_id,
    sign_entry,
)
from boapp.domain.ids import ChainId, PersonId
from boapp.domain.workflow import KEYING, Mode, Role
from boapp.errors import NotFound, Tampered
from tests.crypto.fixed import (
    KEYS,
    ORG,
    OTHER_PROJECT,
    PEOPLE,
    PROJECT,
    ROOT_PUBLICS,
    ROOTS,
    T_US,
    Scribe,
    add,
    init,
    person_keys,
    repeat,
    roots_of,
    scribe,
)


def halves(name: str) -> tuple[bytes, bytes]:
    return KEYS[name].public.x25519, KEYS[name].public.ed25519


GRANT = Grant(PROJECT, PEOPLE["sue"], KeyKind.ADJ, (1,), repeat(1, 32))


def test_the_whole_list_is_believed_and_says_what_it_says() -> None:
    roster = read_roster(ROOT_PUBLICS, scribe().entries)
    assert roster.organisation.org == ORG
    assert {p.code for p in roster.people.values()} == {"admin", "ann", "bob", "sue"}
    known = roster.project(PROJECT)
    assert (known.mode, known.pdk_epoch, known.adj_epoch) == (Mode.RELEASE, 1, 1)
    assert known.roles(PEOPLE["eve"]) == frozenset()


@pytest.mark.parametrize("number", range(12))
def test_an_entry_left_out_ends_the_belief(number: int) -> None:
    entries = scribe().entries
    with pytest.raises(Tampered):
        read_roster(ROOT_PUBLICS, entries[:number] + entries[number + 1 :], scribe().roster.head)


@pytest.mark.parametrize("number", range(11))
def test_two_entries_swapped_end_the_belief(number: int) -> None:
    entries = scribe().entries
    entries[number], entries[number + 1] = entries[number + 1], entries[number]
    with pytest.raises(Tampered):
        read_roster(ROOT_PUBLICS, entries)


@pytest.mark.parametrize("number", range(12))
@pytest.mark.parametrize("part", ["data", "signature"])
def test_an_entry_changed_ends_the_belief(number: int, part: str) -> None:
    entries = scribe().entries
    changed = bytearray(getattr(entries[number], part))
    changed[len(changed) // 2] ^= 1
    entries[number] = msgspec.structs.replace(entries[number], **{part: bytes(changed)})
    with pytest.raises(Tampered):
        read_roster(ROOT_PUBLICS, entries)


def test_an_entry_doubled_or_put_in_ends_the_belief() -> None:
    entries = scribe().entries
    with pytest.raises(Tampered):
        read_roster(ROOT_PUBLICS, [*entries, entries[-1]])
    with pytest.raises(Tampered):
        read_roster(ROOT_PUBLICS, [*entries[:4], entries[8], *entries[4:]])


def test_a_key_substituted_by_whoever_owns_the_database_is_not_believed() -> None:
    # Every later box for ann would be made for eve.
    made = Scribe()
    made.write(init(), None)
    made.write(add("admin", Role.ADMINISTRATOR), None)
    eves = Add(PEOPLE["ann"], "ann", (Role.OPERATOR,), *halves("eve"), set_by_administrator=False)
    with pytest.raises(Tampered):
        made.roster.extend((made.signed_with(eves, KEYS["eve"], KEYS["admin"].public.key_id),))


def test_a_list_shorter_than_the_remembered_one_is_refused() -> None:
    # A removed person would be back, with her keys.
    made = scribe()
    before = made.entries.copy()
    made.write(Member(PROJECT, PEOPLE["bob"], ()))
    with pytest.raises(Tampered, match="older than"):
        read_roster(ROOT_PUBLICS, before, made.roster.head)
    assert read_roster(ROOT_PUBLICS, made.entries, scribe().roster.head).head == made.roster.head


def test_a_fork_of_the_remembered_list_is_refused() -> None:
    # An administrator who signs two continuations shows each workstation another list.
    one, other = scribe(), scribe()
    one.write(Member(PROJECT, PEOPLE["bob"], ()))
    other.write(Member(PROJECT, PEOPLE["ann"], ()))
    other.write(Member(PROJECT, PEOPLE["bob"], ()))
    with pytest.raises(Tampered, match="older than"):
        read_roster(ROOT_PUBLICS, other.entries, one.roster.head)
    with pytest.raises(Tampered):
        one.roster.extend(other.entries[12:])


def test_an_empty_list_is_refused_where_one_is_remembered() -> None:
    with pytest.raises(Tampered):
        read_roster(ROOT_PUBLICS, [], Head(1, repeat(1, 32)))
    with pytest.raises(Tampered):
        _ = read_roster(ROOT_PUBLICS, [], FIRST).organisation


def test_other_roots_found_nothing_here() -> None:
    # The whole list replaced by one that somebody founded herself.
    evil = person_keys(0xE0), person_keys(0xE2)
    made = Scribe(evil)
    with pytest.raises(Tampered):
        made.write(init(roots=roots_of(evil)), None)
    theirs = Scribe(evil)
    theirs.write(init(roots=roots_of(evil), org=org_id(roots_of(evil))), None)
    with pytest.raises(Tampered):
        read_roster(ROOT_PUBLICS, theirs.entries)


def test_the_organisation_is_named_once_and_first() -> None:
    made = Scribe()
    with pytest.raises(Tampered):
        made.write(add("admin", Role.ADMINISTRATOR), None)
    with pytest.raises(Tampered):
        scribe().write(init())


NOT_BY_HER: dict[str, Op] = {
    "add": add("eve", Role.ADMINISTRATOR),
    "project": AddProject(OTHER_PROJECT, Mode.RELEASE),
    "member": Member(PROJECT, PEOPLE["ann"], (Role.SECOND_KEYER,)),
    "form": AddForm(PROJECT, repeat(9, 32)),
    "setting": Setting(PROJECT, "open-claims", 5),
    "epoch": Epoch(PROJECT, 2, repeat(9, 32), repeat(9, 32)),
    "adj-epoch": AdjEpoch(PROJECT, 2, repeat(9, 32), repeat(9, 32)),
    "request": Request(PROJECT, PEOPLE["sue"]),
    "remove": Remove(PEOPLE["bob"], b"", ()),
    "rotate-key": RotateKey(
        PEOPLE["bob"], KEYS["bob"].public.key_id, *halves("eve"), set_by_administrator=True, chains=()
    ),
    "recovery": Recovery(),
    "freshness": Freshness(),
    "grant of the project key": Grant(PROJECT, PEOPLE["sue"], KeyKind.PDK, (1,), repeat(9, 32)),
}


@pytest.mark.parametrize("what", NOT_BY_HER)
@pytest.mark.parametrize("who", ["ann", "sue"])
def test_only_administrators_write_into_the_list(what: str, who: str) -> None:
    with pytest.raises(Tampered, match="may not"):
        scribe().write(NOT_BY_HER[what], who)
    scribe().write(NOT_BY_HER[what], "admin")


@pytest.mark.parametrize(
    ("key", "value"), [("open-claims", 0), ("open-claims", 1001), ("open-claims", 2**63), ("others", 5)]
)
def test_a_setting_that_there_is_not_or_that_nobody_can_have_is_refused(key: str, value: int) -> None:
    made = scribe()
    with pytest.raises(Tampered, match="contradicts"):
        made.write(Setting(PROJECT, key, value))
    with pytest.raises(Tampered):
        made.write(Setting(OTHER_PROJECT, "open-claims", 5))


def test_the_newest_setting_holds() -> None:
    made = scribe()
    assert made.roster.project(PROJECT).setting("open-claims") == 50
    made.write(Setting(PROJECT, "open-claims", 5))
    made.write(Setting(PROJECT, "open-claims", 1000))
    assert read_roster(ROOT_PUBLICS, made.entries).project(PROJECT).setting("open-claims") == 1000


def test_somebody_in_no_list_writes_nothing() -> None:
    with pytest.raises(Tampered):
        scribe().write(add("eve", Role.ADMINISTRATOR), "eve")


def test_a_holder_of_adj_signs_a_grant_in_her_own_project_only() -> None:
    made = scribe()
    made.write(AddProject(OTHER_PROJECT, Mode.STRICT))
    made.write(GRANT, "sue")
    with pytest.raises(Tampered):
        made.write(msgspec.structs.replace(GRANT, project=OTHER_PROJECT), "sue")
    for keyer in ("ann", "bob"):
        with pytest.raises(Tampered):
            made.write(GRANT, keyer)


def test_whoever_left_the_project_signs_no_grant() -> None:
    made = scribe()
    made.write(Member(PROJECT, PEOPLE["sue"], ()))
    with pytest.raises(Tampered):
        made.write(GRANT, "sue")


@pytest.mark.parametrize("person", ["ann", "bob", "admin", "eve"])
def test_the_adjudication_key_is_granted_and_asked_for_by_its_holders_only(person: str) -> None:
    # An administrator could else have it boxed for a keyer, and nobody would see it in her roles.
    for what in (Request(PROJECT, PEOPLE[person]), msgspec.structs.replace(GRANT, person=PEOPLE[person])):
        with pytest.raises(Tampered):
            scribe().write(what)


@pytest.mark.parametrize("role", sorted(KEYING))
def test_keying_and_holding_adj_never_meet(role: Role) -> None:
    for person, roles in (("ann", (role, Role.ADJUDICATOR)), ("sue", (role,))):
        with pytest.raises(Tampered):
            scribe().write(Member(PROJECT, PEOPLE[person], roles))
    made = scribe()
    made.write(Member(PROJECT, PEOPLE["sue"], ()))
    with pytest.raises(Tampered):
        made.write(Member(PROJECT, PEOPLE["sue"], (role,)))


CHAIN, LINK = ChainId(repeat(6)), repeat(7, 32)


def rotation(name: str = "ann", keys: str = "eve", *chains: tuple[ChainId, int, bytes]) -> RotateKey:
    """Return the entry's content that gives somebody the keys of a name that nobody has yet."""
    old = KEYS[name].public.key_id
    marked = {"set_by_administrator": True, "chains": chains or ((CHAIN, 2, LINK),)}
    return RotateKey(PEOPLE[name], old, *halves(keys), **marked)  # type: ignore[arg-type]


REMOVED = Remove(PEOPLE["ann"], b"why, under a key", ())


def key_at(made: Scribe, name: str, key: str, number: int, chain: ChainId = CHAIN) -> bytes | None:
    """Return what verifies a message that stands there in a chain."""
    return made.roster.signing_key(PEOPLE[name], KEYS[key].public.key_id, chain, number)


def test_a_retired_key_verifies_what_it_had_signed_and_nothing_else() -> None:
    # Number 0 stands in no chain, so that whoever has the old key could say it of any message.
    made = scribe()
    made.write(rotation())
    old = KEYS["ann"].public.ed25519
    assert [key_at(made, "ann", "ann", n) for n in range(4)] == [None, old, old, None]
    for number in (0, 1):
        assert key_at(made, "ann", "ann", number, ChainId(repeat(9))) is None
        assert key_at(made, "bob", "ann", number) is None
    assert key_at(made, "ann", "eve", 3) == KEYS["eve"].public.ed25519


def test_a_retired_key_signs_no_entry() -> None:
    made = scribe()
    made.write(add("eve"))
    made.write(rotation("admin", "later"))
    with pytest.raises(Tampered, match="may not"):
        made.write(Freshness(), "admin")
    made.write(Freshness(), "later")


@pytest.mark.parametrize(
    "chains",
    [
        ((CHAIN, 0, LINK),),
        ((CHAIN, -1, LINK),),
        ((CHAIN, 1, LINK), (CHAIN, 9, LINK)),
        ((ChainId(repeat(9)), 1, LINK), (CHAIN, 1, LINK)),
        ((ChainId(repeat(9, 15)), 1, LINK),),
        ((CHAIN, 1, bytes(31)),),
    ],
)
def test_a_retired_keys_chains_are_named_once_each_and_whole(
    chains: tuple[tuple[ChainId, int, bytes], ...],
) -> None:
    with pytest.raises(Tampered):
        scribe().write(rotation("ann", "eve", *chains))


def test_keys_that_somebody_had_are_nobodys_new_ones() -> None:
    # Her old evidence would be somebody else's; and taken from her with that one's next new keys.
    made = scribe()
    made.write(rotation())
    old = Add(PEOPLE["eve"], "new", (), *halves("ann"), set_by_administrator=False)
    half = Add(PEOPLE["eve"], "new", (), halves("later")[0], halves("ann")[1], set_by_administrator=False)
    for what in (old, half, rotation("bob", "ann"), rotation("bob", "sue"), rotation("bob", "bob")):
        with pytest.raises(Tampered):
            made.write(what)


def test_only_ones_present_key_is_exchanged() -> None:
    made = scribe()
    made.write(rotation())
    with pytest.raises(Tampered):
        made.write(rotation("ann", "later"))
    with pytest.raises(Tampered):
        made.write(rotation("eve", "later"))


@pytest.mark.parametrize(
    "what",
    [
        REMOVED,
        rotation(),
        Member(PROJECT, PEOPLE["ann"], (Role.OPERATOR,)),
        Member(PROJECT, PEOPLE["ann"], ()),
        Grant(PROJECT, PEOPLE["ann"], KeyKind.PDK, (1,), repeat(1, 32)),
        add("ann", Role.OPERATOR),
    ],
    ids=["leaves again", "new keys", "roles", "no roles", "a grant", "is added again"],
)
def test_nothing_more_is_said_of_whoever_left(what: Op) -> None:
    made = scribe()
    made.write(REMOVED)
    known = made.roster.project(PROJECT)
    assert (made.roster.people[PEOPLE["ann"]].roles, known.roles(PEOPLE["ann"])) == (frozenset(), frozenset())
    with pytest.raises(Tampered):
        made.write(what)


def test_an_administrator_who_left_signs_nothing_more() -> None:
    # 34: with her old key and the database she could add herself again.
    made = scribe()
    made.write(add("eve", Role.ADMINISTRATOR))
    made.write(Remove(PEOPLE["admin"], b"", ()), "eve")
    for what in (Freshness(), add("later", Role.ADMINISTRATOR), rotation("eve", "later")):
        with pytest.raises(Tampered, match="may not"):
            made.write(what, "admin")
    made.write(Freshness(), "eve")


def test_a_grant_does_not_say_that_the_list_is_fresh() -> None:
    # A holder of ADJ is no administrator: he could keep an old list alive for whoever owns the database.
    made = scribe()
    before = made.roster.confirmed_us
    entry = made.roster.next_entry(GRANT, KEYS["sue"].public.key_id, T_US + 1)
    made.roster.extend((sign_entry(entry, KEYS["sue"]),))
    assert made.roster.confirmed_us == before


def test_an_administrator_beside_whom_the_recovery_parts_lie_keys_nowhere() -> None:
    made = Scribe()
    made.write(init(officers_here=True), None)
    made.write(add("admin", Role.ADMINISTRATOR, Role.OPERATOR), None)
    made.write(AddProject(PROJECT, Mode.RELEASE))
    with pytest.raises(Tampered):
        made.write(Member(PROJECT, PEOPLE["admin"], (Role.OPERATOR,)))


def test_a_projects_mode_never_changes() -> None:
    # 36: strict would become release for everything that is keyed from then on.
    with pytest.raises(Tampered):
        scribe().write(AddProject(PROJECT, Mode.STRICT))


@pytest.mark.parametrize("number", [0, 1, 3])
def test_an_epoch_is_the_next_one(number: int) -> None:
    for what in (Epoch(PROJECT, number, b"", b""), AdjEpoch(PROJECT, number, b"", b"")):
        with pytest.raises(Tampered):
            scribe().write(what)


SECOND_TIME: dict[str, Callable[[], Add]] = {
    "her id": lambda: Add(PEOPLE["ann"], "new", (), *halves("eve"), set_by_administrator=False),
    "her code": lambda: Add(PEOPLE["eve"], "ANN", (), *halves("eve"), set_by_administrator=False),
    "her keys": lambda: Add(PEOPLE["eve"], "eve", (), *halves("ann"), set_by_administrator=False),
}


@pytest.mark.parametrize("what", SECOND_TIME)
def test_nobody_is_in_the_list_twice(what: str) -> None:
    # One human in two persons could take both passes.
    with pytest.raises(Tampered, match="twice"):
        scribe().write(SECOND_TIME[what]())


@pytest.mark.parametrize("size", [0, 31, 33])
def test_keys_of_another_size_are_refused(size: int) -> None:
    for keys in ((bytes(size), bytes(32)), (bytes(32), bytes(size))):
        with pytest.raises(Tampered):
            scribe().write(Add(PEOPLE["eve"], "eve", (), *keys, set_by_administrator=False))
    with pytest.raises(Tampered):
        scribe().write(Add(PersonId(bytes(15)), "eve", (), *halves("eve"), set_by_administrator=False))


def test_unknown_people_and_projects_are_refused() -> None:
    for what in (Member(PROJECT, PEOPLE["eve"], ()), Member(OTHER_PROJECT, PEOPLE["ann"], ())):
        with pytest.raises(Tampered):
            scribe().write(what)
    with pytest.raises(NotFound):
        scribe().roster.person("eve")


@pytest.mark.parametrize("kib", [1024, 63 * 1024, 2 * 1024 * 1024])
def test_a_list_that_makes_passphrases_cheap_or_endless_is_refused(kib: int) -> None:
    # 35: a founding that asks for less than the floor is a dictionary's best friend.
    with pytest.raises(Tampered):
        Scribe().write(init(kdf=KdfParameters(1, kib, 3, 1)), None)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\xc1",
        b"\x91" * 60_000,
        b"\x81\xa1z" + b"\x91" * 60_000,
        b"\xdf\xff\xff\xff\xff",
        bytes(MAX_ENTRY + 1),
    ],
    ids=["empty", "no such byte", "deep", "deep inside", "a long map", "too large"],
)
def test_an_entry_that_is_a_bomb_is_refused(data: bytes) -> None:
    with pytest.raises(Tampered):
        scribe().roster.extend((SignedEntry(data, bytes(64)),))


def test_an_entry_in_another_encoding_of_the_same_words_is_refused() -> None:
    # Two encodings would be two digests of one list.
    made = scribe()
    entry = msgspec.msgpack.decode(made.signed(AddForm(PROJECT, repeat(9, 32))).data)
    data = msgspec.msgpack.encode(dict(reversed(list(entry.items()))))
    signed = SignedEntry(data, KEYS["admin"].sign(b"boapp1 roster", data))
    with pytest.raises(Tampered):
        made.roster.extend((signed,))


def test_a_refused_entry_changes_nothing() -> None:
    made = scribe()
    before = copy.deepcopy(made.roster.head), len(made.roster.people)
    with pytest.raises(Tampered):
        made.write(add("eve", Role.ADMINISTRATOR), "ann")
    assert (made.roster.head, len(made.roster.people)) == before


def test_an_entry_continues_only_the_one_that_it_names() -> None:
    made = scribe()
    first, second, third = made.entries[:3]
    assert continues(first, None)
    assert continues(second, first)
    assert not continues(third, first)
    assert not continues(second, None)
    assert not continues(first, first)
    assert read_entry(third).seq == 3


def test_roles_are_those_of_the_time_that_a_message_names() -> None:
    # What somebody might do when she signed is not changed by what she becomes.
    made = scribe()
    before = lp(made.roster.head.digest, b"")
    made.write(Member(PROJECT, PEOPLE["bob"], ()))
    after = lp(made.roster.head.digest, b"")
    known = made.roster.project(PROJECT)
    assert known.roles_at(PEOPLE["bob"], made.roster.seen(before)) == {Role.SECOND_KEYER}
    assert known.roles_at(PEOPLE["bob"], made.roster.seen(after)) == frozenset()
    for foreign in (lp(repeat(9, 32), b""), lp(bytes(32), b""), b"", lp(b"")):
        with pytest.raises(Tampered):
            made.roster.seen(foreign)


def test_either_root_may_sign_and_nobody_in_its_name() -> None:
    made = Scribe()
    made.write(init(), None)
    second = root_id(ROOTS[1].public.ed25519)
    what = add("admin", Role.ADMINISTRATOR)
    with pytest.raises(Tampered):
        made.roster.extend((made.signed_with(what, KEYS["admin"], second),))
    made.roster.extend((made.signed_with(what, ROOTS[1], second),))
    assert isinstance(made.roster, Roster)
