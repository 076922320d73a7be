"""What a second keyer can reach before her own seal: keys, files, and every function of the services.

Her means: her unlocked keys, the site secret that the shared keyring holds, and every file on the disk.
"""

import inspect
import pkgutil
import sqlite3
from collections.abc import Callable, Iterable, Mapping, Sequence
from importlib import import_module
from pathlib import Path
from typing import get_args, get_origin

import msgspec
import pytest
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

import boapp.services
from boapp.crypto.keychain import Keychain
from boapp.crypto.passphrase import derive_guard, open_keys
from boapp.crypto.roster_contents import Person
from boapp.crypto.sealed_pass import (
    ChainPlace,
    SealedPass,
)
from boapp.domain.documents import Intake
from boapp.domain.ids import ChainId, DocumentId, FactId, KeyId, PassId, PersonId, ProjectId
from boapp.domain.passes import Entry, Method
from boapp.domain.values import Address, Value
from boapp.domain.workflow import Mode, Role
from boapp.errors import NotAllowed, Refusal, Tampered
from boapp.interchange.index_csv import IndexRow
from boapp.interchange.values_csv import ValuesRow
from boapp.localdb.store import Cursor, LocalStore, Owner
from boapp.services import (
    comparing,
    keying,
    opening,
    people,
    projects,
    queue,
    reporting,
    resolving,
    sealing,
    syncing,
    verifying,
)
from boapp.services.comparing import compare_waiting
from boapp.services.resolving import Mismatch
from boapp.services.roster_editing import RosterEdit
from boapp.services.servers import Ask
from boapp.services.taking_back import Late, Lost
from boapp.shareddb.protocol import Claim, DocumentRow, OpenDiscrepancy, PersonKey, SharedDatabase, StoredFact
from boapp.workspace import Workspace
from tests.attacks.tools import SECRET_NAME, SECRET_TOTAL, Scene, everything_of, opened_by
from tests.builders import PASSPHRASE, entries, receipt

pytestmark = pytest.mark.file_only


def first_pass(scene: Scene) -> SealedPass:
    """Return the first pass as the file holds it, with its share if there is one."""
    (stored,) = scene.as_("bob").shared.passes(scene.project, scene.documents[0])
    with scene.sql() as db:
        share = db.execute("SELECT k1 FROM pass_share").fetchone()
    return msgspec.structs.replace(stored.sealed, k1=share[0] if share else b"")


# --- 37, 38: with keys and files ---------------------------------------------------------------


def test_the_second_keyer_with_her_keys_the_keyring_and_the_file_cannot_open_a_strict_pass(
    strict: Scene,
) -> None:
    strict.key_secret()
    bob = strict.as_("bob")
    assert opened_by(first_pass(strict), everything_of(bob, strict), bob) == set()


def test_the_first_pass_of_release_mode_is_hidden_by_this_program_only(release: Scene) -> None:
    # The documented limit: k1 lies in the same file, and she holds the project key.
    release.key_secret()
    bob = release.as_("bob")
    assert "released" in opened_by(first_pass(release), everything_of(bob, release), bob)


def test_the_file_alone_with_its_share_opens_nothing(scene: Scene) -> None:
    # A stolen backup: every 32 bytes in it, tried as any key.
    scene.key_secret()
    stranger = scene.as_("aud")
    assert opened_by(first_pass(scene), everything_of(stranger, scene), stranger) == set()


def test_a_strict_client_uploads_no_share_even_when_the_file_claims_release(strict: Scene) -> None:
    # 36: the mode is in the signed list; an edited column must not talk a client out of it.
    strict.edit("UPDATE project SET mode = 'release'")
    strict.key_secret()
    sealed = first_pass(strict)
    assert (sealed.k1, sealed.boxes.released, sealed.read_manifest().k1_hash) == (b"", b"", b"")
    bob = strict.as_("bob")
    assert opened_by(sealed, everything_of(bob, strict), bob) == set()


def test_a_strict_project_whose_column_says_release_lets_no_keyer_compare_or_resolve(strict: Scene) -> None:
    strict.edit("UPDATE project SET mode = 'release'")
    strict.key_both(first="9.00", second="98.00")
    bob = strict.as_("bob")
    assert comparing.compare_mine(bob, strict.project) == []
    compare_waiting(strict.as_("sue"), strict.project)
    (mismatch,) = strict.mismatches("adj")
    with pytest.raises(NotAllowed):
        resolving.lock_reading(bob, mismatch, Value.of("98.00"))
    with pytest.raises(Refusal):
        opening.open_as_second(bob, verifying.document_row(bob, strict.project, strict.documents[0]))


