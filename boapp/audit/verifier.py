"""Verifying everything in a project without opening a single value.

Rules, in this order, each finding naming the row and the rule:
1. malformed: each row can be read as what it must be;
2. signature: each pass and fact verifies under the key that the roster gives its author;
3. place: each stands where it was signed for, under its own id, document, author and slot; a pass is of
   the form and images taken in, under the keys that were current then, and openable as the mode says;
4. role: the roster let its author state that when she did, by the head that she names as seen;
5. share: a release share is there where its pass was signed with one, and is that one;
6. exclusion: nobody keyed a document twice, nobody resolved what the mode kept from her;
7. order: comparisons rest on all passes, decisions on an own earlier reading, records on both;
8. chain: nothing is missing, doubled or moved in anybody's chain, nor signed anew with a retired key;
9. bookkeeping: the queue's rows say what the evidence says, the images are those taken in;
10. counting: what counts is what stood first;
11. person key and boxes: keys are locked and boxed as the signed list says;
12. withheld: no document stands where its passes are withheld though it had gone on.

A row that is junk is a finding; everything else is still checked. What is withheld from whoever
verifies is told apart from what is missing; how far that can be told is in `withheld`.
"""

from typing import NamedTuple

from boapp.audit.bookkeeping import check_discrepancies, check_documents, check_project
from boapp.audit.chains import Finding, Withheld, check_chains, check_ends
from boapp.audit.counting import check_counting
from boapp.audit.duties import check_duties
from boapp.audit.evidence import Evidence, Known
from boapp.audit.keys import check_boxes, check_locked_keys
from boapp.audit.order import check_order
from boapp.audit.passes import check_passes
from boapp.audit.signatures import check_rows, learn_facts, learn_passes
from boapp.audit.withheld import check_withheld, learn_withheld


class Verdict(NamedTuple):
    """Everything that does not hold, and what was not shown to whoever verified."""

    findings: list[Finding]
    withheld: Withheld


def verify_evidence(evidence: Evidence) -> Verdict:
    """Return what does not hold, and what was withheld."""
    known, stored = Known(evidence.project), evidence.stored
    findings = [*check_rows(evidence), *learn_passes(evidence, known), *learn_facts(evidence, known)]
    learn_withheld(evidence, known)
    findings += check_passes(evidence, known)
    findings += check_duties(evidence, known)
    findings += check_order(known)
    findings += check_chains(known.signed, evidence.remembered, known.withheld)
    retired = [*evidence.roster.retired.values(), *evidence.roster.ended.values()]
    findings += check_ends(known.signed, retired, withholds=evidence.withholds)
    findings += check_project(evidence)
    findings += check_documents(evidence, known)
    findings += check_discrepancies(evidence, known)
    findings += check_counting(evidence, known)
    findings += check_locked_keys(evidence.org, evidence.roster, stored.person_keys)
    findings += check_boxes(evidence.roster, evidence.project.id, stored.boxes)
    findings += check_withheld(evidence, known)
    return Verdict(findings, known.withheld)
