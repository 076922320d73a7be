"""An exported outbox in other hands than its author's, and what she may be made to bring in with it.

The file is carried on a stick: whoever finds it has a copy, and may have the shared database, the keyring of
the shared computer and keys of his own beside it.
"""

import os
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path

import msgspec
import pytest
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from boapp.crypto import outbox_bundle
from boapp.crypto.envelope import unseal, unwrap
from boapp.crypto.facts import FactKind
from boapp.crypto.framing import lp
from boapp.crypto.outbox_bundle import MAGIC, MAX_FILE, Carried, Sender
from boapp.domain.ids import DocumentId, OrgId, PersonId, ProjectId
from boapp.domain.passes import Asked, Method
from boapp.errors import BadInput, NotAllowed, Refusal, Tampered
from boapp.services.carrying import export_outbox, import_outbox, list_outbox, retry
from boapp.services.queue import claim
from boapp.services.sealing import seal
from boapp.services.syncing import PASS, send_waiting
from boapp.shareddb.protocol import Outcome
from boapp.workspace import Workspace
from tests.attacks.tools import (
    SECRET_NAME,
    SECRET_TOTAL,
    Scene,
    everything_of,
    forged_pass,
    refusal_of,
    reset,
    signed_fact,
)
from tests.builders import entries, receipt
from tests.plaintext.search import needles_of_texts


def exported(scene: Scene, number: int = 0) -> Path:
    """Have ann seal what must not come out, and carry it instead of sending it."""
    ann = scene.as_("ann")
    work = claim(ann, scene.project, second=False, document=scene.documents[number])
    assert work is not None
    seal(ann, work, entries(receipt(company=SECRET_NAME, total=SECRET_TOTAL)), Method.KEYED)
    path = scene.house.folder / f"carried {number}"
    export_outbox(ann, path)
    return path


def made(scene: Scene, code: str, *messages: Carried, **parts: object) -> Path:
    """Write a file of these messages under somebody's keys, as a modified client does."""
    ws = scene.as_(code)
    sender = replace(Sender(ws.org, ws.me.id, ws.store.id, ws.now_us()), **parts)  # type: ignore[arg-type]
    path = scene.house.folder / "made"
    path.write_bytes(outbox_bundle.write(sender, ws.keys, ws.roster.organisation.recovery, messages))
    return path


def refused(ws: Workspace, path: Path, kind: type[Refusal], words: str) -> None:
    """See that a file is refused in these words and that nothing of it is kept."""
    before = ws.store.waiting()
    with pytest.raises(kind, match=words):
        import_outbox(ws, path)
    assert ws.store.waiting() == before


# --- whoever finds the file ---------------------------------------------------------------------


@pytest.mark.file_only
def test_the_second_keyer_with_the_file_the_keyring_and_the_database_opens_nothing(scene: Scene) -> None:
    path = exported(scene)
    bob = scene.as_("bob")
    bundle = outbox_bundle.read(path.read_bytes())
    ann = bob.roster.person("ann").keys
    place = lp(bundle.sender.org, bundle.sender.person, bundle.sender.store, bundle.id, bundle.key_id)
    aad, boxes = lp(b"outbox-bundle", place), {b"own": bundle.box_own, b"recovery": bundle.box_recovery}
    doors: list[Callable[[], object]] = []
    for secret in everything_of(bob, scene):
        private = X25519PrivateKey.from_private_bytes(secret)
        doors += [partial(unwrap, private, lp(b"wrap-outbox", whom, place), boxes[whom]) for whom in boxes]
        doors.append(partial(bundle.open_as_recovery, ann, private))
        doors.append(partial(unseal, secret, bundle.sealed, aad))
    assert {refusal_of(door) for door in doors} == {"Tampered"}
    # The same doors open for whom they are made.
    assert len(bundle.open_as_author(scene.as_("ann").keys)) == 1


def test_nobody_else_brings_it_in_and_nobody_learns_from_trying(scene: Scene) -> None:
    path = exported(scene)
    said = set()
    for code in ("bob", "cleo", "sue", "adj", "admin"):
        ws = scene.as_(code)
        refused(ws, path, NotAllowed, "somebody else's")
        with pytest.raises(NotAllowed) as told:
            import_outbox(ws, path)
        said.add(str(told.value))
        assert ws.shared.passes(scene.project) == []
    assert len(said) == 1
    assert "ann" not in said.pop()


def test_no_value_and_no_name_stands_in_the_file(scene: Scene) -> None:
    data = exported(scene).read_bytes()
    names = ["receipts", "page-001", "first batch", "Full Name Of ann", "company", "total"]
    for needle in needles_of_texts([SECRET_NAME, SECRET_TOTAL, *names]):
        assert needle not in data
    for id_ in (scene.project, *scene.documents):
        assert bytes(id_) not in data