def test_a_planted_share_does_not_release_a_strict_pass(strict: Scene) -> None:
    strict.key_both()
    sql = "INSERT INTO pass_share SELECT id, ? FROM sealed_pass WHERE slot = 1"
    strict.edit(sql, bytes(32))
    bob = strict.as_("bob")
    with pytest.raises(Tampered):
        opening.open_as_second(bob, verifying.document_row(bob, strict.project, strict.documents[0]))


def test_the_first_pass_is_not_revealed_before_ones_own_seal_nor_to_others(release: Scene) -> None:
    release.key_secret()
    for code in ("ann", "bob", "cleo", "aud"):
        with pytest.raises(NotAllowed):
            release.as_(code).shared.reveal(release.documents[0])
    release.key("bob", second=True)
    assert release.as_("bob").shared.reveal(release.documents[0]).k1
    for code in ("ann", "cleo", "aud"):
        with pytest.raises(NotAllowed):
            release.as_(code).shared.reveal(release.documents[0])


# --- 58: a colleague's local store --------------------------------------------------------------


def draft_as_ann(scene: Scene) -> Path:
    ann = scene.as_("ann")
    work = queue.claim(ann, scene.project, second=False, document=scene.documents[0])
    assert work is not None
    keying.put(ann, work, Entry(Address("company"), Value.of(SECRET_NAME)))
    keying.page(ann, work, 1)
    sealing.seal(ann, work, entries(receipt(company=SECRET_NAME)), Method.KEYED)
    work = queue.claim(ann, scene.project, second=False, document=scene.documents[1])
    assert work is not None
    keying.put(ann, work, Entry(Address("company"), Value.of(SECRET_NAME)))
    scene.close()
    return next(path for path in stores(scene) if ann.me.id.hex() in path.name)


def stores(scene: Scene) -> list[Path]:
    return sorted((scene.house.home / "organisations").rglob("stores/*.db"))


def test_a_colleagues_local_store_is_refused_to_anybody_else(scene: Scene) -> None:
    path = draft_as_ann(scene)
    bob = scene.as_("bob")
    owner = Owner(bob.org, bob.me.id, bob.keys, bob.roster.organisation.recovery)
    with pytest.raises(Tampered):
        LocalStore(path, owner)


def test_a_colleagues_local_store_with_its_name_changed_opens_nothing(scene: Scene) -> None:
    # She writes her own name over the owner's; the box is still not hers.
    path = draft_as_ann(scene)
    bob = scene.as_("bob")
    ann = scene.as_("ann").me.id
    scene.close()
    connection = sqlite3.connect(path)
    connection.execute("UPDATE store SET person = ?", (bob.me.id,))
    connection.commit()
    connection.close()
    for person in (bob.me.id, ann):
        with pytest.raises(Tampered):
            LocalStore(path, Owner(bob.org, person, bob.keys, bob.roster.organisation.recovery))


def test_no_file_on_the_disk_holds_a_keyed_value_in_clear(scene: Scene) -> None:
    draft_as_ann(scene)
    syncing.send_waiting(scene.as_("ann"))
    scene.key("bob", second=True, company="ANOTHER NAME ALTOGETHER")
    scene.close()
    files = [path for path in scene.house.folder.rglob("*") if path.is_file()]
    assert len(files) > 8
    for path in files:
        data = path.read_bytes()
        assert SECRET_NAME.encode() not in data, path
        assert SECRET_NAME.encode("utf-16-le") not in data, path


def test_the_second_keyers_store_holds_nothing_of_the_first_pass(scene: Scene) -> None:
    scene.key_secret()
    bob = scene.as_("bob")
    work = queue.claim(bob, scene.project, second=True)
    assert work is not None
    keying.page(bob, work, 1)
    assert keying.drafted(bob, work) == {}
    assert bob.store.waiting() == []
    assert bob.store.drafts(scene.documents[0]) == {}


