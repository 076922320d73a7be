"""Passes: keyed by somebody who might, from the images taken in, for nobody to open but those who may.

What her role was, and which keys were the project's, is asked of the list of people that she had seen
when she signed. A surplus pass is held to the same rules: it is evidence too.
"""

from collections.abc import Iterator

from boapp.audit.chains import Finding
from boapp.audit.evidence import Evidence, Known, Pass
from boapp.crypto.roster_entries import KeyKind
from boapp.domain.ids import DocumentId, PersonId
from boapp.domain.passes import Asked
from boapp.domain.workflow import MAY, Mode, Task


def check_passes(evidence: Evidence, known: Known) -> Iterator[Finding]:
    """Find passes that their authors might not key, or not so."""
    for one in known.passes.values():
        words = _role(evidence, known, one)
        if words:
            yield Finding(one.where, "role", words)
        for words in _place(evidence, known, one):
            yield Finding(one.where, "place", words)
    yield from _check_twice(known)
    yield from _check_shares(evidence, known)


def _role(evidence: Evidence, known: Known, one: Pass) -> str:
    project = evidence.project
    if 0 < one.seen < known.taken_in.get(one.manifest.context.document, 0):
        return "its author had seen an older list of people than whoever took its document in"
    task = Task.FIRST if one.manifest.asked is Asked.ALL else Task.SECOND
    if not project.roles_at(one.author, one.seen) & MAY[task]:
        return "the signed list did not let its author key such a pass here when she did"
    if project.held_by(one.author, one.seen):
        return "its author had held the adjudication key of this project before"
    return ""


def _place(evidence: Evidence, known: Known, one: Pass) -> Iterator[str]:
    project, ctx = evidence.project, one.manifest.context
    epochs = project.epoch_at(KeyKind.PDK, one.seen), project.epoch_at(KeyKind.ADJ, one.seen)
    if (ctx.pdk_epoch, ctx.adj_epoch) != epochs or 0 in epochs:
        yield "it was sealed to keys that were not the project's own then"
    released = project.mode is Mode.RELEASE and one.manifest.asked is Asked.ALL
    if one.released is not released or bool(one.manifest.k1_hash) is not released:
        yield "it can be opened by others than its project's mode allows, or not by those whom it does"
    if ctx.form_hash not in project.forms:
        yield "its form was never published in this project"
    intake = known.intakes.get(ctx.document)
    if intake and (ctx.form_hash, ctx.image_hash) != (intake.form_hash, intake.image_hash):
        yield "it was keyed from another form or other images"
    if one.slot > (known.wanted(ctx.document) or one.slot):
        yield "its document was not taken in for so many passes"


def _check_twice(known: Known) -> Iterator[Finding]:
    keyed = set[tuple[DocumentId, PersonId]]()
    for one in known.passes.values():
        place = (one.manifest.context.document, one.author)
        if one.slot and place in keyed:
            yield Finding(one.where, "exclusion", "one person keyed this document twice")
        if one.slot:
            keyed.add(place)


def _check_shares(evidence: Evidence, known: Known) -> Iterator[Finding]:
    shares = {bytes(id_): share for id_, share in evidence.stored.shares.items()}
    for id_, one in known.passes.items():
        share = shares.pop(id_, b"")
        expected = one.manifest.k1_hash if one.slot else b""
        if share != expected:
            words = "it is not the one that its keyer signed" if share else "it is missing"
            yield Finding(f"pass_share {id_.hex()}", "share", words)
    for id_ in shares:
        yield Finding(f"pass_share {id_.hex()}", "share", "no pass that verifies belongs to it")
