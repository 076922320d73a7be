"""A full run through the real command line, with unmistakable values, whose every trace can be searched.

Everything that boapp may write lies under the desk's folder. What people hand in and take out (scans,
values files, the index, reports, exports) lies beside it. While it runs, every process notes which files
it opens to write, so that one that is gone at the end is known too.
"""

import csv
import os
import random
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from PIL import Image

from boapp.domain.forms import parse_form
from boapp.domain.passes import Entry
from boapp.domain.values import Address, Value, canonical
from boapp.doors import open_workspace
from boapp.images.decode import Decoder
from boapp.services.keying import page, put
from boapp.services.projects import find_project
from boapp.services.queue import claim
from tests.builders import PASSPHRASE, RECEIPT_FORM
from tests.commandline import CommandLine, Done, command_line
from tests.plaintext.search import Hit, fragments, needles_of_bytes, needles_of_texts, search

ROOT = Path(__file__).resolve().parents[2]
FORM = parse_form(RECEIPT_FORM.read_bytes())
MODES = ("release", "strict")
RESOLVER = {"release": "bob", "strict": "sue"}
PEOPLE = {
    "ann": ("operator", "Annegret Quastenflosser"),
    "bob": ("second-keyer", "Bobby O'Wombatson"),
    "sue": ("supervisor", "Süßmund Kräuselborn"),
}
INDEX = {"shelf": "Regal Pelikan 7734", "clerk": "Frau Eichkätzchen"}
NOTE = "gelesen mit der Mondlupe"
Row = dict[str, str]

_WATCH = """\
import os, sys
log = os.open({log!r}, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
writes = os.O_WRONLY | os.O_RDWR
def note(event, parts):
    if event == "open" and isinstance(parts[0], (str, bytes)) and parts[2] & writes:
        os.write(log, os.fsencode(os.path.abspath(parts[0])) + b"\\n")
    elif event == "sqlite3.connect" and isinstance(parts[0], str):
        os.write(log, os.fsencode(os.path.abspath(parts[0])) + b"\\n")
sys.addaudithook(note)
"""


def truth(mode: str) -> list[Row]:
    """Return what stands on the documents of a project; the last one is keyed by hand and left open."""
    return [
        {
            "document": f"Kolibri {mode} Zettel {place}.png",
            "company": f"Zwergpinguin & Söhne {mode} {place}",
            "date": f"{17 + place}/11/19{83 + place}",
            "address": f"{place}8/3 Murmeltiergasse {mode}, Ö-8{place}21",
            "total": f"{place + 1}83{place}.{41 + place}",
        }
        for place in range(3)
    ]


SLIPS: Mapping[str, tuple[int, Row]] = {
    "ann": (0, {"total": "7219.88"}),
    "bob": (1, {"company": "Zwergpinguim und Söhnchen"}),
}
NOT_ACCEPTED = {"company": "Unvollendete Giraffe", "total": "6606.06"}  # in a file without the other columns


def keyed_by(person: str, mode: str) -> list[Row]:
    """Return what somebody keys: the truth of the first two with a slip."""
    rows = truth(mode)[:2]
    place, slip = SLIPS[person]
    rows[place] |= slip
    return rows


def values() -> list[str]:
    """Return every keyed value, and the forms that comparison makes of them."""
    rows = [row for mode in MODES for row in (*truth(mode), *keyed_by("ann", mode), *keyed_by("bob", mode))]
    rows.append(NOT_ACCEPTED)
    texts = {(key, text) for row in rows for key, text in row.items() if key != "document" and text}
    forms = {canonical(FORM.field(key), text).form for key, text in texts}
    return sorted({text for _, text in texts} | forms | {NOTE})


def names() -> list[str]:
    """Return every name: of files, batches, projects, people and index data, and the form's sentences."""
    files = [row["document"] for mode in MODES for row in truth(mode)]
    rooms = [name(mode) for mode in MODES for name in (batch, project)]
    people = [full_name for _, full_name in PEOPLE.values()]
    form = [FORM.title, *(known.help for known in FORM.fields)]
    return [*files, *(Path(file).stem for file in files), *rooms, *people, *INDEX.values(), *form, PASSPHRASE]


def batch(mode: str) -> str:
    """Return the name of a project's batch."""
    return f"Schublade Zwölf {mode}"


