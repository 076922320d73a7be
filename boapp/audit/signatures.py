"""Signatures: what is stored is what its author signed, and it stands where she signed it for.

Rules `malformed`, `signature` and `place`. What does not verify is named here and no rule after this
one looks at it; what stands elsewhere than signed is named and still looked at.
"""

from collections.abc import Generator, Iterator

from boapp.audit.chains import Finding, Signed
from boapp.audit.evidence import Evidence, Fact, Known, Pass
from boapp.crypto.facts import read_clear, verify_fact
from boapp.crypto.sealed_pass import ChainPlace, verify_pass
from boapp.domain.ids import KeyId, PersonId
from boapp.domain.passes import Asked
from boapp.errors import Tampered
from boapp.shareddb.protocol import StoredFact, StoredPass


def check_rows(evidence: Evidence) -> Iterator[Finding]:
    """Name the rows that cannot be read as what they must be."""
    for row in evidence.stored.malformed:
        yield Finding(f"{row.table} {row.id}".strip(), "malformed", row.why)


def learn_passes(evidence: Evidence, known: Known) -> Iterator[Finding]:
    """Verify every pass, and learn those that hold."""
    for stored in evidence.stored.passes:
        where = f"{'sealed' if stored.slot else 'surplus'}_pass {stored.id.hex()}"
        try:
            claimed = stored.sealed.read_manifest()
            key = _key_of(evidence, claimed.context.author, claimed.context.key_id, claimed.place)
            manifest = verify_pass(stored.sealed, key)
        except Tampered as error:
            yield Finding(where, "signature", error.title)
            continue
        seen = yield from _seen(evidence, where, manifest.place)
        one = Pass(where, stored.slot, manifest, bool(stored.sealed.boxes.released), seen)
        yield from _pass_in_place(evidence, stored, one)
        known.passes.setdefault(bytes(stored.id), one)
        if stored.slot and manifest.context.document == stored.document:
            known.keyed_by_slot[stored.document][stored.slot] = one
        message = stored.sealed.manifest, stored.sealed.signature
        known.signed.append(Signed(where, one.author, manifest.place, *message, seen))


def _pass_in_place(evidence: Evidence, stored: StoredPass, one: Pass) -> Iterator[Finding]:
    ctx, project = one.manifest.context, evidence.project.id
    placed = (ctx.id, ctx.document, ctx.author, ctx.org, ctx.project)
    if placed != (stored.id, stored.document, stored.person, evidence.org, project):
        yield Finding(one.where, "place", "it stands where it was not signed for")
    if stored.slot and (one.manifest.asked is Asked.ALL) != (stored.slot == 1):
        yield Finding(one.where, "place", "it was not asked for in this slot")


def learn_facts(evidence: Evidence, known: Known) -> Iterator[Finding]:
    """Verify every fact, and learn those that hold."""
    for stored in evidence.stored.facts:
        where = f"fact {stored.id.hex()}"
        try:
            claimed = stored.fact.read_statement()
            key = _key_of(evidence, claimed.subject.actor, claimed.key_id, claimed.place)
            statement = verify_fact(stored.fact, key)
            clear = read_clear(statement)
        except Tampered as error:
            yield Finding(where, "signature", error.title)
            continue
        if not stored.fact.content and (stored.fact.box_adj or stored.fact.box_own):
            yield Finding(where, "signature", "it has boxes though nothing is in them")
        seen = yield from _seen(evidence, where, statement.place)
        fact = Fact(bytes(stored.id), statement, clear, stored.counted, seen)
        if not _fact_in_place(evidence, stored, fact):
            yield Finding(where, "place", "it stands where it was not signed for")
        known.facts[bytes(stored.id)] = fact
        message = stored.fact.statement, stored.fact.signature
        known.signed.append(Signed(where, fact.actor, statement.place, *message, seen))
    known.learn_intakes(evidence)


def _fact_in_place(evidence: Evidence, stored: StoredFact, fact: Fact) -> bool:
    subject = fact.statement.subject
    placed = (fact.statement.id, subject.document, str(subject.kind), subject.actor)
    home = (subject.org, subject.project) == (evidence.org, evidence.project.id)
    return home and placed == (stored.id, stored.document, stored.kind, stored.actor)


def _key_of(evidence: Evidence, person: PersonId, key_id: KeyId, place: ChainPlace) -> bytes:
    known = evidence.roster.signing_key(person, key_id, place.chain, place.seq)
    if known is None:
        raise Tampered("signed by a key that the signed list of people does not give its author")
    return known


def _seen(evidence: Evidence, where: str, place: ChainPlace) -> Generator[Finding, None, int]:
    """Return how many entries of the signed list an author had seen; 0 for a list that is not this one."""
    try:
        return evidence.roster.seen(place.seen_head)
    except Tampered as error:
        yield Finding(where, "role", error.title)
        return 0