def test_her_own_name_over_the_authors_opens_nothing(scene: Scene) -> None:
    path = exported(scene)
    ann, bob = scene.as_("ann"), scene.as_("bob")
    data = path.read_bytes().replace(ann.me.id, bob.me.id)
    data = data.replace(ann.keys.public.key_id, bob.keys.public.key_id)
    path.write_bytes(data)
    refused(bob, path, Tampered, "damaged")
    path.write_bytes(data.replace(bob.keys.public.key_id, bytes(16)))
    refused(bob, path, Tampered, "not in the signed list")


# --- what is no file of hers ----------------------------------------------------------------------


def test_parts_of_two_files_of_hers_do_not_go_together(scene: Scene) -> None:
    one, other = (exported(scene, number) for number in (0, 1))
    ann = scene.as_("ann")
    send_waiting(ann)
    first, second = (outbox_bundle.read(path.read_bytes()) for path in (one, other))
    for head, signature, sealed in (
        (first.head, first.signature, second.sealed),
        (first.head, second.signature, first.sealed),
        (second.head, first.signature, second.sealed),
    ):
        one.write_bytes(MAGIC + b"\1" + lp(head, signature, sealed))
        refused(ann, one, Tampered, "damaged")
    other_box = first.head.replace(first.box_own, second.box_own)
    one.write_bytes(MAGIC + b"\1" + lp(other_box, first.signature, first.sealed))
    refused(ann, one, Tampered, "damaged")


def test_a_file_that_somebody_else_signed_as_hers_is_refused(scene: Scene) -> None:
    # Bob knows every public key: he makes a file that opens for ann and holds what he likes.
    ann, bob = scene.as_("ann"), scene.as_("bob")
    message = Carried(scene.project, PASS, b"anything")
    sender = Sender(ann.org, ann.me.id, ann.store.id, ann.now_us())
    as_ann = type(bob.keys)(bob.keys.box_key, bob.keys.sign_key, ann.keys.public)
    path = scene.house.folder / "made"
    path.write_bytes(outbox_bundle.write(sender, as_ann, bob.roster.organisation.recovery, (message,)))
    refused(ann, path, Tampered, "changed by somebody else")


def test_another_organisations_file_is_told_as_that(scene: Scene) -> None:
    path = made(scene, "ann", Carried(scene.project, PASS, b"x"), org=OrgId(bytes(16)))
    refused(scene.as_("ann"), path, BadInput, "another organisation")


def test_what_is_no_plain_file_or_endless_is_refused_at_once(scene: Scene) -> None:
    ann, folder = scene.as_("ann"), scene.house.folder
    os.mkfifo(folder / "pipe")
    with (folder / "endless").open("wb") as file:
        file.write(MAGIC + b"\1")
        file.truncate(2**40)
    (folder / "empty").touch()
    refused(ann, folder / "pipe", BadInput, "not a plain file")
    refused(ann, Path("/dev/zero"), BadInput, "not a plain file")
    refused(ann, folder / "endless", BadInput, "larger than boapp accepts")
    refused(ann, folder / "empty", BadInput, "no outbox")
    refused(ann, folder, Refusal, "cannot be read|not a plain file")
    refused(ann, folder / "missing", Refusal, "cannot be read")
    assert (folder / "endless").stat().st_size > MAX_FILE


# --- what a file of hers may hold -----------------------------------------------------------------


def pass_of(scene: Scene, code: str, **parts: object) -> bytes:
    """Seal a pass as somebody, under no claim."""
    ws = scene.as_(code)
    return msgspec.msgpack.encode(forged_pass(ws, scene, bytes(16), asked=Asked.ALL, **parts))  # type: ignore[arg-type]


def in_other_project(scene: Scene) -> Carried:
    return Carried(ProjectId(bytes(16)), PASS, pass_of(scene, "ann"))


def of_bob(scene: Scene) -> Carried:
    return Carried(scene.project, PASS, pass_of(scene, "bob"))


def by_bob_as_ann(scene: Scene) -> Carried:
    return Carried(scene.project, PASS, pass_of(scene, "bob", author="ann"))


def cut(scene: Scene) -> Carried:
    return Carried(scene.project, PASS, pass_of(scene, "ann")[:-1])


def changed(scene: Scene) -> Carried:
    sealed = forged_pass(scene.as_("ann"), scene, bytes(16), asked=Asked.ALL)  # type: ignore[arg-type]
    bent = msgspec.structs.replace(sealed, blob=sealed.blob[:-1] + b"\0")
    return Carried(scene.project, PASS, msgspec.msgpack.encode(bent))


