"""A workstation with nothing but a command line: every command is a process of its own."""

import json
import os
import subprocess
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.builders import PASSPHRASE


@dataclass(frozen=True)
class Done:
    """What a command left."""

    status: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """What it said as JSON."""
        return json.loads(self.out)


@dataclass(frozen=True)
class CommandLine:
    """One folder that holds everything a run writes: workspace, home, passphrases, temporary files."""

    folder: Path
    extra: Mapping[str, str]

    @property
    def workspace(self) -> Path:
        """The workspace folder."""
        return self.folder / "workspace"

    def environment(self) -> dict[str, str]:
        """Return the variables a command sees; no message bus, so no keyring of this computer."""
        ours = {
            "BOAPP_HOME": str(self.folder / "home"),
            "BOAPP_WORKSPACE": str(self.workspace),
            "BOAPP_PASSPHRASES": str(self.folder / "passphrases"),
            "DBUS_SESSION_BUS_ADDRESS": "disabled:",
        }
        return dict(os.environ) | ours | dict(self.extra)

    def passphrase(self, person: str, text: str = PASSPHRASE) -> Path:
        """Put a person's passphrase into the folder."""
        folder = self.folder / "passphrases"
        folder.mkdir(mode=0o700, exist_ok=True, parents=True)
        path = folder / person
        path.touch(mode=0o600)
        path.write_text(text + "\n", encoding="utf-8")
        return path

    def run(self, *words: str | Path, status: int | None = 0) -> Done:
        """Run one command; its exit status must be the one expected, if any is."""
        done = subprocess.run(
            [sys.executable, "-m", "boapp", *map(str, words)],
            env=self.environment(),
            cwd=self.folder,
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )
        found = Done(done.returncode, done.stdout, done.stderr)
        if status is not None:
            assert found.status == status, f"{words}: {found}"
        return found

    def found(self, people: Iterable[tuple[str, str]]) -> None:
        """Make the workspace and add people, each with one role or several joined by +."""
        self.passphrase("admin")
        self.run("init", self.workspace)
        for person, roles in people:
            self.passphrase(person)
            flags = [word for role in roles.split("+") for word in ("--role", role)]
            self.run("people", "add", person, *flags)


def command_line(folder: Path, extra: Mapping[str, str] | None = None) -> CommandLine:
    """Make an empty workstation."""
    folder.mkdir(parents=True, exist_ok=True)
    return CommandLine(folder, extra or {})
