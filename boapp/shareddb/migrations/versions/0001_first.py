"""The first tables: evidence, the queue's bookkeeping, and the triggers that protect evidence."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


# The evidence, and what another row of it may not have in common with one that is there. A row id is
# among it: INSERT OR REPLACE deletes whatever stands in its way, without asking the triggers for DELETE.
EVIDENCE = {
    "roster": ("seq = NEW.seq",),
    "sealed_pass": (
        "id = NEW.id",
        "document = NEW.document AND slot = NEW.slot",
        "document = NEW.document AND person = NEW.person",
        "rowid = NEW.rowid",
    ),
    "pass_share": ("sealed_pass = NEW.sealed_pass", "rowid = NEW.rowid"),
    "surplus_pass": ("id = NEW.id", "rowid = NEW.rowid"),
    "fact": ("id = NEW.id", "rowid = NEW.rowid"),
}


def upgrade() -> None:
    """Make everything, what others refer to first."""
    _make_people()
    _make_projects()
    _make_facts()
    _make_documents()
    _make_work()
    _make_discrepancies()
    _make_passes()
    _make_other_passes()
    if op.get_bind().dialect.name == "sqlite":  # elsewhere `sql/30_tables.sql` does it
        for table, taken in EVIDENCE.items():
            _protect(table, taken)


def _only_sqlite(condition: str, name: str) -> sa.CheckConstraint:
    """Return a check of what elsewhere the column's type says."""
    return sa.CheckConstraint(condition, name=op.f(name)).ddl_if(dialect="sqlite")


