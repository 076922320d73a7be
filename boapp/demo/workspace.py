"""A workspace to look around in: five people, two projects, some work done and some waiting.

Everything comes in through the services, as it would from people; only the drawing is make-believe.
"""

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from boapp.demo.paper import draw
from boapp.demo.samples import CLAIMS, INVOICES, Sample
from boapp.domain.forms import parse_form
from boapp.domain.workflow import Mode, Role
from boapp.doors import open_workspace
from boapp.interchange.values_csv import ValuesRow
from boapp.resources import resource
from boapp.services.founding import found
from boapp.services.from_files import key_from_file
from boapp.services.intake import take_in
from boapp.services.people import NewPerson, add_person
from boapp.services.projects import Wanted, add_project, find_project

CLAIMS_PROJECT, INVOICES_PROJECT = "Household claims", "Supplier invoices"

PEOPLE: Mapping[str, Role] = {
    "ann": Role.OPERATOR,
    "bob": Role.SECOND_KEYER,
    "ira": Role.ADJUDICATOR,
    "sue": Role.SUPERVISOR,
}
FULL_NAMES = {"ann": "Ann Ashworth", "bob": "Bob Beckett", "ira": "Ira Indall", "sue": "Sue Sandham"}


@dataclass(frozen=True, slots=True)
class Batch:
    """Papers that come in together, and how far they are keyed when the demonstration begins."""

    project: str
    name: str
    samples: Sequence[Sample]
    first: int
    second: int


BATCHES = (
    Batch(CLAIMS_PROJECT, "claims week 46", CLAIMS, 8, 4),
    Batch(INVOICES_PROJECT, "invoices November", INVOICES, 4, 2),
)
FORMS = {CLAIMS_PROJECT: ("claim", Mode.RELEASE), INVOICES_PROJECT: ("invoice", Mode.STRICT)}
SLIPS_FIRST: Mapping[str, Mapping[str, str]] = {
    "claim-02.png": {"amount": "680.00"},
    "claim-07.png": {"claimant": "Aisha Belo"},
    "invoice-01.png": {"tax": "15.86"},
}
SLIPS_SECOND: Mapping[str, Mapping[str, str]] = {
    "claim-03.png": {"loss": "12/10/2024"},
    "claim-04.png": {"policy": "HC-41721"},
    "invoice-02.png": {"number": "NT/4477"},
}


def new_passphrases() -> dict[str, str]:
    """Return a passphrase for everybody, to be shown."""
    return {person: "-".join(secrets.token_hex(2) for _ in range(3)) for person in ("admin", *PEOPLE)}


def build(home: Path, location: Path, passphrases: Mapping[str, str], scans: Path) -> None:
    """Found the demonstration's workspace and let some of its work be done."""
    found(home, location, passphrases["admin"], chosen=True, officers=None)
    admin = open_workspace(home, location, "admin", passphrases["admin"])
    try:
        for code, role in PEOPLE.items():
            new = NewPerson(code, FULL_NAMES[code], (role,), passphrases[code], set_by_administrator=True)
            add_person(admin, new)
        people = [Wanted(code) for code in PEOPLE]
        for name, (form, mode) in FORMS.items():
            add_project(admin, name, resource(f"forms/{form}.toml").read_bytes(), mode, people)
        for batch in BATCHES:
            project = find_project(admin, batch.project)
            take_in(admin, project, batch.name, papers(batch, scans), None)
    finally:
        admin.close()
    _key("ann", home, location, passphrases, first=True)
    _key("bob", home, location, passphrases, first=False)


def papers(batch: Batch, scans: Path) -> list[Path]:
    """Draw a batch's papers into a folder of scans."""
    form = parse_form(resource(f"forms/{FORMS[batch.project][0]}.toml").read_bytes())
    scans.mkdir(parents=True, exist_ok=True)
    paths = []
    for sample in batch.samples:
        path = scans / sample.name
        by_hand = batch.project == CLAIMS_PROJECT
        path.write_bytes(draw(form, sample.values, sample.name, by_hand=by_hand))
        paths.append(path)
    return paths


def _key(person: str, home: Path, location: Path, passphrases: Mapping[str, str], *, first: bool) -> None:
    ws = open_workspace(home, location, person, passphrases[person])
    try:
        for batch in BATCHES:
            slips = SLIPS_FIRST if first else SLIPS_SECOND
            samples = batch.samples[: batch.first if first else batch.second]
            rows = [
                ValuesRow(line, s.name, {**s.values, **slips.get(s.name, {})})
                for line, s in enumerate(samples, start=2)
            ]
            key_from_file(ws, find_project(ws, batch.project), rows)
    finally:
        ws.close()
