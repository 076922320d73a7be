"""The tables of the shared database.

Evidence is insert-only and signed: roster, sealed_pass, surplus_pass, fact, and the release share
beside a pass. Triggers, made by the migrations, forbid changing it. The rest is bookkeeping that can
be rebuilt from evidence: a document's stage, the open claims, the list of discrepancies. Names are
ciphertext; clear are ids, codes, field keys, times, counts and kinds.
"""

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
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

metadata = MetaData(
    naming_convention={
        "pk": "pk_%(table_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    }
)

Id = LargeBinary(16)
Digest = LargeBinary(32)

organisation = Table("organisation", metadata, Column("id", Id, primary_key=True))

roster = Table(
    "roster",
    metadata,
    Column("seq", Integer, primary_key=True, autoincrement=False),
    Column("data", LargeBinary, nullable=False),
    Column("signature", LargeBinary(64), nullable=False),
)

person_key = Table(
    "person_key",
    metadata,
    Column("person", Id, primary_key=True),
    Column("code", String(32), nullable=False, unique=True),
    Column("blob", LargeBinary, nullable=False),
    Column("kdf", LargeBinary, nullable=False),
    Column("scram", String, nullable=False),
    Column("set_by_administrator", Boolean, nullable=False),
    Column("signature", LargeBinary(64), nullable=False),
    Column("name", LargeBinary),
)

key_wrap = Table(
    "key_wrap",
    metadata,
    Column("project", Id, nullable=False),
    Column("kind", String(8), nullable=False),
    Column("epoch", Integer, nullable=False),
    Column("person", Id, nullable=False),
    Column("key_id", Id, nullable=False),
    Column("box", LargeBinary(80), nullable=False),
    PrimaryKeyConstraint("project", "kind", "epoch", "person", "key_id"),
)

project = Table(
    "project",
    metadata,
    Column("id", Id, primary_key=True),
    Column("mode", String(8), nullable=False),
    Column("epoch", Integer, nullable=False),
    Column("name", LargeBinary, nullable=False),
)

form = Table(
    "form",
    metadata,
    Column("project", Id, ForeignKey("project.id"), nullable=False),
    Column("hash", Digest, nullable=False),
    Column("epoch", Integer, nullable=False),
    Column("source", LargeBinary, nullable=False),
    PrimaryKeyConstraint("project", "hash"),
)

batch = Table(
    "batch",
    metadata,
    Column("id", Id, primary_key=True),
    Column("project", Id, ForeignKey("project.id"), nullable=False),
    Column("epoch", Integer, nullable=False),
    Column("name", LargeBinary, nullable=False),
)

page = Table(
    "page",
    metadata,
    Column("document", Id, nullable=False),
    Column("number", Integer, CheckConstraint("number > 0", name="number"), nullable=False),
    Column("data", LargeBinary, nullable=False),
    PrimaryKeyConstraint("document", "number"),
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
    Column("meta", LargeBinary, nullable=False),
    Column("comparison", Id, ForeignKey("fact.id")),
    Column("record", Id, ForeignKey("fact.id")),
    Column("confirmation", Id, ForeignKey("fact.id")),
    Index("ix_document_queue", "project", "stage", "first_by", "priority", "position"),
)

claim = Table(
    "claim",
    metadata,
    Column("document", Id, ForeignKey("document.id"), nullable=False),
    Column("pass_no", SmallInteger, CheckConstraint("pass_no > 0", name="pass_no"), nullable=False),
    Column("person", Id, nullable=False),
    Column("fence", Id, nullable=False),
    Column("expires_us", BigInteger, nullable=False),
    Column("pdk_epoch", Integer, nullable=False),
    Column("adj_epoch", Integer, nullable=False),
    PrimaryKeyConstraint("document", "pass_no"),
    UniqueConstraint("document", "person"),
    Index("ix_claim_person", "person"),
)

_SEALED = (
    ("manifest", LargeBinary),
    ("signature", LargeBinary(64)),
    ("blob", LargeBinary),
    ("boxes", LargeBinary),
)

sealed_pass = Table(
    "sealed_pass",
    metadata,
    Column("id", Id, primary_key=True),
    Column("document", Id, ForeignKey("document.id"), nullable=False),
    Column("slot", SmallInteger, CheckConstraint("slot > 0", name="slot"), nullable=False),
    Column("person", Id, nullable=False),
    *(Column(name, kind, nullable=False) for name, kind in _SEALED),
    Column("stored_us", BigInteger, nullable=False),
    UniqueConstraint("document", "slot"),
    UniqueConstraint("document", "person"),
)

pass_share = Table(
    "pass_share",
    metadata,
    Column("sealed_pass", Id, ForeignKey("sealed_pass.id"), primary_key=True),
    Column("k1", Digest, nullable=False),
)

surplus_pass = Table(
    "surplus_pass",
    metadata,
    Column("id", Id, primary_key=True),
    Column("document", Id, ForeignKey("document.id"), nullable=False),
    Column("person", Id, nullable=False),
    *(Column(name, kind, nullable=False) for name, kind in _SEALED),
    Column("stored_us", BigInteger, nullable=False),
)

fact = Table(
    "fact",
    metadata,
    Column("id", Id, primary_key=True),
    Column("project", Id, ForeignKey("project.id"), nullable=False),
    Column("document", Id, nullable=False),
    Column("kind", String(16), nullable=False),
    Column("actor", Id, nullable=False),
    Column("counted", Boolean, nullable=False),
    Column("statement", LargeBinary, nullable=False),
    Column("signature", LargeBinary(64), nullable=False),
    Column("content", LargeBinary, nullable=False),
    Column("box_adj", LargeBinary, nullable=False),
    Column("box_own", LargeBinary, nullable=False),
    Column("stored_us", BigInteger, nullable=False),
    Index("ix_fact_document", "document", "kind"),
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
