"""The list of people in one SQLite file, with the rows that its entries speak of.

A change is stored whole or not at all, and only where it continues the list as it stands. Who is in a
project is copied from the entries into a table of its own, and what a project's settings are into its
row: what somebody sends or claims is held against that, and the audit holds it against the signed list.
"""

import msgspec
from sqlalchemy import Connection, delete, insert, select, update

from boapp.crypto.roster_entries import (
    Member,
    Remove,
    RotateKey,
    Setting,
    SignedEntry,
    continues,
    read_entry,
)
from boapp.domain.settings import SETTINGS, column
from boapp.shareddb import tables as t
from boapp.shareddb.protocol import RosterChange, changed_meanwhile
from boapp.shareddb.rows import person_row, read_all, read_entries, read_entry_row
from boapp.shareddb.sqlite_queue import drop_claims_of


def read_roster_rows(db: Connection, since: int) -> list[SignedEntry]:
    """Return the entries from a number on; Tampered where one is missing or is no entry at all."""
    wanted = select(t.roster).where(t.roster.c.seq >= since).order_by(t.roster.c.seq)
    return read_entries(db.execute(wanted), since)


def change_roster(db: Connection, change: RosterChange) -> None:
    """Append entries and store the rows that they speak of, in the caller's transaction."""
    _append(db, change.entries)
    for wrapped in change.wraps:
        db.execute(insert(t.key_wrap).values(**msgspec.structs.asdict(wrapped)))
    rotated = {w.person for e in change.entries if isinstance(w := read_entry(e).what, RotateKey)}
    for person in change.people:
        if person.person in rotated:  # her name stays as it is
            row = {name: cell for name, cell in person_row(person).items() if name != "name"}
            db.execute(update(t.person_key).where(t.person_key.c.person == person.person).values(row))
        else:
            db.execute(insert(t.person_key).values(person_row(person)))
    if change.project:
        db.execute(insert(t.project).values(msgspec.structs.asdict(change.project)))
    if change.form:
        db.execute(insert(t.form).values(msgspec.structs.asdict(change.form)))
    if change.drop_claims:
        drop_claims_of(db, *change.drop_claims)


def _append(db: Connection, entries: tuple[SignedEntry, ...]) -> None:
    newest = db.execute(select(t.roster).order_by(t.roster.c.seq.desc()).limit(1))
    numbered = read_all(t.roster, newest, read_entry_row)
    seq, last = numbered[0] if numbered else (0, None)
    for number, entry in enumerate(entries, start=seq + 1):
        if not continues(entry, last):
            raise changed_meanwhile()
        db.execute(insert(t.roster).values(seq=number, data=entry.data, signature=entry.signature))
        _copy(db, entry)
        last = entry


def _copy(db: Connection, entry: SignedEntry) -> None:
    """Copy what an entry says of who works where and with which key."""
    match read_entry(entry).what:
        case Member(project=project, person=person, roles=roles):
            hers = (t.member.c.project == project, t.member.c.person == person)
            db.execute(delete(t.member).where(*hers))
            if roles:
                words = " ".join(sorted(roles))
                db.execute(insert(t.member).values(project=project, person=person, roles=words))
        case RotateKey(person=person, old=old):
            db.execute(insert(t.retired_key).values(key_id=old, person=person))
        case Remove(person=person):
            db.execute(delete(t.member).where(t.member.c.person == person))
            db.execute(delete(t.claim).where(t.claim.c.person == person))
        case Setting(project=project, key=key, value=value) if key in SETTINGS:
            db.execute(update(t.project).where(t.project.c.id == project).values({column(key): value}))
        case _:
            pass