def project(mode: str) -> str:
    """Return the name of a project."""
    return f"Vorhaben Nashorn {mode}"


@dataclass
class Job:
    """The run: what was done at the desk and what was said there."""

    desk: CommandLine
    beside: Path
    said: list[tuple[str, Done]] = field(default_factory=list)
    found_on_the_way: dict[str, list[Hit]] = field(default_factory=dict)

    @property
    def searched(self) -> Path:
        """The folder that holds all that boapp wrote; the passphrases stand there by themselves."""
        return self.desk.folder

    @property
    def opened(self) -> set[Path]:
        """Every file that any process of the run opened to write, or as a database."""
        return {Path(line) for line in (self.beside / "opened").read_text().splitlines()}

    @cached_property
    def needles(self) -> dict[bytes, tuple[str, str]]:
        """Everything that must not be found."""
        return needles_of_texts([*values(), *names()]) | needles_of_bytes(self._pictures())

    def search(self) -> list[Hit]:
        """Search everything but the folder of passphrases, which somebody put there."""
        hits = search(self.searched, self.needles)
        return [hit for hit in hits if hit.path.parent.name != "passphrases"]

    def _pictures(self) -> dict[str, bytes]:
        """Return pieces of each scan: of its file, of the picture that is kept of it, of its pixels."""
        found: dict[str, bytes] = {}
        with Decoder() as decoder:
            for path in sorted(self.beside.glob("scans-*/*.png")):
                stored = decoder.read(path).pages[0].data
                with Image.open(path) as picture:
                    kinds = {"file": path.read_bytes(), "kept": stored, "pixels": picture.tobytes()}
                for kind, data in kinds.items():
                    found |= {f"{path.name} {kind} {n}": piece for n, piece in enumerate(fragments(data))}
        return found

    def do(self, *words: str | Path, status: int = 0) -> Done:
        """Give one command."""
        done = self.desk.run(*words, status=status)
        self.said.append((str(words[0]), done))
        return done

    def die(self, point: str, number: int, *words: str | Path) -> None:
        """Give a command that is killed at a fault point; then search."""
        status, said = self.end_by("SIGKILL", point, number, *words, inside=self.desk.folder)
        self.said.append((str(words[0]), Done(status, said, said)))
        assert any(path.stat().st_size for path in self.searched.rglob("*.db-wal")), (
            "it left no WAL to search"
        )
        self.found_on_the_way[f"{words[0]} killed at {point}"] = self.search()

    def end_by(self, name: str, point: str, number: int, *words: str | Path, inside: Path) -> tuple[int, str]:
        """Give a command, inside a folder, that gets a signal; return its wait status and what it said."""
        command = [sys.executable, "-m", "tests.plaintext.killed", name, point, str(number), *map(str, words)]
        with (self.beside / "last words").open("wb") as told:
            process = subprocess.Popen(
                command, env=self.desk.environment(), cwd=inside, stdout=told, stderr=told
            )
            _, status, _ = os.wait4(process.pid, 0)
            process.returncode = os.waitstatus_to_exitcode(status)
        said = (self.beside / "last words").read_text()
        assert os.WIFSIGNALED(status), said
        return status, said

    def values_file(self, name: str, rows: Sequence[Row]) -> Path:
        """Write a values file."""
        path = self.beside / f"{name}.csv"
        with path.open("w", newline="", encoding="utf-8") as file:
            writer = csv.DictWriter(file, list(rows[0]))
            writer.writeheader()
            writer.writerows(rows)
        return path


def run(folder: Path) -> Job:
    """Do all of it: both modes, from founding to the report, with crashes on the way."""
    job = Job(command_line(folder / "desk", _surroundings(folder)), folder / "beside")
    for mode in MODES:
        _draw(job, mode)
    _found(job)
    for mode in MODES:
        _begin(job, mode)
        _key(job, mode)
    _draft_by_hand(job)
    for mode in MODES:
        _settle(job, mode)
    return job


