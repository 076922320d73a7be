"""The main job by command line, over some invoices: every step is a command that anybody could type."""

import csv
import os
import secrets
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from boapp.demo.samples import INVOICES
from boapp.demo.workspace import BATCHES, papers
from boapp.errors import Refusal
from boapp.resources import resource

PEOPLE = {"admin": "", "ann": "operator", "bob": "second-keyer", "sue": "supervisor"}
FIRST_SLIPS = {"invoice-02.png": {"total": "1,461.00"}, "invoice-04.png": {"number": "AE2024-1178"}}
SECOND_SLIPS = {"invoice-06.png": {"date": "11/02/2024"}}


class DemoFailed(Refusal):
    """A step of the demonstration did not do what it must."""


@dataclass(frozen=True, slots=True)
class _Stage:
    folder: Path
    environment: Mapping[str, str]

    def run(self, *words: str) -> None:
        """Run one boapp command as its own process, and show it."""
        print("$ boapp", " ".join(_short(word, self.folder) for word in words), flush=True)
        done = subprocess.run(  # noqa: S603 - our own program
            [sys.executable, "-m", "boapp", *words], env=self.environment, check=False
        )
        if done.returncode:
            raise DemoFailed(f"boapp {words[0]} ended with status {done.returncode}.")

    def values(self, name: str, slips: Mapping[str, Mapping[str, str]]) -> str:
        """Write a values file: the truth with slips."""
        path = self.folder / f"{name}.csv"
        with path.open("w", newline="", encoding="utf-8") as file:
            writer = csv.DictWriter(file, ["document", *INVOICES[0].values])
            writer.writeheader()
            for sample in INVOICES:
                row = {"document": sample.name, **sample.values}
                writer.writerow(row | dict(slips.get(sample.name, {})))
        return str(path)


def _short(word: str, folder: Path) -> str:
    return word.replace(f"{folder}{os.sep}", "")


def run() -> None:
    """Do the whole job in a temporary folder that is removed at the end."""
    with _stage() as stage:
        stage.run("init", str(stage.folder / "workspace"))
        for person, role in PEOPLE.items():
            if role:
                stage.run("people", "add", person, "--role", role)
        stage.run("project", "add", "invoices", "--form", str(resource("forms/invoice.toml")))
        files = [str(path) for path in papers(BATCHES[1], stage.folder / "scans")]
        stage.run("intake", "invoices", "--batch", "week 46", *files)
        stage.run("key", "invoices", "--as", "ann", "--from", stage.values("first", FIRST_SLIPS))
        stage.run("key", "invoices", "--as", "bob", "--from", stage.values("second", SECOND_SLIPS))
        stage.run("resolve", "invoices", "--as", "bob", "--from", stage.values("truth", {}))
        stage.run("report", "discrepancies", "invoices", "--as", "sue")
        out = stage.folder / "records.csv"
        stage.run("export", "invoices", "--as", "sue", "--format", "csv", "-o", str(out))
        stage.run("audit", "verify", "invoices")
        print(f"\nThe settled records:\n{out.read_text(encoding='utf-8')}")
        print("Everything lay in a temporary folder, which is removed now.")


@contextmanager
def _stage() -> Iterator[_Stage]:
    with tempfile.TemporaryDirectory(prefix="boapp-demo-") as name:
        folder = Path(name)
        passphrases = folder / "passphrases"
        passphrases.mkdir(mode=0o700)
        for person in PEOPLE:
            path = passphrases / person
            path.touch(mode=0o600)
            path.write_text(secrets.token_urlsafe(12), encoding="utf-8")
        ours = {
            "BOAPP_HOME": str(folder / "home"),
            "BOAPP_WORKSPACE": str(folder / "workspace"),
            "BOAPP_PASSPHRASES": str(passphrases),
            # The demonstration leaves nothing behind, so it must not write to anybody's keyring.
            "DBUS_SESSION_BUS_ADDRESS": "disabled:",
        }
        yield _Stage(folder, dict(os.environ) | ours)
