"""The tables, as the newest migration leaves them; a test holds the two together."""

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    Date,
    DateTime,
    Float,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    SmallInteger,
    String,
    Table,
    Text,
)

metadata = MetaData()

answers = Table(
    "answers",
    metadata,
    Column("message_id", String(64), primary_key=True),
    Column("asked_at", DateTime, nullable=False),
    Column("question", Text),
    Column("ending", String(16), nullable=False),
    Column("mode", String(16), nullable=False),
    Column("model", String(200), nullable=False),
    Column("version", String(200), nullable=False),
    Column("language", String(200), nullable=False),
    Column("revision", String(200), nullable=False),
    Column("client", String(64), nullable=False),
    Column("retrieval_ms", Float),
    Column("first_token_ms", Float),
    Column("total_ms", Float),
    Column("prompt_tokens", Integer),
    Column("completion_tokens", Integer),
    Column("cost", Float),
    Index("answers_asked_at", "asked_at"),
)

found_sections = Table(
    "found_sections",
    metadata,
    Column("message_id", String(64), ForeignKey("answers.message_id", ondelete="CASCADE"), primary_key=True),
    Column("place", SmallInteger, primary_key=True),
    Column("url", Text, nullable=False),
    Column("cited", Boolean, nullable=False),
)

# No foreign key: a vote may come before the batch that holds its answer.
votes = Table(
    "votes",
    metadata,
    Column("message_id", String(64), primary_key=True),
    Column("voted_at", DateTime, nullable=False),
    Column("thumbs", SmallInteger, nullable=False),
    Column("tags", JSON, nullable=False),
    Column("notes", Text, nullable=False),
    Index("votes_voted_at", "voted_at"),
)

# What `api.budget` counts, in billionths of its currency, by days of UTC.
spending = Table(
    "spending",
    metadata,
    Column("day", Date, primary_key=True),
    Column("spent", BigInteger, nullable=False),
)

# The salt of addresses and the key of message ids, shared by all workers.
secrets = Table(
    "secrets",
    metadata,
    Column("name", String(32), primary_key=True),
    Column("value", String(128), nullable=False),
)
