"""SIGKILL while an outbox is written into a file, and while it is brought in elsewhere: whole, and once."""

import shutil
from dataclasses import dataclass
from pathlib import Path

import pytest

from boapp.crypto.outbox_bundle import read
from boapp.domain.ids import DocumentId, ProjectId
from boapp.domain.passes import Method
from boapp.domain.workflow import Mode
from boapp.services.auditing import verify_project
from boapp.services.carrying import export_outbox
from boapp.services.queue import claim
from boapp.services.sealing import seal
from boapp.services.syncing import send_waiting
from tests.builders import House, add_project, entries, receipt, take_in_pages
from tests.faults.children import die_at, finish, orders
from tests.faults.command import IN_EXPORT, IN_IMPORT

EACH = 2
LEFT = dict(zip(IN_IMPORT, (0, EACH), strict=True)) | {
    "send:begun": EACH,
    "send:stored": EACH,
    "settle:written": EACH,
    "settle:committed": 0,
}
"""What waits at the second workstation when bringing in ended at a moment."""


@dataclass
class Desks:
    """Two workstations of one folder; ann sealed two documents at the first and could not send them."""

    first: House
    second: House
    project: ProjectId
    documents: list[DocumentId]

    @property
    def file(self) -> Path:
        return self.first.folder / "carried"

    def waiting(self, at: House) -> int:
        """Return how many messages wait in ann's outbox at a workstation."""
        ws = at.as_("ann")
        try:
            return len(ws.store.waiting())
        finally:
            ws.close()

    def check_all_there_once(self) -> None:
        """Send what is left at both workstations, and see every document's pass just once."""
        for house in (self.second, self.first):
            ws = house.as_("ann")
            send_waiting(ws)
            assert ws.store.waiting() == []
            ws.close()
        aud = self.first.as_("aud")
        assert [[p.slot for p in aud.shared.passes(self.project, d)] for d in self.documents] == [[1]] * EACH
        assert verify_project(aud, self.project).findings == []
        aud.close()


@pytest.fixture
def desks(house: House, tmp_path: Path) -> Desks:
    project = add_project(house, Mode.RELEASE)
    documents = take_in_pages(house, project, EACH)
    second = House(tmp_path / "second", house.keys)
    shutil.copytree(house.home, second.home, ignore=shutil.ignore_patterns("stores"))
    second.location.symlink_to(house.location)
    ann = house.as_("ann")
    for document in documents:
        work = claim(ann, project, second=False, document=document)
        assert work is not None
        seal(ann, work, entries(receipt()), Method.KEYED)
    ann.close()
    return Desks(house, second, project, documents)


@pytest.mark.parametrize("moment", IN_EXPORT)
def test_a_file_is_whole_under_its_name_or_not_there_and_what_it_holds_waits_still(
    desks: Desks, moment: str
) -> None:
    told = orders(desks.first, "ann", desks.project, "carry_away", str(desks.file))
    die_at(told, moment, 1)
    assert desks.file.exists() == (moment == "file:named")
    if desks.file.exists():
        assert len(read(desks.file.read_bytes()).open_as_author(desks.first.keys["ann"])) == EACH
    else:
        finish(told)
    assert desks.waiting(desks.first) == EACH
    finish(orders(desks.second, "ann", desks.project, "carry_home", str(desks.file)))
    assert desks.waiting(desks.second) == 0
    desks.check_all_there_once()


@pytest.mark.parametrize("moment", LEFT)
@pytest.mark.parametrize("again", [False, True], ids=["", "brought in again"])
def test_what_is_brought_in_is_kept_whole_or_not_at_all_and_arrives_once(
    desks: Desks, moment: str, *, again: bool
) -> None:
    ann = desks.first.as_("ann")
    export_outbox(ann, desks.file)
    ann.close()
    told = orders(desks.second, "ann", desks.project, "carry_home", str(desks.file))
    die_at(told, moment, 1)
    assert desks.waiting(desks.second) == LEFT[moment]
    if again:
        finish(told)
        assert desks.waiting(desks.second) == 0
    desks.check_all_there_once()
