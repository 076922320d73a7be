"""Builders: an organisation with unlocked people, its projects and documents, for every kind of test.

Unlocking is dear (Argon2id), so one organisation is founded for a whole test session and each test
works in its own copy of it: the keys of its people are already open. Only tests of unlocking derive.
"""

import io
import shutil
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from PIL import Image, ImageDraw

from boapp.crypto.signing import PersonKeys
from boapp.domain.ids import DocumentId, ProjectId
from boapp.domain.passes import Entry, Method
from boapp.domain.values import Address, Value
from boapp.domain.workflow import Mode, Role
from boapp.doors import open_door
from boapp.services import people, projects, queue, sealing
from boapp.services.comparing import compare_mine
from boapp.services.founding import found
from boapp.services.intake import document_names, take_in
from boapp.services.syncing import send_waiting
from boapp.workspace import Workspace

SHARED_DATA = Path(__file__).resolve().parents[2] / "shared" / "data"
RECEIPT_FORM = Path(__file__).resolve().parents[1] / "resources" / "forms" / "receipt.toml"
PASSPHRASE = "a passphrase for tests"

PEOPLE: Mapping[str, tuple[Role, ...]] = {
    "ann": (Role.OPERATOR,),
    "bob": (Role.SECOND_KEYER,),
    "cleo": (Role.OPERATOR, Role.SECOND_KEYER),
    "adj": (Role.ADJUDICATOR,),
    "sue": (Role.SUPERVISOR,),
    "aud": (Role.AUDITOR,),
}


@dataclass(frozen=True)
class House:
    """An organisation on disk, with everybody's keys at hand."""

    folder: Path
    keys: Mapping[str, PersonKeys]

    @property
    def home(self) -> Path:
        """BOAPP_HOME of its workstation."""
        return self.folder / "home"

    @property
    def location(self) -> Path:
        """The workspace folder."""
        return self.folder / "workspace"

    def as_(self, code: str) -> Workspace:
        """Open the workspace as a person whose keys are open; close it when done."""
        door = open_door(self.home, self.location)
        return door.admit(door.roster.person(code), self.keys[code])

    def copy(self, folder: Path) -> "House":
        """Copy all of it, so that a test can change what it likes."""
        shutil.copytree(self.folder, folder)
        return House(folder, self.keys)


def build_house(folder: Path) -> House:
    """Found an organisation with officers elsewhere and the people of PEOPLE."""
    home, location = folder / "home", folder / "workspace"
    found(home, location, PASSPHRASE, chosen=True, officers=folder / "officers")
    keys: dict[str, PersonKeys] = {}
    admin = open_door(home, location).unlock("admin", PASSPHRASE)
    keys["admin"] = admin.keys
    for code, roles in PEOPLE.items():
        new = people.NewPerson(code, f"Full Name Of {code}", roles, PASSPHRASE, set_by_administrator=True)
        people.add_person(admin, new)
    admin.close()
    for code in PEOPLE:
        door = open_door(home, location)
        ws = door.unlock(code, PASSPHRASE)
        keys[code] = ws.keys
        ws.close()
    return House(folder, keys)


def add_project(house: House, mode: Mode, form: bytes | None = None, name: str = "receipts") -> ProjectId:
    """Add a project with everybody whose roles allow it."""
    admin = house.as_("admin")
    try:
        made = projects.add_project(admin, name, form or RECEIPT_FORM.read_bytes(), mode, None)
    finally:
        admin.close()
    return made.id


def draw_pages(folder: Path, names: Iterable[str]) -> list[Path]:
    """Draw one small page for each name."""
    folder.mkdir(parents=True, exist_ok=True)
    paths = []
    for name in names:
        picture = Image.new("L", (200, 120), 255)
        ImageDraw.Draw(picture).text((10, 10), name, fill=0)
        path = folder / name
        data = io.BytesIO()
        picture.save(data, "PNG")
        path.write_bytes(data.getvalue())
        paths.append(path)
    return paths


def take_in_pages(house: House, project: ProjectId, count: int) -> list[DocumentId]:
    """Take in that many drawn pages, named page-001.png and so on; return the documents in order."""
    files = draw_pages(house.folder / "scans", (f"page-{n:03}.png" for n in range(1, count + 1)))
    admin = house.as_("admin")
    try:
        result = take_in(admin, project, "first batch", files, None)
        assert not result.refused
        return list(document_names(admin, project))
    finally:
        admin.close()


class Office:
    """A release project of a house with three documents, and everybody's open workspace."""

    def __init__(self, house: House, form: bytes | None = None) -> None:
        self.house = house
        self.project = add_project(house, Mode.RELEASE, form)
        self.documents = take_in_pages(house, self.project, 3)
        self._open: dict[str, Workspace] = {}

    def __getitem__(self, code: str) -> Workspace:
        if code not in self._open:
            self._open[code] = self.house.as_(code)
        return self._open[code]

    def close(self) -> None:
        """Close every workspace; each is opened anew when it is asked for."""
        for ws in self._open.values():
            ws.close()
        self._open.clear()


def receipt(
    company: str = "ACME", date: str = "09/01/2019", address: str = "1, MAIN ST", total: str = "9.00"
) -> dict[str, str]:
    """Values of a receipt by field."""
    return {"company": company, "date": date, "address": address, "total": total}


def entries(values: Mapping[str, str]) -> tuple[Entry, ...]:
    """Turn texts by field into the entries of a pass; an empty text is blank."""
    return tuple(Entry(Address(key), Value.of(text)) for key, text in values.items())


def key_document(
    ws: Workspace,
    project: ProjectId,
    document: DocumentId,
    values: Mapping[str, str],
    *,
    second: bool = False,
) -> None:
    """Claim a named document, seal it with these values, send it, and compare if that is hers to do."""
    work = queue.claim(ws, project, second=second, document=document)
    assert work is not None, "there is nothing to claim"
    sealing.seal(ws, work, entries(values), Method.FILE)
    send_waiting(ws)
    compare_mine(ws, project)