def _make_people() -> None:
    """Make the organisation, its roster, and people's keys."""
    op.create_table(
        "organisation",
        sa.Column("id", sa.LargeBinary(length=16), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_organisation")),
    )
    op.create_table(
        "roster",
        sa.Column("seq", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("data", sa.LargeBinary(), nullable=False),
        sa.Column("signature", sa.LargeBinary(length=64), nullable=False),
        _only_sqlite("typeof(data) = 'blob'", "ck_roster_data_bytes"),
        _only_sqlite("typeof(signature) = 'blob'", "ck_roster_signature_bytes"),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_roster")),
    )
    op.create_table(
        "person_key",
        sa.Column("person", sa.LargeBinary(length=16), nullable=False),
        sa.Column("code", sa.String(length=32), nullable=False),
        sa.Column("blob", sa.LargeBinary(), nullable=False),
        sa.Column("kdf", sa.LargeBinary(), nullable=False),
        sa.Column("scram", sa.String(), nullable=False),
        sa.Column("set_by_administrator", sa.Boolean(), nullable=False),
        sa.Column("signature", sa.LargeBinary(length=64), nullable=False),
        sa.Column("name", sa.LargeBinary(), nullable=True),
        sa.PrimaryKeyConstraint("person", name=op.f("pk_person_key")),
        sa.UniqueConstraint("code", name=op.f("uq_person_key_code")),
    )
    op.create_table(
        "key_wrap",
        sa.Column("project", sa.LargeBinary(length=16), nullable=False),
        sa.Column("kind", sa.String(length=8), nullable=False),
        sa.Column("epoch", sa.Integer(), nullable=False),
        sa.Column("person", sa.LargeBinary(length=16), nullable=False),
        sa.Column("key_id", sa.LargeBinary(length=16), nullable=False),
        sa.Column("box", sa.LargeBinary(length=80), nullable=False),
        sa.PrimaryKeyConstraint("project", "kind", "epoch", "person", "key_id", name=op.f("pk_key_wrap")),
    )
    op.create_index("ix_key_wrap_person", "key_wrap", ["person"], unique=False)


def _make_projects() -> None:
    """Make projects, their members, forms and batches."""
    op.create_table(
        "project",
        sa.Column("id", sa.LargeBinary(length=16), nullable=False),
        sa.Column("mode", sa.String(length=8), nullable=False),
        sa.Column("epoch", sa.Integer(), nullable=False),
        sa.Column("name", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_project")),
    )
    op.create_table(
        "member",
        sa.Column("project", sa.LargeBinary(length=16), nullable=False),
        sa.Column("person", sa.LargeBinary(length=16), nullable=False),
        sa.Column("roles", sa.String(length=80), nullable=False),
        sa.PrimaryKeyConstraint("project", "person", name=op.f("pk_member")),
    )
    op.create_table(
        "form",
        sa.Column("project", sa.LargeBinary(length=16), nullable=False),
        sa.Column("hash", sa.LargeBinary(length=32), nullable=False),
        sa.Column("epoch", sa.Integer(), nullable=False),
        sa.Column("source", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["project"], ["project.id"], name=op.f("fk_form_project")),
        sa.PrimaryKeyConstraint("project", "hash", name=op.f("pk_form")),
    )
    op.create_table(
        "batch",
        sa.Column("id", sa.LargeBinary(length=16), nullable=False),
        sa.Column("project", sa.LargeBinary(length=16), nullable=False),
        sa.Column("epoch", sa.Integer(), nullable=False),
        sa.Column("name", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["project"], ["project.id"], name=op.f("fk_batch_project")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_batch")),
    )


def _make_facts() -> None:
    """Make the signed facts."""
    op.create_table(
        "fact",
        sa.Column("id", sa.LargeBinary(length=16), nullable=False),
        sa.Column("project", sa.LargeBinary(length=16), nullable=False),
        sa.Column("document", sa.LargeBinary(length=16), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("actor", sa.LargeBinary(length=16), nullable=False),
        sa.Column("counted", sa.Boolean(), nullable=False),
        sa.Column("statement", sa.LargeBinary(), nullable=False),
        sa.Column("signature", sa.LargeBinary(length=64), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("box_adj", sa.LargeBinary(), nullable=False),
        sa.Column("box_own", sa.LargeBinary(), nullable=False),
        sa.Column("stored_us", sa.BigInteger(), nullable=False),
        _only_sqlite("typeof(actor) = 'blob'", "ck_fact_actor_bytes"),
        _only_sqlite("typeof(box_adj) = 'blob'", "ck_fact_box_adj_bytes"),
        _only_sqlite("typeof(box_own) = 'blob'", "ck_fact_box_own_bytes"),
        _only_sqlite("typeof(content) = 'blob'", "ck_fact_content_bytes"),
        _only_sqlite("typeof(document) = 'blob'", "ck_fact_document_bytes"),
        _only_sqlite("typeof(id) = 'blob'", "ck_fact_id_bytes"),
        _only_sqlite("typeof(project) = 'blob'", "ck_fact_project_bytes"),
        _only_sqlite("typeof(signature) = 'blob'", "ck_fact_signature_bytes"),
        _only_sqlite("typeof(statement) = 'blob'", "ck_fact_statement_bytes"),
        _only_sqlite("counted IN (0, 1)", "ck_fact_counted"),
        sa.ForeignKeyConstraint(["project"], ["project.id"], name=op.f("fk_fact_project")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_fact")),
    )
    op.create_index("ix_fact_document", "fact", ["document", "kind"], unique=False)
    op.create_index("ix_fact_project", "fact", ["project", "stored_us", "id"], unique=False)


def _make_documents() -> None:
    """Make documents and their queue."""
    op.create_table(
        "document",
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("id", sa.LargeBinary(length=16), nullable=False),
        sa.Column("project", sa.LargeBinary(length=16), nullable=False),
        sa.Column("batch", sa.LargeBinary(length=16), nullable=False),
        sa.Column("priority", sa.SmallInteger(), server_default="0", nullable=False),
        sa.Column("stage", sa.String(length=16), nullable=False),
        sa.Column("first_by", sa.LargeBinary(length=16), nullable=True),
        sa.Column("intake", sa.LargeBinary(length=16), nullable=False),
        sa.Column("meta_epoch", sa.Integer(), nullable=False),
        sa.Column("meta", sa.LargeBinary(), nullable=False),
        sa.Column("comparison", sa.LargeBinary(length=16), nullable=True),
        sa.Column("record", sa.LargeBinary(length=16), nullable=True),
        sa.Column("confirmation", sa.LargeBinary(length=16), nullable=True),
        sa.CheckConstraint(
            "stage IN ('first', 'second', 'comparing', 'resolving', 'adjudicating', 'settled')",
            name=op.f("ck_document_stage"),
        ),
        sa.ForeignKeyConstraint(["batch"], ["batch.id"], name=op.f("fk_document_batch")),
        sa.ForeignKeyConstraint(["comparison"], ["fact.id"], name=op.f("fk_document_comparison")),
        sa.ForeignKeyConstraint(["confirmation"], ["fact.id"], name=op.f("fk_document_confirmation")),
        sa.ForeignKeyConstraint(["intake"], ["fact.id"], name=op.f("fk_document_intake")),
        sa.ForeignKeyConstraint(["project"], ["project.id"], name=op.f("fk_document_project")),
        sa.ForeignKeyConstraint(["record"], ["fact.id"], name=op.f("fk_document_record")),
        sa.PrimaryKeyConstraint("position", name=op.f("pk_document")),
        sa.UniqueConstraint("id", name=op.f("uq_document_id")),
    )
    op.create_index(
        "ix_document_queue",
        "document",
        ["project", "stage", "first_by", "priority", "position"],
        unique=False,
    )


def _make_work() -> None:
    """Make the pages of documents and the claims on them."""
    op.create_table(
        "page",
        sa.Column("document", sa.LargeBinary(length=16), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("data", sa.LargeBinary(), nullable=False),
        sa.CheckConstraint("number > 0", name=op.f("ck_page_number")),
        sa.PrimaryKeyConstraint("document", "number", name=op.f("pk_page")),
    )
    op.create_table(
        "claim",
        sa.Column("document", sa.LargeBinary(length=16), nullable=False),
        sa.Column("pass_no", sa.SmallInteger(), nullable=False),
        sa.Column("person", sa.LargeBinary(length=16), nullable=False),
        sa.Column("fence", sa.LargeBinary(length=16), nullable=False),
        sa.Column("expires_us", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("pass_no > 0", name=op.f("ck_claim_pass_no")),
        sa.ForeignKeyConstraint(["document"], ["document.id"], name=op.f("fk_claim_document")),
        sa.PrimaryKeyConstraint("document", "pass_no", name=op.f("pk_claim")),
        sa.UniqueConstraint("document", "person", name=op.f("uq_claim_document_person")),
    )
    op.create_index("ix_claim_person", "claim", ["person"], unique=False)


def _make_discrepancies() -> None:
    """Make the list of what two passes differ in."""
    op.create_table(
        "discrepancy",
        sa.Column("document", sa.LargeBinary(length=16), nullable=False),
        sa.Column("comparison", sa.LargeBinary(length=16), nullable=False),
        sa.Column("field", sa.String(length=40), nullable=False),
        sa.Column("row", sa.Integer(), nullable=False),
        sa.Column("first_row", sa.Integer(), nullable=True),
        sa.Column("second_row", sa.Integer(), nullable=True),
        sa.Column("kind", sa.String(length=24), nullable=False),
        sa.Column("resolution", sa.LargeBinary(length=16), nullable=True),
        sa.ForeignKeyConstraint(["comparison"], ["fact.id"], name=op.f("fk_discrepancy_comparison")),
        sa.ForeignKeyConstraint(["document"], ["document.id"], name=op.f("fk_discrepancy_document")),
        sa.ForeignKeyConstraint(["resolution"], ["fact.id"], name=op.f("fk_discrepancy_resolution")),
        sa.PrimaryKeyConstraint("comparison", "field", "row", name=op.f("pk_discrepancy")),
    )
    op.create_index("ix_discrepancy_document", "discrepancy", ["document"], unique=False)


def _make_passes() -> None:
    """Make sealed passes."""
    op.create_table(
        "sealed_pass",
        sa.Column("id", sa.LargeBinary(length=16), nullable=False),
        sa.Column("document", sa.LargeBinary(length=16), nullable=False),
        sa.Column("slot", sa.SmallInteger(), nullable=False),
        sa.Column("person", sa.LargeBinary(length=16), nullable=False),
        sa.Column("manifest", sa.LargeBinary(), nullable=False),
        sa.Column("signature", sa.LargeBinary(length=64), nullable=False),
        sa.Column("blob", sa.LargeBinary(), nullable=False),
        sa.Column("boxes", sa.LargeBinary(), nullable=False),
        sa.Column("stored_us", sa.BigInteger(), nullable=False),
        _only_sqlite("typeof(blob) = 'blob'", "ck_sealed_pass_blob_bytes"),
        _only_sqlite("typeof(boxes) = 'blob'", "ck_sealed_pass_boxes_bytes"),
        _only_sqlite("typeof(document) = 'blob'", "ck_sealed_pass_document_bytes"),
        _only_sqlite("typeof(id) = 'blob'", "ck_sealed_pass_id_bytes"),
        _only_sqlite("typeof(manifest) = 'blob'", "ck_sealed_pass_manifest_bytes"),
        _only_sqlite("typeof(person) = 'blob'", "ck_sealed_pass_person_bytes"),
        _only_sqlite("typeof(signature) = 'blob'", "ck_sealed_pass_signature_bytes"),
        sa.CheckConstraint("slot > 0", name=op.f("ck_sealed_pass_slot")),
        sa.ForeignKeyConstraint(["document"], ["document.id"], name=op.f("fk_sealed_pass_document")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sealed_pass")),
        sa.UniqueConstraint("document", "person", name=op.f("uq_sealed_pass_document_person")),
        sa.UniqueConstraint("document", "slot", name=op.f("uq_sealed_pass_document_slot")),
    )


def _make_other_passes() -> None:
    """Make late passes, and the release shares beside sealed ones."""
    op.create_table(
        "surplus_pass",
        sa.Column("id", sa.LargeBinary(length=16), nullable=False),
        sa.Column("document", sa.LargeBinary(length=16), nullable=False),
        sa.Column("person", sa.LargeBinary(length=16), nullable=False),
        sa.Column("manifest", sa.LargeBinary(), nullable=False),
        sa.Column("signature", sa.LargeBinary(length=64), nullable=False),
        sa.Column("blob", sa.LargeBinary(), nullable=False),
        sa.Column("boxes", sa.LargeBinary(), nullable=False),
        sa.Column("stored_us", sa.BigInteger(), nullable=False),
        _only_sqlite("typeof(blob) = 'blob'", "ck_surplus_pass_blob_bytes"),
        _only_sqlite("typeof(boxes) = 'blob'", "ck_surplus_pass_boxes_bytes"),
        _only_sqlite("typeof(document) = 'blob'", "ck_surplus_pass_document_bytes"),
        _only_sqlite("typeof(id) = 'blob'", "ck_surplus_pass_id_bytes"),
        _only_sqlite("typeof(manifest) = 'blob'", "ck_surplus_pass_manifest_bytes"),
        _only_sqlite("typeof(person) = 'blob'", "ck_surplus_pass_person_bytes"),
        _only_sqlite("typeof(signature) = 'blob'", "ck_surplus_pass_signature_bytes"),
        sa.ForeignKeyConstraint(["document"], ["document.id"], name=op.f("fk_surplus_pass_document")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_surplus_pass")),
    )
    op.create_table(
        "pass_share",
        sa.Column("sealed_pass", sa.LargeBinary(length=16), nullable=False),
        sa.Column("k1", sa.LargeBinary(length=32), nullable=False),
        _only_sqlite("typeof(k1) = 'blob'", "ck_pass_share_k1_bytes"),
        _only_sqlite("typeof(sealed_pass) = 'blob'", "ck_pass_share_sealed_pass_bytes"),
        sa.ForeignKeyConstraint(["sealed_pass"], ["sealed_pass.id"], name=op.f("fk_pass_share_sealed_pass")),
        sa.PrimaryKeyConstraint("sealed_pass", name=op.f("pk_pass_share")),
    )


def _protect(table: str, taken: tuple[str, ...]) -> None:
    """Let no row of a table be changed, deleted or replaced."""
    says = f"SELECT RAISE(ABORT, '{table} is evidence: rows are never changed or deleted'); END"
    for verb in ("UPDATE", "DELETE"):
        op.execute(f"CREATE TRIGGER {table}_no_{verb.lower()} BEFORE {verb} ON {table} BEGIN {says}")
    there = " OR ".join(f"EXISTS (SELECT 1 FROM {table} WHERE {other})" for other in taken)  # noqa: S608
    op.execute(f"CREATE TRIGGER {table}_no_replace BEFORE INSERT ON {table} WHEN {there} BEGIN {says}")
