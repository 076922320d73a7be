"""`boapp demo`: the whole job by command line over drawn papers, leaving nothing behind."""

import os
import re
import subprocess
import sys
from pathlib import Path

from boapp.demo.run import FIRST_SLIPS, SECOND_SLIPS

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


def demonstrate(folder: Path) -> subprocess.CompletedProcess[str]:
    """Run the demonstration with its own places for everything that a program leaves behind."""
    ours = {}
    for variable in ("HOME", "TMPDIR", "XDG_DATA_HOME", "XDG_CONFIG_HOME", "XDG_CACHE_HOME"):
        (folder / variable).mkdir()
        ours[variable] = str(folder / variable)
    for variable in ("BOAPP_HOME", "BOAPP_WORKSPACE", "BOAPP_PASSPHRASES"):
        ours[variable] = str(folder / "never used")
    (folder / "cwd").mkdir()
    return subprocess.run(
        [sys.executable, "-m", "boapp", "demo"],
        env=dict(os.environ) | ours,
        cwd=folder / "cwd",
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )


def test_the_demonstration_shows_every_command_does_the_whole_job_and_leaves_nothing(tmp_path: Path) -> None:
    done = demonstrate(tmp_path)
    assert (done.returncode, "Traceback" in done.stderr) == (0, False), done
    commands = [line.removeprefix("$ boapp ") for line in done.stdout.splitlines() if line.startswith("$ ")]
    assert len(commands) == len(STEPS)
    assert all(command.startswith(step) for command, step in zip(commands, STEPS, strict=True)), commands

    slips = sum(map(len, (*FIRST_SLIPS.values(), *SECOND_SLIPS.values())))
    assert re.search(rf"^{slips} discrepancies in \d+ documents, 0 open\.$", done.stdout, re.MULTILINE)
    taken = re.search(r"Took in (\d+) files, \d+ pages; refused 0 files", done.stdout)
    written = re.search(r"Wrote (\d+) records", done.stdout)
    assert taken is not None
    assert written is not None
    assert int(taken[1]) == int(written[1]) >= 5
    assert ": 0 findings." in done.stdout

    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []
    assert list((tmp_path / "TMPDIR").iterdir()) == []
    assert not (tmp_path / "never used").exists()
