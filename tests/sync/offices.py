"""An organisation with a project, as many workstations use it at once: in a file, or in PostgreSQL."""

import shutil
import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from boapp.address import Address, Place
from boapp.crypto.passphrase import KdfParameters
from boapp.crypto.signing import PersonKeys
from boapp.domain.ids import DocumentId, OrgId, ProjectId
from boapp.doors import admitted, verified_roster
from boapp.enrolment import Enrolment, Server, enrol, enrolment_of
from boapp.remembered import remember_entries
from boapp.shareddb.postgres import PostgresDatabase
from boapp.shareddb.protocol import SharedDatabase
from boapp.shareddb.sqlite import SqliteDatabase
from boapp.workspace import Workspace, now_us
from tests.attacks.tools import Scene
from tests.moved import MovedScene

HOURS_9_US = 9 * 3600 * 1_000_000


@dataclass
class Office:
    """What workstations share; what they hold open is closed before it."""

    scene: Scene
    opened: list[SharedDatabase] = field(default_factory=list)

    def database(self, code: str) -> SharedDatabase:
        """Return a person's way into the shared database; it is closed with the office."""
        raise NotImplementedError

    def end_leases(self) -> None:
        """Let every lease run out."""
        raise NotImplementedError

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        """Return what stands in the shared database."""
        raise NotImplementedError

    @property
    def project(self) -> ProjectId:
        return self.scene.project

    @property
    def documents(self) -> list[DocumentId]:
        return self.scene.documents

    @property
    def keys(self) -> Mapping[str, PersonKeys]:
        return self.scene.house.keys

    @property
    def folder(self) -> Path:
        return self.scene.house.folder

    def workspace(self, home: Path, code: str, shared: SharedDatabase) -> Workspace:
        org = shared.organisation()
        if not home.exists():
            shutil.copytree(self.scene.house.home, home)
            self._enrol(home, org)
        roster = verified_roster(home, org, shared)
        remember_entries(home, org, 1, tuple(shared.roster()))
        return admitted(home, self._place(), roster, shared, roster.person(code), self.keys[code])

    def _enrol(self, home: Path, org: OrgId) -> None:
        """Make known where the shared database is."""

    def _place(self) -> Place:
        return self.scene.house.location

    def close(self) -> None:
        for shared in self.opened:
            shared.close()
        self.scene.close()


class FileOffice(Office):
    """A file, as if it could be shared: its clock can be moved."""

    def __init__(self, scene: Scene) -> None:
        super().__init__(scene)
        self._ahead_us = 0
        self._raw = sqlite3.connect(scene.file)

    def database(self, code: str) -> SharedDatabase:
        person = self.scene.as_("sue").roster.person(code).id
        made = SqliteDatabase(self.scene.file, person, lambda: now_us() + self._ahead_us)
        self.opened.append(made)
        return made

    def end_leases(self) -> None:
        self._ahead_us += HOURS_9_US

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        return self._raw.execute(query).fetchall()

    def close(self) -> None:
        self._raw.close()
        super().close()


class ServerOffice(Office):
    """A database of a PostgreSQL server's."""

    def __init__(self, scene: MovedScene) -> None:
        super().__init__(scene)
        self._house = scene.moved
        self._raw = self._house.superuser()
        self._raw.execute("SET search_path = core")

    def database(self, code: str) -> SharedDatabase:
        made = PostgresDatabase(self._house.login(code))
        self.opened.append(made)
        return made

    def end_leases(self) -> None:
        self._raw.execute("UPDATE claim SET expires_us = 1")

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        return self._raw.execute(query.encode()).fetchall()

    def close(self) -> None:
        self._raw.close()
        super().close()
        self._house.drop()

    def _enrol(self, home: Path, org: OrgId) -> None:
        server = Server(self._place(), "", KdfParameters())
        enrol(home, Enrolment(org, enrolment_of(home, org).roots, server))

    def _place(self) -> Address:
        return Address("127.0.0.1", self._house.server.port, self._house.database)