def intake_without_document(scene: Scene) -> Carried:
    admin = scene.as_("admin")
    taken = next(f for f in admin.shared.facts(scene.project) if f.kind == FactKind.INTAKE)
    clear = msgspec.msgpack.decode(taken.fact.read_statement().clear)
    fact = signed_fact(scene.as_("ann"), scene, FactKind.INTAKE, clear, document=DocumentId(bytes(16)))
    return Carried(scene.project, "fact", msgspec.msgpack.encode(fact))


def of_tomorrow(scene: Scene) -> Carried:
    return Carried(scene.project, "telegram", b"x")


ALIENS: dict[Callable[[Scene], Carried], str] = {
    in_other_project: "not signed by its author",
    of_bob: "not signed by its author",
    by_bob_as_ann: "signature",
    cut: "malformed",
    changed: "not the one that its keyer signed",
    intake_without_document: "without its document",
    of_tomorrow: "does not know",
}


@pytest.mark.parametrize("alien", ALIENS)
def test_one_message_that_is_not_hers_or_not_whole_keeps_all_of_a_file_out(
    release: Scene, alien: Callable[[Scene], Carried]
) -> None:
    ann = release.as_("ann")
    good = Carried(release.project, PASS, pass_of(release, "ann"))
    refused(ann, made(release, "ann", good, alien(release)), Refusal, ALIENS[alien])
    assert import_outbox(ann, made(release, "ann", good)).new == 1


def test_the_first_pass_in_a_file_of_the_second_keyers_is_not_taken(release: Scene) -> None:
    release.key_secret()
    bob = release.as_("bob")
    (first,) = release.as_("aud").shared.passes(release.project)
    path = made(release, "bob", Carried(release.project, PASS, msgspec.msgpack.encode(first.sealed)))
    refused(bob, path, Tampered, "not signed by its author")


# --- old files ------------------------------------------------------------------------------------


def test_an_old_file_played_again_moves_nothing(scene: Scene) -> None:
    path = exported(scene)
    ann = scene.as_("ann")
    assert send_waiting(ann) == [Outcome.STORED]
    scene.key("bob", second=True)
    before = ann.shared.documents(scene.project)
    for _ in range(2):
        done = import_outbox(ann, path)
        assert [one.came for one in done.sending.told] == [Outcome.ALREADY]
    assert ann.shared.documents(scene.project) == before
    assert ann.store.waiting() == []
    assert scene.findings() == []


def test_an_old_file_of_a_document_that_was_taken_from_her_counts_no_more(scene: Scene) -> None:
    path = exported(scene)
    ann = scene.as_("ann")
    ann.shared.hand_back(ann.shared.my_claims(scene.project)[0].fence)
    scene.key("cleo")
    done = import_outbox(ann, path)
    assert [one.came for one in done.sending.told] == [Outcome.SURPLUS]
    assert sorted(p.slot for p in scene.as_("aud").shared.passes(scene.project)) == [0, 1]
    assert scene.findings() == []


def test_a_file_under_keys_that_were_replaced_opens_no_more_and_says_who_can(strict: Scene) -> None:
    path = exported(strict)
    old = strict.house.keys["ann"]
    reset(strict, "ann")
    ann = at_another_workstation(strict)
    refused(ann, path, NotAllowed, "replaced since.*Two officers")
    assert outbox_bundle.read(path.read_bytes()).open_as_author(old)
    ann.store.close()


def test_what_a_replaced_key_signed_and_was_never_sent_is_kept_uncounted_and_told(strict: Scene) -> None:
    path = exported(strict)
    messages = outbox_bundle.read(path.read_bytes()).open_as_author(strict.house.keys["ann"])
    reset(strict, "ann")
    ann = at_another_workstation(strict)
    sender = Sender(ann.org, ann.me.id, ann.store.id, ann.now_us())
    path.write_bytes(outbox_bundle.write(sender, ann.keys, ann.roster.organisation.recovery, messages))
    done = import_outbox(ann, path)
    assert (done.retired, [one.came for one in done.sending.told]) == (1, [Outcome.SURPLUS])
    assert "replaced since" in done.sending.told[0].why
    assert [p.slot for p in strict.as_("aud").shared.passes(strict.project)] == [0]
    assert (list_outbox(ann), retry(ann).told) == ([], ())
    ann.store.close()


def at_another_workstation(scene: Scene) -> Workspace:
    """Open ann's workspace where she had no store before."""
    person: PersonId = scene.as_("sue").roster.person("ann").id
    for file in scene.house.home.rglob(f"{person.hex()}*"):
        file.unlink()
    return scene.as_("ann")
