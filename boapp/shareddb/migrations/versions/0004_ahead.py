"""Working ahead: what a project says of it, due dates, when a claim was granted, places in a batch, parts."""

from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

_EIGHT_HOURS_US = 28_800_000_000
"""How long every claim ran until now."""


def upgrade() -> None:
    """Add each column with its check in one step: SQLite takes no check afterwards."""
    for name, default, least, most in (("claims_ahead", 5, 0, 1000), ("lease_hours", 8, 1, 336)):
        op.execute(
            f"ALTER TABLE project ADD COLUMN {name} SMALLINT DEFAULT '{default}' NOT NULL "
            f"CONSTRAINT ck_project_{name} CHECK ({name} BETWEEN {least} AND {most})"
        )
    op.execute("ALTER TABLE batch ADD COLUMN due_us BIGINT CONSTRAINT ck_batch_due_us CHECK (due_us > 0)")
    op.execute("ALTER TABLE claim ADD COLUMN granted_us BIGINT DEFAULT '0' NOT NULL")
    op.create_index("ix_document_batch", "document", ["batch", "position"])
    since = f"expires_us - {_EIGHT_HOURS_US}"
    if op.get_bind().dialect.name == "sqlite":
        op.execute(f"UPDATE claim SET granted_us = {since}")  # noqa: S608 - a constant
    else:
        # Its owner sees no row of this table, but may rewrite it.
        op.execute(f"ALTER TABLE claim ALTER COLUMN granted_us TYPE BIGINT USING {since}")
        # Stored as it comes, a piece of a page is read without the rest of it; nothing compresses it anyway.
        op.execute("ALTER TABLE page ALTER COLUMN data SET STORAGE EXTERNAL")
