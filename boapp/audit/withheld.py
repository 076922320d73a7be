"""Withheld: what whoever verifies is not shown, and what of it is taken for granted.

A shared PostgreSQL shows no pass of a document that is still to be keyed to a holder of ADJ, nor to
anybody who keys there. To her the first passes of such documents, with their shares and their places in
their authors' chains, are withheld, not missing. Who she is, is asked of the signed list alone, so that
no database can say of an auditor that something is kept from her. Taken for withheld are:
1. one first pass of each document that stands at `second`, names as its first keyer somebody whom the
   list let key here, was taken in for two passes, and about which nothing is signed but its intake and
   claims taken back;
2. as many surplus passes as the database counts beside those that it shows, of people who keyed here.
Whoever runs the database may count more surplus passes than there are: so the number is told.
What is missing beyond that is named, as to everybody; so is a document that stands where its passes are
withheld though something signed says that they were compared.

Whoever runs the database decides where a document stands. So these are named to an auditor or an
administrator alone, who are shown everything:
- that what is withheld is not there, is not what was signed, is somebody else's, or has a share that its
  keyer did not sign;
- passes that were set back to be withheld (or dropped) before anything was signed about them: the
  second one, or both, unless their authors signed more since than is withheld of theirs;
- a document that nobody keyed and that is said to wait for its second keying, and as much of what its
  keyer signed as it explains, where nothing else rests on that.
The newest messages of a chain, beyond what is withheld of its author, are named to everybody who verifies
on the workstation that sent them.
"""

from collections.abc import Iterator

from boapp.audit.chains import Finding, Withheld
from boapp.audit.evidence import Evidence, Known
from boapp.crypto.facts import FactKind
from boapp.domain.ids import DocumentId
from boapp.domain.workflow import TO_BE_KEYED, Stage
from boapp.shareddb.protocol import DocumentRow

BEFORE_KEYED = frozenset({FactKind.INTAKE, FactKind.TAKE_BACK})


def learn_withheld(evidence: Evidence, known: Known) -> None:
    """Learn what is withheld from whoever verifies; nothing where everything is shown to her."""
    if evidence.withholds:
        went_on = _gone_on(known)
        firsts = {
            row.id: row.first_by
            for row in evidence.stored.documents
            if row.first_by is not None and _waits(evidence, known, row) and row.id not in went_on
        }
        keyers = frozenset(evidence.project.ever_keyed)
        known.withheld = Withheld(firsts, _surplus(evidence), keyers)


def _gone_on(known: Known) -> set[DocumentId]:
    """Return the documents about which somebody signed what is only signed of a keyed one."""
    return {fact.document for fact in known.facts.values() if fact.kind not in BEFORE_KEYED}


def _waits(evidence: Evidence, known: Known, row: DocumentRow) -> bool:
    names_nothing = (row.comparison, row.record, row.confirmation) == (None, None, None)
    may_be = row.first_by in evidence.project.ever_keyed and known.wanted(row.id) == 2
    return row.stage is Stage.SECOND and names_nothing and may_be and not known.keyed(row.id)


def _surplus(evidence: Evidence) -> int:
    """Return how many surplus passes are counted and not shown; a row that is junk was shown."""
    stored = evidence.stored
    junk = sum(row.table in {"sealed_pass", "surplus_pass", "fact"} for row in stored.malformed)
    shown = sum(p.slot == 0 for p in stored.passes) + sum(not f.counted for f in stored.facts) + junk
    return max(0, stored.surplus - shown)


def check_withheld(evidence: Evidence, known: Known) -> Iterator[Finding]:
    """Find documents set back to where their passes are withheld."""
    if evidence.withholds:
        went_on = _gone_on(known)
        for row in evidence.stored.documents:
            if row.stage in TO_BE_KEYED and row.id in went_on:
                words = f"it stands at {row.stage}, where passes are withheld, yet was signed about since"
                yield Finding(f"document {row.id.hex()}", "withheld", words)
