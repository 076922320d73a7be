"""A project in PostgreSQL with many keyers, whose queue is as long as a benchmark wants it."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import psycopg
import pytest

from boapp.domain.ids import PersonId
from boapp.domain.workflow import Mode
from boapp.shareddb.postgres_way import connect
from tests.attacks.tools import Scene
from tests.builders import House, add_project, take_in_pages
from tests.crowd import PASSWORD, dismiss, fill, hire
from tests.moved import MovedScene, move
from tests.postgres import Server

CONNECTIONS = 32


@dataclass
class Crowd:
    """A project in PostgreSQL, its keyers' logins, one keyer's connection, and the administrator's."""

    scene: MovedScene
    logins: dict[str, PersonId]
    keyer: psycopg.Connection[Any]
    person: PersonId
    boss: psycopg.Connection

    def connect(self, role: str, password: str) -> psycopg.Connection[Any]:
        """Open another connection."""
        return connect(self.scene.moved.server.where(self.scene.moved.database), role, password)

    @property
    def servers(self) -> list[int]:
        """Return the processes that serve the keyer and the administrator."""
        return [self.keyer.info.backend_pid, self.boss.info.backend_pid]

    def queue(self, count: int) -> None:
        """Make both queues so long."""
        fill(self.scene, count)
        self.boss.execute("DROP TABLE IF EXISTS bare")
        self.boss.execute("CREATE TABLE bare (id int PRIMARY KEY, taken boolean NOT NULL)")
        self.boss.execute("INSERT INTO bare SELECT n, false FROM generate_series(1, %s) n", (count,))
        self.boss.execute("CREATE INDEX ON bare (id) WHERE NOT taken")
        self.boss.execute("VACUUM ANALYZE bare")

    def claim(self, *, second: bool = False) -> Any:
        """Claim the next document."""
        return claim(self.keyer, self.scene.project, second=second)

    def pass_on(self) -> None:
        """Let what the keyer holds be somebody else's: nobody holds hundreds of open claims.

        After that the next statement is planned anew, as a table is cleaned up behind it now and then: that
        claim is nobody's measure.
        """
        self.boss.execute("UPDATE core.claim SET person = %s", (bytes(16),))
        self.boss.execute("VACUUM core.claim")  # what was passed on is gone for good, as after a seal
        for second in (False, True):
            asked = (self.scene.project, second)
            self.keyer.execute("SELECT * FROM api.claim(%s, %s, NULL)", asked)


def claim(keyer: psycopg.Connection[Any], project: bytes, *, second: bool = False) -> Any:
    """Claim the next document."""
    row = keyer.execute("SELECT * FROM api.claim(%s, %s, NULL)", (project, second)).fetchone()
    assert row is not None
    return row


@pytest.fixture(scope="module")
def crowd(founded_house: House, server: Server, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Crowd]:
    """Return keyers at a strict project."""
    folder = tmp_path_factory.mktemp("crowd")
    house = founded_house.copy(folder / "file")
    project = add_project(house, Mode.STRICT)
    scene = move(Scene(house, project, take_in_pages(house, project, 1)), server, folder / "moved")
    logins = hire(scene, CONNECTIONS, CONNECTIONS)
    role, person = next(iter(logins.items()))
    keyer = connect(server.where(scene.moved.database), role, PASSWORD)
    with scene.moved.superuser() as boss:
        boss.execute("UPDATE core.project SET open_claims = 1000")  # threads take turns as they like
        yield Crowd(scene, logins, keyer, person, boss)
    keyer.close()
    dismiss(scene, logins)
    scene.moved.drop()
