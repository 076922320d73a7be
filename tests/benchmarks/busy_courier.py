"""A courier that never comes to an end: it sends the same backlog and fetches the same pages again and again.

    python -m tests.benchmarks.busy_courier    with one line of Busy on standard input

Then each line on standard input lets it work or rest, in turns; it answers with a line when it does so.
"""

import select
from pathlib import Path
from typing import IO

import msgspec
from sqlalchemy import delete

from boapp.address import Address
from boapp.crypto.signing import PersonKeys
from boapp.domain.ids import OrgId
from boapp.doors import admitted, verified_roster
from boapp.localdb import tables as t
from boapp.shareddb.postgres import PostgresDatabase
from boapp.shareddb.postgres_way import connect
from boapp.sqlitefile import writing
from boapp.sync.run import Courier
from boapp.sync.worker import be_nice
from tests.moved import password, role_name


class Busy(msgspec.Struct, frozen=True):
    """For whom it works, and where."""

    home: str
    org: bytes
    code: str
    keys: bytes
    port: int
    database: str


def told(pipe: IO[bytes]) -> bool:
    """Say whether a line waits."""
    return bool(select.select([pipe], (), (), 0)[0])


def main() -> None:
    """Work and rest in turns, until standard input ends."""
    be_nice()
    # Unbuffered, so that a line that waits is seen to wait.
    pipe: IO[bytes] = open(0, "rb", buffering=0)  # noqa: SIM115
    orders = msgspec.json.decode(pipe.readline(), type=Busy)
    where = f"host=127.0.0.1 port={orders.port} dbname={orders.database}"
    login = role_name(orders.code), password(orders.code)
    shared = PostgresDatabase(None, lambda: connect(where, *login))
    home, org = Path(orders.home), OrgId(orders.org)
    roster = verified_roster(home, org, shared)
    address = Address("127.0.0.1", orders.port, orders.database)
    keys = PersonKeys.from_bytes(orders.keys)
    ws = admitted(home, address, roster, shared, roster.person(orders.code), keys)
    courier, rounds = Courier(ws), 0
    while pipe.readline():
        rounds = 0
        while not told(pipe):
            ws.store.send_again()
            with writing(ws.store.engine) as db:
                db.execute(delete(t.cached_page))
            courier.round()
            rounds += 1
            if rounds == 1:
                print("works", flush=True)
        pipe.readline()
        print(f"rests {rounds}", flush=True)
    ws.close()


if __name__ == "__main__":
    main()
