"""The tables of the shared database.

Evidence is insert-only and signed: roster, sealed_pass, surplus_pass, fact, and the release share
beside a pass. Triggers, made by the migrations, forbid changing it. The rest is bookkeeping that can
be rebuilt from evidence: a document's stage, the open claims, the list of discrepancies, who is in a
project. Names are ciphertext; clear are ids, codes, field keys, times, counts and kinds.

SQLite keeps anything in any column: what is evidence must be bytes, and a stage a known word. A cell
comes back as the file holds it, so that whoever reads it can tell what is wrong (`rows`).
"""

from collections.abc import Iterable

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Constraint,
    Dialect,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    PrimaryKeyConstraint,
    SmallInteger,
    String,
    Table,
    UniqueConstraint,
)

from boapp.domain.settings import SETTINGS, Bounds, column
from boapp.domain.workflow import Stage

metadata = MetaData(
    naming_convention={
        "pk": "pk_%(table_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    }
)


class Blob(LargeBinary):
    """Bytes, given back as the driver has them."""

    cache_ok = True

    def result_processor(self, dialect: Dialect, coltype: object) -> None:  # noqa: ARG002
        """Convert nothing."""
        return


class Flag(Boolean):
    """Yes or no as 1 or 0, given back as the driver has it."""

    cache_ok = True

    def result_processor(self, dialect: Dialect, coltype: object) -> None:  # noqa: ARG002
        """Convert nothing."""
        return


Id = Blob(16)
Digest = Blob(32)


def _only(condition: str, name: str) -> Constraint:
    """Return a check that SQLite needs; elsewhere the column's type says as much."""
    return CheckConstraint(condition, name=name).ddl_if(dialect="sqlite")


def _bytes(*names: str) -> list[Constraint]:
    """Return the checks that these columns hold bytes and nothing else."""
    return [_only(f"typeof({name}) = 'blob'", f"{name}_bytes") for name in names]


def _one_of(name: str, words: Iterable[str]) -> Constraint:
    """Return the check that a column holds one of these words."""
    return CheckConstraint(f"{name} IN ({', '.join(repr(str(word)) for word in words)})", name=name)


def _between(name: str, bounds: Bounds) -> Constraint:
    """Return the check that a column is within these bounds."""
    return CheckConstraint(f"{name} BETWEEN {bounds.least} AND {bounds.most}", name=name)


organisation = Table("organisation", metadata, Column("id", Id, primary_key=True))

roster = Table(
    "roster",
    metadata,
    Column("seq", Integer, primary_key=True, autoincrement=False),
    Column("data", Blob, nullable=False),
    Column("signature", Blob(64), nullable=False),
    *_bytes("data", "signature"),
)

person_key = Table(
    "person_key",
    metadata,
    Column("person", Id, primary_key=True),
    Column("code", String(32), nullable=False, unique=True),
    Column("blob", Blob, nullable=False),
    Column("kdf", Blob, nullable=False),
    Column("scram", String, nullable=False),
    Column("set_by_administrator", Flag, nullable=False),
    Column("signature", Blob(64), nullable=False),
    Column("name", Blob),
)

retired_key = Table(
    "retired_key",
    metadata,
    Column("key_id", Id, primary_key=True),
    Column("person", Id, nullable=False),
)

key_wrap = Table(
    "key_wrap",
    metadata,
    Column("project", Id, nullable=False),
    Column("kind", String(8), nullable=False),
    Column("epoch", Integer, nullable=False),
    Column("person", Id, nullable=False),
    Column("key_id", Id, nullable=False),
    Column("box", Blob(80), nullable=False),
    PrimaryKeyConstraint("project", "kind", "epoch", "person", "key_id"),
    Index("ix_key_wrap_person", "person"),
)

project = Table(
    "project",
    metadata,
    Column("id", Id, primary_key=True),
    Column("mode", String(8), nullable=False),
    Column("epoch", Integer, nullable=False),
    Column("name", Blob, nullable=False),
    *(
        Column(column(key), SmallInteger, nullable=False, server_default=str(bounds.default))
        for key, bounds in SETTINGS.items()
    ),
    *(_between(column(key), bounds) for key, bounds in SETTINGS.items()),
)

member = Table(
    "member",
    metadata,
    Column("project", Id, nullable=False),
    Column("person", Id, nullable=False),
    Column("roles", String(80), nullable=False),
    PrimaryKeyConstraint("project", "person"),
)

form = Table(
    "form",
    metadata,
    Column("project", Id, ForeignKey("project.id"), nullable=False),
    Column("hash", Digest, nullable=False),
    Column("epoch", Integer, nullable=False),
    Column("source", Blob, nullable=False),
    PrimaryKeyConstraint("project", "hash"),
)

batch = Table(
    "batch",
    metadata,
    Column("id", Id, primary_key=True),
    Column("project", Id, ForeignKey("project.id"), nullable=False),
    Column("epoch", Integer, nullable=False),
    Column("name", Blob, nullable=False),
    Column("due_us", BigInteger),
    CheckConstraint("due_us > 0", name="due_us"),
)

page = Table(
    "page",
    metadata,
    Column("document", Id, nullable=False),
    Column("number", Integer, nullable=False),
    Column("data", Blob, nullable=False),
    PrimaryKeyConstraint("document", "number"),
    CheckConstraint("number > 0", name="number"),
)

document = Table(
    "document",
    metadata,
    Column("position", Integer, primary_key=True),
    Column("id", Id, nullable=False, unique=True),
    Column("project", Id, ForeignKey("project.id"), nullable=False),
    Column("batch", Id, ForeignKey("batch.id"), nullable=False),
    Column("priority", SmallInteger, nullable=False, server_default="0"),
    Column("stage", String(16), nullable=False),
    Column("first_by", Id),
    Column("intake", Id, ForeignKey("fact.id"), nullable=False),
    Column("meta_epoch", Integer, nullable=False),
    Column("meta", Blob, nullable=False),
    Column("comparison", Id, ForeignKey("fact.id")),
    Column("record", Id, ForeignKey("fact.id")),
    Column("confirmation", Id, ForeignKey("fact.id")),
    _one_of("stage", Stage),
    Index("ix_document_queue", "project", "stage", "first_by", "priority", "position"),
    Index("ix_document_batch", "batch", "position"),
)

claim = Table(
    "claim",
    metadata,
    Column("document", Id, ForeignKey("document.id"), nullable=False),
    Column("pass_no", SmallInteger, nullable=False),
    Column("person", Id, nullable=False),
    Column("fence", Id, nullable=False),
    Column("expires_us", BigInteger, nullable=False),
    Column("granted_us", BigInteger, nullable=False, server_default="0"),
    PrimaryKeyConstraint("document", "pass_no"),
    CheckConstraint("pass_no > 0", name="pass_no"),
    UniqueConstraint("document", "person"),
    Index("ix_claim_person", "person"),
)

_SEALED = (
    ("manifest", Blob()),
    ("signature", Blob(64)),
    ("blob", Blob()),
    ("boxes", Blob()),
)
_SEALED_BYTES = ("id", "document", "person", *(name for name, _ in _SEALED))

sealed_pass = Table(
    "sealed_pass",
    metadata,
    Column("id", Id, primary_key=True),
    Column("document", Id, ForeignKey("document.id"), nullable=False),
    Column("slot", SmallInteger, nullable=False),
    Column("person", Id, nullable=False),
    *(Column(name, kind, nullable=False) for name, kind in _SEALED),
    Column("stored_us", BigInteger, nullable=False),
    CheckConstraint("slot > 0", name="slot"),
    UniqueConstraint("document", "slot"),
    UniqueConstraint("document", "person"),
    *_bytes(*_SEALED_BYTES),
)

pass_share = Table(
    "pass_share",
    metadata,
    Column("sealed_pass", Id, ForeignKey("sealed_pass.id"), primary_key=True),
    Column("k1", Digest, nullable=False),
    *_bytes("sealed_pass", "k1"),
)

surplus_pass = Table(
    "surplus_pass",
    metadata,
    Column("id", Id, primary_key=True),
    Column("document", Id, ForeignKey("document.id"), nullable=False),
    Column("person", Id, nullable=False),
    *(Column(name, kind, nullable=False) for name, kind in _SEALED),
    Column("stored_us", BigInteger, nullable=False),
    *_bytes(*_SEALED_BYTES),
)

fact = Table(
    "fact",
    metadata,
    Column("id", Id, primary_key=True),
    Column("project", Id, ForeignKey("project.id"), nullable=False),
    Column("document", Id, nullable=False),
    Column("kind", String(16), nullable=False),
    Column("actor", Id, nullable=False),
    Column("counted", Flag, nullable=False),
    Column("statement", Blob, nullable=False),
    Column("signature", Blob(64), nullable=False),
    Column("content", Blob, nullable=False),
    Column("box_adj", Blob, nullable=False),
    Column("box_own", Blob, nullable=False),
    Column("stored_us", BigInteger, nullable=False),
    *_bytes("id", "project", "document", "actor", "statement", "signature", "content", "box_adj", "box_own"),
    _only("counted IN (0, 1)", "counted"),
    Index("ix_fact_document", "document", "kind"),
    Index("ix_fact_project", "project", "stored_us", "id"),
)

discrepancy = Table(
    "discrepancy",
    metadata,
    Column("document", Id, ForeignKey("document.id"), nullable=False),
    Column("comparison", Id, ForeignKey("fact.id"), nullable=False),
    Column("field", String(40), nullable=False),
    Column("row", Integer, nullable=False),
    Column("first_row", Integer),
    Column("second_row", Integer),
    Column("kind", String(24), nullable=False),
    Column("resolution", Id, ForeignKey("fact.id")),
    PrimaryKeyConstraint("comparison", "field", "row"),
    Index("ix_discrepancy_document", "document"),
)