def test_the_site_secret_without_the_passphrase_opens_nobodys_keys(scene: Scene) -> None:
    # Everything in the shared keyring, and the locked keys from the file.
    bob = scene.as_("bob")
    row = bob.shared.person_key("ann")
    assert row is not None
    secret = Keychain(bob.home).get(bob.org)
    ann = bob.roster.person("ann")
    guard = derive_guard("not her passphrase", bob.org, "ann", secret, row.kdf)
    with pytest.raises(NotAllowed):
        open_keys(guard, row.blob, ann.keys, bob.org, ann.id, "ann", row.kdf)
    without = derive_guard(PASSPHRASE, bob.org, "ann", bytes(32), row.kdf)
    with pytest.raises(NotAllowed):
        open_keys(without, row.blob, ann.keys, bob.org, ann.id, "ann", row.kdf)


# --- sizes --------------------------------------------------------------------------------------


def test_passes_of_different_lengths_in_one_step_have_blobs_of_one_size(scene: Scene) -> None:
    # 41: a blob's size tells which step of 256 bytes, and no more.
    for number, name in enumerate(("A", "A LONGER NAME", "A MUCH, MUCH LONGER NAME OF A COMPANY")):
        scene.key("ann", number, company=name)
    blobs = [p.sealed.blob for p in scene.as_("bob").shared.passes(scene.project)]
    assert len(blobs) == len(set(blobs)) == 3
    assert len({len(blob) for blob in blobs}) == 1


def test_the_same_values_never_give_the_same_bytes_twice(scene: Scene) -> None:
    scene.key("ann", 0)
    scene.key("ann", 1)
    one, other = (p.sealed for p in scene.as_("bob").shared.passes(scene.project))
    for part in ("blob", "signature"):
        assert getattr(one, part) != getattr(other, part)
    assert set(msgspec.structs.astuple(one.boxes)) & set(msgspec.structs.astuple(other.boxes)) <= {b""}


# --- every public function of the services -------------------------------------------------------


def _mismatch(ws: Workspace, scene: Scene) -> Mismatch:
    document = scene.documents[0]
    row = verifying.document_row(ws, scene.project, document)
    place = OpenDiscrepancy(document, row.comparison or row.intake, "total", 0, 0, 0, "value", None)
    return Mismatch(scene.project, place)


def _row(ws: Workspace, scene: Scene) -> DocumentRow:
    return verifying.document_row(ws, scene.project, scene.documents[0])


def _work(ws: Workspace, scene: Scene) -> queue.Assignment:
    (work,) = queue.open_assignments(ws, scene.project)
    return work


def _facts(ws: Workspace, scene: Scene) -> list[StoredFact]:
    return ws.shared.facts(scene.project, scene.documents[0])


def _intake_fact(ws: Workspace, scene: Scene) -> StoredFact:
    return verifying.fact_with_id(_facts(ws, scene), _row(ws, scene).intake)


Call = Callable[[Workspace, Scene], object]

