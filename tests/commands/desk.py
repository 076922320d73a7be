"""A desk at which one command after the other is given, in this process, by whoever --as names.

A foreign exception that leaves a command would be a traceback for the person at the desk, so it fails the
test here, whatever the test asked for.
"""

import csv
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from click.testing import CliRunner

from boapp.cli import main
from tests.builders import PASSPHRASE, House, draw_pages
from tests.commandline import Done

Row = Mapping[str, str]


@dataclass(frozen=True)
class Desk:
    """An organisation on disk, and a folder with everybody's passphrase."""

    folder: Path
    home: Path
    workspace: Path
    server: str | None = None
    """The URL of the shared database, where it is no folder."""

    @property
    def passphrases(self) -> Path:
        """What BOAPP_PASSPHRASES names."""
        return self.folder / "passphrases"

    def passphrase(self, name: str, text: str = PASSPHRASE) -> Path:
        """Put a passphrase file there."""
        self.passphrases.mkdir(mode=0o700, exist_ok=True)
        path = self.passphrases / name
        path.touch(mode=0o600)
        path.write_text(text + "\n", encoding="utf-8")
        return path

    def environment(self) -> dict[str, str | None]:
        """Return the variables that commands here see; no message bus, so no keyring of this computer."""
        return {
            "BOAPP_HOME": str(self.home),
            "BOAPP_WORKSPACE": self.server or str(self.workspace),
            "BOAPP_PASSPHRASES": str(self.passphrases),
            "DBUS_SESSION_BUS_ADDRESS": "disabled:",
            "PYTHON_KEYRING_BACKEND": None,
        }

    def run(
        self,
        *words: str | Path,
        status: int = 0,
        typed: str | None = None,
        **variables: str | None,
    ) -> Done:
        """Give a command; its exit status must be the one expected."""
        environment = self.environment() | variables
        ended = CliRunner().invoke(main, list(map(str, words)), input=typed, env=environment)
        if ended.exception is not None and not isinstance(ended.exception, SystemExit):
            raise AssertionError(f"{words}: a traceback") from ended.exception
        said = Done(ended.exit_code, ended.stdout, ended.stderr)
        assert said.status == status, f"{words}: {said}"
        return said

    def refuses(self, *words: str | Path, **options: Any) -> str:
        """Give a command that must be refused; return what stands on standard error."""
        said = self.run(*words, status=1, **options)
        assert "boapp: " in said.err, said
        assert said.out == "" or "--json" in words
        return said.err

    def misused(self, *words: str | Path, **options: Any) -> str:
        """Give a command that is wrongly typed; return what stands on standard error."""
        said = self.run(*words, status=2, **options)
        assert said.out == ""
        return said.err

    def csv(self, name: str, rows: Sequence[Row]) -> Path:
        """Write rows under the columns of the first of them."""
        path = self.folder / name
        with path.open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, list(rows[0]))
            writer.writeheader()
            writer.writerows(rows)
        return path

    def file(self, name: str, content: str | bytes) -> Path:
        """Write a file."""
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return path

    def scans(self, *names: str, under: str = "scans") -> list[Path]:
        """Draw one page for each name."""
        return draw_pages(self.folder / under, names)

    def take_in(self, project: str, *names: str) -> None:
        """Draw pages and take them in."""
        self.run("intake", project, "--batch", "one", *self.scans(*names))

    def key(self, project: str, person: str, rows: Sequence[Row], status: int = 0) -> Any:
        """Key rows and return the result as JSON."""
        source = self.csv(f"{person}.csv", rows)
        return self.run("key", project, "--as", person, "--from", source, "--json", status=status).json

    def resolve(self, project: str, person: str, rows: Sequence[Row], status: int = 0) -> Any:
        """Resolve by rows and return the result as JSON."""
        source = self.csv(f"{person}-answers.csv", rows)
        return self.run("resolve", project, "--as", person, "--from", source, "--json", status=status).json

    def status(self, project: str, person: str = "admin") -> Any:
        """Return the status of a project."""
        return self.run("status", project, "--as", person, "--json").json["status"]


def sit_down(house: House, people: Iterable[str]) -> Desk:
    """Return a desk in front of a house whose people all have the passphrase of the builders."""
    desk = Desk(house.folder.parent, house.home, house.location)
    for person in people:
        desk.passphrase(person)
    return desk


def receipt(document: str, **values: str) -> Row:
    """Return a row of a values file for the receipt form."""
    usual = {"company": "ACME TRADING", "date": "09/01/2019", "address": "1, MAIN STREET", "total": "9.00"}
    return {"document": document} | usual | values


def read_csv(path: Path) -> list[dict[str, str]]:
    """Read a CSV file back."""
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))
