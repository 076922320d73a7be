"""The tables of a local store. Every value in them is ciphertext under a subkey of its own row."""

from sqlalchemy import (
    Column,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    PrimaryKeyConstraint,
    String,
    Table,
)

metadata = MetaData()
SCHEMA_VERSION = 3

Id = LargeBinary(16)

store = Table(
    "store",
    metadata,
    Column("id", Id, primary_key=True),
    Column("org", Id, nullable=False),
    Column("person", Id, nullable=False),
    Column("box_own", LargeBinary, nullable=False),
    Column("box_recovery", LargeBinary, nullable=False),
    Column("signature", LargeBinary(64), nullable=False),
    Column("bound", LargeBinary(32)),
)

draft = Table(
    "draft",
    metadata,
    Column("document", Id, nullable=False),
    Column("field", String(40), nullable=False),
    Column("row", Integer, nullable=False),
    Column("project", Id, nullable=False),
    Column("id", Id, nullable=False),
    Column("data", LargeBinary, nullable=False),
    PrimaryKeyConstraint("document", "field", "row"),
)

cursor = Table(
    "cursor",
    metadata,
    Column("document", Id, primary_key=True),
    Column("id", Id, nullable=False),
    Column("data", LargeBinary, nullable=False),
)

outbox = Table(
    "outbox",
    metadata,
    Column("number", Integer, primary_key=True),
    Column("id", Id, nullable=False, unique=True),
    Column("project", Id, nullable=False),
    Column("kind", String(16), nullable=False),
    Column("data", LargeBinary, nullable=False),
    Column("since_us", Integer, nullable=False, server_default="0"),
    Column("refused", LargeBinary),
    Column("again", Integer, nullable=False, server_default="0"),
)

sent = Table(
    "sent",
    metadata,
    Column("number", Integer, primary_key=True),
    Column("id", Id, nullable=False, unique=True),
    Column("project", Id, nullable=False),
    Column("kind", String(16), nullable=False),
    Column("sent_us", Integer, nullable=False),
    Column("data", LargeBinary, nullable=False),
    Column("owed", Integer, nullable=False, server_default="0"),
)
owed_index = Index("ix_sent_owed", sent.c.number, sqlite_where=sent.c.owed)

chain = Table(
    "chain",
    metadata,
    Column("project", Id, primary_key=True),
    Column("id", Id, nullable=False),
    Column("seq", Integer, nullable=False),
    Column("link", LargeBinary(32), nullable=False),
)

cached_page = Table(
    "cached_page",
    metadata,
    Column("document", Id, nullable=False),
    Column("number", Integer, nullable=False),
    Column("used", Integer, nullable=False),
    Column("data", LargeBinary, nullable=False),
    PrimaryKeyConstraint("document", "number"),
    Index("ix_cached_page_used", "used"),
)

page_part = Table(
    "page_part",
    metadata,
    Column("document", Id, nullable=False),
    Column("number", Integer, nullable=False),
    Column("start", Integer, nullable=False),
    Column("data", LargeBinary, nullable=False),
    PrimaryKeyConstraint("document", "number", "start"),
)

reserved = Table(
    "reserved",
    metadata,
    Column("fence", Id, primary_key=True),
    Column("document", Id, nullable=False, unique=True),
    Column("project", Id, nullable=False),
    Column("pass_no", Integer, nullable=False),
    Column("expires_us", Integer, nullable=False),
    Column("place", Integer, nullable=False),
    Column("state", String(8), nullable=False),
    Column("asked", Integer, nullable=False),
    Column("id", Id, nullable=False),
    Column("data", LargeBinary, nullable=False),
    Index("ix_reserved_place", "place"),
)

known = Table(
    "known",
    metadata,
    Column("kind", String(8), nullable=False),
    Column("project", Id, nullable=False),
    Column("name", LargeBinary, nullable=False),
    Column("id", Id, nullable=False),
    Column("data", LargeBinary, nullable=False),
    PrimaryKeyConstraint("kind", "project", "name"),
)

declined = Table(
    "declined",
    metadata,
    Column("document", Id, primary_key=True),
    Column("project", Id, nullable=False),
    Column("us", Integer, nullable=False),
)

moment = Table(
    "moment",
    metadata,
    Column("name", String(16), primary_key=True),
    Column("us", Integer, nullable=False),
)

ADDED_BY_2 = (sent, page_part, reserved, known, declined, moment)
