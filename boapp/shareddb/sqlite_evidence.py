"""Everything of one project as evidence, read in one transaction, so that nothing moves while it is read.

Rows are found by what stands in them: a pass whose document is not in the queue at all is listed when
its manifest names the project. What cannot be read as a row is told apart, never left out silently.
"""

from collections.abc import Callable
from typing import Any, TypeVar

from sqlalchemy import Connection, Select, Table, func, select

from boapp.crypto.envelope import digest
from boapp.crypto.epochs import WHOLE_ORGANISATION
from boapp.domain.ids import PassId, ProjectId
from boapp.errors import Tampered
from boapp.shareddb import tables as t
from boapp.shareddb.protocol import (
    DocumentRow,
    Malformed,
    OpenDiscrepancy,
    PersonKey,
    ProjectRow,
    StoredEvidence,
    StoredPass,
)
from boapp.shareddb.rows import (
    Share,
    columns,
    read_all,
    read_as,
    read_discrepancy,
    read_document,
    read_fact,
    read_member,
    read_pass,
    read_person,
    read_share,
    read_wrap,
    sift,
)

_Read = TypeVar("_Read")


def gather(db: Connection, project: ProjectId) -> StoredEvidence:
    """Return everything of a project."""
    wrong: list[Malformed] = []

    def rows(table: Table, query: Select[Any], read: Callable[[Any], _Read]) -> tuple[_Read, ...]:
        return tuple(sift(table, db.execute(query), read, wrong))

    documents = select(*columns(t.document, DocumentRow)).where(t.document.c.project == project)
    facts = select(t.fact).where(t.fact.c.project == project).order_by(t.fact.c.stored_us, t.fact.c.id)
    boxes = select(t.key_wrap).where(t.key_wrap.c.project.in_((project, WHOLE_ORGANISATION)))
    return StoredEvidence(
        projects=rows(
            t.project,
            select(*columns(t.project, ProjectRow)).where(t.project.c.id == project),
            read_as(ProjectRow),
        ),
        documents=rows(t.document, documents.order_by(t.document.c.position), read_document),
        passes=tuple(
            p for table in (t.sealed_pass, t.surplus_pass) for p in _passes(db, table, project, wrong)
        ),
        shares=_digests(rows(t.pass_share, _of_project(project), read_share)),
        facts=rows(t.fact, facts, read_fact),
        discrepancies=rows(
            t.discrepancy,
            select(*columns(t.discrepancy, OpenDiscrepancy)).where(_inside(t.discrepancy, project)),
            read_discrepancy,
        ),
        members=rows(t.member, select(t.member).where(t.member.c.project == project), read_member),
        person_keys=rows(t.person_key, select(*columns(t.person_key, PersonKey)), read_person),
        boxes=rows(t.key_wrap, boxes, read_wrap),
        malformed=tuple(wrong),
        surplus=count_surplus(db, project),
        withholds=False,
    )


def shares(db: Connection, project: ProjectId) -> dict[PassId, bytes]:
    """Return the digest of each release share of a project, never the share itself."""
    return _digests(read_all(t.pass_share, db.execute(_of_project(project)), read_share))


def count_surplus(db: Connection, project: ProjectId) -> int:
    """Return how many passes and facts were kept and do not count."""
    passes = select(func.count()).select_from(t.surplus_pass).where(_inside(t.surplus_pass, project))
    facts = select(func.count()).select_from(t.fact).where(t.fact.c.project == project, ~t.fact.c.counted)
    return (db.scalar(passes) or 0) + (db.scalar(facts) or 0)


def _inside(table: Table, project: ProjectId) -> Any:  # noqa: ANN401 - an SQL condition
    return table.c.document.in_(select(t.document.c.id).where(t.document.c.project == project))


def _of_project(project: ProjectId) -> Select[Any]:
    return (
        select(t.pass_share.c.sealed_pass, t.pass_share.c.k1)
        .join(t.sealed_pass, t.sealed_pass.c.id == t.pass_share.c.sealed_pass, isouter=True)
        .where(_inside(t.sealed_pass, project) | t.sealed_pass.c.id.is_(None))
    )


def _digests(found: list[Share] | tuple[Share, ...]) -> dict[PassId, bytes]:
    return {share.sealed_pass: digest(share.k1) for share in found}


def _passes(db: Connection, table: Table, project: ProjectId, wrong: list[Malformed]) -> list[StoredPass]:
    order = (table.c.stored_us, table.c.id)
    inside = select(table).where(_inside(table, project)).order_by(*order)
    lost = select(table).where(table.c.document.not_in(select(t.document.c.id))).order_by(*order)
    homeless = sift(table, db.execute(lost), read_pass, wrong)
    return sift(table, db.execute(inside), read_pass, wrong) + [p for p in homeless if _names(p, project)]


def _names(stored: StoredPass, project: ProjectId) -> bool:
    """Say whether a pass without a document is of this project, or of none that can be read."""
    try:
        return stored.sealed.read_manifest().context.project == project
    except Tampered:
        return True
