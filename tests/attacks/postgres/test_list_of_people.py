"""34: whoever owns the database and shows one client another list of people than it has seen, or an old one.

Each statement is his, run past every trigger while bob's program is signed in. What it would bring him is
said beside it; what comes back is that bob's next look at the list is refused, and so is his next sign-in.
"""

from collections.abc import Callable
from dataclasses import replace

import pytest

from boapp.address import Address
from boapp.crypto.roster_entries import (
    NO_HEAD,
    Entry,
    KeyKind,
    Member,
    Op,
    Remove,
    RotateKey,
    SignedEntry,
    org_id,
    root_id,
    sign_entry,
)
from boapp.crypto.signing import PersonKeys
from boapp.domain.ids import PersonId
from boapp.domain.workflow import Role
from boapp.errors import NotAllowed, Refusal, Tampered
from boapp.services import freshness, leaving
from boapp.services.people import NewPerson, add_entry
from boapp.services.projects import Wanted, add_members, grant_waiting
from boapp.services.queue import claim
from boapp.services.roster_editing import RosterEdit
from boapp.shareddb.protocol import RosterChange
from boapp.workspace import US_A_DAY, Workspace
from tests.attacks.tools import Scene, reset
from tests.crypto.fixed import init, person_keys, roots_of
from tests.moved import MovedScene

SHOWN: dict[str, str] = {
    "other keys in the newest entry": (
        "UPDATE roster SET data = overlay(data PLACING '\\x00' FROM length(data) - 40 FOR 1) "
        "WHERE seq = (SELECT max(seq) FROM roster)"
    ),
    "the newest entry once more": (
        "INSERT INTO roster SELECT seq + 1, data, signature FROM roster ORDER BY seq DESC LIMIT 1"
    ),
    "an entry dropped that was seen": "DELETE FROM roster WHERE seq = 4",
    "the newest entries dropped": "DELETE FROM roster WHERE seq > 5",
    "everything dropped": "DELETE FROM roster",
    "an entry moved": "UPDATE roster SET seq = -seq WHERE seq > 3",
    "the newest entry signed by nobody": (
        "UPDATE roster SET signature = zeroblob(64) WHERE seq = (SELECT max(seq) FROM roster)"
    ),
}
NEWEST_STORED = "SELECT seq, role_name FROM appended ORDER BY seq DESC LIMIT 1"
NOTICED_WHILE_SIGNED_IN = set(SHOWN) - {"an entry dropped that was seen"}


@pytest.mark.parametrize("what", SHOWN)
def test_another_list_than_was_seen_is_refused_while_signed_in_and_at_the_door(
    release: MovedScene, what: str
) -> None:
    bob = release.as_("bob")
    add_members(release.as_("admin"), release.project, [Wanted("cleo", (Role.OPERATOR,))])
    bob.refresh()
    release.edit(SHOWN[what])
    if what in NOTICED_WHILE_SIGNED_IN:
        with pytest.raises(Tampered):
            bob.refresh()
        with pytest.raises(Tampered):
            claim(bob, release.project, second=False)
    release.close()
    with pytest.raises(Tampered):
        release.as_("bob")


def test_two_continuations_shown_to_two_clients_end_with_the_second(release: MovedScene) -> None:
    # Bob sees a list in which cleo keys, sue one in which she left: each would work on with the other unseen.
    bob, sue = release.as_("bob"), release.as_("sue")
    with release.boss() as db:
        (seen,) = db.execute("SELECT max(seq) FROM roster").fetchone() or (0,)
    add_members(release.as_("admin"), release.project, [Wanted("cleo", (Role.OPERATOR,))])
    bob.refresh()
    with release.boss() as db:
        one = db.execute("SELECT seq, data, signature FROM roster WHERE seq > %s", (seen,)).fetchall()
        db.execute("DELETE FROM roster WHERE seq > %s", (seen,))
    other = continued(sue, release, Member(release.project, sue.roster.person("cleo").id, ()))
    with release.boss() as db:
        db.execute("INSERT INTO roster VALUES (%s, %s, %s)", (seen + 1, other.data, other.signature))
    sue.refresh()
    for ws in (bob, sue):
        with pytest.raises(Tampered):
            show(release, ws, one if ws is sue else [(seen + 1, other.data, other.signature)], seen)


