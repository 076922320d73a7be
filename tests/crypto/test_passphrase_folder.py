"""Passphrases from the folder that BOAPP_PASSPHRASES names."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from boapp.crypto.passphrases import (
    Passphrase,
    Source,
    folder_from,
    for_change,
    for_new,
    for_unlock,
)
from boapp.errors import BadInput, NotFound, Refusal, Unavailable

GOOD = "correct horse battery"


def never(sentence: str) -> str:
    raise AssertionError(f"nobody may be asked: {sentence}")


def write(folder: Path, name: str, content: bytes = GOOD.encode(), mode: int = 0o600) -> Path:
    path = folder / name
    path.write_bytes(content)
    path.chmod(mode)
    return path


def test_the_variable_names_the_folder_and_an_empty_one_names_none() -> None:
    assert folder_from({"BOAPP_PASSPHRASES": "/somewhere"}) == Path("/somewhere")
    assert folder_from({"BOAPP_PASSPHRASES": ""}) is None
    assert folder_from({}) is None


@pytest.mark.parametrize(
    "content",
    [GOOD.encode(), f"{GOOD}\n".encode(), f"{GOOD}\r\n".encode(), b"\xef\xbb\xbf" + GOOD.encode()],
)
def test_one_trailing_newline_is_not_part_of_the_passphrase(tmp_path: Path, content: bytes) -> None:
    write(tmp_path, "anna", content)

    assert for_unlock("anna", tmp_path, never) == Passphrase(GOOD, Source.FOLDER)
    assert for_new("anna", tmp_path, never) == Passphrase(GOOD, Source.FOLDER)


def test_a_file_and_a_prompt_give_the_same_passphrase(tmp_path: Path) -> None:
    write(tmp_path, "anna", "Straßenba\u0308ume".encode())

    assert for_unlock("anna", tmp_path, never).text == for_unlock("anna", None, lambda _: "Straßenbäume").text


def test_a_change_reads_the_file_for_new_and_leaves_the_other(tmp_path: Path) -> None:
    write(tmp_path, "anna", b"the old passphrase")
    write(tmp_path, "anna.new", b"the next passphrase")

    assert for_change("anna", tmp_path, never) == Passphrase("the next passphrase", Source.FOLDER)
    assert for_unlock("anna", tmp_path, never).text == "the old passphrase"


@pytest.mark.parametrize("content", [b"", b"\n", b"one\n\n", b"one\ntwo\n", b"one\rtwo", b"\xff\xfe"])
def test_a_file_that_is_not_one_line_of_text_is_refused(tmp_path: Path, content: bytes) -> None:
    write(tmp_path, "anna", content)

    with pytest.raises(BadInput):
        for_unlock("anna", tmp_path, never)


def test_a_file_may_hold_four_kibibytes_and_no_more(tmp_path: Path) -> None:
    write(tmp_path, "anna", b"x" * 4096)
    write(tmp_path, "bert", b"x" * 4097)

    assert len(for_unlock("anna", tmp_path, never).text) == 4096
    with pytest.raises(BadInput, match="larger than 4096"):
        for_unlock("bert", tmp_path, never)


def test_no_refusal_tells_the_passphrase(tmp_path: Path) -> None:
    write(tmp_path, "anna", b"sesame\xff\n")

    with pytest.raises(BadInput) as refused:
        for_unlock("anna", tmp_path, never)
    assert "sesame" not in str(refused.value)
    assert refused.value.__context__ is None


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660, 0o644, 0o610])
def test_a_file_that_others_can_reach_is_refused(tmp_path: Path, mode: int) -> None:
    write(tmp_path, "anna", mode=mode)

    with pytest.raises(BadInput, match="open to other users"):
        for_unlock("anna", tmp_path, never)


@pytest.mark.parametrize("mode", [0o400, 0o600, 0o700])
def test_a_file_that_only_its_owner_can_read_is_taken(tmp_path: Path, mode: int) -> None:
    write(tmp_path, "anna", mode=mode)

    assert for_unlock("anna", tmp_path, never).text == GOOD


@pytest.mark.skipif(getattr(os, "geteuid", lambda: 1)() != 0, reason="only root can give a file away")
def test_a_file_of_another_user_is_refused(tmp_path: Path) -> None:
    os.chown(write(tmp_path, "anna"), 65534, -1)

    with pytest.raises(BadInput, match="belongs to another user"):
        for_unlock("anna", tmp_path, never)


def test_a_link_is_refused_even_to_a_good_file(tmp_path: Path) -> None:
    (tmp_path / "anna").symlink_to(write(tmp_path, "bert"))

    with pytest.raises(BadInput, match="is a link"):
        for_unlock("anna", tmp_path, never)


def test_a_folder_and_a_pipe_are_refused_without_waiting(tmp_path: Path) -> None:
    (tmp_path / "anna").mkdir(mode=0o700)
    os.mkfifo(tmp_path / "bert", 0o600)

    for person in ("anna", "bert"):
        with pytest.raises(BadInput, match="not a plain file"):
            for_unlock(person, tmp_path, never)


def test_a_folder_that_everybody_can_write_to_is_refused(tmp_path: Path) -> None:
    write(tmp_path, "anna")
    tmp_path.chmod(0o1777)

    with pytest.raises(BadInput, match="Everybody can write"):
        for_unlock("anna", tmp_path, never)


@pytest.mark.parametrize(
    ("choose", "missing"), [(for_unlock, "anna"), (for_new, "anna"), (for_change, "anna.new")]
)
def test_a_missing_file_is_named_and_nobody_is_asked(
    tmp_path: Path, choose: Callable[..., Passphrase], missing: str
) -> None:
    with pytest.raises(NotFound, match=f"'{missing}'"):
        choose("anna", tmp_path, never)


def test_a_folder_that_is_not_there_is_unavailable(tmp_path: Path) -> None:
    with pytest.raises(Unavailable, match="BOAPP_PASSPHRASES names it"):
        for_unlock("anna", tmp_path / "nowhere", never)


@pytest.mark.parametrize(
    "person", ["", ".", "..", "../anna", "sub/anna", "anna\x00", "ANNA", "anna.", "/etc/hostname"]
)
def test_a_name_leads_nowhere_but_to_its_own_file(tmp_path: Path, person: str) -> None:
    folder = tmp_path / "passphrases"
    (folder / "sub").mkdir(parents=True)
    for place in (tmp_path, folder, folder / "sub"):
        write(place, "anna")

    with pytest.raises(Refusal):
        for_unlock(person, folder, never)


@pytest.mark.parametrize("choose", [for_unlock, for_new, for_change])
def test_a_code_that_reads_like_a_changed_passphrase_is_refused(
    tmp_path: Path, choose: Callable[..., Passphrase]
) -> None:
    write(tmp_path, "anna.new")
    write(tmp_path, "anna.new.new")

    with pytest.raises(BadInput, match="marks a new passphrase"):
        choose("anna.new", tmp_path, never)


@pytest.mark.parametrize(("choose", "name"), [(for_new, "anna"), (for_change, "anna.new")])
def test_how_long_a_new_passphrase_in_the_folder_is_is_its_programs_own_matter(
    tmp_path: Path, choose: Callable[..., Passphrase], name: str
) -> None:
    write(tmp_path, name, b"1234567\n")

    assert choose("anna", tmp_path, never).text == "1234567"


@pytest.mark.parametrize(("choose", "name"), [(for_new, "anna"), (for_change, "anna.new")])
def test_a_new_passphrase_in_the_folder_is_never_the_code_itself(
    tmp_path: Path, choose: Callable[..., Passphrase], name: str
) -> None:
    write(tmp_path, name, b"Anna\n")

    with pytest.raises(BadInput, match="own code"):
        choose("anna", tmp_path, never)
