"""How many open claims one person may hold in a project, copied from the list of people."""

from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column with its check in one step: SQLite takes no check afterwards."""
    op.execute(
        "ALTER TABLE project ADD COLUMN open_claims SMALLINT DEFAULT '50' NOT NULL "
        "CONSTRAINT ck_project_open_claims CHECK (open_claims BETWEEN 1 AND 1000)"
    )