def continued(ws: Workspace, scene: Scene, what: Op) -> SignedEntry:
    """Sign the other continuation, as an administrator who is in it."""
    keys = scene.house.keys["admin"]
    return sign_entry(ws.roster.next_entry(what, keys.public.key_id, ws.now_us()), keys)


def show(scene: MovedScene, ws: Workspace, rows: list[tuple[int, bytes, bytes]], seen: int) -> None:
    """Show a client a continuation, and let it look."""
    with scene.boss() as db:
        db.execute("DELETE FROM roster WHERE seq > %s", (seen,))
        for row in rows:
            db.execute("INSERT INTO roster VALUES (%s, %s, %s)", row)
    ws.refresh()


def test_a_list_from_other_roots_is_believed_by_nobody(release: MovedScene) -> None:
    # Founded anew under the old name, everybody's boxes would be for the founder's people.
    bob = release.as_("bob")
    evil = person_keys(0xE0), person_keys(0xE2)
    first = init(roots=roots_of(evil), org=org_id(roots_of(evil)))
    signed = sign_entry(Entry(1, NO_HEAD, root_id(evil[0].public.ed25519), 1, first), evil[0])
    with release.boss() as db:
        db.execute("DELETE FROM roster")
        db.execute("INSERT INTO roster VALUES (1, %s, %s)", (signed.data, signed.signature))
    with pytest.raises(Tampered):
        bob.refresh()
    release.close()
    with pytest.raises(Tampered):
        release.as_("bob")


def second_administrator(scene: MovedScene) -> None:
    """Add another administrator, whose keys the house knows."""
    admin, keys = scene.as_("admin"), PersonKeys.generate()
    new = NewPerson("eva", "", (Role.ADMINISTRATOR,), "", set_by_administrator=False)
    edit = RosterEdit(admin)
    edit.add(add_entry(PersonId(bytes(range(16))), new, keys))
    edit.store()
    scene.close()
    scene.house = replace(scene.house, keys={**scene.house.keys, "eva": keys})


def signs(scene: MovedScene, code: str) -> Callable[[PersonKeys], SignedEntry]:
    """Return what signs an addition of somebody to the project, in the name of a person."""
    sue = scene.as_("sue")
    what = Member(scene.project, sue.roster.person(code).id, (Role.OPERATOR,))
    return lambda keys: sign_entry(sue.roster.next_entry(what, keys.public.key_id, sue.now_us()), keys)


@pytest.mark.parametrize("gone", ["left", "has new keys"])
def test_what_an_administrator_signs_with_keys_that_ended_is_not_believed(
    release: MovedScene, gone: str
) -> None:
    # With the owner of the database, she would appoint whom she likes for ever.
    second_administrator(release)
    old = release.house.keys["admin"]
    known, new = release.as_("sue").roster.person("admin"), PersonKeys.generate().public
    halves = known.keys.key_id, new.x25519, new.ed25519
    rotation = RotateKey(known.id, *halves, set_by_administrator=False, chains=())
    append(release, Remove(known.id, b"", ()) if gone == "left" else rotation, "eva")
    entry = signs(release, "cleo")(old)
    with release.boss() as db:
        row = db.execute("SELECT max(seq) + 1 FROM roster").fetchone() or (0,)
        db.execute("INSERT INTO roster VALUES (%s, %s, %s)", (row[0], entry.data, entry.signature))
    with pytest.raises(Tampered, match="may not"):
        release.as_("sue").refresh()


def append(scene: MovedScene, what: Op, code: str) -> None:
    """Append an entry, signed by somebody, past the functions."""
    sue, keys = scene.as_("sue"), scene.house.keys[code]
    signed = sign_entry(sue.roster.next_entry(what, keys.public.key_id, sue.now_us()), keys)
    with scene.boss() as db:
        row = (sue.roster.head.seq + 1, signed.data, signed.signature)
        db.execute("INSERT INTO roster VALUES (%s, %s, %s)", row)
    sue.refresh()