def _surroundings(folder: Path) -> dict[str, str]:
    """Return an environment in which every folder that a program could write to lies at the desk."""
    watch = folder / "beside" / "watch"
    watch.mkdir(parents=True)
    (watch / "sitecustomize.py").write_text(_WATCH.format(log=str(folder / "beside" / "opened")))
    places = {"HOME": "own", "TMPDIR": "tmp", "TEMP": "tmp", "TMP": "tmp"}
    places |= {f"XDG_{name}_HOME": f"xdg-{name}" for name in ("DATA", "CONFIG", "CACHE", "STATE")}
    places |= {"XDG_RUNTIME_DIR": "xdg-run"}
    for place in places.values():
        (folder / "desk" / place).mkdir(parents=True, exist_ok=True, mode=0o700)
    found = {name: str(folder / "desk" / place) for name, place in places.items()}
    return found | {"PYTHONPATH": os.pathsep.join([str(watch), str(ROOT)])}


def _draw(job: Job, mode: str) -> None:
    """Draw the scans: noise, so that every piece of one is unlike anything else."""
    scans = job.beside / f"scans-{mode}"
    scans.mkdir()
    for row in truth(mode):
        noise = random.Random(row["document"]).randbytes(120 * 90)
        Image.frombytes("L", (120, 90), noise).save(scans / row["document"])


def _found(job: Job) -> None:
    job.desk.passphrase("admin")
    job.do("init", job.desk.workspace)
    for person, (role, full_name) in PEOPLE.items():
        job.desk.passphrase(person)
        job.do("people", "add", person, "--full-name", full_name, "--role", role)


def _begin(job: Job, mode: str) -> None:
    people = ",".join(PEOPLE)
    job.do("project", "add", project(mode), "--form", RECEIPT_FORM, "--mode", mode, "--people", people)
    index = job.beside / f"index-{mode}.csv"
    lines = [",".join((row["document"], row["document"], *INDEX.values())) for row in truth(mode)]
    index.write_text("\n".join(["document,file," + ",".join(INDEX), *lines]), encoding="utf-8")
    scans = job.beside / f"scans-{mode}"
    words: list[str | Path] = ["intake", project(mode), scans, "--batch", batch(mode)]
    if mode == "release":
        job.die("send:begun", 2, *words)
        job.do(*words, status=1)  # the names that are in the project already are refused
    else:
        job.do(*words, "--index", index)


def _key(job: Job, mode: str) -> None:
    ann = job.values_file(f"ann-{mode}", keyed_by("ann", mode))
    words: list[str | Path] = ["key", project(mode), "--as", "ann", "--from", ann]
    if mode == "release":
        job.die("seal:drafts-ended", 2, *words)
        job.do(*words, status=1)  # the first row is keyed already
    else:
        job.do(*words)
    document = {"document": truth(mode)[2]["document"]}
    refused = job.values_file(f"refused-{mode}", [document | NOT_ACCEPTED])
    job.do("key", project(mode), "--as", "ann", "--from", refused, status=1)
    bob = job.values_file(f"bob-{mode}", keyed_by("bob", mode))
    job.do("key", project(mode), "--as", "bob", "--from", bob)


def _draft_by_hand(job: Job) -> None:
    """Key the last document as the screens do, and leave it open; search while the store is open too."""
    home = Path(job.desk.environment()["BOAPP_HOME"])
    ws = open_workspace(home, job.desk.workspace, "ann", PASSPHRASE)
    work = claim(ws, find_project(ws, project("release")), second=False)
    assert work is not None
    page(ws, work, 1)
    for key, text in truth("release")[2].items():
        if key != "document":
            put(ws, work, Entry(Address(key), Value.of(text), NOTE))
    job.found_on_the_way["drafts, with the store open"] = job.search()
    ws.close()


def _settle(job: Job, mode: str) -> None:
    resolver, right = RESOLVER[mode], job.values_file(f"right-{mode}", truth(mode))
    if mode == "strict":
        job.do("settle", project(mode), "--as", "sue")
    job.do("resolve", project(mode), "--as", resolver, "--from", right)
    job.do("settle", project(mode), "--as", "sue")
    report = job.beside / f"report-{mode}.csv"
    job.do("report", "discrepancies", project(mode), "--as", "sue", "--csv", report)
    export = job.beside / f"export-{mode}.jsonl"
    job.do("export", project(mode), "--as", "sue", "--format", "jsonl", "-o", export)
    job.do("audit", "verify", project(mode), "--as", "sue")
