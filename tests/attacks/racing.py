"""One racing process: a person who tries to take both passes of every document."""

from pathlib import Path

from boapp.crypto.signing import PersonKeys
from boapp.domain.ids import DocumentId, ProjectId
from boapp.domain.passes import Method
from boapp.services.queue import claim
from boapp.services.sealing import seal
from boapp.services.syncing import send_waiting
from tests.builders import House, entries, receipt


def take_what_she_can(folder: str, code: str, keys: bytes, project: bytes, documents: list[bytes]) -> int:
    """Claim and seal first and second passes, whatever is granted; return how many."""
    house = House(Path(folder), {code: PersonKeys.from_bytes(keys)})
    ws, sealed = house.as_(code), 0
    try:
        for document in documents:
            for second in (False, True, False, True):
                work = claim(ws, ProjectId(project), second=second, document=DocumentId(document))
                if work is not None:
                    seal(ws, work, entries(receipt()), Method.KEYED)
                    send_waiting(ws)
                    sealed += 1
    finally:
        ws.close()
    return sealed
