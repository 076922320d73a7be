"""Bring a shared database's tables to this version of boapp.

Opening a workspace compares one word in the database with REVISION; the migration machinery is
loaded only when they differ. Every migration is a file in `migrations/versions`.
"""

from pathlib import Path

from sqlalchemy import Connection, Engine

from boapp.errors import OtherVersion, Unavailable
from boapp.sqlitefile import reading, writing

REVISIONS = ("0001", "0002", "0003", "0004")
REVISION = REVISIONS[-1]
_HAS_VERSION = "SELECT count(*) FROM sqlite_master WHERE type = 'table' AND name = 'alembic_version'"


def is_current(engine: Engine) -> bool:
    """Say whether the tables are those of this version."""
    with reading(engine) as db:
        if not db.exec_driver_sql(_HAS_VERSION).scalar():
            return False
        found = db.exec_driver_sql("SELECT version_num FROM alembic_version").scalar()
    if found is None or found in REVISIONS:
        return found == REVISION
    refuse_newer(found)
    raise Unavailable("This workspace is of no version that boapp knows.", "Call your administrator.")


def refuse_newer(found: object) -> None:
    """Refuse tables that a later version of this program made."""
    if isinstance(found, str) and found > REVISION:
        raise OtherVersion(
            "This workspace was made by a newer boapp.", "Update boapp on this workstation, then open it."
        )


def migrate(engine: Engine) -> None:
    """Make or upgrade the tables, in one transaction."""
    if is_current(engine):
        return
    with writing(engine) as db:
        upgrade(db)


def upgrade(db: Connection, to: str = REVISION) -> None:
    """Run the migrations that are missing up to a revision, in the caller's transaction."""
    from alembic import command  # noqa: PLC0415 - most openings need no migration
    from alembic.config import Config  # noqa: PLC0415

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    config.attributes["connection"] = db
    command.upgrade(config, to)
