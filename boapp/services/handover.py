"""Handover: settled records for other programs. Whatever is not settled stays out and is counted."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from boapp.domain.comparison import RULES_VERSION
from boapp.domain.forms import Form
from boapp.domain.ids import ProjectId
from boapp.domain.records import Settled
from boapp.domain.values import Address, State, canonical
from boapp.domain.workflow import Stage, Task, require
from boapp.errors import NotFound, Tampered
from boapp.services.comparing import Trouble, is_confirmed
from boapp.services.intake import batch_names, describe
from boapp.services.opening import open_as_holder
from boapp.services.projects import form_of
from boapp.services.settling import stated_record
from boapp.services.verifying import fact_with_id, verified_intake
from boapp.shareddb.protocol import DocumentRow
from boapp.workspace import Workspace


@dataclass(frozen=True, slots=True)
class Exported:
    """One settled document as it is handed over."""

    document: str
    batch: str
    index: Mapping[str, str]
    form: Form
    record: Mapping[Address, Settled]
    methods: tuple[str, ...]
    confirmed: bool


@dataclass(frozen=True, slots=True)
class Handover:
    """The settled documents, how many were left out because they are not, and what does not verify."""

    documents: tuple[Exported, ...]
    left_out: int
    troubles: tuple[Trouble, ...] = ()


def hand_over(ws: Workspace, project: ProjectId) -> Handover:
    """Return the settled documents of a project, in the order in which they came."""
    require(Task.EXPORT, ws.roles(project))
    rows = ws.shared.documents(project)
    settled = [row for row in rows if row.stage is Stage.SETTLED]
    batches = batch_names(ws, project)
    documents: list[Exported] = []
    troubles: list[Trouble] = []
    for row in settled:
        try:
            documents.append(_exported(ws, row, batches.get(row.batch, "")))
        except (Tampered, NotFound) as refusal:
            troubles.append(Trouble(row.id, refusal))
    return Handover(tuple(documents), len(rows) - len(settled), tuple(troubles))


def _exported(ws: Workspace, row: DocumentRow, batch: str) -> Exported:
    intake, description = verified_intake(ws, row), describe(ws, row)
    facts = ws.shared.facts(row.project, row.id)
    record = stated_record(ws, row, fact_with_id(facts, row.record or b""))
    methods = tuple(manifest.method for manifest in open_as_holder(ws, row).manifests)
    form = form_of(ws, row.project, intake.form_hash)
    confirmed = is_confirmed(ws, row, facts)
    return Exported(description.name, batch, description.index, form, record, methods, confirmed)


def provenance(document: Exported) -> Iterator[dict[str, object]]:
    """Return each settled value with its canonical form and where it comes from."""
    for address, settled in document.record.items():
        value = settled.value
        keyed = value.state is State.KEYED and address.field in {f.key for f in document.form.fields}
        yield {
            "field": address.field,
            "row": address.row,
            "state": value.state,
            "text": value.text,
            "canonical": canonical(document.form.field(address.field), value.text).form if keyed else None,
            "origin": settled.origin,
            "resolution": settled.resolution.hex() if settled.resolution else None,
            "rules": RULES_VERSION,
        }
