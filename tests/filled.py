"""A folder in which much was done: in each mode something settled, open, late, held, drafted and unsent.

Somebody left, and somebody has new keys. For tests of what takes a whole workspace elsewhere.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from boapp.domain.ids import DocumentId, ProjectId
from boapp.domain.passes import Entry, Method
from boapp.domain.values import Address, Value
from boapp.domain.workflow import Mode
from boapp.services import leaving, queue, sealing, taking_back
from boapp.services.comparing import compare_waiting
from boapp.services.keying import put
from boapp.services.syncing import send_waiting
from boapp.workspace import Workspace
from tests.attacks.tools import Scene
from tests.builders import House, add_project, entries, receipt, take_in_pages
from tests.commands.desk import Desk, sit_down

PEOPLE = ("admin", "ann", "bob", "adj", "sue", "aud")
"""Who stays; cleo leaves."""
NEXT = "a passphrase after that"
SETTLED, OPEN, SECOND, HELD, LATE, AGREED, UNSENT, FRESH = range(8)
"""What became of each document, in order."""


@dataclass(frozen=True)
class Filled:
    """The folder with a desk before it; projects by mode, their documents in order."""

    house: House
    desk: Desk
    projects: Mapping[Mode, ProjectId]
    documents: Mapping[Mode, list[DocumentId]]

    def copy(self, folder: Path) -> "Filled":
        """Return a copy that a test may change."""
        house = self.house.copy(folder / "house")
        desk = sit_down(house, PEOPLE)
        desk.passphrase("aud", NEXT)
        return Filled(house, desk, self.projects, self.documents)


def fill(house: House) -> Filled:
    """Do all of it."""
    desk = sit_down(house, PEOPLE)
    projects = {mode: add_project(house, mode, name=str(mode)) for mode in Mode}
    documents = {mode: take_in_pages(house, projects[mode], 8) for mode in Mode}
    for mode in Mode:
        _work(Scene(house, projects[mode], documents[mode]), mode)
    for mode in Mode:
        _leave_unsent(Scene(house, projects[mode], documents[mode]))
    admin = house.as_("admin")
    leaving.revoke(admin, "cleo", "moved away")
    admin.close()
    desk.passphrase("aud.new", NEXT)
    desk.run("people", "reset", "aud")
    desk.passphrase("aud", NEXT)
    return Filled(house, desk, projects, documents)


def _work(scene: Scene, mode: Mode) -> None:
    resolver = "bob" if mode is Mode.RELEASE else "adj"
    scene.key_both(SETTLED, first="9.00", second="98.00")
    compare_waiting(scene.as_("sue"), scene.project)
    scene.decide(resolver)
    scene.key_both(OPEN, first="9.00", second="98.00")
    scene.key("ann", SECOND)
    scene.key_both(AGREED)
    _take_back_late(scene)
    held = _claimed(scene.as_("ann"), scene, HELD)
    put(scene.as_("ann"), held, Entry(Address("company"), Value.of("DRAFTED")))
    compare_waiting(scene.as_("sue"), scene.project)
    scene.close()


def _leave_unsent(scene: Scene) -> None:
    unsent = _claimed(scene.as_("bob"), scene, UNSENT)
    sealing.seal(scene.as_("bob"), unsent, entries(receipt()), Method.KEYED)
    scene.close()


def _claimed(ws: Workspace, scene: Scene, number: int) -> queue.Assignment:
    work = queue.claim(ws, scene.project, second=False, document=scene.documents[number])
    assert work is not None
    return work


def _take_back_late(scene: Scene) -> None:
    """Let a claim be taken back whose keyer seals afterwards."""
    cleo = scene.as_("cleo")
    work = _claimed(cleo, scene, LATE)
    taking_back.take_back(scene.as_("sue"), scene.project, scene.documents[LATE], "she is ill")
    sealing.seal(cleo, work, entries(receipt()), Method.KEYED)
    send_waiting(cleo)