# What bob puts for a parameter of each type while he holds his claim, unsealed.
SUPPLIES: dict[object, Call] = {
    Workspace: lambda ws, _: ws,
    ProjectId: lambda _, s: s.project,
    DocumentId: lambda _, s: s.documents[0],
    DocumentId | None: lambda _, s: s.documents[0],
    DocumentRow: _row,
    queue.Assignment: _work,
    Claim: lambda ws, s: ws.shared.my_claims(s.project)[0],
    Late: lambda ws, s: Late(
        bytes(16), s.project, s.documents[0], ws.shared.my_claims(s.project)[0].fence, PassId(bytes(16))
    ),
    Lost: lambda _, s: Lost(s.documents[0], Refusal("It came too late."), bytes(16)),
    Mismatch: _mismatch,
    FactId: lambda ws, s: _row(ws, s).intake,
    StoredFact: _intake_fact,
    Sequence[StoredFact]: _facts,
    SealedPass: lambda ws, s: ws.shared.passes(s.project, s.documents[0])[0].sealed,
    Intake: lambda ws, s: verifying.verified_intake(ws, _row(ws, s)),
    Person: lambda ws, _: ws.roster.person("ann"),
    PersonId: lambda ws, _: ws.roster.person("ann").id,
    KeyId: lambda ws, _: ws.roster.person("ann").keys.key_id,
    Value: lambda *_: Value.of("1"),
    Value | None: lambda *_: None,
    Address: lambda *_: Address("total"),
    Entry: lambda *_: Entry(Address("total"), Value.of("1")),
    Entry | None: lambda *_: None,
    tuple[Entry, ...]: lambda *_: entries(receipt()),
    Cursor: lambda *_: Cursor("total", 0, 0, finished=False),
    Method: lambda *_: Method.KEYED,
    Mode: lambda *_: Mode.RELEASE,
    Sequence[ValuesRow]: lambda *_: [ValuesRow(2, "unknown.png", {"total": "1"})],
    Sequence[Path]: lambda *_: [],
    Sequence[IndexRow] | None: lambda *_: None,
    Sequence[projects.Wanted] | None: lambda *_: None,
    Iterable[projects.Wanted]: lambda *_: [projects.Wanted("bob", (Role.SUPERVISOR,))],
    people.NewPerson: lambda *_: people.NewPerson("eve", "", (), PASSPHRASE, set_by_administrator=True),
    Path: lambda *_: Path("/proc/none/of hers"),
    X25519PrivateKey: lambda *_: X25519PrivateKey.generate(),
    SharedDatabase: lambda ws, _: ws.shared,
    PersonKey: lambda ws, _: ws.shared.person_key("ann"),
    Ask: lambda *_: lambda _sentence: "her guess",
    ChainPlace: lambda ws, _: ChainPlace(ChainId(bytes(16)), 1, bytes(32), ws.seen_head),
    str: lambda *_: "page-001.png",
    bytes: lambda ws, s: verifying.verified_intake(ws, _row(ws, s)).form_hash,
    int: lambda *_: 1,
    bool: lambda *_: True,
}

# Only a document that is opened already, or an administrator's unfinished change, gives these.
BEYOND_HER = (opening.Opened, RosterEdit)
# Her own seal and what only signs: after the first the first pass may be hers; the second give bytes of hers.
HERS_TO_SIGN = {"seal", "keep_pass", "state_fact"}


def public_functions() -> Mapping[str, Callable[..., object]]:
    """Return every public function of the services that takes a workspace and that she can call."""
    found = {}
    for module in pkgutil.iter_modules(boapp.services.__path__):
        loaded = import_module(f"boapp.services.{module.name}")
        for name, function in inspect.getmembers(loaded, inspect.isfunction):
            public = function.__module__ == loaded.__name__ and not name.startswith("_")
            types = [parameter.annotation for parameter in inspect.signature(function).parameters.values()]
            if (
                public
                and Workspace in types
                and not set(BEYOND_HER) & set(types)
                and name not in HERS_TO_SIGN
            ):
                found[f"{module.name}.{name}"] = function
    return found


def attempt_of(function: Callable[..., object]) -> Call:
    """Return the call of a function with what she would put for each of its parameters."""
    wanted = inspect.signature(function).parameters.values()
    asked = [p for p in wanted if p.default is inspect.Parameter.empty]

    def attempt(ws: Workspace, scene: Scene) -> object:
        given = {p.name: supply_of(p.annotation)(ws, scene) for p in asked}
        return function(**given)

    return attempt


def supply_of(annotation: object) -> Call:
    """Return what she puts for a parameter: from SUPPLIES, or what another public function gives her."""
    if annotation in SUPPLIES:
        return SUPPLIES[annotation]
    inside = get_args(annotation)
    if get_origin(annotation) in {Sequence, Iterable, list} and inside:
        one = supply_of(inside[0])
        return lambda ws, scene: [one(ws, scene)]
    makers = [f for f in public_functions().values() if inspect.signature(f).return_annotation is annotation]
    assert makers, f"say in SUPPLIES what a second keyer would put for {annotation}"
    return attempt_of(makers[0])


def told(ws: Workspace, scene: Scene, attempt: Call) -> str:
    """Return all that an attempt tells, with random bytes and times replaced by their sizes."""
    try:
        return repr(blurred(attempt(ws, scene)))
    except Refusal as refusal:
        return f"{type(refusal).__name__}: {refusal}"


def blurred(thing: object) -> object:
    if isinstance(thing, bytes):
        return ("bytes", len(thing))
    if isinstance(thing, int) and thing > 10**14:
        return "a time"
    if isinstance(thing, str | int | float | Refusal | None):
        return str(thing) if isinstance(thing, Refusal) else thing
    if isinstance(thing, dict):
        return [(blurred(k), blurred(v)) for k, v in thing.items()]
    if isinstance(thing, list | tuple | set | frozenset):
        return [blurred(one) for one in thing]
    fields = getattr(thing, "__struct_fields__", None) or getattr(thing, "__dataclass_fields__", None)
    assert fields is not None, f"cannot look into {type(thing)}"
    return [(name, blurred(getattr(thing, name))) for name in fields]


