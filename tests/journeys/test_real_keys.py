"""Five real receipts through the real windows by real key events: keyed twice, resolved, reported, exported.

Nothing here reaches into the program: a person's sitting is a process of its own, keys come from the X
server, and a step is done when a window's title, the screen, a file or the shared database says so.
"""

import csv
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from boapp.domain.forms import parse_form
from boapp.domain.ids import ProjectId
from boapp.domain.values import canonical
from boapp.domain.workflow import Mode
from boapp.doors import database_file
from boapp.services.intake import take_in
from tests.builders import PASSPHRASE, RECEIPT_FORM, SHARED_DATA, House, add_project
from tests.commandline import CommandLine, command_line
from tests.journeys.xserver import Screen, end, missing_programs, screen, wait

ROOT = Path(__file__).resolve().parents[2]
RECEIPTS = SHARED_DATA / "receipts-sroie"
FORM = parse_form(RECEIPT_FORM.read_bytes())
FIELDS = tuple(FORM.by_key)
KEYED = ("005", "033", "039", "350", "583")
"""With & / ' # and commas in them; on 033 there is no total."""
SLIP = ("350.jpg", "total", "1,070.50")
Row = dict[str, str]

pytestmark = [
    pytest.mark.skipif(not RECEIPTS.is_dir(), reason="the real receipts are not beside this checkout"),
    pytest.mark.skipif(bool(missing_programs()), reason=f"not on this machine: {missing_programs()}"),
]


def truth() -> dict[str, Row]:
    with (RECEIPTS / "truth.csv").open(encoding="utf-8", newline="") as file:
        rows = {row["id"]: {field: row[field] for field in FIELDS} for row in csv.DictReader(file)}
    return {f"{name}.jpg": rows[name] for name in KEYED}


def form(field: str, text: str) -> str:
    return canonical(FORM.field(field), text).form if text else ""


def receipts_in(house: House) -> ProjectId:
    """Add a project and take the five in; they are keyed in this order."""
    project, admin = add_project(house, Mode.RELEASE), house.as_("admin")
    try:
        files = [RECEIPTS / "images" / f"{name}.jpg" for name in KEYED]
        assert len(take_in(admin, project, "five", files, None).accepted) == len(KEYED)
    finally:
        admin.close()
    return project


@dataclass(frozen=True)
class Sitting:
    """Whoever sits at the window: her hands, her eyes, and what the shared database counts meanwhile."""

    screen: Screen
    database: Path
    pictures: Path

    def count(self, what: str, where: str = "1 = 1") -> int:
        """Count rows of the shared database; everybody may, all that means something is sealed."""
        db = sqlite3.connect(f"file:{self.database}?mode=ro", uri=True)
        try:
            return int(db.execute(f"SELECT count(*) FROM {what} WHERE {where}").fetchone()[0])
        finally:
            db.close()

    def sign_in(self, person: str) -> int:
        """Sign in; return the process that she signed in to."""
        window = self.screen.window("boapp · sign in")
        self.screen.focus(window)
        self.screen.enter(person)
        self.screen.enter(PASSPHRASE)
        self.screen.window("Work")
        self.screen.wait_for_rest()
        self.take_picture(f"home-{person}")
        return self.screen.pid_of(window)

    def sign_out(self) -> None:
        """Sign out; the next person finds the sign-in."""
        self.screen.press("ctrl+q")
        self.screen.window("boapp · sign in")

    def take_picture(self, name: str) -> None:
        """Keep what is on the screen."""
        self.screen.picture().save(self.pictures / f"{name}.png")

    def key(self, title: str, answers: dict[str, Row]) -> None:
        """Start from home with Enter, key every document, go home again."""
        sealed = self.count("sealed_pass")
        self.screen.press_until("Return", lambda: self.screen.shows(title), title)
        # The document after the first is claimed when the first one is open.
        wait(lambda: self.count("claim") == 2, "the first document")
        for number, (name, values) in enumerate(answers.items(), 1):
            for field in FIELDS:
                self._key_field(values[field])
            if number == 1:
                self.screen.wait_for_rest()
                self.take_picture(title.replace(" ", "-").lower())
            self.screen.press("ctrl+Return")
            wait(lambda n=sealed + number: self.count("sealed_pass") == n, f"the pass of {name}")  # type: ignore[misc]
        self.screen.press_until("Return", lambda: self.screen.shows("Work"), "home")

    def _key_field(self, text: str) -> None:
        if text:
            self.screen.enter(text)
        else:
            self.screen.press("F5", "ctrl+g")

    def resolve(self, own_reading: str) -> None:
        """Start from home with Enter, read the one mismatch anew, take the reading that is the same."""
        self.screen.press_until("Return", lambda: self.screen.shows("Resolv"), "resolving")
        self.screen.wait_for_rest()
        facts = self.count("fact")
        self.screen.enter(own_reading)
        wait(lambda: self.count("fact") > facts, "the own reading")
        self.screen.wait_for_rest()
        self.take_picture("resolving")
        open_ = "resolution IS NULL"
        self.screen.press_until("Return", lambda: not self.count("discrepancy", open_), "the decision")

    def report(self, file: Path) -> list[Row]:
        """Look at the report, and let the window write it into a file."""
        self.screen.press("alt+2")
        self.screen.window("Discrepancies")
        self.screen.wait_for_rest()
        self.screen.press("Return")
        self.screen.wait_for_rest()
        self.take_picture("discrepancies")
        self.screen.press("ctrl+e")
        self.screen.wait_for_rest()
        self.screen.press("ctrl+a")
        self.screen.type(str(file))
        self.screen.press_until("Return", file.exists, "the written report")
        return read(file)


