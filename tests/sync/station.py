"""Workstations of an organisation whose shared database is a server: a home of her own for each person."""

import shutil
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from boapp.address import Address
from boapp.crypto.passphrase import KdfParameters
from boapp.domain.ids import DocumentId
from boapp.domain.passes import Method
from boapp.doors import admitted, verified_roster
from boapp.enrolment import Enrolment, Server, enrol, enrolment_of
from boapp.remembered import remember_keys
from boapp.services import queue, sealing
from boapp.services.queue import Assignment
from boapp.shareddb.postgres import PostgresDatabase
from boapp.shareddb.postgres_way import connect
from boapp.sync.near import apart
from boapp.sync.run import BOTH, Courier, Round
from boapp.workspace import Workspace, now_us
from tests.builders import entries, receipt
from tests.moved import MovedScene, password, role_name


@dataclass
class Station:
    """One person at one workstation: the courier's workspace, and that for keying.

    port: where she reaches the server, if not directly.
    """

    scene: MovedScene
    home: Path
    code: str
    port: int
    clock: Callable[[], int] = now_us
    opened: list[Workspace] = field(default_factory=list)

    def __post_init__(self) -> None:
        house = self.scene.moved
        if not self.home.exists():
            shutil.copytree(house.home, self.home)
        self.far = self._far()
        self.near = apart(self.far)
        self.near.now_us = self.clock
        self.courier = Courier(self.far)
        self.opened += [self.far, self.near]

    def _far(self) -> Workspace:
        house = self.scene.moved
        where = f"host=127.0.0.1 port={self.port} dbname={house.database}"
        login = role_name(self.code), password(self.code)
        shared = PostgresDatabase(None, lambda: connect(where, *login, 2.0))
        org = shared.organisation()
        address = Address("127.0.0.1", self.port, house.database)
        enrol(
            self.home,
            Enrolment(org, enrolment_of(self.home, org).roots, Server(address, "", KdfParameters())),
        )
        roster = verified_roster(self.home, org, shared)
        own = shared.person_key(self.code)
        assert own is not None
        remember_keys(self.home, org, own)
        person = roster.person(self.code)
        ws = admitted(self.home, address, roster, shared, person, house.keys[self.code])
        ws.now_us = self.clock
        return ws

    def round(self, kinds: frozenset[bool] = BOTH, *, ahead: bool = True) -> Round:
        """Go one round."""
        done = self.courier.round(kinds, ahead=ahead)
        self.courier.told()
        return done

    def take(self, *, second: bool = False) -> Assignment | None:
        """Take the next document out of the reserve."""
        return queue.claim(self.near, self.scene.project, second=second)

    def key(self, *, second: bool = False, total: str = "9.00") -> DocumentId:
        """Key and seal the next document that is here."""
        work = self.take(second=second)
        assert work is not None, "nothing waits here"
        asked = {field.key for field in work.form.asked(work.asked)}
        values = {key: words for key, words in receipt(total=total).items() if key in asked}
        sealing.seal(self.near, work, entries(values), Method.KEYED)
        return work.claim.document

    def waiting(self) -> int:
        """Return how many messages wait in the outbox."""
        return self.near.store.backlog().count

    def close(self) -> None:
        """Close both workspaces."""
        for ws in self.opened:
            ws.close()