def test_before_her_own_seal_no_function_tells_a_second_keyer_anything_of_the_first_pass(
    scene: Scene, tmp_path: Path
) -> None:
    # Two worlds that differ in the first values alone: whatever differs for her is a leak.
    other = scene.copy(tmp_path / "other")
    scene.key_secret()
    other.key("ann", company="ACME", total="9.00")
    for world in (scene, other):
        assert queue.claim(world.as_("bob"), world.project, second=True) is not None
    differing = []
    functions = public_functions()
    assert len(functions) > 40
    for name, function in functions.items():
        attempt = attempt_of(function)
        one, two = (told(world.as_("bob"), world, attempt) for world in (scene, other))
        assert SECRET_NAME not in one
        assert SECRET_TOTAL not in one
        if one != two:
            differing.append((name, one, two))
    assert differing == []
    other.close()


def test_what_the_shared_database_gives_before_her_own_seal_is_ciphertext_of_one_size(
    scene: Scene, tmp_path: Path
) -> None:
    other = scene.copy(tmp_path / "other")
    scene.key_secret()
    other.key("ann", company="ACME", total="9.00")
    for world in (scene, other):
        assert queue.claim(world.as_("bob"), world.project, second=True) is not None
    asked: tuple[Call, ...] = (
        lambda ws, s: ws.shared.passes(s.project),
        lambda ws, s: ws.shared.facts(s.project),
        lambda ws, s: ws.shared.documents(s.project),
        lambda ws, s: ws.shared.discrepancies(s.project),
        lambda ws, s: ws.shared.my_claims(s.project),
        lambda ws, s: ws.shared.open_claims(s.project),
        lambda ws, s: ws.shared.assigned(s.project),
        lambda ws, s: ws.shared.renew([c.fence for c in ws.shared.my_claims(s.project)]),
        lambda ws, s: ws.shared.awaiting_my_comparison(s.project),
        lambda ws, s: ws.shared.own_pass(s.documents[0]),
        lambda ws, s: ws.shared.reveal(s.documents[0]),
    )
    for attempt in asked:
        one, two = (told(world.as_("bob"), world, attempt) for world in (scene, other))
        assert one == two
        assert SECRET_NAME not in one
    assert all(p.sealed.k1 == b"" for p in scene.as_("bob").shared.passes(scene.project))
    other.close()


def test_a_comparison_and_its_queue_hold_places_and_kinds_but_no_value(scene: Scene) -> None:
    scene.key_secret()
    scene.key("bob", second=True, company="QUIVERING WOMBAT TRADERS", total="7391.47")
    compare_waiting(scene.as_("sue"), scene.project)
    shown = repr(
        [scene.as_("bob").shared.discrepancies(scene.project), scene.as_("bob").shared.facts(scene.project)]
    )
    assert "company" in shown
    for part in ("WOMBAT", "7391"):
        assert part not in shown


def test_the_file_holds_no_digest_that_follows_from_a_value_alone(scene: Scene, tmp_path: Path) -> None:
    # A deterministic function of a value would fall to a dictionary: two worlds, nothing in common.
    other = scene.copy(tmp_path / "other")
    before = cells(scene)
    scene.key_secret()
    other.key_secret()
    common = (cells(scene) & cells(other)) - before
    assert {cell for cell in common if len(cell) > 16} == set()
    other.close()


def cells(scene: Scene) -> set[bytes]:
    with scene.sql() as db:
        tables = [name for (name,) in db.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        rows = [row for table in tables for row in db.execute(f"SELECT * FROM {table}")]
    return {cell for row in rows for cell in row if isinstance(cell, bytes)}


def test_the_mode_in_force_is_the_one_that_was_signed(scene: Scene) -> None:
    mode = scene.as_("sue").roster.project(scene.project).mode
    other = Mode.STRICT if mode is Mode.RELEASE else Mode.RELEASE
    scene.edit("UPDATE project SET mode = ?", other)
    assert reporting.status(scene.as_("sue"), scene.project).mode == mode
