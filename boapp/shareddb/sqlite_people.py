"""The list of people in one SQLite file, with the rows that its entries speak of.

A change is stored whole or not at all, and only where it continues the list as it stands. Who is in a
project is copied from the entries into a table of its own: the facts that somebody sends are held
against it, and the audit holds it against the signed list.
"""

import msgspec
from sqlalchemy import Connection, delete, insert, select

from boapp.crypto.roster_entries import Member, SignedEntry, continues, read_entry
from boapp.shareddb import tables as t
from boapp.shareddb.protocol import RosterChange, changed_meanwhile
from boapp.shareddb.rows import person_row, read_all, read_entries, read_entry_row
from boapp.shareddb.sqlite_queue import drop_claims_of


def read_roster_rows(db: Connection) -> list[SignedEntry]:
    """Return every entry in order; Tampered where one is missing or is no entry at all."""
    return read_entries(db.execute(select(t.roster).order_by(t.roster.c.seq)))


def change_roster(db: Connection, change: RosterChange) -> None:
    """Append entries and store the rows that they speak of, in the caller's transaction."""
    _append(db, change.entries)
    for wrapped in change.wraps:
        db.execute(insert(t.key_wrap).values(**msgspec.structs.asdict(wrapped)))
    for person in change.people:
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
        _copy_member(db, entry)
        last = entry


def _copy_member(db: Connection, entry: SignedEntry) -> None:
    match read_entry(entry).what:
        case Member(project=project, person=person, roles=roles):
            hers = (t.member.c.project == project, t.member.c.person == person)
            db.execute(delete(t.member).where(*hers))
            if roles:
                words = " ".join(sorted(roles))
                db.execute(insert(t.member).values(project=project, person=person, roles=words))
        case _:
            pass
