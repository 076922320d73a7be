"""boapp demo --auto DIR: the whole job by itself, its pictures, and what came of it in DIR/result.json."""

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Mapping
from pathlib import Path

import msgspec

from boapp.demo.workspace import BATCHES, FORMS, build, new_passphrases
from boapp.domain.fields import Field
from boapp.domain.forms import parse_form
from boapp.domain.values import Address, canonical
from boapp.doors import open_workspace
from boapp.resources import resource
from boapp.services.comparing import compare_waiting
from boapp.services.handover import hand_over
from boapp.services.projects import find_project
from boapp.services.reporting import discrepancies
from ui.auto.script import FIRST, SECOND, Sitting, Slips, samples, sittings
from ui.demo import environment_of
from ui.i18n import tr

LEAST = 5
"""Shorter values stand by chance in any file."""


class Result(msgspec.Struct):
    """What the whole job came to."""

    documents: int
    fields_keyed: int
    planted_first: int
    planted_second: int
    found: int
    wrong_left: int
    plaintext_hits: int
    seconds: float


def run(folder: Path) -> int:
    """Do the whole job; 0 when every planted slip was found, none is left and nothing lies about plain."""
    begun = time.monotonic()
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="boapp-auto-") as name:
        stage = Path(name)
        passphrases, environment = new_passphrases(), environment_of(stage)
        os.environ.update(environment)
        build(stage / "home", stage / "workspace", passphrases, stage / "scans")
        keyed = 0
        for sitting in sittings(passphrases, folder):
            print(tr("{person} sits down.", person=sitting.person), flush=True)
            keyed += _sit(sitting, environment)["fields_keyed"]
        found, wrong = _outcome(stage, passphrases)
        hits = _plain(stage)
    first, second = _planted(FIRST), _planted(SECOND)
    seconds = round(time.monotonic() - begun, 1)
    result = Result(len(samples()), keyed, len(first), len(second), found, wrong, hits, seconds)
    (folder / "result.json").write_bytes(msgspec.json.format(msgspec.json.encode(result)))
    print(msgspec.json.encode(result).decode())
    whole = found == len(first | second) and not wrong and not hits
    return 0 if whole else 1


def _sit(sitting: Sitting, environment: Mapping[str, str]) -> dict[str, int]:
    platform = {} if environment.get("DISPLAY") else {"QT_QPA_PLATFORM": "offscreen"}
    done = subprocess.run(
        [sys.executable, "-m", "ui.auto.sitting"],
        input=msgspec.json.encode(sitting),
        env={**environment, **platform},
        stdout=subprocess.PIPE,
        check=False,
    )
    if done.returncode:
        raise SystemExit(tr("The sitting of {person} failed.", person=sitting.person))
    told: dict[str, int] = msgspec.json.decode(done.stdout)
    return told


def _planted(slips: Slips) -> set[tuple[str, str]]:
    """Return where a slip in a field that is keyed twice differs from the truth in canonical form."""
    found = set()
    for batch in BATCHES:
        form = parse_form(resource(f"forms/{FORMS[batch.project][0]}.toml").read_bytes())
        for sample in batch.samples:
            for key, wrong in slips.get(sample.name, {}).items():
                field = form.field(key)
                same = canonical(field, wrong).same(canonical(field, sample.values[key]))
                if key in form.double and not same:
                    found.add((sample.name, key))
    return found


def _outcome(stage: Path, passphrases: Mapping[str, str]) -> tuple[int, int]:
    """Return how many planted slips the reports name, and how many settled values are not the truth."""
    planted, reported, wrong = _planted(FIRST) | _planted(SECOND), set(), 0
    ws = open_workspace(stage / "home", stage / "workspace", "sue", passphrases["sue"])
    try:
        for batch in BATCHES:
            project = find_project(ws, batch.project)
            compare_waiting(ws, project)
            reported |= {(row.document, row.field) for row in discrepancies(ws, project)}
            settled = {d.document: d for d in hand_over(ws, project).documents}
            for sample in batch.samples:
                found = settled.get(sample.name)
                for key, truth in sample.values.items():
                    text = found.record[Address(key)].value.text if found else None
                    field = found.form.field(key) if found else None
                    right = field is not None and text is not None and _means(field, text, truth)
                    wrong += not right
    finally:
        ws.close()
    return len(planted & reported), wrong


def _means(field: Field, text: str, truth: str) -> bool:
    if not text or not truth:
        return text == truth
    return canonical(field, text).same(canonical(field, truth))


def _plain(stage: Path) -> int:
    """Count keyed values and file names that lie about plain in any file but the scans."""
    words = {value for sample in samples().values() for value in (*sample.values.values(), sample.name)}
    needles = [w.encode(code) for w in words if len(w) >= LEAST for code in ("utf-8", "utf-16-le")]
    return sum(
        _hits(path, needles) for path in stage.rglob("*") if path.is_file() and "scans" not in path.parts
    )


def _hits(path: Path, needles: Iterable[bytes]) -> int:
    data = path.read_bytes()
    return sum(needle in data for needle in needles)
