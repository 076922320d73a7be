"""A crowd at a shared PostgreSQL: people with many logins, a long queue, passes no reader would take."""

import os

import msgspec
import psycopg

from boapp.crypto.envelope import new_id
from boapp.crypto.framing import lp, u32, u64
from boapp.crypto.passphrase import scram_verifier
from boapp.domain.ids import PersonId
from boapp.shareddb.postgres_setup import Login, add_login
from tests.moved import MovedScene, queue_anew

PASSWORD = "crowd"
VERIFIER = scram_verifier(PASSWORD, bytes(16))
BOXES = msgspec.msgpack.encode((b"", b"", b""))
"""Three boxes with nothing in them."""


def fill(scene: MovedScene, count: int) -> None:
    """Make the queue so many copies of the first document; what they mean is nobody's concern here."""
    with scene.boss() as boss:
        boss.execute("DELETE FROM claim")
        boss.execute(
            "CREATE TEMP TABLE one AS SELECT * FROM document WHERE project = %s LIMIT 1", (scene.project,)
        )
        boss.execute("DELETE FROM document")
        boss.execute(
            "INSERT INTO document (id, project, batch, stage, intake, meta_epoch, meta, passes) "
            "SELECT uuid_send(gen_random_uuid()), project, batch, 'first', intake, meta_epoch, meta, 2 "
            "FROM one, generate_series(1, %s)",
            (count,),
        )
        tidy(boss)


def tidy(boss: psycopg.Connection) -> None:
    """Let the queue follow what was done to the documents, and leave nothing of what was there before."""
    queue_anew(boss)
    for table in ("document", "waiting", "claim"):
        boss.execute(f"VACUUM ANALYZE core.{table}".encode())


def hire(scene: MovedScene, people: int, connections: int) -> dict[str, PersonId]:
    """Make people who may key either pass, and as many logins as connections; return whose each is."""
    crowd = [PersonId(os.urandom(16)) for _ in range(people)]
    logins = {f"bo_crowd_{n}": crowd[n % people] for n in range(connections)}
    with scene.boss() as boss:
        for person in crowd:
            roles = "operator second-keyer"
            boss.execute("INSERT INTO member VALUES (%s, %s, %s)", (scene.project, person, roles))
    with scene.moved.superuser() as boss:
        for role, person in logins.items():
            add_login(boss, Login(role, person, VERIFIER))
    return logins


def dismiss(scene: MovedScene, logins: dict[str, PersonId]) -> None:
    """Take the logins away again: they are the server's, not the database's."""
    with scene.moved.superuser() as boss:
        for role in logins:
            boss.execute(f"DROP ROLE {role}".encode())


def manifest(project: bytes, person: bytes, document: bytes, fence: bytes) -> bytes:
    """Return a manifest that no reader would believe, with all that the database reads of it."""
    ids = (bytes(16), project, document, new_id(), person, bytes(16))
    context = lp(b"boapp1", b"\1", *ids, u32(1), u32(1), bytes(32), bytes(32))
    hashes = (bytes(32), bytes(32), bytes(32), b"")
    rest = (bytes(16), u64(1), bytes(32), b"", u64(1), b"")
    return lp(context, *hashes, b"all", b"keyed", b"0", fence, *rest)
