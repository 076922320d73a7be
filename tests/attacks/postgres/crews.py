"""Sessions of keyers in psql at one queue, and what has to be true of it after each of their statements."""

import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import Any

import psycopg

from boapp.domain.ids import PersonId
from boapp.shareddb.postgres_sending import SEND
from boapp.shareddb.postgres_way import connect
from tests.crowd import BOXES, PASSWORD, dismiss, fill, hire, manifest
from tests.moved import MovedScene

WRONG = """
SELECT d.id, d.stage, w.pass_no, claims.number
FROM core.document d LEFT JOIN core.waiting w ON w.document = d.id
LEFT JOIN LATERAL
  (SELECT count(*) AS number, min(pass_no) AS pass_no FROM core.claim c WHERE c.document = d.id) claims
  ON true
WHERE CASE WHEN d.stage IN ('first', 'second') THEN (w.document IS NOT NULL)::int + claims.number <> 1
    OR coalesce(w.pass_no, claims.pass_no) <> CASE d.stage WHEN 'first' THEN 1 ELSE 2 END
    OR w.document IS NOT NULL AND (w.first_by, w.position, w.priority, w.project)
      IS DISTINCT FROM (d.first_by, d.position, d.priority, d.project)
  ELSE w.document IS NOT NULL OR claims.number > 0 END
UNION ALL SELECT w.document, 'gone', w.pass_no, 0 FROM core.waiting w
  WHERE NOT EXISTS (SELECT FROM core.document d WHERE d.id = w.document)
"""
"""What waits stands in the queue or is claimed, one of the two, for the keying that its stage asks for."""


@dataclass
class Keyer:
    """A keyer in psql, with one of her connections."""

    scene: MovedScene
    person: PersonId
    db: psycopg.Connection[Any]

    def claim(self, document: bytes | None = None, *, second: bool = False) -> list[Any]:
        """Claim the next document, or this one."""
        asked = (self.scene.project, second, document)
        return self.db.execute("SELECT * FROM api.claim(%s, %s, %s)", asked).fetchall()

    def ahead(self, count: int, *, second: bool = False) -> list[Any]:
        """Claim so many."""
        asked = (self.scene.project, second, count)
        return self.db.execute("SELECT * FROM api.claim_ahead(%s, %s, %s)", asked).fetchall()

    def held(self) -> list[Any]:
        """Return what she holds."""
        return self.db.execute("SELECT * FROM api.my_claims(%s)", (self.scene.project,)).fetchall()

    def hand_back(self, *claims: Any) -> None:
        """Hand some back."""
        self.db.execute("SELECT api.hand_back_all(%s)", ([one.fence for one in claims],))

    def renew(self, *claims: Any) -> list[Any]:
        """Renew some."""
        return self.db.execute("SELECT * FROM api.renew(%s)", ([one.fence for one in claims],)).fetchall()

    def seal(self, claim: Any) -> str:
        """Seal what she holds; return what the database says."""
        cells = (self._manifest(claim), os.urandom(64), BOXES)
        told: str = self.db.execute("SELECT api.seal(%s, %s, 'blob', %s, NULL)", cells).fetchone()[0]  # type: ignore[index]
        return told

    def send(self, *claims: Any) -> list[str]:
        """Seal some in one call; return what the database says of each."""
        many = len(claims)
        signed = [self._manifest(one) for one in claims]
        nothing = [[None] * many] * 4
        columns = (
            ["pass"] * many,
            signed,
            [os.urandom(64)] * many,
            [b"blob"] * many,
            [BOXES] * many,
            *nothing,
        )
        told: list[str] = self.db.execute(SEND, columns).fetchone()[0]  # type: ignore[index]
        return told

    def _manifest(self, claim: Any) -> bytes:
        return manifest(self.scene.project, self.person, claim.document, claim.fence)


@contextmanager
def crew(scene: MovedScene, people: int, documents: int, connections: int = 0) -> Iterator[list[Keyer]]:
    """Give so many people, with as many connections in all, at a queue of so many documents."""
    fill(scene, documents)
    logins = hire(scene, people, connections or people)
    where = scene.moved.server.where(scene.moved.database)
    try:
        with ExitStack() as opened:
            yield [
                Keyer(scene, person, opened.enter_context(connect(where, role, PASSWORD)))
                for role, person in logins.items()
            ]
    finally:
        dismiss(scene, logins)


def wrong(scene: MovedScene) -> list[Any]:
    """Return the documents of which queue, claims and stages do not agree."""
    with scene.moved.superuser() as boss:
        return boss.execute(WRONG).fetchall()
