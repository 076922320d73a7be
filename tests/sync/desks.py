"""A person at a workstation who shares a database with others over a bad network; whatever she does there."""

from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import msgspec
from sqlalchemy import true

from boapp import faultpoints
from boapp.crypto.sealed_pass import SealedPass
from boapp.domain.ids import DocumentId, PassId
from boapp.domain.passes import Entry, Method
from boapp.domain.values import Address, Value
from boapp.errors import Refusal
from boapp.localdb.outbox import Waiting
from boapp.localdb.store import LocalStore
from boapp.services import keying, queue, sealing
from boapp.services.queue import Assignment
from boapp.shareddb.protocol import BatchRow, FormRow, ProjectRow
from boapp.sync.near import BATCH, FORM, PROJECT, apart
from boapp.sync.run import Courier, Round
from boapp.workspace import now_us
from tests.builders import receipt
from tests.sync.network import Fault, Network, behind
from tests.sync.offices import Office


class Killed(BaseException):
    """The process ends here; nobody catches it."""


@contextmanager
def killed_at(count: int | None) -> Iterator[None]:
    """End what is done here at the so-manieth named moment, if it comes to that."""
    reached: Counter[str] = Counter()

    def stop(name: str) -> None:
        reached[name] += 1
        if reached.total() == count:
            raise Killed(name)

    faultpoints.plant(stop)
    try:
        yield
    finally:
        faultpoints._planted.remove(stop)


class Desk:
    """One workstation: the courier's workspace, that for keying, and what its keyer has before her."""

    def __init__(self, office: Office, name: str, code: str) -> None:
        self.office, self.name, self.code = office, name, code
        self.network = Network()
        self.clock_off_us = 0
        self.told: set[DocumentId] = set()
        self.troubles: list[Refusal] = []
        self._real = office.database(code)
        self._home = Path(office.folder, f"home of {name}")
        self.open()

    def open(self) -> None:
        """Open both workspaces, as when a program starts."""
        shared = behind(self.network, self._real)
        self.network.heal()
        self.far = self.office.workspace(self._home, self.code, shared)
        self.near = apart(self.far)
        self.near.now_us = self.far.now_us = lambda: now_us() + self.clock_off_us
        self.courier = Courier(self.far)
        self.work = queue.open_assignments(self.near, self.office.project)

    def restart(self) -> None:
        """Close both and open them again."""
        self.close()
        self.open()

    def close(self) -> None:
        self.near.close()
        self.far.close()

    # --- the courier --------------------------------------------------------------------------

    def round(self, faults: Sequence[Fault] = (), killed: int | None = None) -> Round | None:
        """Go a round over a bad network; None when the courier's process ended in it."""
        self.network.will(faults)
        try:
            with killed_at(killed):
                done = self.courier.round()
        except Refusal as refusal:
            self.troubles.append(refusal)
            done = self.courier.so_far
        except Killed:
            self.restart()
            return None
        finally:
            self.network.will(())
        self.told |= {one.document for one in done.lost}
        self.courier.told()
        self.troubles += [*done.troubles, *done.sent.refusals]
        return done

    # --- keying -------------------------------------------------------------------------------

    def take(self, *, second: bool) -> Assignment | None:
        """Take the next document that is here."""
        found = queue.claim(self.near, self.office.project, second=second)
        if found is not None:
            self.work = [w for w in self.work if w.claim.document != found.claim.document] + [found]
        return found

    def type(self, work: Assignment, total: str) -> None:
        """Key one field, and leave the rest."""
        keying.put(self.near, work, Entry(Address("total"), Value.of(total)))

    def drafts(self) -> dict[DocumentId, dict[Address, Entry]]:
        """Return every draft that is here."""
        return {document: self.near.store.drafts(document) for _, document in self.near.store.drafted()}

    def seal(self, work: Assignment, killed: int | None = None) -> list[SealedPass]:
        """Key what is missing and seal; return what came of it, nothing or one pass."""
        for field in work.form.asked(work.asked):
            address = Address(field.key)
            if address not in keying.drafted(self.near, work):
                keying.put(self.near, work, Entry(address, Value.of(receipt()[field.key])))
        before = {p.read_manifest().context.id for p in self.outbox()}
        try:
            with killed_at(killed):
                sealing.seal(self.near, work, tuple(keying.drafted(self.near, work).values()), Method.KEYED)
            self.work = [one for one in self.work if one is not work]
        except Killed:
            self.restart()
        return [p for p in self.outbox() if p.read_manifest().context.id not in before]

    def hand_back(self, work: Assignment) -> None:
        """End a claim and forget what was keyed under it."""
        for address in keying.drafted(self.near, work):
            keying.drop(self.near, work, address)
        self.near.shared.hand_back(work.claim.fence)
        self.work = [one for one in self.work if one is not work]

    # --- what is here -------------------------------------------------------------------------

    def outbox(self) -> list[SealedPass]:
        """Return the passes that wait to be acknowledged."""
        return [_pass(one) for one in self.near.store.waiting() if one.kind == "pass"]

    def kept(self) -> list[Waiting]:
        """Return the messages that were sent and are kept."""
        return kept_in(self.near.store)

    def everything(self) -> Iterator[bytes]:
        """Give everything that the local store holds, opened, but for drafts, pages and her own passes."""
        store = self.near.store
        for message in (*store.waiting(), *self.kept()):
            if message.kind != "pass":
                yield message.data
            else:
                assert _pass(message).read_manifest().context.author == self.near.me.id
        for claim in store.reserve.claims():
            yield claim.contents
        for kind, struct in ((FORM, FormRow), (BATCH, BatchRow), (PROJECT, ProjectRow)):
            for row in store.reserve.recall(kind, None, struct):
                yield msgspec.msgpack.encode(row)
        for wrap in self.near.shared.wraps(self.near.me.id):
            yield msgspec.msgpack.encode(wrap)


def kept_in(store: LocalStore) -> list[Waiting]:
    """Return the messages that were sent and are kept in a store."""
    return store._sent_where(true())


def _pass(message: Waiting) -> SealedPass:
    return msgspec.msgpack.decode(message.data, type=SealedPass)


def pass_id(sealed: SealedPass) -> PassId:
    """Return the id of a pass."""
    return sealed.read_manifest().context.id
