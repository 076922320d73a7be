"""What a workstation remembers of an organisation."""

import threading
from concurrent.futures import ThreadPoolExecutor, wait
from pathlib import Path

import pytest

from boapp import enrolment
from boapp.crypto.roster_entries import NO_HEAD, Head
from boapp.domain.ids import OrgId, PersonId
from boapp.enrolment import (
    Enrolment,
    default_home,
    enrol,
    enrolment_of,
    remember_head,
    remembered_head,
    store_path,
    stores_of,
    write_whole,
)
from boapp.errors import NotFound, Tampered, Unavailable

ORG, OTHER = OrgId(b"o" * 16), OrgId(b"p" * 16)
ENROLMENT = Enrolment(ORG, (b"r" * 32, b"s" * 32))


@pytest.fixture
def home(tmp_path: Path) -> Path:
    enrol(tmp_path / "home", ENROLMENT)
    return tmp_path / "home"


def only(home: Path, name: str) -> Path:
    (found,) = home.rglob(name)
    return found


def test_an_organisation_is_remembered(home: Path) -> None:
    assert enrolment_of(home, ORG) == ENROLMENT


def test_another_organisation_is_not_known(home: Path) -> None:
    for place in (home, home / "nowhere"):
        with pytest.raises(NotFound, match="not enrolled") as refusal:
            enrolment_of(place, OTHER)
        assert "BOAPP_HOME" in refusal.value.advice


@pytest.mark.parametrize("content", [b"", b"{", b"{}", b"[]", b'{"org": 1, "roots": []}', b"\xff"])
def test_a_damaged_enrolment_is_not_believed(home: Path, content: bytes) -> None:
    only(home, "enrolment.json").write_bytes(content)
    with pytest.raises(Tampered, match="damaged"):
        enrolment_of(home, ORG)


def test_nothing_is_remembered_before_the_first_head(home: Path) -> None:
    assert remembered_head(home, ORG) == Head(0, NO_HEAD)


def test_a_head_is_only_ever_moved_forward(home: Path) -> None:
    newer = Head(5, b"n" * 32)
    remember_head(home, ORG, newer)
    for head in (Head(4, b"x" * 32), Head(5, b"y" * 32), Head(0, NO_HEAD)):
        remember_head(home, ORG, head)
        assert remembered_head(home, ORG) == newer
    remember_head(home, ORG, Head(6, b"z" * 32))
    assert remembered_head(home, ORG) == Head(6, b"z" * 32)


def test_of_two_processes_that_remember_at_once_the_newer_head_stays(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    remember_head(home, ORG, Head(5, b"n" * 32))
    writes, goes_on = threading.Event(), threading.Event()

    def write_slowly(path: Path, data: bytes) -> None:
        writes.set()
        assert goes_on.wait(5)
        write_whole(path, data)

    with monkeypatch.context() as slow, ThreadPoolExecutor(2) as pool:
        slow.setattr(enrolment, "write_whole", write_slowly)
        older = pool.submit(remember_head, home, ORG, Head(6, b"o" * 32))
        assert writes.wait(5)
        slow.setattr(enrolment, "write_whole", write_whole)
        newer = pool.submit(remember_head, home, ORG, Head(7, b"p" * 32))
        wait((newer,), timeout=0.2)
        goes_on.set()
        for one in (older, newer):
            one.result(5)
    assert remembered_head(home, ORG) == Head(7, b"p" * 32)


def test_a_folder_that_another_program_keeps_locked_is_told_in_words(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(enrolment, "PATIENCE_SECONDS", 0.05)
    with (
        enrolment.alone_in(only(home, "enrolment.json").parent),
        pytest.raises(Unavailable, match="Another program"),
    ):
        remember_head(home, ORG, Head(6, b"z" * 32))


def test_heads_of_two_organisations_stand_apart(home: Path) -> None:
    enrol(home, Enrolment(OTHER, ENROLMENT.roots))
    remember_head(home, ORG, Head(5, b"n" * 32))
    assert remembered_head(home, OTHER).seq == 0


@pytest.mark.parametrize("content", [b"", b"{}", b'{"seq": "5", "digest": ""}', b"\xff"])
def test_a_damaged_head_is_not_taken_for_none(home: Path, content: bytes) -> None:
    remember_head(home, ORG, Head(5, b"n" * 32))
    only(home, "roster-head.json").write_bytes(content)
    with pytest.raises(Tampered, match="damaged"):
        remembered_head(home, ORG)
    with pytest.raises(Tampered, match="damaged"):
        remember_head(home, ORG, Head(6, b"z" * 32))


def test_a_head_is_replaced_whole_and_leaves_nothing_beside_it(home: Path) -> None:
    folder = only(home, "enrolment.json").parent
    for seq in range(1, 5):
        remember_head(home, ORG, Head(seq, b"n" * 32))
    assert sorted(path.name for path in folder.iterdir()) == [
        "enrolment.json",
        "roster-head.json",
        "writing.lock",
    ]
    assert not any(path.stat().st_mode & 0o077 for path in folder.iterdir())


def test_each_person_has_a_local_store_of_her_own(home: Path) -> None:
    ann, bob = (store_path(home, ORG, PersonId(bytes([n]) * 16)) for n in (1, 2))
    assert ann != bob
    assert stores_of(home, ORG) == []
    ann.parent.mkdir()
    for path in (bob, ann):
        path.touch()
    (ann.parent / "note.txt").touch()
    assert stores_of(home, ORG) == [ann, bob]


def test_home_is_what_the_environment_names_or_the_systems_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BOAPP_HOME", str(tmp_path))
    assert default_home() == tmp_path
    for unset in ("", None):
        monkeypatch.setenv("BOAPP_HOME", "") if unset == "" else monkeypatch.delenv("BOAPP_HOME")
        monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
        assert default_home().name == "boapp"
