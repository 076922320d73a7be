"""`boapp demo`: the whole job by command line over drawn papers, leaving nothing behind."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from boapp.demo.run import FIRST_SLIPS, SECOND_SLIPS

Shown = tuple[subprocess.CompletedProcess[str], Path]
STEPS = [
    "init",
    "people add ann --role operator",
    "people add bob --role second-keyer",
    "people add sue --role supervisor",
    "project add",
    "intake",
    "key",
    "key",
    "resolve",
    "report discrepancies",
    "export",
    "audit verify",
]


@pytest.fixture(scope="module")
def shown(tmp_path_factory: pytest.TempPathFactory) -> Shown:
    """Run the demonstration once, with its own places for everything that a program leaves behind."""
    folder = tmp_path_factory.mktemp("demo")
    ours = {}
    for variable in ("HOME", "TMPDIR", "XDG_DATA_HOME", "XDG_CONFIG_HOME", "XDG_CACHE_HOME"):
        (folder / variable).mkdir()
        ours[variable] = str(folder / variable)
    for variable in ("BOAPP_HOME", "BOAPP_WORKSPACE", "BOAPP_PASSPHRASES"):
        ours[variable] = str(folder / "never used")
    (folder / "cwd").mkdir()
    done = subprocess.run(
        [sys.executable, "-m", "boapp", "demo"],
        env=dict(os.environ) | ours,
        cwd=folder / "cwd",
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    return done, folder


def test_the_demonstration_shows_every_command_in_order_and_succeeds(shown: Shown) -> None:
    done, _ = shown
    assert done.returncode == 0, done
    assert "Traceback" not in done.stderr
    commands = [line.removeprefix("$ boapp ") for line in done.stdout.splitlines() if line.startswith("$ ")]
    assert len(commands) == len(STEPS)
    assert all(command.startswith(step) for command, step in zip(commands, STEPS, strict=True)), commands


def test_the_demonstration_finds_its_slips_and_hands_over_every_record(shown: Shown) -> None:
    done, _ = shown
    slips = sum(map(len, (*FIRST_SLIPS.values(), *SECOND_SLIPS.values())))
    assert re.search(rf"^{slips} discrepancies in \d+ documents, 0 open\.$", done.stdout, re.MULTILINE)
    taken = re.search(r"Took in (\d+) files, \d+ pages; refused 0 files", done.stdout)
    written = re.search(r"Wrote (\d+) records", done.stdout)
    assert taken is not None
    assert written is not None
    assert int(taken[1]) == int(written[1]) >= 5
    assert ": 0 findings." in done.stdout


def test_the_demonstration_leaves_nothing_behind(shown: Shown) -> None:
    done, folder = shown
    assert "removed now" in done.stdout
    assert [path for path in folder.rglob("*") if path.is_file()] == []
    assert list((folder / "TMPDIR").iterdir()) == []
    assert not (folder / "never used").exists()