def test_whoever_left_is_not_let_back_in_by_the_rows_of_the_database(release: MovedScene) -> None:
    # Its owner unblocks her login and writes her roles back: her own client and everybody's go by the list.
    cleo = release.as_("cleo").me.id
    release.close()
    leaving.revoke(release.as_("admin"), "cleo", "moved away")
    with release.boss() as db:
        db.execute("UPDATE core.login SET blocked = false WHERE person = %s", (cleo,))
        db.execute("UPDATE core.person SET roles = 'operator second-keyer' WHERE person = %s", (cleo,))
        row = (release.project, cleo, "operator second-keyer")
        db.execute("INSERT INTO core.member VALUES (%s, %s, %s)", row)
    release.close()
    ws = release.as_("cleo")
    assert ws.me.left is not None
    with pytest.raises(Refusal):
        claim(ws, release.project, second=False)
    with pytest.raises(NotAllowed):
        ws.pdk(release.project, ws.roster.project(release.project).pdk_epoch)


# --- how old the list is --------------------------------------------------------------------------


def in_days(scene: MovedScene, code: str, days: float) -> Workspace:
    """Return somebody's workspace at a server, so many days later by her own clock."""
    ws = scene.as_(code)
    later = ws.roster.confirmed_us + int(days * US_A_DAY)
    return replace(ws, location=Address("127.0.0.1", 5432, "x"), now_us=lambda: later)


@pytest.mark.parametrize("days", [30.1, 400, -2.1, -4000])
def test_under_a_list_that_nobody_confirmed_in_time_nothing_is_claimed_signed_or_handed_on(
    release: MovedScene, days: float
) -> None:
    # Whoever owns the database withholds that somebody left; a time to come would let him do so for ever.
    bob = in_days(release, "bob", days)
    with pytest.raises(NotAllowed):
        claim(bob, release.project, second=False)
    with pytest.raises(NotAllowed):
        _ = bob.seen_head
    assert bob.shared.documents(release.project)
    release.close()
    reset(release, "adj")
    with pytest.raises(NotAllowed):
        grant_waiting(in_days(release, "sue", days))
    assert release.as_("sue").roster.project(release.project).requests


@pytest.mark.parametrize("days", [0, 29.9, -1.9])
def test_under_a_list_that_was_confirmed_in_time_people_work(release: MovedScene, days: float) -> None:
    assert claim(in_days(release, "bob", days), release.project, second=False) is not None


@pytest.mark.parametrize(
    ("days", "renewed"), [(0.9, False), (1.1, True), (40, True), (-1, False), (-3, True)]
)
def test_an_administrator_confirms_once_a_day_and_what_was_confirmed_for_a_time_to_come(
    release: MovedScene, days: float, *, renewed: bool
) -> None:
    admin = in_days(release, "admin", days)
    before = admin.roster.head.seq
    freshness.confirm(admin)
    assert (admin.roster.head.seq > before) is renewed
    if renewed:
        assert admin.roster_age_days() == 0


@pytest.mark.parametrize(("days", "warned"), [(19, False), (21, True)])
def test_everybody_else_is_warned_from_the_twentieth_day(
    release: MovedScene, days: float, *, warned: bool
) -> None:
    bob = in_days(release, "bob", days)
    if not warned:
        freshness.confirm(bob)
        return
    with pytest.raises(Refusal, match=f"{days} days") as told:
        freshness.confirm(bob)
    assert type(told.value) is Refusal


def test_an_entry_that_nobody_believes_is_known_by_its_login_and_taken_out(release: MovedScene) -> None:
    # A holder of ADJ may add grants; that this one's signature is nothing, only who reads it can see. It
    # stops everybody, and leaks nothing.
    adj = release.as_("adj")
    edit = RosterEdit(adj)
    edit.grant(release.project, adj.roster.person("sue").id, KeyKind.ADJ, ())
    entry = edit._entries[0]
    adj.shared.change_roster(RosterChange((SignedEntry(entry.data, bytes(64)),)))
    release.close()
    with pytest.raises(Tampered):
        release.as_("ann")
    with release.boss() as boss:
        newest = boss.execute(NEWEST_STORED).fetchone()
        assert newest is not None
        assert newest[1] == "bo_adj"
        boss.execute("DELETE FROM core.roster WHERE seq = %s", (newest[0],))
        boss.execute("DELETE FROM core.appended WHERE seq = %s", (newest[0],))
    assert release.as_("ann").roster.person("sue").code == "sue"
