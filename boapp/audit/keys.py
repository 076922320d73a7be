"""Keys: the locked keys are those their people signed, the boxes those that the signed list speaks of.

A digest in the list covers the boxes made when an epoch began, or those that a newcomer was granted:
the boxes of an epoch without those of its grants must be the ones it began with.
"""

from collections.abc import Iterator, Sequence

from boapp.audit.chains import Finding
from boapp.crypto.epochs import WHOLE_ORGANISATION, Wrap, wraps_digest
from boapp.crypto.roster import Roster
from boapp.crypto.roster_contents import Wrapping
from boapp.domain.ids import KeyId, OrgId, PersonId, ProjectId
from boapp.errors import Tampered
from boapp.shareddb.locked_keys import verify_locked_keys
from boapp.shareddb.protocol import PersonKey


def check_locked_keys(org: OrgId, roster: Roster, rows: Sequence[PersonKey]) -> Iterator[Finding]:
    """Find locked keys that are missing, a stranger's, or not as their person signed them."""
    stored = {row.person: row for row in rows}
    for person in roster.people.values():
        if person.id not in stored:
            yield Finding(f"person_key {person.code}", "person key", "her locked keys are missing")
    for row in rows:
        yield from _check_row(org, roster, row)


def _check_row(org: OrgId, roster: Roster, row: PersonKey) -> Iterator[Finding]:
    person = roster.people.get(row.person)
    where = f"person_key {row.code}"
    if person is None or person.code != row.code:
        yield Finding(where, "person key", "the signed list names nobody so")
        return
    try:
        verify_locked_keys(row, org, person.keys)
    except Tampered:
        yield Finding(where, "person key", "these locked keys, or their marks, are not those she signed")


def check_boxes(roster: Roster, project: ProjectId, rows: Sequence[Wrap]) -> Iterator[Finding]:
    """Find boxes that the signed list does not speak of, and boxes of its epochs that are not there."""
    known = [w for w in roster.wrappings if w.project in {project, WHOLE_ORGANISATION}]
    granted = {_place(row): row for w in known for row in _granted(w, rows)}
    for wrapping in known:
        if wrapping.person is None:
            found = [row for row in _of_epoch(wrapping, rows) if _place(row) not in granted]
        else:
            found = _granted(wrapping, rows)
        if wraps_digest(found) != wrapping.digest:
            yield Finding(_where(roster, wrapping), "boxes", "they are not those that the signed list names")
    epochs = {(w.kind, epoch) for w in known if w.project == project for epoch in w.epochs}
    for row in rows:
        if row.project == project and (row.kind, row.epoch) not in epochs:
            where = f"key_wrap {row.kind} epoch {row.epoch}"
            yield Finding(where, "boxes", "the signed list names no such epoch")


def _of_epoch(wrapping: Wrapping, rows: Sequence[Wrap]) -> list[Wrap]:
    return [
        row
        for row in rows
        if (row.project, row.kind) == (wrapping.project, wrapping.kind) and row.epoch in wrapping.epochs
    ]


def _granted(wrapping: Wrapping, rows: Sequence[Wrap]) -> list[Wrap]:
    whose = wrapping.person, wrapping.key_id
    return [row for row in _of_epoch(wrapping, rows) if (row.person, row.key_id) == whose]


def _place(row: Wrap) -> tuple[ProjectId, str, int, PersonId, KeyId]:
    return row.project, row.kind, row.epoch, row.person, row.key_id


def _where(roster: Roster, wrapping: Wrapping) -> str:
    epochs = ",".join(map(str, wrapping.epochs)) or "none"
    whom = f" of {roster.people[wrapping.person].code}" if wrapping.person else ""
    return f"key_wrap {wrapping.kind} epoch {epochs}{whom}"