def read(file: Path) -> list[Row]:
    with file.open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))


@pytest.fixture
def station(house: House) -> CommandLine:
    """The command line of the workstation at which the windows are."""
    places = {"BOAPP_HOME": str(house.home), "BOAPP_WORKSPACE": str(house.location)}
    return command_line(house.folder, places)


@pytest.fixture
def sitting(house: House, station: CommandLine, tmp_path: Path) -> Iterator[Sitting]:
    """The program at its sign-in, in front of an X server."""
    (tmp_path / "pictures").mkdir()
    with screen(tmp_path / "x") as made:
        ours = {"QT_QPA_PLATFORM": "xcb", "HOME": str(tmp_path), "PYTHONPATH": str(ROOT)}
        shown = {name: made.environment[name] for name in ("DISPLAY", "XAUTHORITY", "LC_ALL")}
        environment = {**station.environment(), **shown, **ours}
        environment.pop("WAYLAND_DISPLAY", None)
        process = subprocess.Popen([sys.executable, "-m", "ui.main"], env=environment, cwd=tmp_path)
        try:
            sits = Sitting(made, database_file(house.location), tmp_path / "pictures")
            yield sits
            sits.take_picture("the-end")
        finally:
            end(process)


def test_five_receipts_by_real_keys_find_the_slip_and_the_export_is_the_truth(
    house: House, station: CommandLine, sitting: Sitting, tmp_path: Path
) -> None:
    receipts_in(house)
    rows, (slipped, field, wrong) = truth(), SLIP
    answers = {name: dict(values) for name, values in rows.items()}
    process = sitting.sign_in("ann")
    sitting.key("First keying", answers)
    sitting.sign_out()
    answers[slipped][field] = wrong
    assert sitting.sign_in("bob") == process
    sitting.key("Second keying", answers)
    assert sitting.count("discrepancy") == 1
    sitting.resolve(rows[slipped][field])
    sitting.sign_out()
    assert sitting.sign_in("sue") == process
    (found,) = sitting.report(tmp_path / "report.csv")
    assert (found["document"], found["field"], found["state"]) == (slipped, field, "resolved")
    sitting.sign_out()
    station.passphrase("adj")
    out = tmp_path / "out.csv"
    station.run("export", "receipts", "--as", "adj", "--format", "csv", "-o", out)
    exported = {row["document"]: row for row in read(out)}
    assert list(exported) == list(rows)
    for name, values in rows.items():
        for key, text in values.items():
            assert form(key, exported[name][key]) == form(key, text), (name, key)
