"""The same attacks by command line: every command is a process of its own, with nothing but its keys."""

from pathlib import Path

import pytest

from boapp.crypto.facts import FactKind
from boapp.services.comparing import compare_waiting
from tests.attacks.test_evidence import insert
from tests.attacks.tools import Scene, signed_fact
from tests.builders import PEOPLE, receipt
from tests.commandline import CommandLine

pytestmark = pytest.mark.file_only


def command_line(scene: Scene) -> CommandLine:
    """Return the command line of the workstation that the scene is on."""
    scene.close()
    line = CommandLine(scene.house.folder, {"PYTHON_KEYRING_BACKEND": "keyring.backends.fail.Keyring"})
    for code in (*PEOPLE, "admin"):
        line.passphrase(code)
    return line


def values_file(folder: Path, **values: str) -> Path:
    """Write a values file of the first document."""
    row = receipt(**values)
    path = folder / "values.csv"
    cells = ",".join(f'"{text}"' for text in row.values())
    path.write_text(f"document,{','.join(row)}\npage-001.png,{cells}\n")
    return path


def test_one_person_cannot_key_a_document_twice_by_command_line(scene: Scene, tmp_path: Path) -> None:
    line, values = command_line(scene), values_file(tmp_path)
    assert line.run("key", "receipts", "--from", values, "--as", "cleo", "--json").json["sealed"] == [
        "page-001.png"
    ]
    again = line.run("key", "receipts", "--from", values, "--as", "cleo", "--json", status=1)
    assert again.json["sealed"] == []
    assert "keyed by you" in again.err


def test_nobody_resolves_what_the_mode_forbids_by_command_line(scene: Scene, tmp_path: Path) -> None:
    scene.key_both(first="9.00", second="98.00")
    compare_waiting(scene.as_("sue"), scene.project)
    strict = scene.as_("sue").roster.project(scene.project).mode == "strict"
    line, values = command_line(scene), values_file(tmp_path, total="98.00")
    for code in ("ann", *(["bob"] if strict else [])):
        done = line.run("resolve", "receipts", "--from", values, "--as", code, status=1)
        assert "may not resolve" in done.err
    assert [d.resolution for d in scene.as_("sue").shared.discrepancies(scene.project)] == [None]


def test_a_row_inserted_by_hand_is_named_with_its_rule_by_command_line(release: Scene) -> None:
    # Anybody may write into an SQLite file. Nobody can sign as somebody else.
    release.key_both()
    line = command_line(release)
    assert line.run("audit", "verify", "receipts", "--as", "bob").status == 0
    fact = signed_fact(release.as_("bob"), release, FactKind.CONFIRMATION, {"same": True}, (bytes(16),))
    insert(release, fact, "confirmation", actor=release.as_("sue").me.id)
    release.close()
    done = line.run("audit", "verify", "receipts", "--as", "bob", status=1)
    assert f"fact {fact.read_statement().id.hex()}: place:" in done.out


def test_a_file_set_back_is_refused_by_command_line(release: Scene) -> None:
    line = command_line(release)
    release.edit("DELETE FROM roster WHERE seq = (SELECT max(seq) FROM roster)")
    done = line.run("status", "receipts", "--as", "bob", status=1)
    assert "list of people is older" in done.err
